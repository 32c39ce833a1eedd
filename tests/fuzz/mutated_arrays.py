"""Ways in which an ``.npz`` can be wrong, and what the importer makes of it."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from damaged_files import DAMAGE
from isolation import Ended, isolated
from recording_border import digest

from neurosim.importing import ImportMap, import_file
from neurosim.importing.mapping import PositionMap
from neurosim.recording import open_recording
from neurosim.seeds import generator

Arrays = dict[str, np.ndarray]
Change = Callable[[Arrays, np.random.Generator], None]
TIMES = ("spike_time_s", "position_time_s", "epoch_start_s", "epoch_stop_s")
NUMBERS = (*TIMES, "spike_unit", "x", "y")
NEEDED = (*NUMBERS, "epoch_state", "epoch_phase", "epoch_environment")
TEXTS = ("epoch_state", "epoch_phase", "epoch_environment", "unit_region")


def sound_arrays(rng: np.random.Generator) -> Arrays:
    """Five minutes on a track and a rest, ten units."""
    time = np.arange(0, 300, 0.05)
    return {
        "spike_time_s": np.sort(rng.uniform(0, 400, 2000)),
        "spike_unit": rng.integers(10, size=2000),
        "position_time_s": time,
        "x": 1 + np.sin(time / 5),
        "y": 0.01 * np.cos(time),
        "epoch_start_s": np.array([0.0, 300.0]),
        "epoch_stop_s": np.array([300.0, 400.0]),
        "epoch_state": np.array(["run", "rest"]),
        "epoch_phase": np.array(["run", "post"]),
        "epoch_environment": np.array(["linear", "none"]),
        "unit_region": np.full(10, "CA1"),
    }


def _of(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[rng.integers(len(names))]


def made(names: tuple[str, ...], make: Callable[[np.ndarray], np.ndarray]) -> Change:
    """One of some arrays, made into another."""

    def change(arrays: Arrays, rng: np.random.Generator) -> None:
        name = _of(rng, names)
        arrays[name] = make(arrays[name])

    return change


def with_value(names: tuple[str, ...], value: object) -> Change:
    """One value of one of some arrays is another."""

    def change(arrays: Arrays, rng: np.random.Generator) -> None:
        name = _of(rng, names)
        values = arrays[name].astype(float) if isinstance(value, float) else arrays[name].copy()
        values[rng.integers(values.size)] = value
        arrays[name] = values

    return change


def dropped(arrays: Arrays, rng: np.random.Generator) -> None:
    del arrays[_of(rng, NEEDED)]


def exchanged(arrays: Arrays, rng: np.random.Generator) -> None:
    name = _of(rng, ("position_time_s", "epoch_start_s", "epoch_stop_s"))
    arrays[name] = arrays[name][::-1].copy()


def repeated_spikes(arrays: Arrays, rng: np.random.Generator) -> None:
    for name in ("spike_time_s", "spike_unit"):
        arrays[name] = np.concatenate([arrays[name], arrays[name][:100]])


CONTRADICTIONS: dict[str, Change] = {
    "dropped": dropped,
    "NaN": with_value((*TIMES, "spike_unit"), float("nan")),
    "infinity": with_value((*TIMES, "x", "y"), float("inf")),
    "huge": with_value((*TIMES, "x"), 1e14),
    "negative unit": with_value(("spike_unit",), -3),
    "texts": made(NUMBERS, lambda v: v.astype(str)),
    "objects": made(NEEDED, lambda v: v.astype(object)),
    "complex": made(NUMBERS, lambda v: v.astype(complex)),
    "bools": made(NUMBERS, lambda v: v > 0),
    "dates": made(TIMES, lambda v: v.astype("datetime64[s]")),
    "records": made(NUMBERS, lambda v: v.astype([("a", float)])),
    "numbers for texts": made(TEXTS, lambda v: np.arange(v.size)),
    "unknown text": with_value(TEXTS, "xyz"),
    "no text": made(TEXTS, lambda v: np.full(v.shape, b"\xff")),
    "two dimensions": made(NEEDED, lambda v: np.stack([v, v])),
    "one number": made(NEEDED, lambda v: v[0]),
    "empty": made(NEEDED, lambda v: v[:0]),
    "shorter": made(NEEDED, lambda v: v[:-1]),
    "backwards": exchanged,
}
CONTENT: dict[str, Change] = {
    "single precision": made((*TIMES, "x", "y"), lambda v: v.astype(np.float32)),
    "gaps": with_value(("x", "y"), float("nan")),
    "spikes twice": repeated_spikes,
    "spikes unsorted": made(("spike_unit",), lambda v: v[::-1].copy()),
    "a unit that is far": with_value(("spike_unit",), 5000),
    "another order of bytes": made(NUMBERS, lambda v: v.astype(v.dtype.newbyteorder())),
}
KINDS = {"damage": DAMAGE, "contradiction": CONTRADICTIONS, "content": CONTENT}
# Bytes after the end or before it belong to no array: zip reads past them.
MUTATIONS = [
    (kind, name, change)
    for kind, of in KINDS.items()
    for name, change in of.items()
    if name != "flipped bytes of values"
]


def imported(path: Path, out: Path) -> str:
    import_file(path, out, ImportMap(position=PositionMap(metres_per_unit=1.0)))
    open_recording(out)
    return digest(out)


def try_arrays(index: int, seed: int, folder: Path) -> tuple[str, str, str, str]:
    """Mutate an archive and import it: kind, mutation, outcome, and what was said."""
    rng = generator(seed, "fuzz", "arrays", str(index))
    kind, name, change = MUTATIONS[index % len(MUTATIONS)]
    arrays, path = sound_arrays(generator(seed, "arrays")), folder / "mine.npz"
    np.savez(path, **arrays)
    sound = imported(path, folder / "sound.nc")
    if kind == "damage":
        change(path, rng)
    else:
        change(arrays, rng)
        archive = io.BytesIO()
        np.savez(archive, **arrays)
        path.write_bytes(archive.getvalue())
    return kind, name, *_judged(kind, isolated(lambda: imported(path, folder / "own.nc")), sound)


def _judged(kind: str, ended: Ended, sound: str) -> tuple[str, str]:
    said = str(ended.value).strip()
    if ended.how == "refused":
        return (
            ("refused", said) if "\n" not in said and len(said) < 600 else ("refused badly", said)
        )
    if ended.how != "returned":
        return ended.how, said.splitlines()[-1]
    if said == sound:
        return "same result", ""
    return ("another result" if kind == "content" else "silently wrong"), ""
