"""Writing a file so that a reader, or a crash, meets the old file or the new one and never half of either."""

import uuid
from pathlib import Path

from descent.errors import DescentError


def replace(path: Path, data: bytes) -> None:
    """Write a whole file, creating its folder.

    Args:
        path: The file to create or replace.
        data: Its new content.

    Raises:
        DescentError: If it cannot be written (no permission, no space left); an old file is left untouched.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as reason:
        raise DescentError(
            f"cannot write {path} ({reason.strerror or reason}): free some space or choose another folder."
        ) from reason
