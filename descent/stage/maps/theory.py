"""Theory beside the picture: the error's parts on the map, the loss split into bands, velocity against position."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import Dot, Line, VMobject

from descent.base.numbers import plain
from descent.look.palette import DASHES
from descent.record.surfaces import Array
from descent.record.theory.quadratics import errors, loss_parts, spectrum
from descent.record.trajectories import Trajectory
from descent.stage.clock import Carried, OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, joined, nice_ticks, path_until
from descent.stage.maps.loss_map import LossMap
from descent.stage.panels.step_panel import Panel, Series, StepPanel
from descent.stage.text import BODY, PX, SMALL, Label
from descent.stage.theme import current_theme

_TICK = 0.06
_ROOM = 0.08  # share of each range left free around the paths of a phase plane


def direction_colours() -> tuple[str, str]:
    """Colours of the flattest and of the steepest direction, unlike those of the first runs."""
    theme = current_theme()
    return theme.runs[6], theme.gradient


class ErrorParts(OnClock):
    """A run's error as two strokes: from the minimum along the flat eigenvector, then along the steep one to the ball.

    Args:
        trajectory: A run on a quadratic.
        loss_map: Where it is drawn.
    """

    def __init__(self, trajectory: Trajectory, loss_map: LossMap) -> None:
        super().__init__()
        self.digest = trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        axes = spectrum(trajectory.run.surface)
        feet = axes.minimum + errors(trajectory)[:, :1] * axes.directions[:, 0]
        self._home = loss_map.to_frame(axes.minimum)
        self._feet, self._ends = loss_map.to_frame(feet), loss_map.to_frame(trajectory.params)
        self.strokes = [VMobject(stroke_color=colour, stroke_width=5.5) for colour in direction_colours()]
        self.add(*self.strokes)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw both strokes at a step."""
        foot, end = path_until(self._feet, step)[-1], path_until(self._ends, step)[-1]
        for stroke, ends in zip(self.strokes, ((self._home, foot), (foot, end)), strict=True):
            stroke.set_points(joined([np.stack(ends)]))
        return self


class Bands(OnClock):
    """The loss of a run up to the step, split by eigenvector: the flat direction's band below, the steep one's on top.

    Args:
        trajectory: A run on a quadratic.
        panel: Where it is drawn.
    """

    def __init__(self, trajectory: Trajectory, panel: StepPanel) -> None:
        super().__init__()
        self.digest = trajectory.digest
        edges = np.cumsum(np.hstack([np.zeros((len(trajectory.loss), 1)), loss_parts(trajectory)]), axis=1)
        self.edges = [Series(edge, 0) for edge in edges.T]
        self._place = panel.place
        self.bands = [VMobject(fill_color=colour, fill_opacity=0.85, stroke_width=0) for colour in direction_colours()]
        self.add(*self.bands)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the bands up to a step."""
        lines = [self._place(edge.until(step)) for edge in self.edges]
        for band, below, above in zip(self.bands, lines, lines[1:], strict=False):
            outline = np.vstack([below, above[::-1], below[:1]])
            band.set_points(joined([outline] if len(below) > 1 else []))
        return self


def bands_panel(trajectories: Sequence[Trajectory], name: str, steps: int, box: Box) -> StepPanel:
    """Axes for the bands of runs that start alike: the loss above the minimum against the step."""
    totals = [Series(loss_parts(trajectory).sum(axis=1), k) for k, trajectory in enumerate(trajectories)]
    top = max(float(series.values[0]) for series in totals)
    return StepPanel(name, totals, steps, box, log=False, from_zero=True, ceiling=1.05 * top)


class PhasePanel(Panel):
    """Velocity against position, one path per run: a spiral where it swings, a bow where it creeps.

    Args:
        positions: Per run, shape (n + 1,): the error along one direction.
        box: Everything stays inside.
        name: Written at the top left.
        across: The name of the position's axis, at its right end.
    """

    def __init__(self, positions: Sequence[Array], box: Box, name: str, across: str) -> None:
        super().__init__()
        theme, base = current_theme(), SMALL * PX
        self.paths = [np.stack([x, np.diff(x, prepend=x[0])], axis=1) for x in positions]
        everything = np.concatenate(self.paths)
        low, high = everything.min(axis=0), everything.max(axis=0)
        room = _ROOM * (high - low)
        self._low, self._high = low - room, high + room
        ticks = nice_ticks(float(self._low[1]), float(self._high[1]), 4)
        numbers = [Label(plain(value), SMALL, theme.soft) for value in ticks]
        gutter = max(label.width for label in numbers) + _TICK + 0.09
        self.box = Box(box.left + gutter, box.right, box.bottom + 1.25 * base + _TICK, box.top - 1.7 * base)
        self.add(Label(name, BODY, theme.ink, "MEDIUM").sit((box.left, box.top - 0.8 * BODY * PX, 0)))
        for label, value in zip(numbers, ticks, strict=True):
            self._rule((self._low[0], value), (self._high[0], value), value == 0)
            y = self.place(np.array([[0.0, value]]))[0, 1]
            self.add(label.sit((self.box.left - _TICK - 0.06, y - 0.36 * base, 0), 1))
        row = self.box.bottom - _TICK - 0.05 - 0.72 * base
        word = Label(across, SMALL, theme.soft).sit((self.box.right, row, 0), 1)
        self.add(word)
        for value in nice_ticks(float(self._low[0]), float(self._high[0]), 5):
            self._rule((value, self._low[1]), (value, self._high[1]), value == 0)
            x = self.place(np.array([[value, 0.0]]))[0, 0]
            label = Label(plain(value), SMALL, theme.soft).sit((x, row, 0), 0)
            if label.get_right()[0] < word.get_left()[0] - 0.1:
                self.add(label)

    def place(self, points: Floats) -> Floats:
        """Positions in the frame of (position, velocity) pairs, shape (n, 2) to (n, 3)."""
        share = (points - self._low) / (self._high - self._low)
        x = self.box.left + share[:, 0] * self.box.width
        y = self.box.bottom + share[:, 1] * self.box.height
        return np.stack([x, y, 0 * x], axis=1)

    def curves(self) -> "Sequence[PhasePath]":
        """One growing path with a marker per run."""
        return [PhasePath(self.place(path), self.box, k) for k, path in enumerate(self.paths)]

    def _rule(self, start: tuple[float, float], end: tuple[float, float], strong: bool) -> None:
        ends = self.place(np.array([start, end]))
        rule = Line(*ends, stroke_width=1.5 if strong else 1, color=current_theme().line)
        self.add(rule.set_stroke(opacity=0.9 if strong else 0.35))


class PhasePath(OnClock):
    """A run's path in the plane of position and velocity, up to the step.

    Args:
        points: In the frame, shape (n + 1, 3).
        box: Where it is drawn.
        index: Position of the run among those compared; chooses colour and dash.
    """

    def __init__(self, points: Floats, box: Box, index: int) -> None:
        super().__init__()
        theme = current_theme()
        self.points_in_frame, self._box, self.dash = points, box, DASHES[index]
        self.line = VMobject(stroke_color=theme.runs[index], stroke_width=3.2)
        self.marker = Dot(radius=0.075, color=theme.runs[index], stroke_width=1.8, stroke_color=theme.rim)
        self._carried = Carried(self.marker)
        self.add(self.line, self.marker)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the path up to a step."""
        points = path_until(self.points_in_frame, step)
        pieces = clip(points, self._box) if len(points) > 1 else []
        if self.dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *self.dash)]
        self.line.set_points(joined(pieces))
        self._carried.put(points[-1])
        return self
