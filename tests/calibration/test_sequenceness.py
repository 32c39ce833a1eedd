"""Tables of false positives and power: counts, and what they must show at a small size."""

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.calibration.sequenceness import BACKGROUNDS, detection_power, false_positives
from neurosim.decode.tdlm import FORMS, Tdlm
from neurosim.tasks.scrambled_subject import ScrambledStudy

STUDY = ScrambledStudy(duration_s=60.0)
METHODS = [Tdlm(form, max_lag_s=0.2, n_permutations=39) for form in FORMS]


def chosen(*names):
    return {name: BACKGROUNDS[name] for name in names}


def test_without_replay_as_many_sessions_pass_as_alpha_says():
    names = ("white", "autoregressive", "pink")
    found = false_positives(STUDY, METHODS, chosen(*names), 30, 2, np.random.default_rng(2))
    assert found["n_significant"].dims == ("form", "background", "direction")
    together = found["n_significant"].sum(("background", "form"))  # of 450, correlated over forms
    assert (together > 4).all()
    assert (together < 50).all()
    np.testing.assert_allclose(found["false_positive_rate"], found["n_significant"] / 30)
    assert found["accuracy"].sizes["head"] == 2


def test_an_oscillation_ordered_like_the_sequence_passes_for_one():
    rng = np.random.default_rng(3)
    found = false_positives(STUDY, METHODS[:1], chosen("ordered oscillation"), 20, 2, rng)
    assert found["false_positive_rate"].sel(direction="difference").item() > 0.5


def test_more_events_are_found_more_often_and_at_their_lag():
    rng = np.random.default_rng(4)
    found = detection_power(STUDY, METHODS[2:3], chosen("white"), [0, 400], 12, 2, rng)
    power = found["power"].sel(form="whitened", background="white", direction="forward")
    assert power.sel(n_events=0) < 0.4
    assert power.sel(n_events=400) > 0.9
    assert found["n_near"].sel(n_events=400) >= 11
    assert found.attrs["lag_s"] == 0.04


def test_methods_must_differ_and_fit_the_study(rng):
    with pytest.raises(NeurosimError, match="one of each form"):
        false_positives(STUDY, METHODS[:1] * 2, BACKGROUNDS, 1, 1, rng)
    with pytest.raises(NeurosimError, match=r"bins of 0.01 s"):
        false_positives(STUDY, [Tdlm(bin_s=0.02)], BACKGROUNDS, 1, 1, rng)
