"""Principal components: planted ones are found, and their scores give the samples back."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.stats.components import find_components


def test_planted_components_are_found(rng):
    basis = np.linalg.qr(rng.normal(size=(20, 3)))[0].T
    scores = rng.normal(size=(300, 3)) * [5, 3, 1]
    samples = scores @ basis + 2
    found = find_components({"one": samples[:100], "two": samples[100:]}, 3)
    assert np.abs(found.directions @ basis.T) == pytest.approx(np.eye(3), abs=0.1)
    assert found.explained.sum() == pytest.approx(1)
    assert np.concatenate([*found.scores.values()]) @ found.directions == pytest.approx(
        samples - samples.mean(axis=0)
    )
    variance = np.concatenate([*found.scores.values()]).var(axis=0)
    assert found.explained == pytest.approx(variance / samples.var(axis=0).sum())
    assert (found.directions.max(axis=1) == np.abs(found.directions).max(axis=1)).all()


@pytest.mark.parametrize(
    ("vectors", "n", "message"),
    [
        ({}, 1, "found shapes"),
        ({"a": np.zeros((2, 3)), "b": np.zeros((2, 4))}, 1, "found shapes"),
        ({"a": np.arange(6.0).reshape(2, 3)}, 2, "from 1 to 1"),
        ({"a": np.arange(6.0).reshape(2, 3)}, 0, "from 1 to 1"),
        ({"a": np.ones((4, 3))}, 1, "vary"),
        ({"a": np.full((4, 3), np.nan)}, 1, "finite"),
    ],
)
def test_components_that_are_not_there_are_refused(vectors, n, message):
    with pytest.raises(NeurosimError, match=message):
        find_components(vectors, n)
