"""Formulas as MathML, which browsers draw themselves: no script, no font, no network."""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

# What docutils does not know, or sets otherwise than TeX, and what stands for it.
OTHERWISE = {
    r"\\dots\b": r"\\ldots",
    r"\\Big\b": "",
    r"(\\(?:bar|hat|dot)\s*\\?\w+)_": r"{\1}_",  # an index goes beside, not under, an accent
}


def mathml(formula: str, *, as_block: bool = False) -> str:
    """Write a LaTeX formula as a ``math`` element."""
    for pattern, known in OTHERWISE.items():
        formula = re.sub(pattern, known, formula)
    if r"\\" in formula:  # on several lines
        formula = rf"\begin{{aligned}}{formula}\end{{aligned}}"
    return tex2mathml(formula, as_block=as_block)


def inline(translator: nodes.NodeVisitor, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def block(translator: nodes.NodeVisitor, node: nodes.math_block) -> None:
    """Write a formula on lines of its own."""
    translator.body.append(f'<div class="math">{mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
