"""A small course of three cheap films, and `descent course` in its folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result

from descent.delivery.profiles import Profile

SCENES = '''"""Films that are cheap to draw."""
from manim import BLUE, LEFT, RIGHT, Square

from descent.stage import LectureScene


class One(LectureScene):
    title = "A <b>“first”</b> & 'film'"
    side = 1

    def construct(self):
        square = Square(self.side, color=BLUE, fill_opacity=1).shift(3 * LEFT)
        self.add(square)
        with self.voiceover("One.", "First"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)
        with self.voiceover("Two.", "Second"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)


class Two(One):
    title, side = "The second", 2


class Three(One):
    title, side = "The third", 3
'''
COURSE = """title = "A <i>small</i> course & “more”"
welcome = "Welcome."
closing = "That was it."
opening = "Three"

[[chapter]]
title = "Beginnings"
bridge = "We begin here."
films = ["One"]

[[chapter]]
title = "Ends"
films = ["Two"]

[film.One]
question = "What is 1 < 2 & <b>so</b>?"
answer = "It *is* {{ 7 * 7 }}."
"""
TINY = Profile("preview", 192, 108, 15, "tests")


@dataclass(frozen=True, slots=True)
class Small:
    """A folder with a course, and `descent course` in it."""

    folder: Path
    course: Callable[..., Result]
    told: str


def write_course(folder: Path) -> None:
    (folder / "scenes").mkdir()
    (folder / "scenes" / "films.py").write_text(SCENES, encoding="utf-8")
    (folder / "course.toml").write_text(COURSE, encoding="utf-8")
