"""Noticing that a file was saved: by looking at what the system says of it, a few times a second."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

INTERVAL = 0.25  # seconds between looks
_SETTLED = 0.05  # an editor that writes in two steps is done by then

State = dict[Path, tuple[int, int, int] | None]


def state(files: Iterable[Path]) -> State:
    """When each file was written, its size and its place on the disk; None for one that is not there."""
    return {file: _stat(file) for file in files}


def _stat(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def changed(before: State, now: State, begun: int) -> bool:
    """Whether a file is another than it was; one that was not watched before, than when the film was constructed.

    Args:
        before: What was watched, and how it was.
        now: What is watched, and how it is.
        begun: When the film was constructed, in nanoseconds of the system's clock.

    >>> a, b = Path("a"), Path("b")
    >>> changed({a: (1, 1, 1)}, {a: (1, 1, 1), b: (5, 1, 1)}, 6), changed({a: (1, 1, 1)}, {b: (7, 1, 1)}, 6)
    (False, True)
    """
    return any(
        before[file] != how if file in before else how is not None and how[0] > begun for file, how in now.items()
    )


async def settled(files: Iterable[Path]) -> State:
    """The files' state, once it stays the same for a moment."""
    watched = list(files)
    now = state(watched)
    for _ in range(20):
        await asyncio.sleep(_SETTLED)
        before, now = now, state(watched)
        if before == now:
            break
    return now
