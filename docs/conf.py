"""The documentation site: `make docs` builds it, offline, warnings as errors."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from serai import __version__

project = "serai"
author = "The serai founders"
release = __version__
language = "en"
html_title = "serai"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False

extensions = ["myst_nb", "sphinx.ext.autodoc", "mathml", "plain_docstrings", "reference_pages"]
exclude_patterns = ["_build"]
default_role = "code"
html_math_renderer = "mathml"

myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_digits = False
myst_heading_anchors = 4

nb_execution_mode = "force"
nb_execution_timeout = 60
nb_execution_raise_on_error = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # no widgets, and nothing from another server

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_type_aliases = {"Array": "Array", "ArrayLike": "ArrayLike"}
add_module_names = False


def setup(app: Sphinx) -> None:
    """Tables of comma-separated values are shown as they are: no lexer knows them."""
    app.add_lexer("csv", TextLexer)
