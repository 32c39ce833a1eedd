"""What all pages share: images within them, numbers in words, rows as small pictures."""

import base64
import importlib.metadata
import math
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from PIL import Image as Picture

from analysis.words import CAPTIONS
from neurosim import __version__
from neurosim.stats.references import TOLERANCE, decides_on
from neurosim.stats.summary import Row

PACKAGES = ("numpy", "scipy", "xarray", "netCDF4", "torch", "statsmodels", "snakemake")
KINDS = {
    "recovers": "good",
    "agrees": "good",
    "holds": "good",
    "does not recover": "bad",
    "differs": "bad",
    "does not hold": "bad",
    "inconclusive": "open",
}
MIME = {".svg": "image/svg+xml", ".png": "image/png"}
GLYPH_WIDTH, GLYPH_MARGIN = 100.0, 4.0


@dataclass(frozen=True)
class Image:
    """A figure inside the page.

    Attributes
    ----------
    name : str
        Stem of the file.
    data : str
        ``data:`` address with the whole image.
    caption : str
    """

    name: str
    data: str
    caption: str


@dataclass(frozen=True)
class Glyph:
    """A row of the summary as a small picture, in pixels from its left edge.

    Attributes
    ----------
    estimate : float
    interval : tuple or None
        Both ends.
    truth : float or None
    band : tuple or None
        Left edge and width of the published range.
    decides : bool
        Whether the published range was checked well enough to decide.
    """

    estimate: float
    interval: tuple[float, float] | None
    truth: float | None
    band: tuple[float, float] | None
    decides: bool


@dataclass(frozen=True)
class Entry:
    """A row with its place in the summary and its picture."""

    index: int
    row: Row
    glyph: Glyph | None


def embed(path: Path) -> Image:
    """Read a figure into a ``data:`` address; a png may bring its caption as its title."""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    caption = CAPTIONS.get(path.stem, "")
    if path.suffix == ".png" and not caption:
        with Picture.open(path) as picture:
            caption = picture.info.get("Title", "")
    return Image(path.stem, f"data:{MIME[path.suffix]};base64,{data}", caption)


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"neurosim": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        found[package] = importlib.metadata.version(package)
    return found | {"platform": f"{sys.platform} {platform.machine()}"}


def format_number(value: float) -> str:
    """Format a number with three significant digits; nothing for NaN.

    >>> [format_number(value) for value in (17.5423, 1656.2, -0.00001, float("nan"))]
    ['17.5', '1656', '−1e-05', '']
    """
    if not math.isfinite(value):
        return ""
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
    return re.sub(r"^-", "\N{MINUS SIGN}", text)


def format_p_value(value: float) -> str:
    """Format a p value with its sign of relation; nothing for NaN."""
    if not math.isfinite(value):
        return ""
    return "< 0.001" if value < 0.001 else f"= {format_number(value)}"


def format_unit(unit: str) -> str:
    """Format a unit with raised exponents.

    >>> format_unit("degree s-1")
    'degree s⁻¹'
    """
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return re.sub(r"(?<=[a-zA-Z])-?\d+", lambda match: match[0].translate(raised), unit)


def kind_of(verdict: str) -> str:
    """Kind of badge of a verdict: good, bad, open or none."""
    if verdict.startswith("holds only"):
        return "open"
    return KINDS.get(verdict, "none")


def make_glyph(row: Row) -> Glyph | None:
    """Draw a row beside its truth and published range; nothing for rows without an estimate."""
    if not math.isfinite(row.estimate):
        return None
    band = row.reference_low, row.reference_high
    if not all(map(math.isfinite, band)):
        band = sorted((row.reference * (1 - TOLERANCE), row.reference * (1 + TOLERANCE)))
    shown = [row.estimate, row.ci_low, row.ci_high, row.truth, *band]
    shown = [value for value in shown if math.isfinite(value)]
    low, span = min(shown), max(shown) - min(shown)

    def place(value: float) -> float | None:
        if not math.isfinite(value):
            return None
        share = (value - low) / span if span else 0.5
        return round(GLYPH_MARGIN + share * (GLYPH_WIDTH - 2 * GLYPH_MARGIN), 1)

    interval = place(row.ci_low), place(row.ci_high)
    left, right = map(place, band)
    return Glyph(
        estimate=place(row.estimate),
        interval=None if None in interval else interval,
        truth=place(row.truth),
        band=None if left is None else (left, max(round(right - left, 1), 1.0)),
        decides=decides_on(row.trust, row.reference_id, row.verdict),
    )


def page_environment() -> Environment:
    """Find templates, escape everything, and word numbers."""
    environment = Environment(
        loader=PackageLoader("analysis", "templates"),
        autoescape=select_autoescape(["html", "j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": format_number,
        "p_value": format_p_value,
        "unit": format_unit,
        "kind": kind_of,
    }
    return environment
