"""Place-cell spikes of a RatInABox agent on a 1D track.

The agent moves by its own motion model, which costs less than forcing the given path on it
(``forced_next_position``; ``import_trajectory(interpolate=False)`` fails on a 1D environment in
1.15.3). Its spikes are therefore compared with what its own path lets expect. A step draws one
Bernoulli spike a cell.
"""

import _harness


def prepare(inputs):
    """Take as many steps as the path has samples, with place cells of the same fields."""
    import numpy as np
    from ratinabox.Agent import Agent
    from ratinabox.Environment import Environment
    from ratinabox.Neurons import PlaceCells

    path, step = inputs["path"], float(inputs["step_s"])
    background = float(inputs["background"])

    def work():
        np.random.seed(1)  # noqa: NPY002 - RatInABox draws from the global generator
        world = Environment({"dimensionality": "1D", "scale": float(inputs["length"])})
        agent = Agent(world, {"dt": step})
        cells = PlaceCells(
            agent,
            {
                "n": inputs["centre"].size,
                "description": "gaussian",
                "place_cell_centres": inputs["centre"][:, None],
                "widths": float(inputs["width"]),
                "min_fr": background,
                "max_fr": inputs["peak"][:, None] + background,
            },
        )
        for _ in range(path.size):
            agent.update()
            cells.update()
        return np.asarray(cells.history["spikes"]), cells.history["firingrate"], step

    return work


def outputs(result):
    """Count the spikes of each cell, and those that its rates along its own path let expect."""
    import numpy as np

    spikes, rates, step = result
    return {"n_spikes": spikes.sum(axis=0), "expected": np.sum(rates, axis=0) * step}


def version():
    """Version of RatInABox."""
    from importlib.metadata import version as of

    return of("ratinabox")


if __name__ == "__main__":
    _harness.run(
        prepare,
        outputs,
        version,
        "own motion (cheaper than the given path); Bernoulli spikes a step",
    )
