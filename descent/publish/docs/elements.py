"""What a program that knows neither Sphinx nor MkDocs shows for each request: HTML, a picture for paper, words."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from descent.base.errors import DescentError
from descent.publish.docs.asked import Asked, read_asked
from descent.publish.docs.fence import options_of
from descent.publish.docs.html import media_html
from descent.publish.docs.make import Shown
from descent.publish.docs.stills import as_png


def read_blocks(
    blocks: Sequence[Mapping[str, Any]], page: Path, base: Path, theme: str
) -> list[tuple[Asked | None, str]]:
    """What each block asks for, or what is wrong with it.

    Args:
        blocks: Of each its "argument" and its "lines".
        page: Folder of the page.
        base: Folder of all pages.
        theme: The theme, where a block names none.
    """
    found: list[tuple[Asked | None, str]] = []
    for block in blocks:
        try:
            lines = tuple(map(str, block["lines"]))
            found.append((read_asked(str(block["argument"]), options_of(lines), page, base, theme), ""))
        except DescentError as error:
            found.append((None, str(error)))
    return found


def element(
    asked: Asked | None, problem: str, shown: Mapping[Asked, Shown], folder: Path, address: str, stills: Path
) -> dict[str, str]:
    """What to show of a block.

    Args:
        asked: What it asks for; None where it could not be read.
        problem: What is wrong with it.
        shown: What there is of all requests.
        folder: Where media are.
        address: Where the page finds that folder.
        stills: Where pictures for paper are kept.

    Returns:
        "html", "picture" (a file), "alt", "caption", "name", "class" and "problem"; each may be empty.
    """
    if asked is None:
        return dict.fromkeys(("html", "picture", "alt", "caption", "name", "class"), "") | {"problem": problem}
    there = shown[asked]
    words = {"alt": asked.alt or asked.name, "caption": asked.caption, "problem": there.problem}
    words |= {"name": asked.anchor, "class": asked.classes}
    if not there.media:
        return {"html": "", "picture": "", **words}
    first = there.media[0]
    picture = as_png(folder / (first.still or first.file), stills)
    return {
        **words,
        "html": media_html(asked, there.media, folder, lambda name: f"{address}/{quote(name)}"),
        "picture": str(picture),
        "alt": asked.alt or first.alt,
    }
