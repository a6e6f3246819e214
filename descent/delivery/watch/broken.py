"""Where a film is broken: a sentence, and the lines of the user's file around the one it came from."""

import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from descent.base.failures import causes, failure

_AROUND = 2  # lines shown above and below


@dataclass(frozen=True, slots=True)
class Broken:
    """What the page shows of a failure.

    Attributes:
        text: What is wrong, in a sentence.
        file: The user's file; empty if it came from nowhere in one.
        line: The line in it; 0 if unknown.
        source: Lines around it, each with its number.
    """

    text: str
    file: str = ""
    line: int = 0
    source: tuple[tuple[int, str], ...] = ()

    def data(self) -> dict[str, Any]:
        """As what JSON holds."""
        return asdict(self)


def broken_by(error: BaseException, files: Sequence[Path]) -> Broken:
    """What to show of an error.

    Args:
        error: What was raised.
        files: The user's files; the deepest place in one of them is shown.
    """
    text = failure(error) if isinstance(error, Exception) else f"it ends Python ({type(error).__name__})"
    file, line = _place(error, {path.resolve() for path in files})
    if file is None:
        return Broken(text)
    return Broken(text, str(file), line, _lines(file, line))


def _place(error: BaseException, files: set[Path]) -> tuple[Path | None, int]:
    for cause in reversed(list(causes(error))):  # what happened first is what is to be mended
        if isinstance(cause, SyntaxError) and cause.filename and Path(cause.filename).resolve() in files:
            return Path(cause.filename).resolve(), cause.lineno or 0
        frames = traceback.extract_tb(cause.__traceback__)
        there = [frame for frame in frames if Path(frame.filename).resolve() in files]
        if there:
            return Path(there[-1].filename).resolve(), there[-1].lineno or 0
    return None, 0


def _lines(file: Path, line: int) -> tuple[tuple[int, str], ...]:
    try:
        every = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    first = max(1, line - _AROUND)
    return tuple((first + k, text) for k, text in enumerate(every[first - 1 : line + _AROUND])) if line else ()
