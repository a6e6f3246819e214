"""What a comparison is shown on: a map, a landscape, or a map over the weights of a fitted line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from descent.look.axes import own_scales
from descent.look.opengl.camera import View
from descent.record.measures import rates_or_lengths
from descent.record.surfaces import Point, Surface
from descent.record.trajectories import Trajectory
from descent.stage.geometry import FRAME, Box
from descent.stage.landscape.terrain import OVERVIEW, Terrain
from descent.stage.maps.loss_map import LossMap
from descent.stage.panels.fit import FitPanel
from descent.stage.panels.step_panel import Panel, Series, StepPanel
from descent.stage.scene.layout import OWN_SCALES

Views: TypeAlias = Callable[[Terrain], Sequence[View]]
"""Makes the camera's path over a landscape."""


@dataclass(frozen=True)
class Map:
    """A map of the loss, seen from above.

    Attributes:
        width: Of its column, in frame units; by default its surface's proportions decide.
        names: What its axes are called, in Typst maths; as the surface says by default.
    """

    width: float | None = None
    names: tuple[str, str] | None = None
    inset = False

    def picture(self, surface: Surface, box: Box) -> LossMap:
        """The map of a surface."""
        own = own_scales(surface.domain)
        return LossMap(surface, box, stretch=own, names=self.names, scales_said=own)


def overview(terrain: Terrain) -> Sequence[View]:
    """A camera that stands still and sees the whole landscape."""
    return [terrain.fit(OVERVIEW)]


@dataclass(frozen=True)
class Landscape:
    """The loss as land under a camera.

    Attributes:
        views: Where it is seen from, in the order of `Board.fly`.
        inset: Whether the runs are also shown on a small map, beside the loss and instead of the lower panel.
    """

    views: Views = overview
    inset: bool = True
    width = FRAME.width

    def picture(self, surface: Surface, box: Box) -> Terrain:
        """The landscape of a surface."""
        terrain = Terrain(surface, box)
        terrain.fly(self.views(terrain))
        return terrain


@dataclass(frozen=True)
class Fit:
    """A map over the weight and the bias of a line, which is shown among its points beside it.

    Attributes:
        points: The data, as (x, y).
        rates: Whether the learning rate has a panel under the line, instead of the weights as numbers beside it.
        scales_said: Whether the map says that each axis has its own scale.
        data: What the axes of the points are called.
    """

    points: Sequence[Point]
    rates: bool = False
    scales_said: bool = False
    data: tuple[str, str] = ("x", "y")
    width = OWN_SCALES  # weight and bias differ too much for one
    inset = False

    def picture(self, surface: Surface, box: Box) -> LossMap:
        """The map over weight and bias, each axis in its own scale."""
        return LossMap(surface, box, stretch=True, names=("w", "b"), scales_said=self.scales_said)

    def panels(self, runs: Sequence[Trajectory], steps: int, upper: Box, lower: Box) -> Sequence[Panel]:
        """The points and the lines, over the learning rate or in its room too."""
        points = np.array(self.points)
        if not self.rates:
            return [FitPanel(points, runs, Box(upper.left, upper.right, lower.bottom, upper.top))]
        name, values = rates_or_lengths(runs)
        rates = [Series(each, k, stairs=True) for k, each in enumerate(values)]
        return [
            FitPanel(points, runs, upper, decimals=None, names=self.data),
            StepPanel(name, rates, steps, lower, from_zero=True),
        ]


Ground: TypeAlias = Map | Landscape | Fit
