"""Sequences of tasks that are learned one after another."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.tasks.continual import FAMILIES, SEQUENCES, build_family, build_sequence

SMALL = {
    "functions": {"n_train": 6, "n_test": 9, "feedback": 3, "cue": True},
    "permuted_digits": {"n_tasks": 2},
    "split_digits": {},
    "remapping_mazes": {"n_mazes": 3, "n_train": 6, "n_test": 9, "linger": 0.4},
}


@pytest.fixture
def options(tmp_path):
    """Give options of each kind."""
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "own.npz",
        x=rng.random((20, 3, 4)),
        y=rng.integers(-1, 3, (20, 3)),
        task=np.repeat(["a", "b"], 10),
    )
    return SMALL | {"user": {"path": tmp_path / "own.npz"}}


@pytest.mark.parametrize("kind", SEQUENCES)
def test_every_sequence_has_one_form(kind, options):
    sequence = build_sequence(kind, options[kind], np.random.default_rng(0))
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
def test_same_seed_same_bytes(kind, options):
    first, again, other = (
        build_sequence(kind, options[kind], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for a, b in zip(first.tasks, again.tasks, strict=True):
        for part in ("train", "test"):
            assert getattr(a, part).x.tobytes() == getattr(b, part).x.tobytes()
            assert getattr(a, part).y.tobytes() == getattr(b, part).y.tobytes()
    # A user's data are given, and only their split is drawn.
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
    with pytest.raises(NeurosimError, match="'user': expected an option 'path', found none"):
        build_sequence("user", {}, rng)
    with pytest.raises(NeurosimError, match=r"family of tasks: .*'functions', 'mazes'.*'digits'"):
        build_family("digits", {})


@pytest.mark.parametrize("kind", FAMILIES)
def test_families_have_the_form_of_their_sequences(kind):
    family = build_family(kind, {"n_support": 3, "n_query": 4})
    rng = np.random.default_rng(0)
    first, second = family.draw(rng), family.draw(rng)
    assert first.train.x.tobytes() != second.train.x.tobytes()
    sequence = build_sequence({"mazes": "remapping_mazes"}.get(kind, kind), {}, rng)
    assert (family.kind, family.n_features, family.n_outputs) == (
        sequence.kind,
        sequence.n_features,
        sequence.n_outputs,
    )
    for part, n in ((first.train, 3), (first.test, 4)):
        assert part.size == n
        for given, own in (
            (part.x, sequence.tasks[0].train.x),
            (part.y, sequence.tasks[0].train.y),
        ):
            assert given.shape[1:] == own.shape[1:]
            assert given.dtype == own.dtype
