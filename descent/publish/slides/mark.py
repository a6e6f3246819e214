"""How a deck shows that descent wrote it and nobody changed it since: a digest of its contents, in the file itself."""

import re
import zipfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from descent.base.errors import DescentError

CORE = "docProps/core.xml"
"""The part of a .pptx that holds its mark, and is not counted in it."""

_LINES = {".html": (b"</html>", b"<!-- descent %s -->\n"), ".pdf": (b"startxref", b"%%descent %s\n")}
"""A line for the mark: before what it stands, and how it reads; a comment in either format."""


def check_replaceable(
    target: Path, force: bool = False, advice: str = "name another file, or move this one away"
) -> None:
    """Refuse to lose what somebody else made.

    Args:
        target: The deck that is to be written.
        force: Whether it may replace whatever is there.
        advice: What else its user may do.

    Raises:
        DescentError: If there is a file that is not a deck as descent wrote it.
    """
    if force or not target.is_file() or is_ours(target):
        return
    raise DescentError(
        f"{target} is there already and is not a deck as descent wrote it (another program made it, or somebody "
        f"changed it since): {advice}."
    )


def is_ours(file: Path) -> bool:
    """Whether a file is a deck of descent's that nobody changed since; an empty one counts, for nothing is lost.

    Args:
        file: A .pptx, .html or .pdf that exists.
    """
    if not file.stat().st_size:
        return True
    ending = file.suffix.lower()
    return _is_marked(file.read_bytes(), ending) if ending in _LINES else _is_our_package(file)


def marked(data: bytes, ending: str) -> bytes:
    """A page or a handout with its mark.

    Args:
        data: The file.
        ending: ".html" or ".pdf".

    >>> marked(b"<html></html>", ".html")[6:19]
    b'<!-- descent '
    """
    before, line = _LINES[ending]
    at = data.rindex(before)
    return data[:at] + line % sha256(data).hexdigest().encode() + data[at:]


def mark_of(parts: Iterable[tuple[str, bytes]]) -> str:
    """The mark of a .pptx.

    Args:
        parts: (name, content) of its parts; relationships, the list of types and the core properties do not count.
    """
    kept = ((name, data) for name, data in parts if name not in (CORE, "[Content_Types].xml") and name[-5:] != ".rels")
    sums = "\n".join(sorted(f"{sha256(data).hexdigest()} {name}" for name, data in kept))
    return f"descent {sha256(sums.encode()).hexdigest()}"


def _is_marked(data: bytes, ending: str) -> bool:
    before, line = _LINES[ending]
    at, length = data.rfind(before), len(line % (64 * b"0"))
    return length <= at and marked(data[: at - length] + data[at:], ending) == data


def _is_our_package(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as package:
            found = re.search(r"<dc:identifier>(descent \w+)</dc:identifier>", package.read(CORE).decode())
            return found is not None and found[1] == mark_of((name, package.read(name)) for name in package.namelist())
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, NotImplementedError, RuntimeError):
        return False
