"""What the recording of an animal of the heading study depends on."""

from collections.abc import Mapping
from typing import Any

CA1_ALONE = ("bursts", "up_states", "paths", "events")


def animal_simulation(
    simulation: Mapping[str, Any], cohort: Mapping[str, Any], animal: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a simulation to that of one animal: ADN and left SC, in an arena and asleep.

    Parameters
    ----------
    simulation : Mapping
        The configuration's `simulation`, without subjects and cohort.
    cohort, animal : Mapping
        `simulation.cohort`, and one of its `animals`.

    Returns
    -------
    dict
        Keys of `neurosim.simulation.SimulationParameters.from_mapping`.
    """
    arena = next(e for e in simulation["environments"].values() if e and e["kind"] == "arena")
    cycle = 1 + cohort["nrem_bout_s"] / cohort["rem_bout_s"]  # sleep over REM
    session = {
        "pre_sleep_s": cohort["rest_s"],
        "rest_s": cohort["rest_s"],
        "post_sleep_s": animal["rem_s"] * cohort["rem_fraction"] * cycle,
        "nrem_bout_s": cohort["nrem_bout_s"],
        "rem_bout_s": cohort["rem_bout_s"],
        "inactivations": list(animal.get("inactivations", [])),
        "inactivation_run_s": cohort["inactivation_run_s"],
        "inactivation_sleep_s": cohort["inactivation_rem_s"] * cycle,
    }
    colliculus = simulation["colliculus_cells"]
    n_turn_cells = animal["n_turn_cells"]
    return {key: value for key, value in simulation.items() if key not in CA1_ALONE} | {
        "environments": {"arena": arena | {"duration_s": cohort["arena_s"]}},
        "session": session,
        "place_cells": None,
        "heading_cells": simulation["heading_cells"] | {"n_cells": animal["n_heading_cells"]},
        "colliculus_cells": colliculus
        | {
            "n_left": round(n_turn_cells / colliculus["turn_cell_fraction"]),
            "n_right": 0,
            "recorded_contraversive_fraction": animal.get("contraversive_fraction"),
        },
    }
