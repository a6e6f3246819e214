"""The picture of a comparison as one object: map or landscape, runs, panels and legend, and how they come and go."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from manim import DOWN, LEFT, UL, Create, FadeIn, FadeOut, Flash, Group, Indicate, Mobject, rate_functions
from manim.animation.animation import Animation

from descent.base.errors import DescentError
from descent.record.surfaces import Point
from descent.record.trajectories import Trajectory
from descent.stage.clock import OnClock, Together
from descent.stage.geometry import Box
from descent.stage.landscape.run import TerrainRun
from descent.stage.landscape.terrain import Fly, Terrain
from descent.stage.maps.inset import Inset
from descent.stage.maps.key import map_key
from descent.stage.maps.loss_map import LossMap, crop
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.fit import FitLine, FitPanel
from descent.stage.panels.legend import Legend, StepReadout
from descent.stage.panels.step_panel import Panel
from descent.stage.scene.ground import Ground, Views
from descent.stage.scene.layout import Frame
from descent.stage.scene.runs import RunScene
from descent.stage.theme import current_theme

MakePanels: TypeAlias = Callable[[Box, Box], Sequence[Panel]]
"""Makes the panels beside the map, in an upper and a lower box."""

_SQUARE = Box(0.0, 1.0, 0.0, 1.0)


def marks_on(ground: LossMap | Terrain, trajectories: Sequence[Trajectory]) -> list[OnClock]:
    """What shows runs on a map or in a landscape."""
    if isinstance(ground, Terrain):
        return [TerrainRun(t, ground, k) for k, t in enumerate(trajectories)]
    return [RunMarks(t, ground, k) for k, t in enumerate(trajectories)]


class Board:
    """The map at the left; title, panels and legend in a column at the right; all on the scene's clock.

    Nothing of it is in the scene at first. Methods that return animations leave it to the scene to play them; those
    that return nothing play by themselves.

    Attributes:
        frame: Where things stand.
        map: The map, or the landscape.
        minima: Its marks at the minima.
        marks: What shows the runs there, in order, and on the inset.
        inset: The small map beside a landscape, if there is one.
        panels: What stands beside the map.
        curves: What moves in each panel, a picture a run.
        legend: Who is who.
        loss_top: The upper end of the panels, below the title and its note.
        key: How to read the map, once it was introduced.

    Args:
        scene: Where it is shown; it says which runs, and on which clock.
        ground: What they are shown on.
        frame: Where things stand.
        make_panels: Makes the panels.
    """

    def __init__(self, scene: RunScene, ground: Ground, frame: Frame, make_panels: MakePanels) -> None:
        surface, runs = scene.runs[0].surface, scene.trajectories
        self.scene, self.frame = scene, frame
        self.map: LossMap | Terrain = ground.picture(surface, frame.map)
        if isinstance(self.map, Terrain):
            self.map.watch(scene)
        self.minima = self.map.minimum_marks()
        self.marks = marks_on(self.map, runs)
        self.legend = Legend(runs, frame.legend, scene.steps, frame.names, scene.unit)
        scene.set_title(frame.title, frame.title_px)
        self.loss_top = scene.below_note(lines=2)
        self.inset: Inset | None = None
        self._upper = Box(frame.loss.left, frame.loss.right, frame.loss.bottom, self.loss_top)
        if ground.inset:
            self.inset = Inset(surface, runs, Box(frame.loss.left, frame.loss.right, frame.rate.bottom, self.loss_top))
            self._upper = self.inset.rest
            self.marks = [Together(*pair) for pair in zip(self.marks, self.inset.marks, strict=True)]
        self._make_panels = make_panels
        self._cleared: list[Mobject] = []
        self._lay_out_panels()

    def _lay_out_panels(self) -> None:
        self.panels = list(self._make_panels(self._upper, self.frame.rate))
        self.curves = [panel.curves() for panel in self.panels]

    def introduce(self) -> None:
        """Bring in the map and, beside it, how to read it: formula, marks, and what light and dark mean."""
        column = self.frame.title
        self.key = map_key(self.map, Box(column.left, column.right, self.frame.legend.bottom, self.loss_top))
        self.scene.add(self.map, self.minima, self.scene.heading)
        self.scene.play(FadeIn(self.key), run_time=0.8)

    def reveal(self, runs: Sequence[int] | None = None) -> list[Animation]:
        """Show the map at once, and give animations that bring in the panels and some runs (all by default).

        The film's first frame is then a picture, which players show as its poster, and a GIF need not store a fade
        of the whole landscape.
        """
        self.scene.add(self.map, self.minima, self.scene.heading)
        return [*self.reveal_panels(), *self.enter(*(range(len(self.marks)) if runs is None else runs))]

    def reveal_panels(self) -> list[Animation]:
        """Animations that bring in the empty panels, the legend's head, and the small map if there is one."""
        return [FadeIn(part) for part in (*self.panels, self.legend, *(self.inset.still if self.inset else ()))]

    def enter(self, *indices: int) -> list[Animation]:
        """Animations that bring in runs: ball, curves, legend row and readouts.

        The curves of a panel that was cleared away come in with it.
        """
        moving: list[OnClock] = [self.legend.step]
        for k in indices:
            moving += [self.marks[k], *self._curves([k]), self.legend.losses[k]]
        for picture in moving:
            if not picture.updaters:
                picture.follow(self.scene.clock)
        later = [
            curves[k]
            for panel, curves in zip(self.panels, self.curves, strict=True)
            for k in indices
            if panel in self._cleared
        ]
        self._cleared += later
        rows = [self.legend.rows[k] for k in indices]
        return [FadeIn(picture) for picture in [*rows, *moving] if picture not in later]

    def land(self, step: float, point: Point, run: int = 1) -> None:
        """Roll to a step at an even pace, and greet a run that has come to rest at a point."""
        self.scene.roll(step, 2.2, rate_func=rate_functions.linear)
        colour = current_theme().runs[run]
        self.scene.play(Flash(self.map.to_frame(point), color=colour, flash_radius=0.45), run_time=0.8)

    def clear_column(self) -> list[Animation]:
        """Animations that take the curves and the legend away, to make room beside the map."""
        curves = [curve for panel in self.curves for curve in panel]
        legend = [self.legend, *self.legend.rows, self.legend.step, *self.legend.losses]
        return self._clear([*self.panels, *curves, *legend])

    def restore_column(self) -> list[Animation]:
        """Animations that bring back what :meth:`clear_column` took away."""
        for picture in self._cleared:
            if isinstance(picture, OnClock):
                picture.at_step(self.scene.clock.get_value())
        back, self._cleared = self._cleared, []
        return [FadeIn(picture) for picture in back]

    def explain(self, *lines: Mobject, gap: float = 0.32) -> list[Animation]:
        """Animations that put formulas or words in the upper panel's place; :meth:`resume` takes them away."""
        self._lines = Group(*lines).arrange(DOWN, buff=gap, aligned_edge=LEFT)
        self._lines.move_to((self.frame.title.left, self.loss_top - 0.15, 0), UL)
        return [*self._clear([self.panels[0], *self.curves[0]]), FadeIn(self._lines)]

    def resume(self) -> list[Animation]:
        """Animations that take away what :meth:`explain` put there."""
        return [FadeOut(self._lines), *self.restore_column()]

    def retime(self, steps: int) -> list[Animation]:
        """Animations that give the panels a clock of so many steps, for the same runs.

        Put the clock back before, where it stands later than that.
        """
        shown = self._shown(self.legend.rows)
        old = [*self.panels, self.legend.step, *self._curves(shown)]
        self.scene.steps = steps
        self.legend.step = StepReadout(steps, self.legend.step.end)
        self._lay_out_panels()
        moving = [self.legend.step, *self._curves(shown)]
        new = [*self.panels, *(picture.follow(self.scene.clock) for picture in moving)]
        return [*map(FadeOut, old), *map(FadeIn, new)]

    def zoom(self, centre: npt.ArrayLike, width: float, tail: int | None = None) -> None:
        """Fly down to a piece of the map, which takes the map's place; the runs go on there.

        Args:
            centre: Middle of the piece, (w1, w2).
            width: Its width in parameter units.
            tail: How many of the last steps stay visible there; all by default.
        """
        far, far_minima, far_marks, scene = self.map, self.minima, self.marks, self.scene
        assert isinstance(far, LossMap)
        near = LossMap(crop(far.surface, centre, width, far.box), far.box, levels=14, best=far.best, names=far.names)
        outline = near.frame.copy().set_stroke(current_theme().ink, 2.5)
        outline.scale(width / float(np.ptp(far.surface.domain[0]))).move_to(far.to_frame(centre))
        scene.play(Create(outline), run_time=0.6)
        self.map, self.minima = near, near.minimum_marks()
        self.marks = [RunMarks(t, near, k, announce=False, tail=tail) for k, t in enumerate(scene.trajectories)]
        shown = self._shown(far_marks)
        landing = Group(near, self.minima)
        scene.play(
            FadeIn(landing, scale=outline.width / near.box.width, target_position=outline),
            *(FadeIn(self.marks[k].follow(scene.clock)) for k in shown),
            FadeOut(far.axes, far_minima, outline, *(far_marks[k] for k in shown)),
            run_time=1.0,
        )
        scene.remove(*far.submobjects)  # its axes have left it, so it is on the scene in parts

    def descend(self, centre: Point, width: float, views: Views, tail: int | None = None, size: float = 1.0) -> None:
        """Go down to a piece of the land, which takes the place of land or map; the runs go on there.

        Args:
            centre: Middle of the piece, (w1, w2).
            width: Its width in parameter units.
            views: Makes the camera's path there.
            tail: How many of the last steps stay visible; all by default.
            size: Scale of marks and balls.
        """
        far, far_marks, scene = self.map, self.marks, self.scene
        near = Terrain(crop(far.surface, centre, width, _SQUARE), far.box, best=far.best)
        near.fly(views(near))
        near.watch(scene)
        self.map = near
        self.marks = [TerrainRun(t, near, k, size, tail) for k, t in enumerate(scene.trajectories)]
        shown = self._shown(far_marks)
        flat = [far, self.minima, *(far_marks[k] for k in shown)] if isinstance(far, LossMap) else [far.axes]
        scene.play(
            *map(FadeOut, flat),
            FadeIn(near),
            *(FadeIn(self.marks[k].follow(scene.clock)) for k in shown),
            run_time=1.2,
        )
        scene.remove(far, *(far_marks[k] for k in shown))
        if self.inset:
            scene.add(*(self.inset.marks[k].follow(scene.clock) for k in shown))

    def open(self) -> None:
        """Begin with nothing but the land, without title and notes: the film's first picture."""
        self.scene.add(self.terrain.picture)
        self.scene.hide_title()

    def settle(self) -> list[Animation]:
        """Animations that bring in title, scale and panels, once the camera has left them room."""
        return [*self.scene.show_title(), FadeIn(self.terrain.axes), *self.reveal_panels()]

    def fly(self, place: float, seconds: float, **kwargs: Any) -> None:
        """Take the camera to a place on the landscape's flight, along with whatever plays next."""
        self.scene.along(Fly(self.terrain, place, run_time=seconds, **kwargs))

    @property
    def terrain(self) -> Terrain:
        """The landscape.

        Raises:
            DescentError: If there is a map instead.
        """
        if not isinstance(self.map, Terrain):
            raise DescentError(f"{type(self.scene).__name__} has no camera to fly; give it `ground = Landscape()`.")
        return self.map

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
        line.at_step(self.scene.clock.get_value())
        return [Create(line.residuals)]

    def _curves(self, runs: Sequence[int]) -> list[OnClock]:
        """The curves of some runs, panel by panel and in each panel run by run."""
        return [curves[k] for curves in self.curves for k in runs]

    def _shown(self, pictures: Sequence[Mobject]) -> list[int]:
        """Which of them are in the scene."""
        return [k for k, picture in enumerate(pictures) if picture in self.scene.mobjects]

    def _clear(self, pictures: Sequence[Mobject]) -> list[Animation]:
        self._cleared = [pictures[k] for k in self._shown(pictures)]
        return [FadeOut(picture) for picture in self._cleared]
