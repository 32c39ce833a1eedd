"""Rotation of decoded headings: nothing lost at the wrap, nothing invented by noise or silence."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.rotation import (
    RotationParameters,
    block_rotation,
    cumulative_rotation,
    full_turns,
    measure_blocks,
    stretches,
    turning_points,
)

WIDTH = 0.1
PARAMETERS = RotationParameters(reversal_deg=45.0, max_gap_s=0.5)


def wrapped(rotation: np.ndarray) -> np.ndarray:
    """Headings in rad on the circle, from a rotation in deg that may go round it."""
    return np.mod(np.deg2rad(rotation), 2 * np.pi)


def path(*legs: tuple[float, float]) -> np.ndarray:
    """Rotation (bin,) in deg that turns by an angle in a time (s), leg after leg."""
    steps = [np.full(round(seconds / WIDTH), angle * WIDTH / seconds) for angle, seconds in legs]
    return np.concatenate([[0.0], np.cumsum(np.concatenate(steps))])


def measured(rotation: np.ndarray, parameters=PARAMETERS):
    return block_rotation(WIDTH * np.arange(rotation.size), wrapped(rotation), WIDTH, parameters)


def simplified(values: np.ndarray, reversal: float) -> list[int]:
    """Take the smallest swing away until all that is left is larger than `reversal`."""
    points = list(range(values.size))
    while len(points) > 1:
        # Points in the middle of a rise or fall are no extremes.
        inner = [
            i
            for i in range(1, len(points) - 1)
            if (values[points[i]] - values[points[i - 1]])
            * (values[points[i + 1]] - values[points[i]])
            > 0
        ]
        if inner:
            del points[inner[0]]
            continue
        swings = np.abs(np.diff(values[points]))
        smallest = int(np.argmin(swings))
        if swings[smallest] > reversal:
            return points
        if smallest == 0:
            del points[0]
        elif smallest == len(points) - 2:
            del points[-1]
        else:
            del points[smallest : smallest + 2]
    return []


distinct = st.lists(st.integers(-2000, 2000), max_size=20, unique=True).map(
    lambda values: np.array(values, dtype=float) / 10
)


@given(distinct)
def test_turning_points_equal_removing_the_smallest_swings_one_by_one(values):
    assert turning_points(values, 45.05).tolist() == simplified(values, 45.05)


@given(distinct)
def test_turning_points_are_the_same_backwards_and_mirrored(values):
    points = turning_points(values, 45.05)
    assert turning_points(-values, 45.05).tolist() == points.tolist()
    backwards = turning_points(values[::-1], 45.05)
    assert (values.size - 1 - backwards[::-1]).tolist() == points.tolist()


@given(distinct)
def test_stretches_alternate_and_are_longer_than_a_reversal(values):
    amplitudes = stretches(values, 45.05)
    assert (np.abs(amplitudes) > 45.05).all()
    assert (amplitudes[1:] * amplitudes[:-1] < 0).all()


@pytest.mark.parametrize(
    ("legs", "clockwise", "counter_clockwise"),
    [
        ([(359, 4)], 0, 0),
        ([(361, 4)], 0, 1),
        ([(-361, 4)], 1, 0),
        ([(800, 8), (-400, 4)], 1, 2),
        ([(200, 2), (-40, 0.5), (201, 2)], 0, 1),  # a wobble within the hysteresis
        ([(200, 2), (-50, 0.5), (201, 2)], 0, 0),  # a reversal ends the turn
        ([(300, 2), (0, 5), (100, 2)], 0, 1),  # a pause does not
        ([(200, 2), (-200, 2)] * 4, 0, 0),
        ([(-1500, 10)], 4, 0),
    ],
    ids=str,
)
def test_full_turns_of_planted_paths(legs, clockwise, counter_clockwise):
    found = measured(path(*legs))
    assert (found.clockwise_turns, found.counter_clockwise_turns) == (clockwise, counter_clockwise)
    assert found.net == pytest.approx(sum(angle for angle, _ in legs), abs=1e-6)


def test_planted_turns_are_counted_through_the_noise_of_a_decoder(rng):
    # Well above and well below whole turns, so that only noise could change the counts.
    legs = [(450, 5), (-500, 4), (250, 3), (-820, 6), (60, 4), (-200, 2), (1150, 9)]
    clean = path(*legs)
    for _ in range(40):
        noisy = measured(clean + rng.normal(0, 10, clean.size))
        assert (noisy.clockwise_turns, noisy.counter_clockwise_turns) == (1 + 2, 1 + 3)
        assert noisy.net == pytest.approx(clean[-1], abs=60)


def test_a_still_heading_makes_no_turn_of_the_noise(rng):
    for _ in range(20):
        found = measured(rng.normal(0, 10, 3000))
        assert (found.clockwise_turns, found.counter_clockwise_turns) == (0, 0)
        assert abs(found.net) < 60


@given(
    st.floats(-1700, 1700),
    st.floats(0, 360),
    st.sets(st.integers(1, 98), max_size=40),
)
def test_silent_bins_neither_add_nor_lose_rotation(speed, start, silent):
    silent = sorted(silent)
    kept = np.setdiff1d(np.arange(100), silent)
    widest = np.diff(kept).max()
    assume(abs(speed) * widest * WIDTH < 179)
    rotation = start + speed * WIDTH * np.arange(100)
    heading = wrapped(rotation)
    heading[silent] = np.nan
    total = cumulative_rotation(heading, np.zeros(100, dtype=int), WIDTH, max_gap=10.0)
    assert total[kept] == pytest.approx(rotation[kept] - rotation[0], abs=1e-6)
    assert np.isnan(total[silent]).all()
    found = block_rotation(
        WIDTH * np.arange(100), heading, WIDTH, RotationParameters(reversal_deg=45, max_gap_s=10)
    )
    assert found.net == pytest.approx(speed * 99 * WIDTH, abs=1e-6)
    assert found.net_rate == pytest.approx(60 * speed, abs=1e-6)


def test_what_happened_in_a_long_silence_is_counted_neither_as_rotation_nor_as_time():
    rotation = path((300, 3), (900, 3), (300, 3))
    heading = wrapped(rotation)
    heading[31:60] = np.nan
    found = block_rotation(WIDTH * np.arange(heading.size), heading, WIDTH, PARAMETERS)
    assert found.duration == pytest.approx(6.0)
    assert found.net == pytest.approx(600.0)
    assert found.net_rate == pytest.approx(6000.0)
    # 300 degrees before and 300 after are no whole turn, since nobody saw what was between.
    assert found.counter_clockwise_turns == 0
    assert found.counter_clockwise == pytest.approx(600.0)


def test_rotation_begins_anew_in_each_block_and_no_turn_crosses_blocks():
    rotation = path((720, 8))
    interval = np.repeat([3, 7], [40, 41])
    total = cumulative_rotation(wrapped(rotation), interval, WIDTH, max_gap=0.5)
    assert total[40] == 0
    assert total[[39, 80]] == pytest.approx([351, 360])
    decoded = decoded_dataset(rotation, interval)
    blocks = measure_blocks(decoded, PARAMETERS)
    assert blocks["interval"].values.tolist() == [3, 7]
    assert blocks["first_bin"].values.tolist() == [0, 40]
    assert blocks["net_rotation"].values == pytest.approx([351, 360])
    assert blocks["net_rate"].values == pytest.approx([5400, 5400])
    assert blocks["full_turns"].values.tolist() == [[0, 0], [0, 1]]


def decoded_dataset(rotation: np.ndarray, interval: np.ndarray) -> xr.Dataset:
    return xr.Dataset(
        {"estimate": ("time", wrapped(rotation)), "interval": ("time", interval)},
        {"time": WIDTH * np.arange(rotation.size)},
        {"bin_s": WIDTH},
    )


def test_the_clockwise_fraction_is_of_rotation_not_of_noise(rng):
    clean = path((-300, 3), (100, 1), (-300, 3), (100, 1), (0, 60))
    assert measured(clean).clockwise_fraction == pytest.approx(0.75)
    noisy = measured(clean + rng.normal(0, 8, clean.size))
    assert noisy.clockwise_fraction == pytest.approx(0.75, abs=0.08)
    assert np.isnan(measured(np.zeros(50)).clockwise_fraction)


def test_silent_blocks_are_left_out():
    rotation = path((100, 4))
    interval = np.repeat([0, 1, 2], [20, 20, 1])
    decoded = decoded_dataset(rotation, interval)
    decoded["estimate"][:20] = np.nan
    blocks = measure_blocks(decoded, PARAMETERS)
    assert blocks["interval"].values.tolist() == [1]  # one bin is no rotation either
    nothing = measure_blocks(decoded.isel(time=slice(0)), PARAMETERS)
    assert nothing.sizes["block"] == 0
    assert nothing["full_turns"].shape == (0, 2)


def test_full_turns_of_stretches():
    assert full_turns(np.array([359.9, -360.0, 1080.0, -719.9])) == (2, 3)
    assert full_turns(np.empty(0)) == (0, 0)


@pytest.mark.parametrize("values", [{"reversal_deg": 0.0}, {"max_gap_s": -1.0}])
def test_parameters_that_mean_nothing_are_refused(values):
    with pytest.raises(NeurosimError, match=next(iter(values))):
        RotationParameters(**({"reversal_deg": 45.0, "max_gap_s": 0.5} | values))
