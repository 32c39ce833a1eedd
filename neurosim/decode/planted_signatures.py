"""What the truth says of the signatures: for comparisons with truth only."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.cells.place import PRECESSION_EXTENT
from neurosim.cells.theta import sequence_compression
from neurosim.files import flag_names


@dataclass(frozen=True)
class Precession:
    """What theta sequences follow from.

    Attributes
    ----------
    field_sd_m : float
    precession_deg : float
    frequency_hz : float
    """

    field_sd_m: float
    precession_deg: float
    frequency_hz: float


def planted_similarity(cells: xr.Dataset, measured: xr.Dataset) -> np.ndarray:
    """Similarity of the maps as drawn for each measured pair (pair,) of environments."""
    names = flag_names(cells["map_environment"]).tolist()
    places = {name: index for index, name in enumerate(names)}
    pairs = zip(measured["environment_a"].values, measured["environment_b"].values, strict=True)
    similarity = cells["map_similarity"].values
    return np.array([similarity[places[str(a)], places[str(b)]] for a, b in pairs])


def planted_rem_compression(events: xr.Dataset) -> np.ndarray:
    """Compression of each sequence (sequence,) of the first environment planted in REM."""
    rem = flag_names(events["state"]) == "rem"
    home = flag_names(events["environment"]) == events.attrs["home"]
    return events["compression"].values[rem & home]


def planted_signatures(
    cells: xr.Dataset,
    events: xr.Dataset,
    maps: xr.Dataset,
    running_speed: float,
    precession: Precession,
) -> xr.Dataset:
    """Put the truth of the signatures together.

    Parameters
    ----------
    cells, events : Dataset
        ``truth/cells/CA1`` and ``truth/events``.
    maps : Dataset (pair)
        Measured similarities; see `neurosim.decode.map_reliability.estimated_similarity`.
    running_speed : float
        m s-1.
    precession : Precession

    Returns
    -------
    Dataset (pair, sequence)
        ``map_similarity`` (pair,); ``theta_compression``, what the planted precession brings
        about at the running speed; ``rem_compression`` (sequence,).
    """
    one = {"units": "1"}
    theta = sequence_compression(
        PRECESSION_EXTENT * precession.field_sd_m,
        precession.frequency_hz,
        precession.precession_deg,
        running_speed,
    )
    return xr.Dataset(
        {
            "map_similarity": (
                "pair",
                planted_similarity(cells, maps),
                one | {"long_name": "mean correlation of population vectors as drawn"},
            ),
            "theta_compression": (
                (),
                theta,
                one | {"long_name": "compression that phase precession brings about"},
            ),
            "rem_compression": (
                "sequence",
                planted_rem_compression(events),
                one | {"long_name": "compression of sequences in REM"},
            ),
        }
    )
