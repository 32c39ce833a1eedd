"""The documentation builds without a warning."""

import subprocess
import sys
from pathlib import Path

SITE = Path(__file__).parents[2] / "docs" / "site"


def test_the_site_builds_without_warnings(tmp_path):
    """As ``make site`` does: a warning is an error, and so is a page that loads from elsewhere."""
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"]
    folders = [f"--doctree-dir={tmp_path / 'doctrees'}", str(SITE), str(tmp_path / "site")]
    built = subprocess.run([*command, *folders], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    for page in ("index", "tutorial_own", "contract", "genindex", "search"):
        assert (tmp_path / "site" / f"{page}.html").stat().st_size > 1000
