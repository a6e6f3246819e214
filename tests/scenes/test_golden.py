"""The last picture of every film is the one that was accepted."""

import json
from pathlib import Path

import golden
import numpy as np
import pytest
from films import FILMS
from manim import tempconfig
from showing import Rehearsal

from descent.stage import DARK, Label, LectureScene


def test_the_last_picture_is_the_accepted_one(rehearsal: Rehearsal) -> None:
    """Pixel by pixel where the same versions draw, coarsely where others do."""
    name = type(rehearsal.scene).__name__
    path = golden.path_of(name)
    assert path.is_file(), f"{name} has no golden frame; look at its last picture and run `make golden`."
    kept, now = golden.load(path), golden.last_picture(rehearsal.scene)
    found = golden.difference(kept, now)
    kept_by, here = json.loads(golden.MADE_WITH.read_text()), golden.makers()
    if found.within(golden.SAME_MAKERS if kept_by == here else golden.OTHER_MAKERS):
        return
    shown = golden.save_difference(name, kept, now)
    measured = f"mean difference {found.mean:.2f}, in the worst block {found.block:.1f} of 255, see {shown}"
    if kept_by == here:
        pytest.fail(f"{name} ends on another picture: {measured}; if it is right, run `make golden`.")
    others = ", ".join(
        f"{part} {kept_by.get(part)} (here {has})" for part, has in here.items() if kept_by.get(part) != has
    )
    pytest.fail(f"{name} ends on another picture even for one drawn by {others}: {measured}.")


def test_there_are_no_frames_of_films_that_are_gone() -> None:
    assert {path.stem for path in golden.GOLDEN.glob("*.png")} <= set(FILMS)


@pytest.fixture(scope="module")
def sketch() -> np.ndarray:
    return drawn("Loss 86.0 at step 12")


def drawn(text: str, shift: float = 0.0) -> np.ndarray:
    with tempconfig({"dry_run": True, "background_color": DARK.background}):
        scene = LectureScene()
        scene.add(Label(text).shift((shift, 0, 0)))
        return golden.last_picture(scene)


def test_the_same_picture_passes(sketch: np.ndarray) -> None:
    assert golden.difference(sketch, sketch.copy()) == golden.Difference(0.0, 0.0)


def test_noise_passes_everywhere(sketch: np.ndarray) -> None:
    noise = np.random.default_rng(1).random(sketch.shape) < 0.005
    noisy = np.where(noise, np.clip(sketch.astype(int) + 4, 0, 255), sketch).astype(np.uint8)
    assert golden.difference(sketch, noisy).within(golden.SAME_MAKERS)


@pytest.mark.parametrize(
    "changed", [("Loss 86.0 at step 13", 0.0), ("Loss 86,0 at step 12", 0.0), ("Loss 86.0 at step 12", 8 / 270)]
)
def test_a_digit_a_comma_or_a_pixel_does_not_pass(sketch: np.ndarray, changed: tuple[str, float]) -> None:
    assert not golden.difference(sketch, drawn(*changed)).within(golden.SAME_MAKERS)


def test_another_machine_may_place_outlines_a_little_elsewhere_but_not_write_something_else(sketch: np.ndarray) -> None:
    assert golden.difference(sketch, drawn("Loss 86.0 at step 12", 0.2 * 8 / 270)).within(golden.OTHER_MAKERS)
    assert not golden.difference(sketch, drawn("Another picture altogether")).within(golden.OTHER_MAKERS)


def test_the_picture_of_a_difference(sketch: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "DIFFERENCES", tmp_path)
    other = drawn("Loss 87.0 at step 12")
    left, middle, right = np.split(golden.load(golden.save_difference("Sketch", sketch, other)), 3, axis=1)
    assert np.array_equal(left, sketch)
    assert np.array_equal(middle, other)
    assert np.array_equal(right > 0, sketch != other)
