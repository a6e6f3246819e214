"""Which failures are the user's or the machine's, told in one sentence; everything else is ours, with a traceback."""

import sys
import traceback
from pathlib import Path
from typing import Any

import av
from manim import error_console

from descent import machine
from descent.base.errors import DescentError, reason


def explain(error: BaseException) -> str | None:
    """A sentence for a failure that is not a defect of descent.

    Args:
        error: What was raised; its causes are looked at too.

    Returns:
        What was wrong and what to do, or None if the failure needs a traceback.
    """
    if told := machine.explain(error):
        return told
    for cause in machine.causes(error):
        if isinstance(cause, DescentError):
            return str(cause)
        if isinstance(cause, OSError | av.FFmpegError) and not isinstance(cause, FileNotFoundError):
            where = f" ({cause.filename})" if cause.filename else ""
            if advice := machine.writing(cause.errno):
                return f"writing failed{where}: {advice}."
            if isinstance(cause, av.FFmpegError):
                return f"the encoder failed{where}: {cause.strerror}; check manim.cfg's [video_encoder] section."
    return None


def failure(error: Exception) -> str:
    """Any error in a line: what :func:`explain` knows, or the error with the place in the user's files it came from."""
    if told := explain(error):
        return told
    told = f"{type(error).__name__}: {reason(error)}"
    ours = str(Path(__file__).parents[1])
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((ours, sys.prefix, "<"))
    ]
    return f"{told} ({frames[-1].filename}, line {frames[-1].lineno})" if frames else told


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
