"""Rates that the truth of a recording says were planted, on a linear track."""

import numpy as np
import xarray as xr

from neurosim.files import flag_names


def planted_rates(truth: xr.Dataset, environment: str, positions: np.ndarray) -> np.ndarray:
    """Rates (position, direction, cell) in Hz: the background and the sum of all fields."""
    rates = np.full((positions.size, 2, truth.sizes["cell"]), truth.attrs["background_rate_hz"])
    sd = truth["field_sd"].values[flag_names(truth["map_environment"]) == environment].item()
    here = np.flatnonzero(flag_names(truth["field_environment"]) == environment)
    for field in here:
        away = (positions - truth["field_centre"].values[field]) / sd
        peak = truth["field_peak_rate"].values[:, field]
        cell = truth["field_cell"].values[field]
        rates[:, :, cell] += np.exp(-0.5 * away**2)[:, None] * peak
    return rates
