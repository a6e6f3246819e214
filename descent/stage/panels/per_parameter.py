"""A panel with a curve for each of the two parameters of every run, such as their step sizes."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from descent.stage.clock import OnClock
from descent.stage.geometry import Box, Floats
from descent.stage.panels.step_panel import PanelCurve, Series, StepPanel


class ParameterPanel(StepPanel):
    """Axes of one value per step and parameter; both curves of a run have its colour and dash.

    Args:
        name: What is plotted, written at the top left.
        values: Per run an array of shape (n, 2); column k belongs to w₁, w₂ during a step.
        steps: Last step on the axis.
        box: Everything, numbers included, stays inside.
        gutter: Least room for the numbers at the left.
        options: Further ones of :class:`StepPanel`, such as ``from_zero``.
    """

    def __init__(
        self, name: str, values: Sequence[Floats], steps: int, box: Box, gutter: float = 0.0, **options: Any
    ) -> None:
        self.pairs = [[Series(column, k, stairs=True) for column in _columns(pair)] for k, pair in enumerate(values)]
        everything = [series for pair in self.pairs for series in pair]
        super().__init__(name, everything, steps, box, gutter=gutter, **options)

    def curves(self) -> "Sequence[CurvePair]":
        """Per run its two curves as one picture."""
        return [CurvePair([PanelCurve(series, self) for series in pair]) for pair in self.pairs]


class CurvePair(OnClock):
    """Several curves that move as one."""

    def __init__(self, curves: Sequence[PanelCurve]) -> None:
        super().__init__()
        self.parts = list(curves)
        self.add(*self.parts)

    def at_step(self, step: float) -> Self:
        """Draw the curves up to a step."""
        for part in self.parts:
            part.at_step(step)
        return self


def _columns(pair: Floats) -> list[Floats]:
    """The two columns, or one of them where they are equal."""
    first, second = pair.T
    return [first] if np.array_equal(first, second) else [first, second]
