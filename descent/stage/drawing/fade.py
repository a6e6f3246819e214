"""Bringing pictures in and out by their opacity alone.

Manim's own fades copy whole families twice and interpolate every point in every frame; these touch only alpha channels,
which makes the heaviest frames of a film cheap.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
from manim import AnimationGroup, FadeIn, FadeOut, ImageMobject, Mobject, Scene, Succession, VMobject
from manim.animation.animation import Animation

_COLOURS = ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")


@runtime_checkable
class Tinted(Protocol):
    """A picture drawn when it is asked for; the last number of its tint, ``[1, 4]``, is its opacity."""

    tint: np.ndarray[Any, Any]


@runtime_checkable
class Placed(Protocol):
    """What only moves by itself, so that it may while it comes or goes; its updaters leave its colours alone."""

    only_moves: bool


class _Fade(Animation):
    """Scales every opacity in a family between nothing and what it was."""

    def __init__(self, mobject: Mobject, **kwargs: Any) -> None:
        alive = [part for part in mobject.get_family() if part.updaters]
        free = bool(alive) and all(isinstance(part, Placed) for part in alive)
        super().__init__(mobject, suspend_mobject_updating=not free, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Nothing to copy."""
        return Mobject()

    def begin(self) -> None:
        """Remember every opacity."""
        self._alphas = [
            (values, values[..., 3].copy()) for part in self.mobject.get_family() for values in _channels(part)
        ]
        super().begin()

    def get_all_families_zipped(self) -> Any:
        """Nothing is interpolated point by point."""
        return ()

    def _show(self, share: float) -> None:
        for values, full in self._alphas:
            values[..., 3] = full * share


class CheapFadeIn(_Fade):
    """A picture comes in where it stands.

    Args:
        mobject: The picture; it joins the scene.
        kwargs: ``run_time`` and the like.
    """

    def __init__(self, mobject: Mobject, **kwargs: Any) -> None:
        super().__init__(mobject, introducer=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show it by the eased share of the time."""
        self._show(self.rate_func(alpha))


class CheapFadeOut(_Fade):
    """A picture goes; its opacities are as before when it is brought back.

    Args:
        mobject: The picture; it leaves the scene.
        kwargs: ``run_time`` and the like.
    """

    def __init__(self, mobject: Mobject, **kwargs: Any) -> None:
        super().__init__(mobject, remover=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show it by the eased share of the time left."""
        self._show(1 - self.rate_func(alpha))

    def clean_up_from_scene(self, scene: Scene) -> None:
        """Take it off the stage, whole."""
        super().clean_up_from_scene(scene)
        self._show(1.0)


def introduced(animations: Iterable[Animation]) -> Iterator[Mobject]:
    """What animations bring on stage, in groups too."""
    for animation in animations:
        if isinstance(animation, AnimationGroup):
            yield from introduced(animation.animations)
        elif animation.is_introducer() and isinstance(animation.mobject, Mobject):
            yield animation.mobject


def use_cheap_fade(animation: Animation) -> Animation:
    """Manim's ``FadeIn`` or ``FadeOut`` as ours, where opacity is all it changes; any other animation as it is.

    In a group too: Manim's begin at the first frame after their time has come, with the picture as it is then, which
    would be another picture at another frame rate.
    """
    if isinstance(animation, AnimationGroup) and (group := type(animation)) in (AnimationGroup, Succession):
        inner = [use_cheap_fade(each) for each in animation.animations]
        if all(new is old for new, old in zip(inner, animation.animations, strict=True)):
            return animation
        rate, lag = animation.rate_func, animation.lag_ratio
        return group(*inner, run_time=animation.run_time, rate_func=rate, lag_ratio=lag)
    if not isinstance(animation, FadeIn | FadeOut) or animation.scale_factor != 1:
        return animation
    if np.any(animation.shift_vector) or animation.lag_ratio or not isinstance(animation.mobject, Mobject):
        return animation
    kind = CheapFadeIn if isinstance(animation, FadeIn) else CheapFadeOut
    return kind(animation.mobject, run_time=animation.run_time, rate_func=animation.rate_func)


def _channels(part: object) -> list[np.ndarray[Any, Any]]:
    if isinstance(part, Tinted):
        return [part.tint]
    if isinstance(part, ImageMobject):
        return [part.pixel_array]
    if isinstance(part, VMobject):
        return [getattr(part, name) for name in _COLOURS if len(getattr(part, name))]
    return []
