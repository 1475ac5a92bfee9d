"""Sphinx configuration: Markdown pages with mathematics, and the API from the docstrings."""

from relu_prob import __version__

project = "relu_prob"
author = "The relu_prob developers"
project_copyright = "2026, The relu_prob developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "sphinx.ext.viewcode"]
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
# parameters are described in words, which napoleon takes for types and tries to link
suppress_warnings = ["ref.python"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "relu_prob"
