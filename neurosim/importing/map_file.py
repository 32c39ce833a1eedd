"""Maps as YAML files: read and checked."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from neurosim import NeurosimError
from neurosim.contract import REGIONS
from neurosim.errors import choices
from neurosim.importing.epochs import Epoch
from neurosim.importing.labels import MEANINGS, Meaning
from neurosim.importing.mapping import (
    HeadDirectionMap,
    ImportMap,
    IntervalsMap,
    PositionMap,
    UnitsMap,
)

ANGLE_UNITS = ("radians", "degrees")


def read_map(path: Path) -> ImportMap:
    """Read a map.

    Raises
    ------
    NeurosimError
        If it is no YAML, or a key or value is not allowed.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Texts)  # noqa: S506 (makes texts, lists and dicts alone)
    except FileNotFoundError as error:
        raise NeurosimError(f"{path}: no such file; --show writes one") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise NeurosimError(
            f"{path}: expected a map in YAML, but it cannot be read ({said})"
        ) from error
    reader = _Reader(str(path))
    found = reader.section(ImportMap, {} if content in (None, "") else content, "")
    return replace(found, said=frozenset(reader.said))


class _Texts(yaml.BaseLoader):
    """Leaves every scalar a text: a label may be `no`, `1` or `2024-01-01`. Each key comes once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key, yaml.ScalarNode) else True:
                problem = f"{key.value!r} is no key, or one that was there before"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class _Reader:
    """Reads sections of a map, naming the file and the key in every message."""

    def __init__(self, source: str):
        self.source = source
        self.said: set[str] = set()

    def section(self, kind: Any, content: Any, where: str) -> Any:
        """Read the attributes of a dataclass."""
        content = self.mapping(content, where)
        names = [each.name for each in fields(kind) if each.name != "said"]
        for key in content:
            if key not in names:
                raise NeurosimError(
                    f"{self.source}: unknown key {_joined(where, key)!r}; expected one of "
                    f"{choices(names)}"
                )
        return kind(**{k: self.value(_joined(where, k), k, v) for k, v in content.items()})

    def value(self, where: str, key: str, value: Any) -> Any:
        """Read one value, by the name of its key."""
        self.said.add(where)
        sections: dict[str, Any] = {
            "units": UnitsMap,
            "position": PositionMap,
            "head_direction": HeadDirectionMap,
        }
        if where in sections:
            return self.section(sections[where], {} if _is_null(value) else value, where)
        readers: dict[str, Callable[[str, Any], Any]] = {
            "regions": lambda w, v: self.choices_of(w, v, REGIONS),
            "hemispheres": lambda w, v: self.choices_of(w, v, ("left", "right")),
            "region": lambda w, v: self.choice(w, v, REGIONS),
            "unit": lambda w, v: self.choice(w, v, ANGLE_UNITS),
            "columns": self.columns,
            "metres_per_unit": self.number,
            "track_length_m": self.number,
            "unknown_scale": self.truth,
            "clockwise": self.truth,
            "epochs": self.epochs,
            "values": self.meanings,
            "arrays": self.texts,
        }
        return readers.get(key, self.text)(where, value)

    def mapping(self, value: Any, where: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(where or "the file", "keys and values", value)
        for key in value:
            if not isinstance(key, str):
                raise self.wrong(where or "the file", "texts as keys", key)
        return value

    def text(self, where: str, value: Any) -> str | None:
        if not isinstance(value, str):
            raise self.wrong(where, "a text", value)
        return None if _is_null(value) else value

    def texts(self, where: str, value: Any) -> dict[str, str]:
        pairs = {} if _is_null(value) else self.mapping(value, where)
        found = {key: self.text(_joined(where, key), text) for key, text in pairs.items()}
        return {key: text for key, text in found.items() if text is not None}

    def choice(self, where: str, value: Any, allowed: tuple[str, ...]) -> str | None:
        text = self.text(where, value)
        if text is not None and text not in allowed:
            raise self.wrong(where, f"one of {choices(allowed)}", value)
        return text

    def choices_of(self, where: str, value: Any, allowed: tuple[str, ...]) -> dict[str, str | None]:
        pairs = {} if _is_null(value) else self.mapping(value, where)
        return {k: self.choice(_joined(where, k), v, allowed) for k, v in pairs.items()}

    def number(self, where: str, value: Any) -> float | None:
        text = self.text(where, value)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError as error:
            raise self.wrong(where, "a number", value) from error
        if not (np.isfinite(number) and number > 0):
            raise self.wrong(where, "a positive number", value)
        return number

    def truth(self, where: str, value: Any) -> bool:
        return self.choice(where, value, ("true", "false")) == "true"

    def columns(self, where: str, value: Any) -> tuple[int, ...]:
        given = value if isinstance(value, list) else [value]
        if not (1 <= len(given) <= 2 and all(isinstance(v, str) and v.isdecimal() for v in given)):
            raise self.wrong(where, "one or two column numbers from 0, such as [0, 1]", value)
        return tuple(int(v) for v in given)

    def meanings(self, where: str, value: Any) -> dict[str, Meaning]:
        pairs = {} if _is_null(value) else self.mapping(value, where)
        return {label: self.meaning(_joined(where, label), v) for label, v in pairs.items()}

    def meaning(self, where: str, value: Any) -> Meaning:
        said = {} if _is_null(value) else self.mapping(value, where)
        for key in said:
            if key not in MEANINGS:
                raise NeurosimError(
                    f"{self.source}: unknown key {_joined(where, key)!r}; expected one of "
                    f"{choices(MEANINGS)}"
                )
        return Meaning(
            **{k: self.choice(_joined(where, k), v, MEANINGS[k]) for k, v in said.items()}
        )

    def epochs(self, where: str, value: Any) -> tuple[IntervalsMap | Epoch, ...]:
        if _is_null(value):
            return ()
        if not isinstance(value, list):
            raise self.wrong(where, "a list", value)
        found = tuple(self.epoch(f"{where}[{i}]", each) for i, each in enumerate(value))
        if len({type(each) for each in found}) > 1:
            raise NeurosimError(
                f"{self.source}: {where}: expected tables of intervals, or epochs with start and "
                "stop, found both; give one kind"
            )
        return found

    def epoch(self, where: str, value: Any) -> IntervalsMap | Epoch:
        given = self.mapping(value, where)
        if "start" not in given:
            if _is_null(given.get("intervals")):
                raise self.wrong(where, "a key 'intervals' (a table) or 'start'", list(given))
            return self.section(IntervalsMap, given, where)
        parts = [given.get(name, "") for name in Epoch.__annotations__]
        unknown = sorted(set(given) - set(Epoch.__annotations__))
        if unknown:
            raise NeurosimError(
                f"{self.source}: unknown key {_joined(where, unknown[0])!r}; expected one of "
                f"{choices(Epoch.__annotations__)}"
            )
        if not all(isinstance(part, str) for part in parts):
            raise self.wrong(where, "texts and numbers", value)
        try:
            return Epoch.parse(":".join(parts if parts[-1] else parts[:-1]))
        except NeurosimError as error:
            raise NeurosimError(f"{self.source}: {where}: {error}") from error

    def wrong(self, where: str, expected: str, found: Any) -> NeurosimError:
        return NeurosimError(f"{self.source}: {where}: expected {expected}, found {found!r}")


def _joined(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value in ("", "null", "~"))
