"""Equations as MathML: browsers show it by themselves, so a page asks no server for anything."""

from __future__ import annotations

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _display(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="equation">{mathml(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def mathml(latex: str, display: str = "inline") -> str:
    """LaTeX as MathML. A prime is high by itself: it is let down by what an exponent's place lifts it."""
    made = str(convert(latex, display=display))
    for prime in ("<mi>&#x02032;</mi>", "<mo>&#x02032;</mo>"):
        made = made.replace(prime, f'<mpadded height="0.3em" voffset="-0.45em">{prime}</mpadded>')
    return made
