"""One simulated recording: three regions through wake, NREM and REM, with the truth planted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.ca1 import CA1Parameters, simulate_ca1
from neurosim.cells.colliculus import ColliculusParameters, draw_colliculus_cells
from neurosim.cells.events import BurstParameters, EventParameters, OfflineParameters
from neurosim.cells.heading import HeadingParameters, draw_heading_cells, internal_heading
from neurosim.cells.irregular import Spiking
from neurosim.cells.maps import PlaceGrid
from neurosim.cells.place import PlaceCellParameters, Resemblance
from neurosim.cells.sleep import RemParameters, UpStates
from neurosim.cells.spikes import thin_poisson
from neurosim.cells.theta import ThetaParameters
from neurosim.cells.virtual import PathParameters, VirtualEnvironment
from neurosim.files import flag_names
from neurosim.recording import spikes_dataset, unit_index, units_dataset
from neurosim.seeds import generator
from neurosim.world.behaviour import simulate_behaviour
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
    movement : Movement
    ca1 : CA1Parameters
    heading : HeadingParameters
    colliculus : ColliculusParameters
    """

    environments: tuple[Environment, ...]
    session: Session
    movement: Movement
    ca1: CA1Parameters
    heading: HeadingParameters
    colliculus: ColliculusParameters

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
            movement=Movement(**values["movement"]),
            ca1=_ca1_parameters(values),
            heading=HeadingParameters(**values["heading_cells"]),
            colliculus=ColliculusParameters(**values["colliculus_cells"]),
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

    tracks = parameters.tracks
    epochs = hypnogram(parameters.session, parameters.environments, rng("hypnogram"))
    behaviour, rewards = simulate_behaviour(
        epochs, parameters.environments, parameters.movement, rng("behaviour")
    )
    heading = draw_heading_cells(parameters.heading, rng("heading cells"))
    colliculus = draw_colliculus_cells(parameters.colliculus, rng("colliculus cells"))
    internal = internal_heading(behaviour, epochs, parameters.heading, rng("internal heading"))
    ca1 = simulate_ca1(
        parameters.ca1,
        behaviour,
        epochs,
        _virtual_environments(parameters, behaviour),
        rng,
        _resemblances(parameters.environments),
    )
    session = np.array([[0.0, float(epochs["stop"].values[-1])]])
    whole = {
        "CA1": ca1.spikes,
        "ADN": thin_poisson(
            lambda t, c: heading.rate(_sampled(internal, "heading", t), c),
            heading.max_rate,
            session,
            rng("ADN spikes"),
        ),
        "SC": thin_poisson(
            lambda t, c: colliculus.rate(_sampled(internal, "angular_velocity", t), c),
            colliculus.max_rate,
            session,
            rng("SC spikes"),
        ),
    }
    cells = {
        "CA1": ca1.truth["cells/CA1"],
        "ADN": heading.dataset(),
        "SC": colliculus.dataset(),
    }
    sizes = {"CA1": ca1.maps.n_cells, "ADN": heading.peak.size, "SC": colliculus.base.size}
    units, spikes, order = _shuffled_units(whole, sizes, colliculus.hemisphere, rng("unit order"))
    return {
        "behaviour": behaviour,
        "track": track_dataset({e.name: tracks.get(e.name, e) for e in parameters.environments}),
        "rewards": rewards,
        "epochs": epochs,
        "units": units,
        "spikes": spikes,
        "oscillations": ca1.oscillations,
        **{f"truth/{topic}": truth for topic, truth in ca1.truth.items()},
        "truth/heading": internal,
        **{
            f"truth/cells/{region}": drawn.assign(unit_index=unit_index(order[region], "cell"))
            for region, drawn in cells.items()
        },
    }


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


def _sampled(internal: xr.Dataset, name: str, times: np.ndarray) -> np.ndarray:
    """Take the sample of the behaviour clock that holds at each time."""
    clock = internal["time"].values
    step = (clock[-1] - clock[0]) / (clock.size - 1)
    index = ((times - clock[0]) * (1 / step) + 1e-9).astype(int)
    return internal[name].values[np.clip(index, 0, clock.size - 1)]


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
