"""What a mutated recording meets: the first rules that read it, as they run in the pipeline."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import decode_heading
import decode_wake_position
import find_candidate_events
import fit_place_fields
import netCDF4
import numpy as np
from isolation import Ended, isolated
from mutated_recordings import MUTATIONS

from neurosim import NeurosimError
from neurosim.recording import open_recording
from neurosim.seeds import generator

Results = dict[str, str]


def results_of(recording: Path, config: Mapping[str, Any], folder: Path) -> Results:
    """What each rule makes of a recording: a hash of every variable, or the reason for none."""
    open_recording(recording)
    replay, heading = config["replay"], config["heading"]
    few = {"bins_s": [0.25], "n_folds": 2}
    given = {"recording": recording, "seed": 1}
    fields = {"fields": replay["fields"], "bin_s": replay["fit_bin_s"]}
    decoding = heading["decoding"] | few | {"n_permutations": 2}
    rules = {
        "fields": partial(fit_place_fields.main, maps=folder / "maps.nc", **fields),
        "candidates": partial(find_candidate_events.main, candidates=replay["candidates"]),
        "wake": partial(
            decode_wake_position.main, fields=replay["fields"], wake=replay["wake"] | few
        ),
        "heading": partial(
            decode_heading.main, subject="rat1", tuning=heading["tuning"], decoding=decoding
        ),
    }
    found: Results = {}
    for name, rule in rules.items():
        try:
            rule(**given, out=folder / f"{name}.nc")
            found[name] = digest(folder / f"{name}.nc")
        except NeurosimError as error:
            found[name] = f"refused: {error}"
    if (folder / "maps.nc").exists():
        found["maps"] = digest(folder / "maps.nc")
    return found


def digest(path: Path) -> str:
    """Hash the variables of a file, or the reason why there are none."""
    found = hashlib.sha256()
    with netCDF4.Dataset(path) as file:
        if "missing" in file.ncattrs():
            return f"not run: {file.missing}"
        _add(file, found)
    return found.hexdigest()


def _add(group: netCDF4.Group, found: Any) -> None:
    for name, variable in group.variables.items():
        variable.set_auto_maskandscale(False)
        found.update(f"{group.path}:{name}{variable.shape}".encode())
        found.update(np.ascontiguousarray(variable[...]).tobytes())
    for child in group.groups.values():
        _add(child, found)


def outcome(kind: str, ended: Ended, sound: Results) -> str:
    """Judge what became of a mutated recording; ``sound`` is what the whole one gives."""
    if ended.how in ("raised", "crashed", "hung"):
        return ended.how
    if ended.how == "refused":
        return "refused" if _is_clear(ended.value) else "refused badly"
    refusals = [said for said in ended.value.values() if said.startswith("refused")]
    if not all(map(_is_clear, refusals)):
        return "refused badly"
    if any(
        said != sound[name] and not said.startswith(("refused", "not run"))
        for name, said in ended.value.items()
    ):
        return "another result" if kind == "content" else "silently wrong"
    if refusals:
        return "refused"
    return "same result" if ended.value == sound else "not run"


def _is_clear(message: str) -> bool:
    """One line that is no longer than a screen and says what was wanted."""
    return "\n" not in message and len(message) < 600 and ("expect" in message or ": " in message)


def try_recording(
    index: int, seed: int, whole: Path, sound: Results, config: Mapping[str, Any], folder: Path
) -> tuple[str, str, str, str]:
    """Mutate a copy of a recording and see: kind, mutation, outcome, and what was said."""
    rng = generator(seed, "fuzz", "recording", str(index))
    kind, name, change = MUTATIONS[index % len(MUTATIONS)]
    mutated = folder / whole.name
    shutil.copy(whole, mutated)
    done = isolated(lambda: change(mutated, rng))
    if done.how != "returned":
        raise RuntimeError(f"mutation {name!r}, number {index}: {done.value}")
    ended = isolated(lambda: results_of(mutated, config, folder))
    said = ended.value if isinstance(ended.value, str) else str(differing(ended.value, sound))
    said = "; ".join(said.strip().splitlines()[-1:] if "FUZZ_TRACE" not in os.environ else [said])
    return kind, name, outcome(kind, ended, sound), f"{done.value}: {said}"


def differing(found: Results, sound: Results) -> Results:
    return {name: said for name, said in found.items() if said != sound[name]}
