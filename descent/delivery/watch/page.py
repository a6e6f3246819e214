"""The page that shows a film being written, and what it needs, all from the package."""

from functools import cache
from importlib.resources import files
from types import MappingProxyType

from descent.base.templates import templates
from descent.look.fonts import inter_file
from descent.look.palette import DARK, LIGHT

FILES = MappingProxyType({"": "page.html", "page.js": "page.js", "page.css": "page.css", "inter.ttf": "inter.ttf"})
"""What can be asked for, by its path below the token."""

_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".ttf": "font/ttf"}


@cache
def content(name: str) -> tuple[str, bytes]:
    """A file of the page: its MIME type and its bytes.

    Args:
        name: One of the values of :data:`FILES`.
    """
    kind = _KINDS[name[name.rindex(".") :]]
    if name == "inter.ttf":
        return kind, inter_file().read_bytes()
    if name == "page.css":
        return kind, templates("descent.delivery.watch").get_template(name).render(dark=DARK, light=LIGHT).encode()
    return kind, files("descent.delivery.watch").joinpath("templates", name).read_bytes()
