"""Networks of the emergent study: which there are, and what each depends on."""

from collections.abc import Mapping
from typing import Any

OF_NETWORKS = ("n_pyramidal", "laps_s", "rest_s", "nrem_s", "rem_s", "trial_s", "gain")


def designs_of(emergent: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Designs of networks by name, without those that are left out."""
    return {name: dict(design) for name, design in emergent["designs"].items() if design}


def network_names(emergent: Mapping[str, Any]) -> list[str]:
    """Names of all networks: the design's and a number from 1."""
    numbers = range(1, emergent["n_networks"] + 1)
    return [f"{design}-{number}" for design in designs_of(emergent) for number in numbers]


def design_of(network: str) -> tuple[str, int]:
    """Name of a network's design, and its number."""
    design, _, number = network.rpartition("-")
    return design, int(number)


def example_network(emergent: Mapping[str, Any]) -> str:
    """Network of which an event is shown: the first that is nothing special, on a linear track.

    A later file may put designs before those of an earlier one, and on a branching track cells of
    several branches share the places of a raster.
    """
    designs = designs_of(emergent)
    plain = [
        name
        for name, design in designs.items()
        if emergent["tracks"][design["track"]]["kind"] == "linear"
        and design.get("control", "none") == "none"
        and not design.get("is_rewarded")
        and not design.get("own_gain")
    ]
    symmetric = [name for name in plain if designs[name]["rule"] == "symmetric"]
    return f"{(symmetric or plain or list(designs))[0]}-1"


def network_parameters(config: Mapping[str, Any], design: str) -> dict[str, Any]:
    """Keys of `neurosim.emergent.NetworkParameters.from_mapping` for a design.

    Parameters
    ----------
    config : Mapping
        The whole configuration.
    design : str
    """
    emergent, simulation = config["emergent"], config["simulation"]
    chosen = designs_of(emergent)[design]
    return {key: emergent[key] for key in OF_NETWORKS} | {
        "design": chosen,
        "track": emergent["tracks"][chosen["track"]],
        "movement": simulation["movement"],
        "place_cells": simulation["place_cells"],
    }


def sensitivity_parameters(config: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of the same for the networks whose constants are varied: smaller, in NREM alone."""
    emergent = config["emergent"]
    varied = emergent["sensitivity"]
    first = next(iter(designs_of(emergent)))
    sizes = {"n_pyramidal": varied["n_pyramidal"], "nrem_s": varied["nrem_s"]}
    short = {"rest_s": emergent["trial_s"], "rem_s": emergent["trial_s"]}
    return network_parameters(config, first) | sizes | short


def network_problems(config: Mapping[str, Any]) -> list[str]:
    """Find designs on tracks that are not there, and stretches longer than a state."""
    emergent = config["emergent"]
    problems = [
        f"emergent.designs.{name}.track: expected one of "
        f"{', '.join(map(repr, emergent['tracks']))}, found {design['track']!r}"
        for name, design in designs_of(emergent).items()
        if design["track"] not in emergent["tracks"]
    ]
    if not designs_of(emergent):
        problems.append("emergent.designs: expected at least one design, found none; add one")
    problems += [
        f"emergent.{state}_s: expected at least emergent.trial_s ({emergent['trial_s']} s), "
        f"found {emergent[f'{state}_s']}"
        for state in ("rest", "nrem", "rem")
        if emergent[f"{state}_s"] < emergent["trial_s"]
    ]
    return problems
