"""A course is read as it is written, and what is wrong in it is told with its line."""

from pathlib import Path

import pytest

from descent.base.errors import DescentError
from descent.base.project import BUILT_IN, Project
from descent.delivery.orders import SceneRef
from descent.delivery.outline import find_course, in_course, read_course
from descent.film.asked import Asked
from descent.film.course import CourseFilm

NOWHERE = Project(Path("/nowhere"))
OWN = "from descent.stage import LectureScene\n\n\nclass Mine(LectureScene):\n    title = 'Mine'\n"
SMALL = """title = "A small course"
[[chapter]]
title = "Beginnings"
bridge = "We begin."
films = ["OneStepGoesDownhill", "AnotherStartAnotherMinimum"]
[[chapter]]
films = [
    "MomentumEscapes",
    "MomentumOvershoots",
]
"""


def course(folder: Path, text: str, here: Project = NOWHERE):
    (folder / "course.toml").write_text(text, encoding="utf-8")
    return read_course(folder / "course.toml", here)


def test_films_of_descents_own_bring_what_they_ask_and_answer(tmp_path: Path) -> None:
    found = course(tmp_path, SMALL)
    whole = {film.name: film for film in read_course(BUILT_IN.course, BUILT_IN).films}
    assert [film.number for film in found.films] == ["1.1", "1.2", "2.1", "2.2"]
    for film in found.films:
        assert film.question == whole[film.name].question != ""
        assert film.answer == whole[film.name].answer != ""
    assert [(chapter.number, chapter.title) for chapter in found.chapters] == [(1, "Beginnings"), (2, "Chapter 2")]
    assert found.lines == ("We begin.",)
    assert found.opening is None


def test_each_film_knows_what_the_next_one_asks(tmp_path: Path) -> None:
    asked = course(tmp_path, 'opening = "MomentumEscapes3D"\n' + SMALL).asked
    questions = [each.question for each in asked.values()]
    assert next(iter(asked)) == "MomentumEscapes3D"
    assert [each.following for each in asked.values()] == [*questions[1:], ""]
    assert all(questions)


def test_films_are_told_by_the_course_they_are_in(tmp_path: Path) -> None:
    """The project's own, and for descent's films that it leaves out, descent's."""
    asked = '[film.MomentumEscapes]\nquestion = "Is it so?"\n'
    course(tmp_path, SMALL + asked)
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "mine.py").write_text(OWN + OWN.replace("Mine", "PlateauSettles"), encoding="utf-8")
    own, mine = BUILT_IN.scenes, tmp_path / "scenes" / "mine.py"
    given = [SceneRef(own / "momentum.py", "MomentumEscapes"), SceneRef(own / "schedulers.py", "ExponentialLRSettles")]
    given += [SceneRef(mine, "PlateauSettles"), SceneRef(mine, "Mine", "silence")]
    escapes, settles, hidden, other = in_course(given, Project(tmp_path))
    whole = read_course(BUILT_IN.course, BUILT_IN).asked
    assert escapes.asked.question == "Is it so?"
    assert escapes.asked.following == whole["MomentumOvershoots"].question
    assert settles.asked == whole["ExponentialLRSettles"]
    assert hidden.asked == other.asked == Asked()
    assert other.voice == "silence"


def test_what_is_said_of_a_film_goes_before_what_descent_says(tmp_path: Path) -> None:
    asked = '[film.MomentumEscapes]\nquestion = "Is it  so?"\nafter = []\n'
    (film,) = (film for film in course(tmp_path, SMALL + asked).films if film.name == "MomentumEscapes")
    own = {film.name: film for film in read_course(BUILT_IN.course, BUILT_IN).films}["MomentumEscapes"]
    assert film == CourseFilm("MomentumEscapes", "2.1", "Is it so?", own.answer, ())


def test_a_film_of_ones_own_takes_a_place_and_hides_what_descent_says_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "mine.py").write_text(OWN + OWN.replace("Mine", "MomentumEscapes"), encoding="utf-8")
    found = course(tmp_path, '[[chapter]]\nfilms = ["Mine", "MomentumEscapes"]', Project(tmp_path))
    assert found.films == (CourseFilm("Mine", "1.1"), CourseFilm("MomentumEscapes", "1.2"))


def test_some_chapters_keep_their_numbers(tmp_path: Path) -> None:
    some = course(tmp_path, 'opening = "MomentumEscapes3D"\nwelcome = "Hello."\n' + SMALL).only([2])
    assert [film.number for film in some.films] == ["2.1", "2.2"]
    assert (some.opening, some.welcome, some.excerpt) == (None, "", True)
    with pytest.raises(DescentError, match="there is no chapter 3: 'A small course' has 2"):
        read_course(tmp_path / "course.toml", NOWHERE).only([3])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("titel = 'x'\n" + SMALL, r"course\.toml, line 1: a course has no 'titel': did you mean 'title'"),
        (SMALL.replace("bridge", "brige"), "line 4: a chapter has no 'brige': did you mean 'bridge'"),
        (SMALL.replace("MomentumOver", "MomentmOver"), "line 9: there is no scene .*did you mean 'MomentumOvershoots'"),
        (SMALL.replace('"MomentumOvershoots"', "3"), "line 9: a film's name must be text, not 3"),
        (SMALL.replace("MomentumOvershoots", "MomentumEscapes"), "line 9: the film 'MomentumEscapes' is in the course"),
        (
            SMALL + '[film.MomentumEscape]\nquestion = "?"',
            "line 11: the film 'MomentumEscape' is in no chapter: did you",
        ),
        (SMALL + "[film.MomentumEscapes]\nquestion = 3", "line 12: question must be text, not 3"),
        (SMALL + "[film.MomentumEscapes]\nask = 'x'", "line 12: a film has no 'ask'"),
        (SMALL + "[film.MomentumEscapes]\nafter = 'x'", "line 12: after must be a list of films' names, not 'x'"),
        (SMALL + "[film.MomentumEscapes]\nafter = ['MomentumOvershoots']", "line 12: .*which comes later; put that"),
        (
            SMALL + "[film.MomentumEscapes]\nafter = ['OneStep']",
            "line 12: .*comes after 'OneStep', which is in no chap",
        ),
        (SMALL + "[film]\nMomentumEscapes = 3", r"line 12: what a film asks stands under a line \[film\.Mom"),
        ("film = 3\n" + SMALL, r"line 1: what a film asks stands under a line such as \[film\."),
        ("title = 'x'", r"a course has 1 to 60 chapters, each under a line \[\[chapter\]\]"),
        ("chapter = 3", "line 1: a course has 1 to 60 chapters"),
        ("chapter = [3]", "line 1: a chapter stands under a line"),
        ("[[chapter]]\ntitle = 'x'", "line 1: a chapter names 1 to 60 films"),
        ("[[chapter]]\nfilms = []", "a chapter names 1 to 60 films"),
        ("[[chapter]]\ntitle = " + repr("x" * 91) + "\nfilms = ['MomentumEscapes']", "line 2: title has 91 characters"),
        ("[[chapter]", "is not TOML"),
        (SMALL.replace('"OneStep', '"MomentumIsASumOfGradients", "OneStep'), "line 5: .* needs MomentumEscapes, which"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DescentError, match=told):
        course(tmp_path, text)


def test_a_course_is_found_by_file_by_name_or_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = Project(Path())
    assert find_course("", here) == BUILT_IN.course
    assert (
        find_course("notebook", here)
        == find_course("courses/notebook.toml", here)
        == BUILT_IN.courses / "notebook.toml"
    )
    Path("course.toml").write_text("", encoding="utf-8")
    assert find_course("", here) == Path("course.toml")
    assert find_course("course.toml", here) == Path("course.toml")
    with pytest.raises(DescentError, match=r"there is no course 'notebok', neither .*: did you mean 'notebook'"):
        find_course("notebok", here)
    with pytest.raises(DescentError, match=r"there is no course 'elsewhere/notebook\.toml'"):
        find_course("elsewhere/notebook.toml", here)
