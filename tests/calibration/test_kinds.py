"""Virtual paths do what their kinds say."""

import numpy as np
import pytest
from scipy import stats

from neurosim import NeurosimError
from neurosim.calibration.kinds import KINDS, EventParameters, draw_paths
from neurosim.calibration.population import PATH_STEP

LENGTH = 2.0
PARAMETERS = EventParameters()


@pytest.mark.parametrize("kind", KINDS)
def test_paths_stay_on_the_track_for_whole_bins(kind, rng):
    paths = draw_paths(kind, 200, LENGTH, PARAMETERS, rng)
    assert np.all((paths.position >= 0) & (paths.position <= LENGTH))
    bins = paths.duration / PARAMETERS.width_s
    np.testing.assert_allclose(bins, np.rint(bins), atol=1e-6)
    samples = np.diff(np.append(paths.first, paths.position.size))
    np.testing.assert_allclose(samples * PATH_STEP, paths.duration, atol=PATH_STEP)
    assert np.all(paths.duration >= PARAMETERS.duration_low_s - 1e-9)
    assert np.all(paths.duration <= PARAMETERS.duration_high_s + PARAMETERS.width_s)


@pytest.mark.parametrize(("kind", "sign"), [("forward", 1), ("reverse", -1)])
def test_constant_speed_goes_the_way_of_its_map_or_against_it(kind, sign, rng):
    paths = draw_paths(kind, 100, LENGTH, PARAMETERS, rng)
    for path, outbound in zip(
        np.split(paths.position, paths.first[1:]), paths.outbound, strict=True
    ):
        step = np.diff(path)
        assert np.all(np.sign(step) == (sign if outbound else -sign))
        np.testing.assert_allclose(step, step[0], atol=1e-9)
        assert np.ptp(path) >= 0.9 * PARAMETERS.min_span_m


def test_accelerating_events_end_faster_than_they_began_by_the_factor(rng):
    paths = draw_paths("accelerating", 100, LENGTH, PARAMETERS, rng)
    for path in np.split(paths.position, paths.first[1:]):
        step = np.abs(np.diff(path))
        # between the middles of the first and last steps, each 1 ms from an end
        part = 1 - 2 / path.size
        slow = 1 + 3 * (1 - part) / 2
        assert step[-1] / step[0] == pytest.approx((5 - slow) / slow, rel=1e-6)


def test_hovering_events_hold_and_jump_one_way(rng):
    paths = draw_paths("hover_and_jump", 100, LENGTH, PARAMETERS, rng)
    held = []
    for path in np.split(paths.position, paths.first[1:]):
        step = np.diff(path)
        assert np.all(step >= -1e-12) or np.all(step <= 1e-12)
        held.append(np.mean(np.abs(step) < 1e-9))
    assert np.mean(held) == pytest.approx(0.55, abs=0.08)  # 16.7 of 27.9 ms, less broken steps


def test_diffusion_spreads_as_told(rng):
    """Far from the ends the displacement in 20 ms is normal with the given SD."""
    paths = draw_paths("diffusive", 2000, 50.0, PARAMETERS, rng)
    moved = (paths.position[paths.first + 20] - paths.position[paths.first]) / 0.08
    inside = np.abs(paths.position[paths.first] - 25) < 24
    assert stats.kstest(moved[inside], "norm").pvalue > 1e-3


def test_stationary_fragmented_and_empty_paths(rng):
    stay = draw_paths("stationary", 50, LENGTH, PARAMETERS, rng)
    for path in np.split(stay.position, stay.first[1:]):
        assert np.ptp(path) == 0
    assert np.unique(stay.position).size == 50
    for kind, samples in (("fragmented", 20), ("empty", 1)):
        paths = draw_paths(kind, 50, LENGTH, PARAMETERS, rng)
        for path in np.split(paths.position, paths.first[1:]):
            changes = np.flatnonzero(np.diff(path)) + 1
            np.testing.assert_array_equal(changes, np.arange(samples, path.size, samples))


def test_unknown_kinds_are_named(rng):
    with pytest.raises(NeurosimError, match="'theta'"):
        draw_paths("theta", 3, LENGTH, PARAMETERS, rng)
