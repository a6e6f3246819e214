"""Encoding a film anew from segments without loss: AV1 for the web, VP9 and ProRes with a transparent background."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc


def pictures(segments: Sequence[Path]) -> Iterator[av.VideoFrame]:
    """The frames of a film's segments, one after the other."""
    for segment in segments:
        with av.open(str(segment)) as source:
            yield from source.decode(video=0)


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

    def packets(self, segments: Sequence[Path], film: OutputContainer) -> Iterator[tuple[float, Any]]:
        """Encode segments into a new stream of a film, in BT.709 and tagged so.

        Args:
            segments: Video files without loss, of one size and rate.
            film: Where the stream goes; its packets are for the caller to write.

        Returns:
            (seconds, packet) in the order they are to be written.
        """
        with av.open(str(segments[0])) as first:
            video = first.streams.video[0]
            rate = Fraction(video.average_rate or 30)
            stream = film.add_stream(self.codec, rate=rate, options=dict(self.options))
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = video.width, video.height, self.pixel_format
        codec = stream.codec_context
        codec.color_primaries, codec.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        codec.colorspace, codec.color_range = Colorspace.ITU709, ColorRange.MPEG

        def encoded() -> Iterator[tuple[float, Any]]:
            for number, shown in enumerate(self._fed(pictures(segments))):
                shown.pts, shown.time_base = number, 1 / rate
                for packet in stream.encode(shown):
                    yield float((packet.dts or 0) * packet.time_base), packet
            for packet in stream.encode(None):
                yield float((packet.dts or 0) * packet.time_base), packet

        return encoded()

    def _fed(self, frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        for frame in straight(frames) if self.see_through else frames:
            yield frame.reformat(
                format=self.pixel_format, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )


def straight(frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Cairo's colours are multiplied by their alpha; players want them as they are, or edges turn dark."""
    graph: av.filter.Graph | None = None
    for frame in frames:
        if graph is None:
            graph = av.filter.Graph()
            nodes = [
                graph.add_buffer(
                    width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 90)
                ),
                graph.add("format", "gbrap"),
                graph.add("unpremultiply", "inplace=1"),
                graph.add("buffersink"),
            ]
            graph.link_nodes(*nodes).configure()
        graph.push(frame)
        pulled = graph.pull()
        assert isinstance(pulled, av.VideoFrame)
        yield pulled


ENCODERS: Mapping[tuple[str, str], Encoder] = MappingProxyType(
    {
        ("lossless", ".webm"): Encoder(
            "libsvtav1", "yuv420p", {"preset": "8", "crf": "30", "g": "150", "svtav1-params": "scm=1"}
        ),
        ("alpha", ".webm"): Encoder(
            "libvpx-vp9",
            "yuva420p",
            {
                "crf": "24",
                "b": "0",
                "deadline": "good",
                "cpu-used": "5",
                "row-mt": "1",
                "auto-alt-ref": "0",
                "g": "150",
            },
            see_through=True,
        ),
        ("alpha", ".mov"): Encoder(
            "prores_ks", "yuva444p10le", {"profile": "4444", "alpha_bits": "16", "vendor": "apl0"}, see_through=True
        ),
    }
)
"""Encoder by kind of segment and of file."""
