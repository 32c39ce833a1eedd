"""The same classifier by non_local_detector, with its place fields set to the given rates.

How it defines the model (0.6.9):

- Transitions are rows from, columns to. A block of the joint matrix is the movement from the
  row's state to the column's, times the discrete probability; movements are given as a table
  ``[from][to]``. The filter multiplies from the left (``p @ T``), the smoother from the right.
- ``RandomWalk(movement_var)`` is a Gaussian density of variance ``movement_var`` (in the square
  of the position's unit, for one time bin, not for a second) at the bin centres, rows divided
  by their sum: what would leave the track is shared among its bins.
- ``DiscreteStationaryDiagonal(d)`` stays with probability d and goes to each other state with
  (1 - d) / (n - 1). The first bin is weighed by the initial conditions and its likelihood; no
  transition comes before it.
- Rates are spikes a time bin, and the log likelihood is sum n log(rate) - sum rate. They are
  floored at 1e-15, and so are the posteriors after every step.
- ``time`` has a value a bin, and spikes are binned by ``digitize(spikes, time[1:-1])``: the last
  bin never gets a spike. The inputs have none there.

Arithmetic is JAX's default, float32.
"""

import _harness


def prepare(inputs):
    """Fit the grid and transitions, set the place fields; predict is what is timed."""
    import jax.numpy as jnp
    import numpy as np
    from non_local_detector.continuous_state_transitions import Identity, RandomWalk, Uniform
    from non_local_detector.discrete_state_transitions import DiscreteStationaryDiagonal
    from non_local_detector.environment import Environment
    from non_local_detector.initial_conditions import UniformInitialConditions
    from non_local_detector.models.base import SortedSpikesDetector
    from non_local_detector.observation_models import ObservationModel

    rate, position = inputs["rate"], inputs["position"]
    counts, width = inputs["counts"].astype(int), float(inputs["width"])
    walk = RandomWalk(movement_var=float(inputs["movement_variance"]))
    size = float(position[1] - position[0])
    ends = np.array([position[0] - size / 2, position[-1] + size / 2])
    moves_as_entered = [Identity(), walk, Uniform()]
    model = SortedSpikesDetector(
        discrete_initial_conditions=np.ones(3) / 3,
        continuous_initial_conditions_types=[UniformInitialConditions() for _ in range(3)],
        discrete_transition_type=DiscreteStationaryDiagonal(np.full(3, float(inputs["stay"]))),
        discrete_transition_concentration=1.0,
        discrete_transition_stickiness=np.zeros(3),
        discrete_transition_regularization=1e-10,
        continuous_transition_types=[moves_as_entered, moves_as_entered, [Uniform()] * 3],
        observation_models=[ObservationModel() for _ in range(3)],
        environments=Environment(
            environment_name="", place_bin_size=size * 1.00001, position_range=[tuple(ends)]
        ),
        infer_track_interior=False,
        state_names=["stationary", "continuous", "fragmented"],
        sampling_frequency=1 / width,
    )
    model._fit(ends[:, None], None, None, None, None)
    environment = model.environments[0]
    np.testing.assert_allclose(environment.place_bin_centers_[:, 0], position)
    fields = jnp.asarray(rate.T * width)
    model.encoding_model_ = {
        ("", 0): {
            "environment": environment,
            "marginal_models": [],
            "occupancy_model": None,
            "occupancy": None,
            "mean_rates": [],
            "place_fields": fields,
            "no_spike_part_log_likelihood": fields.sum(axis=0),
            "is_track_interior": environment.is_track_interior_.ravel(),
            "disable_progress_bar": True,
        }
    }
    time = np.arange(counts.shape[0]) * width
    spikes = [np.repeat(time + width / 2, of_unit) for of_unit in counts.T]
    return lambda: model.predict(spikes, time)


def outputs(result):
    """Dynamics of all bins; position of every tenth."""
    joint = result.acausal_posterior.values.reshape(len(result.time), 3, -1)
    return {"state": joint.sum(axis=2), "position": joint[::10].sum(axis=1)}


def version():
    """Version of non_local_detector."""
    from importlib.metadata import version as of

    return of("non-local-detector")


if __name__ == "__main__":
    _harness.run(prepare, outputs, version, "fields set, not fitted; compiled in the first run")
