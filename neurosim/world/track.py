"""Environments: a linear track and an open arena, as nodes and edges."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.files import flags

ENVIRONMENTS = ("none", "linear", "arena")


@dataclass(frozen=True)
class LinearTrack:
    """A straight track from (0, 0) to (length, 0).

    Attributes
    ----------
    length : float
        m.
    """

    length: float

    def coordinates(self, track_position: np.ndarray) -> np.ndarray:
        """Place positions along the track (time,) in the plane (time, space), m."""
        return np.column_stack([track_position, np.zeros_like(track_position)])


@dataclass(frozen=True)
class Arena:
    """A square open arena with corners (0, 0) and (side, side).

    Attributes
    ----------
    side : float
        m.
    """

    side: float


def track_dataset(track: LinearTrack, arena: Arena | None, unit: str = "m") -> xr.Dataset:
    """Write the environments as nodes and directed edges.

    An edge runs from its first to its second node; the running direction ``outbound`` is along
    it, ``inbound`` against it. An arena has corners and no edges.
    """
    nodes, places = [[0, 0], [track.length, 0]], ["linear"] * 2
    if arena is not None:
        side = arena.side
        nodes += [[0, 0], [side, 0], [side, side], [0, side]]
        places += ["arena"] * 4
    return xr.Dataset(
        {
            "node_position": (
                ("node", "space"),
                np.array(nodes, dtype=float),
                {"units": unit, "long_name": "position of the node"},
            ),
            "node_environment": flags(
                np.array(places), ENVIRONMENTS, "node", "environment of the node"
            ),
            "edge_node": (
                ("edge", "end"),
                np.array([[0, 1]], dtype=np.int32),
                {"long_name": "first and last node of the edge"},
            ),
            "edge_length": (
                "edge",
                np.array([track.length]),
                {"units": unit, "long_name": "length of the edge"},
            ),
        },
        coords={"space": ["x", "y"]},
    )
