"""Superior-colliculus turn cells: rates that follow the turn command of their hemisphere."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

HEMISPHERES = ("left", "right")
CLOCKWISE, COUNTER_CLOCKWISE = -1, 1  # sign of the angular velocity


@dataclass(frozen=True)
class ColliculusParameters:
    """How superior-colliculus units are drawn.

    Attributes
    ----------
    n_cells_per_hemisphere : int
        Units on each side.
    turn_cell_fraction : float
        Fraction of units that respond to turns.
    contraversive_fraction : float
        Fraction of turn cells that prefer turns to the other side (left colliculus: clockwise).
    base_rate_hz : float
        Median rate without a turn (log-normal over cells, SD of the logarithm 0.5).
    gain_hz_per_deg_s : float
        Added rate for each deg/s of angular velocity in the preferred direction.
    max_drive_deg_s : float
        Angular velocity at which the response saturates.
    """

    n_cells_per_hemisphere: int
    turn_cell_fraction: float
    contraversive_fraction: float
    base_rate_hz: float
    gain_hz_per_deg_s: float
    max_drive_deg_s: float


@dataclass(frozen=True)
class ColliculusCells:
    """Superior-colliculus units as drawn.

    Attributes
    ----------
    hemisphere : array (cell,) of str
        ``left`` or ``right``.
    preferred : array (cell,)
        Sign of the preferred turn: -1 clockwise, 1 counter-clockwise, 0 for no turn cell.
    base : array (cell,)
        Hz.
    gain : float
        Hz per rad/s.
    max_drive : float
        rad/s.
    """

    hemisphere: np.ndarray
    preferred: np.ndarray
    base: np.ndarray
    gain: float
    max_drive: float

    @property
    def max_rate(self) -> np.ndarray:
        """Highest rate of each cell (cell,), Hz."""
        return self.base + self.gain * self.max_drive * np.abs(self.preferred)

    def rate(self, angular_velocity: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Rate under turn commands in rad/s (candidate,), Hz: rectified, linear, saturating."""
        drive = np.clip(self.preferred[cells] * angular_velocity, 0, self.max_drive)
        return self.base[cells] + self.gain * drive

    def dataset(self) -> xr.Dataset:
        """Write the tuning as truth (cell,)."""
        return xr.Dataset(
            {
                "preferred_turn": (
                    "cell",
                    self.preferred.astype(np.int8),
                    {"long_name": "preferred turn: -1 clockwise, 1 counter-clockwise, 0 none"},
                ),
                "base_rate": ("cell", self.base, {"units": "Hz", "long_name": "rate at rest"}),
            },
            attrs={"gain_hz_per_rad_s": self.gain, "max_drive_rad_s": self.max_drive},
        )


def draw_colliculus_cells(
    parameters: ColliculusParameters, rng: np.random.Generator
) -> ColliculusCells:
    """Draw the units of both colliculi."""
    n = parameters.n_cells_per_hemisphere
    hemisphere = np.repeat(np.array(HEMISPHERES), n)
    contraversive = np.where(hemisphere == "left", CLOCKWISE, COUNTER_CLOCKWISE)
    prefers_contra = rng.random(2 * n) < parameters.contraversive_fraction
    is_turn_cell = rng.random(2 * n) < parameters.turn_cell_fraction
    return ColliculusCells(
        hemisphere=hemisphere,
        preferred=np.where(prefers_contra, contraversive, -contraversive) * is_turn_cell,
        base=parameters.base_rate_hz * np.exp(rng.normal(0, 0.5, 2 * n)),
        gain=np.rad2deg(parameters.gain_hz_per_deg_s),
        max_drive=np.deg2rad(parameters.max_drive_deg_s),
    )
