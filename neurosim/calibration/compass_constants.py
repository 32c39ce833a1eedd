"""Which constants the inner compass depends on: one at a time, between plausible values."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from neurosim.calibration.compass_measures import rotation_rates, turn_amplitudes, turn_lag
from neurosim.calibration.compass_sessions import (
    ExperimentDesign,
    adapted,
    circuit_parameters,
    prepare_session,
    run_stretches,
    stretches_of,
)
from neurosim.network.heading_circuit import Prepared

BASELINE = "baseline"
CONDITIONS = ("none", "ttx_right", "ttx_right_at_once")


def vary_constants(
    simulation: Mapping[str, Mapping],
    constants: Mapping[str, Sequence[float]],
    sessions: Sequence[Prepared],
    design: ExperimentDesign,
    seed: int,
) -> xr.Dataset:
    """Change one constant at a time, and look at what no constant sets directly.

    Returns
    -------
    Dataset (variant)
        ``constant`` and ``value``; in REM without inactivation, under TTX on the right after
        running under it, and under TTX with the gains of the normal brain: ``net_rotation``,
        ``clockwise_turns`` and ``counter_clockwise_turns`` (variant, condition) a minute; and
        ``turn_amplitude`` and ``commanded_amplitude`` deg, and ``turn_lag`` ms. The first
        variants are the networks with the configured constants.
    """
    labels = [(BASELINE, np.nan)] * len(sessions)
    labels += [(key, value) for key, values in constants.items() for value in values]
    ready, circuit = list(sessions), circuit_parameters(simulation)
    compasses = [circuit.compass] * len(sessions)
    blocks = design.blocks(("rem", "none"), ("rem", "ttx_right"))
    for key, value in labels[len(sessions) :]:
        changed = circuit_parameters(simulation, {key: value})
        ready.append(prepare_session(changed, blocks, seed, 0))
        compasses.append(changed.compass)
    plan, parts = [], []
    for variant, (session, compass) in enumerate(zip(ready, compasses, strict=True)):
        learned = adapted(session, "ttx_right", compass)
        parts.append(stretches_of(session, "rem", "none"))
        parts.append(stretches_of(session, "rem", "ttx_right", prediction=learned))
        parts.append(stretches_of(session, "rem", "ttx_right"))
        plan += [(variant, condition) for condition in range(3)]
    courses = iter(run_stretches([s for part in parts for s in part], circuit))
    measured = np.full((len(ready), 3, 3), np.nan)
    turns = np.full((len(ready), 3), np.nan)
    for (variant, condition), part in zip(plan, parts, strict=True):
        here = [next(courses) for _ in part]
        measured[variant, condition] = rotation_rates(here, part, design.reversal_deg)
        if CONDITIONS[condition] == "none":
            amplitudes = turn_amplitudes(part, here, 0)
            turns[variant] = (*map(np.mean, amplitudes), 1000 * turn_lag(part, here))
    return _constants_dataset(labels, measured, turns)


def _constants_dataset(
    labels: Sequence[tuple[str, float]],
    measured: np.ndarray,
    turns: np.ndarray,
) -> xr.Dataset:
    dims = ("variant", "condition")
    return xr.Dataset(
        {
            "constant": (
                "variant",
                np.array([key for key, _ in labels], dtype=object),
                {"long_name": "constant that was changed"},
            ),
            "value": (
                "variant",
                np.array([value for _, value in labels]),
                {"units": "of the key", "long_name": "its value"},
            ),
            "net_rotation": (
                dims,
                measured[..., 0],
                {"units": "degree min-1", "long_name": "net rotation of the ring in REM"},
            ),
            "clockwise_turns": (
                dims,
                measured[..., 1],
                {"units": "min-1", "long_name": "clockwise turns of 360 degrees"},
            ),
            "counter_clockwise_turns": (
                dims,
                measured[..., 2],
                {"units": "min-1", "long_name": "counter-clockwise turns of 360 degrees"},
            ),
            "turn_amplitude": (
                "variant",
                turns[:, 0],
                {"units": "degree", "long_name": "rotation of the ring around a fast turn"},
            ),
            "commanded_amplitude": (
                "variant",
                turns[:, 1],
                {"units": "degree", "long_name": "rotation of the command in the same time"},
            ),
            "turn_lag": (
                "variant",
                turns[:, 2],
                {"units": "ms", "long_name": "lag of the ring's rotation behind the colliculi"},
            ),
        },
        coords={"condition": list(CONDITIONS)},
    )
