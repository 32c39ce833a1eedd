"""Fixtures that all tests share: one small simulated recording, and recordings made by hand."""

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy and torch read it; see the Makefile

import numpy as np
import pytest
import xarray as xr
import yaml
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from neurosim.files import Provenance
from neurosim.recording import (
    Recording,
    open_recording,
    save_recording,
    spikes_dataset,
    units_dataset,
)
from neurosim.simulation import SimulationParameters, simulate_recording
from neurosim.world.behaviour import behaviour_dataset
from neurosim.world.graph import linear_track
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import ENVIRONMENTS, track_dataset

settings.register_profile("neurosim", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("neurosim")

SEED, SUBJECT = 7, "rat1"
CLOCK, SAMPLE = 0.02, 0.004  # s, of behaviour and field potential in recordings made by hand
CONFIGURATION = Path(__file__).parents[1] / "config" / "config.yaml"
SHIPPED = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["simulation"]


# Files that look at the finished pipeline; anywhere else it would be run a second time.
OF_PIPELINE = {
    f"tests/workflow/test_{name}.py" for name in ("browser", "networks", "pages", "pipeline")
}


class OnePipeline(LoadFileScheduling):
    """Files go to processes whole, and those that look at the finished pipeline to the same."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return "the finished pipeline" if file in OF_PIPELINE else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """Let one process alone run the pipeline."""
    return OnePipeline(config, log)


def pytest_collection_finish() -> None:
    """Leave what was imported out of later collections.

    Statsmodels' Holm correction asks for one each time it is called, which else costs a tenth of a
    second, and half a minute in all.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def small_parameters() -> dict:
    """The `simulation` section of a configuration, six minutes long. Copy it to change it."""
    return {
        "environments": {
            "linear": {"kind": "linear", "length_m": 2.0, "duration_s": 120.0},
            "w": {
                "kind": "w",
                "arm_m": 0.8,
                "spacing_m": 0.4,
                "duration_s": 80.0,
                "rewarded_wells": [1, 2],
                "error_fraction": 0.2,
            },
            "arena": {"kind": "arena", "side_m": 1.0, "duration_s": 90.0},
        },
        "session": {
            "pre_sleep_s": 30.0,
            "rest_s": 30.0,
            "post_sleep_s": 90.0,
            "nrem_bout_s": 20.0,
            "rem_bout_s": 10.0,
        },
        "movement": {
            "sample_rate_hz": 50.0,
            "track_speed_m_s": 0.5,
            "pause_s": 0.5,
            "arena_speed_m_s": 0.15,
            "turn_sd_deg_s": 60.0,
            "turn_time_constant_s": 0.2,
            "turns": SHIPPED["movement"]["turns"],
        },
        "place_cells": {
            "n_cells": 40,
            "peak_rate_median_hz": 15.0,
            "peak_rate_log_sd": 0.3,
            "field_sd_m": 0.15,
            "arena_field_sd_m": 0.12,
            "mean_fields": 1.2,
            "field_number_shape": 2.0,
            "bidirectional_fraction": 0.3,
            "background_rate_hz": 0.2,
            "precession_deg": 300.0,
            "theta": {
                "frequency_hz": 8.0,
                "frequency_sd_hz": 0.5,
                "frequency_time_constant_s": 1.0,
                "concentration": 1.0,
            },
            "spiking": {},
        },
        "heading_cells": {
            "n_cells": 20,
            "peak_rate_median_hz": 40.0,
            "peak_rate_log_sd": 0.3,
            "concentration": 5.7,
            "background_rate_hz": 1.0,
        },
        "compass": SHIPPED["compass"],
        "eye": SHIPPED["eye"],
        "colliculus_cells": {
            "n_left": 8,
            "n_right": 8,
            "n_population": 500,
            "base_log_sd": 0.5,
            "turn_cell_fraction": 0.75,
            "contraversive_fraction": 0.88,
            "base_rate_hz": 5.0,
            "gain_hz_per_deg_s": 0.1,
            "max_drive_deg_s": 400.0,
        },
        "bursts": {
            "gain": 4.0,
            "home_fraction": 0.9,
            "min_gap_s": 0.25,
            "duration_s": 0.106,
            "duration_log_sd": 0.35,
        },
        "up_states": {"up_s": 1.5, "up_log_sd": 0.5, "down_s": 0.2, "down_log_sd": 0.5},
        "paths": {
            "min_span_m": 1.0,
            "acceleration_factor": 4.0,
            "hold_s": 0.0167,
            "jump_s": 0.0112,
            "diffusion_sd_m": 0.08,
            "fragment_s": 0.005,
            "reward_discount": 0.9,
            "reward_step_m": 0.25,
            "decision_gain": 1.5,
            "decision_radius_m": 0.15,
        },
        "events": {
            "rest": {
                "rate_hz": 0.6,
                "kinds": _kinds(forward=0.25, reverse=0.25),
                "compression_median": 17.5,
                "compression_log_sd": 0.25,
            },
            "nrem": {
                "rate_hz": 0.8,
                "kinds": _kinds(forward=0.35, reverse=0.15),
                "compression_median": 19.7,
                "compression_log_sd": 0.25,
            },
            "rem": {
                "fraction": 0.4,
                "compression_median": 0.714,
                "compression_log_sd": 0.3,
                "gain": 1.0,
            },
        },
    }


def _kinds(forward: float, reverse: float) -> dict[str, float]:
    """A mix with a little of everything; what is left over is empty."""
    others = ("accelerating", "hover_and_jump", "remote", "diffusive", "stationary", "fragmented")
    mix = {"forward": forward, "reverse": reverse} | dict.fromkeys(others, 0.03)
    return mix | {"empty": 1 - sum(mix.values())}


@pytest.fixture(scope="session")
def simulated(small_parameters: dict) -> dict[str, xr.Dataset]:
    """The groups of the small recording, truth included. Copy a group to change it."""
    parameters = SimulationParameters.from_mapping(small_parameters)
    return simulate_recording(parameters, SEED, SUBJECT)


@pytest.fixture(scope="session")
def recording_path(
    simulated: dict[str, xr.Dataset],
    small_parameters: dict,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("recordings") / f"{SUBJECT}.nc"
    provenance = Provenance(
        title="simulated recording",
        rule="simulate_recording",
        seed=SEED,
        parameters=small_parameters,
    )
    save_recording(simulated, out, provenance, origin="simulated")
    return out


@pytest.fixture(scope="session")
def recording(recording_path: Path) -> Recording:
    return open_recording(recording_path)


@pytest.fixture
def provenance() -> Provenance:
    return Provenance(title="a test", rule="make_test", seed=3, parameters={"width_s": 0.1})


def _hand_made_groups(
    duration: float = 10.0,
    spikes: tuple[np.ndarray, np.ndarray] = (np.array([1.0, 2.0]), np.array([0, 1])),
    regions: tuple[str, ...] = ("CA1", "CA1", "ADN"),
    epochs: Mapping[str, tuple] | None = None,
    track_position: Callable[[np.ndarray], np.ndarray] | None = None,
    heading: Callable[[np.ndarray], np.ndarray] | None = None,
    ripple_power: Callable[[np.ndarray], np.ndarray] | None = None,
) -> dict[str, xr.Dataset]:
    time = np.arange(round(duration / CLOCK)) * CLOCK
    along = np.full(time.size, np.nan) if track_position is None else track_position(time)
    on_track = np.isfinite(along)
    position = np.column_stack([np.where(on_track, along, 0.0), np.zeros(time.size)])
    epochs = epochs or {
        "start": (0.0,),
        "stop": (duration,),
        "state": ("run",) if on_track.any() else ("nrem",),
        "phase": ("run",) if on_track.any() else ("post",),
        "environment": ("linear",) if on_track.any() else ("none",),
    }
    tracks = {"linear": linear_track(2.0)} if track_position else {}
    potential = np.arange(round(duration / SAMPLE)) * SAMPLE
    return {
        **({"oscillations": _oscillations(potential, ripple_power)} if ripple_power else {}),
        **({"track": track_dataset(tracks)} if tracks else {}),
        "behaviour": behaviour_dataset(
            time,
            position,
            along if track_position else None,
            heading(time) if heading else None,
            np.where(on_track, "linear", "none"),
            ENVIRONMENTS,
            tracks,
        ),
        "epochs": epochs_dataset(**{name: np.array(column) for name, column in epochs.items()}),
        "units": units_dataset(
            np.array(regions),
            np.full(len(regions), "left"),
            np.array([f"unit{index}" for index in range(len(regions))]),
        ),
        "spikes": spikes_dataset(*spikes),
    }


def _oscillations(time: np.ndarray, power: Callable[[np.ndarray], np.ndarray]) -> xr.Dataset:
    return xr.Dataset(
        {
            "time": ("sample", time, {"units": "s"}),
            "theta_phase": ("sample", np.mod(50 * time, 2 * np.pi), {"units": "rad"}),
            "ripple_power": ("sample", power(time), {"units": "uV"}),
        }
    )


@pytest.fixture
def hand_made_groups() -> Callable[..., dict[str, xr.Dataset]]:
    """A function that makes the groups of a recording from what a test wants in it."""
    return _hand_made_groups


def _hand_made(**wanted: object) -> Recording:
    groups = {"track": None} | _hand_made_groups(**wanted)
    oscillations = groups.pop("oscillations", None)
    return Recording(
        name="hand made",
        attributes={"origin": "imported"},
        read_oscillations=None if oscillations is None else lambda: oscillations,
        **groups,
    )


@pytest.fixture
def hand_made() -> Callable[..., Recording]:
    """The same as a Recording that was never in a file."""
    return _hand_made


@pytest.fixture(scope="session")
def hand_made_session() -> Callable[..., Recording]:
    """The same, for fixtures that live longer than a test."""
    return _hand_made
