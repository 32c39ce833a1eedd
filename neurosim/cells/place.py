"""CA1 place cells: Gaussian fields on the track (by running direction) and in the arena."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.world.graph import TrackGraph
from neurosim.world.track import Arena


@dataclass(frozen=True)
class PlaceCellParameters:
    """How place cells are drawn.

    Attributes
    ----------
    n_cells : int
        Number of cells.
    peak_rate_median_hz : float
        Median of the log-normal peak rates.
    peak_rate_log_sd : float
        SD of their logarithm.
    field_sd_m : float
        SD of the Gaussian field on the track.
    arena_field_sd_m : float
        SD of the Gaussian field in the arena.
    bidirectional_fraction : float
        Fraction of cells with the same field in both running directions; the others have a
        field in one direction only.
    background_rate_hz : float
        Rate outside the field, and offline outside of events.
    """

    n_cells: int
    peak_rate_median_hz: float
    peak_rate_log_sd: float
    field_sd_m: float
    arena_field_sd_m: float
    bidirectional_fraction: float
    background_rate_hz: float


@dataclass(frozen=True)
class PlaceCells:
    """Place cells as drawn: the truth about them.

    Attributes
    ----------
    centre : array (cell,)
        Field centre on the track, m.
    peak : array (direction, cell)
        Peak rate by running direction (outbound, inbound), Hz; zero where there is no field.
    width : float
        Field SD on the track, m.
    arena_centre : array (cell, space)
        Field centre in the arena, m.
    arena_peak : array (cell,)
        Hz.
    arena_width : float
        m.
    background : float
        Hz.
    graph : TrackGraph or None
        The track, along which fields reach; None for a straight one.
    """

    centre: np.ndarray
    peak: np.ndarray
    width: float
    arena_centre: np.ndarray
    arena_peak: np.ndarray
    arena_width: float
    background: float
    graph: TrackGraph | None = None

    @property
    def max_rate(self) -> np.ndarray:
        """Highest rate of each cell while running (cell,), Hz."""
        return np.maximum(self.peak.max(axis=0), self.arena_peak) + self.background

    def track_rate(
        self, track_position: np.ndarray, outbound: np.ndarray, cells: np.ndarray
    ) -> np.ndarray:
        """Rate on the track at given positions and directions (candidate,), Hz."""
        if self.graph is None:
            distance = (track_position - self.centre[cells]) / self.width
        else:
            distance = self.graph.separation(track_position, self.centre[cells]) / self.width
        peak = self.peak[np.where(outbound, 0, 1), cells]
        return self.background + peak * np.exp(-0.5 * distance**2)

    def arena_rate(self, position: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Rate in the arena at positions (candidate, space), Hz."""
        offset = (position - self.arena_centre[cells]) / self.arena_width
        return self.background + self.arena_peak[cells] * np.exp(-0.5 * (offset**2).sum(axis=1))

    def mean_track_rate(self, length: float) -> np.ndarray:
        """Mean rate over the track and both directions (cell,), Hz."""
        x = np.linspace(0, length, 101)
        shape = np.exp(-0.5 * ((x - self.centre[:, None]) / self.width) ** 2).mean(axis=1)
        return self.background + self.peak.mean(axis=0) * shape

    def dataset(self) -> xr.Dataset:
        """Write the fields as truth (cell,)."""
        hz = {"units": "Hz"}
        return xr.Dataset(
            {
                "field_centre": ("cell", self.centre, {"units": "m", "long_name": "field centre"}),
                "peak_rate": (
                    ("direction", "cell"),
                    self.peak,
                    hz | {"long_name": "peak rate by running direction"},
                ),
                "arena_field_centre": (
                    ("cell", "space"),
                    self.arena_centre,
                    {"units": "m", "long_name": "field centre in the arena"},
                ),
                "arena_peak_rate": (
                    "cell",
                    self.arena_peak,
                    hz | {"long_name": "peak rate in the arena"},
                ),
            },
            attrs={
                "field_sd_m": self.width,
                "arena_field_sd_m": self.arena_width,
                "background_rate_hz": self.background,
            },
        )


def draw_place_cells(
    parameters: PlaceCellParameters, track: TrackGraph, arena: Arena, rng: np.random.Generator
) -> PlaceCells:
    """Draw place cells: uniform centres, log-normal peak rates, unrelated maps by environment."""
    n = parameters.n_cells

    def peaks() -> np.ndarray:
        return parameters.peak_rate_median_hz * np.exp(
            rng.normal(0, parameters.peak_rate_log_sd, n)
        )

    peak = np.tile(peaks(), (2, 1))
    selective = rng.random(n) >= parameters.bidirectional_fraction
    silent_direction = rng.integers(0, 2, n)
    peak[silent_direction[selective], np.flatnonzero(selective)] = 0.0
    return PlaceCells(
        centre=rng.uniform(0, track.length, n),
        peak=peak,
        width=parameters.field_sd_m,
        arena_centre=rng.uniform(0, arena.side, (n, 2)),
        arena_peak=peaks(),
        arena_width=parameters.arena_field_sd_m,
        background=parameters.background_rate_hz,
        graph=track,
    )
