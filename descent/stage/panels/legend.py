"""Who is who: one row per run with its colour, dash and marker, its settings, and its loss now."""

from collections.abc import Sequence

import numpy as np
from manim import VGroup, VMobject
from manim.typing import Point3DLike

from descent.base.numbers import loss_text, short_point
from descent.look.palette import DASHES, MARKERS
from descent.record.measures import loss_decimals
from descent.record.runs import Run
from descent.record.trajectories import Trajectory
from descent.stage.clock import OnClock
from descent.stage.geometry import Box, dashed, joined
from descent.stage.shapes import BALL, dots
from descent.stage.text import BODY, PX, SMALL, Label, Readout
from descent.stage.theme import current_theme

_SWATCH = 0.62
_READOUT = 1.15  # room for a loss
_MORE = 0.36  # between the lines of a name


def swatch(index: int, at: Sequence[float]) -> VGroup:
    """A piece of a run's trail with its marker, centred on a point."""
    theme = current_theme()
    x, y = at[0], at[1]
    line = np.array([(x - _SWATCH / 2, y, 0), (x + _SWATCH / 2, y, 0)])
    dash = DASHES[index]
    trail = VMobject(stroke_color=theme.runs[index], stroke_width=3.4)
    trail.set_points(joined([line] if dash is None else dashed(line, *dash)))
    return VGroup(trail, dots(MARKERS[index], BALL * 1.25, np.array([[x, y, 0.0]]), theme.runs[index]))


class Legend(VGroup):
    """A head with the step, and per run a row of swatch and settings; what moves is kept apart.

    Attributes:
        rows: One static row per run.
        losses: One moving readout per run.
        step: The moving step readout.

    Args:
        trajectories: The runs, in order.
        box: Rows fill it from the bottom up; the readouts end at its right.
        steps: Last step of the film's clock.
    """

    def __init__(self, trajectories: Sequence[Trajectory], box: Box, steps: int) -> None:
        super().__init__()
        theme, count = current_theme(), len(trajectories)
        height = row_height(count)
        px = text_size(count)
        head = box.top - 0.24
        word = Label("step", SMALL, theme.soft).sit((box.left, head, 0))
        widest = Readout((0, 0, 0), SMALL).set_text(f"{steps} of {steps}").width
        self.step = StepReadout(steps, (box.left + word.width + 0.14 + widest, head, 0))
        self.add(word, Label("loss", SMALL, theme.soft).sit((box.right, head, 0), 1))
        decimals = loss_decimals(trajectories)
        self.rows, self.losses = [], []
        names = run_names([trajectory.run for trajectory in trajectories])
        y = head
        for row, (trajectory, words) in enumerate(zip(trajectories, names, strict=True)):
            y -= height
            lines = broken(words, px, box.width)
            name = VGroup(*(Label(line, px) for line in lines))
            for k, line in enumerate(name):
                line.sit((box.left + _SWATCH + 0.2, y - k * _MORE, 0))
            self.rows.append(VGroup(swatch(row, [box.left + _SWATCH / 2, y + 0.36 * px * PX]), name))
            self.losses.append(LossReadout(trajectory, decimals, (box.right, y, 0), px))
            y -= (len(lines) - 1) * _MORE


def run_names(runs: Sequence[Run]) -> list[str]:
    """What tells runs apart: their settings, and where they start if that differs.

    >>> from functools import partial
    >>> from torch.optim import SGD
    >>> from descent import BIRD
    >>> run_names([Run(BIRD, partial(SGD, lr=0.01), start, 30) for start in ((-6.5, 4.5), (-12, 10))])
    ['SGD  lr 0.01  from (−6.5, 4.5)', 'SGD  lr 0.01  from (−12, 10)']
    """
    if len({run.start for run in runs}) == 1:
        return [run.label for run in runs]
    return [f"{run.label}  from {short_point(run.start)}" for run in runs]


def row_height(count: int) -> float:
    """Height of a row in frame units: tighter from five runs on."""
    return 0.46 if count <= 4 else 0.36


def text_size(count: int) -> float:
    """Pixels of a row's text, likewise."""
    return BODY if count <= 4 else SMALL


def legend_height(count: int, more: int = 0) -> float:
    """Height in frame units of a legend of so many runs, some of whose names take more lines."""
    return count * row_height(count) + more * _MORE + 0.3


def broken(name: str, px: float, width: float) -> list[str]:
    """A run's name in lines that fit a legend of this width: its scheduler, then settings, go on lines of their own."""
    room = width - _SWATCH - 0.2
    if Label(name, px).width <= room - _READOUT:
        return [name]
    lines: list[str] = []
    for part in name.split(" · "):
        lines.append("")
        for setting in part.split("  "):
            longer = f"{lines[-1]}  {setting}" if lines[-1] else setting
            if lines[-1] and Label(longer, px).width > (room if len(lines) > 1 else room - _READOUT):
                lines.append(setting)
            else:
                lines[-1] = longer
    return lines


def more_lines(runs: Sequence[Run], width: float) -> int:
    """How many lines the names of a legend take over one a run."""
    return sum(len(broken(name, text_size(len(runs)), width)) - 1 for name in run_names(runs))


class LossReadout(Readout, OnClock):
    """A run's loss at the last whole step."""

    def __init__(self, trajectory: Trajectory, decimals: int, at: Point3DLike, px: float = BODY) -> None:
        super().__init__(at, px)
        self.losses, self.decimals = trajectory.loss, decimals
        self.at_step(0.0)

    def at_step(self, step: float) -> "LossReadout":
        """Show the loss at a step, the last recorded one after the end."""
        row = int(np.clip(step + 1e-9, 0, len(self.losses) - 1))
        return self.set_text(loss_text(float(self.losses[row]), self.decimals))


class StepReadout(Readout, OnClock):
    """The whole step the clock has reached, and how many there are."""

    def __init__(self, steps: int, at: Point3DLike) -> None:
        super().__init__(at, SMALL)
        self.steps = steps
        self.at_step(0.0)

    def at_step(self, step: float) -> "StepReadout":
        """Show a step."""
        return self.set_text(f"{int(step + 1e-9)} of {self.steps}")
