"""``descent figure basins`` and ``descent figure sweep``: figures of thousands of runs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from descent.base.errors import DescentError, shown
from descent.base.output import is_file
from descent.base.progress import progress
from descent.commands.animate import numbers

if TYPE_CHECKING:
    from descent.figures import Picture
    from descent.record.runs import Run
    from descent.record.surfaces import Array

KINDS = (".png", ".svg", ".pdf")
"""The kinds of file that a figure becomes."""

_MOST = 2000  # values of a setting, or starts along a side


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that both have."""
    for option in (
        click.option("-o", "--output", type=click.Path(path_type=Path), help="A .png, .svg or .pdf."),
        click.option("--csv", type=click.Path(path_type=Path), help="The values as a table beside the figure."),
        click.option("--title", default="", help="What the figure claims."),
        click.option("--theme", default="light", show_default=True, help="light, or dark."),
        click.option("--cluster", metavar="ADDRESS", help="Trace on the Dask cluster with this scheduler."),
        click.option("--steps", default=100, show_default=True, help="Steps of every run."),
        click.option("--domain", metavar="A,B,C,D", help="The view: w1 from A to B, w2 from C to D."),
        click.option("--surface", required=True, metavar="NAME", help="bird, valley, … or package.module:function."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("optimizers", nargs=-1, required=True)
@click.option("--grid", default=240, show_default=True, help="Starts along each side of the view.")
@_options
def basins(optimizers: tuple[str, ...], grid: int, output: Path | None, csv: Path | None, **options: Any) -> None:
    """Draw in which minimum up to five OPTIMIZERS end from every start of the view."""
    from descent.figures import basin_maps
    from descent.record.many.basins import basins as find
    from descent.record.many.csv_tables import basins_csv

    _bounded(grid, 2, "--grid")
    target = _target(output, "basins.png")
    runs = _runs(optimizers, None, options)
    with progress() as told:
        found = [
            find(
                run,
                (grid, grid),
                cluster=options["cluster"],
                progress=lambda done, all_, k=k: told(k * all_ + done, len(runs) * all_, "tracing"),
            )
            for k, run in enumerate(runs)
        ]
    _save(basin_maps(found, options["title"], options["theme"]), target)
    if csv:
        _table(csv, basins_csv(found))


@click.command()
@click.argument("optimizer")
@click.option("--x", "across", required=True, metavar="NAME=A:B:N", help="N values of a setting from A to B.")
@click.option("--y", "up", metavar="NAME=A:B:N", help="Likewise, of a second one.")
@click.option("--start", required=True, metavar="W1,W2", help="Where the runs start.")
@click.option("--target", metavar="W1,W2", help="Where they should go.  [default: the surface's lowest minimum]")
@click.option("--sample", multiple=True, metavar="X,Y", help="Settings of a run to draw; up to three.")
@_options
def sweep(
    optimizer: str,
    across: str,
    up: str | None,
    start: str,
    target: str | None,
    sample: tuple[str, ...],
    output: Path | None,
    csv: Path | None,
    **options: Any,
) -> None:
    """Draw how runs of an OPTIMIZER end for every value of one setting, or of two against each other."""
    from descent.figures import regimes, sweep_map
    from descent.record.many.csv_tables import sweep_csv
    from descent.record.many.sweeps import sweep as find

    target_file = _target(output, "sweep.png")
    (run,) = _runs((optimizer,), numbers(start, "--start", 2), options)
    goal = None if target is None else numbers(target, "--target", 2)
    with progress() as told:
        told(0, 0, "tracing")
        found = find(
            run,
            _setting(across, "--x"),
            None if up is None else _setting(up, "--y"),
            None if goal is None else (goal[0], goal[1]),
            cluster=options["cluster"],
        )
    pairs = [(pair[0], pair[1]) for pair in (numbers(text, "--sample", 2) for text in sample)]
    if up is None and pairs:
        raise DescentError("--sample draws runs on a map of two settings; give --y too.")
    picture = (
        regimes(found, options["title"], options["theme"])
        if up is None
        else sweep_map(found, pairs, options["title"], options["theme"])
    )
    _save(picture, target_file)
    if csv:
        _table(csv, sweep_csv(found))


def _runs(texts: tuple[str, ...], start: list[float] | None, options: dict[str, Any]) -> "list[Run]":
    """The runs, from the middle of the view where no start is given."""
    from descent.animate.problem import Entry, Problem, own_function
    from descent.record.named_surfaces import SURFACES
    from descent.record.surfaces import Surface

    domain = None
    if options["domain"]:
        left, right, bottom, top = numbers(options["domain"], "--domain", 4)
        domain = ((left, right), (bottom, top))
    known = SURFACES.get(options["surface"]) or own_function(options["surface"])
    view = domain or (known.domain if isinstance(known, Surface) else None)
    if view is None and start is None:
        raise DescentError("a function of your own needs a view: give --domain, such as -5,5,-5,5.")
    w1, w2 = start if start is not None else [sum(side) / 2 for side in view or ()]
    _bounded(options["steps"], 1, "--steps")
    entries = tuple(Entry(text, (w1, w2), options["steps"]) for text in texts)
    minima = known.minima if isinstance(known, Surface) else ()
    keeps = None if domain is None else tuple(minimum for minimum in minima if _inside(minimum, domain))
    return Problem(entries, options["surface"], domain=domain, minima=keeps).runs()


def _inside(point: tuple[float, float], domain: tuple[tuple[float, float], tuple[float, float]]) -> bool:
    return all(low <= w <= high for w, (low, high) in zip(point, domain, strict=True))


def _setting(text: str, option: str) -> "tuple[str, Array]":
    name, equals, values = text.partition("=")
    try:
        first, last, count = values.split(":")
        low, high, many = float(first), float(last), int(count)
    except ValueError:
        equals = ""
        low, high, many = 0.0, 1.0, 2
    if not (equals and name.strip() and np.isfinite([low, high]).all() and low < high and 2 <= many <= _MOST):
        raise DescentError(
            f"{option} takes a setting and how many values from where to where, up to {_MOST}, as in "
            f"lr=0.01:1:100, not {shown(text)}."
        )
    return name.strip(), np.linspace(low, high, many)


def _bounded(value: int, low: int, option: str) -> None:
    if not low <= value <= _MOST * 50:
        raise DescentError(f"{option} takes a whole number from {low} to {_MOST * 50}, not {value}.")


def _target(output: Path | None, name: str) -> Path:
    """The file to write: what was asked for, or one of a name in the folder that was."""
    folder = output or Path()
    return folder if is_file(folder, KINDS, "a figure") else folder / name


def _save(picture: "Picture", output: Path) -> None:
    click.echo(picture.save(output))
    click.echo(picture.alt)


def _table(path: Path, text: str) -> None:
    from descent.base.files import write

    write(path, text.encode())
    click.echo(path)
