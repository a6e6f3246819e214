"""What several commands share: options, folders, progress, and errors as one sentence."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from descent.errors import DescentError

SCENES, ASSETS, FILMS = Path("scenes"), Path("assets"), Path("films")
STORE = Path("media") / "segments"

theme_option = click.option("--theme", default="dark", show_default=True, help="dark, or light for white slides.")
output_option = click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to put it.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")


def sentence(error: Exception | None) -> str | None:
    """What a mistake of the user's is in a sentence; None for an error of ours."""
    if error is None or isinstance(error, DescentError):
        return str(error)
    from descent.stage.faults import explain

    return explain(error)


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar with the time left; nothing where the output is not a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total or None, description=what)


def timed(work: Callable[[], object]) -> tuple[Path, float]:
    """Do it, and how many seconds it took."""
    start = time.perf_counter()
    result = work()
    assert isinstance(result, Path)
    return result, time.perf_counter() - start
