"""The two looks, dark for films and light for white slides: every colour, dash and marker, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from descent.base.errors import DescentError, nearest
from descent.look.relief import ReliefInk


def rgb(code: str) -> tuple[int, int, int]:
    """An ``#rrggbb`` as red, green and blue, 0 to 255.

    >>> rgb("#0a1622")
    (10, 22, 34)
    """
    red, green, blue = bytes.fromhex(code[1:])
    return red, green, blue


def srgb(code: str) -> tuple[float, float, float]:
    """An ``#rrggbb`` as red, green and blue, 0 to 1."""
    red, green, blue = rgb(code)
    return red / 255, green / 255, blue / 255


def _ramp(*colours: str) -> tuple[tuple[float, float, float], ...]:
    return tuple(map(srgb, colours))


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a look.

    Attributes:
        name: "dark" or "light".
        background: The frame behind everything.
        ink: Text that must be read.
        soft: Secondary text: axis numbers, notes.
        line: Axes and frames.
        chip: Ground of a label that lies on the map.
        contour: Colour of the map's contour lines.
        contour_opacity: Opacity of an ordinary contour line.
        rim: Outline of a ball.
        relief: Colours of the landscape.
        runs: One colour per run, in order; safe for colour-blind viewers (Okabe–Ito family).
        gradient: The gradient's arrow.
        velocity: The velocity's arrow.
        update: The update's arrow.
    """

    name: str
    background: str
    ink: str
    soft: str
    line: str
    chip: str
    contour: str
    contour_opacity: float
    rim: str
    relief: ReliefInk
    runs: tuple[str, ...]
    gradient: str
    velocity: str
    update: str


DARK = Theme(
    name="dark",
    background="#0e1116",
    ink="#f2f5f8",
    soft="#a9b4c0",
    line="#5a6673",
    chip="#0b1017",
    contour="#dfeaf2",
    contour_opacity=0.22,
    rim="#ffffff",
    relief=ReliefInk(_ramp("#0a1622", "#142a3d", "#234259", "#3d5d75", "#5f7d92", "#8ba3b3"), 0.75, 0.5),
    runs=("#f5a623", "#56b4e9", "#2fc79a", "#e38cc4", "#f0e442", "#a8714a", "#9a8cff", "#999999"),
    gradient="#ff4d5a",
    velocity="#7f9a2a",
    update="#f2f5f8",
)
"""The theme for projectors and dark pages."""

LIGHT = Theme(
    name="light",
    background="#ffffff",
    ink="#14191f",
    soft="#4d5966",
    line="#8b97a3",
    chip="#ffffff",
    contour="#23384a",
    contour_opacity=0.26,
    rim="#ffffff",
    relief=ReliefInk(_ramp("#86aac0", "#a3c0d0", "#c0d5e0", "#d7e4eb", "#e7eef2", "#f4f7f8"), 0.35, 0.25),
    runs=("#b95c00", "#0072b2", "#00805c", "#a8478a", "#8a7500", "#5c2e1a", "#5546c8", "#666666"),
    gradient="#c2002f",
    velocity="#2f4a00",
    update="#14191f",
)
"""The theme for print and light pages."""

THEMES: Mapping[str, Theme] = MappingProxyType({theme.name: theme for theme in (DARK, LIGHT)})


def find_theme(theme: str | Theme) -> Theme:
    """A look by its name, "dark" or "light"; a look itself is returned as it is.

    Raises:
        DescentError: If there is none of that name.
    """
    if isinstance(theme, Theme):
        return theme
    if theme not in THEMES:
        raise DescentError(f"there is no theme {theme!r}: {nearest(theme, THEMES)}")
    return THEMES[theme]


MAX_RUNS = len(DARK.runs)

DASHES: tuple[tuple[float, float] | None, ...] = (
    None,
    (0.16, 0.07),
    (0.05, 0.06),
    (0.30, 0.08),
    None,
    (0.16, 0.07),
    (0.05, 0.06),
    (0.30, 0.08),
)
"""Per run the trail's (dash, gap) in frame units; None is a solid line."""

MARKERS: tuple[str, ...] = ("circle", "square", "triangle", "diamond", "cross", "plus", "hexagon", "star")
"""Per run the shape of its iterates."""
