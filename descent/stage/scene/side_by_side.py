"""Runs side by side, each on a map of its own, all on one step clock, with their losses in one panel below."""

from collections.abc import Sequence

from manim import FadeIn, Mobject, VGroup
from manim.animation.animation import Animation

from descent.look.palette import MARKERS, MAX_RUNS
from descent.record.measures import loss_decimals
from descent.record.runs import Run
from descent.record.trajectories import Trajectory, trace
from descent.stage.clock import OnClock
from descent.stage.geometry import SAFE, Box
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.legend import LossReadout, swatch
from descent.stage.panels.step_panel import Series, StepPanel
from descent.stage.scene.layout import compose_row
from descent.stage.scene.runs import RunScene
from descent.stage.text import BODY, PX, SMALL, Label, Readout
from descent.stage.theme import current_theme

_SIZE = 0.85  # of balls and marks: the maps are smaller than one alone
_GHOST = MAX_RUNS - 1  # the neutral colour
_HALO = 1.2  # a ghost stands out under a run that it agrees with
_GAP = 0.12


def distinct(labels: Sequence[str]) -> list[str]:
    """What tells labels of runs apart: their settings without those that all of them share.

    >>> distinct(["SGD  lr 0.03  momentum 0.6", "SGD  lr 0.05  momentum 0.6"])
    ['lr 0.03', 'lr 0.05']
    >>> distinct(["SGD  lr 0.03"])
    ['SGD  lr 0.03']
    """
    settings = [label.split("  ") for label in labels]
    shared = set.intersection(*map(set, settings)) if len(set(labels)) > 1 else set()
    return ["  ".join(part for part in parts if part not in shared) or "  ".join(parts) for parts in settings]


class OwnStep(Readout, OnClock):
    """The whole step a run has reached; it stops at the run's own end."""

    def __init__(self, trajectory: Trajectory, at: tuple[float, float, float]) -> None:
        super().__init__(at, SMALL)
        self.last = trajectory.steps
        self.at_step(0.0)

    def at_step(self, step: float) -> "OwnStep":
        """Show a step, the run's last one after its end."""
        return self.set_text(str(int(min(step, self.last) + 1e-9)))


class MapHeading:
    """Over a map: what sets the run apart, and its step and loss now.

    Attributes:
        words: What stands still.
        readouts: What moves: the step and the loss.

    Args:
        trajectory: The run.
        index: Its position among those compared.
        words: What sets it apart.
        decimals: Decimals of the loss.
        box: As wide as the map; the heading fills it from the bottom up.
    """

    def __init__(self, trajectory: Trajectory, index: int, words: str, decimals: int, box: Box) -> None:
        soft = current_theme().soft
        low = box.bottom + 0.5 * SMALL * PX
        high = low + (0.5 * SMALL + BODY) * PX + 0.02
        icon = swatch(index, [0.0, high + 0.36 * BODY * PX])
        icon.shift((box.left - icon.get_left()[0], 0, 0))
        name = Label(words, BODY, weight="SEMIBOLD").sit((icon.get_right()[0] + _GAP, high, 0))
        step = Label("step", SMALL, soft).sit((box.left, low, 0))
        widest = Readout((0, 0, 0), SMALL).set_text(str(trajectory.steps)).width
        loss = LossReadout(trajectory, decimals, (box.right, low, 0), SMALL)
        room = max(loss.at_step(k).width for k in range(trajectory.steps + 1))
        self.words = VGroup(icon, name, step, Label("loss", SMALL, soft).sit((box.right - room - _GAP, low, 0), 1))
        self.readouts = (OwnStep(trajectory, (box.left + step.width + _GAP + widest, low, 0)), loss.at_step(0.0))


class SideBySideScene(RunScene):
    """Two to four runs, a map each.

    It is used as :class:`~descent.stage.scene.comparison.ComparisonScene` is; every run stops at its own end, the clock
    at the longest run's.

    Attributes:
        ceiling: The highest loss that the panel shows; curves above it are cut. By default all is shown.
        maps: One per run, in order.
        marks: Likewise.
    """

    most = 4
    ceiling: float | None = None

    def lay_out(self) -> None:
        """Title and note on top, the maps in a row, the losses below."""
        self.set_title(SAFE)
        self.frame = frame = compose_row([run.surface for run in self.runs], self.below_note(lines=1))
        self.maps = [LossMap(run.surface, box) for run, box in zip(self.runs, frame.maps, strict=True)]
        self.minima = [each.minimum_marks() for each in self.maps]
        self.marks = [RunMarks(t, self.maps[k], k, _SIZE) for k, t in enumerate(self.trajectories)]
        names = distinct([run.label for run in self.runs])
        decimals = loss_decimals(self.trajectories)
        self.headings = [
            MapHeading(t, k, names[k], decimals, frame.headings[k]) for k, t in enumerate(self.trajectories)
        ]
        losses = [Series(t.loss, k, at=t.at) for k, t in enumerate(self.trajectories)]
        self.loss_panel = StepPanel("loss", losses, self.steps, frame.loss, ceiling=self.ceiling)
        self.curves = self.loss_panel.curves()

    def reveal(self) -> list[Animation]:
        """Animations that bring in everything."""
        return [*self.reveal_ground(), *self.enter(*range(len(self.runs)))]

    def reveal_ground(self) -> list[Animation]:
        """Animations that bring in the title and the empty loss panel."""
        return [FadeIn(part) for part in (self.heading, self.loss_panel)]

    def enter(self, *indices: int) -> list[Animation]:
        """Animations that bring in maps with their runs: heading, readouts, ball and curve."""
        still: list[Mobject] = []
        moving: list[OnClock] = []
        for k in indices:
            still += [self.maps[k], self.minima[k], self.headings[k].words]
            moving += [self.marks[k], self.curves[k], *self.headings[k].readouts]
        return [FadeIn(part) for part in (*still, *(picture.follow(self.clock) for picture in moving))]

    def introduce(self, seconds: float) -> None:
        """Bring in the title, then one map after the other, in so many seconds."""
        each = seconds / len(self.runs)
        for k in range(len(self.runs)):
            self.play(*(self.reveal_ground() if k == 0 else ()), *self.enter(k), run_time=min(each, 1.0))
            if each > 1.0:
                self.wait(each - 1.0)

    def ghost(self, run: Run, on: int) -> RunMarks:
        """Another run on one of the maps, under the map's own and in a neutral colour, to compare with it.

        Args:
            run: What to trace.
            on: The map's position in the row.

        Returns:
            The run's marks, on the clock and on stage: fade them in with the next play.
        """
        ghost = RunMarks(trace(run), self.maps[on], _GHOST, _HALO * _SIZE)
        ghost.shape, ghost.dash = MARKERS[0], None
        self.add(ghost.follow(self.clock))
        self.bring_to_front(*self.marks)
        return ghost
