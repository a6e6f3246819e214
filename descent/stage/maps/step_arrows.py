"""What steps are made of, on the map: arrows left behind at the iterates, arrows tip to tail, the ellipse of a step."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import Arrow, VGroup, VMobject

from descent.record.theory.anatomy import Anatomy
from descent.stage.clock import OnClock
from descent.stage.geometry import Floats, clip, joined
from descent.stage.maps.arrows import arrow
from descent.stage.maps.loss_map import LossMap

_TIP = 0.17
_SLIM = 0.36  # half width of a tip per length
_TURN = np.linspace(0, 2 * np.pi, 145)
_RING = np.stack([np.cos(_TURN), np.sin(_TURN), 0 * _TURN], axis=1)


class FieldArrows(OnClock):
    """An arrow at every iterate that the run has reached, such as its gradient there.

    Args:
        starts: Where they begin, as parameters, shape (n, 2); row k is shown from step k.
        moves: How far they lead, in parameter units, shape (n, 2).
        loss_map: Where they are drawn, true to scale.
        colour: Their ink.
    """

    def __init__(self, starts: Floats, moves: Floats, loss_map: LossMap, colour: str) -> None:
        super().__init__()
        self.ends = np.stack([loss_map.to_frame(starts), loss_map.to_frame(starts + moves)], axis=1)
        self.shafts = VMobject(stroke_color=colour, stroke_width=4.2)
        self.tips = VMobject(fill_color=colour, fill_opacity=1, stroke_width=0)
        self.add(self.shafts, self.tips)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Show the arrows of the iterates reached."""
        shown = self.ends[: int(max(step, 0) + 1e-9) + 1]
        tips = [_tip(start, end) for start, end in shown]
        self.shafts.set_points(
            joined([np.stack([start, tip[1:3].mean(axis=0)]) for (start, _), tip in zip(shown, tips, strict=True)])
        )
        self.tips.set_points(joined(tips))
        return self


def chain(loss_map: LossMap, start: Floats, moves: Floats, colours: Sequence[str], width: float = 6.0) -> VGroup:
    """Arrows tip to tail from a point of the map, one per row of ``moves``, shape (n, 2), in parameter units."""
    tails = start + np.vstack([np.zeros((1, 2)), np.cumsum(moves, axis=0)[:-1]])
    arrows: list[Arrow] = [
        arrow(loss_map, tail, move, colour, width) for tail, move, colour in zip(tails, moves, colours, strict=True)
    ]
    return VGroup(*arrows)


class StepEllipse(OnClock):
    """Where the step that the ball is taking ends: on the ellipse of its scales, drawn around the iterate it left.

    Args:
        anatomy: The run, taken apart.
        loss_map: Where it is drawn, true to scale.
        colour: Of the outline.
    """

    def __init__(self, anatomy: Anatomy, loss_map: LossMap, colour: str) -> None:
        super().__init__(stroke_color=colour, stroke_width=3.0)
        self.digest = anatomy.trajectory.digest  # Manim's cache key reads strings, not the arrays of a slotted record
        self._box, self._centres = loss_map.box, loss_map.to_frame(anatomy.trajectory.params[:-1])
        self._reach = anatomy.reach * loss_map.scale_per_unit
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Draw the ellipse of the step under way, on an iterate of the step that led there; cut at the map's edge."""
        row = int(np.clip(np.ceil(step - 1e-9) - 1, 0, len(self._centres) - 1))
        return self.set_points(joined(clip(_RING * (*self._reach[row], 1.0) + self._centres[row], self._box)))


def _tip(start: Floats, end: Floats) -> Floats:
    """The triangle at an arrow's end, closed, shape (4, 3): point, two corners, point."""
    along = end - start
    length = max(float(np.linalg.norm(along)), 1e-9)
    along = along / length * min(_TIP, 0.6 * length)
    aside = _SLIM * np.array((-along[1], along[0], 0.0))
    return np.stack([end, end - along + aside, end - along - aside, end])
