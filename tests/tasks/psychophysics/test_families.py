"""Families: conditions of the published sets, and what one and two modalities tell an observer."""

import numpy as np
import pytest
from psychophysics_trials import THRESHOLDS, circular, drawn

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import TASKS, dichotomy
from neurosim.tasks.psychophysics.decision import find_thresholds
from neurosim.tasks.psychophysics.encoding import bumps, population_vector

GO, DECISION, COMPARISON, DURATION = (
    [name for name, task in TASKS.items() if task.family == family]
    for family in ("go", "decision", "comparison", "duration")
)
MULTI = [name for name in TASKS if "Multi" in name]
MOD = [name for name in TASKS if "Mod" in name and "Go" not in name]
PLAIN = [
    name
    for name in DECISION + COMPARISON + DURATION
    if name not in MULTI + MOD and "Con" not in name
]


def evidence(trials, name, modality):
    """What the inputs of a modality say of each stimulus: its strength, or its steps.

    Matched filters for the shown directions, least squares where they overlap: the best there is
    against independent Gaussian noise.
    """
    x = trials.inputs[..., 1 + 32 * modality : 33 + 32 * modality].astype(float)
    filters = bumps(trials.shown.direction[:, :, modality]).astype(float)
    steps = np.arange(x.shape[1])
    _, first, delay, second, response = trials.epochs.T[..., None]
    if "DM" in name:
        on = (steps >= first) & (steps < response)
        seen = (x @ np.linalg.pinv(filters)) * on[..., None]
        return seen.sum(axis=1) / on.sum(axis=1)[:, None]
    seen = np.einsum("ntu,nsu->nts", x, filters) / (filters**2).sum(axis=2)[:, None]
    on = np.stack([(steps >= first) & (steps < delay), (steps >= second) & (steps < response)], 2)
    if "Dur" in name:
        return ((seen > 0.4) & on).sum(axis=1)
    return (seen * on).sum(axis=1) / on.sum(axis=1)


def answer(name, directions, of_first, of_second):
    """The rule that the name tells, on evidence for either stimulus."""
    larger = of_first > of_second
    if "Anti" in name:
        larger = ~larger
    if "DM" in name:
        return np.where(larger, directions[:, 0], directions[:, 1])
    if "1" in name.split("Mod")[0]:
        return np.where(larger, directions[:, 0], np.nan)
    return np.where(larger, np.nan, directions[:, 1])


def part_right(name, modalities, n=400, noise=(0.1, 0.15), n_steps=150):
    trials = drawn(name, n=n, n_steps=n_steps, noise=noise)
    seen = sum(evidence(trials, name, modality) for modality in modalities)
    found = answer(name, trials.shown.direction[:, :, modalities[0]], *seen.T)
    return np.mean((found == trials.direction) | (np.isnan(found) & np.isnan(trials.direction)))


@pytest.mark.parametrize("name", MULTI)
def test_the_sum_over_modalities_decides_and_one_modality_is_at_chance(name):
    assert part_right(name, (0, 1)) > 0.98
    for modality in (0, 1):
        assert abs(part_right(name, (modality,)) - 0.5) < 4 * 0.5 / np.sqrt(400)


@pytest.mark.parametrize("name", MOD)
def test_the_named_modality_decides_and_the_other_misleads(name):
    named = int(name[-1]) - 1
    assert part_right(name, (named,)) > 0.98
    assert part_right(name, (1 - named,)) < 0.02


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_shown_in_either_modality_decides(name):
    assert part_right(name, (0, 1)) > 0.98


@pytest.mark.parametrize("name", ["MultiDM", "AntiMultiCOMP2"])
def test_an_observer_that_knows_the_contrasts_gets_five_of_six_from_one_modality(name):
    # The largest contrast is always the larger and the smallest the smaller; 2 of 3 between.
    trials = drawn(name, n=3000, n_steps=30)
    strength = trials.shown.strength
    contrast = (strength[:, 0] - strength[:, 1]) / 2
    first_larger = contrast.sum(axis=1) > 0
    guess = (contrast[:, 0] > 0) == (np.abs(contrast[:, 0]) > 0.175)
    assert abs(np.mean(guess == first_larger) - 5 / 6) < 4 * np.sqrt(5 / 36 / 3000)


def test_an_observer_that_turns_small_differences_round_needs_one_modality_to_time_sums():
    duration = drawn("MultiDur1", n=1000, n_steps=150).shown.duration
    first_longer = (duration[:, 0] - duration[:, 1]).sum(axis=1) > 0
    difference = duration[:, 0, 0] - duration[:, 1, 0]
    np.testing.assert_array_equal((difference > 0) == (np.abs(difference) > 15), first_longer)


@pytest.mark.parametrize("name", GO)
def test_go_answers_the_direction_that_counts_or_its_opposite(name):
    trials = drawn(name, n=120)
    last = trials.inputs[np.arange(120), trials.epochs[:, -1] - ("RT" not in name), 1:]
    in_modality = last.reshape(120, 2, 32)
    seen = in_modality[:, int(name[-1]) - 1] if "Mod" in name else in_modality.sum(axis=1)
    turned = population_vector(seen) + np.pi * ("Anti" in name)
    assert circular(turned, trials.direction).max() < 1e-3
    if "Mod" in name:
        apart = circular(trials.shown.direction[:, 0, 0], trials.shown.direction[:, 0, 1])
        assert 0.25 * np.pi <= apart.min() < 0.27 * np.pi
        assert 0.73 * np.pi < apart.max() <= 0.75 * np.pi
    else:
        shown = trials.shown.strength[:, 0] > 0
        assert (shown.sum(axis=1) == 1).all()
        assert 36 < shown[:, 0].sum() < 84
    assert (trials.shown.strength[:, 1] == 0).all()


@pytest.mark.parametrize(("pro", "anti"), dichotomy("pro_anti"))
def test_anti_responses_are_opposite_on_the_same_draws(pro, anti):
    a, b = drawn(pro), drawn(anti)
    np.testing.assert_array_equal(a.inputs, b.inputs)
    np.testing.assert_allclose(circular(a.direction, b.direction), np.pi)


@pytest.mark.parametrize(("strong", "weak"), dichotomy("strongest_weakest")[:5])
def test_the_weaker_is_the_other_direction_on_the_same_draws(strong, weak):
    a, b = drawn(strong), drawn(weak)
    np.testing.assert_array_equal(a.inputs, b.inputs)
    decided = ~np.isnan(a.direction)
    pair = a.shown.direction[decided].max(axis=2)
    np.testing.assert_allclose(
        a.direction[decided] + b.direction[decided], pair.sum(axis=1), rtol=1e-12
    )
    assert (a.direction[decided] != b.direction[decided]).all()


@pytest.mark.parametrize("name", DECISION + COMPARISON + DURATION)
def test_two_directions_are_apart_and_the_same_in_all_modalities(name):
    direction = drawn(name, n=300).shown.direction
    np.testing.assert_array_equal(direction[..., 0], direction[..., 1])
    apart = circular(direction[:, 0, 0], direction[:, 1, 0])
    assert 0.2 * np.pi <= apart.min() < 0.22 * np.pi
    assert 0.58 * np.pi < apart.max() <= 0.6 * np.pi
    turn = np.sin(direction[:, 1, 0] - direction[:, 0, 0]) > 0
    assert 0.35 < turn.mean() < 0.65
    assert 0 <= direction.min() < 0.1
    assert 2 * np.pi - 0.1 < direction.max() < 2 * np.pi


def contrasts(name):
    strength = drawn(name, n=600).shown.strength
    return (strength[:, 0] - strength[:, 1]) / 2, strength.mean(axis=1)


@pytest.mark.parametrize(
    ("name", "published"),
    [("DM", {0.1, 0.15, 0.175}), ("AntiDM", {0.1, 0.15, 0.175}), ("COMP2", {0.1, 0.15, 0.2})],
)
def test_contrasts_of_one_modality_are_published(name, published):
    contrast, base = contrasts(name)
    shown = base > 0
    assert (shown.sum(axis=1) == 1).all()
    assert set(np.abs(contrast[shown]).round(9)) == published
    assert 0.4 < (contrast[shown] > 0).mean() < 0.6
    assert 1 <= base[shown].min() < 1.01
    assert 1.19 < base[shown].max() <= 1.2


@pytest.mark.parametrize("name", [n for n in DECISION + COMPARISON if n in MULTI + MOD])
def test_contrasts_of_two_modalities_are_published_and_of_opposite_signs(name):
    contrast, base = contrasts(name)
    assert (np.sign(contrast).sum(axis=1) == 0).all()
    assert np.abs(contrast.sum(axis=1)).min() > 0.049
    assert set(np.abs(contrast).ravel().round(9)) == {0.1, 0.15, 0.2, 0.25}
    between = {0.125, 0.15, 0.175} | ({0.2} if "DM" in name else {0.225})
    assert set((np.abs(base[:, 0] - base[:, 1]) / 2).round(9)) == between


@pytest.mark.parametrize("n_steps", [30, 47, 150])
def test_durations_are_published(n_steps):
    at = n_steps / 150
    for name in ("Dur1", "AntiDur2", "Dur1Mod2"):
        duration = drawn(name, n=500, n_steps=n_steps).shown.duration
        shown = duration.max(axis=1) > 0
        long, short = duration.max(axis=1)[shown], duration.min(axis=1)[shown]
        assert (long > short).all()
        assert 35 * at - 0.5 < long.min() <= long.max() <= 50 * at + 0.5
        assert short.min() > 25 * at - 0.5
        if n_steps == 150:
            assert (long.min(), long.max(), short.min()) == (36, 50, 26)
            assert (long - short).min() == 8
    duration = drawn("MultiDur2", n=2000, n_steps=n_steps).shown.duration
    assert duration.min() >= 1
    totals = np.sort(duration.sum(axis=2), axis=1)
    assert (totals[:, 0] < totals[:, 1]).all()
    if n_steps == 150:
        assert (totals[:, 1].min(), totals[:, 1].max()) == (76, 100)
        less = totals[:, 1] - totals[:, 0]
        assert (less.min(), less.max()) == (16, 25)


@pytest.mark.parametrize("name", ["DMS", "DNMS", "DMC", "DNMC"])
def test_matching_answers_by_the_rule_of_its_name(name):
    trials = drawn(name, n=400)
    first, second = trials.shown.direction[..., 0].T
    if name.endswith("S"):
        apart = circular(first, second)
        match = apart == 0
        assert 0.2 * np.pi <= apart[~match].min() <= apart[~match].max() <= 0.6 * np.pi
    else:
        match = (first < np.pi) == (second < np.pi)
        assert np.ptp(second[(first < np.pi) & match]) > 0.9 * np.pi
    assert match.sum() == 200
    expected = np.where(match, np.nan, second) if "N" in name else np.where(match, first, np.nan)
    np.testing.assert_array_equal(trials.direction, expected)
    assert ((trials.shown.strength > 0).any(axis=1).sum(axis=1) == 1).all()


@pytest.mark.parametrize("name", ["ConDM", "ConAntiDM"])
def test_confidence_answers_above_threshold_only_and_shows_the_noise_of_its_pairs(name):
    trials = drawn(name, n=200, n_steps=60, noise=(0, 0))
    strength, direction = trials.shown.strength.max(axis=2), trials.shown.direction[..., 0]
    pairs = np.column_stack([trials.shown.noise, np.abs(strength[:, 0] - strength[:, 1]) / 2])
    above = {tuple(pair) for pair in THRESHOLDS.above.round(9)}
    below = {tuple(pair) for pair in THRESHOLDS.below.round(9)}
    found = [tuple(pair) for pair in pairs.round(9)]
    assert set(found) == above | below
    due = np.array([pair in above for pair in found])
    assert due.sum() == 100
    weaker = (strength[:, 0] < strength[:, 1]).astype(int) ^ int(name == "ConAntiDM")
    expected = np.where(due, direction[np.arange(200), weaker], np.nan)
    np.testing.assert_array_equal(trials.direction, expected)
    np.testing.assert_allclose(strength.mean(axis=1), 1)
    waits = trials.epochs[:, 1] >= 4  # nothing but noise in the first four steps
    sd = trials.inputs[waits, :4, 1:].std(axis=(1, 2))
    np.testing.assert_allclose(sd, trials.shown.noise[waits], rtol=0.25)


def test_thresholds_part_levels_at_the_criterion():
    correct = np.array([[0.94, 0.95, 1.0], [0.5, 0.6, 0.96]])
    found = find_thresholds(np.array([0.1, 0.3]), np.array([0.05, 0.1, 0.2]), correct)
    np.testing.assert_allclose(found.above, [[0.1, 0.1], [0.1, 0.2], [0.3, 0.2]])
    np.testing.assert_allclose(found.below, [[0.1, 0.05], [0.3, 0.05], [0.3, 0.1]])
    with pytest.raises(NeurosimError, match=r"on both sides of 0\.5 correct, found 0\.5 to 1"):
        find_thresholds(np.array([0.1, 0.3]), np.array([0.05, 0.1, 0.2]), correct, 0.5)
