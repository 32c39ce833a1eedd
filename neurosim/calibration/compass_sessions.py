"""Sessions for experiments with the inner compass: many networks and blocks, side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.colliculus import draw_colliculus_cells
from neurosim.network.compass import Course, run_compass
from neurosim.network.constants import CompassParameters
from neurosim.network.heading_circuit import CircuitParameters, Prepared, prepare_heading_circuit
from neurosim.network.prediction import Prediction, Signals, Wiring, adapt
from neurosim.seeds import generator
from neurosim.simulation import SimulationParameters
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import Arena

ARENA = Arena(side=1.0)


@dataclass(frozen=True)
class Block:
    """An epoch of an experiment.

    Attributes
    ----------
    state : {"run", "rem", "nrem"}
    inactivation : str
        One of `neurosim.contract.INACTIVATIONS`.
    seconds : float
    """

    state: str
    inactivation: str
    seconds: float


@dataclass(frozen=True)
class ExperimentDesign:
    """How large the experiments are.

    Attributes
    ----------
    n_networks : int
        Sessions with random numbers of their own; with the configured constants.
    arena_s : float
        Running that sets the gains.
    n_blocks : int
        Blocks of REM in each condition, and of NREM.
    block_s : float
        Their duration, and that of the stretches in which heading errors are followed awake.
    inactivation_run_s : float
        Running under an inactivation before sleep under it, in which the gains adapt to the loss.
    training_s : float
        Time in which a wrong gain may be learned away.
    wrong_gain : float
        Part of the right gain that training begins with.
    neglect_clockwise_fraction : float
        Fraction of fast turns that are clockwise awake when one side is neglected.
    reversal_deg : float
        What ends a turn; see `neurosim.decode.rotation.turning_points`.
    """

    n_networks: int
    arena_s: float
    n_blocks: int
    block_s: float
    inactivation_run_s: float
    training_s: float
    wrong_gain: float
    neglect_clockwise_fraction: float
    reversal_deg: float

    def blocks(self, *conditions: tuple[str, str]) -> list[Block]:
        """Running, then blocks of some states and inactivations, after running under these."""
        blocks = [Block("run", "none", self.arena_s)]
        for state, inactivation in conditions:
            if inactivation != "none":
                blocks.append(Block("run", inactivation, self.inactivation_run_s))
            blocks += [Block(state, inactivation, self.block_s)] * self.n_blocks
        return blocks


def circuit_parameters(
    simulation: Mapping[str, Mapping], changes: Mapping[str, float] | None = None
) -> CircuitParameters:
    """Build the parameters of the circuit from a configuration's `simulation`.

    Parameters
    ----------
    simulation : Mapping
    changes : Mapping of key to number
        Other values of some constants, by their place: ``compass.synapse_s``,
        ``movement.turns.rem_rate_hz``.

    Raises
    ------
    NeurosimError
        If there is no such constant.
    """
    values = {**simulation, "place_cells": None}
    for key, value in (changes or {}).items():
        _change(values, key.split("."), value, key)
    return SimulationParameters.from_mapping(values).circuit


def _change(values: dict, path: Sequence[str], value: float, key: str) -> None:
    """Set a nested value, copying what lies on the way."""
    name, *rest = path
    if name not in values or (rest and not isinstance(values[name], Mapping)):
        raise NeurosimError(f"constant {key!r}: expected a key of the simulation, found none")
    if not rest:
        values[name] = value
        return
    values[name] = dict(values[name])
    _change(values[name], rest, value, key)


def prepare_session(
    circuit: CircuitParameters, blocks: Sequence[Block], seed: int, network: int
) -> Prepared:
    """Prepare the circuit of one network for blocks that follow each other.

    The random numbers of a network are the same whatever the constants, so that two settings
    differ by those alone.
    """

    def rng(purpose: str) -> np.random.Generator:
        return generator(seed, "internal_model", network, purpose)

    edges = np.concatenate([[0.0], np.cumsum([block.seconds for block in blocks])])
    states = np.array([block.state for block in blocks])
    awake = states == "run"
    epochs = epochs_dataset(
        edges[:-1],
        edges[1:],
        states,
        np.where(awake, "run", "post"),
        np.where(awake, ARENA.name, "none"),
        ("none", ARENA.name),
        np.array([block.inactivation for block in blocks]),
    )
    behaviour = _behaviour(epochs, circuit, rng)
    nobody = replace(circuit.colliculus, n_left=0, n_right=0)  # nobody records
    cells = draw_colliculus_cells(nobody, rng("cells"))
    return prepare_heading_circuit(
        behaviour, epochs, cells, replace(circuit, colliculus=nobody), rng
    )


def _behaviour(
    epochs: xr.Dataset, circuit: CircuitParameters, rng: Callable[[str], np.random.Generator]
) -> xr.Dataset:
    return simulate_behaviour(epochs, [ARENA], circuit.movement, rng("behaviour"))[0]


@dataclass(frozen=True)
class Stretch:
    """A stretch of one network's session.

    Attributes
    ----------
    ready : Prepared
    rows : slice
        Its samples.
    prediction : Prediction
        Gains at its beginning.
    """

    ready: Prepared
    rows: slice
    prediction: Prediction


def stretches_of(
    ready: Prepared,
    state: str,
    inactivation: str,
    *,
    longest: float = np.inf,
    prediction: Prediction | None = None,
) -> list[Stretch]:
    """Stretches of a session in one state and condition, cut into pieces of at most `longest` s.

    A rest that is shorter is left out, so that all pieces of an epoch are alike. The gains are
    those that the session's wake sets, or those given.
    """
    timeline, found = ready.timeline, []
    for epoch, rows in timeline.epochs():
        if (timeline.state[epoch], timeline.inactivation[epoch]) != (state, inactivation):
            continue
        size = min(rows.stop - rows.start, round(min(longest, 1e6) / timeline.step))
        for first in range(rows.start, rows.stop - size + 1, size):
            found.append(Stretch(ready, slice(first, first + size), prediction or ready.prediction))
    return found


def adapted(ready: Prepared, inactivation: str, compass: CompassParameters) -> Prediction:
    """Gains after running under an inactivation, which begins with those of the normal brain."""
    (stretch,) = stretches_of(ready, "run", inactivation)
    signals = Signals(
        **{f.name: getattr(ready.signals, f.name)[stretch.rows] for f in fields(Signals)}
    )
    whole = np.array([[0, signals.left.size]])
    return adapt(signals, whole, [ready.prediction], compass).last[0]


def run_stretches(
    stretches: Sequence[Stretch], circuit: CircuitParameters, wiring: Wiring | None = None
) -> list[Course]:
    """Run the compass through stretches of any networks, all of them side by side.

    Parameters
    ----------
    stretches : sequence of Stretch
    circuit : CircuitParameters
        Constants of the ring and its feedback, the same for all; what else differs between
        networks is in their signals.
    wiring : Wiring

    Returns
    -------
    list of Course
        One a stretch; headings are continuous and begin between -pi and pi.
    """
    if not stretches:
        return []
    signals = Signals(
        **{
            field.name: np.concatenate(
                [getattr(s.ready.signals, field.name)[s.rows] for s in stretches]
            )
            for field in fields(Signals)
        }
    )
    last = np.cumsum([s.rows.stop - s.rows.start for s in stretches])
    first = np.concatenate([[0], last[:-1]])
    spans = np.column_stack([first, last])
    adaptation = adapt(signals, spans, [s.prediction for s in stretches], circuit.compass, wiring)
    course = run_compass(
        signals,
        spans,
        np.array([s.ready.turning.head[s.rows.start] for s in stretches]),
        circuit.compass,
        adaptation,
        wiring,
    )
    return [
        Course(
            _continuous(course.heading[a:b]), course.prediction_error[a:b], course.gain[a:b], (end,)
        )
        for a, b, end in zip(first, last, course.last, strict=True)
    ]


def _continuous(heading: np.ndarray) -> np.ndarray:
    """A heading (sample,) without jumps that begins between -pi and pi."""
    whole = np.unwrap(heading)
    return whole - 2 * np.pi * np.round(whole[0] / (2 * np.pi))
