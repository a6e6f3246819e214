"""Settings of descent's documentation site; `make docs` builds it into build/docs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # where the extension `public_names` is

project = "descent"
author = "the authors of descent"
copyright = "the authors of descent, MIT licence"
release = version = "0.1.0"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "descent.sphinx",
    "public_names",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
root_doc = "index"
exclude_patterns = ["posters", "_descent"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # an attribute that is told of twice would be an object twice

html_theme = "furo"
html_title = "descent"
html_static_path = ["_static"]
html_js_files = [("accessible.js", {"defer": "defer"})]
html_show_sphinx = False
