"""Pages of Sphinx that ask for media: made once, shown in a browser, in print as stills."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs_site import CONF, build
from PIL import Image
from playwright.sync_api import Page

from descent.publish.docs import make as making

ROOT = Path(__file__).parents[2]
RACE = "race-1acb790a"
PAGE = "race-0a92f463-explore"
MADE = {
    "Toy-film-320-dark": ["Toy-film-320-dark.mp4", "Toy-film-320-dark.vtt", "Toy-film-320-dark.webp"],
    "Toy-film-320-light": ["Toy-film-320-light.mp4", "Toy-film-320-light.vtt", "Toy-film-320-light.webp"],
    "Toy-gif-160-beats2-2-dark": ["Toy-gif-160-beats2-2-dark.gif", "Toy-gif-160-beats2-2-dark.webp"],
    "Toy-gif-160-beats2-2-light": ["Toy-gif-160-beats2-2-light.gif", "Toy-gif-160-beats2-2-light.webp"],
    "Toy-still-640-at0.2-dark": ["Toy-still-640-at0.2-dark.webp"],
    f"{RACE}-figure-500-light": [f"{RACE}-figure-500-light.png"],
    f"{PAGE}-light": [f"{PAGE}-light.html", f"{PAGE}-light.png"],
}
TITLE = "A <b>“toy”</b> & 'more'"
pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.fixture
def clone(pages, tmp_path: Path) -> Path:
    """The project as somebody has it who has cloned it: with what was made committed, and nothing else."""
    for folder in ("scenes", "docs"):
        shutil.copytree(pages.folder.parent / folder, tmp_path / "a clone" / folder)
    return tmp_path / "a clone/docs"


@pytest.fixture
def nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, items: list) -> list:
        raise AssertionError([item.stem for item in items])

    monkeypatch.setattr(making._Making, "_placed", refuse)


def test_all_that_is_asked_for_is_made_without_a_warning(pages) -> None:
    assert pages.built.warnings == ""
    note = json.loads((pages.media / "media.json").read_text(encoding="utf-8"))
    assert {key: sorted(entry["files"]) for key, entry in note.items()} == MADE
    sources = {key.partition("-light")[0].partition("-dark")[0]: [*entry["sources"]] for key, entry in note.items()}
    assert sources.pop(PAGE) == []
    assert sources.pop(f"{RACE}-figure-500") == ["deeper/bowl.py"]
    assert {file for files in sources.values() for file in files} == {"../scenes/toy.py"}
    files = sorted(name for names in MADE.values() for name in names)
    assert sorted(path.name for path in pages.media.iterdir()) == sorted([*files, "media.json"])
    assert sorted(path.name for path in (pages.built.output / "_descent").iterdir()) == files


def test_nothing_is_made_that_is_fresh_here_or_in_a_clone(pages, clone: Path, tmp_path: Path, nothing_is_made) -> None:
    assert build(clone, tmp_path / "site").warnings == ""
    again = build(pages.folder, pages.built.output)
    assert again.warnings == ""
    assert "0 added, 0 changed" in again.told


@pytest.mark.parametrize(
    ("file", "text", "stale"),
    [
        ("../scenes/toy.py", "\n# another word\n", {key for key in MADE if key.startswith("Toy")}),
        ("deeper/bowl.py", "# another word\n", {f"{RACE}-figure-500-light"}),
        ("_descent/Toy-film-320-dark.vtt", "x", {"Toy-film-320-dark"}),
        ("../manim.cfg", "[CLI]\n", {*MADE}),
    ],
)
def test_what_changed_is_stale_and_nothing_else(clone, tmp_path, monkeypatch, file, text, stale) -> None:
    with (clone / file).open("a", encoding="utf-8") as changed:
        changed.write(text)
    asked: set[str] = set()
    monkeypatch.setattr(making._Making, "_placed", lambda self, items: asked.update(item.stem for item in items) or [])
    build(clone, tmp_path / "site")
    assert asked == stale


@pytest.mark.parametrize(
    ("fence", "told"),
    [
        ("```{descent} Toi\n```", r"there is no scene 'Toi' in .*scenes: did you mean 'Toy'\?"),
        ("```{descent} ../scenes/toy.py:Toi\n```", r"\.\./scenes/toy\.py defines no film Toi: it has Toy\."),
        ("```{descent} Toy\n:width: 3\n```", r":width: is a number of pixels from 64 to 3,840, not '3'\."),
        pytest.param(
            "```{descent} Toy\n:format: figure\n```",
            r"Toy: Toy has no runs to draw a figure of; ask for a still of it\.",
            marks=pytest.mark.matrix,
        ),
        pytest.param(
            "```{descent}\n:surface: bird\n:runs: SDG(lr=0.1)\n:start: 1,2\n```",
            r"torch has no optimizer or scheduler 'SDG': did you mean 'SGD'\?",
            marks=pytest.mark.matrix,
        ),
    ],
)
def test_what_cannot_be_made_is_told_with_its_place(pages, tmp_path: Path, fence: str, told: str) -> None:
    other = pages.folder.with_name("other docs")
    other.mkdir(exist_ok=True)
    (other / "conf.py").write_text(CONF.partition("html_theme")[0], encoding="utf-8")
    (other / "index.md").write_text(f"# Other\n\n{fence}\n", "utf-8")
    page = re.escape(str(other / "index.md"))
    (line,) = build(other, tmp_path / "site").warnings.splitlines()
    assert re.match(f"{page}:3: WARNING: {told}", line)


@pytest.mark.parametrize("builder", ["dummy", "gettext"])
def test_a_builder_that_shows_nothing_has_nothing_made(
    clone: Path, tmp_path: Path, nothing_is_made, builder: str
) -> None:
    shutil.rmtree(clone / "_descent")
    assert build(clone, tmp_path / "out", builder).warnings == ""
    if builder == "gettext":
        assert 'msgid "A *toy* film"' in (tmp_path / "out/first.pot").read_text("utf-8")


def test_a_note_that_is_none_is_a_warning(clone: Path, tmp_path: Path) -> None:
    (clone / "_descent/media.json").write_text("[]", encoding="utf-8")
    (line,) = build(clone, tmp_path / "site").warnings.splitlines()
    assert re.search(r"^WARNING: .*media\.json is no note of media \(.*restore it, or delete it", line)


def test_what_was_made_before_is_shown_where_it_cannot_be_made_again(clone: Path, tmp_path: Path, monkeypatch) -> None:
    def broken(self: object, items: list) -> list:
        self._problems.update({item.stem: "it broke" for item in items})
        return []

    monkeypatch.setattr(making._Making, "_placed", broken)
    (clone / "_descent/Toy-film-320-dark.vtt").write_text("WEBVTT\n", encoding="utf-8")
    built = build(clone, tmp_path / "site")
    assert built.warnings.endswith("first.md:3: WARNING: it broke [descent.media]\n")
    assert "_descent/Toy-film-320-dark.mp4" in built.page("first.html")


def test_where_rendering_is_off_committed_files_serve_and_nothing_heavy_is_loaded(clone: Path, tmp_path: Path) -> None:
    """In processes of its own, which read six pages in parallel; one asks for what is not there."""
    (clone / "missing.md").write_text("# Missing\n\n\n```{descent} Toy\n:format: still\n```\n", encoding="utf-8")
    for number in range(4):
        (clone / f"more{number}.md").write_text(f"# {number}\n\n```{{descent}} Toy\n:width: 320\n```\n", "utf-8")
    told = "import sys\ndef setup(app):\n app.connect('build-finished', lambda *_: print('LOADED', *sys.modules))\n"
    (clone / "conf.py").write_text(f"{CONF}\nsuppress_warnings = ['toc']\n{told}", "utf-8")
    here = {**os.environ, "PYTHONPATH": str(ROOT), "READTHEDOCS": "True"}
    command = [sys.executable, "-W", "error", "-m", "sphinx", "-j", "2", str(clone), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=here)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert re.search(
        r"missing\.md:4: WARNING: the still of Toy is not in .*_descent, and rendering is off", warnings[0]
    )
    (loaded,) = (line for line in done.stdout.splitlines() if line.startswith("LOADED"))
    assert not {"torch", "manim", "matplotlib", "av", "numpy"} & {*loaded.split()}
    for name in ("first.html", "more2.html"):
        assert "_descent/Toy-film-320-light.mp4" in (tmp_path / "site" / name).read_text("utf-8")
    assert "<em>Toy</em>" in (tmp_path / "site/missing.html").read_text("utf-8")
    assert not (clone.parent / "media").exists()


def test_paper_and_text_have_a_still_and_the_caption(clone: Path, tmp_path: Path) -> None:
    latex = build(clone, tmp_path / "latex", "latex", descent_render=False)
    assert latex.warnings == ""
    (source,) = (tmp_path / "latex").glob("*.tex")
    text = source.read_text("utf-8")
    assert re.search(r"\\sphinxincludegraphics\[width=0\.25\S*\]\{\{Toy-film-320-light\}\.png\}", text)
    assert r"\caption{A \sphinxstyleemphasis{toy} film}" in text
    with Image.open(tmp_path / "latex/Toy-film-320-light.png") as still:
        assert (still.format, still.size) == ("PNG", (320, 180))
    words = build(clone, tmp_path / "text", "text", descent_render=False)
    assert words.warnings == ""
    first = words.page("first.txt")
    assert f"[image: {TITLE}]" in first
    assert "A *toy* film" in first


def film(page: Page) -> dict:
    return page.evaluate(
        """() => { const film = document.querySelector("video"); return {
        source: film.currentSrc.split("/").pop(), poster: film.poster.split("/").pop(), paused: film.paused,
        time: film.currentTime, width: film.videoWidth, cues: film.textTracks[0].cues?.length,
        label: film.ariaLabel }; }"""
    )


def picture(page: Page) -> list:
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth)")
    return page.evaluate(
        """() => [...document.images].map(image =>
        [image.currentSrc.split("/").pop(), image.naturalWidth, image.clientWidth, image.alt])"""
    )


@pytest.mark.parametrize(
    ("scheme", "motion", "scripts"),
    [
        ("light", "no-preference", True),
        ("dark", "reduce", True),
        ("dark", "no-preference", False),
        pytest.param("light", "reduce", False, marks=pytest.mark.matrix),
    ],
)
def test_a_page_shows_what_the_reader_prefers(tab, pages, scheme, motion, scripts) -> None:
    page = tab(color_scheme=scheme, reduced_motion=motion, java_script_enabled=scripts)
    page.goto((pages.built.output / "first.html").as_uri())
    kind = "gif" if motion == "no-preference" else "webp"
    assert picture(page) == [[f"Toy-gif-160-beats2-2-{scheme}.{kind}", 160, 160, TITLE]]
    page.wait_for_function("document.querySelector('video').currentSrc")
    shown = film(page)
    assert (shown["source"], shown["label"], shown["paused"]) == (f"Toy-film-320-{scheme}.mp4", TITLE, True)
    if scripts:
        assert shown["poster"] == f"Toy-film-320-{scheme}.webp"


def test_the_film_plays_with_captions_and_a_number(tab, pages) -> None:
    page = tab()
    page.goto((pages.built.output / "first.html").as_uri())
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    shown = film(page)
    assert (shown["width"], shown["cues"]) == (320, 2)
    assert page.locator("figcaption em").inner_text() == "toy"
    assert page.get_by_text("As Fig. 1 shows.").is_visible()


@pytest.mark.matrix
def test_media_follow_the_switch_of_the_theme(tab, pages) -> None:
    page = tab(color_scheme="light")
    page.goto((pages.built.output / "first.html").as_uri())
    for theme in ("dark", "light"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        page.wait_for_function("name => document.querySelector('video').currentSrc.endsWith(name)", arg=f"{theme}.mp4")
        assert picture(page)[0][0] == f"Toy-gif-160-beats2-2-{theme}.gif"
        assert film(page)["poster"] == f"Toy-film-320-{theme}.webp"


@pytest.mark.matrix
def test_a_page_in_a_folder_shows_its_pictures_in_their_size(tab, pages) -> None:
    page = tab()
    page.goto((pages.built.output / "deeper/second.html").as_uri())
    page.mouse.wheel(0, 500)
    still, figure = picture(page)
    assert still == ["Toy-still-640-at0.2-dark.webp", 640, 640, 'The "toy" <early>']
    assert figure[:3] == [f"{RACE}-figure-500-light.png", 500, 500]
    assert figure[3].startswith('Down <into> "it". Map of the loss bowl, w1 from −3 to 3')
    assert "Adam lr 0.2 · StepLR step_size 2, from (2.00, 1.00)" in figure[3]


@pytest.mark.matrix
def test_runs_are_taken_hold_of_in_the_colours_of_the_page(tab, pages) -> None:
    page = tab(color_scheme="light")
    page.goto((pages.built.output / "third.html").as_uri())
    framed = page.locator("iframe.descent-page").element_handle().content_frame()
    framed.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    assert framed.locator("h1").inner_text() == "To <b>take</b> hold of"
    assert framed.locator(".badge").all_inner_texts() == ["live"]
    frame = page.locator("iframe.descent-page")
    assert frame.get_attribute("title") == "To <b>take</b> hold of"
    assert page.evaluate("document.querySelector('iframe.descent-page').clientHeight") == 500
    assert page.locator("figcaption .caption-text").inner_text() == "Its runs"
    for theme in ("dark", "light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        framed.wait_for_function("theme => document.documentElement.dataset.scheme === theme", arg=theme)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open this page alone").click(modifiers=["Control"])
    opened.value.wait_for_function("document.documentElement.dataset.ready === 'yes'")
