"""The map: which part of somebody's file is what.

`python -m neurosim import FILE --show` writes one with all that could be guessed (`guess`), as a
small YAML that people edit (`map_file`); `--map MAP.yaml` uses it. Its sections and keys are the
attributes of `ImportMap`; what is left out is guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from neurosim.importing.epochs import Epoch
from neurosim.importing.labels import Meaning
from neurosim.importing.positions import Scale


@dataclass(frozen=True)
class UnitsMap:
    """Which units are where.

    Attributes
    ----------
    region_column : str or None
        Column that says where a unit is.
    regions : Mapping of str to str or None
        Its values, and the regions they stand for (CA1, ADN, SC); units with other values, or
        ``null``, are left out.
    region : str or None
        Region of all units, instead.
    hemisphere_column : str or None
    hemispheres : Mapping of str to str or None
        Its values, and the side they stand for (left, right).
    name_column : str or None
    """

    region_column: str | None = None
    regions: Mapping[str, str | None] = field(default_factory=dict)
    region: str | None = None
    hemisphere_column: str | None = None
    hemispheres: Mapping[str, str | None] = field(default_factory=dict)
    name_column: str | None = None


@dataclass(frozen=True)
class PositionMap:
    """Which series is the position, and its scale.

    Attributes
    ----------
    series : str or None
    columns : tuple of int
        Those of the series that are x and y; one where it runs along a track.
    metres_per_unit : float or None
        Size of its unit, where the file does not say or is wrong.
    track_length_m : float or None
        Length of the track, instead.
    unknown_scale : bool
        Whether lengths are to be parts of the track, instead.
    """

    series: str | None = None
    columns: tuple[int, ...] = (0, 1)
    metres_per_unit: float | None = None
    track_length_m: float | None = None
    unknown_scale: bool = False

    @property
    def scale(self) -> Scale:
        """How positions become metres."""
        return Scale(self.metres_per_unit, self.track_length_m, self.unknown_scale)


@dataclass(frozen=True)
class HeadDirectionMap:
    """Which series is the head direction.

    Attributes
    ----------
    series : str or None
    unit : str or None
        radians or degrees, where the file does not say or is wrong.
    clockwise : bool
        Whether the angle grows clockwise.
    """

    series: str | None = None
    unit: str | None = None
    clockwise: bool = False


@dataclass(frozen=True)
class IntervalsMap:
    """What the labels of one table of intervals mean.

    Attributes
    ----------
    intervals : str
        The table.
    column : str or None
        Its column with the labels; without one the table's name is the label of all.
    values : Mapping of label to Meaning
        Intervals with other labels are left out.
    """

    intervals: str
    column: str | None = None
    values: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportMap:
    """All that a map says.

    Attributes
    ----------
    units : UnitsMap
    position : PositionMap
    head_direction : HeadDirectionMap
    epochs : tuple of IntervalsMap or Epoch
        Later ones win where they overlap; or epochs one by one, and then nothing else.
    rewards : str or None
        Series or table with the times of rewards.
    arrays : Mapping of str to str
        Of an ``.npz``: documented name to the name in the file.
    said : frozenset of str
        Keys that the map has, such as ``position.series``: what has none is guessed, what is null
        is not there.
    """

    units: UnitsMap = UnitsMap()
    position: PositionMap = PositionMap()
    head_direction: HeadDirectionMap = HeadDirectionMap()
    epochs: tuple[IntervalsMap | Epoch, ...] = ()
    rewards: str | None = None
    arrays: Mapping[str, str] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
