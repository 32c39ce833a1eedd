"""Packets in CA3 beside decoded events: planted spikes of CA3."""

import numpy as np
import pytest
import xarray as xr
from emergent_events import events_dataset

from neurosim.decode.packet_matching import packets_beside
from neurosim.files import flag_names
from neurosim.world.graph import linear_track

N, LENGTH, SPEED, DURATION = 400, 3.0, 10.0, 0.16


@pytest.fixture
def truth(rng):
    """CA3 cells with one field each, half of them outbound; a packet in each of three events."""
    centre = np.tile(np.linspace(0, LENGTH, N // 2), 2)
    outbound = np.arange(N) < N // 2
    peak = np.where(outbound, [[20.0], [0.0]], [[0.0], [20.0]])
    cells = xr.Dataset(
        {
            "field_cell": ("field", np.arange(N)),
            "field_centre": ("field", centre),
            "field_peak_rate": (("direction", "field"), peak),
        }
    )
    times, chosen = [], []
    for event, (way, is_out) in enumerate(((1, True), (-1, True), (1, False))):
        time = np.sort(rng.uniform(0, DURATION, 1500))
        begin = 0.5 if way > 0 else 2.5
        place = begin + way * SPEED * time + rng.normal(0, 0.08, time.size)
        index = np.clip(np.rint(place / LENGTH * (N // 2 - 1)), 0, N // 2 - 1).astype(int)
        times.append(300.0 + event + time)
        chosen.append(index + (0 if is_out else N // 2))
    spikes = xr.Dataset(
        {
            "time": ("spike", np.concatenate(times)),
            "cell": ("spike", np.concatenate(chosen)),
        }
    )
    return {"cells/CA3": cells, "ca3_spikes": spikes}


def test_packets_are_measured_where_they_are(truth):
    events = events_dataset(["forward", "reverse", "reverse"])
    found = packets_beside(events, linear_track(LENGTH), truth)
    assert flag_names(found["packet_direction"]).tolist() == ["forward", "reverse", "reverse"]
    assert flag_names(found["packet_map"]).tolist() == ["outbound", "outbound", "inbound"]
    np.testing.assert_allclose(found["packet_speed"], SPEED, rtol=0.15)
    np.testing.assert_allclose(found["packet_span"], SPEED * DURATION * 7 / 8, rtol=0.1)
    assert found["packet_position"].sizes == events["decoded_position"].sizes
    first = found["packet_position"].values[: found.sizes["bin"] // 3]
    assert np.all(np.diff(first) > 0)


def test_no_event_is_an_empty_table(truth):
    found = packets_beside(events_dataset([]), linear_track(LENGTH), truth)
    assert found.sizes["event"] == 0
