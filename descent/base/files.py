"""Writing files so that a reader, or a crash, meets the old file or the new one and never half of either."""

import base64
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from descent.base.errors import DescentError

PACKAGE = Path(__file__).parents[1]
"""Folder of descent's own code."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path beside ``target`` that takes its place only if the block succeeds.

    Args:
        target: The file to create or replace; its folder is created.

    Yields:
        The path to write, with the suffix of the target.

    Raises:
        DescentError: If it cannot be written (no permission, no space left); an old file is left untouched.
    """
    beside = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as reason:
        raise DescentError(
            f"cannot write {target} ({reason.strerror or reason}); free some space or choose another folder."
        ) from reason


def write(target: Path, data: bytes) -> None:
    """Write a whole file; see :func:`replacing`."""
    with replacing(target) as beside:
        beside.write_bytes(data)


def data_url(content: bytes, kind: str) -> str:
    """Bytes of a MIME type as a URL that holds them."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
