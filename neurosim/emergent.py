"""The recording of a network whose replay nobody planted.

An animal runs laps; CA3 and CA1 cells fire as place cells do, and the recurrent synapses of CA3
and those from CA3 to CA1 learn from these spikes. Offline CA3 runs on noise alone, and CA1 reads
it out. The recording has no events in its truth: whatever is said of them is decoded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.ca1 import walk_of
from neurosim.cells.firing import Walk, draw_firing, running_spikes
from neurosim.cells.irregular import Spiking
from neurosim.cells.maps import PlaceGrid, PlaceMaps
from neurosim.cells.place import PlaceCellParameters, draw_place_maps, place_cells_dataset
from neurosim.cells.theta import Theta, ThetaParameters, draw_theta
from neurosim.errors import choices
from neurosim.network.ca3 import Activity, Wiring, draw_wiring, simulate_network
from neurosim.network.ca3_constants import Constants
from neurosim.network.field_potential import ripple_envelope
from neurosim.network.learning import RULES, draw_connections, learn, learning_rule
from neurosim.network.neuromodulation import STATES, trial_in
from neurosim.network.occupancy import SETTLING, GainSearch, GainSetting, set_gains
from neurosim.network.readout import Readout, fit_readout, read_out
from neurosim.network.trial import Trial
from neurosim.recording import spikes_dataset, unit_index, units_dataset
from neurosim.seeds import generator
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.movement import Movement
from neurosim.world.track import TrackEnvironment, make_environment, track_dataset

CONTROLS = ("none", "shuffled_weights", "no_learning", "no_adaptation", "short_term_depression")
FIELD_RATE = 1000.0  # Hz
REWARD_ZONE = 1 / 3  # of the track, at its rewarded end
WEIGHT_STEP = 0.01  # nS to which written weights are rounded


@dataclass(frozen=True)
class Design:
    """What network, and what is taken from it.

    Attributes
    ----------
    track : str
        Name of a track.
    rule : str
        ``symmetric`` or ``asymmetric``.
    control : str
        One of `CONTROLS`. Controls keep the gain of the whole network, but for
        ``short_term_depression``, which stands in for adaptation and has a gain of its own.
    is_rewarded : bool
        Whether plasticity is raised at the end of the track at position zero.
    own_gain : bool
        Whether the gain is set in every state on its own; else in NREM.
    """

    track: str
    rule: str
    control: str = "none"
    is_rewarded: bool = False
    own_gain: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (("rule", RULES), ("control", CONTROLS)):
            if getattr(self, name) not in allowed:
                raise NeurosimError(
                    f"emergent.designs: {name}: expected one of {choices(allowed)}, "
                    f"found {getattr(self, name)!r}"
                )


@dataclass(frozen=True)
class NetworkParameters:
    """Everything that the recording of a network depends on, beside constants and seed.

    Attributes
    ----------
    design : Design
    track : TrackEnvironment
        With the time of laps on it.
    n_pyramidal : int
    duration : Mapping of state to float
        s of rest, NREM and REM.
    trial_s : float
        Each state runs in stretches of this duration, side by side.
    search : GainSearch
    movement : Movement
    place : PlaceCellParameters
        Of CA1; CA3 differs in what the constants say.
    theta : ThetaParameters
    spiking : Spiking
    """

    design: Design
    track: TrackEnvironment
    n_pyramidal: int
    duration: Mapping[str, float]
    trial_s: float
    search: GainSearch
    movement: Movement
    place: PlaceCellParameters
    theta: ThetaParameters
    spiking: Spiking

    @classmethod
    def from_mapping(cls, values: Mapping) -> "NetworkParameters":
        """Build the parameters from nested mappings (see `emergent` in the configuration)."""
        place = dict(values["place_cells"])
        theta, spiking = place.pop("theta"), place.pop("spiking")
        design = Design(**values["design"])
        track = dict(values["track"]) | {"duration_s": values["laps_s"]}
        duration = {state: float(values[f"{state}_s"]) for state in STATES}
        for state, seconds in duration.items():
            if round(seconds / values["trial_s"]) < 1:
                raise NeurosimError(
                    f"emergent.{state}_s: expected at least emergent.trial_s "
                    f"({values['trial_s']} s), found {seconds}"
                )
        return cls(
            design,
            make_environment(design.track, track),
            values["n_pyramidal"],
            duration,
            values["trial_s"],
            GainSearch(**values["gain"]),
            Movement.from_mapping(values["movement"]),
            PlaceCellParameters(**place),
            ThetaParameters(**theta),
            Spiking(**spiking),
        )

    def n_trials(self, state: str) -> int:
        """Number of stretches of a state."""
        return round(self.duration[state] / self.trial_s)


Rng = Callable[[str], np.random.Generator]
Spikes = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Laps:
    """What happened on the track.

    Attributes
    ----------
    behaviour, epochs, rewards : Dataset
    ca3, ca1 : PlaceMaps
        Of the CA3 cells that have fields (the first ones), and of CA1.
    walk : Walk
    theta : Theta
    spikes : tuple of array (spike,)
        Times in s and cells: CA3 first, CA1 cells are numbered on from them.
    """

    behaviour: xr.Dataset
    epochs: xr.Dataset
    rewards: xr.Dataset
    ca3: PlaceMaps
    ca1: PlaceMaps
    walk: Walk
    theta: Theta
    spikes: Spikes


@dataclass(frozen=True)
class Learned:
    """What the laps left.

    Attributes
    ----------
    wiring : Wiring
    readout : Readout
    """

    wiring: Wiring
    readout: Readout


def simulate_network_recording(
    parameters: NetworkParameters, constants: Constants, seed: int, number: int
) -> dict[str, xr.Dataset]:
    """Simulate the recording of one network.

    Networks of the same number share their laps and fields, whatever their design, so that
    designs can be compared pair by pair.

    Parameters
    ----------
    parameters : NetworkParameters
    constants : Constants
    seed : int
    number : int
        Of the network.

    Returns
    -------
    dict of group name to Dataset
        The groups of a recording; of the truth ``truth/cells/CA3``, ``truth/cells/CA1``,
        ``truth/ca3_spikes``, ``truth/weights`` and ``truth/network``.
    """
    track = parameters.design.track

    def rng(purpose: str) -> np.random.Generator:
        return generator(seed, "simulate_network", track, str(number), purpose)

    laps = run_laps(parameters, constants, rng)
    learned = learn_from_laps(parameters, constants, laps, rng)
    settings = gains_of(parameters, constants, learned.wiring, rng)
    wiring = controlled(parameters.design, learned.wiring, rng)
    activity, stretches = run_offline(parameters, constants, wiring, settings, rng)
    return _recording(parameters, laps, Learned(wiring, learned.readout), settings, activity,
                      stretches, rng)  # fmt: skip


def run_laps(parameters: NetworkParameters, constants: Constants, rng: Rng) -> Laps:
    """Run the animal on the track and draw the spikes of CA3 and CA1 place cells."""
    track, n = parameters.track, parameters.n_pyramidal
    epochs = _epochs(parameters)
    behaviour, rewards = simulate_behaviour(epochs, [track], parameters.movement, rng("behaviour"))
    grid, duration = PlaceGrid(track.name, track.graph), float(epochs["stop"].values[-1])
    theta = draw_theta(duration, parameters.theta, rng("theta"))
    of_ca3 = replace(
        parameters.place,
        n_cells=round(n * constants["place_cell_fraction"]),
        bidirectional_fraction=constants["bidirectional_fraction"],
        field_sd_m=constants["field_sd_m"],
        peak_rate_median_hz=constants["field_peak_hz"],
        peak_rate_log_sd=0.0,
        mean_fields=1.0,
        background_rate_hz=constants["background_hz"],
    )
    run = np.array([[0.0, track.duration_s]])
    maps, parts = [], []
    for region, place, first in (("CA3", of_ca3, 0), ("CA1", parameters.place, n)):
        drawn = draw_place_maps(place, [grid], rng(f"{region} fields"))
        firing = draw_firing(
            drawn, theta, duration, parameters.spiking, rng(f"{region} fluctuations")
        )
        walk = walk_of(behaviour, drawn)
        times, cells = running_spikes(firing, walk, run, rng(f"{region} spikes"))
        maps.append(drawn)
        parts.append((times, cells + first))
    parts.append(_spikes_without_fields(of_ca3, n, track.duration_s, rng("CA3 background")))
    times, cells = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    return Laps(behaviour, epochs, rewards, *maps, walk, theta, (times[order], cells[order]))


def _epochs(parameters: NetworkParameters) -> xr.Dataset:
    """Laps, then rest, NREM and REM."""
    lengths = [parameters.track.duration_s, *(_seconds(parameters, s) for s in STATES)]
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    name = parameters.track.name
    return epochs_dataset(
        edges[:-1],
        edges[1:],
        np.array(["run", *STATES]),
        np.array(["run", "post", "post", "post"]),
        np.array([name, "none", "none", "none"]),
        ("none", name),
    )


def _seconds(parameters: NetworkParameters, state: str) -> float:
    return parameters.n_trials(state) * parameters.trial_s


def _spikes_without_fields(
    place: PlaceCellParameters, n: int, duration: float, rng: np.random.Generator
) -> Spikes:
    """Draw the spikes of CA3 cells without a field: the background."""
    others = n - place.n_cells
    number = rng.poisson(place.background_rate_hz * duration * others)
    return rng.uniform(0, duration, number), place.n_cells + rng.integers(others, size=number)


def learn_from_laps(
    parameters: NetworkParameters, constants: Constants, laps: Laps, rng: Rng
) -> Learned:
    """Learn the synapses within CA3 and from CA3 to CA1 from the spikes of the laps.

    Slow animals do not learn; on a rewarded track plasticity is raised at its beginning.
    """
    n, n_ca1 = parameters.n_pyramidal, laps.ca1.n_cells
    probability = min(1.0, constants["recurrent_inputs"] / n)
    connected = np.zeros((n + n_ca1, n + n_ca1), dtype=bool)
    connected[:n, :n] = draw_connections(n, probability, rng("connections"))
    connected[:n, n:] = rng("Schaffer collaterals").random((n, n_ca1)) < probability
    times, cells = laps.spikes
    weights = learn(
        times,
        cells,
        connected,
        learning_rule(parameters.design.rule, constants),
        _plasticity(parameters, constants, laps),
    )
    wiring = draw_wiring(weights[:n, :n], constants, rng("basket cells"))
    in_ca3 = cells < n
    readout = fit_readout(
        weights[:n, n:],
        times[in_ca3],
        cells[in_ca3],
        parameters.track.duration_s,
        np.bincount(cells[~in_ca3] - n, minlength=n_ca1),
        constants,
    )
    return Learned(wiring, readout)


def _plasticity(
    parameters: NetworkParameters, constants: Constants, laps: Laps
) -> Callable[[np.ndarray], np.ndarray]:
    """Factor on the plasticity at times in s (spike,)."""
    factor = (laps.walk.speed > constants["plasticity_speed_m_s"]).astype(float)
    if parameters.design.is_rewarded:
        place = np.nan_to_num(laps.behaviour["track_position"].values, nan=np.inf)
        near = place < REWARD_ZONE * parameters.track.graph.length
        factor[near] *= constants["reward_plasticity"]
    return lambda times: factor[laps.walk.sample(times)]


def gains_of(
    parameters: NetworkParameters, constants: Constants, wiring: Wiring, rng: Rng
) -> dict[str, GainSetting]:
    """Set the gain in NREM, for all states or for that alone."""
    wanted, _ = _cells(parameters.design, constants)
    depresses = parameters.design.control == "short_term_depression"
    used = wanted if depresses else constants

    def maker(state: str) -> Callable[[float], Trial]:
        return lambda gain: trial_in(state, gain, used, depresses)

    states = STATES if parameters.design.own_gain else ("nrem",)
    found = set_gains(wiring, [maker(state) for state in states], parameters.search, rng)
    return dict(zip(STATES, found * (len(STATES) // len(states)), strict=True))


def _cells(design: Design, constants: Constants) -> tuple[Constants, bool]:
    """Constants of the cells of a design, and whether synapses depress for a short term."""
    if design.control == "no_adaptation":
        return constants.replaced(pc_adaptation_pa=0.0, pc_subthreshold_ns=0.0), False
    if design.control == "short_term_depression":
        return constants.replaced(pc_adaptation_pa=0.0, pc_subthreshold_ns=0.0), True
    return constants, False


def controlled(design: Design, wiring: Wiring, rng: Rng) -> Wiring:
    """Take from the recurrent weights what a control takes."""
    connected = wiring.recurrent > 0
    values = wiring.recurrent[connected]
    if design.control == "shuffled_weights":
        values = rng("shuffled weights").permutation(values)
    elif design.control == "no_learning":
        values = np.full_like(values, values.mean())
    else:
        return wiring
    recurrent = np.zeros_like(wiring.recurrent)
    recurrent[connected] = values
    return replace(wiring, recurrent=recurrent)


def run_offline(
    parameters: NetworkParameters,
    constants: Constants,
    wiring: Wiring,
    settings: Mapping[str, GainSetting],
    rng: Rng,
) -> tuple[Activity, list[str]]:
    """Run all states side by side on noise; the state of each trial."""
    used, depresses = _cells(parameters.design, constants)
    states = [state for state in STATES for _ in range(parameters.n_trials(state))]
    trials: list[Trial] = [trial_in(s, settings[s].gain, used, depresses) for s in states]
    rngs = [rng(f"noise {index}") for index in range(len(trials))]
    return simulate_network(wiring, trials, parameters.trial_s + SETTLING, rngs), states


def _recording(
    parameters: NetworkParameters,
    laps: Laps,
    learned: Learned,
    settings: Mapping[str, GainSetting],
    activity: Activity,
    states: list[str],
    rng: Rng,
) -> dict[str, xr.Dataset]:
    """Put everything into the groups of a recording."""
    n, run = parameters.n_pyramidal, parameters.track.duration_s
    starts = run + parameters.trial_s * np.arange(len(states))
    ca3, ca1 = [], []
    for trial, start in enumerate(starts):
        times, cells = activity.of_trial(trial)
        duration = parameters.trial_s + SETTLING
        for region, spikes in (
            (ca3, (times, cells)),
            (ca1, read_out(learned.readout, times, cells, duration, rng(f"CA1 {trial}"))),
        ):
            settled = spikes[0] >= SETTLING
            region.append((spikes[0][settled] - SETTLING + start, spikes[1][settled]))
    in_laps = laps.spikes[1] >= n
    ca1.insert(0, (laps.spikes[0][in_laps], laps.spikes[1][in_laps] - n))
    (ca3_times, ca3_cells), (times, cells) = (
        tuple(np.concatenate(column) for column in zip(*parts, strict=True)) for parts in (ca3, ca1)
    )
    n_ca1 = laps.ca1.n_cells
    order = rng("unit order").permutation(n_ca1).astype(np.int32)
    names = np.array([f"unit{index:03d}" for index in range(n_ca1)], dtype=object)
    known, name = ("none", parameters.track.name), parameters.track.name
    region = np.full(n_ca1, "CA1", dtype=object)
    return {
        "behaviour": laps.behaviour,
        "track": track_dataset({name: parameters.track.graph}),
        "rewards": laps.rewards,
        "epochs": laps.epochs,
        "oscillations": _oscillations(parameters, laps.theta, activity, len(states)),
        "units": units_dataset(region, np.full(n_ca1, "", dtype=object), names),
        "spikes": spikes_dataset(times, order[cells]),
        "truth/cells/CA1": place_cells_dataset(laps.ca1, known).assign(
            unit_index=unit_index(order, "cell")
        ),
        "truth/cells/CA3": place_cells_dataset(laps.ca3, known),
        "truth/ca3_spikes": _ca3_spikes(ca3_times, ca3_cells),
        "truth/weights": _weights(learned.wiring),
        "truth/network": _network(parameters.design, settings),
    }


def _oscillations(
    parameters: NetworkParameters, theta: Theta, activity: Activity, n_trials: int
) -> xr.Dataset:
    """Field potential of the network and its ripple band; neither is known in the laps."""
    n_run = round(parameters.track.duration_s * FIELD_RATE)
    skip = round(SETTLING * FIELD_RATE)
    field = activity.field[:, skip:]
    offline = field.reshape(-1)
    time = np.arange(n_run + offline.size) / FIELD_RATE
    unknown = np.full(n_run, np.nan, dtype=np.float32)
    power = np.concatenate([ripple_envelope(row, FIELD_RATE) for row in field])
    middle = np.median(power)
    z = (power - middle) / (1.4826 * np.median(np.abs(power - middle)))
    phase = np.mod(theta.at(time), 2 * np.pi)
    variables = {
        "theta_phase": (phase, "rad", "phase of theta"),
        "ripple_power": (np.append(unknown, z), "1", "envelope of the ripple band, z offline"),
        "field_potential": (
            np.append(unknown, offline),
            "pA",
            "synaptic current of a CA3 pyramidal cell, which the field potential follows",
        ),
    }
    return xr.Dataset(
        {
            "time": ("sample", time, {"units": "s", "long_name": "time"}),
            **{
                name: (
                    "sample",
                    values.astype(np.float32),
                    {"units": unit, "long_name": long_name},
                )
                for name, (values, unit, long_name) in variables.items()
            },
        }
    )


def _ca3_spikes(times: np.ndarray, cells: np.ndarray) -> xr.Dataset:
    return xr.Dataset(
        {
            "time": ("spike", times, {"units": "s", "long_name": "offline spikes of CA3"}),
            "cell": (
                "spike",
                cells.astype(np.int32),
                {"long_name": "pyramidal cell; those with fields come first"},
            ),
        }
    )


def _weights(wiring: Wiring) -> xr.Dataset:
    rounded = np.rint(wiring.recurrent / WEIGHT_STEP) * WEIGHT_STEP
    return xr.Dataset(
        {
            "weight": (
                ("pre", "post"),
                rounded.astype(np.float32),
                {"units": "nS", "long_name": "recurrent weight before the gain"},
            )
        }
    )


def _network(design: Design, settings: Mapping[str, GainSetting]) -> xr.Dataset:
    """Gain of each state, and what it was set by."""
    one = settings["nrem"]
    rows = [settings[state] for state in STATES]
    return xr.Dataset(
        {
            "gain": ("state", [s.gain for s in rows], {"units": "1"}),
            "occupancy": ("state", [s.occupancy for s in rows], {"units": "1"}),
            "threshold": ("state", [s.threshold_hz for s in rows], {"units": "Hz"}),
            "tried_gain": ("tried", one.gains, {"units": "1"}),
            "tried_occupancy": ("tried", one.occupancies, {"units": "1"}),
        },
        coords={"state": list(STATES)},
        attrs={"rule": design.rule, "control": design.control, "track": design.track},
    )
