"""Clusterless log likelihood of all bins from marks and an encoding model."""

import _harness

FLOOR = 1e-7  # the default, 1e-3, is another model than the peer's


def prepare(inputs):
    """Learn the electrodes' densities; the likelihood of all bins is what is timed."""
    from neurosim.decode.clusterless import clusterless_log_likelihood, fit_marks

    electrodes = range(int(inputs["electrode"].max()) + 1)
    models, marks, bins = [], [], []
    for number in electrodes:
        learnt, now = inputs["encoding_electrode"] == number, inputs["electrode"] == number
        models.append(
            fit_marks(
                inputs["encoding_mark"][learnt],
                inputs["encoding_state"][learnt],
                inputs["spent"],
                inputs["kernel"],
                float(inputs["mark_sd"]),
                FLOOR,
            )
        )
        marks.append(inputs["mark"][now])
        bins.append(inputs["bin"][now])
    n_bins, width = int(inputs["n_bins"]), float(inputs["width"])
    return lambda: clusterless_log_likelihood(models, marks, bins, n_bins, width)


def outputs(result):
    """Every tenth bin."""
    return {"log_likelihood": result[::10]}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
