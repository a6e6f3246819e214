"""How fast a film talks and how long it stands still, by hand-made timelines."""

import pytest

from descent.film.timeline import Line, Timeline
from descent.stage.checks.pace import advice, early, pace


def timeline(plays: list[tuple[int, bool]], lines: list[Line]) -> Timeline:
    """Plays of so many seconds, still or not, and lines."""
    made = Timeline(lines=lines)
    for seconds, still in plays:
        made.play(15 * seconds, True, still)
    return made


def test_only_what_stands_still_under_talk_counts() -> None:
    made = timeline([(2, True), (3, True), (4, False), (9, True)], [Line(15, "a b", 3.0), Line(15 * 7, "c", 4.0)])
    measured = pace(made)
    assert (measured.still, measured.still_from) == (3.0, 1.0)
    assert measured.gap == pytest.approx(3.0)


def test_words_and_numbers_are_counted_as_they_are_spoken() -> None:
    line = "It goes 1,000 steps at 0.05, two-thirds of one, in w2: it doesn't rest."
    measured = pace(timeline([(9, False)], [Line(0, line, 6.0)]))
    assert measured.words == measured.fastest[0] == pytest.approx(60 * 14 / 6)
    assert measured.numbers == 3  # a name has none, and "one" is seldom a number
    assert measured.gap == float("inf")


def test_a_film_without_words_has_a_pace_and_no_advice() -> None:
    for lines in ([], [Line(0, "unheard", 0.0)]):
        assert list(advice(pace(timeline([(9, True)], lines)))) == []


def test_each_fault_is_told_of_once() -> None:
    said = "one two three four five six seven eight nine ten"
    made = timeline([(9, True)], [Line(0, said, 3.5), Line(15 * 4, said, 3.5)])
    told = list(advice(pace(made)))
    assert [any(words in line for line in told) for words in ("3.5 s", "171 words", "0.5 s lie", "18 numbers")] == [
        True
    ] * 4
    assert len(told) == 4
    slow = timeline([(2, True), (1, False), (20, True)], [Line(0, "a few words", 3.0)])
    assert list(advice(pace(slow))) == []


def test_before_a_beat_that_answers_there_is_time_to_predict() -> None:
    made = timeline([(9, False)], [Line(0, "We ask.", 1.0), Line(15 * 2, "We answer.", 1.0), Line(15 * 7, "So.", 1.0)])
    assert pace(made).pause == float("inf")
    made.reveals.add(15 * 2)
    assert pace(made).pause == 1.0
    assert list(advice(pace(made))) == ["1.0 s lie before a beat that answers; leave 2 s to predict."]
    made.reveals = {15 * 7}
    assert list(advice(pace(made))) == []


def test_an_answer_that_is_told_before_its_beat_is_given_away() -> None:
    question, answer = "Who arrives first on the map?", "Momentum arrives, and plain descent stops in a minimum."
    made = Timeline(
        lines=[Line(0, "Two balls, one slope.", 2.0), Line(60, "Momentum stops not.", 2.0)],
        chapters=[(0, "Two balls"), (60, "Momentum wins")],
        reveals={60},
    )
    assert list(early(made, answer, question, [(0, "loss"), (60, answer)])) == []
    given_away = "Plain descent stops in\na minimum, where momentum goes on"
    (told,) = early(made, answer, question, [(0, given_away), (0, given_away)])
    assert "“Plain descent stops in a minimum, where momentum goes on” on screen gives the answer away" in told
    made.chapters[0] = (0, "Momentum; plain descent stops in a minimum")
    made.lines[0] = Line(0, "Plain descent stops in the minimum, momentum does not.", 2.0)
    assert [told.split(" “")[0] for told in early(made, answer, question, [])] == ["the note", "the line"]
    made.reveals.clear()
    assert list(early(made, answer, question, [])) == [], "no beat is marked"
    assert list(early(made, "It rests.", question, [(0, "It rests.")])) == [], "too few words to tell"
