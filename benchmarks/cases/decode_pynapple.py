"""pynapple.decode_bayes, called a thousand bins at a time.

It makes arrays of (bin, position, unit): 60,000 bins in one call ask for 8.9 GiB several times
over, so the caller has to cut the recording.
"""

import _harness

CHUNK = 1000  # bins


def prepare(inputs):
    """Decode the counts from their frame, chunk by chunk."""
    import numpy as np
    import pynapple as nap
    import xarray as xr

    counts, width = inputs["counts"], float(inputs["width"])
    times = (np.arange(counts.shape[0]) + 0.5) * width
    frame = nap.TsdFrame(t=times, d=counts.astype(float))
    curves = xr.DataArray(
        inputs["rate"].T,
        dims=("unit", "position"),
        coords={
            "unit": np.arange(counts.shape[1]),
            "position": np.arange(inputs["rate"].shape[0]).astype(float),
        },
    )

    def work():
        posterior = []
        for low in range(0, counts.shape[0], CHUNK):
            part = frame[low : low + CHUNK]
            epoch = nap.IntervalSet(part.t[0] - width / 2, part.t[-1] + width / 2)
            _, probability = nap.decode_bayes(curves, part, epoch, width)
            posterior.append(probability.values)
        return np.concatenate(posterior)

    return work


def outputs(result):
    """Every tenth posterior."""
    return {"posterior": result[::10]}


def version():
    """Version of pynapple."""
    import pynapple

    return pynapple.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version, f"called {CHUNK} bins at a time")
