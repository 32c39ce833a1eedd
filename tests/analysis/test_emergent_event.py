"""The strip of one emergent event."""

import numpy as np
import pytest
import xarray as xr
from emergent_events import events_dataset, packets_dataset

from analysis import emergent_event
from analysis.emergent_event import FRAMES, frame_rows
from neurosim.files import flags
from neurosim.stats.summary import dataset_to_rows


@pytest.fixture
def example(rng) -> xr.Dataset:
    events = events_dataset(["forward"])
    packets = packets_dataset(events, ["forward"])
    words = {
        "network": "linear_symmetric-1",
        "state": "nrem",
        "duration_s": 0.16,
        "direction": "forward",
        "packet_direction": "forward",
        "packet_map": "outbound",
        "speed_m_s": 12.0,
        "packet_speed_m_s": 12.5,
        "compression": 24.0,
        "route_length_m": 3.0,
    }
    maps = rng.integers(3, size=50)
    return xr.Dataset(
        {
            "posterior": events["posterior"],
            "decoded_position": events["decoded_position"],
            "packet_position": packets["packet_position"],
            "bin_time": events["bin_time"] - float(events["start"][0]),
            "spike_time": ("spike", rng.uniform(0, 0.16, 50)),
            "spike_centre": ("spike", rng.uniform(0, 3, 50)),
            "spike_map": flags(maps, ("outbound", "inbound", "both"), "spike", "map"),
            "sample_time": ("sample", np.arange(-100, 260) / 1000),
            "field_potential": ("sample", rng.normal(size=360)),
        },
        coords={"position": (np.arange(30) + 0.5) * 0.1},
        attrs=words,
    )


def test_the_strip_shows_frames_raster_posterior_and_potential(example):
    tree = emergent_event.analyse(example)
    assert dataset_to_rows(tree["summary"].to_dataset()) == []
    drawn = emergent_event.draw(tree)
    drawn.draw_without_rendering()
    assert len(drawn.axes) == FRAMES + 3
    assert "decoded forward at 12.0 m/s (24-fold)" in drawn.get_suptitle()
    labels = [text.get_text() for text in drawn.axes[-2].get_legend().get_texts()]
    assert labels == ["packet in CA3", "decoded from CA1"]


def test_without_a_potential_or_spikes_the_rest_is_drawn(example):
    bare = example.drop_vars(["sample_time", "field_potential"]).isel(spike=slice(0))
    drawn = emergent_event.draw(emergent_event.analyse(bare))
    drawn.draw_without_rendering()
    texts = [text.get_text() for axes in drawn.axes for text in axes.texts]
    assert {"no spike of CA3", "no field potential"} <= set(texts)


def test_without_an_example_the_figure_says_why():
    gap = xr.Dataset(attrs={"missing": "an example: found none"})
    drawn = emergent_event.draw(emergent_event.analyse(gap))
    assert drawn.axes[0].texts[0].get_text() == "an example: found none"


def test_frames_are_spread_over_bins_that_have_a_posterior():
    known = np.ones(21, dtype=bool)
    known[0] = False
    assert frame_rows(known).tolist() == [1, 5, 9, 12, 16, 20]
    assert frame_rows(known[:3]).tolist() == [1, 2]
    assert frame_rows(~known[1:]).size == 0
