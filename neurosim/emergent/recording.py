"""A network's session as the groups of a recording."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurosim.cells.place import place_cells_dataset
from neurosim.cells.theta import MEDIAN_DEVIATION, Theta
from neurosim.emergent.design import Design, NetworkParameters
from neurosim.emergent.laps import Laps, Rng, Spikes, run_laps
from neurosim.emergent.offline import Learned, controlled, gains_of, learn_from_laps, run_offline
from neurosim.network.ca3 import Activity, Wiring
from neurosim.network.ca3_constants import Constants
from neurosim.network.field_potential import ripple_envelope
from neurosim.network.neuromodulation import STATES
from neurosim.network.occupancy import SETTLING, GainSetting
from neurosim.network.readout import read_out
from neurosim.recording import spikes_dataset, unit_index, units_dataset
from neurosim.seeds import generator
from neurosim.world.track import track_dataset

FIELD_RATE = 1000.0  # Hz
WEIGHT_STEP = 0.01  # nS to which written weights are rounded


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
    activity = run_offline(parameters, constants, wiring, settings, rng)
    ran = Learned(wiring, learned.readout)
    return _recording(parameters, laps, ran, settings, activity, rng)


def _recording(
    parameters: NetworkParameters,
    laps: Laps,
    learned: Learned,
    settings: Mapping[str, GainSetting],
    activity: Activity,
    rng: Rng,
) -> dict[str, xr.Dataset]:
    """Put everything into the groups of a recording."""
    n_ca1, name = laps.ca1.n_cells, parameters.track.name
    ca3, (times, cells) = _spikes(parameters, laps, learned, activity, rng)
    order = rng("unit order").permutation(n_ca1).astype(np.int32)
    units = units_dataset(
        np.full(n_ca1, "CA1", dtype=object),
        np.full(n_ca1, "", dtype=object),
        np.array([f"unit{index:03d}" for index in range(n_ca1)], dtype=object),
    )
    ca1_fields, ca3_fields = (place_cells_dataset(m, ("none", name)) for m in (laps.ca1, laps.ca3))
    return {
        "behaviour": laps.behaviour,
        "track": track_dataset({name: parameters.track.graph}),
        "rewards": laps.rewards,
        "epochs": laps.epochs,
        "oscillations": _oscillations(parameters, laps.theta, activity),
        "units": units,
        "spikes": spikes_dataset(times, order[cells]),
        "truth/cells/CA1": ca1_fields.assign(unit_index=unit_index(order, "cell")),
        "truth/cells/CA3": ca3_fields,
        "truth/ca3_spikes": _ca3_spikes(*ca3),
        "truth/weights": _weights(learned.wiring),
        "truth/network": _network(parameters.design, settings),
    }


def _spikes(
    parameters: NetworkParameters, laps: Laps, learned: Learned, activity: Activity, rng: Rng
) -> tuple[Spikes, Spikes]:
    """Spikes of CA3 offline, and of CA1 in the laps and offline: trials one after the other."""
    n, duration = parameters.n_pyramidal, parameters.trial_s + SETTLING
    in_ca1 = laps.spikes[1] >= n
    ca3, ca1 = [], [(laps.spikes[0][in_ca1], laps.spikes[1][in_ca1] - n)]
    for trial in range(len(activity.field)):
        start = parameters.track.duration_s + parameters.trial_s * trial - SETTLING
        spikes = activity.of_trial(trial)
        read = read_out(learned.readout, *spikes, duration, rng(f"CA1 {trial}"))
        for region, (times, cells) in ((ca3, spikes), (ca1, read)):
            settled = times >= SETTLING
            region.append((times[settled] + start, cells[settled]))
    joined = [
        tuple(np.concatenate(column) for column in zip(*parts, strict=True)) for parts in (ca3, ca1)
    ]
    return joined[0], joined[1]


def _oscillations(parameters: NetworkParameters, theta: Theta, activity: Activity) -> xr.Dataset:
    """Field potential of the network and its ripple band; neither is known in the laps."""
    n_run = round(parameters.track.duration_s * FIELD_RATE)
    skip = round(SETTLING * FIELD_RATE)
    field = activity.field[:, skip:]
    offline = field.reshape(-1)
    time = np.arange(n_run + offline.size) / FIELD_RATE
    unknown = np.full(n_run, np.nan, dtype=np.float32)
    power = np.concatenate([ripple_envelope(row, FIELD_RATE) for row in field])
    middle = np.median(power)
    z = (power - middle) / (MEDIAN_DEVIATION * np.median(np.abs(power - middle)))
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

    def described(unit: str, long_name: str) -> dict[str, str]:
        return {"units": unit, "long_name": long_name}

    return xr.Dataset(
        {
            "gain": ("state", [s.gain for s in rows], described("1", "gain of recurrent weights")),
            "occupancy": (
                "state",
                [s.occupancy for s in rows],
                described("1", "part of the time in events that the gain was set to"),
            ),
            "threshold": (
                "state",
                [s.threshold_hz for s in rows],
                described("Hz", "rate of a cell above which the network is in an event"),
            ),
            "tried_gain": ("tried", one.gains, described("1", "gains that were tried in NREM")),
            "tried_occupancy": (
                "tried",
                one.occupancies,
                described("1", "part of the time in events that they gave"),
            ),
        },
        coords={"state": list(STATES)},
        attrs={"rule": design.rule, "control": design.control, "track": design.track},
    )
