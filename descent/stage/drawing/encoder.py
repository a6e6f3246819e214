"""Encoding frames that are told by what changed: only that is converted to the encoder's colours."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from descent.film.encoders import KEY_SECONDS
from descent.stage.drawing.layers import Area, Pixels

Patches: TypeAlias = Sequence[tuple[Area, Pixels]]
"""What differs from the frame before: where, and the pixels there. Areas begin and end at even pixels."""

_REACH = 4  # an even number of pixels; the conversion of chroma looks no farther than 2


class FilmEncoder(VideoSegmentEncoder):
    """Manim's encoder, which also takes patches, and converts a frame that is shown for long once.

    Key frames stand at least every :data:`KEY_SECONDS`, whatever the rate.

    Args:
        target: The segment's file.
        spec: Manim's: codec, size, rate and options.
        held: Whether a picture is encoded once and held for as long as it stands, at a variable frame rate. Otherwise
            it is encoded again for every frame, and the encoded film is Manim's, byte for byte.
    """

    def __init__(self, *, target: Path, spec: Any, held: bool = False) -> None:
        every = round(KEY_SECONDS * spec.frame_rate)
        if spec.codec == "libx264":
            spec = replace(spec, options=tuple({**dict(spec.options), "g": str(every)}.items()))
        super().__init__(target=target, spec=spec)
        self._held, self._every = held, every
        self._picture: Pixels = np.empty((0, 0, 4), np.uint8)
        self._stands = 0  # frames for which the last picture has been shown, and is not yet encoded
        self._last_key = 0
        self._durations: dict[int, int] = {}

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """Encode a frame some times over.

        Args:
            pixels: A whole picture, which becomes the encoder's own, or :data:`Patches` of the one before.
            repeat: How often.
        """
        if isinstance(pixels, np.ndarray):
            self._validate_frame(pixels, repeat)
            if self._stands and np.array_equal(pixels, self._picture):
                pixels = ()
        if self._held and len(pixels):
            self._encode_what_stood()
        if isinstance(pixels, np.ndarray):
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
        if self._held:
            self._stands += repeat
            return
        for _ in range(repeat):
            self._encode(1)

    def finish(self) -> None:
        """Encode what stands, flush the encoder and close the segment."""
        if self._closed:
            return
        self._closed = True
        try:
            self._encode_what_stood()
            self._mux(None)
        finally:
            self._container.close()

    def _encode_what_stood(self) -> None:
        if self._stands:
            self._encode(self._stands)
            self._stands = 0

    def _encode(self, frames: int) -> None:
        """Encode the picture once, to be shown for some frames."""
        rate = self.spec.frame_rate
        picture = self._converted
        picture.pts, picture.time_base = self._next_pts, Fraction(rate.denominator, rate.numerator)
        key = self._held and self._next_pts - self._last_key >= self._every
        picture.pict_type = PictureType.I if key else PictureType.NONE
        if key:
            self._last_key = self._next_pts
        self._durations[self._next_pts] = frames
        self._next_pts += frames
        self._mux(picture)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        """Pass a picture through the encoder, or what is left in it; a packet lasts as long as its picture stands."""
        try:
            for packet in cast(av.VideoStream, self._stream).encode(picture):
                if packet.pts is not None:
                    packet.duration = self._durations.pop(packet.pts, packet.duration)
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
