"""A real CA1 recording, where the folder with it exists beside the project."""

from pathlib import Path

import numpy as np
import pytest

from neurosim.__main__ import main
from neurosim.decode.position import decode_wake_position
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import open_recording
from neurosim.seeds import generator
from neurosim.tasks.recorded_chains import ChainParameters, RecordedTrack

SOURCE = Path(__file__).parents[2] / "shared" / "data" / "linear_track_ca1" / "recording.npz"
pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason="the real recording is not beside the project"
)

FIELDS = FieldParameters(
    n_bins=50, smoothing_bins=1.5, min_speed_m_s=0.08, speed_smoothing_s=0.25, rate_floor_hz=0.05
)
README_ERROR = {0.125: 7.0, 0.25: 5.7, 0.5: 4.8}  # % of the track


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    out = tmp_path_factory.mktemp("real") / "linear_track_ca1.nc"
    names = {
        "t_s": "position_time_s",
        "x_px": "x",
        "y_px": "y",
        "spike_times_s": "spike_time_s",
    }
    arguments = ["import", str(SOURCE), str(out), "--region", "CA1", "--unknown-scale"]
    for theirs, ours in names.items():
        arguments += ["--rename", f"{theirs}={ours}"]
    for epoch in ("4442.86:5361.97:run:run:linear", "5381.97:6379.46:rest:post:none"):
        arguments += ["--epoch", epoch]
    assert main(arguments) == 0
    return open_recording(out)


def test_units_spikes_and_laps_are_those_of_its_description(real):
    assert real.units.sizes["unit"] == 31
    assert real.spikes.sizes["spike"] == 28_829
    assert real.behaviour["lap"].values.max() + 1 == 47


@pytest.mark.parametrize("width", sorted(README_ERROR))
def test_decoding_is_within_a_third_of_a_point_of_its_description_or_better(real, width):
    decoded = decode_wake_position(real, FIELDS, width, 10)
    # A silent bin has no estimate here. The description does not say what it does with them:
    # counting them at the first position is the harder reading.
    error = 100 * np.abs(decoded["estimate"].fillna(0.01) - decoded["position"])
    assert float(error.median()) <= README_ERROR[width] + 0.3


@pytest.mark.parametrize("source", ["true_paths", "wake_decoded", "spikes"])
def test_its_laps_become_chains_that_no_law_but_their_own_is_needed_for(real, source):
    track = RecordedTrack.of_laps(real, real.track_name(), 0.2)  # fifths of the track
    parameters = ChainParameters(0.2, 0.25, 0.02, FIELDS, 10, 0.05)
    chains, is_reverse, maze = track.chains(source, parameters, generator(1, source))
    assert chains.size == 47
    assert not is_reverse.any()
    assert maze.law.endpoint_entropies() == pytest.approx((1.0, 1.0), abs=0.01)  # up and down
