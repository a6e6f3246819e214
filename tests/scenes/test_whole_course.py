"""The courses as a whole: every film once, in an order that can be followed; every run of the notebook in a film."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from films import FILMS
from torch.optim import lr_scheduler

from descent import EXERCISES, EXPERIMENTS, SCHEDULER_PAGES, Run
from descent.base.project import BUILT_IN
from descent.delivery.outline import read_course
from descent.film.course import Course
from descent.film.narration.timing import TimingTable
from descent.stage.checks.pace import WORDS
from descent.stage.checks.sentences import sentences

COURSE = read_course(BUILT_IN.course, BUILT_IN)
NOTEBOOK = read_course(BUILT_IN.courses / "notebook.toml", BUILT_IN)
COURSES = pytest.mark.parametrize("course", [COURSE, NOTEBOOK], ids=["course", "notebook"])


def what(run: Run) -> tuple[object, ...]:
    """A run apart from how many steps of it are shown."""
    parts = [part for part in (run.optimizer, run.scheduler) if part]
    return run.surface.name, run.start, *((part.func.__name__, repr(sorted(part.keywords.items()))) for part in parts)


def runs(course: Course) -> Iterator[Run]:
    for film in course.films:
        yield from getattr(FILMS[film.name], "runs", ())


def test_the_course_shows_every_film_once() -> None:
    names = [film.name for film in COURSE.films]
    assert len(names) == len(set(names))
    assert set(names) == set(FILMS)


@COURSES
def test_every_run_of_the_notebook_its_exercises_and_warm_up_are_in_a_film(course: Course) -> None:
    shown = set(map(what, runs(course)))
    lecture = EXPERIMENTS | EXERCISES
    assert len(lecture) == 28
    assert [name for name, run in lecture.items() if what(run) not in shown] == []
    assert "WarmUpSavesTheRun" in [film.name for film in course.films]
    assert any(run.scheduler and run.scheduler.func.__name__ == "LinearLR" for run in runs(course))


def test_every_scheduler_of_torch_is_in_a_film_as_on_its_page() -> None:
    shown = set(map(what, runs(COURSE)))
    pages = {name: page for name, page in SCHEDULER_PAGES.items() if hasattr(lr_scheduler, name)}
    assert len(pages) == 15
    assert [name for name, page in pages.items() if what(page.run) not in shown] == []


@COURSES
def test_what_a_film_needs_comes_before_it(course: Course) -> None:
    seen: set[str] = set()
    for film in course.films:
        needed = set(film.after) & {other.name for other in course.films}
        assert needed <= seen, film.name
        assert course is NOTEBOOK or needed == set(film.after)
        seen.add(film.name)


def test_the_notebooks_order_is_the_notebooks() -> None:
    """Each film shows a run that the notebook has no earlier than one of the film before; some it has twice."""
    order, at = list(map(what, (EXPERIMENTS | EXERCISES).values())), 0
    for film in NOTEBOOK.films:
        shown = set(map(what, FILMS[film.name].runs))
        places = [k for k, run in enumerate(order) if run in shown]
        if film.name != "WarmUpSavesTheRun":  # which the notebook only tells of
            assert any(k >= at for k in places), film.name
            at = min(k for k in places if k >= at)
    assert at == list(EXPERIMENTS | EXERCISES).index("X1")


def test_a_film_asks_in_one_question_and_answers_in_a_line_that_the_question_does_not_give_away() -> None:
    questions = [film.question for film in COURSE.films]
    assert len(set(questions)) == len(questions)
    for film in COURSE.films:
        assert film.question.endswith("?"), film
        assert len(film.question) <= 65, film.question
        assert film.answer.endswith("."), film
        assert len(film.answer) <= 110, film.answer
        assert film.question.rstrip("?").lower() not in film.answer.lower()


def test_questions_and_answers_use_one_vocabulary() -> None:
    told = " ".join(f"{film.question} {film.answer}" for film in COURSE.films) + " ".join(
        (*COURSE.lines, *NOTEBOOK.lines)
    )
    for word in ("bowl", "parameter", "plain descent", "gradient descent", "step size", "global minimum", "deepest"):
        assert word not in told.lower(), word


@COURSES
def test_what_is_said_between_films_is_short_and_slow(course: Course) -> None:
    assert len(course.lines) == 2 + len(course.chapters)
    measured = TimingTable.load(BUILT_IN.timings)
    for line in course.lines:
        assert len(line.split()) <= 25, line
        assert len(sentences(line)) <= 3, line
        assert 60 * len(line.split()) / measured.duration("hibari:heart", line) <= WORDS, line


def test_a_wheel_carries_both() -> None:
    assert [path.name for path in sorted(Path("courses").glob("*.toml"))] == ["notebook.toml"]
    assert BUILT_IN.course.is_file()
