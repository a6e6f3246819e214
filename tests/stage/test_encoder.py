"""Frames told by what changed are encoded to the very bytes of whole frames."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from manim._config.video_encoder import VideoEncoderSpec
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from descent.stage.drawing.encoder import FilmEncoder
from descent.stage.drawing.layers import Area

WIDTH, HEIGHT = 130, 70
X264 = (("preset", "veryfast"), ("crf", "18"), ("threads", "1"), ("g", "30"))  # a key frame every 2 s


def spec(codec: str, pixel_format: str, kind: str, options: tuple[tuple[str, str], ...] = ()) -> VideoEncoderSpec:
    return VideoEncoderSpec(
        container_format=kind,
        codec=codec,
        pixel_format=pixel_format,
        width=WIDTH,
        height=HEIGHT,
        frame_rate=Fraction(15),
        options=options,
    )


def noise(rng: np.random.Generator, area: Area = (slice(0, HEIGHT), slice(0, WIDTH))) -> np.ndarray:
    size = (min(area[0].stop, HEIGHT) - area[0].start, min(area[1].stop, WIDTH) - area[1].start, 4)
    pixels = rng.integers(0, 256, size, dtype=np.uint8)
    pixels[..., 3] = 255
    return pixels


AREAS = [
    (slice(0, 32), slice(0, 32)),
    (slice(32, 64), slice(96, 160)),  # beyond the right edge
    (slice(64, 96), slice(0, 128)),  # beyond the lower edge
    (slice(0, 96), slice(0, 160)),
]


@pytest.mark.parametrize(
    "wanted",
    [
        spec("libx264", "yuv420p", "mp4", X264),
        spec("libx264rgb", "rgb24", "mp4", (("crf", "0"), ("preset", "ultrafast"), ("threads", "1"))),
        spec("qtrle", "argb", "mov"),
    ],
    ids=lambda spec: spec.codec,
)
def test_patches_are_encoded_as_whole_frames_are(tmp_path: Path, wanted: VideoEncoderSpec) -> None:
    rng = np.random.default_rng(3)
    whole = VideoSegmentEncoder(target=tmp_path / "whole", spec=wanted)
    told = FilmEncoder(target=tmp_path / "told", spec=wanted)
    picture = noise(rng)
    whole.write_frame(picture.copy(), repeat=3)
    told.write_frame(picture.copy(), repeat=3)
    for areas in ([AREAS[0]], [], AREAS[1:3], [AREAS[0], AREAS[2]], AREAS[3:]):
        patches = [(area, noise(rng, area)) for area in areas]
        for area, pixels in patches:
            picture[area] = pixels
        whole.write_frame(picture.copy(), repeat=2)
        told.write_frame(patches, repeat=2)
    whole.finish()
    told.finish()
    assert (tmp_path / "told").read_bytes() == (tmp_path / "whole").read_bytes()
