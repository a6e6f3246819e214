"""A page to take hold of, of what one has in a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.animate.inputs import Race, document_of, flat, loss_of, sorted_race, unpacked
from descent.animate.problem import Problem
from descent.animate.read import read
from descent.animate.view import settle
from descent.base.document import Document
from descent.base.errors import DescentError
from descent.base.files import write
from descent.base.progress import progress
from descent.publish.explore.page import page_of
from descent.publish.frames import HEIGHT, frame, frame_height
from descent.record.claims import Claim
from descent.record.runs import Run
from descent.record.trajectories import Trajectory

_PAGES = (".html", ".htm")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LivePage:
    """A page to take hold of.

    Attributes:
        title: What it is of.
        html: The page, whole: nothing else belongs to it.
        file: Where it was written; None if no file was asked for.
        height: Of the frame in which a notebook shows it, in pixels.
    """

    title: str
    html: str
    file: Path | None = None
    height: int = HEIGHT

    def save(self, target: str | Path) -> Path:
        """Write it.

        Args:
            target: An .html.

        Raises:
            DescentError: If the name ends otherwise, or it cannot be written.
        """
        path = _page_file(target)
        write(path, self.html.encode())
        return path

    def __repr__(self) -> str:
        where = f", {self.file}" if self.file else ""
        return f"<page {self.title!r}, {len(self.html.encode()) / 1000:.0f} kB{where}>"

    def _repr_html_(self) -> str:
        """The page in a frame that keeps it apart from the notebook, for notebooks."""
        return frame(self.title, self.height, page=self.html)


def explore(
    *things: Any,
    surface: Any = None,
    start: Any = None,
    steps: int | None = None,
    scheduler: Any = None,
    data: Any = None,
    standardize: bool = False,
    domain: Any = None,
    title: str = "",
    claims: Sequence[Claim] = (),
    question: str = "",
    output: str | Path | None = None,
    height: int = HEIGHT,
) -> LivePage:
    """Make a page of runs to take hold of; in a notebook, its value shows it.

    Starts can be dragged and settings moved: the browser computes runs by torch's own steps, captured as graphs, and
    compares itself with what torch did. A run that cannot be captured (its optimizer is not elementwise, its scheduler
    looks at the loss, …) is shown as recorded, and says why.

    ``explore(lambda x, y: x**2 + 10 * y**2, [partial(SGD, lr=0.05), "Adam(lr=0.1)"], start=(2, 1))``

    Args:
        things: A loss and up to eight runs, as `descent.animate` takes them; runs alone, of one surface; or a scene,
            for its runs. A name that ends in .html is the file, as ``output`` is.
        surface: The loss, if it is not among the things.
        start: Where runs start that do not say it: (w1, w2), or several of them.
        steps: How many steps runs take that do not say it; 50 by default.
        scheduler: Of runs that have none, as text or as `functools.partial`.
        data: Instead of a loss, points to fit a line to: a CSV file, an array ``[n, 2]``, or a table with columns x, y.
        standardize: Bring both columns of the data to mean 0 and standard deviation 1.
        domain: The view, ``((w1min, w1max), (w2min, w2max))``; by default it is the surface's, else chosen from the
            runs.
        title: The page's title; by default the scene's, or what the runs are.
        claims: What is said of the runs, each shown with a lamp that tells whether it holds of what is on screen; by
            default the scene's.
        question: What the title answers; it stands in its place while the page hides the paths.
        output: An .html to write it to; without one, it is only shown.
        height: Of the frame in which a notebook shows it, in pixels.

    Returns:
        The page; its method `save` writes it.

    Raises:
        DescentError: If anything does not fit, in one sentence.
    """
    found: list[Any] = list(flat(things))
    files = [thing for thing in found if _names_a_page(thing)]
    found = [thing for thing in found if not _names_a_page(thing)]
    if len(files) + (output is not None) > 1:
        raise DescentError("a page is written to one file; name one.")
    target = _page_file(output or files[0]) if output or files else None
    frame_height(height)
    found, own_title, own_claims = unpacked(found)
    title, claims = title or own_title, claims or own_claims
    options = {"surface": surface, "start": start, "steps": steps, "scheduler": scheduler, "data": data}
    race = sorted_race(found, {**options, "standardize": standardize or None, "domain": domain})
    with progress() as told:
        told(0, 0, "capturing")
        name, html = _made(race, title, claims, question)
    if target:
        write(target, html.encode())
    return LivePage(name, html, target, height)


def _made(race: Race, title: str, claims: Sequence[Claim], question: str) -> tuple[str, str]:
    """The page's title and text."""
    ready: Sequence[Run | Trajectory] = [run for run in race.runs if isinstance(run, Run | Trajectory)]
    if len(ready) == len(race.runs) and not {"data", "domain"} & set(race.options):
        if race.loss is not None:
            loss_of(race)  # refuses runs on another
        page, html = page_of(ready, title, claims, question=question)
    else:
        with document_of(race) as document:
            problem = settle(read(document))
            points = data_file(document, problem) if isinstance(race.options.get("data"), str) else None
            page, html = page_of(problem.runs(), title, claims, points, question)
    return page.title, html


def data_file(document: Document, problem: Problem) -> tuple[str, bool] | None:
    """The file that the points of a race are from, and whether they are standardized; None if they are from no file.

    Args:
        document: The race.
        problem: What was read from it.
    """
    named = document.values.get("data")
    if not problem.points or not isinstance(named, str | Path):
        return None
    return str(document.beside(str(named))), problem.standardized


def _names_a_page(thing: object) -> bool:
    return isinstance(thing, Path) or (isinstance(thing, str) and thing.lower().endswith(_PAGES))


def _page_file(target: str | Path) -> Path:
    path = Path(target)
    if path.suffix.lower() not in _PAGES:
        raise DescentError(f"a page is written to a file that ends in .html, not {path.name!r}.")
    return path
