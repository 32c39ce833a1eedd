"""Figures with the captions of the report, and rows of committed tables drawn at build time."""

from pathlib import Path

from verdict_tables import ROOT

from analysis.words import CAPTIONS, STUDIES

FIGURES = ROOT / "docs" / "site" / "figures"
DRAWN = ROOT / "build" / "figures"


def question(study: str) -> str:
    """Say what a study asks, as the report does."""
    return STUDIES[study][1]


def figure(name: str, path: str = "") -> str:
    """Show a committed figure under the caption that the report gives it.

    Raises
    ------
    FileNotFoundError
        If it is not committed.
    """
    file = ROOT / path if path else FIGURES / f"{name}.png"
    if not file.exists():
        raise FileNotFoundError(f"{file}: no such figure")
    return _shown(file, CAPTIONS[name])


def _shown(file: Path, caption: str) -> str:
    place = f"/../../{file.relative_to(ROOT)}"
    return f":::{{figure}} {place}\n:alt: {caption.split('. ')[0]}\n\n{caption}\n:::"
