"""Sequences of tasks that are learned one after another."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.tasks.continual import SEQUENCES, build_sequence

SMALL = {
    "functions": {"n_train": 6, "n_test": 9, "feedback": 3, "cue": True},
    "permuted_digits": {"n_tasks": 2},
    "split_digits": {},
    "remapping_mazes": {"n_mazes": 3, "n_train": 6, "n_test": 9, "linger": 0.4},
}


@pytest.mark.parametrize("kind", SEQUENCES)
def test_every_sequence_has_one_form(kind):
    sequence = build_sequence(kind, SMALL[kind], np.random.default_rng(0))
    for task in sequence.tasks:
        for part in (task.train, task.test):
            assert part.x.ndim == 3
            assert part.x.dtype == np.float32
            assert part.x.shape[-1] == sequence.n_features
            assert np.isfinite(part.x).all()
            assert part.y.shape[:2] == part.x.shape[:2]
            if sequence.kind == "regression":
                assert part.y.dtype == np.float32
                assert part.y.shape[2] == sequence.n_outputs
            else:
                assert part.y.dtype == np.int64
                assert -1 <= part.y.min() <= part.y.max() < sequence.n_outputs
    assert len({task.name for task in sequence.tasks}) == len(sequence.tasks)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_same_seed_same_bytes(kind):
    first, again, other = (
        build_sequence(kind, SMALL[kind], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for a, b in zip(first.tasks, again.tasks, strict=True):
        for part in ("train", "test"):
            assert getattr(a, part).x.tobytes() == getattr(b, part).x.tobytes()
            assert getattr(a, part).y.tobytes() == getattr(b, part).y.tobytes()
    assert first.tasks[0].train.x.tobytes() != other.tasks[0].train.x.tobytes()


def test_what_is_unknown_is_named_with_what_is_allowed():
    rng = np.random.default_rng(0)
    with pytest.raises(NeurosimError, match=r"'functions', 'permuted_digits'.*found 'mnist'"):
        build_sequence("mnist", {}, rng)
    with pytest.raises(NeurosimError, match=r"'n_tasks', 'test_fraction', found 'n_task'"):
        build_sequence("split_digits", {"n_task": 5}, rng)
    with pytest.raises(NeurosimError, match="divides 10, found 3"):
        build_sequence("split_digits", {"n_tasks": 3}, rng)
    with pytest.raises(NeurosimError, match="n_train: expected at least 1, found 0"):
        build_sequence("functions", {"n_train": 0}, rng)
    with pytest.raises(NeurosimError, match="linger: expected 0 to 1, found 2"):
        build_sequence("remapping_mazes", {"linger": 2}, rng)
