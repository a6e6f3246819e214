"""A stretch of a film as a film of its own, its picture, sound and captions copied and not encoded again."""

from collections import deque
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AnyPacket
from PIL import Image

from descent.base.errors import DescentError
from descent.base.files import replacing

Packet: TypeAlias = "AnyPacket[Any]"

_TICK = 1 / 120  # less than a frame lasts: a beat begins with one
_NO_TEXT = 2  # bytes of a caption that clears the last one; the muxer writes those itself
_OPTIONS = {"fflags": "+bitexact", "movflags": "+faststart"}


def cut(film: Path, start: float, end: float, target: Path, title: str = "", sound: bool = True) -> None:
    """Write a stretch of a film.

    The picture is exact to the frame. Sound comes in packets of 21 ms: the packet that is cut by the start and the one
    before it, which its decoding needs, are kept and hidden by an edit list; at the end only whole packets are kept.

    Args:
        film: An MP4 made by descent.
        start: Seconds from the film's start, where a chapter begins: the picture has a key frame there.
        end: Seconds from the film's start, where the next chapter begins or the film ends.
        target: The MP4 to write, whole or not at all.
        title: For the file's metadata.
        sound: Whether its sound track comes along.

    Raises:
        DescentError: If the picture cannot be cut there, or the target cannot be written.
    """
    with replacing(target) as beside, av.open(str(film)) as source, av.open(str(beside), "w", options=_OPTIONS) as clip:
        assert isinstance(source, InputContainer)
        assert isinstance(clip, OutputContainer)
        clip.metadata.update(title=title, comment=source.metadata.get("comment", ""))
        kinds = ("video", "audio", "subtitle") if sound else ("video", "subtitle")
        kept = [stream for stream in source.streams if stream.type in kinds]
        streams = {stream.index: clip.add_stream_from_template(stream) for stream in kept}
        for stream in kept:
            streams[stream.index].metadata["language"] = stream.metadata.get("language", "und")
        frames = 0
        for packet in source.demux(kept):
            if packet.pts is None or not _within(packet, start, end):
                continue
            if packet.stream.type == "video":
                if not frames and not packet.is_keyframe:
                    raise DescentError(
                        f"{film} has no key frame at {start:.2f} s, so no slide can begin there; render it with "
                        "`descent render`, which puts one at the start of every beat."
                    )
                frames += 1
            _move(packet, start, end)
            packet.stream = streams[packet.stream.index]
            clip.mux(packet)
        if not frames:
            raise DescentError(f"{film} shows nothing between {start:.2f} and {end:.2f} s; render it again.")


def picture(clip: Path, last: bool = False) -> Image.Image:
    """The first picture of a film, or its last.

    Args:
        clip: A video file.
        last: Whether the last one is wanted.
    """
    with av.open(str(clip)) as film:
        assert isinstance(film, InputContainer)
        video = film.streams.video[0]
        if last and video.duration is not None:
            film.seek(max(0, video.duration - 1), stream=video)  # to the last key frame
        (shown,) = deque(film.decode(video), maxlen=1) if last else [next(film.decode(video))]
    return Image.fromarray(shown.to_ndarray(format="rgb24"))


def _within(packet: Packet, start: float, end: float) -> bool:
    """Whether a packet belongs to a stretch."""
    assert packet.pts is not None
    first, length = float(packet.pts * packet.time_base), float((packet.duration or 0) * packet.time_base)
    if packet.stream.type == "video":
        return start - _TICK / 2 <= first < end - _TICK / 2
    if packet.stream.type == "audio":
        return start - 2 * length < first and first + length <= end + 1e-6
    return packet.size > _NO_TEXT and start < first + length and first < end - 1e-3


def _move(packet: Packet, start: float, end: float) -> None:
    """Count a packet's time from the start of the stretch; a caption is shortened to what lies within."""
    assert packet.pts is not None
    offset = round(Fraction(start).limit_denominator(1_000_000) / packet.time_base)
    packet.pts -= offset
    packet.dts = None if packet.dts is None else packet.dts - offset
    if packet.stream.type == "subtitle":
        gone = min(packet.pts + (packet.duration or 0), round((end - start) / packet.time_base))
        packet.pts = packet.dts = max(0, packet.pts)
        packet.duration = gone - packet.pts
