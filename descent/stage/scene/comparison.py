"""Runs side by side on one surface, with their curves and a narration: a new comparison is under 20 lines."""

from collections.abc import Sequence

from manim.animation.animation import Animation

from descent.base.errors import DescentError
from descent.look.fonts import text_width
from descent.look.palette import MAX_RUNS
from descent.record.measures import rates_or_lengths
from descent.stage.geometry import Box
from descent.stage.panels.legend import legend_names
from descent.stage.panels.step_panel import Panel, Series, StepPanel, stacked
from descent.stage.scene.board import Board
from descent.stage.scene.ground import Fit, Ground, Map
from descent.stage.scene.layout import COLUMN, Frame, compose
from descent.stage.scene.runs import RunScene
from descent.stage.text import PX, TITLE, wrap

_LEAST_PANEL = 1.4  # height of an upper panel that can be read
_WORDS = ((TITLE, 0), (46, 0), (46, 1), (40, 1), (40, 2), (40, 3))
"""How words are set, from roomy to tight: size of the title, and how tightly names are set."""
_TITLE_LINES = 3
_BOLD = 1.05  # the ruler measures the regular weight


def title_fits(title: str) -> bool:
    """Whether a title fits beside any map and over the longest legend: on three lines, set small."""
    px, _ = _WORDS[-1]
    lines = wrap(title, px, COLUMN)
    return len(lines) <= _TITLE_LINES and all(text_width(line) * px * PX * _BOLD <= COLUMN for line in lines)


class ComparisonScene(RunScene):
    """Up to eight runs on one surface, shown on a board.

    Attributes:
        ground: What they are shown on: a `Map`, a `Landscape`, or a `Fit` of a line to points.
        rate_height: Height of the lower panel, in frame units; by default it depends on how many runs there are.
        board: The picture; it brings in what a film's :meth:`construct` calls for.
    """

    most = MAX_RUNS
    ground: Ground = Map()
    rate_height: float | None = None

    def check(self) -> None:
        """Refuse a film of several surfaces, of too many runs, or whose claims are not true."""
        if len({run.surface.name for run in self.runs}) > 1:
            raise DescentError("its runs are on different surfaces; one map shows one surface.")
        super().check()

    def lay_out(self) -> None:
        """Put the board up; nothing of it is shown yet."""
        self.board = Board(self, self.ground, self.compose(), self.make_panels)

    def compose(self) -> Frame:
        """Where map, title, panels and legend stand: words are set smaller and shorter until the curves have room."""
        surface, count, width = self.runs[0].surface, len(self.runs), self.ground.width
        column = compose(surface, count, width).legend.width
        for size, tight in _WORDS:
            names = legend_names(self.trajectories, column, tight)
            frame = compose(surface, count, width, names, self.rate_height, size)
            self.set_title(frame.title, size)
            if self.below_note(lines=2) - frame.loss.bottom >= _LEAST_PANEL:
                break
        return frame

    def make_panels(self, upper: Box, lower: Box) -> Sequence[Panel]:
        """What stands beside the map: loss above, below it what :meth:`lower_series` names; or the line of a fit.

        Override it to show something else on the same clock; `stacked` aligns step panels.
        """
        if isinstance(self.ground, Fit):
            return self.ground.panels(self.trajectories, self.steps, upper, lower)
        losses = self.losses()
        if self.ground.inset:
            return [StepPanel("loss", losses, self.steps, upper)]
        name, series = self.lower_series()
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(name, series, self.steps, lower, from_zero=True, gutter=gutter),
        )

    def losses(self) -> Sequence[Series]:
        """The curves of the upper panel."""
        return [Series(t.loss, k, at=t.at) for k, t in enumerate(self.trajectories)]

    def lower_series(self) -> tuple[str, Sequence[Series]]:
        """Name and curves of the lower panel: the learning rate, of which there is one per step, if all have one."""
        name, values = rates_or_lengths(self.trajectories)
        at = [trajectory.at for trajectory in self.trajectories]
        return name, [Series(each, k, stairs=True, at=at[k]) for k, each in enumerate(values)]

    def reveal(self) -> list[Animation]:
        """Show the map at once, and give animations that bring in the panels and all runs."""
        return self.board.reveal()
