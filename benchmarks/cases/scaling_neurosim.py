"""Decode a recording of any length, chunk by chunk, keeping sums alone.

The spikes are those of five minutes of running, again and again: what is in memory beyond the
chunk does not grow with the recording. Counting is part of the work.
"""

import _harness


def prepare(inputs):
    """Simulate the minutes; what is timed is decoding all bins."""
    import numpy as np

    from neurosim.cells.spikes import thin_poisson
    from neurosim.decode.bins import Bins, count_spikes

    rate, path, width = inputs["rate"], inputs["path"], float(inputs["width"])
    n_bins, n_cells = int(inputs["n_bins"]), rate.shape[1]
    step = float(inputs["step_s"])

    def rate_at(times, cells):
        sample = np.minimum((times / step).astype(np.int64), path.size - 1) % path.size
        return rate[path[sample], cells]

    rng = np.random.default_rng(1)
    times, unit = thin_poisson(rate_at, rate.max(axis=0), np.array([[0.0, path.size * step]]), rng)
    period = round(path.size * step / width)

    def counts(start, stop):
        """Counts of bins start to stop - 1, some of which may lie in the next period."""
        parts = []
        while start < stop:
            first = start % period
            last = min(first + stop - start, period)
            edges = np.arange(first, last + 1) * width
            bins = Bins(edges[:-1], edges[1:], np.zeros(last - first, dtype=int), width)
            spikes = slice(*np.searchsorted(times, edges[[0, -1]], side="left"))
            parts.append(count_spikes(times[spikes], unit[spikes], bins, n_cells))
            start += last - first
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    if str(inputs["decoder"]) == "memoryless":
        return lambda: memoryless(counts, n_bins, rate, width)
    return lambda: statespace(counts, n_bins, rate, width, inputs)


def memoryless(counts, n_bins, rate, width):
    """Sum the posterior over bins."""
    import numpy as np

    from neurosim.decode.streaming import CHUNK, log_rates, posterior_chunks

    parts = (counts(low, min(low + CHUNK, n_bins)) for low in range(0, n_bins, CHUNK))
    total, n_spikes = np.zeros(rate.shape[0]), 0
    for part in posterior_chunks(parts, log_rates(rate, width)):
        total += part.posterior.sum(axis=0, dtype=float)
        n_spikes += int(part.n_spikes.sum())
    return total, n_spikes


def statespace(counts, n_bins, rate, width, inputs):
    """Sum the smoothed posterior of the dynamics over bins."""
    import numpy as np

    from neurosim.decode.state_model import make_state_space, sticky_transition
    from neurosim.decode.statespace import poisson_source, smooth_chunks
    from neurosim.decode.transitions import make_movement, track_kernel

    position = inputs["position"]
    kernel = track_kernel(np.abs(position[:, None] - position), float(inputs["movement_variance"]))
    model = make_state_space(make_movement(kernel), sticky_transition(3, float(inputs["stay"])))
    total = np.zeros(3)
    for part in smooth_chunks(poisson_source(counts, rate, width), n_bins, model):
        total += part.state_probability().sum(axis=0, dtype=float)
    return total, 0


def outputs(result):
    """Sums over all bins."""
    return {"total": result[0], "n_spikes": result[1]}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
