"""The scene of a problem: a comparison, or a line fitted to points, that tells the runs' own story."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import FadeOut, VGroup

from descent.animate.problem import Problem, from_text, ground
from descent.animate.story import Story
from descent.base.errors import DescentError
from descent.film.narration import TimingTable
from descent.record.surfaces import Array
from descent.record.trajectories import Trajectory
from descent.stage.axis_numbers import upwards
from descent.stage.geometry import Box, Floats
from descent.stage.panels.step_panel import Series
from descent.stage.scene.comparison import ComparisonScene
from descent.stage.scene.ground import Fit, Map
from descent.stage.scene.layout import Frame
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.runs import Beat
from descent.stage.theme import current_theme


def scene_of(text: str, name: str, module: str) -> type[LectureScene]:
    """The scene class of a problem.

    Args:
        text: The settled problem, as `descent.animate.problem.to_text` writes it.
        name: What the class is called.
        module: The module that the class is to belong to.

    Returns:
        A film whose title, claims and beats come from its runs, or from the user where they gave their own.

    Raises:
        DescentError: If the surface or a run is not what it was when the problem was settled, in another process.
    """
    problem = from_text(text)
    if problem.ground and problem.ground != ground(problem):
        raise DescentError(
            f"{problem.surface or 'a run'} is another one in each process that draws the film: if its file, or one "
            "that it imports, draws random numbers, give them a seed there, such as random.seed(0); if a file has "
            "changed meanwhile, start again."
        )
    runs = problem.runs()
    story = Story(problem.trajectories(), len(problem.points), problem.searched, problem.standardized)
    told = {
        "__module__": module,
        "__doc__": problem.title or story.title(),
        "title": problem.title or story.title(),
        "question": problem.question,
        "answer": problem.answer,
        "problem": problem,
        "runs": runs,
        "ground": Fit(problem.points, True, True, _STANDARDIZED if problem.standardized else ("x", "y"))
        if problem.points
        else Map(),
        "claims": story.claims(),
        "beats": [Beat(said.say, said.note, said.to, reveal=said.reveal) for said in problem.beats] or story.beats(),
    }
    found: type[LectureScene] = type(name, (_Animated,), told)
    return found


_STANDARDIZED = ("x, standardized", "y, standardized")
_AXIS_NUMBER = 0.42  # width of a number that has room left of a map as it is
_FALL = 1000.0
_DENSE = np.linspace(0, 1, 20)  # shares of a segment at which a path is looked at


class _Animated(ComparisonScene):
    """A scene made from a problem."""

    problem: Problem

    def setup(self) -> None:
        """As any film's, but how long the lines take comes with the problem."""
        super().setup()
        self._timing = TimingTable(self.problem.seconds, self.problem.words)

    def compose(self) -> Frame:
        """As in other films, but with room for long numbers beside the map."""
        frame = super().compose()
        wide = max(label.width for _, label in upwards(*self.runs[0].surface.domain[1], 6, frame.map.height))
        wide -= _AXIS_NUMBER
        return replace(frame, map=replace(frame.map, left=frame.map.left + max(wide, 0.0)))

    def losses(self) -> Sequence[Series]:
        """The losses; one that falls without end is cut where it would squash all others."""
        cut = [t.loss if contained(t) else before_the_fall(t.loss) for t in self.trajectories]
        return [Series(loss, k, at=self.trajectories[k].at) for k, loss in enumerate(cut)]

    def lay_out(self) -> None:
        """The board, with notes on the map that lie over the runs, not on each other, and say whose they are."""
        super().lay_out()
        marks: Sequence[Any] = self.board.marks  # Manim's mobjects answer to any name, which hides their own types
        notes = [mark.note for mark in marks if mark.note is not None]
        for colour, mark in zip(current_theme().runs, marks, strict=False):
            if mark.note is not None:
                mark.note.set_z_index(1)
                mark.note[0].set_stroke(colour, 2)
        place_apart(notes, self.board.map.box, [mark.path_on_map for mark in marks])

    def construct(self) -> None:
        """Show the ground under the first beat, bring in the runs under the second, then let them roll."""
        if self.problem.beats:
            super().construct()
            return
        for number, beat in enumerate(self.story()):
            with self.voiceover(beat.say, beat.note) as speech:
                if number == 0:
                    self.show_ground()
                elif number == 1:
                    self.bring_in()
                self.roll_in(beat, speech)
        self.wait(1.2)

    def show_ground(self) -> None:
        """What is there before any run: the map, with the points or with how to read it."""
        if self.problem.points:
            self.play(*self.board.reveal([]), run_time=1.2)
        else:
            self.board.introduce()

    def bring_in(self) -> None:
        """The runs; where there is a key, their panels take its place."""
        enter = self.board.enter(*range(len(self.runs)))
        if not self.problem.points:
            enter = [FadeOut(self.board.key), *self.board.reveal_panels(), *enter]
        self.play(*enter, run_time=1.0)


def contained(trajectory: Trajectory) -> bool:
    """Whether a run ends inside of the view."""
    return trajectory.run.surface.contains(*trajectory.params[-1].tolist())


def before_the_fall(loss: Array) -> Array:
    """A loss up to where it has fallen a thousand times as far as it had at the middle of the run; NaN after that.

    >>> before_the_fall(np.array([0.0, -1.0, -2.0, -4.0, -1e9])).tolist()
    [0.0, -1.0, -2.0, -4.0, nan]
    """
    fallen = np.nan_to_num(loss[0] - loss, nan=np.inf, posinf=np.inf, neginf=-np.inf)
    gone = np.flatnonzero(fallen > _FALL * max(float(np.median(fallen)), np.finfo(float).tiny))
    kept = loss.copy()
    if fallen.max() > 0 and gone.size and gone[0] > 0 and (np.diff(fallen[gone[0] - 1 :]) > 0).all():
        kept[gone[0] :] = np.nan
    return kept


def place_apart(notes: Sequence[VGroup], box: Box, paths: Sequence[Floats]) -> None:
    """Move notes up or down on a map, to the nearest place where none lies on another and the fewest paths cross.

    Args:
        notes: A ground and words each.
        box: The map.
        paths: What the runs draw on it, as points in the frame.
    """
    corners = [np.concatenate([path[:-1] + share * np.diff(path, axis=0) for share in _DENSE]) for path in paths]
    drawn = np.concatenate(corners)
    for k, note in enumerate(notes):
        x, y, _ = note.get_center()
        half = np.array((note.width, note.height)) / 2
        free = [
            (int((np.abs(drawn[:, :2] - (x, up)) < half + 0.12).all(axis=1).sum()), abs(up - y), up)
            for up in np.append(np.arange(box.bottom + half[1] + 0.1, box.top - half[1] - 0.1, 0.1), y)
            if not any(_overlap(note, other, up - y) for other in notes[:k])
        ]
        note.set_y(min(free, default=(0, 0.0, y))[2])


def _overlap(one: VGroup, other: VGroup, moved: float) -> bool:
    apart = abs(one.get_center() + np.array((0, moved, 0)) - other.get_center())
    return bool(apart[0] < (one.width + other.width) / 2 and apart[1] < (one.height + other.height) / 2 + 0.05)
