"""Out, then in: words that leave a place are gone before others come there."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from manim import DL, UR, FadeIn, FadeOut, Mobject
from manim.animation.animation import Animation

from descent.stage.drawing.fade import CheapFadeIn, CheapFadeOut
from descent.stage.geometry import Box
from descent.stage.text import PX, Formula, Label, Readout

OUT = 0.4
"""The share of the shortest coming-in that goes to what leaves."""

_TOUCH = 2 * PX
_LEAVES, _COMES = (FadeOut, CheapFadeOut), (FadeIn, CheapFadeIn)


def take_turns(animations: Sequence[Animation]) -> None:
    """Where what leaves in a play would show through words that come, or the other way round, have it go first.

    How long the play takes does not change.

    Args:
        animations: Of one play, prepared and not begun; they are changed.
    """
    leaving = [each for each in animations if isinstance(each, _LEAVES)]
    coming = [each for each in animations if isinstance(each, _COMES)]
    if not leaving or not coming:
        return
    if not _meet(_words(leaving), _pictures(coming)) and not _meet(_words(coming), _pictures(leaving)):
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
    family = [part for picture in _shown(animations) for part in picture.get_family()]
    return _boxes(part for part in family if isinstance(part, Label | Readout | Formula))


def _pictures(animations: Iterable[Animation]) -> list[Box]:
    """Where the pictures stand that animations bring or take away, each as a whole."""
    return _boxes(_shown(animations))


def _shown(animations: Iterable[Animation]) -> list[Mobject]:
    return [cast("Mobject", each.mobject) for each in animations]


def _boxes(mobjects: Iterable[Mobject]) -> list[Box]:
    drawn = [each for each in mobjects if each.family_members_with_points()]
    corners = [(each.get_corner(DL).tolist(), each.get_corner(UR).tolist()) for each in drawn]
    return [Box(left, right, bottom, top) for (left, bottom, _), (right, top, _) in corners]


def _meet(some: Iterable[Box], others: Sequence[Box]) -> bool:
    return any(
        min(one.right, other.right) - max(one.left, other.left) > _TOUCH
        and min(one.top, other.top) - max(one.bottom, other.bottom) > _TOUCH
        for one in some
        for other in others
    )
