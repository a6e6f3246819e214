"""The same fences in MkDocs and in pandoc, with the media that Sphinx has made; and what examples of a gallery made."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import av
import numpy as np
import pypandoc
import pytest
from docs_site import EXPLORE, FIRST, ROOT, blocks, build
from hosting import Plain, Ranges, serving
from mkdocs.commands.build import build as build_site
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from playwright.sync_api import expect

from descent.publish.docs import make as making
from descent.publish.docs.html import FILTER

TITLE = "A <b>“toy”</b> & 'more'"
PAGE = (
    FIRST.replace("As {numref}`the-film` shows.\n", "").replace(":name: the-film\n", ":name: the-film\n:class: wide\n")
    + """
````
```{descent} Toy
```
````
"""
    + EXPLORE
    + """
```{descent} Tox
:format: gif
```

```{descent} Toy
:format: gift
```
"""
)
pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.fixture
def course(pages, tmp_path: Path) -> Path:
    """A project with a page, and the media that Sphinx has made of it beside the pages."""
    here = tmp_path / "a course"
    shutil.copytree(pages.folder.parent / "scenes", here / "scenes")
    shutil.copytree(pages.media, here / "_descent")
    (here / "docs/deeper").mkdir(parents=True)
    (here / "docs/deeper/page.md").write_text(f"---\ntitle: Page\n---\n{PAGE}", encoding="utf-8")
    (here / "docs/index.md").write_text("# Index\n", encoding="utf-8")
    (here / "mkdocs.yml").write_text(
        "site_name: Small\ntheme: {name: mkdocs, highlightjs: false}\nplugins: [search, descent]\n", encoding="utf-8"
    )
    return here


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point of pyproject.toml, as the installed package has it."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    ((name, value),) = points["mkdocs.plugins"].items()
    known = dict(MkDocsConfig()._schema)["plugins"].installed_plugins
    monkeypatch.setitem(known, name, EntryPoint(name, value, "mkdocs.plugins"))


def pictures(page) -> list:
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth)")
    return page.evaluate(
        """() => [...document.images].map(image =>
        [image.currentSrc.split("/").pop(), image.naturalWidth, image.width, image.alt])"""
    )


def plays(page) -> str:
    """Wait until the film has played for a while; the name of its file."""
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    return page.evaluate("document.querySelector('video').currentSrc.split('/').pop()")


@pytest.mark.matrix
def test_mkdocs_shows_the_same_fences(course: Path, plugin: None, tab, monkeypatch, caplog) -> None:
    asked: list = []
    monkeypatch.setattr(making._Making, "_placed", lambda self, items: asked.extend(items) or [])
    build_site(load_config(str(course / "mkdocs.yml"), site_dir=str(course / "site")))
    assert {item.asked.name for item in asked} == {"Tox"}, "all else is fresh"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [line for line in warnings if "descent" in line] == [
        f"descent: deeper/page.md:{line_of(course, 'gift') - 1}: there is no format 'gift': did you mean 'gif'?"
    ]
    page = tab(color_scheme="dark")
    with serving(course / "site", Plain) as address:
        page.goto(f"{address}deeper/page/")
        shows_its_fences(page)


def shows_its_fences(page) -> None:
    ((name, width, _, alt),) = pictures(page)  # the theme pads its pictures
    assert (name, width, alt) == ("Toy-gif-160-beats2-2-light.gif", 160, TITLE), "as light as the page is"
    assert plays(page) == "Toy-film-320-light.mp4"
    assert page.locator("figure#the-film.wide figcaption em").inner_text() == "toy"
    assert page.locator("code", has_text="```{descent} Toy").count() == 1
    can_be_taken_hold_of(page)


def can_be_taken_hold_of(page) -> None:
    framed = page.locator("iframe.descent-page")
    framed.scroll_into_view_if_needed()
    expect(framed.content_frame.locator("#verdict")).to_contain_text("Live")
    assert framed.get_attribute("title") == "To <b>take</b> hold of"


def line_of(course: Path, words: str) -> int:
    lines = (course / "docs/deeper/page.md").read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


@pytest.fixture
def pandoc(tmp_path: Path):
    """``pandoc(*words, cwd=…)`` runs it, with a command ``descent`` of this checkout."""
    command = tmp_path / "bin" / "descent"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m descent "$@"\n')
    command.chmod(0o755)
    here = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}

    def run(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        full = [pypandoc.get_pandoc_path(), "--lua-filter", str(FILTER), *words]
        return subprocess.run(full, cwd=cwd, env=here, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("reader", ["markdown", "gfm"])
@pytest.mark.matrix
def test_pandoc_shows_the_same_fences(course: Path, pandoc, tab, reader: str) -> None:
    text = PAGE.partition("```{descent} Tox")[0]
    if reader == "gfm":  # which drops what stands behind {descent}
        text = text.replace("```{descent} Toy\n:", "```{descent}\nToy\n:")
    (course / "docs/page.md").write_text(text, encoding="utf-8")
    words = (
        "-f",
        reader,
        "-s",
        "-M",
        "title=Page",
        "-M",
        "descent-media-dir=../_descent",
        "-M",
        "descent-render=false",
    )
    done = pandoc("page.md", *words, "-o", "page.html", cwd=course / "docs")
    assert (done.returncode, done.stderr) == (0, "")
    page = tab(color_scheme="dark")
    page.goto((course / "docs/page.html").as_uri())
    assert [row[1:] for row in pictures(page)] == [[160, 160, TITLE]]
    assert plays(page).startswith("Toy-film-320-")
    assert page.locator("figure#the-film.wide figcaption em").inner_text() == "toy"
    assert page.locator("pre", has_text="```{descent} Toy").count() == 1
    if reader == "markdown":
        can_be_taken_hold_of(page)
    if reader == "gfm":
        return
    latex = pandoc("page.md", *words, "-o", "page.tex", cwd=course / "docs")
    assert (latex.returncode, latex.stderr) == (0, "")
    text = (course / "docs/page.tex").read_text("utf-8")
    assert re.search(r"\{\S*media/docs/stills/Toy-film-320-light\.png\}\}\n\\caption\{A \\emph\{toy\} film\}", text)


EXAMPLE = '''"""
An example
==========

Words.
"""

import os
from pathlib import Path

from matplotlib.figure import Figure

from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.profiles import find_profile
from descent.figures import Picture

figure = Picture(Figure(figsize=(2, 1)), 'An "empty" <figure>')
figure

# %%
# Then a film.

film = RenderResult(
    RenderRequest(SceneRef(Path("toy.py"), "Toy"), find_profile("slides"), "light", Path(os.environ["DESCENT_FILM"]))
)
film
'''


@pytest.mark.matrix
def test_a_gallery_of_examples_shows_what_they_made(pages, tmp_path: Path, tab, monkeypatch) -> None:
    """A figure and a film, each once, with the first for its thumbnail."""
    (film,) = (pages.folder.parent / "media/docs").glob("Toy-film-*-light")
    monkeypatch.setenv("DESCENT_FILM", str(film))
    docs, examples = tmp_path / "docs", tmp_path / "examples"
    for name, text in {
        "conf.py": GALLERY,
        "index.rst": "Index\n=====\n\n.. toctree::\n\n   auto_examples/index\n",
    }.items():
        docs.mkdir(exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
    examples.mkdir()
    (examples / "README.rst").write_text("Examples\n========\n", encoding="utf-8")
    (examples / "plot_it.py").write_text(EXAMPLE, encoding="utf-8")
    assert build(docs, tmp_path / "site").warnings == ""
    page = tab()
    page.goto((tmp_path / "site/auto_examples/plot_it.html").as_uri())
    shown = [row for row in pictures(page) if row[0].startswith("sphx_glr")]
    assert [row[0] for row in shown] == ["sphx_glr_plot_it_001.png"]
    assert shown[0][3] == 'An "empty" <figure>'
    assert plays(page) == "sphx_glr_plot_it_002.mp4"
    assert page.evaluate("document.querySelector('video').textTracks[0].cues.length") == 2
    assert page.locator("video").get_attribute("aria-label") == TITLE
    assert page.locator("img[src^='data:']").count() == 0, "it is not shown a second time by sphinx-gallery itself"
    assert (docs / "auto_examples/images/thumb/sphx_glr_plot_it_thumb.png").is_file()


GALLERY = """
project = "Gallery"
extensions = ["descent.sphinx", "sphinx_gallery.gen_gallery"]
html_theme = "basic"
sphinx_gallery_conf = {"examples_dirs": "../examples", "image_scrapers": ("descent",), "show_memory": False}
"""


@pytest.fixture(scope="module")
def films(pages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the two commands would make, where they would make it."""
    made = tmp_path_factory.mktemp("films") / "_static/films"
    (film,) = (pages.folder.parent / "media/docs").glob("Toy-film-*-light")
    for kind, suffixes in {"slides": (".mp4", ".png"), "web": (".vtt",)}.items():
        (made / kind).mkdir(parents=True)
        for suffix in suffixes:
            shutil.copy(film / f"Toy{suffix}", made / kind / f"MomentumEscapes{suffix}")
    with av.open(str(made / "web/MomentumEscapes.webm"), "w") as webm:
        stream = webm.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for grey in range(20):
            picture = np.full((36, 64, 3), 10 * grey, np.uint8)
            webm.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        webm.mux(stream.encode(None))
    return made.parent


@pytest.mark.matrix
@pytest.mark.parametrize("site", ["sphinx", "mkdocs"])
def test_the_player_works_as_pasted(films: Path, tmp_path: Path, tab, site: str) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(films, docs / "_static")
    (player,) = [block for block in blocks("html") if "<video" in block]
    (docs / "index.md").write_text(f"# Page\n\n{player}", encoding="utf-8")
    if site == "sphinx":
        (docs / "conf.py").write_text(
            'extensions = ["myst_parser"]\nhtml_static_path = ["_static"]\n', encoding="utf-8"
        )
        assert build(docs, tmp_path / "site").warnings == ""
    else:
        (tmp_path / "mkdocs.yml").write_text("site_name: Page\ntheme: {name: mkdocs, highlightjs: false}\n", "utf-8")
        build_site(load_config(str(tmp_path / "mkdocs.yml")))
    (tmp_path / "site/favicon.ico").touch()
    page = tab()
    with serving(tmp_path / "site", Ranges) as address:
        page.goto(address)
        assert plays(page) == "MomentumEscapes.webm"
        cues = "document.querySelector('video').textTracks[0]?.cues?.length"
        page.wait_for_function(cues)
        assert page.evaluate(cues) == 2
        assert page.evaluate("fetch(document.querySelector('video').poster).then(answer => answer.ok)")
