"""What workers draw for pages: single pictures of films, and figures of their runs."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from descent.base.errors import DescentError
from descent.delivery.orders import SceneRef
from descent.publish.docs.stills import size_of


@dataclass(frozen=True, slots=True)
class PictureJob:
    """A picture to draw.

    Attributes:
        scene: The film.
        target: The file.
        figure: Whether it is a figure of the film's runs, instead of a picture of the film.
        width: Pixels.
        seconds: The moment; None for the film's last picture.
        theme: "light" or "dark".
    """

    scene: SceneRef
    target: Path
    figure: bool
    width: int
    seconds: float | None
    theme: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that was drawn.

    Attributes:
        size: (width, height) in pixels.
        alt: What it shows.
        files: Whatever of the user's own it was made from, besides the film's file.
    """

    size: tuple[int, int]
    alt: str
    files: tuple[Path, ...]


def draw_picture(job: PictureJob) -> Drawn:
    """Draw a picture, in a worker, which has Manim loaded.

    Raises:
        DescentError: Whatever stops it, in a sentence.
    """
    from manim import tempconfig

    from descent.delivery.freshness import project_modules
    from descent.delivery.planning import executed, own_caches, telling_errors
    from descent.delivery.reads import Watched, watching
    from descent.delivery.still import render_still
    from descent.film.narration import StaleTimingWarning

    watched, folder = Watched(), TemporaryDirectory(prefix="descent-picture-")
    with (
        telling_errors(),
        executed(job.scene) as (film, file),
        folder as work,
        tempconfig(own_caches(Path(work))),
        warnings.catch_warnings(),
        watching(watched),
    ):
        warnings.simplefilter("ignore", StaleTimingWarning)  # what is said is nothing to a picture
        if job.figure:
            alt = _draw_figure(film, job)
        else:
            render_still(film, job.target, job.width, job.seconds, job.theme)
            alt = film.title or job.scene.name
        read = watched.read([Path(work)], file.watched)
        files = {*project_modules().values(), *map(Path, read.files)} - {job.target.resolve()}
    return Drawn(size_of(job.target), alt, tuple(sorted(files)))


def _draw_figure(film: type, job: PictureJob) -> str:
    """The figure of a film's runs; returns its alt text."""
    from descent.figures import comparison
    from descent.stage.scene.comparison import ComparisonScene

    if not (issubclass(film, ComparisonScene) and film.runs):
        raise DescentError(f"{job.scene.name} has no runs to draw a figure of; ask for a still of it.")
    picture = comparison(list(film.runs), film.title, job.theme)
    picture.save(job.target, dpi=job.width / picture.figure.get_size_inches()[0])
    return picture.alt
