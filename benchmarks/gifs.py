"""Moving pictures of one film by descent, and its GIF by Manim: bytes, and likeness to the frames before encoding."""

import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from manim import tempconfig
from PIL import Image, ImageSequence
from scipy.ndimage import gaussian_filter

from benchmarks import Row
from benchmarks.films import DESCENT, FILM, FROZEN, workshop
from benchmarks.measure import Cost, command
from descent.delivery.profiles import find_profile
from descent.stage.scene.catalogue import load_scenes

Grey = npt.NDArray[np.float64]


def run(quick: bool) -> list[Row]:
    """Measure both at the size and rate of the profile ``docs``, or small."""
    docs = find_profile("docs")
    width, height, every = (320, 180, 40) if quick else (docs.width, docs.height, 10)
    with tempfile.TemporaryDirectory() as name:
        folder = workshop(Path(name))
        ours = [
            (way, command([DESCENT, "gif", FILM, "--width", width, "-o", folder / name], folder=folder), folder / name)
            for way, name in (
                ("descent gif", "ours.gif"),
                ("the same as WebP, drawn before", "ours.webp"),
                ("the same as AVIF, drawn before", "ours.avif"),
            )
        ]
        manim = [sys.executable, "-m", "manim", "render", "--format", "gif", "-r", f"{width},{height}"]
        rest = ["--fps", docs.rate, "--media_dir", folder / "theirs", FROZEN / "frozen.py", "FrozenByManim"]
        theirs = command([*manim, *rest], {"DESCENT_VOICE": "silence"}, folder)
        (other,) = (folder / "theirs").rglob("*.gif")
        frames = list(_kept(_lossless(folder, width, height), docs.rate, every))
        what = f"GIF of {FILM}, {width} × {height} at {docs.rate} frames a second"
        rows = [*ours, ("GIF by Manim's own renderer and writer", theirs, other)]
        return [_row(what, way, cost, file, frames) for way, cost, file in rows]


def _row(what: str, way: str, cost: Cost, file: Path, frames: list[tuple[float, Grey]]) -> Row:
    shown = _at(file, [time for time, _ in frames])
    alike = np.mean([ssim(frame, picture) for (_, frame), picture in zip(frames, shown, strict=True)])
    return Row(what, f"{way}, SSIM {alike:.4f}", cost.wall, cost.cpu, cost.memory, file.stat().st_size, shown=True)


def _lossless(folder: Path, width: int, height: int) -> Path:
    """The film without loss."""
    settings = {**find_profile("docs").manim("dark"), "pixel_width": width, "pixel_height": height}
    with tempconfig({**settings, "media_dir": str(folder / "lossless")}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scene = load_scenes(FROZEN / "frozen.py")[FILM]()
        scene.voiced = False
        scene.render()
        return Path(scene.renderer.file_writer.movie_file_path)


def _grey(frame: av.VideoFrame) -> Grey:
    return frame.to_ndarray(format="gray").astype(float)


def _kept(film: Path, rate: int, every: int) -> Iterator[tuple[float, Grey]]:
    """Every so many frames: when it is shown, in seconds, and what."""
    with av.open(str(film)) as opened:
        for number, frame in enumerate(opened.decode(video=0)):
            if number % every == 0:
                yield (number + 0.5) / rate, _grey(frame)


def _at(file: Path, times: list[float]) -> Iterator[Grey]:
    """What a moving picture shows at rising times."""
    left, end, shown = list(times), 0.0, None
    with Image.open(file) as moving:
        for picture in ImageSequence.Iterator(moving):
            picture.load()
            end += picture.info["duration"] / 1000
            shown = _grey(av.VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), format="rgb24"))
            while left and left[0] < end:
                left.pop(0)
                yield shown
    assert shown is not None
    yield from (shown for _ in left)


def ssim(one: Grey, other: Grey) -> float:
    """Structural similarity of two pictures, by Wang and others (2004): Gaussian windows of 1.5 pixels."""

    def blurred(values: Grey) -> Grey:
        return np.asarray(gaussian_filter(values, 1.5))

    mean, mean2 = blurred(one), blurred(other)
    spread, spread2 = blurred(one * one) - mean**2, blurred(other * other) - mean2**2
    together = blurred(one * other) - mean * mean2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean * mean2 + c1) * (2 * together + c2)
    return float((above / ((mean**2 + mean2**2 + c1) * (spread + spread2 + c2))).mean())
