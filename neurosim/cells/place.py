"""CA1 place cells: fields drawn on tracks (by running direction) and in arenas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.maps import Fields, PlaceGrid, PlaceMaps, map_similarity
from neurosim.files import flags
from neurosim.world.laps import DIRECTIONS

PRECESSION_EXTENT = 3.0  # SDs of the field over which the phase falls by the whole precession
CENTRE_PHASE = np.pi  # theta phase preferred at a field's centre, rad


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
        SD of the Gaussian field on a track.
    arena_field_sd_m : float
        SD of the Gaussian field in an arena.
    mean_fields : float
        Mean number of fields of a cell in an environment; at least one. Those beyond the first
        are Poisson with a gamma-distributed mean: few cells have many fields (Rich, Liaw & Lee
        2014, 10.1126/science.1255635).
    field_number_shape : float
        Shape of that gamma distribution.
    bidirectional_fraction : float
        Fraction of cells with the same fields in both running directions of a track; the others
        have them in one direction only.
    background_rate_hz : float
        Rate outside the fields, and offline outside of events.
    precession_deg : float
        Fall of the preferred theta phase from a field's entry to its exit.
    """

    n_cells: int
    peak_rate_median_hz: float
    peak_rate_log_sd: float
    field_sd_m: float
    arena_field_sd_m: float
    mean_fields: float
    field_number_shape: float
    bidirectional_fraction: float
    background_rate_hz: float
    precession_deg: float


@dataclass(frozen=True)
class Resemblance:
    """That an environment's map is partly that of another one (incomplete pattern separation).

    Attributes
    ----------
    other : str
        The environment drawn before.
    shared_fraction : float
        Fraction of cells that keep their fields of the other environment.
    """

    other: str
    shared_fraction: float


def draw_place_maps(
    parameters: PlaceCellParameters,
    grids: Sequence[PlaceGrid],
    rng: np.random.Generator,
    resembles: Mapping[str, Resemblance] | None = None,
) -> PlaceMaps:
    """Draw the fields of all cells in all environments.

    Field centres are uniform over an environment, peak rates log-normal. Maps of different
    environments are unrelated unless one resembles another. On tracks the preferred theta phase
    falls along the running direction; in arenas, where a place has none, firing is bound to one
    phase.

    Parameters
    ----------
    parameters : PlaceCellParameters
    grids : sequence of PlaceGrid
        The environments.
    rng : numpy.random.Generator
    resembles : Mapping of environment name to Resemblance
        Environments whose maps share cells with an earlier one.

    Raises
    ------
    NeurosimError
        If an environment shall resemble one that does not come before it, or one of another kind.
    """
    drawn: list[Fields] = []
    for environment, grid in enumerate(grids):
        fields = _draw_fields(parameters, environment, grid, rng)
        if resembles and grid.name in resembles:
            fields = _shared(fields, resembles[grid.name], grids, drawn, parameters.n_cells, rng)
        drawn.append(fields)
    width = np.array(
        [parameters.arena_field_sd_m if g.graph is None else parameters.field_sd_m for g in grids]
    )
    tables = [
        _tables(grid, fields, sd, parameters)
        for grid, fields, sd in zip(grids, drawn, width, strict=True)
    ]
    means = np.stack([rate.mean(axis=0) for rate, _ in tables])
    return PlaceMaps(
        grids=tuple(grids),
        rate=np.concatenate([*(rate for rate, _ in tables), means]).astype(np.float32),
        phase=np.concatenate([*(phase for _, phase in tables), np.full_like(means, CENTRE_PHASE)]),
        fields=_joined(drawn),
        width=width,
        background=parameters.background_rate_hz,
    )


def _draw_fields(
    parameters: PlaceCellParameters, environment: int, grid: PlaceGrid, rng: np.random.Generator
) -> Fields:
    """Draw the fields of one environment."""
    n, shape = parameters.n_cells, parameters.field_number_shape
    more = rng.poisson(rng.gamma(shape, (parameters.mean_fields - 1) / shape, n))
    cell = np.repeat(np.arange(n), 1 + more)
    places = grid.random_places(cell.size, rng)
    spread = rng.normal(0, parameters.peak_rate_log_sd, cell.size)
    peak = np.tile(parameters.peak_rate_median_hz * np.exp(spread), (2, 1))
    selective = rng.random(n) >= parameters.bidirectional_fraction
    silent = rng.integers(0, 2, n)
    if grid.graph is not None:
        peak[silent[cell[selective[cell]]], np.flatnonzero(selective[cell])] = 0.0
    place = places if places.ndim == 2 else np.column_stack([places, places])
    return Fields(cell, np.full(cell.size, environment), place, peak)


def _shared(
    own: Fields,
    resemblance: Resemblance,
    grids: Sequence[PlaceGrid],
    drawn: Sequence[Fields],
    n_cells: int,
    rng: np.random.Generator,
) -> Fields:
    """Replace the fields of some cells by their fields of another environment."""
    names = [grid.name for grid in grids]
    here, name = grids[len(drawn)], resemblance.other
    known = names[: len(drawn)]
    if name not in known or (grids[names.index(name)].graph is None) != (here.graph is None):
        raise NeurosimError(
            f"{here.name}: similar_to: expected an environment of the same kind that comes "
            f"before it ({', '.join(known) or 'none does'}), found {name!r}"
        )
    other, theirs = grids[names.index(name)], drawn[names.index(name)]
    keeps = np.zeros(n_cells, dtype=bool)
    keeps[rng.permutation(n_cells)[: round(resemblance.shared_fraction * n_cells)]] = True
    kept = np.flatnonzero(keeps[theirs.cell])
    copied = Fields(
        theirs.cell[kept],
        np.full(kept.size, len(drawn)),
        theirs.place[kept] * (here.extent / other.extent),
        theirs.peak[:, kept],
    )
    redrawn = np.flatnonzero(~keeps[own.cell])
    rest = Fields(
        own.cell[redrawn], own.environment[redrawn], own.place[redrawn], own.peak[:, redrawn]
    )
    return _joined([copied, rest])


def _joined(parts: Sequence[Fields]) -> Fields:
    return Fields(
        np.concatenate([part.cell for part in parts]),
        np.concatenate([part.environment for part in parts]),
        np.concatenate([part.place for part in parts]),
        np.concatenate([part.peak for part in parts], axis=1),
    )


def _tables(
    grid: PlaceGrid, fields: Fields, width: float, parameters: PlaceCellParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Rates (Hz) and preferred phases (rad) of one environment (state, cell).

    Where fields of a cell overlap their rates add; the phase is that of the stronger one.
    """
    places = fields.place if grid.graph is None else fields.place[:, 0]
    distance = grid.distance(places) / width
    shape = np.exp(-0.5 * distance**2)
    n_bins = len(grid.centres)
    rate = np.full((grid.n_states, parameters.n_cells), parameters.background_rate_hz)
    phase = np.full((grid.n_states, parameters.n_cells), CENTRE_PHASE, dtype=np.float32)
    strongest = np.zeros_like(phase)
    slope = np.deg2rad(parameters.precession_deg) / PRECESSION_EXTENT
    away = np.zeros_like(distance) if grid.graph is None else grid.leads_away(places)
    for direction, sign in zip(range(grid.n_directions), (1.0, -1.0), strict=False):
        rows = slice(direction * n_bins, (direction + 1) * n_bins)
        preferred = CENTRE_PHASE - np.clip(sign * slope * away * distance, -np.pi, np.pi)
        for field, cell in enumerate(fields.cell):
            contribution = fields.peak[direction, field] * shape[:, field]
            rate[rows, cell] += contribution
            stronger = contribution > strongest[rows, cell]
            phase[rows, cell] = np.where(stronger, preferred[:, field], phase[rows, cell])
            strongest[rows, cell] = np.maximum(strongest[rows, cell], contribution)
    return rate, phase


def place_cells_dataset(maps: PlaceMaps, environments: tuple[str, ...]) -> xr.Dataset:
    """Write the fields as truth.

    Parameters
    ----------
    maps : PlaceMaps
    environments : tuple of str
        The names that the recording's flags know.

    Returns
    -------
    Dataset (field, map, map_b)
        ``field_cell``, ``field_environment``, ``field_centre`` m (track position, NaN in an
        arena), ``field_position`` m, ``field_peak_rate`` Hz by running direction; and
        ``map_similarity`` of every pair of environments that have the same bins, NaN elsewhere.
    """
    fields, grids = maps.fields, maps.grids
    names = np.array([grid.name for grid in grids], dtype=object)
    on_track = np.array([grid.graph is not None for grid in grids])[fields.environment]
    position = fields.place.copy()
    for index, grid in enumerate(grids):
        rows = np.flatnonzero(fields.environment == index)
        if grid.graph is not None:
            position[rows] = grid.coordinates(fields.place[rows, 0])
    similarity = np.full((len(grids), len(grids)), np.nan)
    for a, b in np.ndindex(similarity.shape):
        if maps.map_of(a).shape == maps.map_of(b).shape:
            similarity[a, b] = map_similarity(maps.map_of(a), maps.map_of(b))
    centre = np.where(on_track, fields.place[:, 0], np.nan)
    metres, hertz = {"units": "m"}, {"units": "Hz", "long_name": "peak rate by running direction"}
    return xr.Dataset(
        {
            "field_cell": (
                "field",
                fields.cell.astype(np.int32),
                {"long_name": "cell that has the field", "instance_dimension": "cell"},
            ),
            "field_environment": flags(
                names[fields.environment], environments, "field", "environment of the field"
            ),
            "field_centre": (
                "field",
                centre,
                metres | {"long_name": "track position of the centre"},
            ),
            "field_position": (
                ("field", "space"),
                position,
                metres | {"long_name": "position of the centre"},
            ),
            "field_peak_rate": (("direction", "field"), fields.peak, hertz),
            "field_sd": ("map", maps.width, metres | {"long_name": "SD of the fields"}),
            "map_environment": flags(names, environments, "map", "environment of the map"),
            "map_similarity": (
                ("map", "map_b"),
                similarity,
                {"units": "1", "long_name": "mean correlation of population vectors"},
            ),
        },
        coords={"direction": list(DIRECTIONS), "space": ["x", "y"]},
        attrs={"background_rate_hz": maps.background},
    )
