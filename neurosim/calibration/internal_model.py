"""Experiments with the inner compass: which constants it depends on, what each part does for it.

They are done on the model itself, not on recordings: the ring's heading, the commands and the
error signal are known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim.calibration.compass_constants import vary_constants
from neurosim.calibration.compass_measures import (
    against_head,
    clockwise_share,
    followed,
    head_path,
    least_error,
    turn_amplitudes,
)
from neurosim.calibration.compass_sessions import (
    Block,
    ExperimentDesign,
    circuit_parameters,
    prepare_session,
    run_stretches,
    stretches_of,
)
from neurosim.network.heading_circuit import CircuitParameters, Prepared
from neurosim.network.prediction import Prediction, Wiring

WIRINGS = {
    "full": Wiring(learning=False),
    "no_efference": Wiring(efference=False, learning=False),
    "no_feedback": Wiring(feedback=False, learning=False),
}
TRAININGS = ("wake", "rem,gated", "rem,gate_open")


def run_experiments(
    simulation: Mapping[str, Mapping],
    constants: Mapping[str, Sequence[float]],
    design: ExperimentDesign,
    seed: int,
) -> xr.DataTree:
    """Run all experiments.

    Parameters
    ----------
    simulation : Mapping
        The configuration's `simulation`.
    constants : Mapping of key to two numbers
        Plausible low and high values of constants, by their place (``compass.synapse_s``).
    design : ExperimentDesign
    seed : int

    Returns
    -------
    DataTree
        ``/constants`` of `vary_constants`, ``/wirings`` of `cut_wires`, ``/errors`` of
        `gate_errors`, ``/neglect`` of `neglect_one_side`, ``/training`` of `train_gains`.
    """
    circuit = circuit_parameters(simulation)
    conditions = [("rem", "none"), ("rem", "ttx_right"), ("nrem", "none")]
    sessions = [
        prepare_session(circuit, design.blocks(*conditions), seed, network)
        for network in range(design.n_networks)
    ]
    return xr.DataTree.from_dict(
        {
            "/constants": vary_constants(simulation, constants, sessions, design, seed),
            "/wirings": cut_wires(sessions, circuit, design),
            "/errors": gate_errors(sessions, circuit, design),
            "/neglect": neglect_one_side(simulation, design, seed),
            "/training": train_gains(circuit, design, seed),
        }
    )


def cut_wires(
    sessions: Sequence[Prepared], circuit: CircuitParameters, design: ExperimentDesign
) -> xr.Dataset:
    """Follow the heading awake with the whole circuit, and without parts of it.

    Returns
    -------
    Dataset (wiring, network)
        ``heading_error``: median absolute error against the head of the moment, deg;
        ``anticipation``: by how much the ring leads the head, ms;
        ``best_lead_error``, ``best_lead``: the least error over leads, deg, and that lead, ms.
    """
    shape = (len(WIRINGS), len(sessions))
    error, lead, least, best = (np.full(shape, np.nan) for _ in range(4))
    parts = [stretches_of(s, "run", "none", longest=design.block_s) for s in sessions]
    for row, wiring in enumerate(WIRINGS.values()):
        courses = iter(run_stretches([s for part in parts for s in part], circuit, wiring))
        for network, part in enumerate(parts):
            here = [next(courses) for _ in part]
            error[row, network], lead[row, network] = against_head(part, here)
            least[row, network], best[row, network] = least_error(part, here)
    return xr.Dataset(
        {
            "heading_error": (
                ("wiring", "network"),
                error,
                {"units": "degree", "long_name": "median error of the heading awake"},
            ),
            "anticipation": (
                ("wiring", "network"),
                1000 * lead,
                {"units": "ms", "long_name": "lead of the ring over the head"},
            ),
            "best_lead_error": (
                ("wiring", "network"),
                least,
                {"units": "degree", "long_name": "least median error of the heading over leads"},
            ),
            "best_lead": (
                ("wiring", "network"),
                1000 * best,
                {"units": "ms", "long_name": "lead at which the error is least"},
            ),
        },
        coords={"wiring": list(WIRINGS)},
        attrs={"stretch_s": design.block_s},
    )


def gate_errors(
    sessions: Sequence[Prepared], circuit: CircuitParameters, design: ExperimentDesign
) -> xr.Dataset:
    """Measure the prediction error by state, gated as it is and with the gate left open.

    Returns
    -------
    Dataset (gate, state, network)
        ``prediction_error``: root mean square, deg/s.
    """
    states, gates = ("run", "rem", "nrem"), ("gated", "gate_open")
    error = np.full((2, 3, len(sessions)), np.nan)
    parts = [
        stretches_of(ready, state, "none", longest=design.block_s)
        for state in states
        for ready in sessions
    ]
    for gate, name in enumerate(gates):
        wiring = Wiring(gated=name == "gated", learning=False)
        courses = iter(run_stretches([s for part in parts for s in part], circuit, wiring))
        for index, part in enumerate(parts):
            errors = np.concatenate([next(courses).prediction_error for _ in part])
            place = (gate, *divmod(index, len(sessions)))
            error[place] = np.rad2deg(np.sqrt(np.mean(errors**2)))
    return xr.Dataset(
        {
            "prediction_error": (
                ("gate", "state", "network"),
                error,
                {"units": "degree s-1", "long_name": "root mean square of the prediction error"},
            )
        },
        coords={"gate": list(gates), "state": list(states)},
    )


def neglect_one_side(
    simulation: Mapping[str, Mapping], design: ExperimentDesign, seed: int
) -> xr.Dataset:
    """Lose what calls for turns to one side awake, with both colliculi intact.

    In REM commands come from the colliculi alone, so that they go both ways is planted; whether
    the gains that one-sided wake has set turn the ring both ways alike is not.

    Returns
    -------
    Dataset (group, state, network)
        ``clockwise_fraction`` of the head's rotation awake and of the ring's in REM;
        ``turn_amplitude`` (group, direction, network) of the ring in REM, deg.
    """
    groups = {
        "intact": {},
        "neglect": {
            "movement.turns.run_clockwise_fraction": design.neglect_clockwise_fraction,
        },
    }
    fraction = np.full((2, 2, design.n_networks), np.nan)
    amplitude = np.full((2, 2, design.n_networks), np.nan)
    for group, changes in enumerate(groups.values()):
        circuit = circuit_parameters(simulation, changes)
        sessions = [
            prepare_session(circuit, design.blocks(("rem", "none")), seed, network)
            for network in range(design.n_networks)
        ]
        parts = [stretches_of(ready, "rem", "none") for ready in sessions]
        courses = iter(run_stretches([s for part in parts for s in part], circuit))
        for network, (ready, part) in enumerate(zip(sessions, parts, strict=True)):
            here = [next(courses) for _ in part]
            awake = [head_path(stretch) for stretch in stretches_of(ready, "run", "none")]
            dreamt = [followed(*pair) for pair in zip(here, part, strict=True)]
            fraction[group, :, network] = [
                clockwise_share(paths, design.reversal_deg) for paths in (awake, dreamt)
            ]
            amplitude[group, :, network] = [
                turn_amplitudes(part, here, direction)[0].mean() for direction in (-1, 1)
            ]
    return xr.Dataset(
        {
            "clockwise_fraction": (
                ("group", "state", "network"),
                fraction,
                {"units": "1", "long_name": "clockwise share of the rotation"},
            ),
            "turn_amplitude": (
                ("group", "direction", "network"),
                amplitude,
                {"units": "degree", "long_name": "rotation of the ring around a fast turn"},
            ),
        },
        coords={
            "group": list(groups),
            "state": ["run", "rem"],
            "direction": ["clockwise", "counter_clockwise"],
        },
    )


def train_gains(circuit: CircuitParameters, design: ExperimentDesign, seed: int) -> xr.Dataset:
    """Begin with a wrong gain: does it become right awake, in REM, in REM with the gate open?

    Returns
    -------
    Dataset (training, network, time)
        ``gain`` over the gain that wake sets (training, network, time); ``error_before`` and
        ``error_after`` (training, network): root mean square of the error that the gains at
        either end would give awake, deg/s.
    """
    blocks = [Block("run", "none", design.training_s), Block("rem", "none", design.training_s)]
    sessions = [prepare_session(circuit, blocks, seed, n) for n in range(design.n_networks)]
    parts = {name: [] for name in TRAININGS}
    for ready in sessions:
        wrong = _scaled(ready.prediction, design.wrong_gain)
        for name in TRAININGS:
            state = "run" if name == "wake" else "rem"
            parts[name] += stretches_of(ready, state, "none", prediction=wrong)
    open_gate = run_stretches(parts["wake"] + parts["rem,gate_open"], circuit, Wiring(gated=False))
    courses = {
        "wake": open_gate[: len(sessions)],
        "rem,gated": run_stretches(parts["rem,gated"], circuit),
        "rem,gate_open": open_gate[len(sessions) :],
    }
    every = round(1.0 / circuit.compass.step_s)
    right = [0.5 * (ready.prediction.left + ready.prediction.right) for ready in sessions]
    gain = np.array(
        [
            [course.gain[::every] / g for course, g in zip(courses[name], right, strict=True)]
            for name in TRAININGS
        ]
    )
    error = np.array(
        [
            [
                [
                    awake_error(ready, _scaled(ready.prediction, design.wrong_gain)),
                    awake_error(ready, course.last[-1]),
                ]
                for ready, course in zip(sessions, courses[name], strict=True)
            ]
            for name in TRAININGS
        ]
    )
    return _training_dataset(gain, error)


def _training_dataset(gain: np.ndarray, error: np.ndarray) -> xr.Dataset:
    unit = {"units": "degree s-1"}
    return xr.Dataset(
        {
            "gain": (
                ("training", "network", "time"),
                gain,
                {"units": "1", "long_name": "gain of the prediction over the right one"},
            ),
            "error_before": (
                ("training", "network"),
                error[..., 0],
                unit | {"long_name": "error awake with the gains before"},
            ),
            "error_after": (
                ("training", "network"),
                error[..., 1],
                unit | {"long_name": "error awake with the gains after"},
            ),
        },
        coords={
            "training": list(TRAININGS),
            "time": (
                "time",
                np.arange(gain.shape[-1], dtype=float),
                {"units": "s", "long_name": "time of training"},
            ),
        },
    )


def _scaled(prediction: Prediction, part: float) -> Prediction:
    """The same prediction with all gains changed by a factor."""
    return replace(
        prediction,
        left=part * prediction.left,
        right=part * prediction.right,
        bias=part * prediction.bias,
    )


def awake_error(ready: Prepared, prediction: Prediction) -> float:
    """Root mean square of the prediction error of the normal brain awake, deg/s."""
    timeline, signals = ready.timeline, ready.signals
    awake = timeline.by_epoch(timeline.is_awake & (timeline.inactivation == "none"))
    expected = (
        prediction.right * signals.expected_right[awake]
        - prediction.left * signals.expected_left[awake]
        + prediction.bias
    )
    return float(np.rad2deg(np.sqrt(np.mean((signals.sensed_velocity[awake] - expected) ** 2))))
