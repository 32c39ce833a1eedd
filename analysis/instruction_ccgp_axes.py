"""Cross-condition generalisation by axis: what do words, what is told, and units tell apart?

A sentence embedding that falls behind may do so on one axis, such as that of the modality.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from analysis.instruction_ccgp import NETWORK, PUBLISHED, is_frozen, layers_of
from analysis.instruction_data import SETS, Measurements, networks_in
from analysis.instruction_rows import ALL_SETS, NETWORKS, instruction_row
from analysis.instruction_verdicts import FEWEST
from neurosim.stats.intervals import Estimate, fraction_interval
from neurosim.stats.summary import NAN, Row

PLACES = ("words", "information", NETWORK)  # of the figure; words: the last layer before training


def axis_rows(measured: Measurements, network: str) -> list[Row]:
    """Rows of every axis in every layer, means over trained networks."""
    rows = []
    for layer in layers_of(measured, network):
        own = _of_layer(measured, network, layer)
        for axis in _axes(own):
            estimate, over = _over_networks([float(each.sel(axis=axis)) for each in own], layer)
            if not np.isfinite(estimate.value):
                continue
            rows.append(
                instruction_row(
                    "ccgp_axis",
                    measured.condition(ALL_SETS, layer, axis),
                    network,
                    estimate,
                    n_unit=NETWORKS,
                    test="linear decoders of vectors as they are, trained on one pair of tasks "
                    "that differ on this axis and tested on every other (chance 0.5), held-out "
                    f"tasks and trained ones together; {over}",
                )
            )
    return rows


def axes_shown(measured: Measurements) -> dict[str, xr.Dataset]:
    """CCGP (place, network, axis) of words, what is told, and units, for the figure."""
    names = networks_in(measured.representation)
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name in names:
        layers = layers_of(measured, name)
        words = [layer for layer in layers if is_frozen(layer)]
        of_place = dict(zip(PLACES, (words[-1] if words else "", *PLACES[1:]), strict=True))
        for place, layer in of_place.items():
            own = _of_layer(measured, name, layer) if layer in layers else []
            found[place, name] = {
                axis: float(np.mean([each.sel(axis=axis) for each in own])) for axis in _axes(own)
            }
    axes = list(dict.fromkeys(axis for each in found.values() for axis in each))
    if not axes:
        return {}
    values = [
        [[found[place, name].get(axis, NAN) for axis in axes] for name in names] for place in PLACES
    ]
    about = {"units": "1", "long_name": "cross-condition generalisation performance"}
    return {
        "axes": xr.Dataset(
            {"ccgp": (("place", "network", "axis"), np.array(values, dtype=float), about)},
            {"place": list(PLACES), "network": names, "axis": axes},
        )
    }


def _of_layer(measured: Measurements, network: str, layer: str) -> list[xr.DataArray]:
    """CCGP (axis,) of each trained network that lacked a set."""
    return [
        data["ccgp_axis"].sel(layer=layer, scaling=PUBLISHED)
        for data in measured.representation
        if data.attrs["network"] == network
        and str(data.attrs["hold_out"]).startswith(SETS)
        and "ccgp_axis" in data
        and layer in data["layer"].values
    ]


def _axes(own: Sequence[xr.DataArray]) -> list[str]:
    """Axes that are known in any of the networks."""
    if not own:
        return []
    known = np.any([np.isfinite(each.values) for each in own], axis=0)
    return own[0]["axis"].values[known].astype(str).tolist()


def _over_networks(values: Sequence[float], layer: str) -> tuple[Estimate, str]:
    """Mean over trained networks, and what its interval is."""
    mean = fraction_interval(np.array(values))
    without = Estimate(mean.value, NAN, NAN, mean.n)
    if is_frozen(layer):
        return without, "no interval: the layer is frozen, one embedding for all sets"
    if mean.n < FEWEST:
        return without, f"no interval: {FEWEST} trained networks are needed, found {mean.n}"
    return mean, "t interval over trained networks, which share tasks"
