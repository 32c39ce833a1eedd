"""By how much one code leads another."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.decode.code_leads import code_lead
from neurosim.decode.tdlm import Tdlm

MEMBERSHIP = np.arange(4)[:, None] == np.array([0, 1, 2, 3, 0, 1, 2, 3])
METHOD = Tdlm(max_lag_s=0.15, n_permutations=99)


def two_codes(rng, lead, n_events=400, n_time=20_000):
    """White noise with followers active now, and their leader some samples before."""
    leaders, followers = rng.normal(size=(n_time, 4)), rng.normal(size=(n_time, 8))
    time = rng.integers(50, n_time - 50, n_events)
    follower = rng.integers(8, size=n_events)
    followers[time, follower] += 3.0
    leaders[time - lead, follower % 4] += 3.0
    return leaders, followers


@pytest.mark.parametrize("form", ["standard", "whitened"])
@pytest.mark.parametrize("lead", [5, -7, 12])
def test_lead_is_found_at_its_sign_and_size(form, lead, rng):
    leaders, followers = two_codes(rng, lead)
    method = Tdlm(form, max_lag_s=0.15, n_permutations=99)
    found = code_lead([leaders], [followers], MEMBERSHIP, method, rng)
    assert float(found["lead"]) == pytest.approx(lead * 0.01)
    assert float(found["p_value"]) == pytest.approx(0.01)
    assert float(found["sequenceness"].max()) > float(found["threshold"])


def test_coefficients_are_those_of_least_squares_at_either_sign(rng):
    leaders, followers = two_codes(rng, 3, n_time=300, n_events=40)
    method = Tdlm(max_lag_s=0.04)
    found = code_lead([leaders], [followers], MEMBERSHIP, method, rng)["sequenceness"]
    member = np.stack([MEMBERSHIP.ravel().astype(float), np.ones(32)], axis=1)
    for lag in (-4, -1, 2, 4):
        now = np.arange(4, 300)
        past = now - lag if lag > 0 else now
        later = now if lag > 0 else now + lag
        design = np.column_stack([leaders[past], np.ones(now.size)])
        beta = np.linalg.lstsq(design, followers[later], rcond=None)[0][:-1]
        expected = np.linalg.lstsq(member, beta.ravel(), rcond=None)[0][0]
        value = float(found.sel(code_lag=lag * 0.01, method="nearest"))
        assert value == pytest.approx(expected, abs=1e-10)


def test_codes_that_have_nothing_to_do_with_one_another_pass_as_often_as_alpha():
    rng = np.random.default_rng(4)
    p_values = []
    for _ in range(200):
        courses = rng.normal(size=(400, 12))
        tested = code_lead([courses[:, :4]], [courses[:, 4:]], MEMBERSHIP, METHOD, rng)
        p_values.append(float(tested["p_value"]))
    assert 1 <= np.sum(np.array(p_values) <= 0.05) <= 20  # 10 expected; 2e-3 to be outside


def test_memberships_that_say_nothing_are_refused(rng):
    leaders, followers = two_codes(rng, 3, n_time=200, n_events=4)
    with pytest.raises(NeurosimError, match="4 leaders by 8 followers"):
        code_lead([leaders], [followers], MEMBERSHIP[:, :4], METHOD, rng)
    with pytest.raises(NeurosimError, match="all alike"):
        code_lead([leaders], [followers], np.ones((4, 8), bool), METHOD, rng)
