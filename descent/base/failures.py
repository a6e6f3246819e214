"""Which failures are the user's or the machine's, each as one sentence; all others are ours, with a traceback."""

import errno
import re
import sys
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from descent.base.errors import DescentError, reason
from descent.base.files import PACKAGE, writing
from descent.base.user_code import installed_here

_NO_MEMORY = re.compile(
    "failed to map segment|cannot allocate memory|can't allocate memory|can't start new thread|not enough memory", re.I
)


def explain(error: BaseException) -> str | None:
    """A sentence for a failure that is not a defect of descent.

    Args:
        error: What was raised; its causes are looked at too.

    Returns:
        What was wrong and what to do, or None if the failure needs a traceback.
    """
    for cause in causes(error):
        if _is_of_memory(cause):
            return f"there is too little memory: {needed_memory()}."
    encoder_errors = getattr(sys.modules.get("av"), "FFmpegError", ())  # without av loaded there is none
    for cause in causes(error):
        if isinstance(cause, DescentError):
            return str(cause)
        if isinstance(cause, FileNotFoundError):
            continue
        if isinstance(cause, (OSError, encoder_errors)):
            where = f" ({cause.filename})" if cause.filename else ""
            if advice := writing(cause.errno):
                return f"writing failed{where}: {advice}."
            if isinstance(cause, encoder_errors):
                return f"the encoder failed{where}: {cause.strerror}; check manim.cfg's [video_encoder] section."
    return None


def failure(error: Exception) -> str:
    """Any error in a line: what :func:`explain` knows, or the error with the place in the user's files it came from."""
    if known := explain(error):
        return known
    message = f"{type(error).__name__}: {reason(error)}"
    theirs = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_the_users(frame.filename)]
    return f"{message} ({theirs[-1].filename}, line {theirs[-1].lineno})" if theirs else message


def _is_the_users(name: str) -> bool:
    file = Path(name)
    return not (name.startswith("<") or file.is_relative_to(PACKAGE) or installed_here(file))


def needed_memory() -> str:
    """How much memory this process may have and needs, and what to do."""
    limit = _limit()
    if limit is None:
        return "Manim and torch need about 2 GB for each process; close other programs, or draw with fewer --jobs"
    return (
        f"the limit is {limit / 1e9:.1f} GB a process, while Manim and torch reserve about 4; raise it, such as by "
        "`ulimit -v unlimited`"
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, from the last to the first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _is_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    if isinstance(error, SyntaxError):  # Python's parser, out of memory, finds fault with files that have none
        return _limit() is not None and error.filename is not None and not _is_the_users(error.filename)
    return isinstance(error, ImportError | OSError | RuntimeError) and bool(_NO_MEMORY.search(str(error)))


def _limit() -> int | None:
    """Bytes of memory that a process may reserve, if there is a limit."""
    if find_spec("resource") is None:
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft
