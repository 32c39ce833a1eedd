"""Texts and numbers that no key of a configuration can mean, whatever the key."""

import math
import re
from collections.abc import Mapping
from typing import Any

SMALLEST, LARGEST = 1e-12, 1e9  # of all numbers but the seed: they are in s, m, Hz, deg, or counts
REPEATED = re.compile(r"(.+?)\1{19}")  # Snakemake takes such names for an endless recursion
LONGEST = 200  # of any text; the schema bounds names more closely


def number_problems(value: Any, key: str = "") -> list[str]:
    """Find numbers that nothing here has; infinite ones and NaN pass every bound of a schema."""
    if isinstance(value, Mapping):
        return [p for name, item in value.items() for p in number_problems(item, f"{key}.{name}")]
    if isinstance(value, list):
        return [
            p for number, item in enumerate(value) for p in number_problems(item, f"{key}.{number}")
        ]
    name = key.lstrip(".")
    if isinstance(value, float) and not math.isfinite(value):
        return [f"{name}: expected a finite number, found {value}"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and value and not SMALLEST <= abs(value) <= LARGEST and name != "seed":
        return [
            f"{name}: expected a number from {SMALLEST:g} to {LARGEST:g} in size, or 0, found "
            f"{value:g}"
        ]
    return []


def text_problems(value: Any, key: str = "") -> list[str]:
    """Find texts that no file or name can hold: line breaks, other controls, endless ones."""
    if isinstance(value, Mapping):
        return [p for name, item in value.items() for p in _of_item(name, item, key)]
    if isinstance(value, list):
        return [p for n, item in enumerate(value) for p in text_problems(item, f"{key}.{n}")]
    return _of_text(value, key) if isinstance(value, str) else []


def _of_item(name: Any, item: Any, key: str) -> list[str]:
    if not isinstance(name, str):
        where = key.lstrip(".") or "the configuration"
        return [f"{where}: expected texts as keys, found {name!r}; quote it"]
    return _of_text(name, key) or text_problems(item, f"{key}.{name}")


def _of_text(text: str, key: str) -> list[str]:
    key = key.lstrip(".") or "the configuration"
    if not text.isprintable():
        return [f"{key}: expected text without line breaks or controls, found {text[:40]!r}"]
    if len(text) > LONGEST:
        return [f"{key}: expected at most {LONGEST} characters, found {len(text)} ({text[:40]}...)"]
    if REPEATED.search(text):
        return [f"{key}: expected text that repeats nothing 20 times, found {text[:40]!r}"]
    return []
