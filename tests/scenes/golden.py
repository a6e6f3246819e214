"""Golden frames: what every film shows before its card, at low resolution, and its words, kept and compared.

``python tests/scenes/golden.py [SCENE ...]`` accepts the present ones (``make golden``).
"""

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import cairo
import manimpango
import numpy as np
import numpy.typing as npt
from films import FILMS
from manim import Mobject, tempconfig
from PIL import Image
from showing import CHEAP

from descent.base.files import replacing, write
from descent.look.palette import DARK
from descent.stage.drawing.camera import FilmCamera
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import rehearse

GOLDEN = Path(__file__).parents[1] / "golden"
MADE_WITH = GOLDEN / "made-with.json"
WORDS = GOLDEN / "words.json"
"""Title, lines and notes of every film: what a film says depends on no machine."""

DIFFERENCES = Path(__file__).parents[2] / "build" / "golden"

_SIZE = (480, 270)
_AS_TESTED = {name: CHEAP[name] for name in ("pixel_width", "pixel_height")}
_STEP = 4  # colours are kept in steps of so many levels of 255: half the size, and no one sees it
_BLOCK = 15  # side of the squares that are compared, in pixels: 32 × 18 of them

Pixels = npt.NDArray[np.uint8]
Words = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Largest difference that passes, in levels of 255: over the whole picture, and over its worst block."""

    mean: float
    block: float


SAME_MAKERS = Tolerance(mean=0.05, block=0.5)
"""Where the same cairo, Pango and font draw: a comma for a point is 0.67 in its block, another digit 3 or more."""

OTHER_MAKERS = Tolerance(mean=1.0, block=16.0)
"""Where another version draws: outlines may move by a fraction of a pixel."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two pictures are apart, in levels of 255."""

    mean: float
    block: float

    def within(self, tolerance: Tolerance) -> bool:
        """Whether it passes."""
        return self.mean <= tolerance.mean and self.block <= tolerance.block


def makers() -> dict[str, str]:
    """What draws the pictures here: the versions on which pixels depend."""
    return {
        "cairo": cairo.cairo_version_string(),
        "pango": manimpango.pango_version(),
        "fontpkg-inter": version("fontpkg-inter"),
        "manim": version("manim"),
    }


def last_picture(scene: LectureScene) -> Pixels:
    """What a scene shows before its card, shape (rows, columns, 3), as a golden frame keeps it."""
    coarse: Pixels = drawn(scene.held, _SIZE) // _STEP * _STEP + _STEP // 2
    return coarse


def drawn(shown: Sequence[Mobject], size: tuple[int, int]) -> Pixels:
    """A picture of what is on stage, shape (rows, columns, 3)."""
    with tempconfig(_AS_TESTED):  # landscapes are drawn at the film's size
        camera = FilmCamera(pixel_width=size[0], pixel_height=size[1])
        camera.capture_mobjects(shown)
    pixels: Pixels = camera.pixel_array[..., :3]
    return pixels


def difference(golden: Pixels, now: Pixels) -> Difference:
    """Mean absolute difference of two pictures, overall and in the block where it is largest."""
    apart = np.abs(golden.astype(float) - now.astype(float)).mean(axis=2)
    rows, columns = (size // _BLOCK for size in apart.shape)
    blocks = apart.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3))
    return Difference(float(apart.mean()), float(blocks.max()))


def path_of(name: str) -> Path:
    """Where a film's golden frame is kept."""
    return GOLDEN / f"{name}.png"


def load(path: Path) -> Pixels:
    """A picture's pixels, shape (rows, columns, 3)."""
    return np.asarray(Image.open(path).convert("RGB"))


def save(pixels: Pixels, path: Path) -> None:
    """Write a picture whole."""
    with replacing(path) as beside:
        Image.fromarray(pixels).save(beside, optimize=True)


def save_difference(name: str, golden: Pixels, now: Pixels) -> Path:
    """Write golden frame, present frame and their difference (eightfold) side by side, and return where."""
    apart = np.abs(golden.astype(int) - now.astype(int))
    path = DIFFERENCES / f"{name}.png"
    save(np.hstack([golden, now, np.clip(8 * apart, 0, 255).astype(np.uint8)]), path)
    return path


def accept(name: str) -> tuple[str, Words]:
    """Make the present last picture of a film its golden frame, unless nothing but noise has changed; and its words."""
    with tempconfig({**_AS_TESTED, "background_color": DARK.background, "verbosity": "ERROR"}):
        film = rehearse(FILMS[name])
        now = last_picture(film)
    same_makers = MADE_WITH.is_file() and json.loads(MADE_WITH.read_text()) == makers()
    path = path_of(name)
    if same_makers and path.is_file() and difference(load(path), now).within(SAME_MAKERS):
        return f"{name}: unchanged", words(film)
    save(now, path)
    return f"{name}: accepted", words(film)


def words(film: LectureScene) -> Words:
    """The title, lines and notes of a film that was rehearsed; its question and answer are the course's."""
    return {
        "title": [film.title],
        "lines": [line.text for line in film.timeline.lines],
        "notes": [note for _, note in film.timeline.chapters[: len(film.timeline.lines)]],
    }


def golden_words() -> dict[str, Words]:
    """The words of every film as they were accepted."""
    known: dict[str, Words] = json.loads(WORDS.read_text(encoding="utf-8"))
    return known


def main(names: list[str]) -> None:
    """Accept the named films, or all; frames of films that are gone, or that other versions made, do not stay."""
    if unknown := sorted({*names} - {*FILMS}):
        raise SystemExit(f"there is no film {unknown[0]}.")
    stale = MADE_WITH.is_file() and json.loads(MADE_WITH.read_text()) != makers()
    chosen = names if names and not stale else list(FILMS)
    if names and stale:
        print(f"{MADE_WITH} names other versions than this machine's, so every film's frame is made anew.")  # noqa: T201
    with ProcessPoolExecutor() as pool:
        said = golden_words() if WORDS.is_file() else {}
        for name, (line, told) in zip(chosen, pool.map(accept, chosen), strict=True):
            said[name] = told
            print(line)  # noqa: T201
    kept = {name: said[name] for name in FILMS if name in said}
    write(WORDS, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode())
    for path in GOLDEN.glob("*.png"):
        if path.stem not in FILMS:
            path.unlink()
            print(f"{path.stem}: removed, there is no such scene")  # noqa: T201
    write(MADE_WITH, (json.dumps(makers(), indent=2) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1:])
