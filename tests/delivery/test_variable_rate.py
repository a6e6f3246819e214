"""A picture that stands is encoded once; the film is the same to the eye, the ear and the clock."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from toys import TINY, TOY

from descent.delivery.orders import RenderRequest, RenderResult
from descent.film.encoders import KEY_SECONDS, pictures
from descent.film.sidecar import read_sidecar
from descent.publish.slides.cut import cut, picture

Make = Callable[..., RenderResult]
WAITS = TOY.replace('        with self.voiceover("Two', '        self.wait(5)\n        with self.voiceover("Two')
HELD, CONSTANT = replace(TINY, held=True), TINY


@pytest.fixture
def both(toy: RenderRequest, made: Make) -> tuple[RenderRequest, RenderRequest]:
    """A film that stands still for five seconds, at a variable and at a constant rate."""
    toy.scene.file.write_text(WAITS, encoding="utf-8")
    orders = [
        replace(toy, profile=profile, folder=toy.folder / name) for name, profile in (("v", HELD), ("c", CONSTANT))
    ]
    for order in orders:
        assert made(order).error is None
    return orders[0], orders[1]


def shown(film: Path) -> np.ndarray:
    """What a film shows in each frame of a constant rate."""
    return np.stack(
        [
            held.picture.to_ndarray(format="rgb24")
            for held in pictures([film], TINY.rate)
            for _ in range(held.start, held.end)
        ]
    ).astype(int)


def packets(film: Path) -> list[tuple[float, float, bool]]:
    """When each picture begins, for how long it stands, and whether it needs no other."""
    with av.open(str(film)) as opened:
        found = [packet for packet in opened.demux(video=0) if packet.pts is not None]
        return [(float(p.pts * p.time_base), float(p.duration * p.time_base), p.is_keyframe) for p in found]


@pytest.mark.matrix
def test_every_moment_shows_the_same(both: tuple[RenderRequest, RenderRequest]) -> None:
    held, constant = (shown(order.file(".mp4")) for order in both)
    assert held.shape == constant.shape
    assert np.abs(held - constant).mean() < 1
    assert np.array_equal(picture(both[0].file(".mp4"), last=True), held[-1])


def test_lengths_are_exact_and_leave_no_gap(both: tuple[RenderRequest, RenderRequest]) -> None:
    for order in both:
        found, length = packets(order.file(".mp4")), read_sidecar(order.file(".json")).seconds
        begins, stands, _ = map(np.array, zip(*found, strict=True))
        assert begins == pytest.approx(np.concatenate([[0], np.cumsum(stands)[:-1]]), abs=1e-4)
        assert stands.sum() == pytest.approx(length, abs=1e-4)
        with av.open(str(order.file(".mp4"))) as film:
            assert film.duration / 1e6 == pytest.approx(length, abs=0.03)  # a packet of sound may stand out


def test_what_stands_is_encoded_once_and_keys_are_near(both: tuple[RenderRequest, RenderRequest]) -> None:
    held, constant = (packets(order.file(".mp4")) for order in both)
    moments = round(sum(stands for _, stands, _ in held) * TINY.rate)
    assert len(constant) == moments
    frames = shown(both[1].file(".mp4"))
    changes = 1 + int((np.abs(np.diff(frames, axis=0)).max(axis=(1, 2, 3)) > 8).sum())
    plays = 5  # each begins with a picture of its own
    assert len(held) <= changes + plays
    assert max(stands for _, stands, _ in held) >= 5
    for found in (held, constant):
        since = 0.0
        for begin, _, key in found:
            if key:
                since = begin
            assert begin - since < KEY_SECONDS + 1e-6
    assert both[0].file(".mp4").stat().st_size < both[1].file(".mp4").stat().st_size


@pytest.mark.parametrize(
    "share", [0.0, *(pytest.param(share, marks=pytest.mark.matrix) for share in (0.2, 0.7, 0.99)), 0.45]
)
def test_a_player_finds_any_moment(both: tuple[RenderRequest, RenderRequest], share: float) -> None:
    order = both[0]
    frames = shown(order.file(".mp4"))
    wanted = int(share * len(frames))
    with av.open(str(order.file(".mp4"))) as film:
        video = film.streams.video[0]
        film.seek(round((wanted + 0.5) / TINY.rate / video.time_base), stream=video)
        for found in film.decode(video):
            begin = round(found.pts * video.time_base * TINY.rate)
            if begin > wanted:
                break
            last = found.to_ndarray(format="rgb24")
    assert np.array_equal(last, frames[wanted])


def test_cut_at_its_chapters_it_joins_again(both: tuple[RenderRequest, RenderRequest], tmp_path: Path) -> None:
    order = both[0]
    note = read_sidecar(order.file(".json"))
    edges = [*(chapter.start for chapter in note.chapters), note.seconds]
    clips = []
    for start, end in pairwise(edges):
        clips.append(tmp_path / f"{start}.mp4")
        cut(order.file(".mp4"), start, end, clips[-1])
        assert sum(stands for _, stands, _ in packets(clips[-1])) == pytest.approx(end - start, abs=1e-3)
    joined = np.concatenate([shown(clip) for clip in clips])
    assert np.array_equal(joined, shown(order.file(".mp4")))


def test_words_stay_where_they_are(both: tuple[RenderRequest, RenderRequest]) -> None:
    def told(order: RenderRequest) -> list[object]:
        with av.open(str(order.file(".mp4"))) as film:
            texts = [(p.pts, p.duration, bytes(p)) for p in film.demux(film.streams.subtitles[0])]
            chapters = [(c["start"], c["end"], c["metadata"]["title"]) for c in film.chapters()]
        return [texts, chapters, order.file(".vtt").read_bytes()]

    assert told(both[0]) == told(both[1])


@pytest.mark.matrix
def test_a_gif_of_either_is_the_same(toy: RenderRequest, made: Make) -> None:
    toy.scene.file.write_text(WAITS, encoding="utf-8")
    plays = []
    for held in (True, False):
        profile = replace(TINY, suffixes=(".gif",), master="lossless", held=held)
        order = replace(toy, profile=profile, folder=toy.folder / str(held))
        assert made(order).error is None
        with av.open(str(order.file(".gif"))) as gif:
            found = [packet for packet in gif.demux(video=0) if packet.pts is not None]
            begins = [float(packet.pts * packet.time_base) for packet in found]
            length = gif.duration / 1e6
        with av.open(str(order.file(".gif"))) as gif:
            images = [frame.to_ndarray(format="rgb24") for frame in gif.decode(video=0)]
        slots = np.searchsorted(begins, np.arange(0, length - 0.02, 0.1) + 0.02, side="right") - 1
        plays.append((length, np.stack([images[k] for k in slots]), len(begins)))
    (length, frames, few), (same, others, many) = plays
    assert length == pytest.approx(same, abs=0.02)
    assert np.array_equal(frames, others)
    assert few < many / 2
