"""Environments of a session: tracks that are graphs, and open arenas."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import flags
from neurosim.world.graph import TRACKS, TrackGraph, make_track

ENVIRONMENTS = ("none", "linear", "arena")  # of recordings that come from elsewhere
MEASURES = {
    "linear": {"length_m": "length"},
    "w": {"arm_m": "arm", "spacing_m": "spacing"},
    "y": {"arm_m": "arm"},
    "loop": {"length_m": "circumference"},
    "arena": {"side_m": "side"},
}
ALTERNATING = ("w",)  # kinds of track on which the animal is rewarded for alternating


@dataclass(frozen=True)
class TrackEnvironment:
    """A track and what the animal does there.

    Attributes
    ----------
    name : str
        Name of the environment.
    graph : TrackGraph
        m.
    duration_s : float
        Time spent there.
    similar_to : str or None
        An environment that came before, of which some cells keep their fields.
    shared_fraction : float
        Fraction of cells that do; the others remap.
    rewarded_wells : tuple of int or None
        Places in ``graph.wells`` that give a reward on a correct arrival; all by default.
    error_fraction : float
        Fraction of wrong choices, where the animal alternates.
    alternates : bool
        Whether the animal runs from the first well to the others in turn (a W); else it runs to
        any other well, all the way around where there is only one.
    """

    name: str
    graph: TrackGraph
    duration_s: float
    similar_to: str | None = None
    shared_fraction: float = 0.0
    rewarded_wells: tuple[int, ...] | None = None
    error_fraction: float = 0.0
    alternates: bool = False


@dataclass(frozen=True)
class Arena:
    """A square open arena with corners (0, 0) and (side, side).

    Attributes
    ----------
    side : float
        m.
    name : str
        Name of the environment.
    duration_s : float
        Time spent there.
    """

    side: float
    name: str = "arena"
    duration_s: float = 0.0


Environment = TrackEnvironment | Arena


def make_environment(name: str, values: Mapping[str, object]) -> Environment:
    """Make an environment from a mapping: ``kind``, measures in m, what the animal does there.

    Raises
    ------
    NeurosimError
        If the kind is not known or a measure is missing.
    """
    options = dict(values)
    kind = options.pop("kind", None)
    if kind not in MEASURES:
        raise NeurosimError(
            f"environments.{name}.kind: expected one of {choices(MEASURES)}, found {kind!r}"
        )
    missing = [key for key in MEASURES[kind] if key not in options]
    if missing:
        raise NeurosimError(
            f"environments.{name}: expected a key {missing[0]!r} for the kind {kind!r}, found "
            "none; add it"
        )
    measures = {keyword: options.pop(key) for key, keyword in MEASURES[kind].items()}
    if kind not in TRACKS:
        return Arena(name=name, **measures, **options)
    if "rewarded_wells" in options:
        options["rewarded_wells"] = tuple(options["rewarded_wells"])
    graph = make_track(kind, **measures)
    return TrackEnvironment(name, graph, alternates=kind in ALTERNATING, **options)


def track_dataset(places: Mapping[str, TrackGraph | Arena], unit: str = "m") -> xr.Dataset:
    """Write environments as nodes and directed edges.

    An edge runs from its first to its second node; the running direction ``outbound`` is along
    it, ``inbound`` against it. An arena has corners and no edges. Nodes and edges of the
    environments follow one another.

    Parameters
    ----------
    places : Mapping of name to TrackGraph or Arena
        In the order in which they are run.
    unit : {"m", "track"}
        Unit of length.
    """
    nodes, edges, wells = [np.empty((0, 2))], [np.empty((0, 2), dtype=int)], []
    node_place, edge_place, lengths, first = [], [], [np.empty(0)], 0
    for name, place in places.items():
        if isinstance(place, TrackGraph):
            corners = place.node_position
            edges.append(place.edge_node + first)
            edge_place += [name] * len(place.edge_node)
            lengths.append(place.edge_length)
            wells += [int(node in place.wells) for node in range(len(corners))]
        else:
            corners = place.side * np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
            wells += [0] * 4
        nodes.append(corners)
        node_place += [name] * len(corners)
        first += len(corners)
    names = ("none", *places)
    return xr.Dataset(
        {
            "node_position": (
                ("node", "space"),
                np.concatenate(nodes),
                {"units": unit, "long_name": "position of the node"},
            ),
            "node_environment": flags(
                np.array(node_place, dtype=object), names, "node", "environment of the node"
            ),
            "well": flags(
                np.array(wells, dtype=int), ("no", "yes"), "node", "whether it is a well"
            ),
            "edge_node": (
                ("edge", "end"),
                np.concatenate(edges).astype(np.int32),
                {"long_name": "first and last node of the edge"},
            ),
            "edge_environment": flags(
                np.array(edge_place, dtype=object), names, "edge", "environment of the edge"
            ),
            "edge_length": (
                "edge",
                np.concatenate(lengths),
                {"units": unit, "long_name": "length of the edge"},
            ),
        },
        coords={"space": ["x", "y"]},
    )
