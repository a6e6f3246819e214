"""A page in a frame: in a notebook, and in a page around it that tells it its theme and wants keys."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect
from torch.optim import SGD, Adam

import descent
from descent import BIRD, VALLEY, DescentError, Run, trace
from descent.animate.explore import LivePage
from descent.publish.frames import frame

TITLE = "<img src=x onerror=alert(1)> & \"two\" 'quotes' </iframe>"


def bowl(x, y):
    return x**2 + 10 * y**2


@pytest.fixture(scope="module")
def made() -> LivePage:
    with pytest.MonkeyPatch.context() as patch:  # the relief takes seconds, and is not looked at here
        nothing = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
        patch.setattr("descent.publish.explore.page._map", lambda *_: nothing)
        return descent.explore(bowl, [partial(SGD, lr=0.05), "Adam(lr=0.1)"], start=(2, 1), steps=9, title=TITLE)


def around(html: str, file: Path, dark: bool = False) -> Path:
    """A page with a frame in it, which hands on what it is told and tells the frame what `tell` says."""
    script = """
      window.heard = [];
      addEventListener("message", ({ data }) => heard.push(data));
      const tell = (data) => document.querySelector("iframe").contentWindow.postMessage(data, "*");
    """
    ground = "#111" if dark else "#fff"
    text = f"<!doctype html><meta charset='utf-8'><body style='background: {ground}'>{html}<script>{script}</script>"
    file.write_text(text, encoding="utf-8")
    return file


def inside(page: Page) -> Frame:
    """The frame, when its page is ready."""
    page.wait_for_function("heard.some((data) => data.descent === 'page')")
    (_, framed) = page.frames
    return framed


def ground(framed: Frame) -> str:
    return str(framed.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_a_notebook_shows_it_in_a_frame_that_sees_nothing_of_the_notebook(
    made: LivePage, page: Page, tmp_path: Path
) -> None:
    page.goto(around(made._repr_html_(), tmp_path / "notebook.html").as_uri())
    framed = inside(page)
    expect(framed.locator("#verdict")).to_contain_text("Live: torch's own steps.")
    expect(framed.locator("h1")).to_have_text(TITLE)
    assert page.locator("iframe").get_attribute("title") == TITLE
    for word in ("localStorage", "parent.document", "document.cookie"):
        assert framed.evaluate(f"(() => {{ try {{ {word}; return 'seen'; }} catch {{ return 'kept'; }} }})()") == "kept"
    box = framed.get_by_label("lr of SGD, typed")
    box.fill("0.01")
    box.press("Enter")
    page.wait_for_timeout(400)  # the address would follow now, but a frame has none of its own
    slower = Run(descent.Surface("bowl", bowl, ((-3, 3), (-3, 3))), partial(SGD, lr=0.01), (2, 1), 9)
    assert framed.evaluate("Array.from(runs[0].path.w)") == pytest.approx(trace(slower).params.ravel(), rel=1e-5)


def test_it_takes_on_the_theme_of_what_holds_it_and_hands_on_keys_where_it_is_asked_to(
    made: LivePage, tab: Callable[..., Page], tmp_path: Path
) -> None:
    file = made.save(tmp_path / "a page #1.html")
    page = tab(color_scheme="light")
    page.goto(around(frame("A page", 500, address=file.name.replace("#", "%23")), tmp_path / "outer.html").as_uri())
    framed = inside(page)
    page.wait_for_function("document.querySelector('iframe').clientHeight === 500")
    assert ground(framed) == "rgb(255, 255, 255)"
    framed.locator("h1").click()
    page.keyboard.press("Escape")
    page.evaluate("tell({ descent: 'holder', theme: 'dark', keys: true })")
    framed.wait_for_function("document.documentElement.dataset.scheme === 'dark'")
    assert ground(framed) == "rgb(14, 17, 22)"
    expect(framed.get_by_role("button", name="Switch to the light theme")).to_be_visible()
    for key in ("PageDown", "ArrowLeft", "Escape", "PageUp"):
        page.keyboard.press(key)
    page.wait_for_function("heard.length === 4")
    assert [data.get("key") for data in page.evaluate("heard")] == [None, "PageDown", "Escape", "PageUp"]
    framed.get_by_role("button", name="Switch to the light theme").click()
    framed.evaluate("window.told = 0; addEventListener('message', () => told++)")
    page.evaluate("tell({ descent: 'holder', theme: 'dark' })")
    page.evaluate("tell({ descent: 'holder', theme: 'red' }); tell(null); tell('holder')")
    framed.wait_for_function("told === 4")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(50)
    assert ground(framed) == "rgb(255, 255, 255)", "a reader's own choice stays"
    assert page.evaluate("heard.length") == 4


def test_it_says_what_it_is_and_is_written_where_it_is_asked_to(
    made: LivePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert re.fullmatch(rf"<page {re.escape(repr(TITLE))}, \d+ kB>", repr(made))
    given: list[tuple[list[str], str]] = []

    def noted(runs: list[Run], title: str = "", *_: object, **__: object) -> tuple[LivePage, str]:
        given.append(([run.label for run in runs], title))
        return LivePage(title, ""), "<html>"

    monkeypatch.setattr("descent.animate.explore.page_of", noted)
    monkeypatch.chdir(tmp_path)
    one, two = (Run(VALLEY, partial(kind, lr=0.1), (-4.5, -2.0), 3) for kind in (SGD, Adam))
    film = type("Film", (), {"runs": (one, two), "title": "A film"})
    for page in (
        descent.explore(film, output="b/film.html"),
        descent.explore([one, two], "runs.html", title="Two"),
        descent.explore(one, Path("path.HTM")),
        descent.explore("valley", "SGD(lr=0.1) + StepLR(step_size=2)", start=(-4, -2), steps=2, output="text.html"),
    ):
        assert page.file is not None
        assert page.file.read_text() == "<html>"
        assert str(page.file) in repr(page)
    labels = ["SGD  lr 0.1", "Adam  lr 0.1"]
    assert given == [(labels, "A film"), (labels, "Two"), (labels[:1], ""), (["SGD  lr 0.1 · StepLR  step_size 2"], "")]
    assert descent.explore(one).file is None


@pytest.mark.parametrize(
    ("things", "named", "told"),
    [
        (("bird", "SGD"), {"output": "page.png", "start": (1, 2)}, "ends in .html, not 'page.png'"),
        (("bird", "SGD", "a.html"), {"output": "b.html"}, "one file; name one"),
        (("bird", "SGD"), {"height": 10}, "pixels from 240 to 3,000, not 10"),
        (("bird",), {}, "1 to 8 runs, not 0"),
        (("bird", "SDG"), {}, "did you mean 'SGD'"),
        (tuple(Run(on, partial(SGD, lr=0.1), (-4, -2), 3) for on in (BIRD, VALLEY)), {}, "one surface"),
    ],
)  # fmt: skip
def test_what_makes_no_page_is_said_in_a_sentence(
    things: tuple[object, ...], named: dict[str, object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DescentError, match=re.escape(told)):
        descent.explore(*things, **named)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
