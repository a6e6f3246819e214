"""Stills of several films at once, each drawn in a process that has Manim loaded."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from descent.delivery.orders import SceneRef


@dataclass(frozen=True, slots=True)
class Still:
    """A picture to draw.

    Attributes:
        scene: The film.
        target: A PNG or a WebP.
        width: Of the picture in pixels; it is 16:9.
        seconds: The moment; None for the film's last picture.
        theme: "dark" or "light".
    """

    scene: SceneRef
    target: Path
    width: int
    seconds: float | None
    theme: str


def draw_still(still: Still) -> Path:
    """Draw a picture, in a worker; returns its file.

    Raises:
        DescentError: Whatever stops it, in a sentence.
    """
    from manim import tempconfig

    from descent.delivery.planning import own_caches, scene_class, telling_errors
    from descent.delivery.still import render_still
    from descent.film.narration import StaleTimingWarning

    folder = TemporaryDirectory(prefix="descent-still-")
    with (
        telling_errors(),
        scene_class(still.scene) as film,
        folder as work,
        tempconfig(own_caches(Path(work))),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", StaleTimingWarning)  # what is said is nothing to a picture
        return render_still(film, still.target, still.width, still.seconds, still.theme)
