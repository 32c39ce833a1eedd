"""Read configuration files more strictly than Snakemake does, which takes the last of two keys.

``python -m workflow.config_files mine.yaml`` checks files without Snakemake. The workflow checks
them too, but only after Snakemake has read them: what that cannot read (text that is not UTF-8, an
anchor within itself) it answers with a traceback of its own, and a file that asks for it with
``__use_yte__`` is run as a template: a configuration of somebody else is code until it was checked.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from neurosim import NeurosimError

SHIPPED = "config/config.yaml"
MOST_VALUES = 100_000  # that anchors may make of a file; the largest here has some 3,000


def check_files(files: Sequence[str]) -> None:
    """Hold each file to what `read_file` takes."""
    for file in files:
        read_file(Path(file))


def read_file(path: Path) -> dict[str, Any]:
    """Read one file: a mapping of plain values with texts as keys, each there once.

    Raises
    ------
    NeurosimError
        In one line, naming the file, and the line in it where there is one.
    """
    name = os.path.relpath(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NeurosimError(f"{name}: no such configuration file") from error
    except OSError as error:
        raise NeurosimError(f"{name}: expected a file to read, found: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NeurosimError(
            f"{name}: expected text in UTF-8, found a byte {error.object[error.start]:#x} at "
            f"{error.start}; save the file as UTF-8"
        ) from error
    found = _parsed(text, name)
    if not isinstance(found, dict):
        kind = "nothing" if found is None else f"a {type(found).__name__}"
        raise NeurosimError(f"{name}: expected keys and values, found {kind}")
    if "__use_yte__" in found:
        raise NeurosimError(
            f"{name}: __use_yte__: expected plain values, found a template, which runs as Python; "
            "write its values"
        )
    return found


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, name))
    except NeurosimError:
        raise
    except (ValueError, RecursionError):  # no JSON
        pass
    try:
        return yaml.load(text, Loader=_Strict)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        found = "" if isinstance(error, _Problem) else "expected YAML, found: "
        raise NeurosimError(f"{name}{where}: {found}{_line(error)}") from error
    except yaml.YAMLError as error:
        raise NeurosimError(f"{name}: expected YAML, found: {_line(error)}") from error
    except ValueError as error:  # a date of the 40th of a month
        raise NeurosimError(f"{name}: expected plain values, found: {_line(error)}") from error
    except RecursionError as error:
        raise NeurosimError(f"{name}: expected a few levels of keys, found hundreds") from error


def _line(error: Exception) -> str:
    said = getattr(error, "problem", None) or str(error)
    return " ".join(said.split())


def _once(pairs: Sequence[tuple[str, Any]], name: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise NeurosimError(f"{name}: expected each key once, found {twice!r} twice")
    return found


class _Strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # ten times as fast, where built
    """Plain values only, each key once, and no more of them than a person writes."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        _count(node, {}, set())
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith((":str", ":merge")):
                raise _problem("expected a text as key, found another value; quote it", key)
            if key.value in seen:
                raise _problem(f"expected each key once, found {key.value!r} twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        digits = node.value.lstrip("+-")
        if ":" in digits or (digits[:1] == "0" and digits[1:2].isdigit()):
            found = super().construct_yaml_int(node)
            raise _problem(
                f"expected a number, found {node.value}, which YAML reads as {found}", node
            )
        return super().construct_yaml_int(node)


_Strict.add_constructor("tag:yaml.org,2002:int", _Strict.construct_yaml_int)


class _Problem(yaml.MarkedYAMLError):
    """YAML that is right and means something else than it seems to."""


def _problem(said: str, node: yaml.Node) -> _Problem:
    return _Problem(problem=said, problem_mark=node.start_mark)


def _count(node: yaml.Node | None, known: dict[int, int], above: set[int]) -> int:
    """Count values, those behind anchors each time they are named."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) in above:
        raise _problem(
            "expected an anchor that ends before it is named, found one within itself", node
        )
    if id(node) not in known:
        parts = [part for item in node.value for part in (item if type(item) is tuple else (item,))]
        known[id(node)] = 1 + sum(_count(part, known, above | {id(node)}) for part in parts)
    if known[id(node)] > MOST_VALUES:
        raise _problem(
            f"expected at most {MOST_VALUES} values, found anchors that make more of it", node
        )
    return known[id(node)]


def merged(files: Sequence[Path]) -> dict[str, Any]:
    """Lay files over each other as Snakemake does: mappings key by key, the rest whole."""
    found: dict[str, Any] = {}
    for file in files:
        _lay_over(found, read_file(file))
    return found


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            under = below.get(key)
            below[key] = dict(under) if isinstance(under, Mapping) else {}
            _lay_over(below[key], value)
        else:
            below[key] = value


def main(files: Sequence[str]) -> int:
    """Check files over the shipped configuration; print one line, return the exit code."""
    from workflow.configuration import check_configuration

    names = [SHIPPED, *files]
    try:
        check_configuration(merged([Path(name) for name in names]), names)
    except NeurosimError as error:
        print(f"error in the configuration: {error}", file=sys.stderr)
        return 1
    print(f"{' + '.join(names)}: nothing wrong was found")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
