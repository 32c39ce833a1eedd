"""Digits as tasks: nothing is lost, nothing is tested that was learned from."""

import numpy as np
import pytest

from neurosim.tasks.digit_tasks import DigitParameters, permuted_digits, split_digits


@pytest.fixture(scope="module")
def images():
    from sklearn.datasets import load_digits

    return load_digits()


def rows_of(task):
    return np.concatenate([task.train.x, task.test.x])[:, 0]


def test_permuted_digits_are_the_images_with_other_orders_of_pixels(images):
    sequence = permuted_digits(DigitParameters(n_tasks=3), np.random.default_rng(0))
    columns = {c.tobytes() for c in np.sort(images.data / 16, axis=0).astype(np.float32).T}
    for task in sequence.tasks:
        assert len(rows_of(task)) == len(images.data)
        found = {c.tobytes() for c in np.sort(rows_of(task), axis=0).T}
        assert found == columns  # every pixel is there, over images
        # The same image is at the same row of every task, so only the order of pixels differs.
        np.testing.assert_array_equal(
            np.sort(task.train.x, axis=2), np.sort(sequence.tasks[0].train.x, axis=2)
        )
        np.testing.assert_array_equal(task.test.y, sequence.tasks[0].test.y)
    first, second, third = (task.train.x for task in sequence.tasks)
    assert (first != second).any()
    assert (second != third).any()


@pytest.mark.parametrize("builder", [permuted_digits, split_digits])
def test_test_images_are_not_learned_from(builder):
    for task in builder(DigitParameters(), np.random.default_rng(0)).tasks:
        seen = {row.tobytes() for row in task.train.x}
        # scikit-learn's images are all different, so a shared image would be a leak.
        assert not any(row.tobytes() in seen for row in task.test.x)
        assert 0.15 < task.test.size / (task.test.size + task.train.size) < 0.25


def test_split_digits_share_out_the_classes_and_one_output(images):
    sequence = split_digits(DigitParameters(), np.random.default_rng(0))
    assert sequence.n_outputs == 10
    groups = [set(task.train.y.ravel()) for task in sequence.tasks]
    assert groups == [{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}]
    assert [set(task.test.y.ravel()) for task in sequence.tasks] == groups
    found = np.concatenate([rows_of(task) for task in sequence.tasks])
    order, expected = np.lexsort(found.T), (images.data / 16).astype(np.float32)
    np.testing.assert_array_equal(found[order], expected[np.lexsort(expected.T)])


def test_the_split_is_drawn():
    first, second = (
        split_digits(DigitParameters(), np.random.default_rng(seed)).tasks[0] for seed in (0, 1)
    )
    assert first.test.x.tobytes() != second.test.x.tobytes()
