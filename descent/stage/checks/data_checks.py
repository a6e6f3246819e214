"""Whether the picture is the data: balls and markers in their places, numbers and axes that tell the truth.

A check takes a :class:`~descent.stage.checks.legibility.Shown` and yields one clause per fault.
"""

from collections.abc import Iterator

import numpy as np

from descent.base.numbers import read_number
from descent.stage.checks.legibility import Shown
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.graph import GraphPanel
from descent.stage.panels.legend import LossReadout, StepReadout
from descent.stage.panels.step_panel import PanelCurve, StepPanel
from descent.stage.text import PX, SMALL, Label

_OFF = 2 * PX  # a mark farther from its place than this is misplaced


def strayed(picture: Shown) -> Iterator[str]:
    """Balls and markers outside their panels, and balls away from where the step puts them."""
    for part in picture.parts:
        if isinstance(part, RunMarks) and part.ball in part.submobjects:
            yield from _stray_ball(part, picture.step)
        if isinstance(part, PanelCurve) and _outside_panel(part):
            yield f"the marker of curve {part.series.index + 1} is outside its panel"


def lagging(picture: Shown) -> Iterator[str]:
    """Moving pictures that their own updaters would draw differently now."""
    for part in picture.parts:
        if part.updaters:
            before = [member.points.copy() for member in part.family_members_with_points()]
            after = [member.points for member in part.update().family_members_with_points()]
            if list(map(len, before)) != list(map(len, after)) or not all(map(np.allclose, before, after)):
                yield f"a {type(part).__name__} lags behind its clock"


def wrong_numbers(picture: Shown) -> Iterator[str]:
    """Readouts that are not the recorded loss or the step."""
    if picture.step is None:
        return
    now = int(picture.step + 1e-9)
    for part in picture.parts:
        if isinstance(part, LossReadout):
            row = max(int((part.steps <= picture.step + 1e-9).sum()) - 1, 0)
            loss = float(part.losses[row])
            if not _rounds_to(part.text, loss, part.decimals):
                yield f"a loss reads {part.text}, but at step {row} it is {loss:.6g}"
        elif isinstance(part, StepReadout) and part.text != f"{now} of {part.steps}":
            yield f"the step reads “{part.text}”, but it is {now} of {part.steps}"


def misplaced_ticks(picture: Shown) -> Iterator[str]:
    """Numbers on the axes of maps and panels that stand beside another value."""
    for part in picture.parts:
        if not isinstance(part, LossMap | StepPanel | GraphPanel):
            continue
        for label in part.get_family():
            if not isinstance(label, Label) or (value := read_number(label.text)) is None:
                continue
            if label.get_right()[0] < part.box.left:
                off = label.baseline + 0.36 * SMALL * PX - _ordinate(part, value)
            else:
                off = label.get_center()[0] - _abscissa(part, value)
            if abs(off) > _OFF:
                yield f"the number {label.text} on an axis stands {abs(off) / PX:.0f} px from its value"


def _stray_ball(marks: RunMarks, step: float | None) -> Iterator[str]:
    rim = max(marks.ball, key=lambda disc: float(disc.get_stroke_width()))  # the ball's shadow is off centre
    at, name = rim.get_center(), marks.trajectory.run.label
    if not marks.map_box.contains(at):
        yield f"the ball of {name} is outside its map"
    elif marks.updaters and step is not None and np.linalg.norm(at - marks.position(step)) > _OFF:
        yield f"the ball of {name} is not where step {step:g} puts it"


def _outside_panel(curve: PanelCurve) -> bool:
    return curve.marker in curve.submobjects and not curve.panel_box.contains(curve.marker.get_center())


def _rounds_to(text: str, value: float, decimals: int) -> bool:
    """Whether a number on screen is a value, rounded to so many decimals."""
    if not np.isfinite(value):
        return text == "∞"
    shown = read_number(text)
    if "e" in text:
        return shown is not None and abs(shown - value) <= 0.05 * abs(value)
    return shown is not None and abs(shown - value) <= 0.5 * 10.0**-decimals * (1 + 1e-6)


def _abscissa(axes: LossMap | StepPanel | GraphPanel, value: float) -> float:
    if isinstance(axes, StepPanel | GraphPanel):
        return axes.abscissa(value)
    return float(axes.to_frame((value, axes.surface.domain[1][0]))[0])


def _ordinate(axes: LossMap | StepPanel | GraphPanel, value: float) -> float:
    if isinstance(axes, StepPanel):
        return float(axes.point(0, value)[1])
    if isinstance(axes, GraphPanel):
        return axes.ordinate(value)
    return float(axes.to_frame((axes.surface.domain[0][0], value))[1])
