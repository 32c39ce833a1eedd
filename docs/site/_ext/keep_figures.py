"""Keep the few figures that need more than a committed table, each drawn by this code.

``python docs/site/_ext/keep_figures.py RESULTS`` draws every figure of `KEPT` whose file is in
the folder ``RESULTS`` of a run, and writes it into ``docs/site/figures``. The run has to be the
one whose table is committed: where its rows are not those of ``docs/results``, nothing is drawn.
"""

import importlib
import sys
import tempfile
from pathlib import Path

import xarray as xr
from PIL import Image
from verdict_tables import RESULTS

from analysis.plots import save_figure
from analysis.results import rows_of
from neurosim import NeurosimError
from neurosim.stats.summary import write_csv

FIGURES = Path(__file__).parents[1] / "figures"
COLOURS = 128  # of a kept figure; a fifth of the bytes
KEPT = {  # file of a run: committed table, and the module that draws
    "replay/own_cells": ("own_cells", "own_cells_figure"),
    "emergent/emergent": ("emergent", "emergent_figure"),
    "reverse/crossover": ("reverse_crossover", "crossover"),
    "imagination/learning_curves": ("imagination_learning_curves", "learning_curves"),
    "imagination/replay_content": ("imagination_replay_content", "replay_content"),
    "memory/forgetting": ("memory_forgetting", "forgetting_figure"),
    "instruction/instruction_claims": ("instruction_claims", "instruction_claims_figure"),
}


def keep(file: Path, table: str, module: str) -> Path:
    """Draw a figure from a file of a run, and keep it in few colours.

    Raises
    ------
    NeurosimError
        If the rows of the file are not those of the committed table.
    """
    out = FIGURES / f"{file.stem}.png"
    committed = RESULTS / f"{table}.csv"
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / committed.name
        write_csv(rows_of(file), found)
        same = committed.exists() and found.read_bytes() == committed.read_bytes()
    if not same:
        raise NeurosimError(
            f"{file}: expected the rows of {committed}, found others; keep the figure of the run "
            "whose table is committed"
        )
    with xr.open_datatree(file, engine="netcdf4", decode_times=False) as tree:
        save_figure(importlib.import_module(f"analysis.{module}").draw(tree.load()), out)
    with Image.open(out) as drawn:
        few = drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(out, optimize=True)
    return out


if __name__ == "__main__":
    FIGURES.mkdir(exist_ok=True)
    for name, (table, module) in KEPT.items():
        file = Path(sys.argv[1]) / f"{name}.nc"
        if file.exists():
            print(f"wrote {keep(file, table, module)}")
