"""The kinds of media that a page can ask for: a row each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from descent.base.errors import DescentError, nearest


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of media.

    Attributes:
        name: What a page calls it.
        suffix: Of its file.
        width: Pixels, unless a page asks for others.
        profile: Name of the profile that films are rendered with to make it; empty for a single picture.
        plays: Whether readers start it themselves, and hear it.
        figure: Whether it is drawn from the runs alone, and not a picture of the film.
        page: Whether it is a page of its own, shown in a frame; the figure stands in for it on paper.
    """

    name: str
    suffix: str
    width: int
    profile: str = ""
    plays: bool = False
    figure: bool = False
    page: bool = False

    @property
    def moves(self) -> bool:
        """Whether it moves without being asked to, so that who wants no motion is shown a still instead."""
        return bool(self.profile) and not self.plays


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        row.name: row
        for row in (
            Format("film", ".mp4", 1280, "slides", plays=True),
            Format("gif", ".gif", 800, "docs"),
            Format("webp", ".webp", 800, "docs"),
            Format("avif", ".avif", 800, "docs"),
            Format("still", ".webp", 1280),
            Format("figure", ".png", 1000, figure=True),
            Format("explore", ".html", 1000, figure=True, page=True),
        )
    }
)


def find_format(name: str) -> Format:
    """A format by name.

    Raises:
        DescentError: If there is none; the nearest one is given.
    """
    if name not in FORMATS:
        raise DescentError(f"there is no format {name!r}: {nearest(name, FORMATS)}")
    return FORMATS[name]
