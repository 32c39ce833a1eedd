"""Cross-condition generalisation: what factorised and orthogonal vectors give, and a plain loop."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.svm import LinearSVC

from neurosim import NeurosimError
from neurosim.stats.ccgp import decode_across, keep_known_pairs, score_axes, score_tasks
from neurosim.tasks.psychophysics.catalogue import DICHOTOMIES, TASKS, dichotomy

ALL = {axis: dichotomy(axis) for axis in DICHOTOMIES}
CUBE = ["".join(signs) for signs in product("+-", repeat=3)]
OF_CUBE = {
    f"axis {k}": [(c, c[:k] + "-" + c[k + 1 :]) for c in CUBE if c[k] == "+"] for k in range(3)
}


def rotation(rng, n):
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


def noisy_cube(rng, n_samples=20, noise=2.0):
    """Tasks at the corners of a cube, its first axis plain, its last turned round in one half."""
    vectors = {}
    for corner in CUBE:
        place = np.array([1.0 if sign == "+" else -1.0 for sign in corner])
        place[2] *= place[0]
        vectors[corner] = 2 * place + rng.normal(0, noise, (n_samples, 3))
    return vectors


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_rules_score_one_where_they_add_up_and_one_half_where_they_are_orthogonal(rng, kind):
    basis = rotation(rng, 64).astype(kind)
    simple = {task: basis[[number]] for number, task in enumerate(TASKS)}
    structured = {task: (TASKS[task].structure @ basis[:10])[None] for task in TASKS}
    assert set(decode_across(simple, ALL)["score"].values) == {0.5}
    assert set(decode_across(structured, ALL)["score"].values) == {1.0}


def test_every_pair_is_tested_by_the_decoder_of_every_other(rng):
    vectors = {task: rng.normal(size=(3, 8)) for task in TASKS}
    decodings = decode_across(vectors, ALL)
    found = [
        (axis, tuple(train), tuple(test))
        for axis, train, test in zip(
            decodings["axis"].values, decodings["train"].values, decodings["test"].values,
            strict=True,
        )
    ]  # fmt: skip
    expected = {(a, p, q) for a, pairs in ALL.items() for p in pairs for q in pairs if p != q}
    assert len(found) == len(expected) == 370
    assert set(found) == expected


def test_scores_are_those_of_scikit_learn_pair_by_pair(rng):
    vectors = noisy_cube(rng)
    decodings = decode_across(vectors, OF_CUBE)
    for train, test, score in zip(
        decodings["train"].values, decodings["test"].values, decodings["score"].values, strict=True
    ):
        label = np.repeat([1, -1], 20)
        decoder = LinearSVC(dual=True, random_state=0, max_iter=100_000)
        decoder.fit(np.concatenate([vectors[name] for name in train]), label)
        expected = decoder.score(np.concatenate([vectors[name] for name in test]), label)
        assert score == pytest.approx(expected, abs=0.026)  # one sample of 40 at the border


def test_an_axis_that_is_turned_round_scores_below_one_half(rng):
    scores = score_axes(decode_across(noisy_cube(rng, noise=0.1), OF_CUBE))
    assert scores["axis 1"] == 1.0
    # of the 3 other pairs one lies in the same half, and two in the other
    assert scores["axis 2"] == pytest.approx(1 / 3)


def test_noise_alone_scores_one_half(rng):
    vectors = {corner: rng.normal(size=(50, 5)) for corner in CUBE}
    scores = decode_across(vectors, OF_CUBE)["score"].values
    assert scores.mean() == pytest.approx(0.5, abs=0.03)
    assert scores.std() > 0


def test_a_task_scores_the_mean_over_decodings_that_it_is_part_of(rng):
    decodings = decode_across(noisy_cube(rng), OF_CUBE)
    scores = score_tasks(decodings)
    assert set(scores) == set(CUBE)
    for task, found in scores.items():
        inside = [
            float(score)
            for train, test, score in zip(
                decodings["train"].values, decodings["test"].values, decodings["score"].values,
                strict=True,
            )
            if task in [*train, *test]
        ]  # fmt: skip
        assert len(inside) == 3 * 2 * 3  # axes, trained on or tested, other pairs
        assert found == pytest.approx(np.mean(inside))
    assert score_tasks(decodings, ["+++"]) == {"+++": scores["+++"]}


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_turning_the_features_does_not_change_scores(seed, scale):
    rng = np.random.default_rng(seed)
    vectors = noisy_cube(rng, 4, noise=scale)
    turn = rotation(rng, 3)
    turned = {task: samples @ turn for task, samples in vectors.items()}
    first, second = (decode_across(v, OF_CUBE)["score"].values for v in (vectors, turned))
    assert np.abs(first - second).max() <= 0.126  # one sample of 8, for the solver's tolerance
    assert np.mean(first != second) < 0.1


def test_scaled_vectors_score_alike_whatever_their_size(rng):
    vectors = noisy_cube(rng)
    small = {task: samples / 1024 for task, samples in vectors.items()}  # exact in floating point
    plain, scaled = (
        [decode_across(v, OF_CUBE, scaled=s)["score"].values for v in (vectors, small)]
        for s in (False, True)
    )
    assert (plain[0] != plain[1]).any()  # what scaling is for
    assert (scaled[0] == scaled[1]).all()
    same = {task: np.ones((2, 3)) for task in CUBE}
    assert set(decode_across(same, OF_CUBE, scaled=True)["score"].values) == {0.5}


def test_the_same_vectors_give_the_same_scores(rng):
    vectors = noisy_cube(rng)
    assert decode_across(vectors, OF_CUBE).identical(decode_across(vectors, OF_CUBE))


def test_a_task_with_more_samples_does_not_draw_the_border(rng):
    tasks = ["few 1", "many 1", "few 2", "many 2"]
    vectors = {
        task: rng.normal(0.5 if "few" in task else -0.5, 1.0, (40 if "few" in task else 2000, 1))
        for task in tasks
    }
    found = decode_across(vectors, {"size": [tuple(tasks[:2]), tuple(tasks[2:])]})["score"].values
    assert found == pytest.approx(norm.cdf(0.5), abs=0.08)  # 0.5 if all went to the many


def test_pairs_of_few_tasks():
    kept = keep_known_pairs(ALL, ["Go", "AntiGo", "RTGo", "AntiRTGo", "DM", "AntiDM"])
    assert kept == {
        "pro_anti": (("Go", "AntiGo"), ("RTGo", "AntiRTGo")),
        "standard_rt": (("Go", "RTGo"), ("AntiGo", "AntiRTGo")),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"+++": None}, "'[+]{3}'"),
        ({"+++": np.zeros(3)}, "expected vectors"),
        ({"+++": np.zeros((2, 4))}, "found shape"),
        ({"+++": np.zeros((0, 3))}, "at least one"),
        ({"--+": np.full((2, 3), np.nan)}, "finite"),
    ],
)
def test_vectors_that_cannot_be_used_are_refused(rng, change, message):
    vectors = {**noisy_cube(rng), **change}
    vectors = {task: samples for task, samples in vectors.items() if samples is not None}
    with pytest.raises(NeurosimError, match=message):
        decode_across(vectors, OF_CUBE)


def test_dichotomies_that_cannot_be_used_are_refused(rng):
    vectors = noisy_cube(rng)
    with pytest.raises(NeurosimError, match="two pairs"):
        decode_across(vectors, {"lonely": [("+++", "-++")]})
    with pytest.raises(NeurosimError, match="at least one"):
        decode_across(vectors, {})
    with pytest.raises(NeurosimError, match="in none"):
        score_tasks(decode_across(vectors, OF_CUBE), ["Go"])
