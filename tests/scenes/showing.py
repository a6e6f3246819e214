"""Films for tests to look at: every one rehearsed, and some rendered small with sound and captions."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from manim import tempconfig
from manim.utils.exceptions import EndSceneEarlyException
from text_grounds import strange_texts

from descent.delivery.fingerprint import moments
from descent.film.mux import Score
from descent.stage.checks.legibility import shown_by
from descent.stage.checks.lint import Inspected
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import NullRenderer, rehearse

CHEAP = {
    "pixel_width": 426,
    "pixel_height": 240,
    "frame_rate": 15,  # the grid that durations lie on: every tick is a frame
    "format": "mp4",
    "progress_bar": "none",
    "verbosity": "ERROR",
}


Sound = npt.NDArray[np.floating]


class LookedAt(Inspected):
    """A film that looks itself over at every beat; with ``opening``, it ends after so many."""

    opening: int | None = None
    claims_asked = True  # a test asks them of each film, once

    def setup(self) -> None:
        """Begin with nothing strange."""
        super().setup()
        self.strange: dict[str, None] = {}

    def voiceover(self, *args: Any, **kwargs: Any) -> Any:
        if len(self.timeline.lines) == self.opening:
            raise EndSceneEarlyException  # as Manim does where `-n` says so
        return super().voiceover(*args, **kwargs)

    def _look(self, when: str) -> None:
        """As it does, and at the colours of texts too."""
        super()._look(when)
        self.strange.update(dict.fromkeys(strange_texts(shown_by(self))))


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """A film as it was rehearsed: the scene after its last play, and what was warned of meanwhile."""

    scene: LookedAt
    warned: list[str]
    voice: Path

    @property
    def silent(self) -> Score:
        """Its captions and chapters, as a rendering lays them over the pictures; nothing is spoken."""
        return replace(self.scene.script, voice=None).score(self.voice)

    @cached_property
    def sound(self) -> Sound:
        """Its sound."""
        sound = self.scene.script.score(self.voice).sound
        assert sound is not None
        return sound


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """A film as it was rendered: the scene after its last play, its file, and what was warned of meanwhile."""

    scene: LookedAt
    film: Path
    warned: list[str]


class Glancing(NullRenderer):
    """Draws nothing; looks at the moments of every play at which a rendering is planned."""

    def frame_times(self, run_time: float) -> Sequence[float]:
        return moments(run_time)


def rehearsed(scene_class: type[LectureScene], voice: Path, opening: int | None = None) -> Rehearsal:
    """Construct a film without drawing it, each play at several moments, looking it over at every beat."""
    with tempconfig(CHEAP), _heard() as warned:
        scene = rehearse(_looked_at(scene_class, opening), Glancing())
    assert isinstance(scene, LookedAt)
    return Rehearsal(scene, warned, voice)


def show(
    scene_class: type[LectureScene], folder: Path, voice: Path, opening: int | None = None, **settings: object
) -> Showing:
    """Render a film into a folder of its own, looking it over at every beat; what is spoken is kept in another."""
    (folder / "voice").symlink_to(voice, target_is_directory=True)
    with tempconfig({**CHEAP, "disable_caching": True, "media_dir": str(folder), **settings}), _heard() as warned:
        scene = _looked_at(scene_class, opening)()
        scene.render()
        film = Path(scene.renderer.file_writer.final_file_path).absolute()
    return Showing(scene, film, warned)


def _looked_at(scene_class: type[LectureScene], opening: int | None) -> type[LookedAt]:
    made = type(scene_class.__name__, (LookedAt, scene_class), {"opening": opening})
    return cast("type[LookedAt]", made)


@contextmanager
def _heard() -> Iterator[list[str]]:
    warned: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield warned
    warned += [str(warning.message) for warning in caught]
