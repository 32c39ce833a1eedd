"""Published numbers beside ours and the planted ones, and what is said of a claim."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from rows import papers_dataset

from analysis import literature, literature_figure
from analysis.results import events_dataset, result
from neurosim.decode.published import PAPERS
from neurosim.decode.published.models import MODELS
from neurosim.files import Provenance, save
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import load_references
from neurosim.stats.summary import make_row

NAN = float("nan")


@pytest.fixture(scope="module")
def references(request):
    return load_references(request.config.rootpath / "config" / "references.csv")


def sleep_events(compression: dict[str, float], planted: float | None) -> xr.Dataset:
    """Significant reverse events of NREM sleep, twenty a recording."""
    tables = {}
    for name, value in compression.items():
        tables[name] = pd.DataFrame(
            {
                "state": "nrem",
                "phase": "post",
                "direction": "reverse",
                "significant": True,
                "compression_likelihood": value + np.linspace(-0.5, 0.5, 20),
            }
        )
        if planted is not None and name != "mine":
            tables[name]["planted_compression"] = planted
    return events_dataset(tables)


def analysed(folder, references, data: xr.Dataset, sleep: xr.Dataset) -> pd.DataFrame:
    papers, compression = folder / "papers.nc", folder / "compression.nc"
    save(data, papers, Provenance("papers", "test", 1, {}))
    save(result([], {"events": sleep}), compression, Provenance("compression", "test", 1, {}))
    tree = literature.analyse(papers, compression, references, ["a", "b"])
    literature.draw(tree)
    rows = tree["summary"].to_dataset().to_dataframe()
    return rows.set_index(["condition", "estimator"])


@pytest.fixture(scope="module")
def rows(tmp_path_factory, references):
    sleep = sleep_events({"a": 18.0, "b": 20.0, "mine": 8.0}, 19.0)
    return analysed(tmp_path_factory.mktemp("papers"), references, papers_dataset(), sleep)


def test_every_paper_has_rows_with_its_estimator_and_what_was_planted(rows):
    assert set(rows.quantity) == {"published_estimate", "dynamics_f1", "dynamics_confusion"}
    for key, paper in PAPERS.items():
        mine = rows[[c.startswith(f"{key},") for c, _ in rows.index]]
        assert paper.estimator in mine.index.get_level_values("estimator")
        assert mine.reference_id.ne("").any()
    assert not rows.index.duplicated().any()
    recovered = rows[(rows.origin == "recovered") & (rows.verdict != "not run")]
    assert recovered.truth.notna().all()


@pytest.mark.parametrize(
    ("condition", "estimator", "estimate", "truth", "reference"),
    [
        ("lee_wilson2002,compression", "sequence_match", 20.0, 18.0, 19.7),
        ("lee_wilson2002,compression", "likelihood", 18.0, 18.0, 19.7),
        ("lee_wilson2002,forward_match_fraction", "sequence_match", 0.5, 0.5, 0.13),
        ("lee_wilson2002,duration", "sequence_match", 0.08, 0.1, 0.106),
        ("davidson2009,speed", "line_fit", 8.0, 9.0, 8.1),
        ("davidson2009,speed", "likelihood", 9.0, 9.0, 8.1),
        ("davidson2009,significant_fraction", "line_fit", 0.5, 0.5, 0.29),
        ("denovellis2021,speed_continuous", "state_space", 5.0, 9.0, NAN),
        ("denovellis2021,any_continuous", "state_space", 0.5, 0.5, 0.19),
        ("denovellis2021,only_stationary", "state_space", 0.0, 0.5, 0.23),
        ("denovellis2021,only_stationary", "evidence", 0.5, 0.5, 0.23),
        ("denovellis2021,only_stationary_continuous", "state_space", 0.5, NAN, 0.42),
        ("krause2022,momentum", "model_comparison", 0.1, 0.5, 0.849),
        ("krause2022,momentum", "evidence", 0.5, 0.5, 0.849),
        ("krause2022,diffusion", "model_comparison", 0.5, 0.0, 0.048),
        ("krause2022,trajectory", "model_comparison", 0.6, 0.5, 0.897),
        ("krause2022,compression", "model_comparison", 18.0, 18.0, 6.75),
        ("krause2022,momentum->diffusion", "model_comparison", 0.4, NAN, 0.255),
        ("krause2022,diffusion->momentum", "model_comparison", 0.4, NAN, 0.06),
        ("krause2022,own_models", "model_comparison", 1.0, 1.0, 0.94),
        ("krause2022,directed->diffusive", "model_comparison", 1.0, NAN, NAN),
        ("krause2022,directed->diffusive", "evidence", 0.0, NAN, NAN),
        ("krause2022,directed->directed", "evidence", 1.0, 1.0, NAN),
        ("krause2022,stationary->diffusive", "model_comparison", 0.0, NAN, NAN),
        ("takigawa2024,calibrated", "weighted_correlation", 0.5, 0.5, 0.35),
        ("stella2019,forward", "displacement_exponent", 0.5, 1.0, 0.5),
        ("stella2019,forward", "split_half_displacement", 1.0, 1.0, 0.5),
    ],
)
def test_numbers_are_those_of_the_events(rows, condition, estimator, estimate, truth, reference):
    row = rows.loc[(condition, estimator)]
    np.testing.assert_allclose(row.estimate, estimate, atol=1e-9)
    np.testing.assert_allclose(row.truth, truth, atol=1e-9)
    np.testing.assert_allclose(row.reference, reference)


def test_reverse_order_in_sleep_was_tested_and_absent(rows):
    row = rows.loc[("lee_wilson2002,reverse_match_fraction", "sequence_match")]
    assert row.reference_id == "A048"
    assert "absent" in row.reference_text


def test_claim_in_simulated_sleep_holds_only_because_it_was_planted(rows):
    row = rows.loc[("seed,nrem,reverse", "likelihood")]
    assert row.estimate == pytest.approx(np.sqrt(18 * 20))
    assert row.truth == pytest.approx(19.0)
    assert (row.reference_id, row.trust) == ("A002", "seed-claim")
    assert row.verdict == "holds only when planted"
    assert "co-firing" in row.reference_text


def test_a_recording_can_contradict_the_claim(rows):
    row = rows.loc[("seed,nrem,reverse,recording=mine", "likelihood")]
    assert row.verdict == "does not hold"


@pytest.mark.parametrize(
    ("origin", "estimate", "expected"),
    [
        ("measured", Estimate(20.0, 16.0, 24.0, 9), "holds"),
        ("measured", Estimate(20.0, 14.0, 24.0, 9), "inconclusive"),
        ("measured", Estimate(20.0, NAN, NAN, 1), "inconclusive"),
        ("measured", Estimate(40.0, 30.0, 50.0, 9), "does not hold"),
        ("recovered", Estimate(20.0, 16.0, 24.0, 9), "holds only when planted"),
        ("recovered", Estimate(40.0, 30.0, 50.0, 9), "inconclusive"),
    ],
)
def test_claims_are_judged_by_their_range(references, origin, estimate, expected):
    row = make_row(
        "replay", "published_estimate", estimate=estimate, origin=origin, unit="1",
        n_unit="event", truth=20.0, reference=references["A002"],
    )  # fmt: skip
    assert literature.claim_verdict(row) == expected


def test_without_reverse_events_the_claim_is_not_run(tmp_path, references):
    rows = analysed(tmp_path, references, papers_dataset(), events_dataset({}))
    assert rows.loc[("seed,nrem,reverse", "likelihood")].verdict == "not run"


def test_a_reader_that_reports_nothing_is_not_run(tmp_path, references):
    data = papers_dataset()
    data["speed"][:] = NAN
    data["dynamic_bins"][:] = 0
    data["matched"][:] = 0
    rows = analysed(tmp_path, references, data, events_dataset({}))
    for condition, estimator in (
        ("davidson2009,speed", "line_fit"),
        ("denovellis2021,speed", "state_space"),
        ("lee_wilson2002,compression", "sequence_match"),
    ):
        assert rows.loc[(condition, estimator)].verdict == "not run"


def test_pooled_exponent_has_the_interval_of_the_jackknife():
    lag = np.arange(1.0, 11.0)
    rng = np.random.default_rng(1)
    noisy = lag * np.exp(rng.normal(0, 0.2, (6, 10)))
    found = literature.pooled_exponent(noisy, lag, weighted=False)
    assert found.value == pytest.approx(0.5, abs=0.1)
    assert found.low < found.value < found.high
    alone = literature.pooled_exponent(noisy[:1], lag, weighted=False)
    assert np.isnan(alone.low)
    same = literature.pooled_exponent(np.stack([lag] * 3), lag, weighted=True)
    assert replace(same, n=0) == Estimate(*(pytest.approx(0.5),) * 3, 0)


def test_f1_of_recovered_models_is_that_of_paths_against_the_rest():
    share = pd.DataFrame(np.eye(5), MODELS, MODELS)
    share.loc["momentum"] = [0.3, 0.3, 0.4, 0.0, 0.0]
    share.loc["random"] = [0.0, 0.3, 0.0, 0.0, 0.7]
    recall, precision = 0.8, 0.8 / (0.8 + 0.1)
    expected = 2 * recall * precision / (recall + precision)
    assert literature.recovered_f1(share) == pytest.approx(expected)


def test_recovery_is_not_run_where_a_dynamic_was_not_planted(rows):
    for condition in ("krause2022,mix", "krause2022,diffusive->directed"):
        assert rows.loc[(condition, "model_comparison")].verdict == "not run"


def test_trajectories_are_counted_by_planted_kind():
    shares = literature_figure.trajectories_called(papers_dataset())
    assert list(shares.columns) == ["forward", "stationary"]
    assert shares.loc["davidson2009"].tolist() == [1.0, 0.0]
    assert shares.loc["denovellis2021"].tolist() == [1.0, 0.0]
    assert set(shares.index) == set(literature_figure.CALLED)
