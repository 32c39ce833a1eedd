"""Ways in which a configuration can be wrong: its values, its names, its keys, its text.

A mutation gives the text of a file that is laid over the others, and the key that it changes; or no
key, where it changes the text of the whole.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import yaml

Key = tuple[str | int, ...]


class Mutated(NamedTuple):
    """A file laid over the sound ones (or, if `alone`, instead of them) and the key it changes."""

    content: bytes
    key: Key | None
    alone: bool = False


Mutate = Callable[[dict, np.random.Generator], Mutated]

NUMBERS = (
    *(-1, 0, -0.0, 1, 0.5, 1e308, -1e9, 1e-300, 2**63, 10**30, -(2**31)),
    *(float("nan"), float("inf"), float("-inf"), "1e-3", "0x10", "12", "1_000"),
)
TEXTS = (
    *("../../x", "/etc/passwd", "/tmp/x", "a/b", "results/../../x", "~", "$HOME", ".", "..", ""),
    *("a b", " a", "{subject}", "{x}", "*", "a\nb", "rat1\n", "tab\there", "ü", "名", "a" * 300),
    *("a" * 39, "-rf", "a;b", "%s", "{0}", "con", "nul\0", "x.nc", "results/recordings/rat1.nc"),
    *("none", "rat1", "RAT1", "linear", "linear_track", "w-1", "true", "null", "file:///etc/hosts"),
    *("http://example.org/x.nc", "s3://bucket/x.nc", "README.md", "a,b", "bownet,plus", "set_1"),
)
OTHERS = (None, True, "text", [], {}, [[]], {"a": 1}, 3, 0.5, [None], [1, "a"], "2020-01-01")
NAMED = (  # mappings whose keys are names that the user gives
    *(("recordings",), ("simulation", "environments"), ("simulation", "cohort", "animals")),
    *(("emergent", "tracks"), ("emergent", "designs"), ("reverse", "tracks"), ("reverse", "mazes")),
    *(("memory", "sequences"), ("memory", "own"), ("memory", "few_shot", "families")),
    *(("memory", "skills", "tasks"), ("instruction", "runs"), ("instruction", "language_models")),
    ("replay", "calibration", "kinematics", "tables"),
    ("replay", "calibration", "spikes"),
)


def places(value: Any, key: Key = ()) -> list[tuple[Key, Any]]:
    """Every key with its value, those within lists too."""
    inner: list[tuple[Key, Any]] = []
    if isinstance(value, Mapping):
        inner = [pair for name, item in value.items() for pair in places(item, (*key, name))]
    elif isinstance(value, list):
        inner = [pair for n, item in enumerate(value) for pair in places(item, (*key, n))]
    return ([(key, value)] if key else []) + inner


def at(config: Any, key: Key) -> Any:
    for name in key:
        config = config[name]
    return config


def overlay(config: dict, key: Key, value: Any) -> Mutated:
    """The smallest file that changes a key; within a list, the whole list."""
    depth = next((n for n, name in enumerate(key) if isinstance(name, int)), len(key))
    outer, inner = key[:depth], key[depth:]
    if inner:
        whole = copy.deepcopy(at(config, outer))
        at(whole, inner[:-1])[inner[-1]] = value
        value = whole
    for name in reversed(outer):
        value = {name: value}
    return Mutated(yaml.safe_dump(value, allow_unicode=True, sort_keys=False).encode(), outer)


def _pick(rng: np.random.Generator, some: list | tuple) -> Any:
    return some[rng.integers(len(some))]


def _leaf(config: dict, rng: np.random.Generator, kinds: tuple[type, ...]) -> Key:
    return _pick(rng, [k for k, v in places(config) if type(v) in kinds])


def number(config: dict, rng: np.random.Generator) -> Mutated:
    return overlay(config, _leaf(config, rng, (int, float)), _pick(rng, NUMBERS))


def nearby(config: dict, rng: np.random.Generator) -> Mutated:
    """A number that may well be meant: half, double, one more."""
    key = _leaf(config, rng, (int, float))
    value = at(config, key)
    return overlay(config, key, _pick(rng, (value * 2, value / 2, value + 1, -value)))


def text(config: dict, rng: np.random.Generator) -> Mutated:
    return overlay(config, _leaf(config, rng, (str,)), _pick(rng, TEXTS))


def other_type(config: dict, rng: np.random.Generator) -> Mutated:
    key, _ = _pick(rng, places(config))
    return overlay(config, key, _pick(rng, OTHERS))


def unknown_key(config: dict, rng: np.random.Generator) -> Mutated:
    key = _leaf(config, rng, (dict,))
    name = _pick(rng, (*at(config, key), "Seed", "n", *TEXTS))
    swapped = name[1::-1] + name[2:] if len(name) > 1 else f"{name}s"
    return overlay(config, (*key, swapped), _pick(rng, (1, "a", None, {})))


def missing_key(config: dict, rng: np.random.Generator) -> Mutated:
    key = _pick(rng, [k for k, _ in places(config) if isinstance(k[-1], str)])
    left = copy.deepcopy(config)
    del at(left, key[:-1])[key[-1]]
    return Mutated(yaml.safe_dump(left, sort_keys=False).encode(), key, alone=True)


def name(config: dict, rng: np.random.Generator) -> Mutated:
    """One more entry with a name of its own, or the first one under that name."""
    key, new = _pick(rng, NAMED), _pick(rng, TEXTS)
    given = list(at(config, key).values())
    files = {("recordings",): "own.nc", ("memory", "own"): "own.npz"}
    value = files.get(key, given[0] if given else {"model": "x", "pooling": "mean"})
    return overlay(config, (*key, new), value)


def subject(config: dict, rng: np.random.Generator) -> Mutated:
    return overlay(config, ("simulation", "subjects"), ["rat1", _pick(rng, TEXTS)])


def given_path(config: dict, rng: np.random.Generator) -> Mutated:
    """A file of the user's that is not there, is no recording, or is called something else."""
    places = (("recordings", "own"), ("memory", "own", "own"), ("instruction", "instructions"))
    key = _pick(rng, places)
    return overlay(config, key, _pick(rng, (*TEXTS, "own.nc", "own.npz", "config", "a b.nc")))


def shuffled_lists(config: dict, rng: np.random.Generator) -> Mutated:
    """A list empty, longer, or with an entry twice."""
    key = _leaf(config, rng, (list,))
    value = at(config, key)
    return overlay(
        config, key, _pick(rng, ([], value * 2, value[:1] * 3, [*value, "x"], value[:1]))
    )


def _text_of(config: dict, rng: np.random.Generator) -> bytes:
    section = _pick(rng, list(config))
    return yaml.safe_dump({section: config[section]}, sort_keys=False).encode()


def damaged_text(config: dict, rng: np.random.Generator) -> Mutated:
    content = bytearray(_text_of(config, rng))
    for place in rng.integers(len(content), size=rng.integers(1, 4)):
        content[place] = rng.choice([rng.integers(256), *b"\n\t :#-[]{}\"'&*!|>%@"])
    return Mutated(bytes(content), None)


def cut_text(config: dict, rng: np.random.Generator) -> Mutated:
    content = _text_of(config, rng)
    start, stop = sorted(rng.integers(len(content) + 1, size=2).tolist())
    return Mutated(content[:start] + content[stop:], None)


def repeated_line(config: dict, rng: np.random.Generator) -> Mutated:
    lines = _text_of(config, rng).splitlines(keepends=True)
    place = int(rng.integers(len(lines)))
    return Mutated(b"".join([*lines[: place + 1], *lines[place:]]), None)


def _bomb(open_: str, close: str, pair: str) -> str:
    lines = ["seed: 3", f"a0: &a0 {open_}{pair.format('x')}{close}"]
    for n in range(1, 12):
        inner = ", ".join(pair.format(f"*a{n - 1}").replace("k", f"k{i}") for i in range(9))
        lines.append(f"a{n}: &a{n} {open_}{inner}{close}")
    return "\n".join(lines)


YAMLS = {
    "tag": 'seed: !!python/object/apply:os.system ["exit 1"]',
    "name tag": "seed: !!python/name:os.system",
    "tuple": "seed: !!python/tuple [1, 2]",
    "binary": "seed: !!binary aGVsbG8=",
    "set": "recordings: !!set {a, b}",
    "template": '__use_yte__: true\nseed: ?__import__("os").getpid()',
    "bomb of lists": _bomb("[", "]", "{}"),
    "bomb of maps": _bomb("{", "}", "k: {}"),
    "within itself": "recordings: &r\n  x: *r",
    "unknown anchor": "seed: *nowhere",
    "merge key": "simulation:\n  session: &s {rest_s: 90.0}\n  session: {<<: *s}",
    "twice": "seed: 1\nseed: 2",
    "empty": "",
    "comment": "# nothing",
    "list": "- seed",
    "text": "seed",
    "number": "3",
    "two documents": "seed: 1\n---\nseed: 2",
    "number as key": "3: 4\nseed: 1",
    "null as key": "~: 4",
    "list as key": "? [a, b]\n: 4",
    "tab": "seed:\t1\nsimulation:\n\tsubjects: [rat1]",
    "windows": "seed: 3\r\n",
    "mark": "\ufeffseed: 3\n",
    "deep": "seed: " + "[" * 5000 + "]" * 5000,
    "deep maps": "seed: " + "{a: " * 3000 + "1" + "}" * 3000,
    "octal": "seed: 010",
    "sexagesimal": "seed: 1:30",
    "yes": "seed: yes",
    "date": "seed: 2020-02-30",
    "json": '{"seed": 3}',
    "json twice": '{"seed": 3, "seed": 4}',
    "huge integer": "seed: " + "9" * 5000,
    "nul": "seed: 3\0",
    "quote": 'seed: "3',
    "alias of a value": "seed: &s 5\nreverse: {n_seeds: *s}",
}
BYTES = {
    "latin": "# für\nseed: 3\n".encode("latin-1"),
    "utf-16": "seed: 3\n".encode("utf-16"),
    "no text": bytes(range(256)),
    "lone continuation": b"seed: 3 \x80\n",
}


def special(config: dict, rng: np.random.Generator) -> Mutated:
    content = _pick(rng, [*YAMLS.values(), *BYTES.values()])
    return Mutated(content if isinstance(content, bytes) else content.encode(), None)


MUTATIONS: dict[str, Mutate] = {
    "number out of range": number,
    "number near by": nearby,
    "text": text,
    "another type": other_type,
    "unknown key": unknown_key,
    "missing key": missing_key,
    "name": name,
    "subject": subject,
    "path": given_path,
    "list": shuffled_lists,
    "damaged text": damaged_text,
    "cut text": cut_text,
    "repeated line": repeated_line,
    "special YAML": special,
}
