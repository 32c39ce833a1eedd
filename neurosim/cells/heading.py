"""ADN head-direction cells, and the heading that they represent when the head is still."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.files import flag_names
from neurosim.world.behaviour import ornstein_uhlenbeck


@dataclass(frozen=True)
class HeadingParameters:
    """How head-direction cells and the internal heading are drawn.

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
    rem_turn_sd_deg_s, nrem_turn_sd_deg_s : float
        SD of the internal heading's angular velocity in REM and NREM.
    turn_time_constant_s : float
        Its time constant.
    """

    n_cells: int
    peak_rate_median_hz: float
    peak_rate_log_sd: float
    concentration: float
    background_rate_hz: float
    rem_turn_sd_deg_s: float
    nrem_turn_sd_deg_s: float
    turn_time_constant_s: float


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


def internal_heading(
    behaviour: xr.Dataset,
    epochs: xr.Dataset,
    parameters: HeadingParameters,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw the heading that the brain represents, awake and asleep.

    Awake it is the head's direction. In REM and NREM the head lies still, and the heading turns
    with an angular velocity of its own: an Ornstein-Uhlenbeck process whose SD is planted by
    state.

    Returns
    -------
    Dataset (time)
        ``heading`` rad, continuous within an epoch; ``angular_velocity`` rad s-1: the turn
        command that the colliculus carries.
    """
    time = behaviour["time"].values
    step = float(np.median(np.diff(time)))
    heading = behaviour["head_direction"].values.astype(float)
    velocity = np.zeros_like(heading)
    sd = {"rem": parameters.rem_turn_sd_deg_s, "nrem": parameters.nrem_turn_sd_deg_s}
    edges = np.searchsorted(time, np.append(epochs["start"].values, np.inf))
    for state, first, last in zip(flag_names(epochs["state"]), edges[:-1], edges[1:], strict=True):
        rows = slice(first, last)
        if state in sd:
            velocity[rows] = ornstein_uhlenbeck(
                last - first, np.deg2rad(sd[state]), parameters.turn_time_constant_s, step, rng
            )
            heading[rows] = heading[first] + np.cumsum(velocity[rows]) * step
        elif last - first > 1:
            heading[rows] = np.unwrap(heading[rows])
            velocity[rows] = np.gradient(heading[rows], step)
    return xr.Dataset(
        {
            "heading": ("time", heading, {"units": "rad", "long_name": "internal heading"}),
            "angular_velocity": (
                "time",
                velocity,
                {"units": "rad s-1", "long_name": "angular velocity of the internal heading"},
            ),
        },
        coords={"time": ("time", time, {"units": "s", "long_name": "time"})},
    )
