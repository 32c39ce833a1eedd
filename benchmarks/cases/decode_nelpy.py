"""nelpy's decode1D on one epoch of counts."""

import _harness

NOTE = "release on PyPI, with pins and one alias for its plotting"


def prepare(inputs):
    """Decode all bins in one call."""
    import _nelpy
    import numpy as np

    decode, _, _ = _nelpy.load()
    counts = np.ascontiguousarray(inputs["counts"].T.astype(float))
    binned = _nelpy.BinnedSpikes(counts, float(inputs["width"]), np.array([counts.shape[1]]))
    curves = np.ascontiguousarray(inputs["rate"].T)
    return lambda: decode(binned, curves)[0]


def outputs(result):
    """Every tenth posterior; NaN in silent bins."""
    return {"posterior": result.T[::10]}


def version():
    """Version of nelpy."""
    import _nelpy

    return _nelpy.load()[2]


if __name__ == "__main__":
    _harness.run(prepare, outputs, version, NOTE)
