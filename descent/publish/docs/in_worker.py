"""What workers draw for pages: single pictures of films, and figures of their runs."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from descent.base.errors import DescentError
from descent.delivery.orders import SceneRef
from descent.publish.docs.stills import size_of

if TYPE_CHECKING:
    from descent.record.runs import Run
    from descent.stage.scene.lecture import LectureScene


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
        page: A page to take hold of that is made too, and that the picture stands in for; None for a picture alone.
    """

    scene: SceneRef
    target: Path
    figure: bool
    width: int
    seconds: float | None
    theme: str
    page: Path | None = None


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
        if job.page:
            _make_page(film, job, job.page)
            alt = film.title or job.scene.name
        elif job.figure:
            alt = _draw_figure(film, job)
        else:
            render_still(film, job.target, job.width, job.seconds, job.theme)
            alt = film.title or job.scene.name
        read = watched.read([Path(work)], file.watched)
        made = {each.resolve() for each in (job.target, job.page) if each}
        files = {*project_modules().values(), *map(Path, read.files)} - made
    return Drawn(size_of(job.target), alt, tuple(sorted(files)))


def _make_page(film: type["LectureScene"], job: PictureJob, target: Path) -> None:
    """The page of a film's runs, and the figure of them."""
    from descent.publish.explore.films import runs_on_one_map
    from descent.publish.explore.page import explore

    runs = runs_on_one_map(film)
    if not runs:
        name = job.scene.name
        raise DescentError(f"{name} shows no runs of torch on one map to make a page of; ask for the film, or a still.")
    explore(runs, target, film.title, tuple(getattr(film, "claims", ())))
    _save_figure(runs, film.title, job)


def _draw_figure(film: type["LectureScene"], job: PictureJob) -> str:
    """The figure of a film's runs; returns its alt text."""
    from descent.stage.scene.comparison import ComparisonScene

    if not (issubclass(film, ComparisonScene) and film.runs):
        raise DescentError(f"{job.scene.name} has no runs to draw a figure of; ask for a still of it.")
    return _save_figure(film.runs, film.title, job)


def _save_figure(runs: "Sequence[Run]", title: str, job: PictureJob) -> str:
    from descent.figures import comparison

    picture = comparison(list(runs), title, job.theme)
    picture.save(job.target, dpi=job.width / picture.figure.get_size_inches()[0])
    return picture.alt
