"""What is made of agents, nights and sequenceness, on small studies with known outcomes."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis import learning_curves, replay_content, sequenceness, slow_store
from neurosim.agents.laps import DIRECTIONS, ENDS, WHEN
from neurosim.stats.references import load_references

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
POLICIES = [
    *("none", "td_lambda", "movie_forward", "movie_reverse", "uniform", "prioritised"),
    *("prioritised_sweeping", "imagination"),
]
N_AGENTS = 8


def rows_of(tree):
    return tree["summary"].to_dataset().to_dataframe().set_index(["quantity", "condition"])


def maze(steps, rng):
    """Agents that need about so many steps, by policy."""
    noise = np.exp(0.02 * rng.standard_normal((1, len(POLICIES), N_AGENTS)))
    needed = np.array([steps.get(name, 1000.0) for name in POLICIES])[None, :, None] * noise
    dims = ("writes", "policy", "agent")
    return xr.Dataset(
        {
            "steps_to_criterion": (dims, needed),
            "reached": (dims, np.ones(needed.shape)),
            "learning_area": (dims, needed / 100),
            "writes_per_step": (dims, np.ones(needed.shape)),
            "episode_length": ((*dims, "episode"), np.tile(needed[..., None], 4)),
        },
        coords={"writes": [1], "policy": POLICIES},
        attrs={"shortest": 10, "n_states": 20},
    )


@pytest.mark.parametrize(
    ("quick", "verdict"), [(6, "holds"), (4, "holds"), (3, "does not hold"), (0, "does not hold")]
)
def test_a_claim_holds_on_four_of_six_mazes(rng, quick, verdict):
    mazes = {
        f"maze{i}": maze({"imagination": 300.0 if i < quick else 950.0}, rng) for i in range(6)
    }
    rows = rows_of(learning_curves.analyse(mazes, {}, REFERENCES))
    row = rows.loc["claim_fewer_steps_than_none", "writes=1"]
    assert (row.estimate, row.verdict) == (quick, verdict)
    ratio = rows.loc["steps_ratio", "maze0,writes=1,over=none"]
    assert ratio.estimate == pytest.approx(0.3 if quick else 0.95, rel=0.05)
    assert ratio.p_value < 0.05


@pytest.mark.parametrize(
    ("steps", "n", "verdict"), [(500.0, 3, "holds"), (2000.0, 0, "does not hold")]
)
def test_prioritised_replay_stands_beside_what_was_published(rng, steps, n, verdict):
    mazes = {f"maze{i}": maze({"prioritised": steps}, rng) for i in range(3)}
    tree = learning_curves.analyse(mazes, {"maze0": mazes["maze0"]}, REFERENCES)
    row = rows_of(tree).loc["claim_prioritised_beats_uniform", "writes=1"]
    assert (row.estimate, row.verdict, row.reference_id) == (n, verdict, "E010")
    assert ("steps_to_criterion", "maze0,writes=1,deep") in rows_of(tree).index
    learning_curves.draw(tree)


@pytest.fixture
def counts(rng):
    """Ten laps to either end; before runs all is forward, and a raised reward doubles reverse."""
    names = {
        "setting": ["standard", "uniform"],
        "reward": ["baseline", "raised", "removed"],
        "agent": range(N_AGENTS),
        "changed": ["same", "changed"],
        "when": list(WHEN),
        "end": list(ENDS),
        "direction": list(DIRECTIONS),
    }
    n = xr.DataArray(
        rng.poisson(40.0, [len(v) for v in names.values()]), dims=list(names), coords=names
    )
    n.loc[{"when": "before_run", "direction": "reverse"}] = 0
    n.loc[{"reward": "raised", "changed": "changed", "end": "last", "direction": "reverse"}] *= 2
    n.loc[{"setting": "uniform"}] = 0
    laps = xr.full_like(n.isel(when=0, direction=0, drop=True), 10)
    shortcuts = xr.Dataset(
        {
            "steps_to_find": (("policy", "bonus", "agent"), [[[100.0, np.inf], [50.0, 60.0]]]),
            "n_replays_before": (("policy", "bonus", "agent"), [[[0.0, 0.0], [1.0, 2.0]]]),
        },
        coords={"policy": ["imagination"], "bonus": [0.0, 0.02]},
    )
    return xr.Dataset({"n_events": n, "n_laps": laps}), shortcuts


def test_what_is_replayed_by_time_place_and_reward(counts):
    tree = replay_content.analyse(*counts, REFERENCES)
    rows = rows_of(tree)
    assert rows.loc["forward_share", "agent,before run"].estimate == 1.0
    assert rows.loc["forward_share", "agent,after reward"].estimate == pytest.approx(0.5, abs=0.05)
    assert rows.loc["forward_share", "agent,before run"].reference_id == "E002"
    assert rows.loc["reverse_at_end", "agent"].estimate == 1.0
    changed = rows.loc["reward_effect", "agent,reverse,changed_end,raised"]
    assert changed.estimate == pytest.approx(4.0, abs=0.8)
    assert changed.p_value < 0.01
    assert rows.loc["reward_effect", "agent,reverse,other_end,raised"].p_value > 0.01
    other = rows.loc["forward_share", "agent,before run,uniform"]
    assert (other.estimator, other.verdict) == ("uniform", "not run")
    assert rows.loc["shortcut_found", "bonus=0"].estimate == 0.5
    assert rows.loc["replays_before_walked", "bonus=0.02"].estimate == 1.5
    replay_content.draw(tree)


def test_the_gain_of_nights_is_over_nights_without_replay(rng):
    performance = np.zeros((2, N_AGENTS, 3))
    performance[1] = 0.8 + 0.01 * rng.standard_normal((N_AGENTS, 3))
    data = xr.Dataset(
        {"performance": (("policy", "agent", "night"), performance)},
        coords={"policy": ["none", "imagination"]},
    )
    tree = slow_store.analyse({"dyna": data})
    row = rows_of(tree).loc["slow_store_gain", "dyna"]
    assert row.estimate == pytest.approx(0.8, abs=0.02)
    assert row.p_value < 1e-6
    slow_store.draw(tree)


@pytest.mark.parametrize(
    ("low", "high", "sign", "verdict"),
    [
        (0.1, 0.2, 1, "holds"), (-0.2, -0.1, 1, "does not hold"), (-0.1, 0.1, 1, "inconclusive"),
        (-0.2, -0.1, -1, "holds"), (0.1, 0.2, -1, "does not hold"), (-0.1, 0.1, 0, "holds"),
        (0.1, 0.2, 0, "does not hold"), (np.nan, np.nan, 1, "inconclusive"),
    ],
)  # fmt: skip
def test_sequenceness_is_judged_by_the_sign_that_was_planted(low, high, sign, verdict):
    row = type("Row", (), {"ci_low": low, "ci_high": high})
    assert sequenceness._signed(row, sign) == verdict


@pytest.mark.parametrize(
    ("n", "total", "verdict"),
    [
        (75, 1500, "holds"),
        (150, 1500, "does not hold"),
        (5, 60, "inconclusive"),
        (0, 1500, "does not hold"),
    ],
)
def test_false_positives_are_judged_as_far_as_the_simulations_tell(n, total, verdict):
    assert sequenceness._near_nominal(sequenceness._share(n, total)) == verdict
