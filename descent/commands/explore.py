"""``descent explore``: a page on which runs can be taken hold of."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descent.base.errors import DescentError
from descent.base.output import is_file
from descent.base.progress import progress
from descent.commands.animate import race_of
from descent.commands.shared import find_scenes

if TYPE_CHECKING:
    from descent.record.claims import Claim
    from descent.record.runs import Run

_PAGES = (".html", ".htm")


@click.command()
@click.argument("runs", nargs=-1, required=True)
@click.option(
    "--surface", metavar="NAME", help="bird, valley, … or your own: package.module:function, file.py:function."
)
@click.option("--data", metavar="CSV", help="Points x,y to fit a line to, instead of a surface.")
@click.option("--standardize", is_flag=True, help="Bring both columns of the data to mean 0 and deviation 1.")
@click.option("--start", metavar="W1,W2", multiple=True, help="Where the runs start; each run from each start given.")
@click.option("--steps", type=int, help="Steps of every run.  [default: 50]")
@click.option("--scheduler", metavar="SPEC", help='For runs without their own, such as "ExponentialLR(gamma=0.9)".')
@click.option("--domain", metavar="A,B,C,D", help="The view: w1 from A to B, w2 from C to D.")
@click.option("--title", default="", help="Of the page; by default the film's, or what the runs are.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="An .html, or a folder for it.")
def explore(runs: tuple[str, ...], title: str, output: Path | None, **options: Any) -> None:
    """Make a page of runs to take hold of: drag their starts, move their settings; it needs no network.

    RUNS are a film, runs of the notebook (E03 E04), or what `descent animate` takes: optimizers with a surface, or one
    file.toml. The browser takes torch's own steps, captured as graphs; a run that it cannot take is shown as recorded.

    \b
    descent explore MomentumEscapes -o page.html
    descent explore --surface bird --start -12,10 --steps 25 "SGD(lr=0.01)" "SGD(lr=0.01, momentum=0.6)"
    descent explore race.toml -o race.html
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.publish.explore import explore as write_page

    target = output or Path()
    named = is_file(target, _PAGES, "a page")  # before runs are traced
    given = {key: value for key, value in options.items() if value not in (None, ()) and value is not False}
    with progress() as told:
        told(0, 0, "tracing")
        subject = _found(runs, given)
        told(0, 0, "capturing")
        if not named:
            target /= f"{subject.name}.html"
        page = write_page(subject.runs, target, title or subject.title, subject.claims, subject.data, subject.question)
    click.echo(page)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a page is of: a name for its file, a title, the runs, what is said of them, their data, what is asked."""

    name: str
    title: str
    runs: "list[Run]"
    claims: "tuple[Claim, ...]" = ()
    data: tuple[str, bool] | None = None
    question: str = ""


def _found(names: tuple[str, ...], given: dict[str, Any]) -> _Subject:
    """What the page is of."""
    from descent.record.lecture_runs import EXPERIMENTS
    from descent.record.spec_text import OPTIMIZERS

    if not given and all(name in EXPERIMENTS for name in names):
        return _Subject("-".join(names), "", [EXPERIMENTS[name] for name in names])
    if not given and len(names) == 1 and names[0].isidentifier() and names[0] not in OPTIMIZERS:
        return _of_film(names[0])
    return _of_race(names, given)


def _of_film(name: str) -> _Subject:
    (request,) = find_scenes([name], "docs", "dark", Path())
    from descent.stage.scene.catalogue import load_scenes

    scene = load_scenes(request.scene.file)[request.scene.name]
    runs = list(getattr(scene, "runs", ()))
    if not runs:
        raise DescentError(f"{name} shows no runs on a map, so there is no page of it.")
    claims = tuple(getattr(scene, "claims", ()))
    return _Subject(name, scene.title, runs, claims, question=request.scene.asked.question)


def _of_race(names: tuple[str, ...], given: dict[str, Any]) -> _Subject:
    from descent.animate.explore import data_file
    from descent.animate.read import read
    from descent.animate.view import settle

    document = race_of(names, given)
    problem = settle(read(document))
    name = Path(names[0]).stem if names[0].endswith(".toml") else "race"
    return _Subject(name, problem.title, problem.runs(), (), data_file(document, problem), problem.question)
