"""Heading in chunks: the posterior of every bin and its mean direction."""

import _harness


def prepare(inputs):
    """Decode all bins; the posteriors are kept, as the peer keeps them."""
    import numpy as np

    from neurosim.decode.streaming import log_rates, mean_direction, posterior_chunks, slices_of

    counts, rate, width = inputs["counts"], inputs["rate"], float(inputs["width"])
    angles = inputs["angles"]

    def work():
        posterior = np.empty((counts.shape[0], rate.shape[0]), dtype=np.float32)
        heading = np.empty(counts.shape[0])
        for part in posterior_chunks(slices_of(counts), log_rates(rate, width)):
            posterior[part.rows] = part.posterior
            heading[part.rows] = mean_direction(part.posterior, angles)
        return posterior, heading

    return work


def outputs(result):
    """Every tenth posterior and heading."""
    return {"posterior": result[0][::10], "heading": result[1][::10]}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
