"""The sequence model: learns what can be learned, and nothing leaks."""

import numpy as np
import pytest
import torch

from neurosim.models.sequence import ChainModel, ModelParameters, train_model, train_models
from neurosim.tasks.chains import N_SPECIAL, STOP, Chains

SMALL = ModelParameters(
    width=16, n_heads=2, n_layers=1, n_steps=150, batch_size=32, learning_rate=0.01
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tree(n: int) -> Chains:
    """Many starts, one goal: the start says all, the goal nothing about the way."""
    starts = np.arange(n) % 4
    places = [np.array([start, 4 + start, 8, 9]) for start in starts]
    return Chains(places, np.array([f"lap{i}" for i in range(n)], dtype=object), 10)


def test_forward_wins_on_a_converging_tree_and_reverse_on_the_diverging_one():
    converging = tree(80)
    diverging = Chains([p[::-1] for p in converging.places], converging.group, 10)
    scores = {
        (name, order): train_model(
            chains, order, SMALL, 0.25, np.random.default_rng(0)
        ).similarity.mean()
        for name, chains in (("converging", converging), ("diverging", diverging))
        for order in ("forward", "reverse")
    }
    assert scores["converging", "forward"] == 1.0
    assert scores["converging", "reverse"] < 0.75
    assert scores["diverging", "reverse"] == 1.0
    assert scores["diverging", "forward"] < 0.75


def test_a_token_never_sees_those_after_it():
    torch.manual_seed(0)
    model = ChainModel(13, 6, SMALL).eval()
    source = torch.tensor([[5]])
    target = torch.tensor([[1, 4, 5, 6, 7]])
    changed = target.clone()
    changed[0, 3:] = 9
    with torch.no_grad():
        before, after = model(source, target), model(source, changed)
    assert torch.allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert not torch.allclose(before[:, 3:], after[:, 3:], atol=1e-3)


def test_same_seed_same_training_and_torch_is_left_alone():
    state = torch.random.get_rng_state()
    results = [train_models(tree(20), "reverse", SMALL, 0.25, 1, "test", 2) for _ in range(2)]
    assert torch.equal(state, torch.random.get_rng_state())
    assert results[0].identical(results[1])
    assert not np.array_equal(results[0]["loss"][0], results[0]["loss"][1])


def test_twins_have_the_same_size_budget_and_split():
    forward, reverse = (
        train_models(tree(20), order, SMALL, 0.25, 1, "test", 1) for order in ("forward", "reverse")
    )
    assert forward["loss"].shape == reverse["loss"].shape
    assert np.array_equal(forward["n_test"], reverse["n_test"])


def test_generation_ends_at_the_stop_token_or_the_longest_chain():
    torch.manual_seed(0)
    model = ChainModel(13, 6, SMALL).eval()
    with torch.no_grad():
        model.read_out.bias[STOP] = 100.0
        assert model.generate(torch.tensor([[5]]), 6) == [[]]
        model.read_out.bias[STOP] = -100.0
        (chain,) = model.generate(torch.tensor([[5]]), 6)
    assert len(chain) == 5
    assert all(0 <= place < 13 - N_SPECIAL for place in chain)
