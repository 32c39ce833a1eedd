"""Superior colliculus: two populations whose turn cells carry the turn command of their side."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.world.turning import CLOCKWISE, COUNTER_CLOCKWISE

HEMISPHERES = ("left", "right")
CONTRAVERSIVE = {"left": CLOCKWISE, "right": COUNTER_CLOCKWISE}


@dataclass(frozen=True)
class ColliculusParameters:
    """How superior-colliculus units are drawn, and how many there are that nobody records.

    Attributes
    ----------
    n_left, n_right : int
        Recorded units on each side.
    n_population : int
        Turn cells on each side, recorded or not: those that drive the ring attractor.
    turn_cell_fraction : float
        Fraction of recorded units that are turn cells.
    contraversive_fraction : float
        Fraction of turn cells that prefer turns to the other side (left colliculus: clockwise).
    base_rate_hz, base_log_sd : float
        Log-normal rate without a turn.
    gain_hz_per_deg_s : float
        Added rate for each deg/s of angular velocity in the preferred direction.
    max_drive_deg_s : float
        Angular velocity at which the response saturates.
    recorded_contraversive_fraction : float or None
        That of the recorded turn cells, where it is not that of all.
    """

    n_left: int
    n_right: int
    n_population: int
    turn_cell_fraction: float
    contraversive_fraction: float
    base_rate_hz: float
    base_log_sd: float
    gain_hz_per_deg_s: float
    max_drive_deg_s: float
    recorded_contraversive_fraction: float | None = None

    def __post_init__(self) -> None:
        """Hold the parameters to a population that carries a command, and is larger than a sample.

        Raises
        ------
        NeurosimError
        """
        if self.contraversive_fraction <= 0.5:
            raise NeurosimError(
                "colliculus_cells.contraversive_fraction: expected more than 0.5, found "
                f"{self.contraversive_fraction}; two sides that prefer the same carry no command"
            )
        recorded = round(max(self.n_left, self.n_right) * self.turn_cell_fraction)
        if recorded > self.n_population:
            raise NeurosimError(
                f"colliculus_cells.n_population: expected at least the {recorded} recorded turn "
                f"cells of a side, found {self.n_population}"
            )

    @property
    def gain(self) -> float:
        """Added rate for each rad/s, Hz."""
        return float(np.rad2deg(self.gain_hz_per_deg_s))

    @property
    def max_drive(self) -> float:
        """Angular velocity at which the response saturates, rad/s."""
        return float(np.deg2rad(self.max_drive_deg_s))

    @property
    def base_rate_mean_hz(self) -> float:
        """Mean of the log-normal rate without a turn, Hz."""
        return self.base_rate_hz * float(np.exp(self.base_log_sd**2 / 2))

    @property
    def population_gain(self) -> float:
        """Spikes of a side's population for each rad of contraversive turning beyond the ipsi."""
        return self.n_population * self.gain * (2 * self.contraversive_fraction - 1)


@dataclass(frozen=True)
class ColliculusCells:
    """Recorded superior-colliculus units as drawn.

    Attributes
    ----------
    hemisphere : array (cell,) of str
        ``left`` or ``right``.
    preferred : array (cell,)
        Sign of the preferred turn: -1 clockwise, 1 counter-clockwise, 0 for no turn cell.
    base : array (cell,)
        Hz.
    gain : float or array (cell,)
        Hz per rad/s.
    max_drive : float
        rad/s.
    """

    hemisphere: np.ndarray
    preferred: np.ndarray
    base: np.ndarray
    gain: float | np.ndarray
    max_drive: float

    def _gain_of(self, cells: np.ndarray) -> float | np.ndarray:
        return self.gain if np.ndim(self.gain) == 0 else self.gain[cells]

    @property
    def max_rate(self) -> np.ndarray:
        """Highest rate of each cell (cell,), Hz."""
        return self.base + self.gain * self.max_drive * np.abs(self.preferred)

    def rate(self, angular_velocity: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Rate under turn commands in rad/s (candidate,), Hz: rectified, linear, saturating."""
        drive = np.clip(self.preferred[cells] * angular_velocity, 0, self.max_drive)
        return self.base[cells] + self._gain_of(cells) * drive

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
    """Draw the recorded units of both colliculi; the fractions hold exactly, but for rounding."""
    contraversive = parameters.recorded_contraversive_fraction
    if contraversive is None:
        contraversive = parameters.contraversive_fraction
    sizes = {"left": parameters.n_left, "right": parameters.n_right}
    preferred = []
    for side, size in sizes.items():
        n_turn = round(size * parameters.turn_cell_fraction)
        n_contra = round(n_turn * contraversive)
        signs = np.repeat([1, -1, 0], [n_contra, n_turn - n_contra, size - n_turn])
        preferred.append(CONTRAVERSIVE[side] * rng.permutation(signs))
    n = parameters.n_left + parameters.n_right
    return ColliculusCells(
        hemisphere=np.repeat(np.array(HEMISPHERES), list(sizes.values())),
        preferred=np.concatenate(preferred).astype(int),
        base=parameters.base_rate_hz * np.exp(rng.normal(0, parameters.base_log_sd, n)),
        gain=parameters.gain,
        max_drive=parameters.max_drive,
    )


def unrecorded_rate(
    parameters: ColliculusParameters, side: str, command: np.ndarray, n_recorded: int
) -> np.ndarray:
    """Summed rate (sample,) of a side's turn cells that nobody records, Hz.

    Parameters
    ----------
    parameters : ColliculusParameters
    side : {"left", "right"}
    command : array (sample,)
        Turn command, rad s-1.
    n_recorded : int
        Turn cells of the side that are recorded.
    """
    towards = np.clip(CONTRAVERSIVE[side] * command, -parameters.max_drive, parameters.max_drive)
    contra = parameters.contraversive_fraction
    drive = contra * np.maximum(towards, 0.0) + (1 - contra) * np.maximum(-towards, 0.0)
    n = parameters.n_population - n_recorded
    return n * (parameters.base_rate_mean_hz + parameters.gain * drive)
