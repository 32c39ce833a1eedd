r"""CA1 place cells that read CA3 out.

What a CA1 cell gets from CA3 is the sum of its synapses, learned in the laps as the recurrent ones
are, each spike with the time course of an excitatory synapse. Its rate follows that drive,

    rate(t) = b * sum_i J_i (k * s_i)(t),

with b such that the laps of CA3 drive it at the mean rate that it had in them (as homeostasis
would: Turrigiano 2008, 10.1016/j.cell.2008.10.008). Nothing of it is set offline. Spikes are
Poisson around that rate, but for the refractory time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.sparse import coo_array

from neurosim.cells.irregular import delete_refractory
from neurosim.network.ca3_constants import Constants

BIN = 0.001  # s
CHUNK = 10_000  # bins whose rates are held at once


@dataclass(frozen=True)
class Readout:
    """Synapses from CA3 to CA1, in CA1 spikes a CA3 spike.

    Attributes
    ----------
    weight : array (ca3, ca1) of float32
    rise, decay : float
        Of the synapse, s.
    refractory : float
        s.
    """

    weight: np.ndarray
    rise: float
    decay: float
    refractory: float


def fit_readout(
    schaffer: np.ndarray, ca3_rate: np.ndarray, ca1_rate: np.ndarray, constants: Constants
) -> Readout:
    """Scale learned synapses so that laps of CA3 drive CA1 cells as these fired in the laps.

    Parameters
    ----------
    schaffer : array (ca3, ca1)
        Learned weights, in any unit.
    ca3_rate, ca1_rate : array (cell,)
        Mean rates in the laps, Hz.
    constants : Constants
        Time course of recurrent synapses, and the refractory time of pyramidal cells.
    """
    drive = ca3_rate @ schaffer
    scale = np.divide(ca1_rate, drive, out=np.zeros_like(drive), where=drive > 0)
    return Readout(
        (schaffer * scale).astype(np.float32),
        constants["recurrent_rise_ms"] / 1000,
        constants["recurrent_decay_ms"] / 1000,
        constants["pc_refractory_ms"] / 1000,
    )


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
    n_ca3, n_ca1 = readout.weight.shape
    fast, slow = (float(np.exp(-BIN / t)) for t in (readout.rise, readout.decay))
    # A kernel of unit sum: a spike counts once, however it is spread in time.
    unit = 1 / (1 / (1 - slow) - 1 / (1 - fast))
    states = [np.zeros((1, n_ca1)), np.zeros((1, n_ca1))]
    found_times, found_cells = [np.zeros(0)], [np.zeros(0, dtype=int)]
    n_bins = int(np.ceil(duration / BIN))
    bins = np.minimum((times / BIN).astype(int), n_bins - 1)
    for first in range(0, n_bins, CHUNK):
        size = min(CHUNK, n_bins - first)
        rows = slice(*np.searchsorted(bins, [first, first + size]))
        ones = np.ones(cells[rows].size, dtype=np.float32)
        counts = coo_array((ones, (bins[rows] - first, cells[rows])), shape=(size, n_ca3))
        drive = counts.tocsr() @ readout.weight
        expected = np.zeros_like(drive, dtype=float)
        for index, (kept, sign) in enumerate(((slow, unit), (fast, -unit))):
            part, states[index] = lfilter([sign], [1.0, -kept], drive, axis=0, zi=states[index])
            expected += part
        counted = rng.poisson(np.maximum(expected, 0.0))
        row, cell = np.nonzero(counted)
        number = counted[row, cell]
        row, cell = np.repeat(row, number), np.repeat(cell, number)
        found_times.append((first + row + rng.random(row.size)) * BIN)
        found_cells.append(cell)
    spikes, units = np.concatenate(found_times), np.concatenate(found_cells)
    order = np.argsort(spikes, kind="stable")
    return delete_refractory(spikes[order], units[order], readout.refractory)
