"""The example of an emergent event: which one, and what is shown of it."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from emergent_events import BIN, N_BINS, events_dataset, packets_dataset

from neurosim import MissingData
from neurosim.decode.packet_example import MARGIN, example_of, main_fields, median_replay
from neurosim.files import flag_names


def cells_dataset() -> xr.Dataset:
    """Cell 0 has two fields, cell 2 fires both ways, cell 1 has none."""
    return xr.Dataset(
        {
            "field_cell": ("field", np.array([0, 0, 2, 3])),
            "field_centre": ("field", np.array([0.5, 1.5, 2.0, 2.5])),
            "field_peak_rate": (
                ("direction", "field"),
                np.array([[5.0, 9.0, 4.0, 0.0], [0.0, 0.0, 4.0, 7.0]]),
            ),
        }
    )


def recording(start: float) -> SimpleNamespace:
    time = start - 1 + np.arange(3000) / 1000
    field = xr.Dataset({"time": ("sample", time), "field_potential": ("sample", np.sin(time))})
    return SimpleNamespace(name="linear_symmetric-1", oscillations=field)


def test_a_cell_stands_at_its_largest_field():
    centre, maps = main_fields(cells_dataset())
    np.testing.assert_array_equal(centre, [1.5, np.nan, 2.0, 2.5])
    assert maps[[0, 2, 3]].tolist() == [0, 2, 1]


def test_the_first_replay_of_median_duration_is_taken():
    duration = np.array([0.3, 0.1, 0.2, 0.2, 0.9, 0.19])
    events = events_dataset(["forward"] * 6, spans=[2, 2, 2, 2, 2, 0.1])
    events["stop"] = events["start"] + xr.DataArray(duration, dims="event")
    assert median_replay(events, 0.5, "nrem") == 2
    events["significant"] = ("event", np.array([1, 1, 0, 1, 0, 1], dtype=np.int8))
    assert median_replay(events, 0.5, "nrem") == 3
    with pytest.raises(MissingData, match=r"a replay of 0\.5 m or more in rest, found none"):
        median_replay(events, 0.5, "rest")


def test_the_example_holds_what_happened_about_the_event():
    events = events_dataset(["forward", "reverse", "forward"])
    packets = packets_dataset(events, ["forward"] * 3)
    start = float(events["start"][0])
    spikes = xr.Dataset(
        {
            "time": ("spike", start + np.array([-1.0, 0.01, 0.02, 0.05, 0.1, 5.0])),
            "cell": ("spike", np.array([0, 0, 1, 2, 7, 3])),
        }
    )
    example = example_of(recording(start), cells_dataset(), spikes, events, packets, 0.5)
    np.testing.assert_allclose(example["spike_time"], [0.01, 0.05])  # the others have no field
    np.testing.assert_allclose(example["spike_centre"], [1.5, 2.0])
    assert flag_names(example["spike_map"]).tolist() == ["outbound", "both"]
    np.testing.assert_allclose(example["bin_time"], BIN * (np.arange(N_BINS) + 0.5))
    np.testing.assert_allclose(example["packet_position"], example["decoded_position"] + 0.05)
    peak = example["position"].values[example["posterior"].values.argmax(axis=1)]
    np.testing.assert_allclose(peak, example["decoded_position"], atol=0.051)  # half a bin
    duration = float(events["stop"][0] - events["start"][0])
    assert example.sizes["sample"] == pytest.approx(1000 * (duration + 2 * MARGIN), abs=1)
    np.testing.assert_allclose(example["field_potential"], np.sin(example["sample_time"] + start))
    assert example.attrs["direction"] == "forward"
    assert example.attrs["compression"] == 20.0
