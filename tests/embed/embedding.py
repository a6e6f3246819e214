"""What the project of these tests holds, and the command in it."""

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from descent.commands.cli import descent

LOOPS = "docs/my loops"
Gif = Callable[..., Result]

SCENE = """
from functools import partial

from manim import BLUE, LEFT, RIGHT, Square
from torch.optim import SGD

from descent import VALLEY, Claim, Run
from descent.stage import LectureScene

RUN = Run(VALLEY, partial(SGD, lr=0.1), (-4.0, -2.0), 3)


class Toy(LectureScene):
    title = "A “toy” & <more>"
    claims = (Claim("It's \\"blue\\" & wide.", (RUN,), lambda run: True),)

    def construct(self):
        square = Square(color=BLUE, fill_opacity=1, side_length=4).shift(3 * LEFT)
        self.add(square)
        with self.voiceover("One.", "First"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)
"""
"""A blue square crosses the frame."""


def run(*words: str) -> Result:
    """Run ``descent gif``."""
    return CliRunner().invoke(descent, ["gif", *words, "--jobs", "1"])


def states(result: Result) -> dict[str, str]:
    """What became of each file, by its name."""
    return {Path(row["file"]).name: row["state"] for row in json.loads(result.stdout)}
