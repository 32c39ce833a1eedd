"""The site needs no network: a page that loads something from another host is a warning."""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"'](?:https?:)?//[^\"']*"
    r"|<link\b(?=[^>]*\brel=[\"'](?:stylesheet|preload|preconnect|icon))[^>]*"
    r"\bhref=[\"'](?:https?:)?//[^\"']*"
)
LOADED_BY_STYLE = re.compile(r"(?:url\(|@import )[\"']?(?:https?:)?//[^\"')]*")
log = logging.getLogger(__name__)


def loaded(text: str, suffix: str) -> list[str]:
    """Find what a page (``.html``) or a style (``.css``) loads from other hosts."""
    return (LOADED_BY_STYLE if suffix == ".css" else LOADED).findall(text)


def check(app: Sphinx, error: Exception | None) -> None:
    """Look through all that was written."""
    if error is not None or app.builder.name != "html":
        return
    for file in sorted(Path(app.outdir).rglob("*")):
        if file.suffix in (".html", ".css"):
            for found in loaded(file.read_text(encoding="utf-8"), file.suffix):
                log.warning("%s: expected nothing from other hosts, found %s", file.name, found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Check at the end."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
