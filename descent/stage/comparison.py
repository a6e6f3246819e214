"""Runs side by side on one map, with their curves and a narration: a new comparison is under 20 lines."""

from collections.abc import Sequence

from manim import FadeIn, FadeOut
from manim.animation.animation import Animation

from descent.errors import DescentError
from descent.look.palette import MAX_RUNS
from descent.stage.clock import OnClock
from descent.stage.geometry import Box
from descent.stage.layout import Frame, compose
from descent.stage.legend import Legend
from descent.stage.loss_map import LossMap
from descent.stage.map_key import map_key
from descent.stage.panels import Panel, Series, StepPanel, stacked
from descent.stage.run_marks import RunMarks
from descent.stage.run_scene import RunScene


class ComparisonScene(RunScene):
    """Up to eight runs on one surface."""

    most = MAX_RUNS

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
        self.marks = [RunMarks(t, self.map, k) for k, t in enumerate(self.trajectories)]
        self.set_title(frame.title)
        self.legend = Legend(self.trajectories, frame.legend, self.steps)
        self.loss_top = self.below_note(lines=2)
        upper = Box(frame.loss.left, frame.loss.right, frame.loss.bottom, self.loss_top)
        self.panels = list(self.make_panels(upper, frame.rate))
        self.curves = [panel.curves() for panel in self.panels]

    def compose(self) -> Frame:
        """Where map, title, panels and legend stand."""
        return compose(self.runs[0].surface, len(self.runs))

    def make_map(self, box: Box) -> LossMap:
        """The map of the runs' surface."""
        return LossMap(self.runs[0].surface, box)

    def make_panels(self, upper: Box, lower: Box) -> Sequence[Panel]:
        """What stands beside the map: loss above, learning rate below.

        Override it to show something else on the same clock; :func:`descent.stage.panels.stacked` aligns step panels.
        """
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        rates = [Series(t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel("learning rate", rates, self.steps, lower, from_zero=True, gutter=gutter),
        )

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
        """Animations that bring in runs: ball, curves, legend row and readouts."""
        moving: list[OnClock] = [self.legend.step]
        for k in indices:
            moving += [self.marks[k], *(curves[k] for curves in self.curves), self.legend.losses[k]]
        for picture in moving:
            if not picture.updaters:
                picture.follow(self.clock)
        return [FadeIn(picture) for picture in [*(self.legend.rows[k] for k in indices), *moving]]

    def clear_column(self) -> list[Animation]:
        """Animations that take the curves and the legend away, to make room beside the map."""
        curves = [curve for panel in self.curves for curve in panel]
        shown = [*self.panels, self.legend, *self.legend.rows, self.legend.step, *self.legend.losses, *curves]
        self._cleared = [picture for picture in shown if picture in self.mobjects]
        return [FadeOut(picture) for picture in self._cleared]

    def restore_column(self) -> list[Animation]:
        """Animations that bring back what :meth:`clear_column` took away."""
        return [FadeIn(picture) for picture in self._cleared]
