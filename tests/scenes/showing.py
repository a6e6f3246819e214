"""A film rendered small, with sound and captions, for tests to look at."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from manim import tempconfig

from descent.stage.checks.lint import Inspected, inspected
from descent.stage.scene.lecture import LectureScene

CHEAP = {
    "pixel_width": 426,
    "pixel_height": 240,
    "frame_rate": 15,  # the grid that durations lie on: every tick is a frame
    "format": "mp4",
    "progress_bar": "none",
    "verbosity": "ERROR",
}


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """A film as it was rendered: the scene after its last play, its file, and what was warned of meanwhile."""

    scene: Inspected
    film: Path
    warned: list[str]


def show(scene_class: type[LectureScene], folder: Path, **settings: object) -> Showing:
    """Render a film into a folder of its own, looking it over at every beat."""
    with (
        tempconfig({**CHEAP, "disable_caching": True, "media_dir": str(folder), **settings}),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always", UserWarning)
        scene = inspected(scene_class)()
        scene.render()
        film = Path(scene.renderer.file_writer.final_file_path)
    return Showing(scene, film, [str(warning.message) for warning in caught])
