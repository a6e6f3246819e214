"""Each profile makes what it says: streams, sizes, colours, and a background only where there is one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from descent.delivery.freshness import unchanged
from descent.delivery.orders import RenderRequest, RenderResult
from descent.delivery.profiles import H264, PROFILES

Make = Callable[..., RenderResult]

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

SMALL = {"width": 192, "height": 108}
BLUE, GROUND = (88, 196, 221), (14, 17, 22)  # Manim's BLUE, the dark theme's background


def small(order: RenderRequest, name: str, **changes: object) -> RenderRequest:
    """An order in a profile of that name, but small."""
    return replace(order, profile=replace(PROFILES[name], **SMALL), **changes)


def frames(path: Path, form: str, decoder: str = "") -> list[np.ndarray]:
    with av.open(str(path)) as film:
        if not decoder:
            return [frame.to_ndarray(format=form) for frame in film.decode(video=0)]
        codec = av.codec.CodecContext.create(decoder, "r")
        return [frame.to_ndarray(format=form) for packet in film.demux(video=0) for frame in codec.decode(packet)]


def near(pixel: np.ndarray, colour: tuple[int, ...], within: int = 4) -> bool:
    return bool(np.abs(pixel[: len(colour)].astype(int) - colour).max() <= within)


def test_lecture_is_h264_high_with_aac(toy: RenderRequest, made: Make) -> None:
    order = small(toy, "lecture")
    film = made(order)
    assert film.error is None
    with av.open(str(order.file(".mp4"))) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.profile, picture.pix_fmt) == ("h264", "High", "yuv420p")
        assert (picture.average_rate, picture.frames) == (60, film.frames)
        assert (sound.codec_context.name, sound.rate) == ("aac", 48_000)
        assert (picture.codec_context.color_primaries, picture.codec_context.color_trc) == (1, 1)


def test_web_is_av1_and_opus_with_captions_beside(toy: RenderRequest, made: Make) -> None:
    order = small(toy, "web")
    film = made(order)
    assert film.error is None
    with av.open(str(order.file(".webm"))) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("libdav1d", "opus")
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["First", "Second"]
        assert container.duration == pytest.approx(film.frames / order.profile.rate * 1e6, abs=25e3)
    shown = frames(order.file(".webm"), "rgb24")
    assert len(shown) < film.frames  # what stands is encoded once
    assert near(shown[-1][2, 2], GROUND)
    assert near(shown[-1][54, 136], BLUE, within=8)
    assert order.file(".vtt").read_text(encoding="utf-8").startswith("WEBVTT")


def test_docs_is_a_gif_of_exact_colours_without_captions(toy: RenderRequest, made: Make) -> None:
    order = small(toy, "docs")
    assert made(order).error is None
    assert {path.suffix for path in order.folder.iterdir()} == {".gif", ".json", ".png", ".txt"}
    with Image.open(order.file(".gif")) as gif:
        assert gif.size == (192, 108)
        assert gif.convert("RGB").getpixel((2, 2)) == GROUND


def test_overlay_has_no_background_and_no_dark_edges(toy: RenderRequest, made: Make) -> None:
    order = small(toy, "overlay")
    film = made(order)
    assert film.error is None
    with av.open(str(order.file(".mov"))) as container:
        assert (container.streams.video[0].codec_context.name, container.streams.audio[0].codec_context.name) == (
            "prores",
            "aac",
        )
        assert container.streams.video[0].pix_fmt.startswith("yuva444p")
    for pictures in (frames(order.file(".webm"), "rgba", "libvpx-vp9"), frames(order.file(".mov"), "rgba")):
        assert len(pictures) == film.frames
        last = pictures[-1]
        assert last[2, 2, 3] == 0, "the background is not transparent"
        assert last[54, 136, 3] > 250, "the square is transparent"
        assert near(last[54, 136], BLUE, within=8)
        edge = (last[..., 3] > 60) & (last[..., 3] < 200)
        assert edge.any()
        # Multiplied by alpha, as Cairo leaves them, these would be half as bright.
        assert np.median(last[edge].astype(int)[:, :3].sum(axis=1)) > 0.8 * sum(BLUE)
    with Image.open(order.file(".png")) as poster:
        assert poster.getpixel((2, 2))[3] == 0
        assert poster.getpixel((136, 54))[3] == 255


def test_profiles_and_themes_combine(toy: RenderRequest, made: Make) -> None:
    order = small(toy, "web", theme="light")
    assert made(order).error is None
    assert near(frames(order.file(".webm"), "rgb24")[-1][2, 2], (255, 255, 255))


def test_the_note_vouches_for_every_file(toy: RenderRequest, made: Make) -> None:
    order = small(toy, "overlay")
    made(order)
    noted = json.loads(order.file(".json").read_text(encoding="utf-8"))
    assert set(noted["files"]) == {f"Toy{end}" for end in (".webm", ".mov", ".png", ".srt", ".vtt", ".txt")}
    assert unchanged(order)
    order.file(".mov").write_bytes(b"half")
    assert not unchanged(order)


def test_manim_alone_encodes_as_the_command_does() -> None:
    from manim import config

    assert dict(config.video_encoder_options) == dict(H264)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_size_can_be_encoded(profile: object) -> None:
    assert profile.width % 2 == profile.height % 2 == 0
    assert abs(profile.width / profile.height - 16 / 9) < 0.01
