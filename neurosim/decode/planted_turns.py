"""Turn cells that were found beside those that were planted: for comparisons with truth only."""

import numpy as np
import xarray as xr

from neurosim.cells.colliculus import HEMISPHERES

CLOCKWISE = -1


def precision_and_recall(found: np.ndarray, planted: np.ndarray) -> tuple[float, float]:
    """Precision and recall of turn cells, counting one with the wrong sign as wrong.

    Parameters
    ----------
    found, planted : array (unit,)
        Preferred turns: -1, 1, or 0 for no turn cell.

    Returns
    -------
    precision, recall : float
        NaN where nothing was found, or planted.
    """
    right = np.count_nonzero((found == planted) & (planted != 0))
    n_found, n_planted = np.count_nonzero(found), np.count_nonzero(planted)
    return right / n_found if n_found else np.nan, right / n_planted if n_planted else np.nan


def clockwise_share(preferred: np.ndarray) -> float:
    """Share of turn cells (unit,) that prefer clockwise turns; NaN without any."""
    cells = preferred[preferred != 0]
    return float(np.mean(cells == CLOCKWISE)) if cells.size else np.nan


def compare_turn_cells(found: xr.Dataset, truth: xr.Dataset) -> xr.Dataset:
    """Compare the turn cells of a recording with those that were planted.

    Parameters
    ----------
    found : Dataset (unit)
        From `neurosim.decode.turn_cells.turn_cells`.
    truth : Dataset (cell)
        The recording's ``truth/cells/SC``.

    Returns
    -------
    Dataset
        ``planted_turn`` (unit); ``precision``, ``recall``; ``clockwise_share`` (hemisphere) of
        the planted turn cells.
    """
    by_unit = dict(zip(truth["unit_index"].values, truth["preferred_turn"].values, strict=True))
    planted = np.array([by_unit[unit] for unit in found["unit_index"].values], dtype=np.int8)
    precision, recall = precision_and_recall(found["preferred_turn"].values, planted)
    side = found["hemisphere"].values.astype(str)
    shares = [clockwise_share(planted[side == hemisphere]) for hemisphere in HEMISPHERES]
    return xr.Dataset(
        {
            "planted_turn": ("unit", planted, {"long_name": "planted preferred turn"}),
            "precision": ((), precision, {"units": "1", "long_name": "precision of turn cells"}),
            "recall": ((), recall, {"units": "1", "long_name": "recall of turn cells"}),
            "clockwise_share": (
                "hemisphere",
                shares,
                {"units": "1", "long_name": "planted share of clockwise turn cells"},
            ),
        },
        coords={"hemisphere": list(HEMISPHERES)},
    )
