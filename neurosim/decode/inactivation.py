"""Rotation of the inner compass under inactivation, a row a block of one state.

Rotation is that of the decoded heading against the head. Asleep the head lies still, and both are
the same; awake the animal turns, and only what the compass turns beyond it says something.
"""

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.contract import INACTIVATIONS
from neurosim.decode.bayes import circular_difference, circular_mean, log_likelihood, normalise
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.heading import heading_at
from neurosim.decode.rotation import (
    RotationParameters,
    blocks_dataset,
    cumulative_rotation,
    measure_blocks,
    path_rotation,
)
from neurosim.files import flag_names, flags
from neurosim.recording import Recording

CONTROLS = ("none", "saline")


def measure_inactivation(decoded: xr.Dataset, parameters: RotationParameters) -> xr.Dataset:
    """Measure the rotation in every block of a state, with the block's inactivation.

    Parameters
    ----------
    decoded : Dataset (time)
        One state: ``estimate`` rad, ``interval``, CF flags ``inactivation``, ``bin_s``; awake
        also ``heading`` rad, the head's direction.
    parameters : RotationParameters

    Returns
    -------
    Dataset
        What `neurosim.decode.rotation.measure_blocks` measures (block), with CF flags
        ``condition`` (block); and the way there: ``rotation`` deg since the beginning of the
        block and ``block_of_bin`` of each bin (time), -1 in blocks that were left out.

    Raises
    ------
    MissingData
        If nothing was inactivated in any block.
    """
    condition = flag_names(decoded["inactivation"])
    if not np.any(condition != "none"):
        raise MissingData("expected epochs with an inactivation (or saline), found none")
    if "heading" in decoded:
        beyond = circular_difference(decoded["estimate"].values, decoded["heading"].values)
        decoded = decoded.assign(estimate=("time", beyond))
    blocks = measure_blocks(decoded, parameters)
    if blocks.sizes["block"] == 0:
        raise MissingData("expected two decoded bins in a block, found none: all are silent")
    interval = decoded["interval"].values
    row = np.searchsorted(blocks["interval"].values, interval)
    row = np.minimum(row, blocks.sizes["block"] - 1)
    kept = blocks["interval"].values[row] == interval
    rotation = cumulative_rotation(
        decoded["estimate"].values.astype(float),
        interval,
        float(decoded.attrs["bin_s"]),
        parameters.max_gap_s,
    )
    measured = blocks.assign(
        condition=flags(
            condition[blocks["first_bin"].values], INACTIVATIONS, "block", "inactivation"
        ),
        rotation=(
            "time",
            rotation.astype(np.float32),
            {"units": "degree", "long_name": "rotation since the beginning of the block"},
        ),
        block_of_bin=(
            "time",
            np.where(kept, row, -1).astype(np.int32),
            {"long_name": "block of the bin; -1 where it is in none"},
        ),
    )
    if "heading" in decoded:
        measured = measured.assign(head=decoded["heading"])
    return measured.assign_coords(time=decoded["time"]).assign_attrs(bin_s=decoded.attrs["bin_s"])


def check_inactivation(recording: Recording) -> None:
    """Raise MissingData if nothing was inactivated in a recording, with saline or with TTX."""
    if np.all(flag_names(recording.epochs["inactivation"]) == "none"):
        raise MissingData(
            f"{recording.name}: expected epochs with '/epochs/inactivation' other than 'none', "
            "found none"
        )


def decode_inactivated_wake(recording: Recording, curves: xr.Dataset, width: float) -> xr.Dataset:
    """Decode the heading awake in an open arena while something was inactivated.

    The tuning is that of the normal brain, so that nothing needs to be held out.

    Parameters
    ----------
    recording : Recording
    curves : Dataset (heading, unit)
        Tuning of the units ``unit_index``.
    width : float
        Bin, s.

    Returns
    -------
    Dataset (time)
        ``estimate`` rad, NaN in silent bins; ``heading`` rad, the head's direction;
        ``interval``, the recording's epoch; CF flags ``inactivation``; ``bin_s``.

    Raises
    ------
    MissingData
        If the animal never ran in an open arena then.
    """
    epochs = recording.epochs
    inactivation = flag_names(epochs["inactivation"])
    here = (flag_names(epochs["state"]) == "run") & (inactivation != "none")
    places = flag_names(epochs["environment"]).astype(str)
    chosen = np.flatnonzero(here & ~np.isin(places, recording.track_environments))
    bins = make_bins(
        np.column_stack([epochs["start"].values[chosen], epochs["stop"].values[chosen]]), width
    )
    if bins.size == 0:
        raise MissingData(
            f"{recording.name}: expected running in an open arena during an inactivation, "
            "found none"
        )
    units = curves["unit_index"].values
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    visited = curves["occupancy"].values > 0
    posterior = normalise(log_likelihood(counts, curves["rate"].values, width, visited))
    estimate = circular_mean(posterior, curves["heading"].values)
    return xr.Dataset(
        {
            "estimate": ("time", np.where(counts.sum(axis=1) > 0, estimate, np.nan)),
            "heading": ("time", heading_at(recording, bins.centre)),
            "interval": ("time", chosen[bins.interval].astype(np.int32)),
            "inactivation": flags(
                inactivation[chosen][bins.interval], INACTIVATIONS, "time", "inactivation"
            ),
        },
        coords={"time": ("time", bins.centre, {"units": "s", "long_name": "time"})},
        attrs={"bin_s": width},
    )


def by_epoch(decoded: xr.Dataset) -> xr.Dataset:
    """Name the blocks of a decoded state by the recording's epochs, for all states alike.

    Parameters
    ----------
    decoded : Dataset (time)
        ``estimate``, ``inactivation``, awake ``heading``, and ``interval``, a row of
        ``epoch_row``.
    """
    epoch = decoded["epoch_row"].values[decoded["interval"].values]
    kept = decoded[[n for n in ("estimate", "heading", "inactivation") if n in decoded]]
    return kept.assign(interval=("time", epoch.astype(np.int32)))


def joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join bins (time,) of one state that were decoded apart, in the order of time."""
    return xr.concat(parts, "time", combine_attrs="override").sortby("time")


def planted_rotation(
    measured: xr.Dataset, truth: xr.Dataset, parameters: RotationParameters
) -> xr.Dataset:
    """Measure the rotation of the planted heading over the same blocks.

    For comparisons with truth only. The planted heading is unwrapped within an epoch, so nothing
    is lost where it turns fast; it is read at the same times as the decoded one.

    Parameters
    ----------
    measured : Dataset
        From `measure_inactivation`.
    truth : Dataset (time)
        The recording's ``truth/heading``.
    parameters : RotationParameters

    Returns
    -------
    Dataset (block)
        The variables of `neurosim.decode.rotation.measure_blocks`.
    """
    clock = truth["time"].values
    times = measured["time"].values
    sample = np.clip(np.searchsorted(clock, times, side="right") - 1, 0, clock.size - 1)
    heading = truth["heading"].values.astype(float)[sample]
    owner, rotation = measured["block_of_bin"].values, measured["rotation"].values
    followed = np.isfinite(rotation)
    found = []
    for block in range(measured.sizes["block"]):
        rows = np.flatnonzero((owner == block) & followed)
        along = heading[rows]
        if "head" in measured:  # the compass follows the head: what is left goes round slowly
            along = np.unwrap(circular_difference(along, measured["head"].values[rows]))
        found.append(path_rotation(times[rows], np.rad2deg(along), parameters.reversal_deg))
    return blocks_dataset(found, measured["interval"].values, measured["first_bin"].values)


def velocities(measured: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Angular velocities from bin to bin and the block that each is of.

    Parameters
    ----------
    measured : Dataset
        From `measure_inactivation`.

    Returns
    -------
    velocity : array (step,)
        deg/s; steps beside silent bins are left out.
    block : array (step,) of int
    """
    owner = measured["block_of_bin"].values
    steps = np.diff(measured["rotation"].values.astype(float)) / float(measured.attrs["bin_s"])
    known = np.isfinite(steps) & (owner[1:] == owner[:-1]) & (owner[1:] >= 0)
    return steps[known], owner[1:][known]
