"""What a linear reader makes of instructions of tasks that it has not seen."""

import numpy as np
import pytest
import xarray as xr

from benchmarks import instruction_words
from benchmarks.instruction_words import (
    COLUMNS,
    N_EACH,
    N_TRAIN,
    WORDINGS,
    read_places,
    rows_of,
    told_shares,
)
from neurosim.tasks.psychophysics.catalogue import AXES, TASKS

PLACES = np.stack([task.structure for task in TASKS.values()]).astype(float)
MODALITY = AXES.index("modality")


def told(places: np.ndarray, noise: float = 0.0) -> np.ndarray:
    """Instructions (telling, feature) that say these places, in mixed words."""
    rng = np.random.default_rng(3)
    said = np.repeat(places @ rng.standard_normal((len(AXES), 30)), N_EACH, axis=0)
    return said + noise * rng.standard_normal(said.shape)


def test_places_that_are_told_are_read_of_tasks_never_seen():
    errors = read_places(told(PLACES))
    assert errors.shape == (N_EACH, len(TASKS), len(AXES))
    assert errors.max() < 1e-3


def test_an_axis_that_is_not_told_cannot_be_read():
    untold = PLACES.copy()
    untold[:, MODALITY] = 0.0
    errors = read_places(told(untold)).mean(axis=(0, 1))
    assert errors[MODALITY] > 0.5 * PLACES[:, MODALITY].var()
    assert np.delete(errors, MODALITY).max() < 1e-3


def test_what_wordings_differ_by_adds_nothing_to_the_share_of_an_axis():
    """Poles at 1 and -1 in one feature of thirty, and wordings that differ far more than tasks."""
    shares = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        features = rng.standard_normal((len(TASKS), N_EACH, 30))
        features[:, :, 0] += PLACES[:, MODALITY, None]
        shares.append(told_shares(features, "modality"))
    variance = 30 + PLACES[:, MODALITY].var()
    assert np.mean(shares) == pytest.approx(1 / variance, rel=0.03)
    none = told_shares(
        np.random.default_rng(1).standard_normal((len(TASKS), N_EACH, 30)), "modality"
    )
    assert none.min() < 0 < none.max()
    assert len(none) == 10


def test_rows_compare_tasks_in_pairs_by_wording():
    rng = np.random.default_rng(4)
    bag = 0.1 + 0.01 * rng.random((N_EACH, len(TASKS), len(AXES)))
    other = bag.copy()
    other[:N_TRAIN, :, MODALITY] += 0.2 + 0.01 * rng.random(len(TASKS))
    other[N_TRAIN:] -= 0.05 * rng.random((1, len(TASKS), len(AXES)))
    words = told(PLACES, 0.1).reshape(len(TASKS), N_EACH, -1)
    found = rows_of(
        {"bownet": bag, "sbertnet": other},
        {"bownet": words, "sbertnet": told(PLACES, 5.0).reshape(words.shape)},
    )
    rows = {(row["axis"], row["wordings"]): row for row in found}
    assert len(rows) == len(AXES) * len(WORDINGS)
    modality = rows["modality", "as trained"]
    assert float(modality["error_more"]) == pytest.approx(0.205, abs=0.004)
    assert float(modality["p_value"]) < 1e-20
    assert float(modality["sbertnet_share"]) < float(modality["bownet_share"])
    assert float(modality["share_high"]) < 0
    assert float(rows["pro_anti", "as trained"]["error_more"]) == 0
    assert float(rows["pro_anti", "kept for validation"]["error_high"]) < 0
    assert "n_pairs" not in rows["multi", "as trained"]  # has no two poles


def test_the_table_is_written(tmp_path):
    (tmp_path / "embeddings").mkdir()
    hidden = np.random.default_rng(5).standard_normal((1, 20 * len(TASKS), 12)).astype(np.float32)
    xr.Dataset({"hidden": (("layer", "telling", "feature"), hidden)}).to_netcdf(
        tmp_path / "embeddings" / "sbertnet.nc"
    )
    rows = instruction_words.main([str(tmp_path), "--out", str(tmp_path)])
    by_axis = {row["axis"]: row for row in rows if row["wordings"] == WORDINGS[0]}
    # an embedding without meaning says nothing; a bag of words tells sums from single stimuli
    assert float(by_axis["multi"]["sbertnet_error"]) > 10 * float(by_axis["multi"]["bownet_error"])
    header, *lines = (tmp_path / "instruction_words.csv").read_text().splitlines()
    assert header == ",".join(COLUMNS)
    assert len(lines) == len(rows)
