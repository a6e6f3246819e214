"""A bar with the time left: in a terminal, in a notebook, and nothing elsewhere."""

import html
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Progress = Callable[[int, int, str], None]
"""Told (how much is done, how much there is, what is going on)."""


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar for what the block does; nothing where nobody watches: in a pipe, or in a log."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):
        with _in_notebook() as told:
            yield told
    else:
        with _in_terminal() as told:
            yield told


@contextmanager
def _in_terminal() -> Iterator[Progress]:
    from rich import progress as bars
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with bars.Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)

        def told(done: int, total: int, what: str) -> None:
            if bar.tasks[0].description.split()[0] != what.split()[0]:
                bar.reset(task)  # another kind of work has another pace
            bar.update(task, completed=done, total=total or None, description=what)

        yield told


@contextmanager
def _in_notebook() -> Iterator[Progress]:
    """HTML that any notebook shows without widgets; the notebook's file keeps nothing of it."""
    from IPython.display import display

    shown: list[Any] = []
    last = ""

    def told(done: int, total: int, what: str) -> None:
        nonlocal last
        share = f' value="{min(done / total, 1):.2f}"' if total else ""
        words = html.escape(what + (f" {min(done / total, 1):.0%}" if total else ""))
        markup = f'<progress{share} aria-label="{words}"></progress> {words}'
        if markup == last:
            return
        last = markup
        if shown:
            shown[0].update({"text/html": markup}, raw=True)
        else:
            shown.append(display({"text/html": markup}, raw=True, display_id=True))  # type: ignore[no-untyped-call]

    try:
        yield told
    finally:
        if shown:
            shown[0].update({"text/html": ""}, raw=True)
