"""Lists and the timing table follow the course."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_course import Small

from descent.base.errors import DescentError
from descent.base.project import Project
from descent.commands.cli import descent
from descent.delivery import outline
from descent.film.course import CourseFilm


def listed(*words: str) -> str:
    return CliRunner().invoke(descent, ["list", *words], catch_exceptions=False).output


def test_films_are_listed_by_chapter(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small.folder)
    assert listed().splitlines() == [
        *("Opening", "  Three  The third", ""),
        *("1  Beginnings", "  One    A <b>“first”</b> & 'film'", ""),
        *("2  Ends", "  Two    The second"),
    ]
    rows = json.loads(listed("--json"))
    assert [(row["scene"], row["chapter"]) for row in rows] == [
        ("Three", "Opening"),
        ("One", "1  Beginnings"),
        ("Two", "2  Ends"),
    ]
    assert rows[1]["question"] == "What is 1 < 2 & <b>so</b>?"
    assert rows[1]["answer"] == "It *is* {{ 7 * 7 }}."


def test_films_that_a_course_does_not_name_come_last_and_descents_own_that_it_names_are_listed(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.folder)
    course = outline.read_course(Path("course.toml"), Project(Path()))
    lent = CourseFilm("MomentumEscapes", "2.1")
    chapters = (course.chapters[0], replace(course.chapters[1], films=(lent,)))
    monkeypatch.setattr(outline, "course_of", lambda here: replace(course, opening=None, chapters=chapters))
    names = [line.split()[0] for line in listed().splitlines() if line.startswith("  ")]
    assert names == ["One", "MomentumEscapes", "Two", "Three"]
    assert listed().count("\nNot in the course\n") == 1
    assert [row.get("chapter") for row in json.loads(listed("--json"))] == ["1  Beginnings", "2  Ends", None, None]


def test_a_course_that_cannot_be_read_is_told_and_the_films_are_listed(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.folder)
    whole = Path("course.toml").read_text(encoding="utf-8")
    try:
        Path("course.toml").write_text("titel = 'x'", encoding="utf-8")
        told = CliRunner().invoke(descent, ["list"])
    finally:
        Path("course.toml").write_text(whole, encoding="utf-8")
    assert told.exit_code == 1
    assert told.stdout.startswith("One    A ")
    assert told.stderr == "course.toml, line 1: a course has no 'titel': did you mean 'title'?\n"


def test_what_is_said_between_films_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = 'welcome = "Hello."\n[[chapter]]\nfilms = ["MomentumEscapes"]\nbridge = "{}"\n'
    Path("course.toml").write_text(text.format("We begin."), encoding="utf-8")
    Path("courses").mkdir()
    Path("courses/short.toml").write_text(text.format("Shortly."), encoding="utf-8")
    measured: list[str] = []
    monkeypatch.setattr("descent.film.narration.refresh", lambda lines, *rest, **more: measured.extend(lines))
    ended = CliRunner().invoke(descent, ["narrate", "--voice", "silence"])
    assert (ended.exit_code, measured) == (0, ["Hello.", "We begin.", "Shortly."]), ended.output
    Path("courses/short.toml").write_text("chapter = 3", encoding="utf-8")
    ended = CliRunner().invoke(descent, ["narrate", "--voice", "silence"])
    with pytest.raises(DescentError, match=r"^short\.toml, line 1: a course has 1 to 60 chapters"):
        raise ended.exception
    assert len(measured) == 3, "nothing is measured where a course cannot be read"
