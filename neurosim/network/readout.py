r"""CA1 place cells that read CA3 out.

A CA1 cell sums its synapses from CA3, learned in the laps as the recurrent ones are, each spike
with the time course of an excitatory synapse, less feed-forward inhibition that follows all of
CA3 and balances the mean of its synapses (Pouille et al. 2009, 10.1038/nn.2441). Its rate follows
what is left, where that is excitation,

    rate(t) = b * [ sum_i (J_i - mean J) (k * s_i)(t) ]_+,

with b such that the laps of CA3 drive it at the mean rate that it had in them (as homeostasis
would: Turrigiano 2008, 10.1016/j.cell.2008.10.008). Nothing of it is set offline. Spikes are
Poisson around that rate, but for the refractory time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import lfilter
from scipy.sparse import coo_array

from neurosim.cells.irregular import delete_refractory
from neurosim.network.ca3_constants import Constants

BIN = 0.001  # s
CHUNK = 10_000  # bins whose rates are held at once


@dataclass(frozen=True)
class Readout:
    """Synapses from CA3 to CA1.

    Attributes
    ----------
    weight : array (ca3, ca1) of float32
        Excitation less inhibition, in CA1 spikes a CA3 spike.
    rise, decay : float
        Of the synapse, s.
    refractory : float
        s.
    """

    weight: np.ndarray
    rise: float
    decay: float
    refractory: float

    def rates(self, times: np.ndarray, cells: np.ndarray, duration: float) -> Iterator[np.ndarray]:
        """Expected spikes of CA1 (bin, ca1) in 1 ms bins, a chunk of them after the other.

        Parameters
        ----------
        times, cells : array (spike,)
            Of CA3, s from zero, sorted.
        duration : float
            s.
        """
        n_ca3, n_ca1 = self.weight.shape
        fast, slow = (float(np.exp(-BIN / t)) for t in (self.rise, self.decay))
        unit = 1 / (1 / (1 - slow) - 1 / (1 - fast))  # a spike counts once, however it is spread
        states = [np.zeros((1, n_ca1)), np.zeros((1, n_ca1))]
        n_bins = int(np.ceil(duration / BIN))
        bins = np.minimum((times / BIN).astype(int), n_bins - 1)
        for first in range(0, n_bins, CHUNK):
            size = min(CHUNK, n_bins - first)
            rows = slice(*np.searchsorted(bins, [first, first + size]))
            ones = np.ones(cells[rows].size, dtype=np.float32)
            counts = coo_array((ones, (bins[rows] - first, cells[rows])), shape=(size, n_ca3))
            drive = counts.tocsr() @ self.weight
            expected = np.zeros_like(drive, dtype=float)
            for index, (kept, sign) in enumerate(((slow, unit), (fast, -unit))):
                part, states[index] = lfilter([sign], [1.0, -kept], drive, axis=0, zi=states[index])
                expected += part
            yield np.maximum(expected, 0.0)


def fit_readout(
    schaffer: np.ndarray,
    times: np.ndarray,
    cells: np.ndarray,
    duration: float,
    n_spikes: np.ndarray,
    constants: Constants,
) -> Readout:
    """Balance learned synapses, and scale them to the laps.

    Parameters
    ----------
    schaffer : array (ca3, ca1)
        Learned weights, in any unit.
    times, cells : array (spike,)
        Of CA3 in the laps, s from zero, sorted.
    duration : float
        Of the laps, s.
    n_spikes : array (ca1,)
        Of the CA1 cells in the laps.
    constants : Constants
        Time course of recurrent synapses, and the refractory time of pyramidal cells.
    """
    balanced = Readout(
        (schaffer - schaffer.mean(axis=0)).astype(np.float32),
        constants["recurrent_rise_ms"] / 1000,
        constants["recurrent_decay_ms"] / 1000,
        constants["pc_refractory_ms"] / 1000,
    )
    driven = sum(rates.sum(axis=0) for rates in balanced.rates(times, cells, duration))
    scale = np.divide(n_spikes, driven, out=np.zeros(driven.size), where=driven > 0)
    return replace(balanced, weight=(balanced.weight * scale).astype(np.float32))


def read_out(
    readout: Readout,
    times: np.ndarray,
    cells: np.ndarray,
    duration: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the spikes of CA1 that follow from those of CA3.

    Parameters
    ----------
    readout : Readout
    times, cells : array (spike,)
        Of CA3, s from zero, sorted.
    duration : float
        s.
    rng : numpy.random.Generator

    Returns
    -------
    times, cells : array (spike,)
        Of CA1, sorted.
    """
    found_times, found_cells = [np.zeros(0)], [np.zeros(0, dtype=int)]
    for chunk, expected in enumerate(readout.rates(times, cells, duration)):
        counted = rng.poisson(expected)
        row, cell = np.nonzero(counted)
        number = counted[row, cell]
        row, cell = np.repeat(row, number), np.repeat(cell, number)
        found_times.append((chunk * CHUNK + row + rng.random(row.size)) * BIN)
        found_cells.append(cell)
    spikes, units = np.concatenate(found_times), np.concatenate(found_cells)
    order = np.argsort(spikes, kind="stable")
    return delete_refractory(spikes[order], units[order], readout.refractory)
