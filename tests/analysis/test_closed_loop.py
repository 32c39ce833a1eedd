"""What the closed loop makes of decoded events."""

import numpy as np
import pytest
import xarray as xr

from analysis import closed_loop
from neurosim.files import flags


def decoded(n_forward, n_reverse, n_unresolved=3, n_rejected=4, seconds=600.0):
    way = ["forward"] * n_forward + ["reverse"] * n_reverse + ["unresolved"] * n_unresolved
    way += ["forward"] * n_rejected
    passed = np.arange(len(way)) < len(way) - n_rejected
    kinds = ("forward", "reverse", "unresolved")
    phases = ("pre", "post")
    return xr.Dataset(
        {
            "direction": flags(
                np.array([kinds.index(w) for w in way]), kinds, "event", "direction"
            ),
            "phase": flags(np.ones(len(way), int), phases, "event", "phase"),
            "significant": ("event", passed.astype(np.int8)),
            "seconds_after": ("searched", [seconds / 3, 2 * seconds / 3, 50.0]),
        },
        coords={"searched": ["rest", "nrem", "rem"]},
    )


PATHS = xr.Dataset(
    {
        "condition_index": ("path", np.repeat([0, 1], [10, 10])),
        "start": ("path", np.full(20, 0.5)),
        "stop": ("path", np.r_[np.full(8, 0.9), np.full(2, 0.1), np.full(5, 0.9), np.full(5, 0.1)]),
        "per_lap": ("condition", [1.0, 1.2]),
    },
    coords={"condition": ["raised_usual", "raised_changed"]},
)


@pytest.fixture(scope="module")
def rows():
    events = {"raised_usual": decoded(80, 20), "raised_changed": decoded(60, 60, seconds=1200.0)}
    tree = closed_loop.analyse(PATHS, events)
    return tree["summary"].to_dataset().to_dataframe().set_index(["quantity", "condition"])


def test_shares_stand_beside_the_agents(rows):
    usual = rows.loc["forward_share", "decoded,raised usual"]
    assert (usual.estimate, usual.truth, usual.n) == (0.8, 0.8, 100)
    assert "3 unresolved, 4 not significant" in usual.test
    assert rows.loc["forward_share", "decoded,raised changed"].estimate == 0.5


def test_the_effect_is_one_of_rates(rows):
    reverse = rows.loc["reward_effect", "decoded,reverse,changed_end,raised"]
    assert reverse.estimate == pytest.approx(np.log((60 / 1200) / (20 / 600)))
    assert reverse.truth == pytest.approx(np.log((0.5 * 1.2) / (0.2 * 1.0)))
    assert 0.05 < reverse.p_value < 0.2  # 60 of 80 in two thirds of the time
    forward = rows.loc["reward_effect", "decoded,forward,changed_end,raised"]
    assert forward.estimate < 0
    assert forward.p_value < 0.01
