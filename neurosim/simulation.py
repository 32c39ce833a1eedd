"""One simulated recording: three regions through wake, NREM and REM, with the truth planted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.ca1 import CA1Parameters, simulate_ca1
from neurosim.cells.colliculus import ColliculusParameters, draw_colliculus_cells
from neurosim.cells.events import BurstParameters, EventParameters, OfflineParameters
from neurosim.cells.heading import HeadingParameters, draw_heading_cells
from neurosim.cells.irregular import Spiking
from neurosim.cells.maps import PlaceGrid
from neurosim.cells.place import PlaceCellParameters, Resemblance
from neurosim.cells.sleep import RemParameters, UpStates
from neurosim.cells.spikes import thin_poisson
from neurosim.cells.theta import ThetaParameters
from neurosim.cells.virtual import PathParameters, Repertoire, VirtualEnvironment
from neurosim.files import flag_names
from neurosim.network.constants import CompassParameters
from neurosim.network.heading_circuit import (
    CircuitParameters,
    HeadingCircuit,
    simulate_heading_circuit,
)
from neurosim.recording import spikes_dataset, unit_index, units_dataset
from neurosim.seeds import generator
from neurosim.world.behaviour import eye_position, simulate_behaviour
from neurosim.world.eye import EyeParameters
from neurosim.world.graph import TrackGraph
from neurosim.world.hypnogram import Session, hypnogram
from neurosim.world.laps import lap_times
from neurosim.world.movement import Movement
from neurosim.world.track import (
    Arena,
    Environment,
    TrackEnvironment,
    make_environment,
    track_dataset,
)


@dataclass(frozen=True)
class SimulationParameters:
    """Everything that a simulated recording depends on, beside the seed and the subject's name.

    Attributes
    ----------
    environments : tuple of TrackEnvironment or Arena
        In the order in which they are run.
    session : Session
    circuit : CircuitParameters
        How the animal moves and turns, and what turns with it.
    heading : HeadingParameters
    ca1 : CA1Parameters or None
        None where CA1 is not recorded.
    """

    environments: tuple[Environment, ...]
    session: Session
    circuit: CircuitParameters
    heading: HeadingParameters
    ca1: CA1Parameters | None

    @classmethod
    def from_mapping(cls, values: Mapping[str, Mapping]) -> "SimulationParameters":
        """Build the parameters from nested mappings whose keys are the attributes' names."""
        return cls(
            environments=tuple(
                make_environment(name, options)
                for name, options in values["environments"].items()
                if options is not None
            ),
            session=Session(**values["session"]),
            circuit=CircuitParameters(
                Movement.from_mapping(values["movement"]),
                ColliculusParameters(**values["colliculus_cells"]),
                CompassParameters(**values["compass"]),
                EyeParameters(**values["eye"]),
            ),
            heading=HeadingParameters(**values["heading_cells"]),
            ca1=None if values.get("place_cells") is None else _ca1_parameters(values),
        )

    @property
    def tracks(self) -> dict[str, TrackGraph]:
        """Graphs of the environments that are tracks."""
        return {e.name: e.graph for e in self.environments if isinstance(e, TrackEnvironment)}

    @property
    def linear(self) -> str:
        """Name of the first linear track: home, which most offline events replay."""
        linear = [name for name, graph in self.tracks.items() if graph.is_linear]
        if not linear:
            raise NeurosimError(
                "simulation.environments: expected a track of the kind 'linear', found none; "
                "add one"
            )
        return linear[0]


def with_repertoire(
    parameters: SimulationParameters, repertoire: Repertoire, rate_hz: float, empty_fraction: float
) -> SimulationParameters:
    """Give parameters under which rest and NREM replay the paths of a repertoire.

    Parameters
    ----------
    parameters : SimulationParameters
        With CA1.
    repertoire : Repertoire
        Of paths on the first linear track.
    rate_hz : float
        Replays a second.
    empty_fraction : float
        Of all bursts, that hold no replay.
    """
    kinds = {"forward": 1 - empty_fraction, "empty": empty_fraction}
    offline = parameters.ca1.offline
    bursts = rate_hz / (1 - empty_fraction)
    events = {
        state: replace(given, rate_hz=bursts, kinds=kinds, repertoire=repertoire)
        for state, given in offline.events.items()
    }
    home = replace(offline.bursts, home_fraction=1.0)
    plain = replace(offline.paths, reward_discount=1.0)  # or reverse paths were harder to find
    changed = replace(offline, events=events, bursts=home, paths=plain, rem=None)
    return replace(parameters, ca1=replace(parameters.ca1, offline=changed))


def _ca1_parameters(values: Mapping[str, Mapping]) -> CA1Parameters:
    place = dict(values["place_cells"])
    theta, spiking = place.pop("theta"), place.pop("spiking")
    events = dict(values["events"])
    rem = events.pop("rem")
    return CA1Parameters(
        place=PlaceCellParameters(**place),
        theta=ThetaParameters(**theta),
        spiking=Spiking(**spiking),
        offline=OfflineParameters(
            bursts=BurstParameters(**values["bursts"]),
            paths=PathParameters(**values["paths"]),
            up=UpStates(**values["up_states"]),
            events={state: EventParameters(**event) for state, event in events.items()},
            rem=RemParameters(**rem),
        ),
    )


Spikes = tuple[np.ndarray, np.ndarray]


def simulate_recording(
    parameters: SimulationParameters, seed: int, subject: str
) -> dict[str, xr.Dataset]:
    """Simulate one subject's session.

    Parameters
    ----------
    parameters : SimulationParameters
    seed : int
        Seed of the run.
    subject : str
        The subject's name; each subject has streams of its own.

    Returns
    -------
    dict of group name to Dataset
        The groups of a recording, ``truth/cells``, ``truth/events`` and ``truth/heading``
        among them.
    """

    def rng(purpose: str) -> np.random.Generator:
        return generator(seed, "simulate_recording", subject, purpose)

    environments = parameters.environments
    epochs = hypnogram(parameters.session, environments, rng("hypnogram"))
    intended, rewards = simulate_behaviour(
        epochs, environments, parameters.circuit.movement, rng("behaviour")
    )
    colliculus = draw_colliculus_cells(parameters.circuit.colliculus, rng("colliculus cells"))
    circuit = simulate_heading_circuit(intended, epochs, colliculus, parameters.circuit, rng)
    behaviour = _moved(intended, circuit)
    heading = draw_heading_cells(parameters.heading, rng("heading cells"))
    compass, timeline = circuit.course.heading, circuit.timeline
    spikes = {
        "ADN": thin_poisson(
            lambda t, c: heading.rate(timeline.interpolate(compass, t), c),
            heading.max_rate,
            np.array([[0.0, float(epochs["stop"].values[-1])]]),
            rng("ADN spikes"),
        ),
        "SC": circuit.spikes,
    }
    cells = {"ADN": heading.dataset(), "SC": colliculus.dataset()}
    sizes = {"ADN": heading.peak.size, "SC": colliculus.base.size}
    groups = {
        "behaviour": behaviour,
        "track": track_dataset({e.name: parameters.tracks.get(e.name, e) for e in environments}),
        "rewards": rewards,
        "epochs": epochs,
        "truth/heading": _heading_truth(circuit, behaviour["time"].values),
    }
    if parameters.ca1 is not None:
        ca1 = simulate_ca1(
            parameters.ca1,
            behaviour,
            epochs,
            _virtual_environments(parameters, behaviour),
            rng,
            _resemblances(environments),
        )
        truth = dict(ca1.truth)
        spikes = {"CA1": ca1.spikes} | spikes
        cells = {"CA1": truth.pop("cells/CA1")} | cells
        sizes = {"CA1": ca1.maps.n_cells} | sizes
        groups |= {"oscillations": ca1.oscillations}
        groups |= {f"truth/{topic}": dataset for topic, dataset in truth.items()}
    groups["units"], groups["spikes"], order = _shuffled_units(
        spikes, sizes, colliculus.hemisphere, rng("unit order")
    )
    for region, drawn in cells.items():
        index = unit_index(order[region], "cell")
        groups[f"truth/cells/{region}"] = drawn.assign(unit_index=index)
    return groups


def _moved(intended: xr.Dataset, circuit: HeadingCircuit) -> xr.Dataset:
    """Put the head where the plant has moved it, and the eyes (time,)."""
    timeline, times = circuit.timeline, intended["time"].values
    head = np.mod(timeline.interpolate(circuit.turning.head, times), 2 * np.pi)
    eye = timeline.interpolate(circuit.turning.eye, times)
    return intended.assign(
        head_direction=intended["head_direction"].copy(data=head.astype(np.float32)),
        eye_position=eye_position(eye),
    )


def _heading_truth(circuit: HeadingCircuit, times: np.ndarray) -> xr.Dataset:
    """Truth of the heading circuit on the behaviour clock (time,)."""
    course, timeline = circuit.course, circuit.timeline
    velocity = np.concatenate(
        [np.gradient(course.heading[rows], timeline.step) for _, rows in timeline.epochs()]
    )
    variables = {
        "heading": (course.heading, "rad", "heading of the ring attractor, continuous in an epoch"),
        "angular_velocity": (velocity, "rad s-1", "angular velocity of the ring attractor"),
        "command": (circuit.turning.command, "rad s-1", "turn command of the colliculi"),
        "prediction_error": (
            course.prediction_error,
            "rad s-1",
            "sensed minus predicted angular velocity; zero where the error is gated off",
        ),
        "prediction_gain": (course.gain, "1", "gain of the efference copy, mean of both sides"),
    }
    return xr.Dataset(
        {
            name: (
                "time",
                timeline.interpolate(values, times),
                {"units": unit, "long_name": long_name},
            )
            for name, (values, unit, long_name) in variables.items()
        },
        coords={"time": ("time", times, {"units": "s", "long_name": "time"})},
    )


def _virtual_environments(
    parameters: SimulationParameters, behaviour: xr.Dataset
) -> list[VirtualEnvironment]:
    """Describe the environments to CA1, home first, with the speed of the animal's runs there."""
    place, lap = flag_names(behaviour["environment"]), behaviour["lap"].values
    speed = behaviour["speed"].values
    described = []
    for environment in sorted(parameters.environments, key=lambda e: e.name != parameters.linear):
        name, here = environment.name, place == environment.name
        runs = here & (lap >= 0)
        median = float(np.median(speed[runs if runs.any() else here]))
        if isinstance(environment, Arena):
            described.append(VirtualEnvironment(PlaceGrid(name, side=environment.side), median))
            continue
        graph = environment.graph
        laps = None
        if graph.is_linear:
            laps = lap_times(
                behaviour["time"].values,
                behaviour["track_position"].values.astype(float),
                np.where(here, lap, -1),
                graph.length,
            )
        wells = environment.rewarded_wells
        rewarded = graph.wells if wells is None else tuple(graph.wells[well] for well in wells)
        described.append(
            VirtualEnvironment(
                PlaceGrid(name, graph),
                median,
                laps,
                rewarded,
                alternates=environment.alternates,
            )
        )
    return described


def _resemblances(environments: Sequence[Environment]) -> dict[str, Resemblance]:
    """Which maps share cells with which."""
    return {
        e.name: Resemblance(e.similar_to, e.shared_fraction)
        for e in environments
        if isinstance(e, TrackEnvironment) and e.similar_to is not None
    }


def _shuffled_units(
    spikes: Mapping[str, Spikes],
    sizes: Mapping[str, int],
    colliculus_side: np.ndarray,
    rng: np.random.Generator,
) -> tuple[xr.Dataset, xr.Dataset, dict[str, np.ndarray]]:
    """Number the units of all regions in random order, so that the order gives nothing away."""
    total = sum(sizes.values())
    shuffled = rng.permutation(total)
    region, hemisphere = np.empty(total, dtype=object), np.full(total, "", dtype=object)
    order, times, units, first = {}, [], [], 0
    for name, size in sizes.items():
        order[name] = shuffled[first : first + size].astype(np.int32)
        region[order[name]] = name
        times.append(spikes[name][0])
        units.append(order[name][spikes[name][1]])
        first += size
    hemisphere[order["SC"]] = colliculus_side
    all_times, all_units = np.concatenate(times), np.concatenate(units)
    sort = np.argsort(all_times, kind="stable")
    names = np.array([f"unit{index:03d}" for index in range(total)], dtype=object)
    return (
        units_dataset(region, hemisphere, names),
        spikes_dataset(all_times[sort], all_units[sort]),
        order,
    )
