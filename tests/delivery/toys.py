"""A film that is cheap to draw, and its frames."""

from pathlib import Path

import av
import numpy as np

from descent.delivery.profiles import Profile

TINY = Profile("tiny", 96, 54, 15, "tests")
TOY = """
from manim import BLUE, LEFT, RIGHT, Square

from descent.stage.scene.lecture import LectureScene


class Toy(LectureScene):
    title = "A “toy” & 'more'"

    def construct(self):
        square = Square(color=BLUE, fill_opacity=1).shift(3 * LEFT)
        self.add(square)
        with self.voiceover("One.", "First"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)
        with self.voiceover("Two.", "Second"):
            self.play(square.animate.shift(3 * RIGHT), run_time=0.4)
"""
"""A blue square crosses the frame."""


def pictures(path: Path) -> np.ndarray:
    """A film's frames, shape (frames, height, width, 3)."""
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])
