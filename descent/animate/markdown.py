"""The user's own words: a Markdown file, a paragraph per beat, headings as notes on screen."""

import re
from collections.abc import Sequence
from pathlib import Path

from descent.base.errors import DescentError

LONGEST_LINE = 400
"""Characters of a spoken line: half a minute."""

MOST_BEATS = 30


def read_script(file: Path) -> list[tuple[str, str]]:
    """What is said and what is written, beat by beat.

    Args:
        file: A title (``# …``) is left out; any other heading is the note of the paragraph after it. A paragraph
            without a heading of its own has no note.

    Returns:
        (paragraph, note) pairs in order.

    Raises:
        DescentError: If the file cannot be read, or has no paragraph.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DescentError(f"cannot read the narration {str(file)!r}: {_cause(error)}.") from error
    beats: list[tuple[str, str]] = []
    note = ""
    for block in re.split(r"\n\s*\n|(?<=\n)(?=#)|(?<=^)(?=#)", content.replace("\r\n", "\n")):
        heading = re.match(r"(#{1,6})\s+([^\n]*)\n?(.*)", block.strip(), re.DOTALL)
        if heading:
            note = _plain(heading[2]) if len(heading[1]) > 1 else note
            block = heading[3]
        if paragraph := _plain(block):
            beats.append((paragraph, note))
            note = ""
    if not beats:
        raise DescentError(f"{file.name} has nothing to say: write a paragraph for each beat.")
    if len(beats) > MOST_BEATS:
        raise DescentError(f"{file.name} has {len(beats)} paragraphs; a film has room for {MOST_BEATS}.")
    return beats


def paced(count: int, steps: int) -> Sequence[int]:
    """The step that the balls have reached after each of so many beats: none at the first, all at the last but one.

    >>> paced(4, 30), paced(1, 30)
    ([0, 15, 30, 30], [30])
    """
    moving = max(count - 2, 1)
    return [steps] if count == 1 else [min(round(steps * beat / moving), steps) for beat in range(count)]


def _plain(text: str) -> str:
    """Words without Markdown's emphasis, code and link marks, on one line."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", text, flags=re.DOTALL)
    text = re.sub(r"(?<!\w)[*_](\S(?:.*?\S)?)[*_](?!\w)", r"\1", text, flags=re.DOTALL)
    return " ".join(text.split())


def _cause(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
