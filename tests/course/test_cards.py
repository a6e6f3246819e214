"""Cards show all that they are given, legibly, in both themes, and something comes in while somebody speaks."""

import msgspec
import pytest
from manim import tempconfig

from descent.delivery.profiles import find_profile
from descent.film.course import Chapter, Course, CourseFilm
from descent.publish.course.cards import CardScene, card_scenes
from descent.publish.course.pages import Card, Page, Row, chapter_card, closing_card, opening_card
from descent.stage.checks.lint import lint
from descent.stage.scene.rehearsal import rehearse
from descent.stage.text import Label

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

FILMS = tuple(CourseFilm(name, f"1.{k}", f"What is {name}?") for k, name in enumerate("ABCDEFG", 1))
TITLES = {name: f"The film {name}" for name in "ABCDEFGX"}
COURSE = Course("A course", "Welcome.", CourseFilm("X", "", "Why?"), "Good bye.", (Chapter(1, "One", "", FILMS),))


def scene(card: Card) -> type[CardScene]:
    return card_scenes(msgspec.json.encode([card]).decode(), __name__)[card.name]


def written(shown: CardScene) -> list[str]:
    """The words on screen, from the top down, from left to right."""
    labels = [part for mobject in shown.mobjects for part in mobject.get_family() if isinstance(part, Label)]
    return [label.text for label in sorted(labels, key=lambda label: (-round(label.baseline, 2), label.get_left()[0]))]


def test_the_cards_of_a_course_say_what_it_says() -> None:
    assert opening_card(COURSE).pages == (Page("", "A course", (Row("1", "One"),)),)
    (asked,) = chapter_card(COURSE.chapters[0], TITLES).pages
    assert (asked.label, asked.heading, asked.rows[1]) == ("Chapter 1", "One", Row("1.2", "What is B?"))
    first, *pages = closing_card(COURSE, TITLES).pages
    assert first.rows == (Row("", "Why?", "The film X"),)
    assert [len(page.rows) for page in pages] == [3, 4], "in parts of about equal size"
    rows = [row for page in pages for row in page.rows]
    assert rows == [Row(film.number, film.question, f"The film {film.name}") for film in FILMS]


def test_a_film_that_asks_nothing_is_listed_by_its_title() -> None:
    chapter = Chapter(1, "One", "", (CourseFilm("A", "1.1"),))
    assert chapter_card(chapter, TITLES).pages[0].rows == (Row("1.1", "The film A"),)
    assert closing_card(Course("", "", None, "", (chapter,)), TITLES).pages[0].rows == (Row("1.1", "The film A"),)


def test_rows_come_in_while_a_line_is_spoken_and_stay_to_be_read() -> None:
    card = chapter_card(Chapter(1, "One", "This is a line of some length, to be spoken.", FILMS[:3]), TITLES)
    shown = rehearse(scene(card))
    assert written(shown) == [
        "Chapter 1",
        "One",
        *(word for film in FILMS[:3] for word in (film.number, film.question)),
    ]
    (line,) = shown.timeline.lines
    moving = [play.start / 15 for play in shown.timeline.plays if play.ticks == 6]
    assert len(moving) == 3
    assert moving[-1] < line.span[1]
    assert shown.timeline.length - line.span[1] > 2


ASKED = closing_card(Course("A course", "", None, "Good bye.", (Chapter(1, "One", "", FILMS[:2]),)), TITLES)


@pytest.mark.parametrize(
    "card",
    [
        Card("Empty", "t", "A line.", (Page("", "Nothing below", ()),)),
        Card("Long", "t", "", (Page("Chapter 1", " ".join(["wide"] * 12), (Row("1.1", " ".join(["words"] * 20)),)),)),
        Card(
            "Many", "t", "", (Page("Chapter 10", "Many", tuple(Row(f"10.{k}", f"Question {k}?") for k in range(30))),)
        ),
        Card("Odd", "t", "", (Page("", "<b>ü</b> & {{ 7 }} #let $x$", (Row("1.1", "a\\b `c` *d* _e_", "−η∇L(w₁)"),)),)),
    ],
    ids=lambda card: card.name,
)
def test_every_word_is_legible_whatever_it_is(card: Card) -> None:
    assert lint(scene(card)) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_word_is_legible_in_both_themes(theme: str) -> None:
    with tempconfig(find_profile("preview").manim(theme)):
        assert lint(scene(ASKED)) == []


def test_what_has_no_room_is_counted() -> None:
    rows = tuple(Row(f"1.{k}", f"Question {k}?") for k in range(30))
    words = written(rehearse(scene(Card("Many", "t", "", (Page("", "Many", rows),)))))
    questions = [word for word in words if word.startswith("Question")]
    assert words[-1] == f"and {30 - len(questions)} more"
    assert len(questions) > 8
