"""The HTML that shows a moving picture in a page, in the reader's theme, and a still to whoever wants no motion.

A picture that moves by itself for more than five seconds needs a way to pause, stop or hide it (WCAG 2.2.2). No image
format has one; so a reader whose system asks for reduced motion is given a still instead.
"""

import html
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from descent.delivery.orders import RenderRequest
from descent.film.loops import LOOPS, STILL
from descent.publish.docs.html import CALM, DARK, FIT
from descent.publish.docs.stills import size_of

_HEARD = 200  # characters: a screen reader reads them in a quarter of a minute, and cannot skip


def picture(moving: Mapping[str, Sequence[str]], stills: Mapping[str, str], alt: str, size: tuple[int, int]) -> str:
    """The `<picture>` of a film.

    The browser takes the first source that it can show: a still for readers who ask for less motion; else the first
    format that it knows. Of two themes, "dark" is for those who ask for it. The last file of all is the `<img>`, for
    whoever knows no `<picture>`.

    Args:
        moving: For each theme, addresses of the same moving picture in several formats, the one to be preferred first.
        stills: For each theme, the address of a picture that does not move; none, if the page is to have none.
        alt: What is to be seen, in words.
        size: Width and height in pixels.

    Returns:
        HTML in several lines; addresses and words are escaped.
    """
    calm = {theme: [still] for theme, still in stills.items()}
    sources = [*_sources(calm, [CALM]), *_sources(moving, [])] if moving else [*_sources(calm, [])]
    *others, (_, last) = sources
    lines = [f"  <source{media} srcset={_quoted(file)} type={_quoted(_mime(file))}>" for media, file in others]
    width, height = size
    shown = f'src={_quoted(last)} alt={_quoted(alt)} width="{width}" height="{height}" style="{FIT}"'
    return "\n".join(["<picture>", *lines, f"  <img {shown}>", "</picture>"])


def _sources(files: Mapping[str, Sequence[str]], conditions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Files with the attribute that says when they are shown: dark ones first, since light ones ask for nothing."""
    for theme in sorted(files):
        asked = [*conditions, *([DARK] if theme == "dark" and len(files) > 1 else [])]
        for file in files[theme]:
            yield f" media={_quoted(' and '.join(asked))}" if asked else "", file


def _quoted(text: str) -> str:
    return f'"{html.escape(text)}"'


def _mime(address: str) -> str:
    suffix = Path(address).suffix.lower()
    return LOOPS[suffix].mime if suffix in LOOPS else f"image/{suffix[1:]}"


def alt_text(title: str, claims: Iterable[str]) -> str:
    """What a film shows, in words: its title, and what it claims, as much as is still heard in one go.

    >>> alt_text("Momentum escapes", ["SGD stops.", "With momentum, it goes on."])
    'Momentum escapes. SGD stops. With momentum, it goes on.'
    """
    told = title if title.endswith((".", "?", "!", "…")) else f"{title}."
    for claim in claims:
        if len(told) + 1 + len(claim) > _HEARD:
            break
        told = f"{told} {claim}"
    return told


def address(file: Path) -> str:
    """A file as a page in the current folder names it."""
    return quote(Path(os.path.relpath(file)).as_posix())


def pictures(orders: Sequence[RenderRequest], words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The HTML of each scene of a folder whose files are all there.

    Args:
        orders: All files of some scenes, one an order.
        words: What each scene shows, in words.

    Yields:
        Scene and HTML.
    """
    for name in dict.fromkeys(order.scene.name for order in orders):
        files = [order for order in orders if order.scene.name == name]
        if not all(order.films[0].is_file() for order in files):
            continue
        moving = [order for order in files if order.profile.suffixes != (STILL,)]
        stills = {order.theme: address(order.films[0]) for order in files if order not in moving}
        loops: dict[str, list[str]] = {}
        for order in moving:
            loops.setdefault(order.theme, []).append(address(order.films[0]))
        yield name, picture(loops, stills, words[name], size_of((moving or files)[-1].films[0]))
