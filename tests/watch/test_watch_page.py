"""The page of `descent watch` in Chromium: drag, save, break and mend; sound, tabs, themes; everyone can use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from watch_film import DRAWN, FILM, Watching, blue, open_page

pytestmark = pytest.mark.matrix  # a minute of a browser


def drag(page: Page, frame: int) -> None:
    page.locator("#at").fill(str(frame))
    page.wait_for_function(DRAWN)


def saved(page: Page, watching: Watching, text: str) -> None:
    """Save, and wait for the picture of what was saved."""
    before = page.evaluate("document.documentElement.dataset.generation")
    watching.save(text)
    page.wait_for_function("before => document.documentElement.dataset.generation !== before", arg=before)
    page.wait_for_function(DRAWN)


def test_to_drag_is_to_see_that_frame(page: Page, film: Watching) -> None:
    open_page(page, film.address)
    last = int(page.locator("#at").get_attribute("max") or 0)
    places = []
    for frame in (last, 0, 9, last // 2, 3):  # in any order
        drag(page, frame)
        places.append(blue(page))
    end, begin, middle, stands, early = places
    assert begin == pytest.approx(0.5 - 3 / (128 / 9), abs=0.01)
    assert end == pytest.approx(0.5 + 3 / (128 / 9), abs=0.01)
    assert begin < early < middle < end
    assert stands == pytest.approx(0.5, abs=0.01)  # between the plays
    drag(page, 9)
    assert blue(page) == pytest.approx(middle, abs=0.002)


@pytest.mark.matrix
def test_keys_and_beats_lead_through_the_film(page: Page, film: Watching) -> None:
    open_page(page, film.address)
    at = page.locator("#at")
    for key, wanted in (("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1"), ("Home", "0")):
        page.keyboard.press(key)
        expect(at).to_have_value(wanted)
    page.keyboard.press("Shift+ArrowRight")
    second = int(at.input_value())
    expect(at).to_have_attribute("aria-valuetext", f"{second / 15:.1f} s, beat 2: Second")
    expect(page.locator("#list [aria-current]")).to_contain_text("Second")
    expect(page.locator("#caption")).to_have_text("Two.")
    page.keyboard.press("Shift+ArrowLeft")
    expect(at).to_have_value("0")
    page.get_by_role("button", name="Second").click()
    expect(at).to_have_value(str(second))
    page.keyboard.press("End")
    expect(at).to_have_value(at.get_attribute("max") or "")


def test_what_is_saved_is_drawn_again(page: Page, film: Watching) -> None:
    open_page(page, film.address)
    drag(page, 0)
    before = blue(page)
    saved(page, film, FILM.replace("shift(3 * LEFT)", "shift(5 * LEFT)").replace("A toy", "Another <b>toy</b>"))
    assert blue(page) == pytest.approx(before - 2 / (128 / 9), abs=0.01)
    expect(page.locator("#title")).to_have_text("Another <b>toy</b>")  # text, whatever it looks like
    assert page.locator("#at").input_value() == "0"


@pytest.mark.matrix
def test_a_play_that_shows_the_same_is_not_drawn_again(page: Page, film: Watching) -> None:
    open_page(page, film.address)
    saved(page, film, FILM.replace('"Two."', '"Three."'))
    drag(page, 7)
    assert blue(page) < 0.5
    expect(page.locator("#list")).to_contain_text("Three.")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("self.add(square)", "self.add(square", "'(' was never closed"),
        ("self.add(square)", "self.add(sqare)", "NameError: name 'sqare' is not defined"),
    ],
)
def test_a_broken_file_shows_its_line_and_keeps_the_picture(
    page: Page, film: Watching, old: str, new: str, told: str
) -> None:
    open_page(page, film.address)
    drag(page, 5)
    before = blue(page)
    line = FILM[: FILM.index(old)].count("\n") + 1
    film.save(FILM.replace(old, new))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"toy.py, line {line}", timeout=120_000)
    expect(alert).to_contain_text(told)
    expect(alert.locator(".here")).to_contain_text(new)
    assert blue(page) == before
    drag(page, 12)  # the last good film can still be seen
    assert blue(page) > before
    film.save(FILM)
    expect(alert).to_be_hidden(timeout=120_000)


@pytest.mark.matrix
def test_it_plays_in_step_with_the_sound(tab, film: Watching) -> None:
    page = open_page(tab(viewport={"width": 1280, "height": 720}), film.address)
    page.wait_for_function("() => document.documentElement.dataset.sound")
    page.keyboard.press(" ")
    page.wait_for_function("() => document.documentElement.dataset.sounding === 'yes'")
    page.wait_for_function("() => Number(document.documentElement.dataset.frame) > 4")
    page.wait_for_function("() => Number(document.querySelector('canvas').dataset.frame) > 4")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.sounding") == "no"
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play this beat").click()
    page.wait_for_function("() => document.documentElement.dataset.sounding === 'no'")
    second = page.evaluate("() => Math.ceil(film.beats[1].start * film.rate)")
    expect(page.locator("#at")).to_have_value(str(second - 1))  # it stops at the end of its beat


@pytest.mark.matrix
def test_two_tabs_are_told_of_one_save(tab, film: Watching) -> None:
    one, two = (open_page(tab(), film.address) for _ in range(2))
    drag(two, 6)
    saved(one, film, FILM.replace("A toy", "A new toy"))
    for page in (one, two):
        expect(page.locator("#title")).to_have_text("A new toy", timeout=120_000)
    assert (one.locator("#at").input_value(), two.locator("#at").input_value()) == ("0", "6")
    two.wait_for_function(DRAWN)


@pytest.mark.matrix
def test_both_themes_stand_side_by_side(page: Page, film: Watching) -> None:
    open_page(page, film.address)
    page.get_by_text("Both", exact=True).click()
    page.wait_for_function(DRAWN)
    grounds = [
        page.evaluate(
            """theme => [...document.querySelector(`[data-theme="${theme}"] canvas`).getContext("2d")
            .getImageData(3, 3, 1, 1).data].slice(0, 3)""",
            theme,
        )
        for theme in ("dark", "light")
    ]
    assert grounds[0] == pytest.approx([0x0E, 0x11, 0x16], abs=3)
    assert grounds[1] == pytest.approx([255, 255, 255], abs=3)
    assert blue(page, "dark") == pytest.approx(blue(page, "light"), abs=0.005)


def test_what_is_wrong_stands_where_it_arises(page: Page, film: Watching) -> None:
    open_page(page, film.address)
    expect(page.locator("#verdict")).to_have_text("Nothing to find fault with", timeout=120_000)
    off = "self.add(Label('off', 30).sit((6.9, 0, 0)))\n        "
    text = FILM.replace("from descent.stage import", "from descent.stage import Label,")
    text = text.replace('with self.voiceover("Two.", "Second")', f'{off}with self.voiceover("Unmeasured.", "Second")')
    saved(page, film, text)
    faults = page.locator("#faults")
    expect(faults).to_contain_text("Unmeasured.", timeout=120_000)  # its time is guessed
    expect(faults).to_contain_text("“off”", timeout=120_000)  # and a label leaves the frame
    page.get_by_role("button", name="“off”").click()
    assert int(page.locator("#at").input_value()) > 20
    assert page.locator("#marks div").count() >= 2


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("dark", 390),
        ("light", 1440),
        *(pytest.param(*look, marks=pytest.mark.matrix) for look in (("dark", 1440), ("light", 390))),
    ],
)
def test_everyone_can_use_it(tab, film: Watching, scheme: str, width: int) -> None:
    page = open_page(tab(color_scheme=scheme, viewport={"width": width, "height": 900}), film.address)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    assert page.evaluate(
        """() => [...document.querySelectorAll("button, #themes label, #at")].filter(each => each.offsetParent)
        .every(each => each.getBoundingClientRect().height >= 24)"""
    )
