"""Encoding frames that are told by what changed: only that is converted to the encoder's colours."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from descent.stage.drawing.layers import Area, Pixels

Patches: TypeAlias = Sequence[tuple[Area, Pixels]]
"""What differs from the frame before: where, and the pixels there. Areas begin and end at even pixels."""

_REACH = 4  # an even number of pixels; the conversion of chroma looks no farther than 2


class FilmEncoder(VideoSegmentEncoder):
    """Manim's encoder, which also takes patches, and converts a frame that is shown for long once.

    The encoded film is the same, byte for byte.
    """

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """Encode a frame some times over.

        Args:
            pixels: A whole picture, which becomes the encoder's own, or :data:`Patches` of the one before.
            repeat: How often.
        """
        if isinstance(pixels, np.ndarray):
            self._validate_frame(pixels, repeat)
            self._picture = pixels
            self._converted = self._convert(pixels)
        elif pixels:
            for area, patch in pixels:
                self._picture[area] = patch
            # Other encoders may still be reading the last frame.
            if (self.spec.codec, self.spec.pixel_format) == ("libx264", "yuv420p"):
                for area, _ in pixels:
                    self._patch(area)
            else:
                self._converted = self._convert(self._picture)
        time_base = Fraction(self.spec.frame_rate.denominator, self.spec.frame_rate.numerator)
        try:
            for _ in range(repeat):
                self._converted.pts, self._converted.time_base = self._next_pts, time_base
                self._next_pts += 1
                for packet in cast(av.VideoStream, self._stream).encode(self._converted):
                    self._container.mux(packet)
        except BaseException as error:
            raise self._operation_error("encode", error) from error

    def _convert(self, pixels: Pixels) -> av.VideoFrame:
        height, width = pixels.shape[:2]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgba")
        return _converter(width, height).reformat(frame, format=self.spec.pixel_format)

    def _patch(self, area: Area) -> None:
        """Bring a part of the converted frame up to date, and the chroma beside it."""
        size = self._picture.shape[:2]
        part = _grown(area, size)
        around = _grown(part, size)
        for old, new in zip(_planes(self._converted), _planes(self._convert(self._picture[around])), strict=True):
            step = size[1] // old.shape[1]
            y, x = (side.start // step for side in around)
            rows, columns = (slice(side.start // step, side.stop // step) for side in part)
            old[rows, columns] = new[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]


def _grown(area: Area, size: tuple[int, ...]) -> Area:
    rows, columns = (
        slice(max(side.start - _REACH, 0), min(side.stop + _REACH, most)) for side, most in zip(area, size, strict=True)
    )
    return rows, columns


@lru_cache(maxsize=24)
def _converter(width: int, height: int) -> VideoReformatter:
    """One converter per size: setting one up costs more than a small conversion, and takes 0.7 MB."""
    return VideoReformatter()


def _planes(frame: av.VideoFrame) -> Iterator[npt.NDArray[Any]]:
    for plane in frame.planes:
        yield np.frombuffer(cast(Any, plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
