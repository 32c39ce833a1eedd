"""pynapple.decode_bayes on counts of head-direction cells, all bins in one call."""

import _harness


def prepare(inputs):
    """Decode the counts from their frame, as its tutorial of head-direction cells does."""
    import numpy as np
    import pynapple as nap
    import xarray as xr

    counts, width = inputs["counts"], float(inputs["width"])
    times = (np.arange(counts.shape[0]) + 0.5) * width
    frame = nap.TsdFrame(t=times, d=counts.astype(float))
    epoch = nap.IntervalSet(times[0] - width / 2, times[-1] + width / 2)
    curves = xr.DataArray(
        inputs["rate"].T,
        dims=("unit", "heading"),
        coords={"unit": np.arange(counts.shape[1]), "heading": inputs["angles"]},
    )
    return lambda: nap.decode_bayes(curves, frame, epoch, width)[1].values


def outputs(result):
    """Every tenth posterior."""
    return {"posterior": result[::10]}


def version():
    """Version of pynapple."""
    import pynapple

    return pynapple.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
