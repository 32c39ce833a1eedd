r"""How alike the maps of two environments are, with and without the noise of their estimation.

The mean correlation of population vectors (Leutgeb et al. 2005, 10.1126/science.1114037) of two
estimated maps is smaller than that of the maps themselves: spikes are few, and their noise is not
shared. Spearman's correction for attenuation (1904, 10.2307/1412159) divides by the maps'
reliabilities,

.. math:: r = \frac{r_{ab}}{\sqrt{R_a R_b}}, \qquad R = \frac{2 r_{12}}{1 + r_{12}},

where :math:`r_{12}` is the similarity of one environment's maps from the two halves of its laps
and the second formula (Spearman-Brown) carries it over to all laps.
"""

import itertools

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.cells.maps import map_similarity
from neurosim.decode.position import fit_halves
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording


def whole_reliability(between_halves: float) -> float:
    """Reliability of a map from all laps by the similarity of those from half of them.

    Examples
    --------
    >>> round(whole_reliability(0.6), 3)
    0.75
    """
    return 2 * between_halves / (1 + between_halves)


def corrected_similarity(raw: float, reliability_a: float, reliability_b: float) -> float:
    """Take the attenuation by noise out of a similarity; NaN without a positive reliability.

    Examples
    --------
    >>> round(corrected_similarity(0.3, 0.9, 0.4), 3)
    0.5
    """
    product = reliability_a * reliability_b
    if not min(reliability_a, reliability_b) > 0:
        return float("nan")
    return raw / product**0.5


def population_vectors(fields: xr.Dataset) -> np.ndarray:
    """Rates (direction position, unit), Hz: a population vector for each place and direction."""
    return fields["rate"].values.reshape(-1, fields.sizes["unit"])


def estimated_similarity(
    recording: Recording, maps: xr.DataTree, parameters: FieldParameters, width: float
) -> xr.Dataset:
    """Compare the maps of every pair of tracks that have the same bins on the same edges.

    Parameters
    ----------
    recording : Recording
    maps : DataTree
        From `neurosim.decode.position.fit_maps`.
    parameters : FieldParameters
        Those that the maps were estimated with.
    width : float
        The time bin that they were estimated with, s.

    Returns
    -------
    Dataset (pair)
        ``environment_a``, ``environment_b``, ``population_vector`` and
        ``population_vector_corrected``. A pair of an environment with itself compares the halves
        of its laps and has no corrected value.

    Raises
    ------
    MissingData
        If there is no map of a track.
    """
    tracks = [name for name in recording.track_environments if name in maps]
    if not tracks:
        raise MissingData(f"{recording.name}: expected place fields on a track, found none")
    vectors = {name: population_vectors(maps[name].to_dataset()) for name in tracks}
    halves = {}
    for name in tracks:
        first, second = fit_halves(recording, parameters, width, name)
        halves[name] = map_similarity(population_vectors(first), population_vectors(second))
    rows = [(name, name, halves[name], np.nan) for name in tracks]
    for a, b in itertools.combinations(tracks, 2):
        if np.array_equal(maps[a]["edge"].values, maps[b]["edge"].values):
            raw = map_similarity(vectors[a], vectors[b])
            reliability = (whole_reliability(halves[name]) for name in (a, b))
            rows.append((a, b, raw, corrected_similarity(raw, *reliability)))
    one = {"units": "1"}
    return xr.Dataset(
        {
            "environment_a": ("pair", [row[0] for row in rows], {"long_name": "first environment"}),
            "environment_b": ("pair", [row[1] for row in rows], {"long_name": "second one"}),
            "population_vector": (
                "pair",
                np.array([row[2] for row in rows]),
                one | {"long_name": "mean correlation of population vectors"},
            ),
            "population_vector_corrected": (
                "pair",
                np.array([row[3] for row in rows]),
                one | {"long_name": "the same, corrected for the reliability of the maps"},
            ),
        }
    )
