r"""Which units are place cells: spatial information beyond that of shifted spikes.

Spatial information (Skaggs et al. 1993; Skaggs et al. 1996,
doi:10.1002/(SICI)1098-1063(1996)6:2<149::AID-HIPO6>3.0.CO;2-K) of rates :math:`\lambda_i` where
the animal spends the parts :math:`p_i` of the time,

.. math:: I = \sum_i p_i \frac{\lambda_i}{\bar\lambda} \log_2 \frac{\lambda_i}{\bar\lambda},
          \qquad \bar\lambda = \sum_i p_i \lambda_i,

in bits a spike, is above zero for few spikes wherever they fall. So it is held against the same
unit's with its spikes shifted along the running time, around the end: that keeps their number and
their bursts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from neurosim.decode.bins import count_spikes
from neurosim.decode.common import units_of
from neurosim.decode.places import TrackBins
from neurosim.decode.position import fit_halves, running_bins
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording

MIN_RATE = 0.1  # Hz while running; a unit that fires less has no field that could be estimated
ALPHA = 0.05
SHORTEST_SHIFT = 0.05  # of the running time


@dataclass(frozen=True)
class PlaceCells:
    """What the CA1 units (unit,) do on the track.

    Attributes
    ----------
    rate : array (unit,)
        Mean rate while running, Hz.
    information : array (unit,)
        bits a spike.
    p_value : array (unit,)
        Share of shifts with as much information.
    stability : array (unit,)
        Correlation of the fields of the two halves of running; NaN where one is silent.
    of_others : array (pair,)
        The same between the fields of different active units: what unrelated fields give.
    """

    rate: np.ndarray
    information: np.ndarray
    p_value: np.ndarray
    stability: np.ndarray
    of_others: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """Units (unit,) that fire while the animal runs."""
        return self.rate >= MIN_RATE

    @property
    def place(self) -> np.ndarray:
        """Place cells (unit,): active, with more information than shifted spikes."""
        return self.active & (self.p_value <= ALPHA)


def spatial_information(rate: np.ndarray, occupancy: np.ndarray) -> np.ndarray:
    """Spatial information (...,) of rates (..., place), bits a spike; 0 for a silent unit.

    Parameters
    ----------
    rate : array (..., place)
        Hz.
    occupancy : array (place,)
        Time spent; its unit is of no matter.

    Examples
    --------
    >>> float(spatial_information(np.array([8.0, 0, 0, 0]), np.ones(4)))  # one place of four
    2.0
    """
    share = occupancy / occupancy.sum()
    mean = (rate * share).sum(axis=-1, keepdims=True)
    relative = np.divide(rate, mean, out=np.zeros_like(rate, dtype=float), where=mean > 0)
    bits = np.log2(relative, out=np.zeros_like(relative), where=relative > 0)
    return (share * relative * bits).sum(axis=-1)


def find_place_cells(
    recording: Recording,
    parameters: FieldParameters,
    width: float,
    n_shuffles: int,
    rng: np.random.Generator,
) -> PlaceCells:
    """Find the place cells among the CA1 units of a recording, on its first track.

    Parameters
    ----------
    recording : Recording
    parameters : FieldParameters
    width : float
        Bin in which spikes and positions are matched, s.
    n_shuffles : int
    rng : numpy.random.Generator

    Raises
    ------
    MissingData
        Without units, a track or running.
    """
    units = units_of(recording, "CA1")
    environment = recording.track_name()
    bins, state = running_bins(recording, parameters, width, environment)
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    places = TrackBins(recording.track_graph(environment), parameters.n_bins)
    kernel = places.kernel(parameters.smoothing_bins)
    occupancy = np.bincount(state, minlength=2 * places.size).reshape(2, places.size) * width
    time = kernel @ occupancy[..., None]

    def information(at: np.ndarray) -> np.ndarray:
        spikes = (
            csr_array((np.ones(at.size), (at, np.arange(at.size))), (2 * places.size, at.size))
            @ sparse
        )
        rate = np.divide(
            kernel @ spikes.toarray().reshape(2, places.size, -1),
            time,
            out=np.zeros((2, places.size, units.size)),
            where=time > 0,
        )
        return spatial_information(rate.reshape(-1, units.size).T, occupancy.ravel())

    sparse = csr_array(counts).astype(float)
    observed = information(state)
    shortest = int(SHORTEST_SHIFT * bins.size)
    shifts = rng.integers(shortest, bins.size - shortest, n_shuffles)
    as_high = sum(information(np.roll(state, shift)) >= observed - 1e-12 for shift in shifts)
    rate = counts.sum(axis=0) / (bins.size * width)
    active = np.flatnonzero(rate >= MIN_RATE)
    alike = _between_halves(recording, parameters, width, environment)
    others = alike[np.ix_(active, active)][~np.eye(active.size, dtype=bool)]
    return PlaceCells(
        rate=rate,
        information=observed,
        p_value=(1 + as_high) / (1 + n_shuffles),
        stability=np.diagonal(alike),
        of_others=others[np.isfinite(others)],
    )


def _between_halves(
    recording: Recording, parameters: FieldParameters, width: float, environment: str
) -> np.ndarray:
    """Correlation (unit, unit) of fields of the first half of running with those of the second."""
    halves = fit_halves(recording, parameters, width, environment)
    seen = np.all([half["occupancy"].values > 0 for half in halves], axis=0)
    first, second = (_standardised(half["rate"].values[seen].T) for half in halves)
    return first @ second.T


def _standardised(rate: np.ndarray) -> np.ndarray:
    """Rates (unit, place) whose product over places is their correlation; NaN if they are flat."""
    centred = rate - rate.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.divide(centred, norm, out=np.full_like(centred, np.nan), where=norm > 0)
