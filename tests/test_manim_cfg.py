"""What manim.cfg promises of every film that Manim writes here: colours, key frames, order, bytes."""

import os

import av
import numpy as np
import pytest
from manim import ManimColor, Scene, config, tempconfig

from descent.delivery.profiles import H264

PINK = (230, 40, 120)  # BT.601 and BT.709 part by 17 levels of luma here
KR_KB = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114)}  # by ITU-T H.273's matrix numbers


class Patch(Scene):
    def construct(self):
        self.camera.background_color = ManimColor.from_rgb(PINK)
        self.wait(5)


def render(folder):
    size = {"pixel_width": 320, "pixel_height": 180, "frame_rate": 15}  # smaller, and x264 uses one thread anyway
    quiet = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching": True}
    with tempconfig({"media_dir": str(folder), **size, **quiet}):
        scene = Patch()
        scene.render()
        return scene.renderer.file_writer.movie_file_path


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return render(tmp_path_factory.mktemp("film"))


def shown(frame):
    """The middle pixel in sRGB, by the matrix that the film's tag names."""
    kr, kb = KR_KB[frame.colorspace]
    y, u, v = (
        np.frombuffer(plane, np.uint8)[plane.height // 2 * plane.line_size + plane.width // 2] for plane in frame.planes
    )
    luma, blue, red = (int(y) - 16) / 219, (int(u) - 128) / 224, (int(v) - 128) / 224
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    g = (luma - kr * r - kb * b) / (1 - kr - kb)
    return 255 * np.array([r, g, b])


def test_the_tagged_matrix_gives_the_colours_that_were_drawn(film):
    with av.open(film) as source:
        frame = next(source.decode(video=0))
    np.testing.assert_allclose(shown(frame), PINK, atol=2)
    assert (frame.color_primaries, frame.color_trc) == (av.video.reformatter.ColorPrimaries.BT709, 1)
    assert frame.color_range == av.video.reformatter.ColorRange.MPEG
    assert b"colrnclx" in film.read_bytes()  # the tags in the container: all that some players read


def test_key_frames_are_at_most_60_frames_apart_and_packets_stand_in_the_order_shown(film):
    with av.open(film) as source:
        packets = [packet for packet in source.demux(video=0) if packet.dts is not None]
    keys = [k for k, packet in enumerate(packets) if packet.is_keyframe]
    assert len(packets) == 75
    assert keys[0] == 0
    assert max(np.diff([*keys, len(packets)])) <= 60
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets]


def test_the_bytes_do_not_depend_on_the_number_of_cpus(film, tmp_path):
    pin = getattr(os, "sched_setaffinity", lambda process, cpus: None)  # macOS has none; there it is repeatability
    cpus = getattr(os, "sched_getaffinity", lambda process: {0})(0)
    pin(0, {min(cpus)})
    try:
        alone = render(tmp_path)
    finally:
        pin(0, cpus)
    assert alone.read_bytes() == film.read_bytes()


def test_renders_ask_the_network_nothing_and_start_from_the_dark_theme():
    assert config.notify_outdated_version is False
    assert config.background_color == ManimColor("#0e1116")


def test_films_made_where_there_is_no_manim_cfg_are_encoded_alike():
    assert dict(config.video_encoder_options) == dict(H264)
