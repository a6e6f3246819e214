"""Curves against the step, beside the map and on the same clock: loss, learning rate."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from manim import Dot, Line, VGroup, VMobject

from descent.look.axes import loss_range, losses_are_logarithmic, rate_range, rates_are_logarithmic
from descent.look.palette import DASHES
from descent.stage.axis_numbers import across, decades, upwards
from descent.stage.clock import OFF_STAGE, Carried, OnClock
from descent.stage.geometry import Box, Floats, clip, dashed, finite_rows, joined, path_until
from descent.stage.text import BODY, PX, SMALL, Label
from descent.stage.theme import current_theme

_TICK = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values of one run against the step.

    Attributes:
        values: One value per step, shape (n,).
        index: Position of the run among those compared; chooses colour and dash.
        stairs: Whether value k holds during step k (a rate) rather than at step k (a loss).
        at: The step of each value, and where the last stair ends; by default 0, 1, 2, …
    """

    values: Floats
    index: int
    stairs: bool = False
    at: Floats | None = None

    @property
    def steps(self) -> Floats:
        """The step of each value, and where the last stair ends."""
        return np.arange(len(self.values) + self.stairs, dtype=float) if self.at is None else self.at

    def vertices(self) -> Floats:
        """The curve's corners as (step, value), finite part only, shape (m, 2)."""
        values = self.values[: finite_rows(self.values)]
        if not self.stairs:
            return np.stack([self.steps[: len(values)], values], axis=1)
        edges = np.repeat(self.steps[: len(values) + 1], 2)[1:-1]
        return np.stack([edges, np.repeat(values, 2)], axis=1)

    def until(self, step: float) -> Floats:
        """The curve's corners up to a step, shape (m, 2)."""
        corners = self.vertices()
        if not self.stairs:
            return path_until(corners, float(np.interp(step, corners[:, 0], np.arange(float(len(corners))))))
        step = float(np.clip(step, corners[0, 0], corners[-1, 0]))
        passed = corners[corners[:, 0] <= step]
        # On a step's edge the ball still stands where the old rate put it: the rise belongs to the next step.
        if len(passed) > 1 and passed[-1, 0] == passed[-2, 0] == step:
            passed = passed[:-1]
        return np.vstack([passed, [step, passed[-1, 1]]])


def value_axis(
    series: Sequence[Series], log: bool | None, from_zero: bool, ceiling: float | None
) -> tuple[bool, float, float]:
    """Whether values go on a logarithmic axis, and its lowest and highest value; see :class:`StepPanel`."""
    curves = [each.vertices()[:, 1] for each in series]
    if from_zero:
        rates = ceiling is None and all(each.stairs for each in series)
        if log or (log is None and rates and rates_are_logarithmic(curves)):
            return True, *rate_range(curves)
        highest = max(float(curve.max()) for curve in curves) * 1.25
        return False, 0.0, ceiling or highest or 1.0  # all zero: any axis shows it, at its foot
    log = losses_are_logarithmic(curves) if log is None else log
    low, high = loss_range(curves)
    high = high if ceiling is None else ceiling
    return (log, low, high) if log else (log, low - 0.06 * (high - low), high + 0.04 * (high - low))


class Panel(VGroup):
    """Something that stands still beside the map, and makes the pictures that move in it."""

    def curves(self) -> Sequence[OnClock]:
        """One moving picture per run, in the order of the runs."""
        raise NotImplementedError


class StepPanel(Panel):
    """Axes of values against the step; static. :meth:`curves` makes what moves in it.

    Args:
        name: What is plotted, written at the top left; nothing if it is said elsewhere.
        series: One per run.
        steps: Last step on the axis.
        box: Everything, numbers included, stays inside.
        log: Logarithmic values; by default as `descent.look.axes` has it for losses, or for rates if from zero.
        from_zero: Whether a linear value axis starts at zero.
        step_axis: Whether the steps are numbered.
        gutter: Least room for the numbers at the left, to align panels that stand above each other.
        ceiling: Highest value shown; curves above it are cut. By default the data decide.
        unit: What the horizontal axis counts.
    """

    FOOT = 0.0  # how far the value axis reaches below the lowest value, as a share of its length

    def __init__(
        self,
        name: str,
        series: Sequence[Series],
        steps: int,
        box: Box,
        log: bool | None = None,
        from_zero: bool = False,
        step_axis: bool = True,
        gutter: float = 0.0,
        ceiling: float | None = None,
        unit: str = "step",
    ) -> None:
        super().__init__()
        theme, base = current_theme(), SMALL * PX
        self.series, self.steps, self.unit = tuple(series), steps, unit
        self.log, low, high = value_axis(series, log, from_zero, ceiling)
        self._high = math.log10(high) if self.log else high
        self._low = math.log10(low) if self.log else low
        self._low -= self.FOOT * (self._high - self._low)
        foot = 1.25 * base + _TICK if step_axis else 0.0
        head = 1.7 * base if name else 0.36 * base
        numbers = self._value_numbers(2 if box.height < 1 else 3 if box.height < 2 else 4, box.height - foot - head)
        self.gutter = max(label.width for _, label in numbers) + _TICK + 0.09
        self.box = Box(
            box.left + max(self.gutter, gutter),
            box.right,
            box.bottom + foot,
            box.top - head,
        )
        if name:
            self.add(Label(name, BODY, theme.ink, "MEDIUM").sit((box.left, box.top - 0.8 * BODY * PX, 0)))
        for value, label in numbers:
            y = self.point(0, value)[1]
            self.add(
                Line(
                    (self.box.left, y, 0),
                    (self.box.right, y, 0),
                    stroke_width=1,
                    color=theme.line,
                    stroke_opacity=0.35,
                ),
                label.sit((self.box.left - _TICK - 0.06, y - 0.36 * base, 0), 1),
            )
        self.add(
            Line(
                (self.box.left, self.box.bottom, 0),
                (self.box.right, self.box.bottom, 0),
                stroke_width=1.5,
                color=theme.line,
            )
        )
        if step_axis:
            self._number_steps()

    def point(self, step: float, value: float) -> Floats:
        """Position in the frame of a value at a step, shape (3,)."""
        placed: Floats = self.place(np.array([[step, value]]))[0]
        return placed

    def abscissa(self, value: float) -> float:
        """Where a number of the horizontal axis belongs, in frame units."""
        return float(self.point(value, 1.0)[0])

    def curves(self) -> Sequence[OnClock]:
        """One growing curve with a marker per run."""
        return [PanelCurve(series, self) for series in self.series]

    def place(self, corners: Floats) -> Floats:
        """Positions in the frame of (step, value) pairs, shape (n, 2) to (n, 3)."""
        values = np.log10(np.maximum(corners[:, 1], 1e-300)) if self.log else corners[:, 1]
        x = self.box.left + corners[:, 0] / self.steps * self.box.width
        y = self.box.bottom + (values - self._low) / (self._high - self._low) * self.box.height
        return np.stack([x, np.clip(y, -1e4, 1e4), 0 * x], axis=1)

    def _value_numbers(self, most: int, height: float) -> list[tuple[float, Label]]:
        if not self.log:
            return upwards(self._low, self._high, most, height)
        return decades(self._low, self._high, most, height)

    def _number_steps(self) -> None:
        theme, base = current_theme(), SMALL * PX
        row = self.box.bottom - _TICK - 0.05 - 0.72 * base
        numbers = [(v, label) for v, label in across(0, self.steps, 6, self.box.width) if v == round(v)]
        word = Label(self.unit, SMALL, theme.soft)
        free = self.box.right - word.width - 0.12
        for value, label in numbers:
            x = self.point(value, 10.0**self._low if self.log else self._low)[0]
            self.add(
                Line(
                    (x, self.box.bottom, 0),
                    (x, self.box.bottom - _TICK, 0),
                    stroke_width=1.5,
                    color=theme.line,
                )
            )
            label.sit((x, row, 0), 0)
            if label.get_right()[0] < free:
                self.add(label)
        self.add(word.sit((self.box.right, row, 0), 1))


class PanelCurve(OnClock):
    """The part of a run's curve that lies behind its marker."""

    def __init__(self, series: Series, panel: StepPanel) -> None:
        super().__init__()
        self.series, self.panel_box = series, panel.box
        # Manim's cache key reads strings, not slotted records.
        self.digest = (series.values.tobytes() + series.steps.tobytes()).hex()
        self._place = panel.place
        theme = current_theme()
        colour, self.dash = theme.runs[series.index], DASHES[series.index]
        self.line = VMobject(stroke_color=colour, stroke_width=3.2)
        self.marker = Dot(radius=0.075, color=colour, stroke_width=1.8, stroke_color=theme.rim)
        self._carried = Carried(self.marker)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the curve up to a step."""
        points = self._place(self.series.until(step))
        pieces = clip(points, self.panel_box) if len(points) > 1 else []
        if self.dash is not None:
            pieces = [part for piece in pieces for part in dashed(piece, *self.dash)]
        self.line.set_points(joined(pieces))
        inside = self.panel_box.contains(points[-1])
        self._carried.put(points[-1] if inside else OFF_STAGE)
        self.submobjects = [self.line, self.marker] if inside else [self.line]
        return self


def stacked(*panels: Callable[[float], StepPanel]) -> list[StepPanel]:
    """Step panels that stand above each other, equal steps in line.

    Args:
        panels: Each makes a panel whose gutter is at least the given one.

    Returns:
        The panels, all with the widest of their gutters.
    """
    widest = max(panel(0.0).gutter for panel in panels)
    return [panel(widest) for panel in panels]
