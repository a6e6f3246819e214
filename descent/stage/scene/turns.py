"""Out, then in: words that leave a place are gone before others come there."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from manim import FadeIn, FadeOut, Mobject
from manim.animation.animation import Animation

from descent.stage.drawing.fade import CheapFadeIn, CheapFadeOut
from descent.stage.geometry import Box
from descent.stage.text import PX, Formula, Label, Readout

OUT = 0.4
"""The share of the shortest coming-in that goes to what leaves."""

_TOUCH = 2 * PX
_LEAVES, _COMES = (FadeOut, CheapFadeOut), (FadeIn, CheapFadeIn)


def take_turns(animations: Sequence[Animation]) -> None:
    """Where words that leave in a play would show through words that come, have all that leaves go first.

    How long the play takes does not change.

    Args:
        animations: Of one play, prepared and not begun; they are changed.
    """
    leaving = [each for each in animations if isinstance(each, _LEAVES)]
    coming = [each for each in animations if isinstance(each, _COMES)]
    if not leaving or not coming or not _meet(_words(leaving), _words(coming)):
        return
    out = OUT * min(each.run_time for each in coming)
    for gone in leaving:
        gone.run_time = min(gone.run_time, out)
    for new in coming:
        new.rate_func = _after(out / new.run_time, new.rate_func)


def _after(share: float, rate: Callable[[float], float]) -> Callable[[float], float]:
    """A rate function that begins after a share of the time."""
    return lambda time: rate(max(0.0, time - share) / (1 - share))


def _words(animations: Iterable[Animation]) -> list[Box]:
    """Where the words stand that animations bring or take away."""
    found: list[Box] = []
    for part in (part for each in animations for part in each.mobject.get_family()):
        if isinstance(part, Label | Readout | Formula) and (points := _points(part)):
            corners = np.concatenate(points)
            (left, bottom, _), (right, top, _) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            found.append(Box(left, right, bottom, top))
    return found


def _points(text: Mobject) -> list[np.ndarray]:
    return [part.points for part in text.family_members_with_points()]


def _meet(some: Iterable[Box], others: Sequence[Box]) -> bool:
    return any(
        min(one.right, other.right) - max(one.left, other.left) > _TOUCH
        and min(one.top, other.top) - max(one.bottom, other.bottom) > _TOUCH
        for one in some
        for other in others
    )
