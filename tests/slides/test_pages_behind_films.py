"""Behind a film, its runs to take hold of: in a browser the page itself, in PowerPoint and on paper a picture of it."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Frame, Page, expect
from pptx import Presentation
from short_film import BEATS, TITLE, pictures
from whole_package import faults

from descent.base.errors import DescentError
from descent.publish.slides import Deck, looping, write_deck

BEHIND = 1 + len(BEATS)  # the slide of the page, counted from 0


@pytest.fixture(scope="module")
def file(trying: Deck, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("deck") / "a “deck” #1 100%.html"
    write_deck(trying, target, one_file=True)
    return target


def framed(page: Page) -> Frame:
    """The page in its frame, when it is ready."""
    page.wait_for_function("document.querySelector('#pages iframe')")
    frame = page.locator("#pages iframe").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    return frame


def here(page: Page) -> int:
    return int(page.evaluate("Reveal.getIndices().h"))


def test_the_page_lies_over_its_slide_and_the_deck_keeps_its_keys(shown: Page) -> None:
    assert shown.locator("#pages iframe").count() == 0, "nobody has turned to it"
    shown.evaluate(f"Reveal.slide({BEHIND})")
    frame = framed(shown)
    expect(frame.locator("#verdict")).to_contain_text("Live: torch's own steps.")
    expect(frame.locator("h1")).to_have_text(TITLE)
    frame.wait_for_function("document.documentElement.dataset.scheme === 'dark'")
    assert shown.evaluate("document.querySelector('#pages iframe').clientWidth") == 1280
    assert shown.locator("#pages iframe").get_attribute("title") == f"Try it: {TITLE}"
    shown.keyboard.press("ArrowLeft")
    assert here(shown) == BEHIND - 1
    assert not shown.locator("#pages").is_visible()
    shown.keyboard.press("ArrowRight")
    box = frame.get_by_label("lr of SGD, typed")
    box.fill("0.2")
    box.press("Enter")
    frame.locator("h1").click()
    shown.keyboard.press("Home")
    expect(frame.locator("#step")).to_have_text("step 0 of 9")
    shown.keyboard.press("ArrowRight")
    expect(frame.locator("#step")).to_have_text("step 1 of 9")
    assert here(shown) == BEHIND, "its keys are the page's"
    shown.keyboard.press("Escape")
    shown.wait_for_function("document.activeElement === document.body")
    assert not shown.evaluate("Reveal.isOverview()")
    shown.keyboard.press("ArrowLeft")
    assert here(shown) == BEHIND - 1
    shown.keyboard.press("ArrowRight")
    expect(box).to_have_value("0.2")


@pytest.mark.matrix
def test_in_a_folder_deck_it_is_a_file_beside_it(page: Page, trying: Deck, tmp_path: Path) -> None:
    write_deck(trying, tmp_path / "ä #1.html")
    assert (tmp_path / "ä #1_files/Film-try.html").is_file()
    page.goto(f"{(tmp_path / 'ä #1.html').as_uri()}#/{BEHIND}")
    expect(framed(page).locator("#verdict")).to_contain_text("Live: torch's own steps.")


def test_clickers_and_buttons_turn_slides(shown: Page) -> None:
    shown.evaluate(f"Reveal.slide({BEHIND})")
    framed(shown).locator("h1").click()
    shown.keyboard.press("PageUp")
    shown.wait_for_function(f"Reveal.getIndices().h === {BEHIND - 1}")
    shown.keyboard.press("ArrowRight")
    assert shown.locator("#pages").is_visible()
    assert shown.get_by_role("button", name="Next", exact=True).is_visible()
    shown.get_by_role("button", name="Back", exact=True).click()
    assert here(shown) == BEHIND - 1


@pytest.mark.matrix
def test_the_overview_and_the_black_screen_are_seen(shown: Page) -> None:
    shown.evaluate(f"Reveal.slide({BEHIND})")
    framed(shown)
    shown.keyboard.press("Escape")
    shown.wait_for_function("Reveal.isOverview()")
    assert not shown.locator("#pages").is_visible()
    assert shown.locator("section.try img").is_visible()
    shown.keyboard.press("Escape")
    shown.wait_for_function("!Reveal.isOverview()")
    assert shown.locator("#pages").is_visible()
    shown.keyboard.press("b")
    shown.wait_for_function("Reveal.isPaused()")
    assert not shown.locator("#pages").is_visible()


@pytest.mark.matrix
def test_the_speaker_view_has_its_picture(shown: Page) -> None:
    shown.evaluate(f"Reveal.slide({BEHIND})")
    framed(shown)
    with shown.context.expect_page() as opened:
        shown.keyboard.press("s")
    opened.value.wait_for_function("window.frames.length === 2")
    opened.value.frame_locator("iframe").first.locator(".reveal.ready").wait_for()
    (mirror,) = [frame for frame in opened.value.frames if "postMessageEvents" in frame.url]
    mirror.wait_for_function(f"Reveal.getIndices().h === {BEHIND}")
    assert mirror.locator("#pages iframe").count() == 0
    assert mirror.locator("section.present img").is_visible()


@pytest.mark.matrix
def test_everyone_can_use_it_on_a_phone_too(tab: Callable[..., Page], file: Path) -> None:
    page = tab(viewport={"width": 390, "height": 800})
    page.goto(f"{file.as_uri()}#/{BEHIND}")
    page.wait_for_function("Reveal.isReady()")
    assert not page.locator("#pages").is_visible(), "slides are scrolled through, and nothing may come in the way"
    page.get_by_role("button", name="Open the page").click()
    frame = framed(page)
    assert page.evaluate("document.querySelector('#pages iframe').clientWidth") == 390
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, context="#pages", options={"preload": False}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    page.get_by_role("button", name="Back", exact=True).click()
    assert not page.locator("#pages").is_visible()


def test_powerpoint_has_a_picture_that_opens_the_page_beside_it(trying: Deck, tmp_path: Path) -> None:
    target = tmp_path / "my deck #1.pptx"
    write_deck(trying, target)
    assert faults(target) == []
    show: Any = Presentation(str(target))
    *_, before, slide = show.slides
    assert before.shapes.title.text_frame.text == BEATS[-1][0]
    assert slide.shapes.title.text_frame.text == "Try it"
    (shown,) = [shape for shape in slide.shapes if shape.name == "Try it"]
    (words,) = [shape for shape in slide.shapes if shape.name == "Link"]
    address = shown.click_action.hyperlink.address
    assert words.text_frame.paragraphs[0].runs[0].hyperlink.address == address
    page = trying.lessons[0].page
    assert page is not None
    assert (tmp_path / unquote(address)).read_bytes() == page.read_bytes()
    assert (shown.width * 9, shown.top + shown.height <= words.top) == (
        pytest.approx(shown.height * 16, rel=1e-3),
        True,
    )
    assert words.top + words.height <= show.slide_height
    last = pictures(trying.lessons[0].film)[-1].astype(int)
    with Image.open(io.BytesIO(shown.image.blob)) as still:
        assert np.abs(np.asarray(still.convert("RGB"), dtype=int) - last).max() < 8
    assert "Esc" in slide.notes_slide.notes_text_frame.text


@pytest.mark.matrix
def test_a_handout_has_its_picture(trying: Deck, deck: Deck, tmp_path: Path) -> None:
    write_deck(trying, tmp_path / "deck.pdf")
    pages = len(re.findall(rb"/Type /Page\b", (tmp_path / "deck.pdf").read_bytes()))
    assert pages == trying.slides == deck.slides + 1


def test_slides_behind_it_keep_their_numbers(trying: Deck) -> None:
    twice = type(trying)(trying.title, trying.theme, trying.lessons * 2)
    loops = looping(twice, frozenset({2, BEHIND + 3}))
    assert [[section.loops for section in lesson.sections] for lesson in loops.lessons] == [[True, False, False]] * 2
    with pytest.raises(DescentError, match=f"slide {BEHIND + 1} cannot loop: it shows no beat"):
        looping(twice, frozenset({BEHIND + 1}))
