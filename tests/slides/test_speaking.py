"""A deck for someone who speaks: without sound or muted by a key, beats that loop, and what the speaker view shows."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from playwright.sync_api import Frame, Page
from short_film import BEATS

from descent.publish.slides import Deck, looping, read_deck, write_deck

FILM = "Reveal.getCurrentSlide().querySelector('video')"
PLAYS = f"() => !{FILM}.paused && {FILM}.currentTime > 0.15"
PLAYING = "[...document.querySelectorAll('video')].map(v => !v.paused && !v.ended)"
NEAR_THE_END = f"{FILM}.currentTime = {FILM}.duration - 0.3"


@pytest.fixture(scope="module")
def file(deck: Deck, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second beat, slide 3, loops."""
    target = tmp_path_factory.mktemp("deck") / "deck.html"
    write_deck(looping(deck, frozenset({3})), target)
    return target


@pytest.fixture(scope="module")
def silent(film_note: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("silent") / "deck.html"
    write_deck(read_deck([film_note], silent=True), target)
    return target


def turn(page: Page, slide: int) -> None:
    """Turn to a slide, counted from 1, and wait until its film plays."""
    while (at := page.evaluate("Reveal.getIndices().h")) != slide - 1:
        page.keyboard.press("ArrowRight" if at < slide - 1 else "ArrowLeft")
    page.wait_for_function(PLAYS)


def test_a_silent_deck_has_no_sound_and_plays_unasked(page: Page, silent: Path) -> None:
    for clip in silent.with_name("deck_files").glob("*.mp4"):
        with av.open(str(clip)) as film:
            assert {stream.type for stream in film.streams} == {"video", "subtitle"}
    page.goto(f"{silent.as_uri()}#/1")  # nobody has pressed a key
    page.wait_for_function(PLAYS)
    notes = page.eval_on_selector_all(".film aside.notes", "all => all.map(note => note.textContent.trim())")
    assert notes == [line for _, line in BEATS]
    caption = page.locator("section.present .caption")
    assert not caption.is_visible()
    page.keyboard.press("c")
    assert caption.is_visible()
    page.keyboard.press("m")
    assert page.locator("#said").text_content() == ""
    assert "mute" not in page.locator(".keys").text_content()


@pytest.mark.matrix
def test_m_mutes_every_film_and_says_so(shown: Page) -> None:
    assert "M mute" in shown.locator(".keys").inner_text()
    turn(shown, 2)
    assert shown.evaluate(f"{FILM}.muted") is False
    shown.keyboard.press("m")
    assert shown.locator("#said").text_content() == "Sound off"
    assert shown.get_attribute("#said", "role") == "status"
    assert shown.evaluate(f"{FILM}.muted") is True
    turn(shown, 3)
    assert shown.evaluate(f"{FILM}.muted") is True
    shown.keyboard.press("m")
    assert shown.evaluate(f"{FILM}.muted") is False
    assert shown.locator("#said").text_content() == "Sound on"


@pytest.mark.matrix
def test_a_looping_beat_begins_again_without_its_voice_until_one_advances(shown: Page) -> None:
    turn(shown, 3)
    shown.evaluate(NEAR_THE_END)
    shown.wait_for_function(f"{FILM}.muted && {FILM}.currentTime < 1")
    shown.wait_for_function(PLAYS)
    shown.evaluate(NEAR_THE_END)
    shown.wait_for_function(f"{FILM}.currentTime < 1 && !{FILM}.paused")
    turn(shown, 4)
    assert shown.evaluate(f"{FILM}.muted") is False
    shown.wait_for_function(f"{FILM}.ended")
    shown.wait_for_timeout(300)
    assert shown.evaluate(PLAYING) == [False, False, False]
    turn(shown, 3)
    assert shown.evaluate(f"{FILM}.muted") is False


@pytest.mark.matrix
def test_who_wants_less_motion_sees_a_looping_beat_once(tab: Callable[..., Page], file: Path) -> None:
    page = tab(reduced_motion="reduce")
    page.goto(f"{file.as_uri()}#/2")
    page.wait_for_function("Reveal.isReady()")
    page.keyboard.press("k")
    page.wait_for_function(PLAYS)
    page.evaluate(NEAR_THE_END)
    page.wait_for_function(f"{FILM}.ended")
    page.wait_for_timeout(300)
    assert page.evaluate(f"{FILM}.ended")


@pytest.mark.matrix
def test_sound_stops_in_the_overview(shown: Page) -> None:
    turn(shown, 3)
    shown.keyboard.press("Escape")
    shown.wait_for_function("Reveal.isOverview()")
    assert shown.evaluate(PLAYING) == [False, False, False]
    shown.keyboard.press("k")
    shown.keyboard.press("ArrowRight")
    shown.wait_for_timeout(300)
    assert shown.evaluate(PLAYING) == [False, False, False]
    shown.keyboard.press("Escape")
    shown.wait_for_function(PLAYS)
    assert shown.evaluate(PLAYING) == [False, False, True]
    shown.keyboard.press("Escape")
    shown.wait_for_function("Reveal.isOverview()")
    shown.locator("section.film").nth(0).click()
    shown.wait_for_function(PLAYS)
    assert shown.evaluate(PLAYING) == [True, False, False]


@pytest.mark.matrix
def test_the_film_goes_on_where_the_overview_or_the_black_screen_stopped_it(shown: Page) -> None:
    turn(shown, 3)
    for key in ("Escape", "b"):
        shown.evaluate(f"{FILM}.currentTime = 1")
        shown.keyboard.press(key)
        shown.wait_for_function(f"{FILM}.paused")
        shown.keyboard.press(key)
        shown.wait_for_function(f"!{FILM}.paused && {FILM}.currentTime > 1")
    shown.keyboard.press("k")
    shown.wait_for_function(f"{FILM}.paused")
    shown.keyboard.press("Escape")
    shown.keyboard.press("Escape")
    shown.wait_for_function("!Reveal.isOverview()")
    assert shown.evaluate(PLAYING) == [False, False, False]
    shown.keyboard.press("b")
    shown.keyboard.press("ArrowLeft")
    shown.wait_for_timeout(300)
    assert shown.evaluate(PLAYING) == [False, False, False]


@pytest.fixture
def speaker(shown: Page) -> Frame:
    """The slide of the moment in the speaker view."""
    with shown.context.expect_page() as opened:
        shown.keyboard.press("s")
    opened.value.wait_for_function("window.frames.length === 2")
    opened.value.frame_locator("iframe").first.locator(".reveal.ready").wait_for()
    (frame,) = [frame for frame in opened.value.frames if "postMessageEvents" in frame.url]
    return frame


def test_the_speaker_view_moves_with_the_film_and_says_what_is_left(shown: Page, speaker: Frame) -> None:
    turn(shown, 3)
    speaker.wait_for_function(f"() => Reveal.getIndices().h === 2 && !{FILM}.paused && {FILM}.currentTime > 0")
    assert speaker.evaluate("[...document.querySelectorAll('video')].every(v => v.muted || v.paused)")
    shown.keyboard.press("k")
    speaker.wait_for_function(f"{FILM}.paused")
    shown.evaluate(f"{FILM}.currentTime = 0.5")
    speaker.wait_for_function(f"Math.abs({FILM}.currentTime - 0.5) < 0.01")
    left = "document.querySelector('#left').textContent"
    speaker.wait_for_function(f"{left} === '0:01 left of this beat, then again · 0:02 to the end'")
    upcoming = next(f for f in speaker.parent_frame.child_frames if f != speaker)
    assert upcoming.evaluate(PLAYING) == [False, False, False]


@pytest.mark.matrix
def test_keys_in_the_speaker_view_are_the_decks(shown: Page, speaker: Frame) -> None:
    turn(shown, 3)
    shown.evaluate(f"{FILM}.currentTime = 0")
    speaker.page.keyboard.press("m")
    shown.wait_for_function(f"{FILM}.muted")
    speaker.wait_for_function("document.querySelector('#left').textContent.endsWith('sound off')")
    speaker.page.keyboard.press("k")
    shown.wait_for_function(f"{FILM}.paused")
    speaker.wait_for_function(f"{FILM}.paused")
    speaker.page.keyboard.press("c")
    shown.wait_for_function("!document.body.classList.contains('captions')")
    speaker.wait_for_function("!document.body.classList.contains('captions')")
