"""The documentation's Sphinx configuration: `make docs`. Nothing is read from the network."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
# The package as it lies beside these pages, installed or not.
sys.path[:0] = [str(DOCS), str(ROOT / "workflow")]

import pages  # noqa: E402

from eeglrp import __version__  # noqa: E402

#: Where a finished demo lies, whose figures make the gallery.
RESULTS = Path(os.environ.get("EEGLRP_RESULTS", ROOT / "results" / "demo"))

project = "EEG-LRP"
author = "The EEG-LRP developers"
copyright = author
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_copybutton",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "_gallery", "_templates"]
templates_path = ["_templates"]

# Markdown: links to headings of other pages, as on GitHub.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# Docstrings write code in single backticks.
default_role = "code"
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
autodoc_default_options = {"member-order": "bysource"}

html_theme = "pydata_sphinx_theme"
html_title = "EEG-LRP"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "EEG-LRP"},
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "navbar_end": ["theme-switcher"],
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_sidebars = {"index": [], "start": [], "gallery": [], "licences": []}
# `$ ` and `>>> ` are prompts, not part of what is copied.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def setup(app):
    """Write the generated pages; mend what docstrings and reST read differently."""
    pages.write_configuration(ROOT, DOCS / "reference" / "configuration.md")
    pages.write_gallery(
        RESULTS / "figures", ROOT / "workflow", DOCS / "_gallery"
    )
    # After numpydoc, whose priority is the usual 500.
    app.connect("autodoc-process-docstring", pages.escape_bars, priority=600)
