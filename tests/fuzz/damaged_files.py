"""Damage to the bytes of a file."""

import os
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np

Change = Callable[[Path, np.random.Generator], str]


def truncated(path: Path, rng: np.random.Generator) -> str:
    size = int(rng.integers(path.stat().st_size))
    os.truncate(path, size)
    return f"{size} bytes left"


def emptied(path: Path, rng: np.random.Generator) -> str:
    path.write_bytes(b"")
    return "no bytes"


def replaced_by_text(path: Path, rng: np.random.Generator) -> str:
    path.write_bytes(
        rng.choice([b"time,unit\n1,2\n", b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"\0" * 64])
    )
    return "another file"


def _overwritten(path: Path, places: np.ndarray, values: Callable[[int], int]) -> None:
    content = bytearray(path.read_bytes())
    for place in places.tolist():
        content[place] = values(content[place])
    path.write_bytes(content)


def flipped_bits(path: Path, rng: np.random.Generator) -> str:
    places = rng.integers(path.stat().st_size, size=rng.integers(1, 9))
    _overwritten(path, places, lambda old: old ^ (1 << int(rng.integers(8))))
    return f"bits flipped at {places.tolist()}"


def flipped_bytes_of_header(path: Path, rng: np.random.Generator) -> str:
    places = rng.integers(min(20_000, path.stat().st_size), size=rng.integers(1, 9))
    _overwritten(path, places, lambda old: int(rng.integers(256)))
    return f"bytes changed at {places.tolist()}"


def flipped_bytes_of_data(path: Path, rng: np.random.Generator) -> str:
    """Change bytes of a small variable's values: those that nothing compresses."""
    with netCDF4.Dataset(path) as file:
        values = file[str(rng.choice(["/epochs/start", "/epochs/stop", "/rewards/time"]))][:]
    sought = np.ascontiguousarray(values[: max(1, values.size)]).tobytes()[:8]
    content = path.read_bytes()
    place = content.find(sought)
    if place < 0:
        return flipped_bits(path, rng)
    _overwritten(path, place + rng.integers(8, size=1), lambda old: old ^ 255)
    return f"value changed at {place}"


def zeroed_block(path: Path, rng: np.random.Generator) -> str:
    length = int(rng.choice([16, 512, 4096]))
    start = int(rng.integers(path.stat().st_size - length))
    _overwritten(path, np.arange(start, start + length), lambda old: 0)
    return f"zeros at {start} to {start + length}"


def lost_byte(path: Path, rng: np.random.Generator) -> str:
    content = path.read_bytes()
    place = int(rng.integers(len(content)))
    path.write_bytes(content[:place] + content[place + 1 :])
    return f"a byte less at {place}"


def repeated_block(path: Path, rng: np.random.Generator) -> str:
    content = path.read_bytes()
    place = int(rng.integers(len(content) - 512))
    path.write_bytes(content[: place + 512] + content[place:])
    return f"512 bytes twice at {place}"


def appended(path: Path, rng: np.random.Generator) -> str:
    with path.open("ab") as file:
        file.write(rng.bytes(int(rng.integers(1, 5000))))
    return "bytes after the end"


DAMAGE: dict[str, Change] = {
    "truncated": truncated,
    "emptied": emptied,
    "another kind of file": replaced_by_text,
    "flipped bits": flipped_bits,
    "flipped bytes of the header": flipped_bytes_of_header,
    "flipped bytes of values": flipped_bytes_of_data,
    "zeroed block": zeroed_block,
    "a byte lost": lost_byte,
    "a block twice": repeated_block,
    "bytes after the end": appended,
}
