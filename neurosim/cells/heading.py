"""ADN head-direction cells: they fire at the heading of the compass, awake and asleep."""

from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class HeadingParameters:
    """How head-direction cells are drawn.

    Attributes
    ----------
    n_cells : int
        Number of cells.
    peak_rate_median_hz, peak_rate_log_sd : float
        Log-normal peak rates.
    concentration : float
        von Mises concentration of the tuning.
    background_rate_hz : float
        Rate far from the preferred direction.
    """

    n_cells: int
    peak_rate_median_hz: float
    peak_rate_log_sd: float
    concentration: float
    background_rate_hz: float


@dataclass(frozen=True)
class HeadingCells:
    """Head-direction cells as drawn.

    Attributes
    ----------
    preferred : array (cell,)
        Preferred direction, rad.
    peak : array (cell,)
        Hz.
    concentration, background : float
        von Mises concentration; Hz.
    """

    preferred: np.ndarray
    peak: np.ndarray
    concentration: float
    background: float

    @property
    def max_rate(self) -> np.ndarray:
        """Highest rate of each cell (cell,), Hz."""
        return self.peak + self.background

    def rate(self, heading: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Rate at headings in rad (candidate,), Hz."""
        shape = np.exp(self.concentration * (np.cos(heading - self.preferred[cells]) - 1))
        return self.background + self.peak[cells] * shape

    def dataset(self) -> xr.Dataset:
        """Write the tuning as truth (cell,)."""
        return xr.Dataset(
            {
                "preferred_heading": (
                    "cell",
                    self.preferred,
                    {"units": "rad", "long_name": "preferred head direction"},
                ),
                "peak_rate": ("cell", self.peak, {"units": "Hz", "long_name": "peak rate"}),
            },
            attrs={
                "concentration": self.concentration,
                "background_rate_hz": self.background,
            },
        )


def draw_heading_cells(parameters: HeadingParameters, rng: np.random.Generator) -> HeadingCells:
    """Draw head-direction cells with uniform preferred directions and log-normal peak rates."""
    n = parameters.n_cells
    peak = parameters.peak_rate_median_hz * np.exp(rng.normal(0, parameters.peak_rate_log_sd, n))
    return HeadingCells(
        preferred=rng.uniform(0, 2 * np.pi, n),
        peak=peak,
        concentration=parameters.concentration,
        background=parameters.background_rate_hz,
    )
