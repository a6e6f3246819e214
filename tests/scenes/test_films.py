"""Every film renders end to end: picture, sound, captions and chapters, all at the times the timeline says."""

import html
import re
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pyloudnorm
import srt
from showing import Showing

from descent.film.timeline import TICKS_PER_SECOND

RATE = 48_000
SPEECH_LUFS = -20.0
MILLISECOND = 0.0011  # captions are kept in whole milliseconds, rounded here and cut there


def test_nothing_is_warned_of(showing: Showing) -> None:
    """A line without a measured time is one; `make narration` measures it."""
    assert showing.warned == []


def test_it_has_picture_sound_and_captions(showing: Showing) -> None:
    with av.open(str(showing.film)) as film:
        (picture,), (sound,), (captions,) = film.streams.video, film.streams.audio, film.streams.subtitles
        assert (picture.codec.name, picture.width, picture.height, picture.average_rate) == ("h264", 426, 240, 15)
        assert (sound.codec.name, sound.rate, sound.channels) == ("aac", RATE, 1)
        assert captions.codec_context.name == "mov_text"
        assert film.metadata["title"] == showing.scene.title
        length = showing.scene.timeline.length
        for stream in (picture, sound):
            assert abs(float(stream.duration * stream.time_base) - length) <= 1 / TICKS_PER_SECOND


def test_it_lasts_as_long_as_a_lesson(showing: Showing) -> None:
    assert 20 <= showing.scene.timeline.length <= 45


def test_every_tick_is_a_frame(showing: Showing) -> None:
    times = [frame.time for frame in _frames(showing.film)]
    assert len(times) == showing.scene.timeline.now
    np.testing.assert_allclose(times, np.arange(len(times)) / TICKS_PER_SECOND, atol=1e-3)


def test_chapters_are_beats(showing: Showing) -> None:
    timeline = showing.scene.timeline
    with av.open(str(showing.film)) as film:
        chapters = [(round(float(c["start"] * c["time_base"]), 3), c["metadata"]["title"]) for c in film.chapters()]
    assert chapters == [(round(tick / TICKS_PER_SECOND, 3), name) for tick, name in timeline.chapters]


def test_captions_say_what_is_said_while_it_is_said(showing: Showing) -> None:
    lines, length = showing.scene.timeline.lines, showing.scene.timeline.length
    subtitles = list(srt.parse(showing.film.with_suffix(".srt").read_text(encoding="utf-8")))
    assert _words(cue.content for cue in subtitles) == _words(line.text for line in lines)
    assert _words(text for _, _, text in _vtt(showing.film.with_suffix(".vtt"))) == _words(line.text for line in lines)
    times = [(cue.start.total_seconds(), cue.end.total_seconds()) for cue in subtitles]
    in_vtt = [(start, end) for start, end, _ in _vtt(showing.film.with_suffix(".vtt"))]
    np.testing.assert_allclose(in_vtt, times, atol=MILLISECOND)
    edges = [edge for cue in times for edge in cue]
    assert edges == sorted(edges)
    assert edges[-1] <= length
    for line in lines:
        assert min(abs(start - line.start / TICKS_PER_SECOND) for start, _ in times) <= MILLISECOND


def test_embedded_captions_are_those_of_the_file(showing: Showing) -> None:
    subtitles = srt.parse(showing.film.with_suffix(".srt").read_text(encoding="utf-8"))
    with av.open(str(showing.film)) as film:
        packets = [packet for packet in film.demux(film.streams.subtitles[0]) if packet.size > 2]
        shown = [(float(packet.pts * packet.time_base), bytes(packet)[2:].decode()) for packet in packets]
    for (at, text), cue in zip(shown, subtitles, strict=True):
        assert text == cue.content
        assert abs(at - cue.start.total_seconds()) <= MILLISECOND


def test_each_line_is_heard_when_it_begins(showing: Showing) -> None:
    """Sound begins within 50 ms of the timeline's tick, and ends before the next line."""
    sound = samples(showing.film)
    level = np.sqrt(np.mean(sound[: len(sound) // 240 * 240].reshape(-1, 240) ** 2, axis=1))  # 5 ms each
    heard = level > 0.01 * level.max()
    starts = [line.start / TICKS_PER_SECOND for line in showing.scene.timeline.lines]
    assert starts
    for start, end in zip(starts, [*starts[1:], showing.scene.timeline.length], strict=True):
        before, first, last = (round(at * 200) for at in (start - 0.1, start, end))
        assert not heard[max(0, before) : max(0, first - 5)].any(), f"sound before the line at {start:.2f} s"
        onset = (first - 5 + np.argmax(heard[max(0, first - 5) : last])) / 200 if first >= 5 else np.argmax(heard) / 200
        assert abs(onset - start) <= 0.05, f"the line at {start:.2f} s is heard at {onset:.2f} s"


def test_it_is_as_loud_as_speech_should_be_and_not_clipped(showing: Showing) -> None:
    sound = samples(showing.film)
    assert 0.1 < np.abs(sound).max() < 0.99
    assert abs(pyloudnorm.Meter(RATE).integrated_loudness(sound) - SPEECH_LUFS) < 2


def samples(film: Path) -> npt.NDArray[np.float64]:
    """The sound track, mono, in −1..1."""
    with av.open(str(film)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(np.float64)


def _frames(film: Path) -> list[av.VideoFrame]:
    with av.open(str(film)) as container:
        return list(container.decode(video=0))


def _words(texts: Iterable[str]) -> list[str]:
    return " ".join(texts).split()


def _vtt(path: Path) -> list[tuple[float, float, str]]:
    """The cues of a WebVTT file: start and end in seconds, and text."""
    head, *blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    assert head == "WEBVTT"
    cues = []
    for block in blocks:
        times, text = block.split("\n", 1)
        match = re.fullmatch(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})", times)
        assert match, times
        h0, m0, s0, h1, m1, s1 = map(float, match.groups())
        cues.append((3600 * h0 + 60 * m0 + s0, 3600 * h1 + 60 * m1 + s1, html.unescape(text)))
    return cues
