"""Memoryless Bayesian decoding in chunks: the posterior of every bin and an estimate of each."""

import _harness


def prepare(inputs):
    """Decode all bins; the posteriors are kept, as the peers keep them."""
    import numpy as np

    from neurosim.decode.streaming import log_rates, posterior_chunks, slices_of

    counts, rate, width = inputs["counts"], inputs["rate"], float(inputs["width"])

    def work():
        posterior = np.empty((counts.shape[0], rate.shape[0]), dtype=np.float32)
        peak = np.empty(counts.shape[0], dtype=np.int64)
        for part in posterior_chunks(slices_of(counts), log_rates(rate, width)):
            posterior[part.rows] = part.posterior
            peak[part.rows] = part.posterior.argmax(axis=1)
        return posterior, peak

    return work


def outputs(result):
    """Every tenth posterior."""
    return {"posterior": result[0][::10]}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
