"""Sequenceness of place cells: the states are segments of a track, run outbound and inbound.

Nothing but the spikes and the place fields of wake goes in: no candidate events, no speed. The
posterior of every time bin of rest or sleep is summed over the positions of each segment, for each
running direction by itself. A transition leads to the next segment in the running direction, so
that forward sequenceness is forward replay, and backward is reverse replay, as they are defined for
single events.

Neighbouring segments are not exchangeable with distant ones: their cells overlap, and a replay that
hovers or diffuses goes to and fro between them. Sequenceness, and even the difference of its
directions, passes permutations of the states because of that alone. That something is directed is
for `neurosim.decode.time_reversal` to say.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.linalg import block_diag

from neurosim import MissingData, NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.places import TrackBins
from neurosim.decode.sequenceness import sequenceness
from neurosim.decode.tdlm import Tdlm
from neurosim.decode.time_reversal import reversal_test
from neurosim.recording import Recording
from neurosim.world.graph import TrackGraph

MIN_SEGMENTS = 4  # three have two other orders, which is too few to rank one among


@dataclass(frozen=True)
class TrackSegments:
    """A track cut into segments, none of which straddles a node.

    Attributes
    ----------
    bins : TrackBins
        The segments, as coarse position bins.
    """

    bins: TrackBins

    @classmethod
    def of(cls, graph: TrackGraph, n_segments: int) -> "TrackSegments":
        """Cut a track into about so many segments.

        Raises
        ------
        NeurosimError
            If there are fewer than four.
        """
        bins = TrackBins(graph, n_segments)
        if bins.size < MIN_SEGMENTS:
            raise NeurosimError(
                f"n_segments: expected at least {MIN_SEGMENTS}, found {bins.size}; orders of fewer "
                "cannot be told from chance"
            )
        return cls(bins)

    @property
    def size(self) -> int:
        """Number of states: a segment run outbound, and inbound."""
        return 2 * self.bins.size

    def transitions(self) -> np.ndarray:
        """Transition matrix (state, state) in the running direction.

        Outbound states, in the order of the segments, come before inbound ones. Outbound leads
        along each edge and on to those that begin where it ends.
        """
        graph, edge = self.bins.graph, self.bins.edge
        last = np.append(edge[1:] != edge[:-1], True)
        first = np.roll(last, 1)
        number = np.arange(self.bins.size)
        within = (number[:, None] + 1 == number) & ~last[:, None]
        start, end = graph.edge_node[edge].T
        outbound = within | (last[:, None] & first & (end[:, None] == start))
        return block_diag(outbound, outbound.T).astype(float)

    def courses(self, posterior: np.ndarray, fields: xr.Dataset, bins: Bins) -> list[np.ndarray]:
        """Sum posteriors over the positions of each segment, and cut them where time has gaps.

        Parameters
        ----------
        posterior : array (bin, direction, position)
            Outbound and inbound.
        fields : Dataset
            Place fields on the track, whose positions those are.
        bins : Bins

        Returns
        -------
        list of array (bin, state)
            One an interval of the bins.
        """
        segment = self.bins.index(fields["position"].values, fields["edge"].values)
        member = (segment[:, None] == np.arange(self.bins.size)).astype(posterior.dtype)
        mass = (posterior @ member).reshape(len(posterior), self.size)
        return np.split(mass, np.flatnonzero(np.diff(bins.interval)) + 1)


def posterior_in(
    recording: Recording, fields: xr.Dataset, intervals: np.ndarray, width: float
) -> tuple[np.ndarray, Bins]:
    """Decode the position in every time bin of some intervals.

    Parameters
    ----------
    recording : Recording
    fields : Dataset
        From `neurosim.decode.position.fit_place_fields`.
    intervals : array (interval, 2)
        Start and stop, s.
    width : float
        Bin, s.

    Returns
    -------
    posterior : array (bin, direction, position)
        Sums to one a bin; flat in silent bins.
    bins : Bins
    """
    bins = make_bins(intervals, width)
    units = fields["unit_index"].values
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    rate, visited = fields["rate"].values, fields["occupancy"].values > 0
    n_maps, n_positions, n_units = rate.shape
    values = log_likelihood(counts, rate.reshape(-1, n_units), width, visited.ravel())
    return normalise(values).reshape(-1, n_maps, n_positions), bins


def track_sequenceness(
    recording: Recording,
    fields: xr.Dataset,
    method: Tdlm,
    rng: np.random.Generator,
    *,
    n_segments: int,
    state: str,
    phase: str | None = None,
) -> xr.Dataset:
    """Measure sequenceness along a track in rest or sleep.

    Parameters
    ----------
    recording : Recording
    fields : Dataset
        From `neurosim.decode.position.fit_place_fields`, of a track.
    method : Tdlm
    rng : numpy.random.Generator
    n_segments : int
        That the track is cut into, about.
    state : {"rest", "nrem", "rem", "run"}
    phase : {"pre", "run", "post"}, optional

    Returns
    -------
    Dataset (direction, lag)
        As of `neurosim.decode.tdlm.sequenceness`, forward being in the running direction; and
        ``speed`` (direction), m s-1: length of a segment over the lag of the greatest
        sequenceness. ``reversal_p_value`` and its neighbours are those of
        `neurosim.decode.time_reversal.reversal_test`.

    Raises
    ------
    MissingData
        If there is no such state, or too little of it in one piece.
    """
    intervals = recording.intervals(state=state, phase=phase)
    if len(intervals) == 0:
        raise MissingData(
            f"{recording.name}: expected {state} {'' if phase is None else f'in phase {phase}'}, "
            "found none"
        )
    segments = TrackSegments.of(recording.track_graph(fields.attrs["environment"]), n_segments)
    posterior, bins = posterior_in(recording, fields, intervals, method.bin_s)
    courses = segments.courses(posterior, fields, bins)
    transitions = segments.transitions()
    tested = sequenceness(courses, {"running": transitions}, method, rng)
    tested = tested.isel(order=0, drop=True)
    reversed_ = reversal_test(courses, transitions, method, rng)
    speed = (segments.bins.width / tested["peak_lag"]).assign_attrs(
        units=f"{recording.length_unit} s-1",
        long_name="segment over the lag of the greatest sequenceness",
    )
    return tested.assign(speed=speed, **reversed_.data_vars).assign_attrs(
        state=state,
        environment=fields.attrs["environment"],
        n_segments=segments.bins.size,
    )
