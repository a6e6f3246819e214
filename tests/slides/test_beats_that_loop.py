"""Which beats loop: those that a film says, and those that are asked for by the numbers of their slides."""

import json
import shutil
from pathlib import Path

import pytest

from descent.base.errors import DescentError
from descent.publish.slides import Deck, looping, read_deck, slide_numbers


def looped(deck: Deck) -> list[list[bool]]:
    return [[section.loops for section in lesson.sections] for lesson in deck.lessons]


def test_a_film_says_which_of_its_beats_loop(film_note: Path, tmp_path: Path) -> None:
    note = json.loads(film_note.read_text(encoding="utf-8"))
    note["chapters"][1]["loops"] = True
    shutil.copy(film_note.with_suffix(".mp4"), tmp_path / "Film.mp4")
    (tmp_path / "Film.json").write_text(json.dumps(note), encoding="utf-8")
    deck = read_deck([tmp_path / "Film.json"])
    assert looped(deck) == [[False, True, False]]
    assert looped(looping(deck, slide_numbers("2"))) == [[True, True, False]]


def test_slides_are_counted_through_all_films(film_note: Path) -> None:
    deck = read_deck([film_note, film_note])  # slides 1 and 5 show claims
    assert looped(looping(deck, slide_numbers("3, 6-8"))) == [[False, True, False], [True, True, True]]
    assert looped(looping(deck, slide_numbers("ALL"))) == [[True] * 3] * 2
    assert looped(looping(deck, frozenset())) == [[False] * 3] * 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [("1", "slide 1 cannot loop: it shows no beat"), ("2-9", "slide 5 cannot"), ("9", "not in this deck of 8 slides")],
)
def test_a_slide_that_is_no_beat_is_named(film_note: Path, asked: str, told: str) -> None:
    with pytest.raises(DescentError, match=told):
        looping(read_deck([film_note, film_note]), slide_numbers(asked))


@pytest.mark.parametrize("asked", ["", "0", "3-2", "two", "1,,2", "-1", "1.5", "²", "99999999999", "<b>"])
def test_what_is_no_number_of_a_slide_is_refused(asked: str) -> None:
    with pytest.raises(DescentError, match="--loop takes numbers of slides"):
        slide_numbers(asked)
