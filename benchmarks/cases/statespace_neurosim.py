"""State-space classifier over stationary, continuous and fragmented dynamics, smoothed."""

import _harness


def prepare(inputs):
    """Decode counts with given rates."""
    import numpy as np

    from neurosim.decode.state_model import make_state_space, sticky_transition
    from neurosim.decode.statespace import decode, poisson_source
    from neurosim.decode.transitions import make_movement, track_kernel

    counts, rate, position = inputs["counts"], inputs["rate"], inputs["position"]
    distance = np.abs(position[:, None] - position)
    model = make_state_space(
        make_movement(track_kernel(distance, float(inputs["movement_variance"]))),
        sticky_transition(3, float(inputs["stay"])),
    )
    source = poisson_source(lambda start, stop: counts[start:stop], rate, float(inputs["width"]))
    return lambda: decode(source, model, n_bins=counts.shape[0])


def outputs(result):
    """Dynamics of all bins; position of every tenth."""
    return {"state": result.state, "position": result.position[::10, 0]}


def version():
    """Version of neurosim."""
    import neurosim

    return neurosim.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
