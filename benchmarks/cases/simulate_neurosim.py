"""Place-cell spikes along a given path by thinning."""

import _harness


def prepare(inputs):
    """Draw the spikes of all cells; the path holds its value within a sample."""
    import numpy as np

    from neurosim.cells.firing import Firing, Walk, running_spikes
    from neurosim.cells.maps import Fields, PlaceGrid, PlaceMaps
    from neurosim.cells.theta import Theta
    from neurosim.world.graph import linear_track

    path, step, centre = inputs["path"], float(inputs["step_s"]), inputs["centre"]
    grid = PlaceGrid("linear", linear_track(float(inputs["length"])))
    distance = (grid.centres[:, None] - centre) / float(inputs["width"])
    background = float(inputs["background"])
    rate = background + inputs["peak"] * np.exp(-0.5 * distance**2)
    rate = np.concatenate([rate, rate, rate.mean(axis=0)[None]]).astype(np.float32)
    n = centre.size
    fields = Fields(
        np.arange(n), np.zeros(n, int), centre[:, None], np.tile(inputs["peak"], (2, 1))
    )
    maps = PlaceMaps(
        (grid,), rate, np.zeros_like(rate), fields, np.array([inputs["width"]]), background
    )
    firing = Firing(maps, Theta(np.zeros(2), 0.0))  # no theta: the peers have none
    rng = np.random.default_rng(1)

    def work():
        state = maps.states(0, path, np.ones(path.size, dtype=bool))
        walk = Walk(state, np.ones(path.size), step)
        return running_spikes(firing, walk, np.array([[0.0, path.size * step]]), rng)

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
