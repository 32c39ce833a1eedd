"""Dynamics of candidate events: spikes counted, evidence compared (`neurosim.decode.dynamics`)."""

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.dynamics import DYNAMICS, DynamicsEvidence, dynamics_evidence
from neurosim.decode.geometry import line_geometry
from neurosim.progress import progress
from neurosim.recording import Recording

EVENTS = 4096  # at a time, so that a day's take no more memory than an hour's


def counts_evidence(
    counts: np.ndarray,
    event_index: np.ndarray,
    rate: np.ndarray,
    visited: np.ndarray,
    positions: np.ndarray,
    parameters: DynamicsParameters,
) -> DynamicsEvidence:
    """Compare the dynamics of events on a linear track.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes.
    event_index : array (bin,)
        Event of each bin, rising from zero; every event has a bin.
    rate : array (map, position, unit)
        Place fields, Hz.
    visited : array (map, position) of bool
    positions : array (position,)
        Centres of the position bins, m.
    parameters : DynamicsParameters
    """
    run = visited.any(axis=1)  # a track may have been run one way only
    flat, visited = rate[run].reshape(-1, rate.shape[-1]), visited[run]
    return dynamics_evidence(
        counts.astype(float) @ np.log(flat).T,
        parameters.bin_s * flat.sum(axis=1),
        counts.sum(axis=1),
        event_index,
        line_geometry(positions),
        parameters,
        visited,
    )


def compare_dynamics(
    recording: Recording,
    fields: xr.Dataset,
    candidates: xr.Dataset,
    parameters: DynamicsParameters,
) -> xr.Dataset:
    """Compare the dynamics of a recording's candidate events on its linear track.

    Parameters
    ----------
    recording : Recording
    fields : Dataset (direction, position, unit)
        From `neurosim.decode.position.fit_place_fields`.
    candidates : Dataset (event)
        From `neurosim.decode.bursts.find_candidates`.
    parameters : DynamicsParameters

    Returns
    -------
    Dataset (event, dynamic)
        ``log_evidence`` up to a constant of each event, ``probability`` under equal prior,
        ``n_spikes`` (event) of the units with fields, and the candidates' own variables.

    Raises
    ------
    MissingData
        If no directed event fits on the track.
    """
    length = float(fields.attrs["track_length"])
    if length <= parameters.min_span_m:
        raise MissingData(
            f"{recording.name}: expected a track longer than the {parameters.min_span_m:g} m that "
            f"a directed event covers, found {length:.3g} m"
        )
    bounds = np.column_stack([candidates["start"].values, candidates["stop"].values])
    bins = make_bins(bounds, parameters.bin_s)
    units = fields["unit_index"].values
    times, unit = recording.spikes_of(units)
    log_evidence, spikes = np.zeros((len(bounds), len(DYNAMICS))), np.zeros(len(bounds), np.int32)
    held = np.unique(bins.interval)  # some events may be shorter than a bin
    for start in progress(range(0, held.size, EVENTS), "compare dynamics"):
        some = held[start : start + EVENTS]
        part = bins.take(slice(*np.searchsorted(bins.interval, [some[0], some[-1] + 1])))
        counts = count_spikes(times, unit, part, units.size)
        index = np.searchsorted(some, part.interval)
        spikes[some] = np.bincount(index, counts.sum(axis=1))
        log_evidence[some] = counts_evidence(
            counts,
            index,
            fields["rate"].values,
            fields["occupancy"].values > 0,
            fields["position"].values,
            parameters,
        ).log_evidence
    found = evidence_dataset(log_evidence, spikes)
    return found.assign({name: candidates[name] for name in candidates.data_vars})


def evidence_dataset(log_evidence: np.ndarray, n_spikes: np.ndarray) -> xr.Dataset:
    """Put evidence (event, dynamic) and spikes (event,) into a Dataset."""
    weight = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True, initial=-np.inf))
    both, one = ("event", "dynamic"), {"units": "1"}
    return xr.Dataset(
        {
            "log_evidence": (
                both,
                log_evidence,
                one | {"long_name": "log evidence up to a constant of each event"},
            ),
            "probability": (
                both,
                weight / weight.sum(axis=1, keepdims=True),
                one | {"long_name": "posterior of the dynamic under equal prior"},
            ),
            "n_spikes": ("event", n_spikes, one | {"long_name": "spikes in the event"}),
        },
        coords={"dynamic": list(DYNAMICS)},
    )


def best_dynamics(found: xr.Dataset, variable: str = "log_evidence") -> np.ndarray:
    """Name the dynamic of the largest evidence (event,); ``none`` for events without spikes."""
    names = found["dynamic"].values.astype(str).astype(object)
    best = names[found[variable].transpose("event", "dynamic").values.argmax(axis=1)]
    return np.where(found["n_spikes"].values > 0, best, "none").astype(object)
