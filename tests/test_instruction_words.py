"""What a linear reader makes of instructions of tasks that it has not seen."""

import numpy as np
import pytest
import xarray as xr

from benchmarks import instruction_words
from benchmarks.instruction_words import COLUMNS, WORDINGS, read_places, rows_of
from neurosim.tasks.psychophysics.catalogue import AXES, TASKS

N_EACH, N_TRAIN = 4, 3
PLACES = np.stack([task.structure for task in TASKS.values()]).astype(float)
MODALITY = AXES.index("modality")


def told(places: np.ndarray, noise: float = 0.0) -> np.ndarray:
    """Instructions (telling, feature) that say these places, in mixed words."""
    rng = np.random.default_rng(3)
    said = np.repeat(places @ rng.standard_normal((len(AXES), 30)), N_EACH, axis=0)
    return said + noise * rng.standard_normal(said.shape)


def test_places_that_are_told_are_read_of_tasks_never_seen():
    errors = read_places(told(PLACES), N_EACH, N_TRAIN)
    assert errors.shape == (N_EACH, len(TASKS), len(AXES))
    assert errors.max() < 1e-3


def test_an_axis_that_is_not_told_cannot_be_read():
    untold = PLACES.copy()
    untold[:, MODALITY] = 0.0
    errors = read_places(told(untold), N_EACH, N_TRAIN).mean(axis=(0, 1))
    assert errors[MODALITY] > 0.5 * PLACES[:, MODALITY].var()
    # what hides is the mean over tasks with the same other places, so that other axes are whole
    assert np.delete(errors, MODALITY).max() < 1e-3


def test_rows_compare_tasks_in_pairs_by_wording():
    rng = np.random.default_rng(4)
    bag = 0.1 + 0.01 * rng.random((N_EACH, len(TASKS), len(AXES)))
    other = bag.copy()
    other[:N_TRAIN, :, MODALITY] += 0.2 + 0.01 * rng.random(len(TASKS))
    other[N_TRAIN:] -= 0.05 * rng.random((1, len(TASKS), len(AXES)))
    rows = {
        (row["axis"], row["wordings"]): row
        for row in rows_of({"bownet": bag, "sbertnet": other}, N_TRAIN)
    }
    assert len(rows) == len(AXES) * len(WORDINGS)
    assert float(rows["modality", "as trained"]["sbertnet_more"]) == pytest.approx(0.205, abs=0.004)
    assert float(rows["modality", "as trained"]["p_value"]) < 1e-20
    assert float(rows["pro_anti", "as trained"]["sbertnet_more"]) == 0
    assert float(rows["pro_anti", "kept for validation"]["high"]) < 0


def test_the_table_is_written(tmp_path):
    (tmp_path / "embeddings").mkdir()
    hidden = np.random.default_rng(5).standard_normal((1, 20 * len(TASKS), 12)).astype(np.float32)
    xr.Dataset({"hidden": (("layer", "telling", "feature"), hidden)}).to_netcdf(
        tmp_path / "embeddings" / "sbertnet.nc"
    )
    rows = instruction_words.main([str(tmp_path), "--out", str(tmp_path)])
    by_axis = {row["axis"]: row for row in rows if row["wordings"] == WORDINGS[0]}
    # an embedding without meaning says nothing; a bag of words tells sums from single stimuli
    assert float(by_axis["multi"]["sbertnet"]) > 10 * float(by_axis["multi"]["bownet"])
    header, *lines = (tmp_path / "instruction_words.csv").read_text().splitlines()
    assert header == ",".join(COLUMNS)
    assert len(lines) == len(rows)
