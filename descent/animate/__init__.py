"""Films of one's own problem, without writing a scene.

What is asked for, on the command line or in a TOML file, becomes a `Document` of plain values; `read` checks it into a
`Problem`, a small text that any process can make the scene of; `settle` chooses the view and searches its minima; the
story (title, beats, claims) is written from the traced runs. No text of the user's is ever executed; a module of theirs
is imported only where they name it.
"""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from descent.animate.make import Made

__all__ = ["animate"]


def animate(
    *things: Any,
    surface: Any = None,
    start: Any = None,
    steps: int | None = None,
    scheduler: Any = None,
    data: Any = None,
    domain: Any = None,
    title: str | None = None,
    output: str | Path | None = None,
    theme: str | None = None,
    jobs: int | None = None,
    **options: Any,
) -> "Made":
    """Make a film of runs, as ``descent animate`` does; in a notebook, its value shows it.

    ``animate(lambda x, y: x**2 + 10 * y**2, [partial(SGD, lr=0.05), "Adam(lr=0.1)"], start=(2, 1))``

    Args:
        things: The loss and the runs, in any order and in lists. A loss is a `Surface`, the name of one, or an
            elementwise torch function of two tensors. A run is an optimizer, as text with a scheduler behind a plus if
            it has one and a name of its own before an equals sign, as in ``"fast = AdamW(lr=0.1)"``, or as
            `functools.partial`; a `Run`, or its `Trajectory`, which bring their loss, start and steps; or a path of
            one's own, an array ``[n + 1, 2]`` of the (w1, w2) before each step and after the last.
            A mapping says more of a run, by the keys of the TOML file, such as ``optimizer``, ``start`` and ``steps``.
        surface: The loss, if it is not among the things.
        start: Where runs start that do not say it: (w1, w2), or several of them.
        steps: How many steps runs take that do not say it; 50 by default.
        scheduler: Of runs that have none, as text or as `functools.partial`.
        data: Instead of a loss, points to fit a line to: a CSV file, an array ``[n, 2]``, or a table with columns x, y.
        domain: The view, ``((w1min, w1max), (w2min, w2max))``; by default it is chosen from the runs.
        title: Instead of the one that is written from what the runs do.
        output: The file, ``race.mp4`` by default; its suffix says what is made.
        theme: "dark", the default, or "light".
        jobs: How many processes draw; all cores by default.
        options: The other keys of the TOML file: standardize, question, answer, beats, narrate, profile, width, voice,
            font.

    Returns:
        What was made: its file, title and remarks.

    Raises:
        DescentError: If anything does not fit, in one sentence.
    """
    from descent.animate.inputs import document_of, sorted_race
    from descent.animate.make import look_of, make
    from descent.animate.read import read
    from descent.base.progress import progress
    from descent.base.project import project

    named = {"surface": surface, "start": start, "steps": steps, "scheduler": scheduler, "data": data}
    named |= {"domain": domain, "title": title, "output": output, "theme": theme}
    with document_of(sorted_race(things, {**named, **options}), project().races) as document:
        look = look_of(document)
        with progress() as told:
            told(0, 0, "tracing")
            return make(read(document), look, jobs or os.cpu_count() or 1, told)


class _Callable(ModuleType):
    """``descent.animate(…)`` works, although this package bears the function's name."""

    __call__ = staticmethod(animate)


sys.modules[__name__].__class__ = _Callable
