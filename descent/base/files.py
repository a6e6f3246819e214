"""Writing files so that a reader, or a crash, meets the old file or the new one and never half of either."""

import base64
import errno
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from descent.base.errors import DescentError

PACKAGE = Path(__file__).parents[1]
"""Folder of descent's own code."""

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


@contextmanager
def replacing(target: Path, look: Callable[[Path], object] = lambda _: None) -> Iterator[Path]:
    """A temporary path beside ``target`` that takes its place only if the block succeeds; a link is written through.

    Args:
        target: The file to create or replace; its folder is created.
        look: Told the whole new file before it takes its place, where others may write too.

    Yields:
        The path to write, with the suffix of the target.

    Raises:
        DescentError: If it cannot be written (no permission, no space left); an old file is left untouched.
    """
    # Through a link, as an editor writes: what it points to is replaced, and the link stays.
    real = Path(os.path.realpath(target)) if target.is_symlink() else target
    beside = real.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        if real.exists() and not real.is_file():
            raise IsADirectoryError(errno.EISDIR, "It is not a file")
        try:
            yield beside
            if real.exists():
                shutil.copymode(real, beside)
            look(beside)
            beside.replace(real)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as reason:
        advice = writing(reason.errno) or "choose another folder"
        raise DescentError(f"cannot write {target} ({reason.strerror or reason}): {advice}.") from reason


def write(target: Path, data: bytes) -> None:
    """Write a whole file; see :func:`replacing`."""
    with replacing(target) as beside:
        beside.write_bytes(data)


def data_url(content: bytes, kind: str) -> str:
    """Bytes of a MIME type as a URL that holds them."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
