"""Directed or to and fro: stretches of time turned round."""

import numpy as np
import pytest

from neurosim import MissingData, NeurosimError
from neurosim.decode.sequenceness import sequenceness
from neurosim.decode.state_orders import chain_transitions
from neurosim.decode.tdlm import Tdlm
from neurosim.decode.time_reversal import _contributions, reversal_test

LINE = chain_transitions([list(range(8))], 8)
METHOD = Tdlm(max_lag_s=0.1, n_permutations=99)


def on_a_line(rng, n_time=3000, drift=0.0):
    """Smeared states on a line: a place that diffuses and jumps now and then, with a drift."""
    jump = rng.random(n_time) < 0.05
    step = rng.normal(drift, 0.7, n_time)
    place = np.empty(n_time)
    place[0] = 3.5
    for t in range(1, n_time):
        place[t] = rng.uniform(0, 7) if jump[t] else np.clip(place[t - 1] + step[t], 0, 7)
    bump = np.exp(-0.5 * (place[:, None] - np.arange(8)) ** 2)
    return bump / bump.sum(axis=1, keepdims=True) + rng.normal(0, 0.02, (n_time, 8))


def test_contributions_of_turned_stretches_are_those_of_turned_data(rng):
    blocks = on_a_line(rng, 400, 0.3).reshape(8, 50, 8)
    as_is, turned = _contributions(blocks, LINE, METHOD)
    again, back = _contributions(blocks[:, ::-1], LINE, METHOD)
    np.testing.assert_allclose(turned, again, atol=1e-9)
    np.testing.assert_allclose(back, as_is, atol=1e-9)
    some = blocks.copy()
    some[2:5] = some[2:5, ::-1]
    mixed = as_is.copy()
    mixed[2:5] = turned[2:5]
    np.testing.assert_allclose(_contributions(some, LINE, METHOD)[0], mixed, atol=1e-9)


def test_drift_is_found_with_its_sign(rng):
    for sign in (1, -1):
        found = reversal_test([on_a_line(rng, 6000, 0.4 * sign)], LINE, METHOD, rng)
        assert float(found["reversal_p_value"]) == pytest.approx(0.01)
        size = np.abs(found["difference"].values)
        assert np.sign(found["difference"].values[size.argmax()]) == sign
        assert size.max() > float(found["reversal_threshold"])
        assert float(found["reversal_lag"]) == pytest.approx(0.01 * (size.argmax() + 1))


def test_diffusion_passes_permuted_states_and_not_turned_time():
    rng = np.random.default_rng(6)
    passed = {"states": 0, "time": 0}
    for _ in range(60):
        course = on_a_line(rng)
        by_states = sequenceness([course], {"line": LINE}, METHOD, rng)["p_value"]
        by_time = reversal_test([course], LINE, METHOD, rng, stretch_s=1.0)["reversal_p_value"]
        passed["states"] += by_states.sel(direction="forward").item() <= 0.05
        passed["time"] += by_time.item() <= 0.05
    assert passed["states"] == 60
    assert passed["time"] <= 9  # 3 expected; 3e-3 to be more


def test_too_little_time_is_named(rng):
    course = on_a_line(rng, 700)
    with pytest.raises(MissingData, match="at least 6 stretches"):
        reversal_test([course], LINE, METHOD, rng)
    with pytest.raises(MissingData, match="found 0"):
        reversal_test([], LINE, METHOD, rng)
    with pytest.raises(NeurosimError, match="stretch_s"):
        reversal_test([course], LINE, METHOD, rng, stretch_s=0.1)
    found = reversal_test([course[:350], course[350:]], LINE, METHOD, rng, stretch_s=0.5)
    assert found["n_stretches"] == 14
