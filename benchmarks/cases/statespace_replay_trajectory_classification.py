"""The same classifier by replay_trajectory_classification, with place fields set to given rates.

How it defines the model (1.4.1): transitions, random walk, uniform and identity movements as in
non_local_detector (its successor; see that case), but kept as nine matrices of positions. The
filter and smoother apply all nine, in float64, compiled by numba. ``DiagonalDiscrete(d)`` is the
same sticky table. The likelihood is divided by each bin's largest and 2.2e-16 is added. Spikes
come as counts a bin, rates as spikes a bin, floored at 1e-15. ``place_fields_`` holds an array
(position, unit).
"""

import _harness


def prepare(inputs):
    """Fit the grid and transitions, set the place fields; predict is what is timed."""
    import numpy as np
    import xarray as xr
    from replay_trajectory_classification.classifier import SortedSpikesClassifier
    from replay_trajectory_classification.continuous_state_transitions import (
        Identity,
        RandomWalk,
        Uniform,
    )
    from replay_trajectory_classification.discrete_state_transitions import DiagonalDiscrete
    from replay_trajectory_classification.environments import Environment

    rate, position = inputs["rate"], inputs["position"]
    counts, width = inputs["counts"], float(inputs["width"])
    walk = RandomWalk(movement_var=float(inputs["movement_variance"]))
    size = float(position[1] - position[0])
    ends = np.array([position[0] - size / 2, position[-1] + size / 2])
    moves_as_entered = [Identity(), walk, Uniform()]
    model = SortedSpikesClassifier(
        environments=Environment(
            environment_name="", place_bin_size=size * 1.00001, position_range=[tuple(ends)]
        ),
        continuous_transition_types=[moves_as_entered, moves_as_entered, [Uniform()] * 3],
        discrete_transition_type=DiagonalDiscrete(float(inputs["stay"])),
        infer_track_interior=False,
        sorted_spikes_algorithm="spiking_likelihood_kde",
    )
    model.fit_environments(ends[:, None])
    model.fit_initial_conditions()
    model.fit_continuous_state_transition(model.continuous_transition_types, ends[:, None])
    model.fit_discrete_state_transition()
    np.testing.assert_allclose(model.environments[0].place_bin_centers_[:, 0], position)
    model.place_fields_ = {("", 0): xr.DataArray(rate * width, dims=("position", "neuron"))}
    states = ["stationary", "continuous", "fragmented"]
    return lambda: model.predict(counts, state_names=states)


def outputs(result):
    """Dynamics of all bins; position of every tenth."""
    joint = result.acausal_posterior.transpose("time", "state", "position").values
    return {"state": joint.sum(axis=2), "position": joint[::10].sum(axis=1)}


def version():
    """Version of replay_trajectory_classification."""
    from importlib.metadata import version as of

    return of("replay-trajectory-classification")


if __name__ == "__main__":
    _harness.run(prepare, outputs, version, "fields set, not fitted; compiled in the first run")
