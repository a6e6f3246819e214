"""One picture of a film at any size and time, without the film."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from manim import Mobject, Scene, tempconfig
from PIL import Image

from descent.base.errors import DescentError
from descent.base.files import replacing
from descent.film.loops import STILL_OPTIONS
from descent.film.timeline import TICKS_PER_SECOND
from descent.look.palette import find_theme
from descent.stage.drawing.camera import FilmCamera
from descent.stage.drawing.writer import FilmRenderer
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import rehearse

_SAVED: Mapping[str, Mapping[str, Any]] = {".png": {"optimize": True}, ".webp": STILL_OPTIONS}


class OnePictureRenderer(FilmRenderer):
    """Skips to one moment and keeps its picture."""

    def __init__(self, seconds: float) -> None:
        super().__init__(skip_animations=True)
        self._seconds = seconds
        self.picture: Image.Image | None = None

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Look at the play in which the moment lies."""
        assert isinstance(scene, LectureScene)
        self._into_play = self._seconds - scene.timeline.now / TICKS_PER_SECOND
        super().play(scene, *args, **kwargs)

    def frame_times(self, run_time: float) -> Sequence[float]:
        """The moment, if it lies in this play."""
        return [self._into_play] if 0 <= self._into_play < run_time else []

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Keep nothing but the picture."""

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Take the picture, if this is the moment."""
        if self.picture is None and 0 <= self._into_play < scene.duration:
            self.picture = picture_of(scene.mobjects)


def picture_of(shown: Iterable[Mobject]) -> Image.Image:
    """A picture of what is on stage, at the size of Manim's configuration."""
    camera = FilmCamera()
    camera.capture_mobjects(shown)
    return Image.fromarray(camera.pixel_array).convert("RGB")


def render_still(
    scene_class: type[LectureScene], target: Path, width: int, seconds: float | None = None, theme: str = "dark"
) -> Path:
    """Write one picture of a film.

    Args:
        scene_class: The film.
        target: A PNG or a WebP.
        width: Of the picture in pixels; it is 16:9.
        seconds: The moment; by default the film's last picture, before the card that answers.
        theme: "dark" or "light".

    Returns:
        The target.

    Raises:
        DescentError: If the film is over by then, or the picture cannot be written.
    """
    kind = target.suffix.lower()
    if kind not in _SAVED:
        raise DescentError(f"a still is a PNG or a WebP; name it {target.stem}.png instead of {target.name}.")
    size = {"pixel_width": width, "pixel_height": round(width * 9 / 16), "verbosity": "WARNING"}
    with tempconfig({**size, "background_color": find_theme(theme).background}):
        moment = OnePictureRenderer(math.inf if seconds is None else seconds)
        scene = rehearse(scene_class, moment)
        length = scene.timeline.now / TICKS_PER_SECOND
        if seconds is not None and moment.picture is None:
            raise DescentError(f"{scene_class.__name__} lasts {length:.1f} s; there is no picture at {seconds:g} s.")
        picture = moment.picture or picture_of(scene.held)
    with replacing(target) as beside:
        picture.save(beside, **_SAVED[kind])
    return target
