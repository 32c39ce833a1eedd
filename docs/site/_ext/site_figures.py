"""Figures with the captions of the report: kept ones, and ones drawn from committed tables."""

import importlib
from dataclasses import asdict
from pathlib import Path

from keep_figures import FIGURES, KEPT
from verdict_tables import RESULTS, ROOT, chosen

from analysis.words import CAPTIONS, STUDIES

DRAWN = ROOT / "build" / "figures"


def title(study: str) -> str:
    """Name a study, as the report does."""
    return STUDIES[study][0]


def question(study: str) -> str:
    """Say what a study asks, as the report does."""
    return STUDIES[study][1]


def figure(name: str, path: str = "") -> str:
    """Show a kept figure, or the one at a path of the repository, under its caption.

    Raises
    ------
    FileNotFoundError
        If it is neither there nor waiting for its committed table.
    """
    file = ROOT / path if path else FIGURES / f"{name}.png"
    if file.exists():
        return shown(file, CAPTIONS[name])
    if name in {Path(question).name for question in KEPT}:
        return f"*The figure `{name}` is kept as soon as its table at medium scale is committed.*"
    raise FileNotFoundError(f"{file}: no such figure; see docs/site/_ext/keep_figures.py")


def drawn(name: str, module: str) -> str:
    """Draw the figure of a question from its committed table, which is all that it needs."""
    from analysis.plots import save_figure
    from analysis.results import result
    from neurosim.stats.summary import read_csv

    out, table = DRAWN / f"{name}.png", RESULTS / f"{name}.csv"
    draw = importlib.import_module(f"analysis.{module}").draw
    out.parent.mkdir(parents=True, exist_ok=True)
    save_figure(draw(result(read_csv(table))), out)
    caption = CAPTIONS[name if name in CAPTIONS else module.removesuffix("_figure")]
    return shown(out, caption)


def rows_drawn(name: str, quantity: str, condition: str, label: str, caption: str) -> str:
    """Draw rows of a committed table one below the other, with what was planted or published."""
    import pandas as pd

    from analysis.plots import WIDTH, draw_rows, finish, save_figure
    from analysis.plots import figure as framed

    out, rows = DRAWN / f"{name}_{quantity}.png", chosen(name, quantity, condition)
    table = pd.DataFrame([asdict(row) for row in rows])
    out.parent.mkdir(parents=True, exist_ok=True)
    with framed(WIDTH, 1.2 + 0.4 * table.condition.nunique()) as (whole, axes):
        draw_rows(axes, table, label)
        finish(axes, "", columns=4)
        save_figure(whole, out)
    return shown(out, caption)


def shown(file: Path, caption: str) -> str:
    """Write a figure with its caption; its first sentence is the text for those who cannot see."""
    place = f"/../../{file.relative_to(ROOT)}"
    return f":::{{figure}} {place}\n:alt: {caption.split('. ')[0]}\n\n{caption}\n:::"
