"""What ``-o`` means, in every command: a file where its suffix says so, else a folder."""

import re
from collections.abc import Sequence
from pathlib import Path

from descent.base.errors import DescentError


def is_file(output: Path, suffixes: Sequence[str], what: str, count: int = 1) -> bool:
    """Whether a path that was asked for is a file, or a folder.

    A folder that exists may be called anything; a new one has no suffix.

    Args:
        output: What ``-o`` says.
        suffixes: The kinds of file that the command writes, such as ``.png``; none if it only fills folders.
        what: What they are, to begin a sentence with, such as "a still".
        count: How many files would go into it.

    Raises:
        DescentError: If its suffix is that of another kind of file, or several files would go into one.

    >>> is_file(Path("a/title.PNG"), (".png",), "a still"), is_file(Path("a/posters"), (".png",), "a still")
    (True, False)
    """
    suffix = output.suffix.lower()
    if output.is_dir() or not re.fullmatch(r"\.[a-z][a-z0-9]{0,4}", suffix):
        return False
    if suffix not in suffixes:
        *others, last = suffixes or ("",)
        ends = f"ends in {', '.join(others)} or {last}" if others else f"ends in {last}" if last else "is a folder"
        raise DescentError(f"{what} {ends}, so it cannot be {output.name!r}; a folder is named without a suffix.")
    if count > 1:
        raise DescentError(f"{output} is one file for {count} scenes; give a folder.")
    return True
