"""Many schedulers at a glance: a small panel of the learning rate for each, all on one step clock."""

from collections.abc import Sequence

from manim import VGroup

from descent.base.numbers import number
from descent.record.trajectories import Trajectory
from descent.stage.geometry import Box
from descent.stage.panels.step_panel import PanelCurve, Series, StepPanel
from descent.stage.text import PX, SMALL, Label
from descent.stage.theme import current_theme

_GAP = 0.34  # between columns
_END = 0.55  # room at the right for the last loss
_UNDER = 0.2  # between rows
_NAME = 1.5 * SMALL * PX


class RateCell(VGroup):
    """A scheduler's name over its learning rate; a name that is too long begins further left.

    Args:
        name: The scheduler's class.
        trajectory: The run under it.
        index: Chooses colour and dash, as in :class:`descent.stage.maps.run_marks.RunMarks`.
        box: Everything stays inside.
    """

    def __init__(self, name: str, trajectory: Trajectory, index: int, box: Box) -> None:
        theme = current_theme()
        series = Series(trajectory.lr, index, stairs=True)
        body = Box(box.left, box.right - _END, box.bottom, box.top - _NAME)
        self.panel = StepPanel("", [series], trajectory.steps, body, from_zero=True, step_axis=False)
        words = Label(name, SMALL, theme.runs[index], "SEMIBOLD")
        line = box.top - 0.85 * SMALL * PX
        words.sit((box.left, line, 0)) if words.width <= box.width else words.sit((box.right, line, 0), 1)
        super().__init__(self.panel, words)
        self.curve = PanelCurve(series, self.panel)
        low = self.panel.box.bottom
        self.end = Label(number(float(trajectory.loss[-1]), 0), SMALL, theme.ink).sit((box.right, low, 0), 1)


def schedule_grid(
    names: Sequence[str], trajectories: Sequence[Trajectory], groups: Sequence[int], box: Box
) -> list[RateCell]:
    """Cells in rows of three, from the top.

    Args:
        names: What stands over each.
        trajectories: The runs, in the same order.
        groups: The position of each one's colour.
        box: Where they stand.

    Returns:
        One cell per run.
    """
    width, height = (box.width - 2 * _GAP) / 3, box.height / -(-len(names) // 3)
    cells = []
    for k, (name, trajectory, group) in enumerate(zip(names, trajectories, groups, strict=True)):
        row, column = divmod(k, 3)
        left, top = box.left + column * (width + _GAP), box.top - row * height
        cells.append(RateCell(name, trajectory, group, Box(left, left + width, top - height + _UNDER, top)))
    return cells
