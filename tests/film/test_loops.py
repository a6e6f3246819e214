"""Moving pictures for pages: what is decoded of each format is what was filmed, for exactly as long."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, features

from benchmarks.gifs import ssim
from descent.base.errors import DescentError
from descent.film import loops
from descent.film.encoders import scaled, thinned_spans
from descent.film.loops import LOOPS, fit_loop

BLUE, ORANGE, GROUND = (86, 180, 233), (245, 166, 35), (14, 17, 22)
RATE, HELD = 30, 200
"""Frames a second, a third of a hundredth each; and frames for which the last picture stands."""

KINDS = pytest.mark.parametrize("kind", LOOPS)
MODERN = pytest.mark.parametrize("kind", [".webp", ".avif"])


def frame(number: int) -> np.ndarray:
    """A relief with a blue square that goes across it, and a thin orange line."""
    ramp = np.add.outer(np.linspace(0, 60, 90), np.linspace(0, 80, 160)).astype(np.uint8)
    picture = np.stack([ramp, ramp + 12, ramp + 30], axis=-1)
    picture[20:40, 3 * number : 3 * number + 20] = BLUE
    picture[60:62] = ORANGE
    return picture


def film(path: Path, frames: int, picture: Callable[[int], np.ndarray] = frame) -> list[Path]:
    """A lossless film in two segments, of which the last picture of the second is held."""
    parts = [range(frames // 2), range(frames // 2, frames)]
    segments = [path / f"{number}.mp4" for number in range(2)]
    for segment, numbers in zip(segments, parts, strict=True):
        with av.open(str(segment), "w") as out:
            stream = out.add_stream("libx264rgb", rate=RATE, options={"crf": "0", "preset": "ultrafast", "bf": "0"})
            stream.height, stream.width, _ = picture(0).shape
            stream.pix_fmt = "rgb24"
            for place, number in enumerate(numbers):
                shown = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
                shown.pts, shown.time_base = place, Fraction(1, RATE)
                for packet in stream.encode(shown):
                    out.mux(packet)
            for packet in stream.encode(None):
                packet.duration = HELD if packet.pts == len(numbers) - 1 and numbers is parts[1] else packet.duration
                out.mux(packet)
    return segments


def decoded(file: Path) -> tuple[list[np.ndarray], list[int]]:
    """A moving picture's pictures, and how many milliseconds each stands."""
    pictures, lengths = [], []
    with Image.open(file) as moving:
        for number in range(getattr(moving, "n_frames", 1)):
            moving.seek(number)
            moving.load()
            pictures.append(np.asarray(moving.convert("RGB")))
            lengths.append(round(moving.info["duration"]))
    return pictures, lengths


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return film(tmp_path_factory.mktemp("film"), 40)


@pytest.fixture(scope="module")
def made(segments: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The film in every format."""
    folder = tmp_path_factory.mktemp("made")
    for kind in LOOPS:
        assert fit_loop(segments, folder / f"film{kind}", RATE, 1_000_000) == []
    return {kind: folder / f"film{kind}" for kind in LOOPS}


@MODERN
def test_every_picture_stands_as_long_as_it_did(made: dict[str, Path], segments: list[Path], kind: str) -> None:
    spans = thinned_spans(segments, RATE, 1)
    assert spans[-1] == (39, 39 + HELD), "the last picture is held"
    pictures, lengths = decoded(made[kind])
    assert len(pictures) == len(spans) == 40, "what is held is not repeated"
    assert sum(lengths) == round(1000 * (39 + HELD) / RATE)
    assert {33, 34} == set(lengths[:-1])
    assert lengths[-1] == round(1000 * (39 + HELD) / RATE) - 1300
    begins = np.cumsum([0, *lengths])
    assert np.abs(begins[:-1] - [1000 * start / RATE for start, _ in spans]).max() <= 0.5


@KINDS
def test_it_looks_like_the_film(made: dict[str, Path], kind: str) -> None:
    with Image.open(made[kind]) as moving:
        assert moving.size == (160, 90)
        moving.seek(20)
        assert np.asarray(moving.convert("RGBA"))[..., 3].min() == 255, "nothing is transparent"
    pictures, _ = decoded(made[kind])
    alike = [ssim(frame(k).mean(axis=2), pictures[k].mean(axis=2, dtype=float)) for k in range(0, 40, 3)]
    assert min(alike) > 0.99
    for number in (0, 17, 39):
        assert np.abs(pictures[number][30, 3 * number + 10].astype(int) - BLUE).max() <= 8
        assert np.abs(pictures[number][61, 150].astype(int) - ORANGE).max() <= 30, "a thin line keeps its colour"


def test_a_webp_holds_the_gifs_very_pictures_in_fewer_bytes(made: dict[str, Path]) -> None:
    for gif, webp in zip(decoded(made[".gif"])[0], decoded(made[".webp"])[0], strict=True):
        assert np.array_equal(gif, webp)
    assert made[".webp"].stat().st_size < made[".gif"].stat().st_size


def test_each_goes_round_without_end(made: dict[str, Path]) -> None:
    for kind in (".gif", ".webp"):
        with Image.open(made[kind]) as moving:
            assert moving.info["loop"] == 0
    boxes = made[".avif"].read_bytes()
    at = boxes.index(b"elst") + 4
    assert struct.unpack(">I", boxes[at : at + 4])[0] & 1, "its edit list is repeated"
    at = boxes.index(b"tkhd") + 4
    assert boxes[at] == 1
    (duration,) = struct.unpack(">Q", boxes[at + 28 : at + 36])
    assert duration == 2**64 - 1, "for as long as one looks"


@MODERN
def test_over_its_budget_it_gives_up_fineness_then_frames_and_size(tmp_path: Path, kind: str) -> None:
    dice = np.random.default_rng(0)
    noise = film(tmp_path, 4, lambda _: dice.integers(0, 256, (36, 64, 3), np.uint8))
    assert fit_loop(noise, tmp_path / f"whole{kind}", RATE, 10_000_000) == []
    whole = (tmp_path / f"whole{kind}").stat().st_size
    (told,) = fit_loop(noise, tmp_path / f"less{kind}", RATE, round(0.9 * whole))
    assert ("colours" if kind == ".webp" else "quality 60 of 100") in told
    assert "30 frames a second and 64×36" in told
    assert (tmp_path / f"less{kind}").stat().st_size <= 0.9 * whole
    (told,) = fit_loop(noise, tmp_path / f"small{kind}", RATE, round(0.18 * whole))
    with Image.open(tmp_path / f"small{kind}") as moving:
        assert (moving.n_frames, moving.width < 64) == (3, True)
        assert f"15 frames a second and {moving.width}×{moving.height}" in told
    assert (tmp_path / f"small{kind}").stat().st_size <= 0.18 * whole
    assert sum(decoded(tmp_path / f"small{kind}")[1]) == pytest.approx(1000 * (3 + HELD) / RATE, abs=1000 / RATE)


@KINDS
def test_a_single_picture_is_a_film_too(tmp_path: Path, kind: str) -> None:
    one = film(tmp_path, 2, lambda _: frame(0))[:1]
    assert scaled(one, 0.5) == (80, 44)
    assert fit_loop(one, tmp_path / f"one{kind}", RATE, 1_000_000) == []
    with Image.open(tmp_path / f"one{kind}") as shown:
        assert np.abs(np.asarray(shown.convert("RGB")).astype(int) - frame(0)).mean() < 2


@MODERN
def test_a_pillow_that_cannot_is_told_and_an_old_file_stays(
    segments: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(loops.features, "check", lambda _: False)
    old = tmp_path / f"film{kind}"
    old.write_bytes(b"what was there")
    with pytest.raises(DescentError, match=f"cannot write {kind[1:].upper()}; install one of its wheels"):
        fit_loop(segments, old, RATE, 1_000_000)
    assert old.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [old]


def test_the_locked_pillow_can() -> None:
    assert features.check("webp")
    assert features.check("avif")
