"""docs/course.md: the course that it shows is one, and its commands are understood."""

import re
import shlex
from pathlib import Path

from descent.base.project import Project
from descent.commands.course import course
from descent.delivery.outline import find_course, read_course

TEXT = (Path(__file__).parents[2] / "docs" / "course.md").read_text(encoding="utf-8")


def test_the_course_of_the_page_is_read(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.M | re.S)
    (tmp_path / "course.toml").write_text(shown, encoding="utf-8")
    found = read_course(tmp_path / "course.toml", Project(tmp_path))
    assert (len(found.films), len(found.chapters), len(found.lines)) == (5, 2, 3)
    assert found.chapters[1].films[0].question == "What if the ball could not stop?"
    assert found.chapters[1].films[0].answer.startswith("With momentum")
    assert found.chapters[1].films[1].answer == "It flies past."


def test_the_commands_of_the_page_are_understood() -> None:
    lines = re.findall(r"^\$ descent course ?(.*?)(?: +#.*)?$", TEXT, re.M)
    assert len(lines) == 6
    for line in lines:
        asked = course.make_context("course", shlex.split(line)).params
        assert find_course(asked["file"], Project(Path("/nowhere"))).is_file()
