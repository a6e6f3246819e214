"""Pages of finished films, made by workers, and kept in the project's cache as long as what they are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from descent.base.failures import failure
from descent.base.files import write
from descent.base.progress import Progress
from descent.base.project import project
from descent.base.workers import Workers
from descent.delivery.freshness import Read, inputs_key
from descent.delivery.orders import RenderRequest, SceneRef
from descent.film.sidecar import read_sidecar
from descent.look.palette import MAX_RUNS
from descent.publish.frames import templates_digest

if TYPE_CHECKING:
    from descent.record.runs import Run

_KEY = 40  # characters, as of the keys of drawn parts


@dataclass(frozen=True, slots=True)
class FilmPage:
    """What became of a film's page.

    Attributes:
        file: The page; None if there is none.
        why: Why there is none, to go on with after "no page:".
        failed: Whether that is a fault, and not what the film is like.
    """

    file: Path | None
    why: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class PageJob:
    """A page to make: of which film, and into which file."""

    scene: SceneRef
    target: Path


def film_pages(
    orders: Sequence[RenderRequest], jobs: int, told: Progress = lambda *_: None
) -> dict[RenderRequest, FilmPage]:
    """The page of each film, if it has one to take hold of: some runs on one map, one of which a browser can take.

    Args:
        orders: Films that are rendered.
        jobs: How many processes capture.
        told: Told (pages done, pages in all, what is going on).

    Returns:
        What became of each; a page that is in the cache is not made again.
    """
    keys = {order: _key(order) for order in orders}
    found = {order: page for order, key in keys.items() if (page := _kept(key)) is not None}
    due = {PageJob(order.scene, _file(keys[order])): order for order in orders if order not in found}
    if due:
        with Workers(min(jobs, len(due))) as workers:
            for done, (job, outcome) in enumerate(workers.run(make_page, list(due)), 1):
                order = due[job]
                told(done, len(due), f"capturing {order.scene.name}")
                found[order] = _taken(job, outcome, fresh=_key(order) == keys[order])
    return found


def make_page(job: PageJob) -> str:
    """Make the page of a film, in a worker, which has Manim loaded.

    Returns:
        Nothing, or why it has none; that is kept beside where the page would be.

    Raises:
        DescentError: Whatever stops it, in a sentence.
    """
    from descent.delivery.planning import executed, telling_errors
    from descent.publish.explore.page import page_of

    with telling_errors(), executed(job.scene) as (film, _):
        why, text = "it shows no runs of torch on one map", ""
        if runs := runs_on_one_map(film):
            page, text = page_of(
                runs, film.title, tuple(getattr(film, "claims", ())), question=job.scene.asked.question
            )
            why = "" if any(run.code >= 0 for run in page.runs) else "none of its runs can be taken hold of"
        write(job.target.with_suffix(".txt") if why else job.target, (why or text).encode())
        return why


def runs_on_one_map(film: type) -> "tuple[Run, ...]":
    """The runs of a film, if one map can show them and torch took them; else none.

    Args:
        film: Its class.
    """
    from descent.stage.scene.runs import RunScene

    runs: tuple[Run, ...] = tuple(getattr(film, "runs", ()))
    if not (issubclass(film, RunScene) and film.records is RunScene.records and 1 <= len(runs) <= MAX_RUNS):
        return ()
    one = runs[0].surface
    return runs if all((r.surface.loss, r.surface.domain) == (one.loss, one.domain) for r in runs) else ()


def _taken(job: PageJob, outcome: str | Exception, fresh: bool) -> FilmPage:
    """What became of a job."""
    if isinstance(outcome, Exception):
        return FilmPage(None, failure(outcome), failed=True)
    if not fresh:
        for file in (job.target, job.target.with_suffix(".txt")):
            file.unlink(missing_ok=True)
        return FilmPage(None, "it was changed while its page was made; run the command again.", failed=True)
    return FilmPage(None, outcome) if outcome else FilmPage(job.target)


def _key(order: RenderRequest) -> str:
    """A digest of all that a film's page is made from, as its note knows it."""
    inputs = read_sidecar(order.file(".json")).inputs
    read = Read(tuple(inputs.files), tuple(inputs.folders), tuple(inputs.variables))
    settings = repr(("page", order.scene.name, order.scene.asked.question, read.digest(), templates_digest()))
    return inputs_key(order.scene.file, map(Path, inputs.modules), settings)[:_KEY]


def _file(key: str) -> Path:
    return project().pages / f"{key}.html"


def _kept(key: str) -> FilmPage | None:
    """What the cache holds; None for nothing."""
    page = _file(key)
    if page.is_file():
        return FilmPage(page)
    try:
        return FilmPage(None, page.with_suffix(".txt").read_text("utf-8"))
    except OSError:
        return None
