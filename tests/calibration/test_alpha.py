"""The alpha of a recording: of its own cells, of the nearest table, or none."""

import xarray as xr

from neurosim import MissingData
from neurosim.calibration.alpha import calibrated_for
from neurosim.decode.scores import SCORES
from neurosim.files import Provenance, save, save_or_explain

SHUFFLES = ("cell_identity", "place_field_rotation")
ABOUT = Provenance("a test", "make_test", 1, {})


def table(alpha, n_cells):
    return xr.Dataset(
        {"alpha": (("detector", "score", "bound"), [[[alpha]]], {"long_name": "alpha"})},
        coords={"detector": ["+".join(SHUFFLES)], "score": [SCORES[0]], "bound": ["value"]},
        attrs={"n_cells": n_cells},
    )


def saved(path, data):
    save(data, path, ABOUT)
    return path


def unable():
    raise MissingData("expected a linear track, found none")


def test_own_cells_come_before_tables_and_the_nearest_table_before_none(tmp_path):
    tables = [saved(tmp_path / f"{n}.nc", table(n / 1000, n)) for n in (20, 80)]
    own = saved(tmp_path / "own.nc", xr.Dataset(attrs={"calibrated_alpha": 0.03}))
    assert calibrated_for(70, SHUFFLES, own, tables) == {"calibrated_alpha": 0.03}
    assert calibrated_for(70, SHUFFLES, None, tables) == {"calibrated_alpha": 0.08}
    assert calibrated_for(70, SHUFFLES) == {}


def test_cells_that_cannot_be_calibrated_leave_it_to_the_tables(tmp_path):
    own = tmp_path / "own.nc"
    save_or_explain(unable, own, ABOUT)
    assert calibrated_for(70, SHUFFLES, own) == {}
    tables = [saved(tmp_path / "cells20.nc", table(0.02, 20))]
    assert calibrated_for(70, SHUFFLES, own, tables) == {"calibrated_alpha": 0.02}
