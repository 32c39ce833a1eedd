"""Turn commands through a session: the head, the eyes, two colliculi and the compass they turn."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from neurosim.cells.colliculus import (
    HEMISPHERES,
    ColliculusCells,
    ColliculusParameters,
    unrecorded_rate,
)
from neurosim.cells.spikes import thin_poisson
from neurosim.files import flag_names
from neurosim.network.compass import Course, run_compass
from neurosim.network.constants import CompassParameters
from neurosim.network.prediction import (
    Prediction,
    Signals,
    Wiring,
    adapt,
    calibrate,
    efference_copy,
)
from neurosim.world.eye import EyeParameters, move_eye
from neurosim.world.movement import Movement, ornstein_uhlenbeck
from neurosim.world.plant import delayed
from neurosim.world.turning import turning

SILENCED = {  # sides that an inactivation silences
    "none": (),
    "saline": (),
    "ttx_left": ("left",),
    "ttx_right": ("right",),
    "ttx_both": HEMISPHERES,
}
LONGEST_STRETCH = 60.0  # s; awake, feedback makes longer ones needless
VESTIBULAR_NOISE_TIME = 0.1  # s


@dataclass(frozen=True)
class CircuitParameters:
    """Everything that the heading circuit depends on.

    Attributes
    ----------
    movement : Movement
    colliculus : ColliculusParameters
    compass : CompassParameters
    eye : EyeParameters
    """

    movement: Movement
    colliculus: ColliculusParameters
    compass: CompassParameters
    eye: EyeParameters


@dataclass(frozen=True)
class Timeline:
    """Samples of the circuit, and the epochs that they are in.

    Attributes
    ----------
    step : float
        s.
    edges : array (epoch + 1,) of int
        First sample of each epoch, the first one at or after its start, and their number.
    starts : array (epoch + 1,)
        Start of each epoch, and the session's end, s.
    state, environment, inactivation : array (epoch,) of str
    """

    step: float
    edges: np.ndarray
    starts: np.ndarray
    state: np.ndarray
    environment: np.ndarray
    inactivation: np.ndarray

    @classmethod
    def of(cls, epochs: xr.Dataset, step: float) -> "Timeline":
        """Sample epochs (epoch,) that follow each other from time zero."""
        starts = np.append(epochs["start"].values, epochs["stop"].values[-1])
        names = (flag_names(epochs[name]) for name in ("state", "environment", "inactivation"))
        return cls(step, np.ceil(starts / step - 1e-6).astype(int), starts, *names)

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.edges[-1])

    @property
    def time(self) -> np.ndarray:
        """Times of the samples (sample,), s."""
        return np.arange(self.n) * self.step

    @property
    def is_awake(self) -> np.ndarray:
        """Whether the animal is awake in each epoch (epoch,)."""
        return ~np.isin(self.state, ["rem", "nrem"])

    def epochs(self) -> Iterator[tuple[int, slice]]:
        """Numbers of the epochs and their samples."""
        for epoch, (first, last) in enumerate(
            zip(self.edges[:-1].tolist(), self.edges[1:].tolist(), strict=True)
        ):
            yield epoch, slice(first, last)

    def by_epoch(self, values: np.ndarray) -> np.ndarray:
        """Repeat values (epoch,) over the samples of their epochs (sample,)."""
        return np.repeat(values, np.diff(self.edges))

    def stretches(self, longest: float) -> np.ndarray:
        """Split the epochs (stretch, 2): those of sleep stay whole, awake ones are cut."""
        found, size = [], max(round(longest / self.step), 1)
        for epoch, rows in self.epochs():
            cuts = np.arange(rows.start, rows.stop, size if self.is_awake[epoch] else self.n)
            found.append(np.column_stack([cuts, np.append(cuts[1:], rows.stop)]))
        return np.concatenate(found)

    def days(self) -> np.ndarray:
        """Samples (day, 2) of the normal session and of each inactivation after it."""
        drug = self.inactivation
        first = np.flatnonzero(np.append(True, drug[1:] != drug[:-1]))
        return np.column_stack([self.edges[first], self.edges[np.append(first[1:], drug.size)]])

    def interpolate(self, values: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Values (sample,) at times in s (time,), linearly, but not across epochs."""
        place = times / self.step
        index = np.minimum(place.astype(int), self.n - 1)
        ends = self.edges[np.searchsorted(self.edges, index, side="right")]
        after = np.minimum(index + 1, ends - 1)
        return values[index] + (place - index) * (values[after] - values[index])


@dataclass(frozen=True)
class Turning:
    """What is commanded and what the body does about it (sample,).

    Attributes
    ----------
    command : array (sample,)
        Intended angular velocity, rad s-1.
    head : array (sample,)
        Head direction, rad, continuous within an epoch.
    head_velocity : array (sample,)
        rad s-1.
    eye : array (sample,)
        Horizontal position of the eye in the head, rad.
    """

    command: np.ndarray
    head: np.ndarray
    head_velocity: np.ndarray
    eye: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """Everything that reaches the compass in a session, before it runs.

    Attributes
    ----------
    timeline : Timeline
    turning : Turning
    spikes : tuple of array (spike,)
        Times (s, sorted) and cells of the recorded colliculi.
    drives : Mapping of side to array (sample,)
        Summed spikes of each side's turn cells, rad s-1.
    signals : Signals
        What reaches the compass.
    prediction : Prediction
        Gains that running without an inactivation sets.
    """

    timeline: Timeline
    turning: Turning
    spikes: tuple[np.ndarray, np.ndarray] = field(repr=False)
    drives: Mapping[str, np.ndarray] = field(repr=False)
    signals: Signals
    prediction: Prediction


@dataclass(frozen=True)
class HeadingCircuit:
    """A session of the heading circuit.

    Attributes
    ----------
    timeline : Timeline
    turning : Turning
    spikes : tuple of array (spike,)
        Times (s, sorted) and cells of the recorded colliculi.
    signals : Signals
        What reached the compass.
    prediction : Prediction
        Gains that all running of the normal session sets, by least squares: those of an animal that
        has long learned.
    course : Course
        What the compass did.
    """

    timeline: Timeline
    turning: Turning
    spikes: tuple[np.ndarray, np.ndarray] = field(repr=False)
    signals: Signals
    prediction: Prediction
    course: Course


def simulate_heading_circuit(
    behaviour: xr.Dataset,
    epochs: xr.Dataset,
    cells: ColliculusCells,
    parameters: CircuitParameters,
    rng: Callable[[str], np.random.Generator],
) -> HeadingCircuit:
    """Run the circuit through a session; see `prepare_heading_circuit` for what goes in."""
    ready = prepare_heading_circuit(behaviour, epochs, cells, parameters, rng)
    course = run_session(
        ready.timeline, ready.turning, ready.signals, parameters.compass, ready.prediction
    )
    return HeadingCircuit(
        ready.timeline, ready.turning, ready.spikes, ready.signals, ready.prediction, course
    )


def prepare_heading_circuit(
    behaviour: xr.Dataset,
    epochs: xr.Dataset,
    cells: ColliculusCells,
    parameters: CircuitParameters,
    rng: Callable[[str], np.random.Generator],
) -> Prepared:
    """Turn a session into what reaches the compass.

    Awake, the heading that the behaviour intends is commanded; in REM and NREM commands come
    from `neurosim.world.turning` and the head lies still. An inactivation takes the spikes of
    one or both colliculi away and changes nothing else.

    Parameters
    ----------
    behaviour : Dataset (time)
        ``head_direction`` is what is intended; what becomes of it is `Turning.head`.
    epochs : Dataset (epoch)
    cells : ColliculusCells
        The recorded units.
    parameters : CircuitParameters
    rng : callable
        ``rng(purpose)`` gives the generator for a purpose.
    """
    compass = parameters.compass
    timeline = Timeline.of(epochs, compass.step_s)
    turned = _turn(timeline, behaviour, parameters, rng("turn commands"))
    spikes = colliculus_spikes(timeline, turned.command, cells, rng("SC spikes"))
    drives = _drives(timeline, turned.command, cells, spikes, parameters, rng("SC population"))
    signals = _signals(timeline, turned, drives, compass, rng("compass noise"))
    prediction = calibrate(signals, _calibrating(timeline))
    return Prepared(timeline, turned, spikes, drives, signals, prediction)


def run_session(
    timeline: Timeline,
    turned: Turning,
    signals: Signals,
    parameters: CompassParameters,
    prediction: Prediction,
    wiring: Wiring | None = None,
) -> Course:
    """Run the compass through a session; every stretch begins at the head's direction.

    The gains that the error adapts awake are carried on through sleep and wake. Each inactivation
    is a day of its own: it begins with the gains of the normal brain.
    """
    stretches, spans = timeline.stretches(LONGEST_STRETCH), timeline.days()
    start = turned.head[stretches[:, 0]]
    adaptation = adapt(signals, spans, [prediction] * len(spans), parameters, wiring)
    return run_compass(signals, stretches, start, parameters, adaptation, wiring)


def _turn(
    timeline: Timeline,
    behaviour: xr.Dataset,
    parameters: CircuitParameters,
    rng: np.random.Generator,
) -> Turning:
    """Command turns, and move head and eyes."""
    step, compass = timeline.step, parameters.compass
    clock, intended = behaviour["time"].values, behaviour["head_direction"].values.astype(float)
    command, head, velocity, eye = (np.zeros(timeline.n) for _ in range(4))
    last, time = 0.0, timeline.time
    first_tracked = np.searchsorted(clock, timeline.starts)
    for epoch, rows in timeline.epochs():
        n = rows.stop - rows.start
        if n == 0:
            continue
        if timeline.is_awake[epoch]:
            inside = slice(first_tracked[epoch], first_tracked[epoch + 1])
            wanted = np.interp(time[rows], clock[inside], np.unwrap(intended[inside]))
            command[rows] = np.gradient(wanted, step) if n > 1 else 0.0
            velocity[rows] = compass.plant.follow(command[rows], step)
            head[rows] = wanted[0] + np.cumsum(velocity[rows]) * step
        else:
            state = timeline.state[epoch]
            command[rows] = turning(n, step, parameters.movement, state, rng)
            head[rows] = last
        eye[rows] = move_eye(command[rows], velocity[rows], parameters.eye, step)
        last = float(head[rows.stop - 1])
    return Turning(command, head, velocity, eye)


def colliculus_spikes(
    timeline: Timeline, command: np.ndarray, cells: ColliculusCells, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Spikes (spike,) of the recorded units, none of a side that is silenced: times, cells."""
    step = timeline.step
    times, units = thin_poisson(
        lambda t, c: cells.rate(timeline.interpolate(command, t), c),
        cells.max_rate,
        np.array([[0.0, timeline.n * step]]),
        rng,
    )
    silent = _silenced(timeline)
    sample = np.minimum((times / step).astype(int), timeline.n - 1)
    kept = np.ones(times.size, dtype=bool)
    for side in HEMISPHERES:
        kept &= ~(silent[side][sample] & (cells.hemisphere[units] == side))
    return times[kept], units[kept]


def _silenced(timeline: Timeline) -> dict[str, np.ndarray]:
    """Whether a side is silenced, by side (sample,)."""
    silenced = [SILENCED[name] for name in timeline.inactivation]
    return {
        side: timeline.by_epoch(np.array([side in sides for sides in silenced]))
        for side in HEMISPHERES
    }


def _drives(
    timeline: Timeline,
    command: np.ndarray,
    cells: ColliculusCells,
    spikes: tuple[np.ndarray, np.ndarray],
    parameters: CircuitParameters,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Summed spikes of each side's turn cells, recorded or not, in rad/s (sample,)."""
    colliculus, step = parameters.colliculus, timeline.step
    sample = np.minimum((spikes[0] / step).astype(int), timeline.n - 1)
    silent, drives = _silenced(timeline), {}
    for side in HEMISPHERES:
        is_turn_cell = (cells.hemisphere == side) & (cells.preferred != 0)
        recorded = np.bincount(sample[is_turn_cell[spikes[1]]], minlength=timeline.n)
        rate = unrecorded_rate(colliculus, side, command, int(is_turn_cell.sum()))
        counts = recorded + rng.poisson(rate * step)
        drives[side] = np.where(silent[side], 0.0, counts / (step * colliculus.population_gain))
    return drives


def _signals(
    timeline: Timeline,
    turned: Turning,
    drives: dict[str, np.ndarray],
    compass: CompassParameters,
    rng: np.random.Generator,
) -> Signals:
    """Delay what the compass gets, within each epoch."""
    step = timeline.step
    signals = Signals(
        *(np.zeros(timeline.n) for _ in range(7)), timeline.by_epoch(timeline.is_awake)
    )
    for epoch, rows in timeline.epochs():
        n = rows.stop - rows.start
        for side in HEMISPHERES:
            arrived, expected = efference_copy(drives[side][rows], compass)
            getattr(signals, side)[rows] = arrived
            getattr(signals, f"expected_{side}")[rows] = expected
        felt = delayed(turned.head_velocity[rows], compass.vestibular_delay_s, step)
        jitter = np.deg2rad(compass.vestibular_noise_deg_s)
        noise = ornstein_uhlenbeck(n, jitter, VESTIBULAR_NOISE_TIME, step, rng)
        signals.sensed_velocity[rows] = felt + noise
        signals.sensed_heading[rows] = delayed(turned.head[rows], compass.visual_delay_s, step)
        own = np.deg2rad(compass.noise_deg_s(timeline.state[epoch]))
        signals.noise[rows] = ornstein_uhlenbeck(n, own, compass.noise_time_constant_s, step, rng)
    return signals


def _calibrating(timeline: Timeline) -> np.ndarray:
    """Samples (sample,) of running without an inactivation: they set the gains."""
    return timeline.by_epoch((timeline.state == "run") & (timeline.inactivation == "none"))
