"""Trials: what is rendered is what was drawn, and what is drawn is what the task demands."""

import numpy as np
import pytest
from psychophysics_trials import THRESHOLDS, circular, drawn

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.encoding import PREFERRED, population_vector
from neurosim.tasks.psychophysics.timing import Timing
from neurosim.tasks.psychophysics.trials import draw_mixed, draw_trials


def looped_inputs(trials):
    """Noise-free inputs, unit by unit."""
    n, n_steps, _ = trials.inputs.shape
    inputs = np.zeros((n, n_steps, 65))
    for k in range(n):
        task = list(TASKS.values())[trials.task[k]]
        _, first, _, second, response = trials.epochs[k]
        inputs[k, : n_steps if task.reaction else response, 0] = 1
        together = task.family in ("go", "decision")
        for s in range(2):
            start = response if task.reaction else first if together or s == 0 else second
            for m in range(2):
                for step in range(start, start + trials.shown.duration[k, s, m]):
                    for unit in range(32):
                        apart = circular(trials.shown.direction[k, s, m], 2 * np.pi * unit / 32)
                        inputs[k, step, 1 + 32 * m + unit] += (
                            trials.shown.strength[k, s, m]
                            * 0.8
                            * np.exp(-0.5 * (8 * apart / np.pi) ** 2)
                        )
    return inputs


@pytest.mark.parametrize("task", ["AntiRTGoMod2", "MultiDM", "AntiCOMP2", "MultiDur1", "DMC"])
def test_inputs_are_those_of_a_loop_over_units(task):
    trials = drawn(task, n=3, n_steps=40)
    np.testing.assert_allclose(trials.inputs, looped_inputs(trials), atol=1e-5)


@pytest.mark.parametrize("task", TASKS)
def test_target_fixates_then_responds_in_the_direction_or_rests(task):
    trials = drawn(task)
    for k, (response, direction) in enumerate(
        zip(trials.epochs[:, -1], trials.direction, strict=True)
    ):
        target = trials.target[k]
        np.testing.assert_array_equal(target[:response, 0], np.float32(0.85))
        assert (np.delete(target, 0, axis=1)[:response] == np.float32(0.05)).all()
        assert (target[response:, 0] == np.float32(0.05)).all()
        if np.isnan(direction):
            assert (target[response:, 1:] == np.float32(0.05)).all()
        else:
            np.testing.assert_allclose(target[response:, 1:].max(axis=1), 0.85, atol=0.11)
            assert (circular(population_vector(target[response:, 1:]), direction) < 2e-3).all()
    np.testing.assert_array_equal(
        trials.target.shape, (*trials.inputs.shape[:2], 33), err_msg="33 outputs"
    )


@pytest.mark.parametrize("n_steps", [30, 150])
def test_mask_weighs_the_response_epoch(n_steps):
    trials = drawn("RTGo", n=4, n_steps=n_steps)
    grace = n_steps * 5 // 150
    for mask, response in zip(trials.mask, trials.epochs[:, -1], strict=True):
        assert (mask[:response] == 1).all()
        assert (mask[response : response + grace] == 0).all()
        assert (mask[response + grace :, 1:] == 5).all()
        assert (mask[response + grace :, 0] == 10).all()
        assert response + grace < n_steps


def test_noise_is_independent_and_of_the_drawn_size_and_not_on_fixation():
    noise_free = drawn("MultiDM", n=60, noise=(0, 0))
    noisy = drawn("MultiDM", n=60, noise=(0.12, 0.12))
    np.testing.assert_array_equal(noisy.inputs[..., 0], noise_free.inputs[..., 0])
    noise = (noisy.inputs - noise_free.inputs)[..., 1:]
    se = 0.12 / np.sqrt(2 * noise.size)
    assert abs(noise.std() - 0.12) < 4 * se
    assert abs(noise.mean()) < 4 * 0.12 / np.sqrt(noise.size)
    for shifted in (noise[:, 1:] * noise[:, :-1], noise[..., 1:] * noise[..., :-1]):
        assert abs(shifted.mean()) < 4 * 0.12**2 / np.sqrt(shifted.size)


def test_noise_of_a_batch_is_drawn_from_its_range():
    rng = np.random.default_rng(0)
    sds = [draw_trials("Go", 2, rng, Timing(30)).shown.noise for _ in range(100)]
    assert all(sd[0] == sd[1] for sd in sds)
    assert 0.1 <= np.min(sds) < 0.105
    assert 0.145 < np.max(sds) <= 0.15


def test_same_seed_gives_the_same_bytes_and_another_does_not():
    first, second, other = (
        draw_mixed(["DM", "MultiDur2"], 5, np.random.default_rng(seed), Timing(50))
        for seed in (1, 1, 2)
    )
    for field in ("inputs", "target", "mask", "direction", "epochs"):
        np.testing.assert_array_equal(getattr(first, field), getattr(second, field))
    assert (first.inputs != other.inputs).any()


def test_mixed_trials_are_in_order_and_each_by_its_own_rule():
    names = list(TASKS)
    trials = draw_mixed(names, 4, np.random.default_rng(0), Timing(30), thresholds=THRESHOLDS)
    np.testing.assert_array_equal(trials.task, np.repeat(np.arange(50), 4))
    np.testing.assert_allclose(
        draw_mixed(["AntiGo", "COMP2"], 6, np.random.default_rng(3), Timing(30), (0, 0)).inputs,
        looped_inputs(
            draw_mixed(["AntiGo", "COMP2"], 6, np.random.default_rng(3), Timing(30), (0, 0))
        ),
        atol=1e-5,
    )
    assert trials.inputs.dtype == trials.target.dtype == trials.mask.dtype == np.float32


@pytest.mark.parametrize("task", TASKS)
def test_half_of_the_trials_that_may_withhold_do(task):
    due = ~np.isnan(drawn(task, n=40).direction)
    assert due.sum() == (20 if TASKS[task].conditional else 40)
    odd = [np.isfinite(drawn(task, n=3, n_steps=30, seed=seed).direction).sum() for seed in (0, 1)]
    assert set(odd) <= ({1, 2} if TASKS[task].conditional else {3})


def test_preferred_directions_are_even():
    np.testing.assert_allclose(np.diff(PREFERRED), 2 * np.pi / 32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: draw_trials("Go", 0, rng), "number of trials: expected at least 1, found 0"),
        (lambda rng: draw_trials("Went", 1, rng), "expected one of .*, found 'Went'"),
        (lambda rng: draw_trials("Go", 1, rng, noise=(0.2, 0.1)), "noise: expected a range"),
        (lambda rng: draw_trials("ConDM", 1, rng), "task ConDM: expected thresholds"),
        (lambda rng: draw_mixed([], 1, rng), "tasks: expected at least one name"),
        (lambda rng: Timing(29), "n_steps: expected at least 30, found 29"),
    ],
)
def test_what_cannot_be_used_is_told(call, message):
    with pytest.raises(NeurosimError, match=message):
        call(np.random.default_rng(0))
