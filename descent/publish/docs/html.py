"""HTML that shows media: light or dark as the reader has it, nothing that moves for who wants no motion."""

import os
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from descent.base.files import data_url
from descent.publish.docs.asked import Asked
from descent.publish.docs.folder import Medium
from descent.publish.frames import frame

OUTPUT = "_descent"
"""Folder of media, in the sources and in the built site, unless another is named."""

RENDERS = os.environ.get("READTHEDOCS") != "True"
"""Whether media are made, unless settings say it: Read the Docs cannot."""

SCRIPT = Path(__file__).with_name("templates") / "descent.js"
"""Chooses between light and dark by what is behind a medium."""

FILTER = SCRIPT.with_name("descent.lua")
"""The filter for pandoc and Quarto."""

DARK, CALM = "(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"
FIT = "max-width: 100%; height: auto"  # within a narrow page, in its own proportions
_BOTH = ' data-descent-themes=""'  # of which the script chooses one
_KINDS = {".mp4": "video/mp4", ".webm": "video/webm"}

Address = Callable[[str], str]


def media_html(asked: Asked, media: Sequence[Medium], folder: Path, address: Address = quote) -> str:
    """An element that shows media.

    Args:
        asked: What the page asks for.
        media: One medium, or a light and a dark one.
        folder: Where their files are.
        address: Where a page finds a file of a name.
    """
    alt = asked.alt or media[0].alt
    if asked.format.page:
        return _page(asked, media[0], alt, address)
    return _film(media, alt, folder, address) if asked.format.plays else _picture(media, alt, address)


def _page(asked: Asked, medium: Medium, alt: str, address: Address) -> str:
    """A frame, and a link for whoever is shown none, or wants more room."""
    where, theme = address(medium.file), "" if asked.theme == "auto" else asked.theme
    shown = frame(alt, asked.height, address=where, theme=theme)
    return f'{shown}<p class="descent-alone"><a href="{escape(where)}">Open this page alone</a></p>'


def _picture(media: Sequence[Medium], alt: str, address: Address) -> str:
    """A picture per theme; before each that moves, a still for who wants no motion."""
    lines = [f"<picture{_BOTH if len(media) > 1 else ''}>"]
    for medium in reversed(media):
        schemes = [DARK] if medium.theme == "dark" and len(media) > 1 else []
        if medium.still:
            lines.append(_source(medium.still, [CALM, *schemes], address))
        if schemes:
            lines.append(_source(medium.file, schemes, address))
    first = media[0]
    toned = ' class="dark-light"' if media[-1].theme == "dark" else ""  # PyData's word for: no white ground
    size = f'width="{first.width}" height="{first.height}" style="{FIT}"'
    lines.append(f'<img{toned} src="{escape(address(first.file))}" alt="{escape(alt)}" {size} loading="lazy">')
    return "".join([*lines, "</picture>"])


def _source(name: str, conditions: Sequence[str], address: Address) -> str:
    return f'<source srcset="{escape(address(name))}" media="{" and ".join(conditions)}">'


def _film(media: Sequence[Medium], alt: str, folder: Path, address: Address) -> str:
    """A player; it never starts by itself.

    Its captions are an address of their own: browsers load none from a file beside a page that is itself a file.
    """
    first, track = media[0], ""
    if first.captions:
        captions = data_url((folder / first.captions).read_bytes(), "text/vtt")
        track = f'<track kind="captions" srclang="{escape(first.language)}" label="Captions" default src="{captions}">'
    kind = _KINDS[first.file[first.file.rindex(".") :]]
    dark = next((medium for medium in media[1:] if medium.theme == "dark"), None)
    posters = (
        f'{_BOTH} data-light="{escape(address(first.still))}" data-dark="{escape(address(dark.still))}"' if dark else ""
    )
    sources = [f'<source src="{escape(address(first.file))}" type="{kind}">']
    if dark:
        sources.insert(0, f'<source src="{escape(address(dark.file))}" type="{kind}" media="{DARK}">')
    return (
        f'<video class="descent-film" controls playsinline preload="none" width="{first.width}"'
        f' height="{first.height}" style="{FIT}" poster="{escape(address(first.still))}"{posters}'
        f' aria-label="{escape(alt)}">{"".join(sources)}{track}'
        f'<a href="{escape(address(first.file))}">{escape(alt)}</a></video>'
    )
