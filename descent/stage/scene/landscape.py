"""A comparison told on a landscape: land and camera large, the map small beside the loss, all on one clock."""

from collections.abc import Callable, Sequence
from typing import Self, TypeAlias

from manim import FadeIn, FadeOut, VGroup
from manim.animation.animation import Animation

from descent.look.opengl.camera import View
from descent.record.surfaces import Point, Surface
from descent.stage.clock import OnClock
from descent.stage.geometry import Box
from descent.stage.landscape.run import TerrainRun
from descent.stage.landscape.terrain import Terrain
from descent.stage.maps.loss_map import LossMap, crop
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.step_panel import Panel, Series, StepPanel
from descent.stage.scene.comparison import ComparisonScene
from descent.stage.text import BODY, PX, Label

_SHARE = 0.46  # of the column, at most, for the map
_GAP = 0.3
_SIZE = 0.55  # of balls and marks on the small map
_LEVELS = 9
_SQUARE = Box(0.0, 1.0, 0.0, 1.0)

Views: TypeAlias = Callable[[Terrain], Sequence[View]]


class Together(OnClock):
    """Several pictures of one thing on one clock.

    Args:
        pictures: All shown at the same step.
    """

    def __init__(self, *pictures: OnClock) -> None:
        super().__init__()
        self.add(*pictures)
        self._pictures = pictures

    def at_step(self, step: float) -> Self:
        """Show all of them at a step."""
        for picture in self._pictures:
            picture.at_step(step)
        return self


class LandscapeScene(ComparisonScene):
    """Runs on a landscape, and small beside the loss curve the same runs on the map.

    Attributes:
        inset: Whether there is a map; without one, loss and learning rate stand where they do beside a map.
        small: The map.
        lands: What shows the runs on the land, in order.
    """

    landscape = True
    inset = True

    def lay_out(self) -> None:
        """The landscape at the left; title, map, loss and legend in a column at the right."""
        super().lay_out()
        assert isinstance(self.map, Terrain)
        self.lands = self.marks
        self._spoken = ""
        if not self.inset:
            return
        above = [RunMarks(t, self.small, k, _SIZE, announce=False) for k, t in enumerate(self.trajectories)]
        self.marks = [Together(*pair) for pair in zip(self.lands, above, strict=True)]

    def make_panels(self, upper: Box, lower: Box) -> Sequence[Panel]:
        """The loss, and left of it the small map."""
        if not self.inset:
            return super().make_panels(upper, lower)
        room = Box(upper.left, upper.right, lower.bottom, upper.top)
        surface = self.runs[0].surface
        under_name = room.top - 1.7 * BODY * PX
        wide = min(_SHARE * room.width, (under_name - room.bottom) * _aspect(surface))
        box = Box(room.left, room.left + wide, under_name - wide / _aspect(surface), under_name)
        self.small = LossMap(surface, box, axes=False, levels=_LEVELS)
        name = Label("from above", BODY, weight="MEDIUM").sit((room.left, room.top - 0.8 * BODY * PX, 0))
        self.beside = VGroup(name)
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        right = Box(self.small.box.right + _GAP, room.right, box.bottom - 0.1, room.top)
        return [StepPanel("loss", losses, self.steps, right)]

    def reveal(self, runs: Sequence[int] | None = None) -> list[Animation]:
        """Show landscape and title at once, and give animations that bring in the panels and some runs."""
        found = super().reveal(runs)
        self._catch_up()
        return found

    def reveal_panels(self) -> list[Animation]:
        """Animations that bring in the map, the empty panels and the legend's head."""
        if not self.inset:
            return super().reveal_panels()
        stars = VGroup(*(mark.scale(0.75) for mark in self.small.minimum_marks()))
        return [*super().reveal_panels(), *(FadeIn(part) for part in (self.small, stars, self.beside))]

    def show_note(self, note: str) -> None:
        """Put a beat's note under the title, once there is one."""
        self._spoken = note
        if self.heading in self.mobjects:
            super().show_note(note)

    def _catch_up(self) -> None:
        """Show the note of a beat that began before there was a title."""
        if self._spoken and self.note is None:
            super().show_note(self._spoken)

    def open(self) -> None:
        """Begin with nothing but the land: the film's first picture."""
        assert isinstance(self.map, Terrain)
        self.add(self.map.picture)

    def settle(self) -> list[Animation]:
        """Animations that bring in title, scale and panels, once the camera has left them room."""
        assert isinstance(self.map, Terrain)
        self._catch_up()
        return [*(FadeIn(part) for part in (self.heading, self.map.axes)), *self.reveal_panels()]

    def descend(self, centre: Point, width: float, views: Views, tail: int | None = None, size: float = 1.0) -> None:
        """Go down to a piece of the land, which takes the land's place; the runs go on there.

        Args:
            centre: Middle of the piece, (w1, w2).
            width: Its width in parameter units.
            views: Makes the camera's path there.
            tail: How many of the last steps stay visible; all by default.
            size: Scale of marks and balls.
        """
        far, far_lands = self.map, self.lands
        assert isinstance(far, Terrain)
        near = Terrain(crop(far.surface, centre, width, _SQUARE), far.box, best=far.best)
        near.fly(views(near))
        near.watch(self)
        self.map = near
        self.lands = [TerrainRun(t, near, k, size, tail) for k, t in enumerate(self.trajectories)]
        shown = [k for k, land in enumerate(far_lands) if land in self.mobjects]
        self.play(
            FadeOut(far.axes),
            FadeIn(near),
            *(FadeIn(self.lands[k].follow(self.clock)) for k in shown),
            run_time=1.2,
        )
        self.remove(far, *(far_lands[k] for k in shown))


def _aspect(surface: Surface) -> float:
    (x0, x1), (y0, y1) = surface.domain
    return (x1 - x0) / (y1 - y0)
