"""Manim's camera, drawing only what changed since the last frame."""

from collections.abc import Iterable
from typing import Any, cast

from manim import Camera, Mobject, PMobject, VMobject
from manim.mobject.types.image_mobject import AbstractImageMobject

from descent.stage.drawing.canvas import Canvas, drawable
from descent.stage.drawing.encoder import Patches
from descent.stage.drawing.layers import Pixels
from descent.stage.drawing.soft_disc import SoftDisc


class FilmCamera(Camera):
    """A camera with two pictures: what stands still during a play, and the frame; see :class:`~.canvas.Canvas`.

    What it cannot draw so, such as point clouds, makes it draw the frame anew as Manim does. Its own state is in slots:
    Manim's cache reads a camera's ``__dict__`` as part of what a play shows.
    """

    __slots__ = ("_frame", "_ground", "_grounded", "_still", "_still_drawable", "_under", "_view")
    pixel_array: Any  # bytes, whatever Manim's annotation says

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._still: list[Mobject] = []
        self._grounded = False
        self._still_drawable = True
        self._view: tuple[object, ...] = ()
        self._under = self.background

    def hold(self, mobjects: Iterable[Mobject]) -> None:
        """Say what stands still until this is called again."""
        self._still, self._grounded = self._visible(mobjects), False
        self._still_drawable = all(map(drawable, self._still))

    def show(self, mobjects: Iterable[Mobject]) -> None:
        """Make the frame that of what stands still, with other mobjects over it."""
        moving = self._visible(mobjects)
        under = cast(Pixels, self.background)
        if not (self._still_drawable and all(map(drawable, moving))):
            self._view = ()
            self.pixel_array = under.copy()
            self.pixel_array_to_cairo_context.clear()
            self.capture_mobjects([*self._still, *moving], include_submobjects=False)
            return
        view = (tuple(self.frame_center), self.frame_width, self.frame_height)
        if view != self._view or self._under is not self.background:
            self._view, self._under, self._grounded = view, self.background, False
            self._ground, self._frame = Canvas(self, under), Canvas(self, under)
            self.pixel_array = self._frame.pixels
        if not self._grounded:
            self._ground.show(self._still, under)
            self._grounded = True
        self._frame.show([*self._ground.parts, *moving], self._ground.pixels, above=len(self._still))

    def set_cairo_context_color(self, ctx: Any, rgbas: Any, vmobject: VMobject) -> Any:
        """Choose the colour to draw a path with, or the gradient."""
        if isinstance(vmobject, SoftDisc):
            ctx.set_source(vmobject.gradient())
            return self
        return super().set_cairo_context_color(ctx, rgbas, vmobject)

    def patches(self) -> Patches:
        """What changed since this was asked last."""
        if not self._view:
            return [((slice(0, self.pixel_height), slice(0, self.pixel_width)), self.pixel_array.copy())]
        return [(area, self._frame.pixels[area].copy()) for area in self._frame.changes()]

    def _visible(self, mobjects: Iterable[Mobject]) -> list[Mobject]:
        """What has a picture, in drawing order; trackers and the like have points but none."""
        found: dict[int, Mobject] = {}
        for each in mobjects:
            _gather(each, found)
        # Manim keeps the last mention of what is on stage twice.
        seen: list[Mobject] = [
            each for each in found.values() if isinstance(each, VMobject | AbstractImageMobject | PMobject)
        ]
        return sorted(seen, key=lambda each: each.z_index) if self.use_z_index else seen


def _gather(mobject: Mobject, found: dict[int, Mobject]) -> None:
    """Add a family's members with points, in Manim's order, in a fraction of its time."""
    if len(mobject.points):
        found.pop(id(mobject), None)
        found[id(mobject)] = mobject
    for part in mobject.submobjects:
        _gather(part, found)
