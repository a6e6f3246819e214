"""The final loss of an optimizer against its learning rate: the sweep behind a fair comparison."""

import numpy as np
from manim import Line

from descent.base.numbers import superscript
from descent.stage.geometry import Box, Floats
from descent.stage.panels.step_panel import Series, StepPanel
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_TICK = 0.06


class LossByRate(StepPanel):
    """Values against learning rates that are evenly spaced on a logarithmic scale.

    A curve's clock counts the rates; it ends where a rate's value is not finite.

    Args:
        name: What is measured, written at the top left.
        rates: The learning rates, rising by one factor, ``[m]``.
        series: One per optimizer, of ``m`` values.
        box: Everything stays inside.
    """

    FOOT = 0.12  # so that a ring around the lowest point stays above the numbers

    def __init__(self, name: str, rates: Floats, series: list[Series], box: Box) -> None:
        self.rates = np.asarray(rates, dtype=float)
        super().__init__(name, series, len(rates) - 1, box, log=True)

    def at_rate(self, rate: float, value: float) -> Floats:
        """Position in the frame of a value at a rate, shape (3,)."""
        first, last = np.log(self.rates[0]), np.log(self.rates[-1])
        return self.point(self.steps * (np.log(rate) - first) / (last - first), value)

    def abscissa(self, value: float) -> float:
        """Where a learning rate belongs on the axis, in frame units."""
        return float(self.at_rate(value, 1.0)[0])

    def _number_steps(self) -> None:
        """Number the decades."""
        theme, base = current_theme(), SMALL * PX
        row = self.box.bottom - _TICK - 0.05 - 0.72 * base
        word = Label("learning rate", SMALL, theme.soft)
        free = self.box.right - word.width - 0.12
        for power in range(round(np.log10(self.rates[0])), round(np.log10(self.rates[-1])) + 1):
            x = self.abscissa(10.0**power)
            self.add(Line((x, self.box.bottom, 0), (x, self.box.bottom - _TICK, 0), stroke_width=1.5, color=theme.line))
            label = Label(f"10{superscript(power)}", SMALL, theme.soft).sit((x, row, 0), 0)
            if label.get_right()[0] < free:
                self.add(label)
        self.add(word.sit((self.box.right, row, 0), 1))
