"""Put a film together: video segments, narration, captions, chapters. Final segments are copied as they are."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AnyPacket

from descent.base.files import replacing
from descent.film.encoders import Encoder
from descent.film.narration import Cue

SOUND_RATE = 48_000
_AAC_BITS = 128_000  # with 96,000, the coder's own peaks pass full scale
_MILLISECOND = Fraction(1, 1000)
# mov_text wants a style to open; players draw captions in white at the bottom whatever it says.
_CAPTION_STYLE = (
    b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\n"
    b"Format: Name, Fontname, Fontsize, PrimaryColour\r\nStyle: Default,Arial,16,&Hffffff\r\n\r\n"
    b"[Events]\r\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)


Packet: TypeAlias = "AnyPacket[Any]"


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What accompanies the picture.

    Attributes:
        sound: Mono samples at :data:`SOUND_RATE` in −1..1, or None for a silent film.
        cues: Captions.
        chapters: (start in seconds, title), in order.
        length: Length of the film in seconds.
        title: Title for the file's metadata.
        language: ISO 639-2 code of voice and captions.
    """

    sound: npt.NDArray[np.float32] | None
    cues: Sequence[Cue]
    chapters: Sequence[tuple[float, str]]
    length: float
    title: str = ""
    language: str = "eng"
    comment: str = field(default="Made with descent")


def assemble(
    segments: Sequence[Path],
    target: Path,
    score: Score,
    encoder: Encoder | None = None,
    look: Callable[[Path], object] = lambda _: None,
    rate: int = 30,
) -> None:
    """Join video segments and mux them with sound, captions and chapters into one file, fast start.

    Args:
        segments: Video files of equal encoding, in order.
        target: ``.mp4``, ``.mov`` or ``.webm``; replaced only when the new film is whole.
        score: Sound, captions, chapters and metadata.
        encoder: What encodes the picture anew; without one, packets are copied as they are.
        look: Told the whole film before it takes the target's place.
        rate: Frames a second of a picture that is encoded anew.

    Raises:
        OSError: If a segment cannot be read or the target cannot be written.
    """
    options = {"fflags": "+bitexact"}
    captioned = target.suffix in (".mp4", ".mov")
    if captioned:
        options["movflags"] = "+faststart"
    with replacing(target, look) as beside, av.open(str(beside), "w", options=options) as film:
        film.metadata.update(title=score.title, comment=score.comment, language=score.language)
        pictures = _copied(segments, film, score) if encoder is None else encoder.packets(segments, film, rate)
        sources: list[Iterator[tuple[float, Packet]]] = [pictures]
        if score.sound is not None:
            sources.append(_sound(film, score))
        if captioned and score.cues:
            sources.append(_captions(film, score))
        film.set_chapters(_chapters(score))
        for _, packet in heapq.merge(*sources, key=lambda item: item[0]):
            film.mux(packet)


def _copied(segments: Sequence[Path], film: OutputContainer, score: Score) -> Iterator[tuple[float, Packet]]:
    with av.open(str(segments[0])) as first:
        stream = film.add_stream_from_template(first.streams.video[0])
        stream.metadata["language"] = score.language
    return _picture(segments, stream)


def _picture(segments: Sequence[Path], stream: av.VideoStream) -> Iterator[tuple[float, Packet]]:
    """The packets of segments on one clock: each lasts as long as its picture stands."""
    now = Fraction(0)
    for segment in segments:
        with av.open(str(segment)) as source:
            assert isinstance(source, InputContainer)
            video = source.streams.video[0]
            assert video.time_base is not None
            offset = round(now / video.time_base)
            for packet in source.demux(video):
                if packet.dts is None or packet.pts is None:
                    continue  # the empty packet that ends a stream
                if not packet.duration:
                    raise OSError(f"the video segment {segment} does not say how long its pictures stand; delete it.")
                now += packet.duration * video.time_base
                packet.pts += offset
                packet.dts += offset
                packet.stream = stream
                yield float(packet.dts * video.time_base), packet


def _sound(film: OutputContainer, score: Score) -> Iterator[tuple[float, Packet]]:
    opus = Path(film.name).suffix == ".webm"
    stream = film.add_stream("libopus" if opus else "aac", rate=SOUND_RATE, layout="mono")
    stream.bit_rate = _AAC_BITS
    stream.metadata["language"] = score.language
    codec = stream.codec_context
    codec.open()
    assert score.sound is not None
    samples = np.asarray(score.sound, dtype=np.float32)[None]
    size = codec.frame_size or 1024

    def packets() -> Iterator[tuple[float, Packet]]:
        for start in range(0, samples.shape[1], size):
            chunk = np.ascontiguousarray(samples[:, start : start + size])
            frame = av.AudioFrame.from_ndarray(chunk, format="flt" if opus else "fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
            for packet in stream.encode(frame):
                yield float((packet.pts or 0) * packet.time_base), packet
        for packet in stream.encode(None):
            yield float((packet.pts or 0) * packet.time_base), packet

    return packets()


def _captions(film: OutputContainer, score: Score) -> Iterator[tuple[float, Packet]]:
    stream = film.add_stream("mov_text")
    stream.metadata["language"] = score.language
    stream.codec_context.subtitle_header = _CAPTION_STYLE
    stream.time_base = _MILLISECOND
    cues = list(score.cues)

    def packets() -> Iterator[tuple[float, Packet]]:
        shown = 0.0
        for cue in cues:
            if cue.start > shown:
                yield shown, _text_packet("", shown, cue.start, stream)
            yield cue.start, _text_packet(cue.text, cue.start, cue.end, stream)
            shown = cue.end
        if shown < score.length:
            yield shown, _text_packet("", shown, score.length, stream)

    return packets()


def _text_packet(text: str, start: float, end: float, stream: av.stream.Stream) -> Packet:
    """A timed-text sample: its length in two bytes, then UTF-8. Gaps are samples of no text."""
    data = text.encode()
    packet: Packet = AnyPacket(len(data).to_bytes(2, "big") + data)
    packet.stream, packet.time_base = stream, _MILLISECOND
    packet.pts = packet.dts = round(start * 1000)
    packet.duration = round(end * 1000) - round(start * 1000)
    packet.is_keyframe = True
    return packet


def _chapters(score: Score) -> Any:
    starts = [round(start * 1000) for start, _ in score.chapters] + [round(score.length * 1000)]
    return [
        {
            "id": k,
            "start": starts[k],
            "end": starts[k + 1],
            "time_base": _MILLISECOND,
            "metadata": {"title": title},
        }
        for k, (_, title) in enumerate(score.chapters)
        if starts[k + 1] > starts[k]
    ]
