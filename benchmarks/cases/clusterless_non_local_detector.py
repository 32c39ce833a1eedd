"""Clusterless log likelihood by non_local_detector: the function below its classifier.

The model (0.6.9): on electrode e with N marks m_j at positions x_j while running, the intensity
of a mark m at x is

    rate_e / occupancy(x) * 1/N sum_j K(x - x_j) K(m - m_j),

with Gaussian densities K of one width for positions and one for every feature, the rate in
spikes a time bin, and the occupancy a density over positions. The log likelihood of a bin is the
sum of the logarithms (floored at log 1e-15) over its marks, less the summed ground intensity.
Blocks are of 10,000 marks, as its classifiers set them. float32.
"""

import _harness


def prepare(inputs):
    """Hand over the encoding model as arrays; the likelihood of all bins is what is timed."""
    from types import SimpleNamespace

    import jax
    import jax.numpy as jnp
    import numpy as np
    from non_local_detector.likelihoods.clusterless_kde import (
        predict_clusterless_kde_log_likelihood,
    )

    position, width = inputs["position"], float(inputs["width"])
    n_bins, n_features = int(inputs["n_bins"]), inputs["mark"].shape[1]
    electrodes = range(int(inputs["electrode"].max()) + 1)
    of = [inputs["electrode"] == e for e in electrodes]
    learnt = [inputs["encoding_electrode"] == e for e in electrodes]
    environment = SimpleNamespace(
        is_track_interior_=np.ones(position.size, dtype=bool),
        place_bin_centers_=jnp.asarray(position[:, None]),
    )
    model = {
        "occupancy": jnp.asarray(inputs["occupancy"]),
        "occupancy_model": None,
        "gpi_models": None,
        "encoding_spike_waveform_features": [
            jnp.asarray(inputs["encoding_mark"][rows]) for rows in learnt
        ],
        "encoding_positions": [
            jnp.asarray(inputs["encoding_position"][rows, None]) for rows in learnt
        ],
        "environment": environment,
        "mean_rates": inputs["mean_rate"] * width,
        "summed_ground_process_intensity": jnp.asarray(inputs["ground_intensity"] * width),
        "position_std": jnp.asarray([float(inputs["position_sd"])]),
        "waveform_std": jnp.full(n_features, float(inputs["mark_sd"])),
        "block_size": 10_000,
        "disable_progress_bar": True,
    }
    time = np.arange(n_bins) * width
    spikes = [(inputs["bin"][rows] + 0.5) * width for rows in of]
    marks = [jnp.asarray(inputs["mark"][rows]) for rows in of]

    def work():
        values = predict_clusterless_kde_log_likelihood(time, None, None, spikes, marks, **model)
        return jax.block_until_ready(values)

    return work


def outputs(result):
    """Every tenth bin."""
    import numpy as np

    return {"log_likelihood": np.asarray(result)[::10]}


def version():
    """Version of non_local_detector."""
    from importlib.metadata import version as of

    return of("non-local-detector")


if __name__ == "__main__":
    _harness.run(prepare, outputs, version, "compiled in the first run")
