"""Runs side by side on one map, with their curves and a narration: a new comparison is under 20 lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import DOWN, LEFT, UL, Create, FadeIn, FadeOut, Flash, Group, Mobject, rate_functions
from manim.animation.animation import Animation

from descent.base.errors import DescentError
from descent.look.opengl.camera import View
from descent.look.palette import MAX_RUNS
from descent.record.surfaces import Point
from descent.stage.clock import OnClock
from descent.stage.geometry import FRAME, Box
from descent.stage.landscape.run import TerrainRun
from descent.stage.landscape.terrain import OVERVIEW, Fly, Terrain
from descent.stage.maps.key import map_key
from descent.stage.maps.loss_map import LossMap, crop
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.legend import Legend, StepReadout, more_lines
from descent.stage.panels.step_panel import Panel, Series, StepPanel, stacked
from descent.stage.scene.layout import Frame, compose
from descent.stage.scene.runs import RunScene
from descent.stage.theme import current_theme


class ComparisonScene(RunScene):
    """Up to eight runs on one surface.

    Attributes:
        landscape: Whether the runs are shown in a `Terrain` instead of on a map.
        rate_height: Height of the lower panel, in frame units; by default it depends on how many runs there are.
    """

    most = MAX_RUNS
    landscape = False
    rate_height: float | None = None

    def check(self) -> None:
        """Refuse a film of several surfaces, of too many runs, or whose claims are not true."""
        if len({run.surface.name for run in self.runs}) > 1:
            raise DescentError("its runs are on different surfaces; one map shows one surface.")
        super().check()

    def lay_out(self) -> None:
        """The map on the left; title, curves and legend in a column on the right."""
        self.frame = frame = self.compose()
        self.map = self.make_map(frame.map)
        self.minima = self.map.minimum_marks()
        self.marks = self.make_marks()
        self.set_title(frame.title)
        self.legend = Legend(self.trajectories, frame.legend, self.steps)
        self.loss_top = self.below_note(lines=2)
        self._cleared: list[Mobject] = []
        self.lay_out_panels()

    def lay_out_panels(self) -> None:
        """The panels beside the map, and what moves in them."""
        loss = self.frame.loss
        upper = Box(loss.left, loss.right, loss.bottom, self.loss_top)
        self.panels = list(self.make_panels(upper, self.frame.rate))
        self.curves = [panel.curves() for panel in self.panels]

    def compose(self) -> Frame:
        """Where map, title, panels and legend stand."""
        surface, count = self.runs[0].surface, len(self.runs)
        widest = FRAME.width if self.landscape else None
        width = compose(surface, count, widest).legend.width
        more = more_lines(self.runs, width) if count <= 4 else 0
        return compose(surface, count, widest, more=more, rate=self.rate_height)

    def make_map(self, box: Box) -> LossMap | Terrain:
        """The map of the runs' surface, or its landscape."""
        surface = self.runs[0].surface
        if not self.landscape:
            return LossMap(surface, box)
        terrain = Terrain(surface, box)
        terrain.fly(self.views(terrain))
        terrain.watch(self)
        return terrain

    def make_marks(self) -> Sequence[OnClock]:
        """What shows the runs there."""
        if isinstance(self.map, Terrain):
            return [TerrainRun(t, self.map, k) for k, t in enumerate(self.trajectories)]
        return [RunMarks(t, self.map, k) for k, t in enumerate(self.trajectories)]

    def views(self, terrain: Terrain) -> Sequence[View]:
        """Where a landscape is seen from, in the order of :meth:`fly`; the overview by default."""
        return [terrain.fit(OVERVIEW)]

    def fly(self, place: float, seconds: float, **kwargs: Any) -> None:
        """Take the camera to a place on the landscape's flight, along with whatever plays next."""
        if not isinstance(self.map, Terrain):
            raise DescentError(f"{type(self).__name__} has no camera to fly; give it `landscape = True`.")
        self.along(Fly(self.map, place, run_time=seconds, **kwargs))

    def make_panels(self, upper: Box, lower: Box) -> Sequence[Panel]:
        """What stands beside the map: loss above, below it what :meth:`lower_series` names.

        Override it to show something else on the same clock; `stacked` aligns step panels.
        """
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        name, series = self.lower_series()
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(name, series, self.steps, lower, from_zero=True, gutter=gutter),
        )

    def lower_series(self) -> tuple[str, Sequence[Series]]:
        """Name and curves of the lower panel: the learning rate, of which there is one per step."""
        return "learning rate", [Series(t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]

    def introduce(self) -> None:
        """Bring in the map and, beside it, how to read it: formula, marks, and what light and dark mean."""
        column = self.frame.title
        self.key = map_key(self.map, Box(column.left, column.right, self.frame.legend.bottom, self.loss_top))
        self.add(self.map, self.minima, self.heading)
        self.play(FadeIn(self.key), run_time=0.8)

    def reveal(self, runs: Sequence[int] | None = None) -> list[Animation]:
        """Show the map at once, and give animations that bring in the panels and some runs (all by default).

        The film's first frame is then a picture, which players show as its poster, and a GIF need not store a fade
        of the whole landscape.
        """
        self.add(self.map, self.minima, self.heading)
        return [*self.reveal_panels(), *self.enter(*(range(len(self.runs)) if runs is None else runs))]

    def reveal_panels(self) -> list[Animation]:
        """Animations that bring in the empty panels and the legend's head."""
        return [FadeIn(part) for part in (*self.panels, self.legend)]

    def enter(self, *indices: int) -> list[Animation]:
        """Animations that bring in runs: ball, curves, legend row and readouts.

        The curves of a panel that was cleared away come in with it.
        """
        moving: list[OnClock] = [self.legend.step]
        for k in indices:
            moving += [self.marks[k], *(curves[k] for curves in self.curves), self.legend.losses[k]]
        for picture in moving:
            if not picture.updaters:
                picture.follow(self.clock)
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
        self.roll(step, 2.2, rate_func=rate_functions.linear)
        colour = current_theme().runs[run]
        self.play(Flash(self.map.to_frame(point), color=colour, flash_radius=0.45), run_time=0.8)

    def clear_column(self) -> list[Animation]:
        """Animations that take the curves and the legend away, to make room beside the map."""
        curves = [curve for panel in self.curves for curve in panel]
        legend = [self.legend, *self.legend.rows, self.legend.step, *self.legend.losses]
        return self._clear([*self.panels, *curves, *legend])

    def explain(self, *lines: Mobject, gap: float = 0.32) -> list[Animation]:
        """Animations that put formulas or words in the upper panel's place; :meth:`resume` takes them away."""
        self._lines = Group(*lines).arrange(DOWN, buff=gap, aligned_edge=LEFT)
        self._lines.move_to((self.frame.title.left, self.loss_top - 0.15, 0), UL)
        return [*self._clear([self.panels[0], *self.curves[0]]), FadeIn(self._lines)]

    def resume(self) -> list[Animation]:
        """Animations that take away what :meth:`explain` put there."""
        return [FadeOut(self._lines), *self.restore_column()]

    def _clear(self, pictures: Sequence[Mobject]) -> list[Animation]:
        self._cleared = [picture for picture in pictures if picture in self.mobjects]
        return [FadeOut(picture) for picture in self._cleared]

    def restore_column(self) -> list[Animation]:
        """Animations that bring back what :meth:`clear_column` took away."""
        for picture in self._cleared:
            if isinstance(picture, OnClock):
                picture.at_step(self.clock.get_value())
        back, self._cleared = self._cleared, []
        return [FadeIn(picture) for picture in back]

    def retime(self, steps: int) -> list[Animation]:
        """Animations that give the panels a clock of so many steps, for the same runs.

        Put the clock back before, where it stands later than that.
        """
        shown = [k for k, row in enumerate(self.legend.rows) if row in self.mobjects]
        old = [*self.panels, self.legend.step, *(curves[k] for curves in self.curves for k in shown)]
        self.steps = steps
        self.legend.step = StepReadout(steps, self.legend.step.end)
        self.lay_out_panels()
        moving: list[OnClock] = [self.legend.step, *(curves[k] for curves in self.curves for k in shown)]
        new = [*self.panels, *(picture.follow(self.clock) for picture in moving)]
        return [*map(FadeOut, old), *map(FadeIn, new)]

    def zoom(self, centre: npt.ArrayLike, width: float, tail: int | None = None) -> None:
        """Fly down to a piece of the map, which takes the map's place; the runs go on there.

        Args:
            centre: Middle of the piece, (w1, w2).
            width: Its width in parameter units.
            tail: How many of the last steps stay visible there; all by default.
        """
        far, far_minima, far_marks = self.map, self.minima, self.marks
        near = LossMap(crop(far.surface, centre, width, far.box), far.box, levels=14, best=far.best)
        outline = near.frame.copy().set_stroke(current_theme().ink, 2.5)
        outline.scale(width / float(np.ptp(far.surface.domain[0]))).move_to(far.to_frame(centre))
        self.play(Create(outline), run_time=0.6)
        self.map, self.minima = near, near.minimum_marks()
        self.marks = [RunMarks(t, near, k, announce=False, tail=tail) for k, t in enumerate(self.trajectories)]
        shown = [k for k, mark in enumerate(far_marks) if mark in self.mobjects]
        landing = Group(near, self.minima)
        self.play(
            FadeIn(landing, scale=outline.width / near.box.width, target_position=outline),
            *(FadeIn(self.marks[k].follow(self.clock)) for k in shown),
            FadeOut(far.axes, far_minima, outline, *(far_marks[k] for k in shown)),
            run_time=1.0,
        )
        self.remove(far)
