"""Films are put together without touching their pictures, and play from the first byte."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from descent import DescentError
from descent.film.mux import SOUND_RATE, Score, assemble
from descent.film.narration import Cue

RATE = 30


def segment(path: Path, frames: int, shade: int) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"bf": "0", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(frames):
            picture = np.full((48, 64, 3), shade + k, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def score(length: float = 2.0, **changes: object) -> Score:
    tone = 0.3 * np.sin(np.arange(round(length * SOUND_RATE)) * 2 * np.pi * 440 / SOUND_RATE)
    parts = {
        "sound": tone.astype(np.float32),
        "cues": [Cue(0.5, 1.0, "<First> & “só”"), Cue(1.0, 1.5, "second\nline")],
        "chapters": [(0.0, "One"), (1.0, "Two")],
        "length": length,
        "title": "A film",
    }
    return Score(**{**parts, **changes})


@pytest.fixture
def segments(tmp_path: Path) -> list[Path]:
    return [
        segment(tmp_path / "a.mp4", 25, 10),
        segment(tmp_path / "b.mp4", 1, 90),
        segment(tmp_path / "c.mp4", 34, 150),
    ]


@pytest.fixture
def film(segments: list[Path], tmp_path: Path) -> Path:
    assemble(segments, tmp_path / "out" / "film.mp4", score())
    return tmp_path / "out" / "film.mp4"


def test_pictures_are_those_of_the_segments(film: Path, segments: list[Path]) -> None:
    parts = [picture for part in segments for picture in pictures(part)]
    joined = pictures(film)
    assert len(joined) == 60
    assert all(np.array_equal(one, other) for one, other in zip(joined, parts, strict=True))


def test_every_frame_has_its_time(film: Path) -> None:
    with av.open(str(film)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([k / RATE for k in range(60)], abs=1e-4)


def test_streams_and_metadata(film: Path) -> None:
    with av.open(str(film)) as container:
        kinds = [stream.type for stream in container.streams]
        assert kinds == ["video", "audio", "subtitle", "data"]  # the last holds the chapters' titles
        assert container.streams.audio[0].codec_context.name == "aac"
        assert container.streams.audio[0].rate == SOUND_RATE
        assert {stream.metadata["language"] for stream in list(container.streams)[:3]} == {"eng"}
        assert container.metadata["title"] == "A film"
        chapters = [
            (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"]["title"])
            for c in container.chapters()
        ]
    assert chapters == [(0, 1, "One"), (1, 2, "Two")]


def test_captions_keep_text_and_time(film: Path) -> None:
    with av.open(str(film)) as container:
        stream = container.streams.subtitles[0]
        shown = [
            (float(p.pts * p.time_base), float(p.duration * p.time_base), bytes(p)[2:].decode())
            for p in container.demux(stream)
            if p.size > 2
        ]
    assert shown == [(0.5, 0.5, "<First> & “só”"), (1.0, 0.5, "second\nline")]


def test_sound_starts_with_the_picture_and_ends_with_it(segments: list[Path], tmp_path: Path) -> None:
    click = np.zeros(2 * SOUND_RATE, np.float32)
    click[SOUND_RATE : SOUND_RATE + 480] = 0.8
    assemble(segments, tmp_path / "click.mp4", score(sound=click))
    with av.open(str(tmp_path / "click.mp4")) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert abs(int(np.argmax(np.abs(heard) > 0.2)) - SOUND_RATE) < 0.005 * SOUND_RATE
    assert abs(len(heard) / SOUND_RATE - 2.0) < 0.05


def test_index_comes_before_the_pictures(film: Path) -> None:
    data = film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_same_input_same_bytes(segments: list[Path], tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        assemble(segments, tmp_path / name, score())
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_silent_film_has_no_sound_track(segments: list[Path], tmp_path: Path) -> None:
    assemble(segments, tmp_path / "silent.mp4", score(sound=None, cues=[], chapters=[]))
    with av.open(str(tmp_path / "silent.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_a_failure_leaves_the_old_film(film: Path, tmp_path: Path) -> None:
    before = film.read_bytes()
    with pytest.raises(DescentError, match="cannot write"):
        assemble([tmp_path / "missing.mp4"], film, score())
    assert film.read_bytes() == before
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]
