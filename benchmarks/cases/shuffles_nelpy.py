"""Cell-identity shuffles by nelpy: ``unit_id_shuffle_bst``, then ``decode1D``, once a shuffle.

The release on PyPI has no weighted correlation. It is computed here for all events at once, from
the moments of nelpy's posteriors; it takes about a hundredth of the time. Cost is the same for
every shuffle, so a part of them is run and the time multiplied: the table says so.
"""

import _harness

NOTE = "weighted correlation added here"


def prepare(inputs):
    """Decode once for the scores, once a shuffle for the null."""
    import _nelpy
    import numpy as np

    decode, replay, _ = _nelpy.load()
    counts = np.ascontiguousarray(inputs["counts"].T.astype(float))
    lengths, position = inputs["length"], inputs["position"]
    curves = np.ascontiguousarray(inputs["rate"].T)
    first = np.cumsum(lengths) - lengths
    time = np.arange(counts.shape[1]) - np.repeat(first, lengths)
    n_shuffles = int(inputs["n_shuffles"])

    def score(binned):
        posterior = decode(binned, curves)[0]
        heard = ~np.isnan(posterior[0])
        mean = np.where(heard, position @ posterior, 0.0)
        square = np.where(heard, position**2 @ posterior, 0.0)
        t = np.where(heard, time, 0.0)

        def total(values):
            return np.add.reduceat(values, first)

        n = np.maximum(total(heard.astype(float)), 1)
        mean_t, mean_x = total(t) / n, total(mean) / n
        covariance = total(t * mean) / n - mean_t * mean_x
        variance = (total(t * t) / n - mean_t**2) * (total(square) / n - mean_x**2)
        return np.where(total(heard) >= 3, np.abs(covariance) / np.sqrt(variance), np.nan)

    def work():
        np.random.seed(1)  # noqa: NPY002 - nelpy draws from the global generator
        binned = _nelpy.BinnedSpikes(counts, float(inputs["width"]), lengths)
        observed = score(binned)
        above = np.zeros(lengths.size)
        for _ in range(n_shuffles):
            above += score(replay.unit_id_shuffle_bst(binned)) >= observed - 1e-9
        return observed, (1 + above) / (1 + n_shuffles), n_shuffles

    return work


def outputs(result):
    """Score and p value of every event."""
    return {"score": result[0], "p_value": result[1], "n_shuffles": result[2]}


def version():
    """Version of nelpy."""
    import _nelpy

    return _nelpy.load()[2]


if __name__ == "__main__":
    _harness.run(prepare, outputs, version, NOTE)
