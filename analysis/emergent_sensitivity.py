"""Which constants of a network decide what replay comes out of it?

Every constant is halved and raised by half, one at a time, and the gain is set anew to the same
occupancy; what changes is what the constant decides.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.emergent_sensitivity_figure import draw
from analysis.results import result
from neurosim import MissingData, NeurosimError
from neurosim.files import flags, load
from neurosim.stats.intervals import Estimate, geometric_interval, mean_interval
from neurosim.stats.summary import Row, make_row

__all__ = ["analyse", "draw"]
SHARES = ("forward_share", "sequence_share")  # these are compared by difference
OF_NETWORKS = ("value", "gain", "occupancy")  # what differs between networks
VANISHES = ("nowhere", "low", "high", "everywhere")  # at which factor there is nothing to measure


def read_sensitivity(paths: Sequence[Path]) -> xr.Dataset:
    """Read the files of all networks into one Dataset (network, constant, factor, outcome).

    Raises
    ------
    NeurosimError
        If networks were run with other constants or factors.
    """
    found: dict[str, xr.Dataset] = {}
    for path in paths:
        try:
            found[path.stem] = load(path)
        except MissingData:
            continue
        first = next(iter(found.values()))
        for name in ("constant", "factor", "outcome"):
            if not np.array_equal(first[name].values, found[path.stem][name].values):
                raise NeurosimError(
                    f"{path}: {name}: expected the same as in {next(iter(found))}, found others; "
                    "make the files anew"
                )
    if not found:
        raise MissingData("sensitivity: expected at least one network, found none")
    networks = found.values()
    varying = {
        name: xr.concat([data[name] for data in networks], "network", join="exact")
        for name in OF_NETWORKS
    }
    shared = next(iter(networks)).drop_vars(OF_NETWORKS)
    return shared.assign(varying).assign_coords(network=list(found))


def analyse(sensitivity: xr.Dataset) -> xr.DataTree:
    """Summarise how outcomes change with constants.

    Parameters
    ----------
    sensitivity : Dataset (network, constant, factor, outcome)
        From `read_sensitivity`.

    Returns
    -------
    DataTree
        ``/summary``; ``/sensitivity``: all values, and the effect of each constant on each
        outcome: the natural logarithm of its ratio between the ends of the range, over shares
        the difference; ``/decides``: constants of each outcome in the order of their effect.
    """
    values = observed(sensitivity)
    effects = {
        (c, o): effect_of(values[:, i, :, j], o)
        for i, c in enumerate(sensitivity["constant"].values.astype(str))
        for j, o in enumerate(sensitivity["outcome"].values.astype(str))
    }
    gone = vanishing(values)
    rows = [_row(sensitivity, key, effect) for key, effect in effects.items()]
    data = _with_effects(sensitivity, effects, gone)
    return result(rows, {"sensitivity": data, "decides": decides(data)})


def observed(sensitivity: xr.Dataset) -> np.ndarray:
    """Values (network, constant, factor, outcome); a rate of zero is as good as none."""
    dims = ("network", "constant", "factor", "outcome")
    values = sensitivity.sortby("factor")["value"].transpose(*dims).values.astype(float)
    rates = sensitivity["outcome"].values.astype(str) == "event_rate"
    return np.where(rates & (values <= 0), np.nan, values)


def effect_of(values: np.ndarray, outcome: str) -> Estimate:
    """Effect of a constant on an outcome.

    Parameters
    ----------
    values : array (network, factor)
        By rising factor.
    outcome : str

    Returns
    -------
    Estimate
        Ratio of the value at the highest factor to that at the lowest, geometric mean over
        networks; of shares the mean difference. Networks without either are left out.
    """
    low, high = values[:, 0], values[:, -1]
    if outcome in SHARES:
        return mean_interval(high - low)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = high / low
    return geometric_interval(ratio[np.isfinite(ratio) & (ratio > 0)])


def vanishing(values: np.ndarray) -> np.ndarray:
    """Code in `VANISHES` (constant, outcome): where most networks have nothing to measure."""
    low, high = (np.isnan(values[:, :, end]).mean(axis=0) > 0.5 for end in (0, -1))
    return low * 1 + high * 2


def _row(sensitivity: xr.Dataset, key: tuple[str, str], effect: Estimate) -> Row:
    constant, outcome = key
    context = str(sensitivity["context"].sel(constant=constant).values)
    factors = np.sort(sensitivity["factor"].values)
    ends = f"at {factors[-1]:g} x and at {factors[0]:g} x the constant"
    words = (
        f"difference of the shares {ends}; t interval over networks"
        if outcome in SHARES
        else f"ratio of the outcomes {ends}; t interval over networks on logarithms"
    )
    return make_row(
        "replay",
        "emergent_sensitivity",
        condition=f"constant={constant},outcome={outcome}",
        estimator="difference" if outcome in SHARES else "ratio",
        estimate=effect,
        origin="emergent",
        unit="1",
        n_unit="network",
        test=f"{words}; {context.replace(',', ' ')}, gain set anew to the same occupancy; "
        "derived from cited constants",
        reason=f"no network has this outcome both {ends}",
    )


def _with_effects(
    sensitivity: xr.Dataset,
    effects: Mapping[tuple[str, str], Estimate],
    gone: np.ndarray,
) -> xr.Dataset:
    shape = sensitivity.sizes["constant"], sensitivity.sizes["outcome"]
    shares = np.isin(sensitivity["outcome"].values.astype(str), SHARES)
    numbers = np.array([[e.value, e.low, e.high] for e in effects.values()]).reshape(*shape, 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(shares[:, None], numbers, np.log(numbers))
    dims = ("constant", "outcome")
    long_name = "natural logarithm of the ratio between the ends of the range; of shares the "
    described = {
        "effect": (dims, scaled[..., 0], {"units": "1", "long_name": f"{long_name}difference"}),
        "effect_low": (dims, scaled[..., 1], {"units": "1", "long_name": "its 95 % interval"}),
        "effect_high": (dims, scaled[..., 2], {"units": "1", "long_name": "its 95 % interval"}),
        "vanishes": flags(gone, VANISHES, dims, "end of the range at which it is not there"),
    }
    return sensitivity.assign(described)


def decides(data: xr.Dataset) -> xr.Dataset:
    """Order the constants of each outcome by their effect, the largest first.

    Constants at one end of whose range an outcome is not there come first of all: they decide
    whether there is any.

    Returns
    -------
    Dataset (outcome, rank)
        ``name`` of the constant, ``effect`` and ``vanishes``, as in ``/sensitivity``.
    """
    effect, gone = data["effect"].values.T, data["vanishes"].values.T  # (outcome, constant)
    strength = np.where(np.isfinite(effect), np.abs(effect), -1.0)
    strength = np.where((gone == 1) | (gone == 2), np.inf, strength)
    order = np.argsort(-strength, axis=1, kind="stable")
    names = data["constant"].values.astype(object)[order]
    ranked = np.take_along_axis(gone, order, axis=1)
    return xr.Dataset(
        {
            "name": (("outcome", "rank"), names, {"long_name": "constant"}),
            "effect": (
                ("outcome", "rank"),
                np.take_along_axis(effect, order, axis=1),
                data["effect"].attrs,
            ),
            "vanishes": (("outcome", "rank"), ranked, data["vanishes"].attrs),
        },
        coords={
            "outcome": data["outcome"],
            "rank": ("rank", np.arange(1, names.shape[1] + 1), {"long_name": "rank, from 1"}),
        },
    )


def deciding(data: xr.Dataset, outcome: str, context: str, most: int = 3) -> list[str]:
    """Name the constants that surely decide an outcome, the strongest first.

    Parameters
    ----------
    data : Dataset (constant, outcome)
        ``/sensitivity`` of `analyse`.
    outcome : str
    context : str
        State, track and rule in which constants must have been varied.
    most : int
        Largest number of names.

    Returns
    -------
    list of str
        Constants at one end of whose range the outcome is not there, or whose interval over
        networks leaves no effect out; of a single network, which has no interval, any.
    """
    one = data.sel(outcome=outcome, constant=data["context"].values.astype(str) == context)
    low, high = one["effect_low"].values, one["effect_high"].values
    gone = np.isin(one["vanishes"].values, (1, 2))
    sure = gone | (low > 0) | (high < 0)
    if data.sizes["network"] == 1:
        sure |= np.isfinite(one["effect"].values)
    size = np.where(gone, np.inf, np.abs(one["effect"].values))
    order = np.argsort(-np.where(sure, size, -1.0), kind="stable")[: min(most, int(sure.sum()))]
    return one["constant"].values.astype(str)[order].tolist()
