"""Emergent replay summarised: numbers of networks by hand, references, claims that can fail."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from emergent_events import SECONDS, events_dataset, packets_dataset, sensitivity_dataset

from analysis import emergent, emergent_sensitivity
from analysis.emergent_networks import (
    condition_of,
    network_events,
    read_networks,
    state_numbers,
)
from analysis.emergent_reward import log_ratios
from neurosim import MissingData, NeurosimError
from neurosim.files import Provenance, save, save_or_explain
from neurosim.stats.references import load_references

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
MIN_SPAN = 0.5
LINEAR = {"track": "linear", "rule": "symmetric"}
DESIGNS = {
    "linear_symmetric": LINEAR,
    "rewarded": LINEAR | {"is_rewarded": True},
    "shuffled_weights": LINEAR | {"control": "shuffled_weights"},
    "no_adaptation": LINEAR | {"control": "no_adaptation"},
}
PROVENANCE = Provenance("test", "test", 1, {})
WAYS = ["forward", "reverse", "forward", "unresolved", "forward"]


def networks(folder: Path, found: dict[str, tuple[xr.Dataset, xr.Dataset]], designs=DESIGNS):
    """Write events and packets of networks and read them as the rule does."""
    files: dict[str, list[Path]] = {"events": [], "packets": []}
    for name, datasets in found.items():
        for kind, dataset in zip(files, datasets, strict=True):
            (folder / kind).mkdir(exist_ok=True)
            files[kind].append(folder / kind / f"{name}.nc")
            save(dataset, files[kind][-1], PROVENANCE)
    return read_networks(files["events"], files["packets"], designs, MIN_SPAN)


def network(directions=WAYS, state="nrem", speeds=12.0, packets=None, occupancy=0.25, **given):
    events = events_dataset(list(directions), state, **given)
    return events, packets_dataset(events, list(packets or directions), speeds, nrem=occupancy)


def both_ways(n: int, **given):
    """A network of so many networks with as many events either way."""
    return network(["forward", "reverse"] * (n // 2), **given)


def summary_of(tree: xr.DataTree) -> pd.DataFrame:
    table = tree["summary"].to_dataset().to_dataframe()
    return table.set_index(["quantity", "condition", "estimator"]).sort_index()


def everything(folder: Path, designs=DESIGNS) -> pd.DataFrame:
    found = {f"linear_symmetric-{k}": both_ways(100 + 10 * k) for k in (1, 2, 3)}
    found |= {f"rewarded-{k}": both_ways(120) for k in (1, 2, 3)}
    found |= {f"shuffled_weights-{k}": network([], occupancy=0.0) for k in (1, 2, 3)}
    still = {"spans": [0.1] * 40}
    found |= {f"no_adaptation-{k}": both_ways(40, **still) for k in (1, 2, 3)}
    return summary_of(emergent.analyse(networks(folder, found, designs), REFERENCES))


def test_numbers_of_a_network_by_hand():
    events, packets = network(
        speeds=[10.0, 12.0, 24.0, 12.0, np.nan],
        packets=["forward", "forward", "unresolved", "reverse", "forward"],
        spans=[2.0, 2.0, 0.5, 2.0, 0.4],
        significant=[1, 1, 1, 0, 1],
        path_start=[0.5, 0.5, 2.5, 0.5, 0.5],
    )
    table = network_events(events, packets, MIN_SPAN)
    assert table.replay.tolist() == [True, True, True, False, False]
    numbers = state_numbers(table, 60.0)
    assert numbers["event_rate"] == pytest.approx(5 / 60)
    assert numbers["occupancy"] == pytest.approx(5 * 0.16 / 60)
    assert numbers["forward_share"] == pytest.approx(2 / 3)
    assert numbers["significant_share"] == pytest.approx(4 / 5)
    assert numbers["replay_share"] == pytest.approx(3 / 5)
    # Decoded 12 m/s over 10, 12 and 24 m/s; directions agree in one of the two that are known.
    assert numbers["speed_ratio_crossing"] == pytest.approx(1.0)
    assert numbers["speed_error"] == pytest.approx(0.2)  # the median of 0.2, 0 and 0.5
    assert numbers["speed_ratio_likelihood"] == pytest.approx(10 / 12)
    assert (numbers["n_checked"], numbers["direction_agreement"]) == (2, 0.5)
    # Only two replays begin in the first metre of three.
    assert (numbers["n_forward_at_end"], numbers["n_reverse_at_end"]) == (1, 1)


def test_a_network_without_events_has_a_rate_and_nothing_else():
    events, packets = network([])
    numbers = state_numbers(network_events(events, packets, MIN_SPAN), 20.0)
    assert (numbers["event_rate"], numbers["occupancy"]) == (0.0, 0.0)
    counted = {name for name in numbers if name.startswith("n_")}
    others = set(numbers) - counted - {"event_rate", "occupancy", "seconds"}
    assert all(numbers[name] == 0 for name in counted)
    assert all(np.isnan(numbers[name]) for name in others)


def test_rows_are_means_over_networks_beside_what_was_published(tmp_path):
    rows = everything(tmp_path)
    assert set(rows.origin) == {"emergent"}
    rate = rows.loc[("emergent_event_rate", "nrem,linear,symmetric", "candidates")]
    assert rate.estimate == pytest.approx(np.mean([110, 120, 130]) / SECONDS["nrem"])
    assert (rate.n, rate.n_unit, rate.reference_id) == (3, "network", "A081")
    compression = rows.loc[("emergent_compression", "nrem,linear,symmetric", "likelihood")]
    assert (compression.estimate, compression.verdict) == (pytest.approx(20.0), "agrees")
    against = rows.loc[("emergent_compression", "nrem,linear,symmetric,against=A005", "crossing")]
    assert (against.estimate, against.verdict) == (pytest.approx(24.0), "differs")
    duration = rows.loc[("emergent_event_duration", "nrem,linear,symmetric", "replays")]
    assert (duration.reference, duration.unit) == (pytest.approx(0.106), "s")
    share = rows.loc[("emergent_forward_share", "nrem,linear,symmetric", "networks")]
    assert (share.estimate, share.reference, share.reference_id) == (0.5, 1.0, "A048")
    assert rows.test.str.contains("derived from cited constants|not run").all()


def test_states_and_controls_without_events_say_so(tmp_path):
    rows = everything(tmp_path)
    rate = rows.loc[("emergent_event_rate", "rest,linear,symmetric", "candidates")]
    assert (rate.estimate, rate.ci_low) == (0.0, 0.0)
    # Were it one event in 60 s / 3.7, three networks of 20 s had none in 2.5 % of cases.
    assert rate.ci_high == pytest.approx(3.689 / 60, rel=1e-3)
    for estimator in ("likelihood", "crossing"):
        row = rows.loc[("emergent_compression", "rest,linear,symmetric", estimator)]
        assert row.test == "not run: no events in this state"
    shuffled = rows.xs("nrem,linear,symmetric,shuffled_weights", level="condition")
    assert shuffled.loc[("emergent_event_rate", "candidates")].estimate == 0
    assert shuffled.loc[("emergent_network_events", "network")].estimate == 0
    assert "emergent_compression" not in shuffled.index
    silent = rows.loc[("emergent_span", "nrem,linear,symmetric,no_adaptation", "likelihood")]
    assert silent.estimate == pytest.approx(0.1)


def test_claims_about_decoder_and_controls_hold(tmp_path):
    rows = everything(tmp_path)
    for estimator in ("crossing", "direction_agreement"):
        row = rows.loc[("emergent_speed_check", "nrem,linear,symmetric", estimator)]
        assert (row.estimate, row.truth, row.verdict) == (1.0, 1.0, "holds")
    error = rows.loc[("emergent_speed_check", "nrem,linear,symmetric", "crossing_error")]
    assert (error.estimate, error.truth, error.verdict) == (0.0, 0.0, "holds")
    line = rows.loc[("emergent_speed_check", "nrem,linear,symmetric", "likelihood")]
    assert line.verdict == "no reference"
    claims = rows.loc["emergent_claim"].verdict.droplevel("estimator")
    start = "nrem,linear,symmetric"
    assert claims[f"{start},events_are_replays"] == "holds"
    assert claims[f"{start},replays_run_both_ways"] == "holds"
    assert claims[f"{start},shuffled_weights,no_events"] == "holds"
    assert claims[f"{start},shuffled_weights,no_sequences"] == "holds"
    assert claims[f"{start},no_adaptation,no_sequences"] == "holds"


def test_claims_can_fail(tmp_path):
    wrong = ["reverse"] * 5
    found = {
        "linear_symmetric-1": network(packets=wrong, speeds=9.0, spans=[0.1, 0.1, 2, 2, 2]),
        "shuffled_weights-1": network(["forward"]),
        "no_adaptation-1": network(),
    }
    rows = summary_of(emergent.analyse(networks(tmp_path, found), REFERENCES))
    for estimator in ("crossing", "crossing_error", "direction_agreement"):
        row = rows.loc[("emergent_speed_check", "nrem,linear,symmetric", estimator)]
        assert row.verdict == "does not hold"
    claims = rows.loc["emergent_claim"].verdict.droplevel("estimator")
    start = "nrem,linear,symmetric"
    assert claims[f"{start},events_are_replays"] == "does not hold"
    assert claims[f"{start},replays_run_both_ways"] == "inconclusive"  # too few events
    assert claims[f"{start},shuffled_weights,no_events"] == "does not hold"
    assert claims[f"{start},shuffled_weights,no_sequences"] == "does not hold"
    assert claims[f"{start},no_adaptation,no_sequences"] == "does not hold"


def test_reward_is_judged_by_pairs_of_networks(tmp_path):
    plain = {f"linear_symmetric-{k}": both_ways(40) for k in (1, 2, 3)}
    ways = [["forward"] * 20 + ["reverse"] * (80 + k) for k in (1, 2, 3)]
    found = plain | {f"rewarded-{k}": network(way) for k, way in enumerate(ways, start=1)}
    rows = summary_of(emergent.analyse(networks(tmp_path, found), REFERENCES))
    rows = rows.loc["emergent_reward_effect"].droplevel("estimator")
    reverse = rows.loc["nrem,linear,symmetric,reverse"]
    expected = np.log([(80 + k + 0.5) / 20.5 for k in (1, 2, 3)]).mean()
    assert (reverse.estimate, reverse.n) == (pytest.approx(expected), 3)
    assert rows.loc["nrem,linear,symmetric,forward"].estimate == pytest.approx(0.0)
    claim = rows.loc["nrem,linear,symmetric,reverse_rises_forward_does_not"]
    assert (claim.verdict, claim.reference_id, claim.estimate) == ("holds", "A058", 1.0)
    assert rows.loc["rest,linear,symmetric,reverse"].verdict == "not run"


def test_only_pairs_that_replayed_count_for_the_reward():
    table = pd.DataFrame({"n_reverse_at_end": [4, 0, 3], "seconds": [10.0, 10.0, 10.0]})
    other = table.assign(n_reverse_at_end=[4, 0, 0], seconds=20.0)
    ratio = log_ratios(table, other, "reverse")
    assert ratio[0] == pytest.approx(np.log(2))
    assert np.isnan(ratio[1])
    assert ratio[2] == pytest.approx(np.log(3.5 / 0.5 * 2))
    assert log_ratios(table, other.iloc[:1], "reverse").size == 1


def test_a_file_that_gives_no_events_says_why(tmp_path):
    def gap():
        raise MissingData("laps: expected at least 5, found 2")

    for kind in ("events", "packets"):
        (tmp_path / kind).mkdir()
        save_or_explain(gap, tmp_path / kind / "linear_symmetric-1.nc", PROVENANCE)
    files = [[tmp_path / kind / "linear_symmetric-1.nc"] for kind in ("events", "packets")]
    read = read_networks(*files, {"linear_symmetric": LINEAR}, MIN_SPAN)
    rows = summary_of(emergent.analyse(read, REFERENCES))
    assert (rows.verdict == "not run").all()
    row = rows.loc[("emergent_event_rate", "nrem,linear,symmetric", "candidates")]
    assert row.test == "not run: laps: expected at least 5, found 2"


def test_files_that_do_not_fit_are_refused(tmp_path):
    events, packets = network()
    with pytest.raises(NeurosimError, match="expected 5 events, as were decoded, found 4"):
        network_events(events, packets.isel(event=slice(4)), MIN_SPAN)
    with pytest.raises(NeurosimError, match="design: expected one of"):
        networks(tmp_path, {"other-1": network()})
    with pytest.raises(NeurosimError, match="expected a design and a number"):
        networks(tmp_path, {"other": network()})


def test_rows_of_the_network_that_was_varied_say_which_constants_decide(tmp_path):
    names = ("compression", "event_rate", "sequence_share", "forward_share", "event_duration")
    effects = {"quick": {"compression": 2.0}, "slow": {"compression": -0.5}}
    noise = np.zeros((2, 6))
    one = sensitivity_dataset(effects, (*names, "ripple_frequency"), noise)
    varied = one.assign(
        {name: one[name].expand_dims("network") for name in ("value", "gain", "occupancy")}
    )
    data = emergent_sensitivity.analyse(varied)["sensitivity"].to_dataset()
    found = {"linear_symmetric-1": both_ways(20), "no_adaptation-1": both_ways(20)}
    rows = summary_of(emergent.analyse(networks(tmp_path, found), REFERENCES, data))
    row = rows.loc[("emergent_compression", "nrem,linear,symmetric", "likelihood")]
    words = "of 2 that were varied in this state and network, surely decided by quick, slow"
    assert row.test.endswith(f"derived from cited constants; {words}")
    other = rows.loc[("emergent_span", "nrem,linear,symmetric,no_adaptation", "likelihood")]
    assert other.test.endswith("derived from cited constants")


def test_conditions_name_state_track_rule_and_what_is_special():
    assert condition_of(LINEAR, "nrem") == "nrem,linear,symmetric"
    special = {"track": "w", "rule": "asymmetric", "control": "no_learning", "own_gain": True}
    assert condition_of(special, "rest") == "rest,w,asymmetric,no_learning,own_gain"


@pytest.mark.parametrize("n", [0, 1, 3])
def test_the_figure_shows_every_design(tmp_path, n):
    found = {f"linear_symmetric-{k + 1}": both_ways(20) for k in range(n)}
    tree = emergent.analyse(networks(tmp_path, found), REFERENCES)
    drawn = emergent.draw(tree)
    drawn.draw_without_rendering()
    if n:
        labels = [text.get_text() for text in drawn.axes[0].get_yticklabels()]
        assert labels[0] == "linear symmetric"
        assert "linear symmetric\nrewarded" in labels
