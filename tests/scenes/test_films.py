"""Every film says, shows and sounds what the timeline says: rehearsed for all, and end to end for some of each kind."""

import html
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import golden
import numpy as np
import numpy.typing as npt
import pyloudnorm
import pytest
import srt
from every_frame import EveryFrame
from manim import tempconfig
from showing import CHEAP, Rehearsal, Showing, Sound, rehearsed

from descent.delivery.fingerprint import SamplingRenderer
from descent.film.narration import subtitles, to_vtt
from descent.film.timeline import TICKS_PER_SECOND, Line, Timeline
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import rehearse

RATE = 48_000
SPEECH_LUFS = -16.0
MILLISECOND = 0.0011  # captions are kept in whole milliseconds, rounded here and cut there


def test_nothing_is_warned_of(rehearsal: Rehearsal) -> None:
    """A line without a measured time is one; `descent narrate` measures it."""
    assert rehearsal.warned == []


def test_it_lasts_as_long_as_a_lesson_from_its_first_word_on(rehearsal: Rehearsal) -> None:
    timeline = rehearsal.scene.timeline
    aside = sum(play.ticks for play in timeline.plays if play.aside) / TICKS_PER_SECOND
    assert 20 <= timeline.length - aside - _begins(timeline.lines[0]) <= 75


def test_its_chapters_are_beats(rehearsal: Rehearsal) -> None:
    found = [(round(at, 3), name) for at, name in rehearsal.silent.chapters]
    assert found == _chapters(rehearsal.scene.timeline)
    assert len(found) == len(rehearsal.scene.timeline.lines) + 1
    assert found[-1][1] == rehearsal.scene.asks.answer


def test_its_captions_say_what_is_said_while_it_is_said(rehearsal: Rehearsal) -> None:
    cues = rehearsal.silent.cues
    check_captions(subtitles(cues), to_vtt(cues), rehearsal.scene.timeline)


@pytest.mark.matrix
def test_its_pictures_are_the_same_whichever_frames_came_before(scene_class: type[LectureScene]) -> None:
    """Else what is drawn is not what was planned, and the film is refused."""
    planned, drawn = SamplingRenderer(), EveryFrame()
    with tempconfig(CHEAP):
        for sampling in (planned, drawn):
            rehearse(scene_class, sampling)
    assert [play for play, looks in enumerate(zip(planned.seen, drawn.seen, strict=True)) if len({*looks}) > 1] == []


@pytest.mark.matrix
def test_each_of_its_lines_is_heard_when_it_begins(rehearsal: Rehearsal) -> None:
    check_onsets(rehearsal.sound, rehearsal.scene.timeline)


@pytest.mark.matrix
def test_its_sound_is_as_loud_as_speech_should_be_and_not_clipped(rehearsal: Rehearsal) -> None:
    check_loudness(rehearsal.sound)


def test_rendering_warns_of_nothing(showing: Showing) -> None:
    assert showing.warned == []


def test_a_film_is_the_same_rehearsed_and_rendered(
    showing: Showing, rendering: tuple[type[LectureScene], int | None], voice_folder: Path
) -> None:
    """So what is asserted of a rehearsal holds of the film."""
    scene_class, opening = rendering
    again = rehearsed(scene_class, voice_folder, opening).scene
    assert again.timeline == showing.scene.timeline
    apart = golden.difference(golden.last_picture(again), golden.last_picture(showing.scene))
    assert apart == golden.Difference(0.0, 0.0)
    assert again.faults == showing.scene.faults == []


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


def test_every_tick_is_a_frame(showing: Showing) -> None:
    times = [frame.time for frame in _frames(showing.film)]
    assert len(times) == showing.scene.timeline.now
    np.testing.assert_allclose(times, np.arange(len(times)) / TICKS_PER_SECOND, atol=1e-3)


def test_the_last_frame_is_the_last_picture(showing: Showing) -> None:
    shown = _frames(showing.film)[-1].to_ndarray(format="rgb24").astype(float)
    pixels = golden.drawn(showing.scene.mobjects, (shown.shape[1], shown.shape[0]))
    assert np.abs(shown - pixels).mean() < 6  # H.264 loses a little, and more of many dots


def test_chapters_are_beats(showing: Showing) -> None:
    with av.open(str(showing.film)) as film:
        chapters = [(round(float(c["start"] * c["time_base"]), 3), c["metadata"]["title"]) for c in film.chapters()]
    assert chapters == _chapters(showing.scene.timeline)


def test_captions_say_what_is_said_while_it_is_said(showing: Showing) -> None:
    written = list(srt.parse(showing.film.with_suffix(".srt").read_text(encoding="utf-8")))
    check_captions(written, showing.film.with_suffix(".vtt").read_text(encoding="utf-8"), showing.scene.timeline)


def test_embedded_captions_are_those_of_the_file(showing: Showing) -> None:
    written = srt.parse(showing.film.with_suffix(".srt").read_text(encoding="utf-8"))
    with av.open(str(showing.film)) as film:
        packets = [packet for packet in film.demux(film.streams.subtitles[0]) if packet.size > 2]
        shown = [(float(packet.pts * packet.time_base), bytes(packet)[2:].decode()) for packet in packets]
    for (at, text), cue in zip(shown, written, strict=True):
        assert text == cue.content
        assert abs(at - cue.start.total_seconds()) <= MILLISECOND


def test_each_line_is_heard_when_it_begins(showing: Showing) -> None:
    check_onsets(samples(showing.film), showing.scene.timeline)


def test_it_is_as_loud_as_speech_should_be_and_not_clipped(showing: Showing) -> None:
    check_loudness(samples(showing.film))


def check_captions(written: Sequence[srt.Subtitle], vtt: str, timeline: Timeline) -> None:
    """Captions are the words of the lines, in order, and each line's begin with it."""
    cues = _vtt(vtt)
    assert _words(cue.content for cue in written) == _words(line.text for line in timeline.lines)
    assert _words(text for _, _, text in cues) == _words(line.text for line in timeline.lines)
    times = [(cue.start.total_seconds(), cue.end.total_seconds()) for cue in written]
    np.testing.assert_allclose([(start, end) for start, end, _ in cues], times, atol=MILLISECOND)
    edges = [edge for cue in times for edge in cue]
    assert edges == sorted(edges)
    assert edges[-1] <= timeline.length
    for line in timeline.lines:
        assert min(abs(start - _begins(line)) for start, _ in times) <= MILLISECOND


def check_onsets(sound: Sound, timeline: Timeline) -> None:
    """Sound begins within 50 ms of the timeline's tick, and ends before the next line."""
    level = np.sqrt(np.mean(sound[: len(sound) // 240 * 240].reshape(-1, 240) ** 2, axis=1))  # 5 ms each
    heard = level > 0.01 * level.max()
    starts = [_begins(line) for line in timeline.lines]
    assert starts
    for start, end in zip(starts, [*starts[1:], timeline.length], strict=True):
        before, first, last = (round(at * 200) for at in (start - 0.1, start, end))
        assert not heard[max(0, before) : max(0, first - 5)].any(), f"sound before the line at {start:.2f} s"
        onset = (first - 5 + np.argmax(heard[max(0, first - 5) : last])) / 200 if first >= 5 else np.argmax(heard) / 200
        assert abs(onset - start) <= 0.05, f"the line at {start:.2f} s is heard at {onset:.2f} s"


def check_loudness(sound: Sound) -> None:
    """As loud as speech should be, and not clipped."""
    assert 0.1 < np.abs(sound).max() < 10 ** (-1.5 / 20)
    assert abs(pyloudnorm.Meter(RATE).integrated_loudness(sound) - SPEECH_LUFS) < 0.3


def samples(film: Path) -> npt.NDArray[np.float64]:
    """The sound track, mono, in −1..1."""
    with av.open(str(film)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(np.float64)


def _frames(film: Path) -> list[av.VideoFrame]:
    with av.open(str(film)) as container:
        return list(container.decode(video=0))


def _begins(line: Line) -> float:
    return line.start / TICKS_PER_SECOND


def _chapters(timeline: Timeline) -> list[tuple[float, str]]:
    """The picture comes first: the first chapter begins with it, the others with what is said, then the card if any."""
    (first, *ticks), starts = [tick for tick, _ in timeline.chapters], [line.start for line in timeline.lines]
    cards = ticks[len(starts) - 1 :]
    assert ticks[: len(starts) - 1] == starts[1:]
    assert len(cards) <= 1
    assert all(card > starts[-1] for card in cards)
    assert first < starts[0] or first > 10
    return [(round(tick / TICKS_PER_SECOND, 3), name) for tick, name in timeline.chapters]


def _words(texts: Iterable[str]) -> list[str]:
    return " ".join(texts).split()


def _vtt(written: str) -> list[tuple[float, float, str]]:
    """The cues of a WebVTT file: start and end in seconds, and text."""
    head, *blocks = written.strip().split("\n\n")
    assert head == "WEBVTT"
    cues = []
    for block in blocks:
        times, text = block.split("\n", 1)
        match = re.fullmatch(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})", times)
        assert match, times
        h0, m0, s0, h1, m1, s1 = map(float, match.groups())
        cues.append((3600 * h0 + 60 * m0 + s0, 3600 * h1 + 60 * m1 + s1, html.unescape(text)))
    return cues
