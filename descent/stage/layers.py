"""Images as layers: drawn once into the frame's pixels, then laid over a picture wherever it is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """An image as it lies in the frame.

    Attributes:
        area: Where, inside the frame.
        pixels: What it shows there.
        opaque: Whether nothing shines through.
    """

    area: Area
    pixels: Pixels
    opaque: bool

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
                below = Image.fromarray(np.ascontiguousarray(picture[down, right]))
                laid = Image.alpha_composite(below, Image.fromarray(np.ascontiguousarray(piece)))
                picture[down, right] = np.asarray(laid)

    def differs(self, other: "Layer", shape: tuple[int, ...]) -> npt.NDArray[np.bool_] | None:
        """The pixels of a frame where two opaque layers in one place differ; None where more than pixels differs."""
        if self.area != other.area or not (self.opaque and other.opaque):
            return None
        found = np.zeros(shape[:2], dtype=bool)
        found[self.area] = (self.pixels.view(np.uint32) != other.pixels.view(np.uint32))[..., 0]
        return found


def layer_of(image: AbstractImageMobject, camera: Camera, area: Area, shape: tuple[int, ...]) -> Layer:
    """Draw an image for a frame.

    Args:
        image: The image.
        camera: What draws it, and says where its corners are.
        area: A part of the frame that holds it all.
        shape: The frame's height, width and channels.
    """
    pixels = cast(Pixels, image.get_pixel_array())
    corners = camera.points_to_subpixel_coords(image, image.points[:4])
    height, width = pixels.shape[:2]
    left, top = np.round(corners[0]).astype(int).tolist()
    upright = np.array([(left, top), (left + width, top), (left, top + height), (left + width, top + height)])
    inside = left >= 0 and top >= 0 and left + width <= shape[1] and top + height <= shape[0]
    if inside and np.abs(corners - upright).max() <= 1e-6 and pixels[..., 3].min() == 255:
        return Layer((slice(top, top + height), slice(left, left + width)), pixels.copy(), True)  # pixel on pixel
    full: Pixels = np.zeros(shape, dtype=np.uint8)
    camera.display_image_mobject(image, full)
    part = slice(area[0].start, min(area[0].stop, shape[0])), slice(area[1].start, min(area[1].stop, shape[1]))
    return Layer(part, full[part].copy(), bool((full[part][..., 3] == 255).all()))


def _common(one: slice, other: slice) -> slice:
    return slice(max(one.start, other.start), min(one.stop, other.stop))


def _within(part: slice, whole: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)
