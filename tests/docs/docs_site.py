"""A small project with pages that ask for media, and how its pages are built."""

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "docs-site.md").read_text(encoding="utf-8")
SCENES = '''"""Films that are cheap to draw."""
from manim import BLUE, LEFT, RIGHT, Square

from descent.stage import LectureScene


class Toy(LectureScene):
    title = "A <b>“toy”</b> & 'more'"

    def construct(self):
        square = Square(color=BLUE, fill_opacity=1).shift(3 * LEFT)
        self.add(square)
        with self.voiceover("One.", "First"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)
        with self.voiceover("Two.", "Second"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)

'''
FIRST = """# First

```{descent} Toy
:width: 320
:caption: A *toy* film
:name: the-film
```

As {numref}`the-film` shows.

```{descent} Toy
:format: gif
:width: 160
:beats: 2
```
"""
SECOND = """Second
======

.. descent:: Toy
   :format: still
   :width: 640
   :at: 0.2
   :theme: dark
   :alt: The "toy" <early>
   :caption: Its beginning

.. descent::
   :surface: bowl.py:bowl
   :runs:
      SGD(lr=0.1),
      Adam(lr=0.2) + StepLR(step_size=2)
   :start: 2,1
   :steps: 4
   :domain: -3,3,-3,3
   :title: Down <into> "it"
   :format: figure
   :width: 500
   :theme: light
"""
EXPLORE = """
```{descent}
:surface: valley
:runs: SGD(lr=0.1)
:start: -4,-2
:steps: 4
:title: To <b>take</b> hold of
:format: explore
:height: 500
:caption: Its runs
```
"""
BOWL = """def bowl(w1, w2):
    return w1**2 + 2 * w2**2
"""
CONF = """
project = "Small"
extensions = ["myst_parser", "descent.sphinx"]
descent_jobs = 1
html_theme = "basic"
html_css_files = ["colours.css"]
html_static_path = ["_static"]
numfig = True
"""
COLOURS = """
@media (prefers-color-scheme: dark) { body { background: #101216; color: white } }
html[data-theme="dark"] body { background: oklch(0.2 0.02 250) }
html[data-theme="light"] body { background: white }
"""
INDEX = """# Index

```{toctree}
first
deeper/second
third
```
"""


@dataclass(frozen=True, slots=True)
class Built:
    """A build: what it wrote, and what it told."""

    output: Path
    told: str
    warnings: str

    def page(self, name: str) -> str:
        return (self.output / name).read_text(encoding="utf-8")


def write_project(folder: Path) -> Path:
    """The project; returns the folder of its pages."""
    pages = folder / "docs"
    for name, text in {
        "scenes/toy.py": SCENES,
        "docs/conf.py": CONF,
        "docs/index.md": INDEX,
        "docs/first.md": FIRST,
        "docs/deeper/second.rst": SECOND,
        "docs/third.md": f"# Third\n{EXPLORE}",
        "docs/deeper/bowl.py": BOWL,
        "docs/_static/colours.css": COLOURS,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return pages


def build(pages: Path, output: Path, builder: str = "html", **settings: Any) -> Built:
    """Build the pages, in this process."""
    told, warned = io.StringIO(), io.StringIO()
    with docutils_namespace(), redirect_stdout(told), redirect_stderr(told):
        app = Sphinx(pages, pages, output, output / ".doctrees", builder, settings, told, warned, parallel=1)
        app.build()
    return Built(output, plain(told.getvalue()), plain(warned.getvalue()))


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def blocks(language: str, fence: str = "```") -> list[str]:
    """The blocks of a language in docs/docs-site.md."""
    return re.findall(rf"^{fence}{language}\n(.*?)^{fence}$", TEXT, re.DOTALL | re.MULTILINE)
