"""Sphinx configuration of the documentation site: `make site` writes build/site."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE / "_ext"), str(ROOT)]

from neurosim import __version__  # noqa: E402

project = "neurosim"
author = "The neurosim developers"

version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "mathml",
    "plain_names",
    "site_offline",
    "site_pages",
]
exclude_patterns = ["_ext"]
default_role = "py:obj"  # `name` in a docstring is code, and a link where it is documented
html_theme = "furo"
html_title = f"neurosim {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

toc_object_entries = False  # modules are enough; with all that they define every page is slow
autodoc_member_order = "bysource"
autodoc_use_type_comments = False  # there are none, and looking for them takes long
autodoc_typehints = "none"  # shapes, units and meaning are in the docstrings
autodoc_class_signature = "mixed"
autodoc_default_options = {"members": True, "show-inheritance": False}
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
