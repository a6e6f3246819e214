"""Mistakes as one sentence, where Manim's own command renders a scene."""

import sys
from typing import Any

from manim import error_console

from descent.base.failures import explain


def tell_mistakes_plainly() -> None:
    """Make Manim's command print what :func:`explain` knows as one sentence instead of a traceback.

    Manim catches whatever a scene file raises, on loading or rendering, hands it to its error console and exits
    with status 1; the console is the one place where both kinds pass.
    """
    print_traceback = error_console.print_exception

    def print_exception(**options: Any) -> None:
        error = sys.exc_info()[1]
        sentence = explain(error) if error is not None else None
        if sentence is None:
            print_traceback(**options)
        else:
            print(f"Error: {sentence}", file=sys.stderr)  # noqa: T201

    error_console.print_exception = print_exception  # type: ignore[method-assign]
