"""Encoding a film anew from segments without loss: AV1 for the web, VP9 and ProRes with a transparent background.

For the web, `MomentumEscapes` at 720p30 was encoded from one lossless film and compared with it (mean SSIM of every
12th frame, two shared cores):

========================  =========  =======  =====
encoder                   bytes      SSIM     CPU
========================  =========  =======  =====
H.264 veryfast crf 18     3,516,678  0.99766   17 s
AV1 (SVT 8) crf 34        1,486,599  0.99783   45 s
AV1 (SVT 8) crf 28        1,861,849  0.99817   48 s
VP9 crf 24                2,368,381  0.99773  109 s
VP9 crf 32                1,767,296  0.99681  109 s
========================  =========  =======  =====

So AV1 it is, at 42 % of the MP4's bytes for the same quality.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

KEY_SECONDS = 2
"""The longest stretch between key frames, in seconds: what a player decodes at most to show a moment."""

# The AV1 encoder prints its settings otherwise.
os.environ.setdefault("SVT_LOG", "1")


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A picture of a film, and the frames for which it stands: the first, and the one after the last."""

    picture: av.VideoFrame
    start: int
    end: int


def spans(segments: Sequence[Path], rate: int) -> Iterator[tuple[int, int]]:
    """For which frames each picture of a film stands: the first, and the one after the last. Nothing is decoded.

    Args:
        segments: Video files whose packets stand in the order in which they are shown, at constant or variable rate.
        rate: Frames a second in which time is counted.
    """
    begins = 0
    for segment in segments:
        with av.open(str(segment)) as source:
            assert isinstance(source, InputContainer)
            end = begins
            for packet in source.demux(source.streams.video[0]):
                if packet.pts is not None and packet.duration:
                    frame = packet.time_base * rate
                    start = begins + round(packet.pts * frame)
                    end = begins + round((packet.pts + packet.duration) * frame)
                    yield start, end
            begins = end


def pictures(segments: Sequence[Path], rate: int) -> Iterator[Held]:
    """The pictures of a film, one after the other; arguments as for `spans`."""
    stand = spans(segments, rate)
    for segment in segments:
        with av.open(str(segment)) as source:
            for picture in source.decode(video=0):
                yield Held(picture, *next(stand))


def thinned(segments: Sequence[Path], rate: int, every: int) -> Iterator[Held]:
    """The pictures of a film of which every so many frames are taken, with time counted in these; some are left out."""
    for held in pictures(segments, rate):
        start, end = _thinned(held.start, held.end, every)
        if start < end:
            yield Held(held.picture, start, end)


def thinned_spans(segments: Sequence[Path], rate: int, every: int) -> list[tuple[int, int]]:
    """For which of every so many frames each picture of `thinned` stands. Nothing is decoded."""
    counted = (_thinned(start, end, every) for start, end in spans(segments, rate))
    return [(start, end) for start, end in counted if start < end]


def _thinned(start: int, end: int, every: int) -> tuple[int, int]:
    return -(-start // every), -(-end // every)


def scaled(segments: Sequence[Path], share: float) -> tuple[int, int]:
    """A film's width and height in pixels, times a share and made even."""
    with av.open(str(segments[0])) as source:
        first = source.streams.video[0]
        width, height = (2 * round(side * share / 2) for side in (first.width, first.height))
    return width, height


@dataclass(frozen=True, slots=True)
class Encoder:
    """How pictures are encoded.

    Attributes:
        codec: The encoder's name.
        pixel_format: What it is fed.
        options: Its options.
        see_through: Whether the pictures have an alpha channel.
    """

    codec: str
    pixel_format: str
    options: Mapping[str, str]
    see_through: bool = False

    def packets(self, segments: Sequence[Path], film: OutputContainer, rate: int) -> Iterator[tuple[float, Any]]:
        """Encode segments into a new stream of a film, in BT.709 and tagged so.

        Args:
            segments: Video files without loss, of one size.
            film: Where the stream goes; its packets are for the caller to write.
            rate: Frames a second.

        Returns:
            (seconds, packet) in the order they are to be written.
        """
        with av.open(str(segments[0])) as first:
            video = first.streams.video[0]
            stream = film.add_stream(self.codec, rate=rate, options=dict(self.options))
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = video.width, video.height, self.pixel_format
        codec = stream.codec_context
        codec.color_primaries, codec.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        codec.colorspace, codec.color_range = Colorspace.ITU709, ColorRange.MPEG

        def encoded() -> Iterator[tuple[float, Any]]:
            stands: dict[int, int] = {}
            key = 0
            for shown in pictures(segments, rate):
                fed = self._fed(shown.picture)
                fed.pts, fed.time_base = shown.start, Fraction(1, rate)
                due = shown.start - key >= KEY_SECONDS * rate
                key = shown.start if due else key
                fed.pict_type = PictureType.I if due else PictureType.NONE  # not what it was in its segment
                stands[shown.start] = shown.end - shown.start
                yield from timed(stream.encode(fed), stands)
            yield from timed(stream.encode(None), stands)

        def timed(packets: Iterable[Any], stands: dict[int, int]) -> Iterator[tuple[float, Any]]:
            for packet in packets:
                packet.duration = stands.pop(packet.pts, packet.duration)
                yield float((packet.dts or 0) * packet.time_base), packet

        return encoded()

    def _fed(self, shown: av.VideoFrame) -> av.VideoFrame:
        return (straight(shown) if self.see_through else shown).reformat(
            format=self.pixel_format, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )


def straight(shown: av.VideoFrame) -> av.VideoFrame:
    """Cairo's colours are multiplied by their alpha; players want them as they are, or edges turn dark."""
    pixels = shown.to_ndarray(format="rgba")
    alpha = pixels[..., 3]
    edges = (alpha > 0) & (alpha < 255)
    share = alpha[edges, None].astype(np.uint16)
    pixels[edges, :3] = np.minimum((pixels[edges, :3].astype(np.uint16) * 255 + share // 2) // share, 255)
    return av.VideoFrame.from_ndarray(pixels, format="rgba")


_LAMBDA = 118  # FFmpeg's unit of a quantiser scale

ENCODERS: Mapping[tuple[str, str], Encoder] = MappingProxyType(
    {
        ("lossless", ".webm"): Encoder(
            "libsvtav1", "yuv420p", {"preset": "8", "crf": "34", "g": "150", "svtav1-params": "scm=1"}
        ),
        # By deadline "good" a frame takes 3.7 times as long, for a quarter less bytes.
        ("alpha", ".webm"): Encoder(
            "libvpx-vp9",
            "yuva420p",
            {
                "crf": "24",
                "b": "0",
                "deadline": "realtime",
                "cpu-used": "8",
                "row-mt": "1",
                "auto-alt-ref": "0",
                "g": "150",
            },
            see_through=True,
        ),
        # At a fixed quality, since the search for one that fills a bit rate takes five times as long.
        ("alpha", ".mov"): Encoder(
            "prores_ks",
            "yuva444p10le",
            {"profile": "4444", "alpha_bits": "8", "vendor": "apl0", "threads": "2"}
            | {"flags": "+qscale", "global_quality": str(4 * _LAMBDA)},
            see_through=True,
        ),
    }
)
"""Encoder by kind of segment and of file."""
