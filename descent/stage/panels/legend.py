"""Who is who: one row per run with its colour, dash and marker, its settings, and its loss now."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from manim import VGroup, VMobject
from manim.typing import Point3DLike

from descent.base.numbers import loss_text, short_point
from descent.look import fonts
from descent.look.palette import DASHES, MARKERS
from descent.record.measures import loss_decimals
from descent.record.runs import Run
from descent.record.trajectories import Trajectory
from descent.stage.clock import OnClock
from descent.stage.geometry import Box, dashed, joined
from descent.stage.shapes import BALL, dots
from descent.stage.text import BODY, PX, SMALL, Label, Readout, width_of
from descent.stage.theme import current_theme

_SWATCH = 0.62
_INDENT = _SWATCH + 0.2
_READOUT = 1.15  # least room for a loss
_APART = 0.15  # between a name and its loss
_MORE = 0.36  # between the lines of a name
_HEAD = 0.3
_ROOMY = 4  # more runs are set smaller
_DENSE = (SMALL, 0.33, 0.27)  # size, row, between lines
_LINES = {2: 2, 3: 1}  # of a name at most, by how tightly names are set
_SAFE = 0.98  # of a room: the ruler's widths are not Pango's


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
        names: How the runs' names are set; in full by default.
        unit: What the clock counts.
    """

    def __init__(
        self,
        trajectories: Sequence[Trajectory],
        box: Box,
        steps: int,
        names: "LegendNames | None" = None,
        unit: str = "step",
    ) -> None:
        super().__init__()
        theme = current_theme()
        names = names or legend_names(trajectories, box.width)
        head = box.top - 0.24
        word = Label(unit, SMALL, theme.soft).sit((box.left, head, 0))
        widest = Readout((0, 0, 0), SMALL).set_text(f"{steps} of {steps}").width
        self.step = StepReadout(steps, (box.left + word.width + 0.14 + widest, head, 0))
        self.add(word, Label("loss", SMALL, theme.soft).sit((box.right, head, 0), 1))
        decimals = loss_decimals(trajectories)
        self.rows, self.losses = [], []
        y = head
        for row, (trajectory, lines) in enumerate(zip(trajectories, names.lines, strict=True)):
            y -= names.row
            name = VGroup(*(Label(line, names.px) for line in lines))
            for k, line in enumerate(name):
                line.sit((box.left + _INDENT, y - k * names.more, 0))
            self.rows.append(VGroup(swatch(row, [box.left + _SWATCH / 2, y + 0.36 * names.px * PX]), name))
            self.losses.append(LossReadout(trajectory, decimals, (box.right, y, 0), names.px))
            y -= (len(lines) - 1) * names.more


@dataclass(frozen=True, slots=True)
class LegendNames:
    """How the names of a legend are set.

    Attributes:
        lines: Of each run's name.
        px: Size of the text in pixels at 1080p.
        row: Height of a row, in frame units.
        more: Between the lines of a name, in frame units.
    """

    lines: Sequence[Sequence[str]]
    px: float
    row: float
    more: float

    @property
    def height(self) -> float:
        """Of the whole legend, in frame units."""
        return len(self.lines) * self.row + sum(len(each) - 1 for each in self.lines) * self.more + _HEAD


def legend_names(trajectories: Sequence[Trajectory], width: float, tight: int = 0) -> LegendNames:
    """The names of runs in a legend.

    Args:
        trajectories: The runs, in order.
        width: Of the legend, in frame units.
        tight: How they are set: 0 roomily, 1 smaller; 2 on two lines a run at most, 3 on one. Then settings are left
            out, first those that most runs share, and an ellipsis says so.
    """
    names, decimals = run_names([t.run for t in trajectories]), loss_decimals(trajectories)
    roomy = (BODY, 0.46, _MORE) if len(names) <= _ROOMY else (SMALL, 0.36, _MORE)
    px, row, more = _DENSE if tight else roomy
    losses = [Readout((0, 0, 0), px).set_text(_widest(t, decimals)).width + _APART for t in trajectories]
    rooms = [(width - _INDENT - max(_READOUT, loss), width - _INDENT) for loss in losses]
    lines = [broken(name, px, *room) for name, room in zip(names, rooms, strict=True)]
    if most := _LINES.get(tight):
        lines = [
            each if len(each) <= most else shortened(k, names, px, *rooms[k], most) for k, each in enumerate(lines)
        ]
    return LegendNames(lines, px, row, more)


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


def legend_height(count: int) -> float:
    """Height in frame units of a legend of so many runs whose names take a line each."""
    return count * (0.46 if count <= _ROOMY else 0.36) + _HEAD


def broken(name: str, px: float, first: float, room: float) -> list[str]:
    """A run's name in lines: its scheduler, then settings, go on lines of their own, long ones on several.

    Args:
        name: Settings, parted by two spaces, with a dot before a scheduler.
        px: Size of the text.
        first: Room of the first line, in frame units.
        room: Room of the others.
    """
    if width_of(name, px) <= first:
        return [name]
    lines: list[str] = []
    for part in name.split(" · "):
        lines.append("")
        for setting in part.split("  "):
            for k, piece in enumerate(_pieces(setting, px, room if len(lines) > 1 else first)):
                longer = f"{lines[-1]}{' ' if k else '  '}{piece}" if lines[-1] else piece
                if lines[-1] and width_of(longer, px) > (room if len(lines) > 1 else first):
                    lines.append(piece)
                else:
                    lines[-1] = longer
    return lines


def shortened(run: int, names: Sequence[str], px: float, first: float, room: float, most: int) -> list[str]:
    """A run's name in so many lines at most: what it shares with most others is left out first.

    Args:
        run: Which of the names.
        names: Of all runs.
        px: Size of the text.
        first: Room of the first line, in frame units.
        room: Room of the others.
        most: How many lines.
    """
    parts = [re.split("( · |  )", name) for name in names]
    own = parts[run]
    places = range(2, len(own), 2)
    rarest = sorted(places, key=lambda place: (sum(own[place] in other for other in parts), place))
    kept: list[int] = []
    for place in rarest:
        if len(broken(_joined(own, [*kept, place]), px, first, room)) <= most:
            kept.append(place)
    lines = broken(_joined(own, kept), px, first, room)
    return lines if len(lines) <= most else [*lines[: most - 1], _cut(f"{lines[most - 1]} …", px, first)]


def _joined(parts: Sequence[str], kept: Sequence[int]) -> str:
    """A name of its kind and some of its settings; an ellipsis says that others are left out."""
    words = parts[0] + "".join(parts[place - 1] + parts[place] for place in sorted(kept))
    return words if len(kept) == len(parts) // 2 else f"{words} …"


def _pieces(setting: str, px: float, room: float) -> list[str]:
    """A setting as it is if there is room, else in lines at its spaces, each cut where a word is longer than that."""
    if width_of(setting, px) <= room:
        return [setting]
    return [_cut(line, px, room) for line in fonts.wrap(setting, _SAFE * room / (px * PX))]


def _cut(line: str, px: float, room: float) -> str:
    """A line, its end given up for an ellipsis where it is too long."""
    words = line
    while words and fonts.text_width(line) * px * PX > _SAFE * room:
        words = words[:-1]
        line = f"{words.rstrip(' …')} …" if words.endswith(" ") else f"{words.rstrip(' …')}…"
    return line


def _widest(trajectory: Trajectory, decimals: int) -> str:
    """The longest text of a run's loss readout."""
    return max((loss_text(float(loss), decimals) for loss in trajectory.loss), key=len)


class LossReadout(Readout, OnClock):
    """A run's loss at the last whole step."""

    def __init__(self, trajectory: Trajectory, decimals: int, at: Point3DLike, px: float = BODY) -> None:
        super().__init__(at, px)
        self.losses, self.decimals, self.steps = trajectory.loss, decimals, trajectory.at
        self.at_step(0.0)

    def at_step(self, step: float) -> "LossReadout":
        """Show the loss at a step, the last recorded one after the end."""
        row = max(int(np.searchsorted(self.steps, step + 1e-9, side="right")) - 1, 0)
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
