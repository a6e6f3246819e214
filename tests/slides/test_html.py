"""A deck in a real browser, opened as a file: it plays, turns its pages, shows its words, and asks nobody anything."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from short_film import BEATS, TITLE

from descent.base.errors import DescentError
from descent.publish.slides import Deck, html, write_deck

PLAYED = """() => {
    const video = Reveal.getCurrentSlide().querySelector('video');
    return video.currentTime > 0.2 && video.getVideoPlaybackQuality().totalVideoFrames > 1
        && video.webkitAudioDecodedByteCount > 0;
}"""


@pytest.fixture(
    scope="module",
    params=[pytest.param(False, id="folder", marks=pytest.mark.matrix), pytest.param(True, id="one file")],
)
def file(request: pytest.FixtureRequest, deck: Deck, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("deck") / "a “deck” #1 100%.html"
    write_deck(deck, target, one_file=request.param)
    return target


def test_every_beat_plays_when_it_is_turned_to_and_stops_when_it_is_left(shown: Page) -> None:
    assert shown.title() == TITLE
    assert shown.locator("h1").inner_text() == TITLE
    for number, (title, _) in enumerate(BEATS, 1):
        shown.keyboard.press("ArrowRight" if number % 2 else "Space")
        shown.wait_for_function(PLAYED)
        assert shown.locator("section.present h2").text_content() == title
        playing = shown.eval_on_selector_all("video", "all => all.map(v => !v.paused && !v.ended)")
        assert playing.count(True) == 1
        assert playing[number - 1]
    shown.keyboard.press("ArrowLeft")
    shown.wait_for_function("() => document.querySelectorAll('video')[2].paused")
    shown.wait_for_function(PLAYED)


def test_captions_show_the_line_of_the_moment_below_the_picture(shown: Page, deck: Deck) -> None:
    section = deck.lessons[0].sections[1]
    shown.evaluate("Reveal.slide(2)")
    shown.wait_for_function(PLAYED)
    caption = shown.locator("section.present .caption")
    for cue in section.captions:
        middle = (cue.start + cue.end) / 2
        shown.evaluate(
            """at => { const video = Reveal.getCurrentSlide().querySelector('video');
                       video.pause(); video.currentTime = at; }""",
            middle,
        )
        shown.wait_for_function(
            "text => document.querySelector('section.present .caption').textContent === text", arg=cue.text
        )
        active = "[...Reveal.getCurrentSlide().querySelector('video').textTracks[0].activeCues].length"
        assert shown.evaluate(active) == 1
    film, words = shown.locator("section.present video").bounding_box(), caption.bounding_box()
    assert film is not None
    assert words is not None
    assert film["y"] + film["height"] <= words["y"]
    assert words["y"] + words["height"] <= 720
    shown.keyboard.press("c")
    assert not caption.is_visible()
    film = shown.locator("section.present video").bounding_box()
    assert film is not None
    assert film["height"] == pytest.approx(720, abs=1)


def test_captions_light_up_word_by_word_and_a_click_jumps_to_a_word(shown: Page, deck: Deck) -> None:
    cue = deck.lessons[0].sections[1].captions[0]
    shown.evaluate("Reveal.slide(2)")
    shown.wait_for_function(PLAYED)
    for number in (1, len(cue.words) - 1):
        shown.evaluate(
            """at => { const video = Reveal.getCurrentSlide().querySelector('video');
                       video.pause(); video.currentTime = at; }""",
            cue.words[number] + 0.005,
        )
        shown.wait_for_function(
            """left => { const words = [...document.querySelectorAll('section.present .caption [data-at]')];
                         return words.length && words.filter(word => word.matches('.ahead')).length === left; }""",
            arg=len(cue.words) - 1 - number,
        )
    shown.locator("section.present .caption [data-at]").nth(3).click()
    at = shown.evaluate("Reveal.getCurrentSlide().querySelector('video').currentTime")
    assert at == pytest.approx(cue.words[3], abs=0.01)


@pytest.mark.matrix
def test_keys_pause_and_go_on(shown: Page) -> None:
    shown.keyboard.press("ArrowRight")
    shown.wait_for_function(PLAYED)
    paused = "Reveal.getCurrentSlide().querySelector('video').paused"
    shown.keyboard.press("k")
    shown.wait_for_function(paused)
    shown.keyboard.press("k")
    shown.wait_for_function(f"!{paused}")
    shown.locator("section.present video").click()
    shown.wait_for_function(paused)
    shown.keyboard.press("Tab")
    button = shown.locator("section.present button")
    button.focus()
    assert button.is_visible()
    shown.keyboard.press("Enter")
    shown.wait_for_function(f"!{paused}")


@pytest.mark.matrix
def test_notes_are_the_narration(shown: Page) -> None:
    notes = shown.eval_on_selector_all(".film aside.notes", "all => all.map(note => note.textContent.trim())")
    assert notes == [line for _, line in BEATS]
    with shown.context.expect_page() as opened:
        shown.keyboard.press("s")
    speaker = opened.value
    speaker.wait_for_function("document.querySelector('.speaker-controls-notes')")
    shown.keyboard.press("ArrowRight")
    speaker.wait_for_function(
        "line => document.querySelector('.speaker-controls-notes .value').textContent.includes(line)", arg=BEATS[0][1]
    )


@pytest.mark.matrix
def test_who_wants_less_motion_starts_films_by_hand(tab: Callable[..., Page], file: Path) -> None:
    page = tab(reduced_motion="reduce")
    page.goto(file.as_uri())
    page.wait_for_function("Reveal.isReady()")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("Reveal.getCurrentSlide().querySelector('video').readyState >= 2")
    state = page.evaluate(
        "(v => [v.paused, v.currentTime, v.controls])(Reveal.getCurrentSlide().querySelector('video'))"
    )
    assert state == [True, 0, True]
    page.keyboard.press("k")
    page.wait_for_function(PLAYED)


def test_words_from_data_are_words(shown: Page) -> None:
    assert shown.evaluate("[...document.scripts].map(s => s.text).join('').includes('alert(1)')") is False
    assert shown.locator("li").all_inner_texts() == ["It <i>holds</i>.", "It does not."]
    assert shown.get_attribute("html", "lang") == "en"


def test_the_poster_is_on_its_slide_and_nothing_lies_twice(file: Path) -> None:
    folder = file.with_name(f"{file.stem}_files")
    text = file.read_text(encoding="utf-8")
    assert "Permission is hereby granted" in text or (folder / "reveal-licence.txt").is_file()
    if folder.is_dir():
        assert sorted(path.suffix for path in folder.iterdir()).count(".mp4") == len(BEATS)
        assert len(text) < 30_000
    else:
        assert text.count("data:video/mp4") == text.count("data:image/jpeg") == len(BEATS)
    assert text.count('poster="') == len(BEATS)


def test_without_reveal_it_says_what_to_install(deck: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(html, "files", missing)
    with pytest.raises(DescentError, match=r"pip install 'sphinx-revealjs=="):
        write_deck(deck, tmp_path / "deck.html")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(deck: Deck, tmp_path: Path) -> None:
    (tmp_path / "deck_files").write_text("in the way")
    with pytest.raises(DescentError, match="deck_files"):
        write_deck(deck, tmp_path / "deck.html")
    assert not (tmp_path / "deck.html").exists()
    shutil.rmtree(tmp_path)
