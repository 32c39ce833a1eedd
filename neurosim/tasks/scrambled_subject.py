"""Subjects of the scrambled task: heads with sensors, what they were taught, and their decoders."""

from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from neurosim.tasks.scrambled import shown_without_pairs
from neurosim.tasks.scrambled_learners import ScrambledTask, make_task
from neurosim.tasks.sensor_decoders import Decoders, train_decoders
from neurosim.tasks.sensor_replay import Codes, ReplayParameters, activation_series
from neurosim.tasks.sensors import (
    Background,
    SensorParameters,
    Sensors,
    make_sensors,
    sensor_series,
)

QUARTER = np.pi / 2  # of a cycle, by which an ordered oscillation lags a state


@dataclass(frozen=True)
class ScrambledStudy:
    """What a session takes.

    Attributes
    ----------
    lengths : tuple of int
        Objects of each hidden sequence.
    n_training : int
        Sets of other objects that the rule is learned from.
    n_trials : int
        Of each code in the localiser.
    penalty : float
        Ridge of the decoders.
    duration_s, sample_s : float
        Of a rest, and between its samples, s.
    max_lead_s : float
        Longest lag between structure and objects, s.
    sensors : SensorParameters
    background : Background
    replay : ReplayParameters
    """

    lengths: tuple[int, ...] = (4, 4)
    n_training: int = 3
    n_trials: int = 40
    penalty: float = 100.0
    duration_s: float = 300.0
    sample_s: float = 0.01
    max_lead_s: float = 0.15
    sensors: SensorParameters = field(default_factory=SensorParameters)
    background: Background = field(default_factory=Background)
    replay: ReplayParameters = field(default_factory=lambda: ReplayParameters(1600))

    @property
    def codes(self) -> Codes:
        """Codes on the sensors."""
        return Codes(sum(self.lengths), max(self.lengths), len(self.lengths))

    @property
    def hidden_places(self) -> list[list[int]]:
        """Places of each hidden sequence, counted on from one to the next."""
        ends = np.cumsum(self.lengths)[:-1]
        return [part.tolist() for part in np.split(np.arange(sum(self.lengths)), ends)]


@dataclass(frozen=True)
class Subject:
    """A head, what it was taught, and its decoders.

    Attributes
    ----------
    task : ScrambledTask
    sensors : Sensors
        Readouts of the decoders, in place of the head's sensors.
    decoders : Decoders
    accuracy : dict of str to float
        Of the decoders, by kind of code.
    """

    task: ScrambledTask
    sensors: Sensors
    decoders: Decoders
    accuracy: dict[str, float]


def make_subject(study: ScrambledStudy, rng: np.random.Generator) -> Subject:
    """Teach a subject the task and train its decoders on sensors, whose readouts are kept."""
    places = study.hidden_places
    task = make_task(places, shown_without_pairs(places, rng), study.n_training, rng)
    codes = study.codes
    sensors = make_sensors(study.sensors, codes.size, rng)
    decoders, accuracy = train_decoders(sensors, codes.kinds, study.n_trials, study.penalty, rng)
    return Subject(task, sensors.through(decoders.weights), decoders, accuracy)


def decoded_rest(
    study: ScrambledStudy,
    subject: Subject,
    events: xr.Dataset,
    rng: np.random.Generator,
) -> np.ndarray:
    """Time courses (time, code) of all codes in a rest with events of replay."""
    codes = study.codes
    activation = activation_series(events, codes.size, study.sample_s)
    phase = np.full(codes.size, np.nan)
    for chain in subject.task.inferred:
        phase[chain] = QUARTER * np.arange(len(chain))
    readouts = sensor_series(
        subject.sensors, activation, study.background, study.sample_s, rng, phase
    )
    return subject.decoders.of_readouts(readouts)
