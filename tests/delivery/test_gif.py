"""GIFs keep exact colours, every frame and the right pace."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence
from toys import TINY, pictures

from descent.delivery.orders import RenderRequest, RenderResult
from descent.delivery.profiles import find_profile
from descent.film.gif import with_inks, write_gif
from descent.film.loops import fit_loop
from descent.film.sidecar import read_sidecar

RATE = 20
BLUE, ORANGE, GROUND = (86, 180, 233), (245, 166, 35), (14, 17, 22)


def lossless(path: Path, frames: int) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=RATE, options={"crf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "rgb24"
        for k in range(frames):
            picture = np.full((90, 160, 3), GROUND, np.uint8)
            picture[20:40, 2 * k : 2 * k + 20] = BLUE
            picture[60:80, 100:120] = ORANGE
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_colours_frames_and_pace(tmp_path: Path) -> None:
    write_gif([lossless(tmp_path / "film.mp4", 30)], tmp_path / "film.gif", RATE)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.size == (160, 90)
        assert gif.info["loop"] == 0
        durations, lefts = [], []
        for k in range(gif.n_frames):
            gif.seek(k)
            durations.append(gif.info["duration"])
            pixels = np.asarray(gif.convert("RGB"))
            blue = np.all(pixels == BLUE, axis=-1)
            assert blue.sum() == 400
            assert tuple(pixels[70, 110]) == ORANGE
            assert tuple(pixels[2, 2]) == GROUND
            lefts.append(int(np.flatnonzero(blue.any(axis=0))[0]))
    assert lefts == [2 * k for k in range(30)]
    assert sum(durations) == 30 * 1000 // RATE


def test_fewer_colours_if_asked(tmp_path: Path) -> None:
    write_gif([lossless(tmp_path / "film.mp4", 3)], tmp_path / "film.gif", RATE, colours=4)
    with Image.open(tmp_path / "film.gif") as gif:
        assert len(gif.convert("RGB").getcolors()) <= 4


def test_a_palette_keeps_the_inks_at_the_cost_of_what_is_alike() -> None:
    greys = np.stack([np.append(np.arange(0, 252, 4), 1)] * 3, axis=1)  # 1 is nearly 0
    inks = np.array([ORANGE, BLUE, (244, 165, 34)])
    kept = with_inks(greys, inks)
    assert len(kept) == len(greys) == 64
    assert {ORANGE, BLUE} <= set(map(tuple, kept.tolist()))
    assert (kept != greys).any(axis=1).sum() == 2, "the third ink has a colour near it"
    assert np.abs(kept[:, None] - greys).max(axis=2).min(axis=0).max() <= 4, "no grey is far from what it was"
    many = with_inks(greys, np.random.default_rng(1).integers(0, 255, (50, 3)))
    assert (many != greys).any(axis=1).sum() <= 6


@pytest.mark.parametrize("colours", [256, 64])
def test_a_small_vivid_thing_on_a_large_map_keeps_its_colour(tmp_path: Path, colours: int) -> None:
    ramp = np.add.outer(np.linspace(0, 90, 90), np.linspace(0, 120, 160)).astype(np.uint8)
    picture = np.stack([ramp, ramp + 12, ramp + 30], axis=-1)
    picture[40:46, 70:76] = ORANGE
    film = tmp_path / "film.mp4"
    with av.open(str(film), "w") as out:
        stream = out.add_stream("libx264rgb", rate=RATE, options={"crf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "rgb24"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    write_gif([film], tmp_path / "film.gif", RATE, colours)
    with Image.open(tmp_path / "film.gif") as gif:
        shown = np.asarray(gif.convert("RGB")).astype(int)
    assert np.abs(shown[43, 73] - ORANGE).max() <= 30
    assert np.abs(shown - picture).max() <= 40


def noisy(path: Path, frames: int) -> Path:
    """A film that a GIF cannot store in little: every frame new, in many colours."""
    dice = np.random.default_rng(0)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=RATE, options={"crf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "rgb24"
        for k in range(frames):
            picture = dice.integers(0, 256, (90, 160, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_where_a_picture_has_all_colours_only_what_moves_is_stored(tmp_path: Path) -> None:
    """Two dots move in opposite corners of a picture of very many colours."""
    still = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)

    def write(name: str, frames: int) -> int:
        with av.open(str(tmp_path / f"{name}.mp4"), "w") as film:
            stream = film.add_stream("libx264rgb", rate=RATE, options={"crf": "0"})
            stream.width, stream.height, stream.pix_fmt = 128, 128, "rgb24"
            for k in range(frames):
                picture = still.copy()
                picture[:4, k : k + 4] = picture[-4:, 124 - k : 128 - k] = 255
                film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            film.mux(stream.encode())
        write_gif([tmp_path / f"{name}.mp4"], tmp_path / f"{name}.gif", RATE)
        return (tmp_path / f"{name}.gif").stat().st_size

    assert write("twenty", 20) < 2 * write("one", 1)


def test_within_its_budget_a_gif_gives_up_nothing(tmp_path: Path) -> None:
    assert fit_loop([lossless(tmp_path / "film.mp4", 3)], tmp_path / "film.gif", RATE, 100_000) == []
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.size == (160, 90)


@pytest.mark.matrix
def test_over_budget_it_gives_up_colours_then_frames_and_size_and_says_so(tmp_path: Path) -> None:
    film = noisy(tmp_path / "film.mp4", 4)
    write_gif([film], tmp_path / "whole.gif", RATE)
    whole = (tmp_path / "whole.gif").stat().st_size
    (told,) = fit_loop([film], tmp_path / "fewer.gif", RATE, round(0.93 * whole))
    with Image.open(tmp_path / "fewer.gif") as gif:
        colours = len(gif.convert("RGB").getcolors(1 << 16))
        assert gif.size == (160, 90)
        assert colours <= 128
    assert (tmp_path / "fewer.gif").stat().st_size <= round(0.93 * whole)
    assert f"colours, {RATE} frames a second and 160×90" in told
    (told,) = fit_loop([film], tmp_path / "smaller.gif", RATE, round(0.2 * whole))
    with Image.open(tmp_path / "smaller.gif") as gif:
        assert gif.width < 160
        assert f"{gif.width}×{gif.height}" in told
        assert gif.n_frames == 2
        assert gif.info["duration"] == 2 * 1000 / RATE
    assert (tmp_path / "smaller.gif").stat().st_size <= round(0.2 * whole)


def test_what_no_diet_helps_is_told(tmp_path: Path) -> None:
    (told,) = fit_loop([noisy(tmp_path / "film.mp4", 4)], tmp_path / "film.gif", RATE, 100)
    assert "still over it" in told
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.size == (80, 44)


def test_a_scene_may_name_the_beats_that_its_gif_shows(toy: RenderRequest, made: Callable[..., RenderResult]) -> None:
    """Only these are drawn, and the film is whole all the same."""
    source = toy.scene.file.read_text(encoding="utf-8")
    toy.scene.file.write_text(source.replace("    title", "    gif_beats = (2, 2)\n    title"), encoding="utf-8")
    whole = made(replace(toy, profile=replace(TINY, name="film")))
    gif = made(replace(toy, profile=replace(find_profile("docs"), width=96, height=54), stem="beats", bare=True))
    assert whole.error is gif.error is None
    second = gif.drawn / RATE
    assert 0 < second < 0.7 * whole.frames / TINY.rate
    with Image.open(toy.folder / "beats.gif") as moving:
        first = np.asarray(moving.convert("RGB"))
        assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(moving)) == pytest.approx(1000 * second)
    assert first[27, 48, 2] > 200, "the square has come to the middle in the first beat"


def test_pauses_and_the_answer_are_in_the_film_and_in_no_excerpt(
    toy: RenderRequest, made: Callable[..., RenderResult]
) -> None:
    """And the poster shows the film's own last picture."""
    source = toy.scene.file.read_text(encoding="utf-8")
    asking = source.replace('"Second")', '"Second", reveal=True)')
    plain = made(replace(toy, profile=replace(find_profile("docs"), width=96, height=54), stem="plain", bare=True))
    toy.scene.file.write_text(asking.replace("    title", '    answer = "It does."\n    title'), encoding="utf-8")
    whole = made(toy)
    gif = made(replace(toy, profile=replace(find_profile("docs"), width=96, height=54), stem="asks", bare=True))
    assert whole.error is plain.error is gif.error is None
    assert gif.frames == plain.frames
    assert (toy.folder / "asks.gif").read_bytes() == (toy.folder / "plain.gif").read_bytes()
    note = read_sidecar(toy.file(".json"))
    assert [chapter.title for chapter in note.chapters] == ["First", "Second", "It does."]
    assert note.seconds - note.chapters[-1].start > 4, "the card can be read"
    assert note.chapters[1].start - note.lines[0].start - note.lines[0].seconds > 2, "viewers can predict"
    shown = pictures(toy.file(".mp4"))
    assert not (shown[-1].astype(int)[..., 2] - shown[-1].astype(int)[..., 0] > 100).any(), "the card is of words alone"
    poster = np.asarray(Image.open(toy.file(".png")).convert("RGB")).astype(int)
    assert (poster[..., 2] - poster[..., 0] > 100).any(), "the square is on the poster"


def test_beats_that_there_are_not_are_told(toy: RenderRequest, made: Callable[..., RenderResult]) -> None:
    source = toy.scene.file.read_text(encoding="utf-8")
    toy.scene.file.write_text(source.replace("    title", "    gif_beats = (2, 3)\n    title"), encoding="utf-8")
    assert str(made(toy).error) == "Toy.gif_beats is (2, 3), but it has 2 beats."
