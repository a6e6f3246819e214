"""A lecture on fitting a line: the descent over (weight, bias) on the map, the line among its points beside it."""

from collections.abc import Sequence

import numpy as np
from manim import Create, Indicate
from manim.animation.animation import Animation

from descent.stage.geometry import Box
from descent.stage.maps.loss_map import LossMap
from descent.stage.panels.fit import FitLine, FitPanel
from descent.stage.panels.step_panel import Panel, Series, StepPanel
from descent.stage.scene.comparison import ComparisonScene
from descent.stage.scene.layout import Frame, compose
from descent.stage.theme import current_theme

_MAP_WIDTH = 5.4


class FitScene(ComparisonScene):
    """Runs over the weight and the bias of a line, shown as lines too.

    Attributes:
        points: The data, as (x, y).
        rate_shown: Whether the learning rate has a panel under the line.
    """

    points: Sequence[tuple[float, float]] = ()
    rate_shown = False

    def compose(self) -> Frame:
        """A map as wide as in other films: weight and bias differ too much for one scale."""
        return compose(self.runs[0].surface, len(self.runs), map_width=_MAP_WIDTH)

    def make_map(self, box: Box) -> LossMap:
        """The map over weight and bias, each axis in its own scale."""
        return LossMap(self.runs[0].surface, box, stretch=True, names=("w", "b"))

    def make_panels(self, upper: Box, lower: Box) -> Sequence[Panel]:
        """The points and the lines; under them the learning rate, or in its room the weights as numbers."""
        points = np.array(self.points)
        if not self.rate_shown:
            return [FitPanel(points, self.trajectories, Box(upper.left, upper.right, lower.bottom, upper.top))]
        rates = [Series(t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        return [
            FitPanel(points, self.trajectories, upper, decimals=None),
            StepPanel("learning rate", rates, self.steps, lower, from_zero=True),
        ]

    def show_best(self) -> list[Animation]:
        """Animations that point out the lowest minimum and draw the line that it stands for."""
        panel, best = self.panels[0], self.map.best
        assert isinstance(panel, FitPanel)
        assert best is not None
        star = Indicate(self.minima[0], scale_factor=2, color=current_theme().ink)
        return [star, Create(panel.still_line(*best))]

    def mark_gaps(self) -> list[Animation]:
        """Animations that draw the gap between each point and the first run's line."""
        line = self.curves[0][0]
        assert isinstance(line, FitLine)
        line.gaps = True
        line.at_step(self.clock.get_value())
        return [Create(line.residuals)]
