"""Place-cell spikes along a given path by thinning."""

import _harness


def prepare(inputs):
    """Draw the spikes of all cells; the path holds its value within a sample."""
    import numpy as np

    from neurosim.cells.place import PlaceCells
    from neurosim.cells.spikes import thin_poisson

    path, step = inputs["path"], float(inputs["step_s"])
    n = inputs["centre"].size
    cells = PlaceCells(
        centre=inputs["centre"],
        peak=np.tile(inputs["peak"], (2, 1)),
        width=float(inputs["width"]),
        arena_centre=np.zeros((n, 2)),
        arena_peak=np.zeros(n),
        arena_width=1.0,
        background=float(inputs["background"]),
    )
    rng = np.random.default_rng(1)

    def rate(times, index):
        sample = np.minimum((times / step).astype(np.int64), path.size - 1)
        return cells.track_rate(path[sample], True, index)

    def work():
        return thin_poisson(rate, cells.max_rate, np.array([[0.0, path.size * step]]), rng)

    return work


def outputs(result):
    """Count the spikes of each cell."""
    import numpy as np

    return {"n_spikes": np.bincount(result[1])}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
