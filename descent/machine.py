"""What the machine refuses, told in a sentence that says what to do: memory, disk, permissions, processes."""

import errno
import re
from collections.abc import Iterator
from importlib.util import find_spec

_NO_MEMORY = re.compile(
    "failed to map segment|cannot allocate memory|can't allocate memory|can't start new thread|not enough memory", re.I
)
_FULL = "free some space and try again"
_WRITING = {
    errno.ENOSPC: f"the disk is full; {_FULL}",
    errno.EDQUOT: f"the disk quota is used up; {_FULL}",
    errno.EFBIG: "the file grew too large for this disk or account; choose another folder",
    errno.EACCES: "there is no permission to write there; choose another folder, or change its permissions",
    errno.EPERM: "there is no permission to write there; choose another folder, or change its permissions",
    errno.EROFS: "that disk is read-only; choose another folder",
    errno.ENOTDIR: "a part of that path is a file, not a folder; choose another folder",
    errno.EEXIST: "a part of that path is a file, not a folder; choose another folder",
    errno.EISDIR: "that is a folder; name a file",
    errno.ENAMETOOLONG: "that name is too long; choose a shorter one",
}


def writing(number: int | None) -> str | None:
    """What keeps a file from being written and what to do, by the error's number; None for another reason."""
    return _WRITING.get(abs(number or 0))


def explain(error: BaseException) -> str | None:
    """A sentence for an error, or for what caused it, if memory is short; else None."""
    if any(map(_is_of_memory, causes(error))):
        return f"there is too little memory: {needed_memory()}."
    return None


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
        cause = cause.__cause__ or cause.__context__


def _is_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return isinstance(error, ImportError | OSError | RuntimeError) and bool(_NO_MEMORY.search(str(error)))


def _limit() -> int | None:
    """Bytes of memory that a process may reserve, if there is a limit."""
    if find_spec("resource") is None:
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft
