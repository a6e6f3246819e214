"""What the site is made of: code that runs on its own, snippets that survive any title, a folder that is renewed."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from descent.base.errors import DescentError
from descent.publish.gallery.embeds import embeds
from descent.publish.gallery.folder import SiteFolder
from descent.publish.gallery.site import Site, Still, build
from descent.publish.gallery.source import scene_source
from descent.stage.scene.catalogue import load_scenes

ROOT = Path(__file__).parents[2]
VALUES = {
    "title": "",
    "width": 1280,
    "height": 720,
    "ratio": "0.5625",
    "language": "en",
    "background": "#0e1116",
    "film": "%C3%9Cbel.mp4",
    "poster": "%C3%9Cbel.png",
    "captions": "%C3%9Cbel.vtt",
    "moving": None,
    "film_file": "Übel.mp4",
    "poster_file": "Übel.png",
    "page": None,
    "sandbox": "allow-scripts",
}

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.mark.parametrize("file", sorted((ROOT / "scenes").glob("*.py")), ids=lambda file: file.stem)
@pytest.mark.few(6)
def test_the_code_of_a_scene_runs_on_its_own(file, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(file.parent)  # a lesson may build on another
    for name, scene in load_scenes(file).items():
        told = scene_source(file.read_text(encoding="utf-8"), name)
        excerpt = tmp_path / f"{name}.py"
        excerpt.write_text(told.code, encoding="utf-8")
        alone = load_scenes(excerpt)[name]
        assert alone.title == scene.title
        assert [claim.text for claim in alone.claims] == [claim.text for claim in scene.claims]
        assert [run.label for run in alone.runs] == [run.label for run in scene.runs]
        assert len(told.highlighted()) > len(told.code)


def test_the_code_of_a_scene_leaves_out_what_it_does_not_use():
    text = (
        '"""Lesson: words."""\nimport os\nimport re\n\n\n# why\nA = re\nB = os\n\n\n'
        'class S:\n    """Sum\n    up.\n\n    More.\n    """\n    a = A\n'
    )
    told = scene_source(text, "S")
    assert told.code == text[text.index("import re") :].replace("B = os\n", "")
    assert (told.summary, told.lesson) == ("Sum up.", "Lesson: words.")
    with pytest.raises(DescentError, match="not defined"):
        scene_source(text, "T")


class Read(HTMLParser):
    """The attributes of every element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


@pytest.mark.parametrize("title", ["plain", "\"quoted\" & 'single' <b>", r"50% of $x_1$ {a} \b ~ ^ # [l](m) `c` *e*"])
def test_a_snippet_says_the_title_and_nothing_of_it_is_markup(title):
    snippets = {embed.name: embed.text for embed in embeds({**VALUES, "title": title})}
    for name in ("HTML", "reveal.js"):
        elements = Read(snippets[name]).elements
        assert [tag for tag, _ in elements] == (["video", "track"] if name == "HTML" else ["section", "video", "track"])
        assert dict(elements)["video"]["aria-label"] == title
        assert dict(elements)["track"]["srclang"] == "en"
    assert snippets["Markdown"].endswith("](%C3%9Cbel.png)](%C3%9Cbel.mp4)\n")
    assert "<b>" not in snippets["Markdown"]
    value = re.fullmatch(r'{{< video \S+ title="(.*)" aspect-ratio="16x9" >}}\n', snippets["Quarto"])
    assert value
    assert not set(value[1]) & set('"\\{}<>')
    heading = snippets["LaTeX"].splitlines()[1].removeprefix(r"\begin{frame}{").removesuffix("}")
    assert re.search(r"(?<!\\)[%$#_&]", heading) is None
    assert "{Übel.mp4}" in snippets["LaTeX"]


def test_a_gif_moves_in_markdown():
    (markdown,) = (e.text for e in embeds({**VALUES, "title": "a", "moving": "a.gif"}) if e.name == "Markdown")
    assert markdown == "[![a](a.gif)](%C3%9Cbel.mp4)\n"


def test_a_page_to_take_hold_of_is_put_into_a_frame():
    snippets = [embed.name for embed in embeds(VALUES)]
    *others, last = embeds({**VALUES, "title": '"a" <b>', "page": "%C3%9Cbel.html"})
    assert [embed.name for embed in others] == snippets
    ((tag, attributes),) = Read(last.text).elements
    assert (tag, attributes["title"], attributes["src"]) == ("iframe", '"a" <b>', "%C3%9Cbel.html")
    assert attributes["sandbox"] == "allow-scripts"


def test_a_folder_is_renewed(tmp_path):
    source = tmp_path / "film.mp4"
    source.write_bytes(b"film")
    root = tmp_path / "site"

    def site(**texts: str) -> None:
        folder = SiteFolder(root)
        for name, text in texts.items():
            folder.text(f"{name}.html", text)
        folder.linked("media/film.mp4", "key", source)
        folder.finish()

    site(index="1", old="1")
    (root / "mine.html").write_text("mine")
    assert source.samefile(root / "media/film.mp4")
    before = (root / "index.html").stat().st_mtime_ns
    site(index="1", new="2")
    assert sorted(path.name for path in root.glob("*.html")) == ["index.html", "mine.html", "new.html"]
    assert (root / "index.html").stat().st_mtime_ns == before
    (root / "media/film.mp4").unlink()
    site(index="2")
    assert (root / "media/film.mp4").read_bytes() == b"film"
    assert (root / "index.html").read_text() == "2"


def test_a_manifest_removes_nothing_outside(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("")
    root = tmp_path / "site"
    root.mkdir()
    (root / ".descent-gallery.json").write_text(json.dumps({"../victim": "1", str(victim): "1"}))
    SiteFolder(root).finish()
    assert victim.exists()


def test_a_foreign_page_is_left_alone(tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(DescentError, match="choose another folder"):
        SiteFolder(tmp_path)


def test_a_site_needs_films(tmp_path):
    with pytest.raises(DescentError, match="no film"):
        build(Site("Title", ()), tmp_path)


def test_a_still_says_what_it_shows(tmp_path):
    told = PngImagePlugin.PngInfo()
    told.add_itxt("Title", "Two runs")
    told.add_itxt("Description", "Two runs. One falls.")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=told)
    assert Still.read(tmp_path / "a.png") == Still(tmp_path / "a.png", "Two runs", "Two runs. One falls.")
    Image.new("RGB", (4, 4)).save(tmp_path / "b.png")
    with pytest.raises(DescentError, match="descent figure"):
        Still.read(tmp_path / "b.png")


def test_the_command_rebuilds_only_what_changed_and_says_what_failed(project):
    def times() -> dict[str, int]:
        return {p.name: p.stat().st_mtime_ns for p in project.site.rglob("*") if p.is_file() and p.suffix}

    before = times()
    assert project.gallery("--theme", "dark", "--theme", "light").exit_code == 0
    assert {name for name, time in times().items() if before.get(name) != time} <= {".descent-gallery.json"}
    other = project.folder / "other"
    made = project.gallery("Walks", "--url", "https://example.edu/films/", "--title", "Ours", "-o", str(other))
    assert made.exit_code == 0
    page = (other / "films/Walks.html").read_text(encoding="utf-8")
    assert "https://example.edu/films/media/Walks.mp4" in page
    assert 'data-light="../media/Walks-light.mp4"' in page  # it was there already
    assert sorted(path.name for path in (other / "films").iterdir()) == ["Walks.html"]
    assert (other / "try/Walks.html").samefile(project.site / "try/Walks.html"), "it was made once"
    assert "https://example.edu/films/try/Walks.html" in page
    assert project.gallery("Walks", "--no-explore", "-o", str(other)).exit_code == 0
    assert not list((other / "try").iterdir())
    assert "iframe" not in (other / "films/Walks.html").read_text(encoding="utf-8")
    published = json.loads((other / "media/Walks.json").read_text(encoding="utf-8"))
    assert not {"inputs", "files", "source"} & published.keys()
    assert str(project.folder) not in (other / "media/Walks.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--url", "example.edu"], "must start with https://"),
        (["--theme", "drak"], "did you mean 'dark'"),
        (["--profile", "slide"], "did you mean 'slides'"),
        (["Walk"], "did you mean 'Walks'"),
    ],
)
def test_mistakes_are_one_sentence(project, words, told):
    with pytest.raises(DescentError, match=told):
        project.gallery(*words)
