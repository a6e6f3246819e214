"""A page to take hold of inside of another page: a frame that keeps it to itself, and what such pages are made from."""

from functools import cache
from hashlib import sha256
from html import escape

from descent.base.errors import DescentError
from descent.base.files import PACKAGE

SANDBOX = "allow-scripts allow-downloads"
"""What the page may do in a frame: compute, and hand out what its reader saves; nothing of the page around it."""

HEIGHT = 720
"""Of a frame in pixels, unless another is asked for."""

_HEIGHTS = (240, 3000)
_TEMPLATES = PACKAGE / "publish" / "explore" / "templates"


def frame_height(height: object) -> int:
    """The height of a frame that was asked for.

    Args:
        height: Pixels.

    Raises:
        DescentError: If it is no whole number of pixels that a page has room in.

    >>> frame_height(600)
    600
    """
    low, high = _HEIGHTS
    if not isinstance(height, int) or isinstance(height, bool) or not low <= height <= high:
        raise DescentError(f"the height of a page is a number of pixels from {low} to {high:,}, not {height!r}.")
    return height


def frame(title: str, height: int, *, address: str = "", page: str = "", theme: str = "") -> str:
    """HTML of a frame with a page in it.

    Args:
        title: What the page is of.
        height: Pixels.
        address: Where the page is found, percent-encoded.
        page: Instead of that, the page itself.
        theme: "light" or "dark"; by default that of what is around it.
    """
    source = f'src="{escape(address)}"' if address else f'srcdoc="{escape(page)}"'
    return (
        f'<iframe class="descent-page" title="{escape(title)}" loading="lazy" sandbox="{SANDBOX}"'
        f' allow="clipboard-write" data-descent-theme="{escape(theme)}"'
        f' style="display: block; width: 100%; height: {height}px; border: 0;'
        f' box-shadow: 0 0 0 1px rgb(127 127 127 / 35%)" {source}></iframe>'
    )


@cache
def templates_digest() -> str:
    """SHA-256 of what every such page consists of besides what Python puts into it, in hex."""
    sha = sha256()
    for file in sorted(each for each in _TEMPLATES.rglob("*") if each.is_file()):
        sha.update(file.name.encode() + file.read_bytes().replace(b"\r\n", b"\n"))
    return sha.hexdigest()
