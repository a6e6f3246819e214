"""A deck's sections are the film's chapters, whatever those are."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from short_film import BEATS, STARTS, make_film

from descent.base.errors import DescentError
from descent.publish.slides import Deck, read_deck, titling
from descent.publish.slides.deck import DeckFilm


def reread(note: Path, folder: Path, **changes: object) -> Deck:
    shutil.copy(note.with_suffix(".mp4"), folder / "Film.mp4")
    values = json.loads(note.read_text(encoding="utf-8")) | changes
    (folder / "Film.json").write_text(json.dumps(values), encoding="utf-8")
    return read_deck([folder / "Film.json"])


def test_a_section_a_beat_with_its_words(deck: Deck) -> None:
    (lesson,) = deck.lessons
    assert [section.title for section in lesson.sections] == [title for title, _ in BEATS]
    assert [section.notes for section in lesson.sections] == [line for _, line in BEATS]
    assert [section.start for section in lesson.sections] == list(STARTS)
    assert len(lesson.sections[1].captions) == 2
    assert all(cue.end <= section.seconds for section in lesson.sections for cue in section.captions)
    assert deck.slides == 4


@given(
    st.lists(st.integers(0, 60).map(lambda frame: frame / 15), max_size=6).map(sorted),
    st.lists(st.integers(0, 59).map(lambda frame: frame / 15), max_size=6).map(sorted),
)
def test_sections_cover_the_film_and_every_line_is_in_one(
    tmp_path_factory: pytest.TempPathFactory, starts: list[float], spoken: list[float]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "Any.mp4").touch()
    note = {
        "scene": "Any",
        "title": "",
        "theme": "light",
        "size": [160, 90],
        "rate": 15,
        "seconds": 4.0,
        "language": "eng",
        "chapters": [{"start": start, "title": f"at {start}"} for start in starts],
        "lines": [{"start": start, "seconds": 0.5, "text": f"line {k}"} for k, start in enumerate(spoken)],
        "claims": [],
        "runs": [],
    }
    (folder / "Any.json").write_text(json.dumps(note))
    (lesson,) = read_deck([folder / "Any.json"]).lessons
    edges = [section.start for section in lesson.sections] + [lesson.sections[-1].end]
    assert edges[0] == 0
    assert edges[-1] == 4
    assert [section.end for section in lesson.sections] == edges[1:]
    assert all(section.seconds > 0 for section in lesson.sections)
    assert [line for section in lesson.sections for line in section.lines] == [f"line {k}" for k in range(len(spoken))]


def test_a_film_without_chapters_is_one_section(film_note: Path, tmp_path: Path) -> None:
    (lesson,) = reread(film_note, tmp_path, chapters=[], lines=[]).lessons
    (section,) = lesson.sections
    assert (section.title, section.notes, section.captions) == (lesson.title, "", ())


@pytest.mark.parametrize("changes", [{"chapters": [{}]}, {"rate": 0}, {"lines": 3}, {"size": "x"}])
def test_a_damaged_note_is_named(film_note: Path, tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(DescentError, match=r"Film\.json is not the note of a finished film"):
        reread(film_note, tmp_path, **changes)


def test_what_is_missing_is_named(film_note: Path, tmp_path: Path) -> None:
    with pytest.raises(DescentError, match=r"gone\.json"):
        read_deck([tmp_path / "gone.json"])
    shutil.copy(film_note, tmp_path / "Film.json")
    with pytest.raises(DescentError, match=r"there is no film .*Film\.mp4"):
        read_deck([tmp_path / "Film.json"])
    with pytest.raises(DescentError, match="at least one film"):
        read_deck([])


def test_the_films_of_a_deck_share_a_theme(film_note: Path, tmp_path: Path) -> None:
    light = make_film(tmp_path, theme="light")
    with pytest.raises(DescentError, match="dark and light"):
        read_deck([film_note, light])


@settings(max_examples=30)
@given(st.text("abc ", max_size=400), st.lists(st.text("abc ", max_size=120), max_size=30))
def test_words_of_a_title_slide_fit(title: str, claims: list[str]) -> None:
    lesson = DeckFilm("Film", title, tuple((text, True) for text in claims), (), "eng", Path(), (16, 9), ())
    size = titling.title_size(lesson)
    assert size == 30 or titling.text_height([title], size) <= titling.TITLE_ROOM
    shown = titling.claims_shown(lesson)
    texts = [text for text, _ in shown] + [titling.more(len(claims) - len(shown))] * (len(shown) < len(claims))
    assert texts == claims[: len(shown)] + texts[len(shown) :]
    assert len(shown) == len(claims) or titling.claims_size(lesson) == 20
    assert titling.text_height(texts, titling.claims_size(lesson)) <= titling.CLAIMS_ROOM or len(shown) <= 1


def test_runs_that_do_not_fit_are_counted() -> None:
    runs = tuple(f"SGD  lr 0.{k} · a schedule of many words {k}" for k in range(1, 30))
    lesson = DeckFilm("Film", "T", (), (*runs, runs[0]), "eng", Path(), (16, 9), ())
    line = titling.runs_line(lesson)
    assert line.startswith("SGD lr 0.1 · a schedule of many words 1   |   SGD lr 0.2")
    assert line.endswith(f"and {29 - line.count('SGD')} more")
    assert titling.notes(lesson).count("\n") == 28
