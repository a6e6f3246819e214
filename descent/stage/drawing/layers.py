"""Images as layers: drawn once into the frame's pixels, then laid over a picture wherever it is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
from manim import Camera
from manim.mobject.types.image_mobject import AbstractImageMobject
from PIL import Image

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""RGBA, shape (height, width, 4)."""

Area: TypeAlias = tuple[slice, slice]
"""Rows and columns."""

_FULL = 255  # an opacity


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """An image as it lies in the frame.

    Attributes:
        area: Where, inside the frame.
        pixels: What it shows there at full opacity.
        solid: Whether nothing shines through it then.
        opacity: How much of it is seen, 0 to 255; less where it fades as a whole.
        source: What it was drawn from, but for that: corners, resampling and colours.
    """

    area: Area
    pixels: Pixels
    solid: bool
    opacity: int
    source: tuple[bytes, object, Pixels]

    @property
    def opaque(self) -> bool:
        """Whether nothing shines through."""
        return self.solid and self.opacity == _FULL

    def lay_over(self, picture: Pixels, areas: Sequence[Area]) -> None:
        """Lay the image over some areas of a picture as large as the frame."""
        rows, columns = self.area
        for area in areas:
            down, right = _common(area[0], rows), _common(area[1], columns)
            if down.start >= down.stop or right.start >= right.stop:
                continue
            piece = self.pixels[_within(down, rows), _within(right, columns)]
            if self.opaque:
                picture[down, right] = piece
            else:
                piece = piece.copy()
                if self.opacity != _FULL:
                    piece[..., 3] = piece[..., 3].astype(np.uint16) * self.opacity // _FULL
                below = Image.fromarray(np.ascontiguousarray(picture[down, right]))
                picture[down, right] = np.asarray(Image.alpha_composite(below, Image.fromarray(piece)))

    def differs(self, other: "Layer", shape: tuple[int, ...]) -> npt.NDArray[np.bool_] | None:
        """The pixels of a frame where two opaque layers in one place differ; None where more than pixels differs."""
        if self.area != other.area or not (self.opaque and other.opaque):
            return None
        found = np.zeros(shape[:2], dtype=bool)
        found[self.area] = (self.pixels.view(np.uint32) != other.pixels.view(np.uint32))[..., 0]
        return found


@dataclass(frozen=True, slots=True)
class _Solid:
    """An image without its alpha channel, as Manim's camera asks for one."""

    points: npt.NDArray[np.float64]
    resampling_algorithm: object
    pixels: Pixels

    def get_pixel_array(self) -> Pixels:
        return self.pixels


def layer_of(
    image: AbstractImageMobject, camera: Camera, area: Area, shape: tuple[int, ...], before: Layer | None = None
) -> Layer:
    """Draw an image for a frame.

    Args:
        image: The image.
        camera: What draws it, and says where its corners are.
        area: A part of the frame that holds it all.
        shape: The frame's height, width and channels.
        before: Its layer in the frame before; a fade needs no new one.
    """
    pixels = cast(Pixels, image.get_pixel_array())
    least, opacity = int(pixels[..., 3].min()), int(pixels[..., 3].max())
    resampling = getattr(image, "resampling_algorithm", None)
    if least != opacity:
        opacity = _FULL  # it has a pattern of alphas of its own
    elif before is not None and before.opacity != opacity:
        *placed, colours = before.source
        if placed == [image.points.tobytes(), resampling] and np.array_equal(colours, pixels[..., :3]):
            return replace(before, opacity=opacity)
    shown = pixels.copy()
    if least == opacity:
        shown[..., 3] = _FULL
    source = image.points.tobytes(), resampling, shown[..., :3]
    corners = camera.points_to_subpixel_coords(image, image.points[:4])
    height, width = pixels.shape[:2]
    left, top = np.round(corners[0]).astype(int).tolist()
    upright = np.array([(left, top), (left + width, top), (left, top + height), (left + width, top + height)])
    inside = left >= 0 and top >= 0 and left + width <= shape[1] and top + height <= shape[0]
    if inside and np.abs(corners - upright).max() <= 1e-6 and least == opacity:  # pixel on pixel
        return Layer((slice(top, top + height), slice(left, left + width)), shown, True, opacity, source)
    full: Pixels = np.zeros(shape, dtype=np.uint8)
    camera.display_image_mobject(cast(AbstractImageMobject, _Solid(image.points, resampling, shown)), full)
    part = slice(area[0].start, min(area[0].stop, shape[0])), slice(area[1].start, min(area[1].stop, shape[1]))
    return Layer(part, full[part].copy(), bool((full[part][..., 3] == _FULL).all()), opacity, source)


def _common(one: slice, other: slice) -> slice:
    return slice(max(one.start, other.start), min(one.stop, other.stop))


def _within(part: slice, whole: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)
