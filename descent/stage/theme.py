"""Which of the two looks a film has."""

import os

from manim import ManimColor, config

from descent.errors import DescentError, nearest
from descent.look.palette import DARK, LIGHT, Theme

_THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def current_theme() -> Theme:
    """The look that goes with Manim's background colour: dark grounds get dark ink, light ones light."""
    red, green, blue = ManimColor(config.background_color).to_rgb()
    return LIGHT if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else DARK


def find_theme(name: str) -> Theme:
    """A theme by its name, "dark" or "light".

    Raises:
        DescentError: If there is no such theme.
    """
    if name not in _THEMES:
        raise DescentError(f"there is no theme {name!r}: {nearest(name, _THEMES)}")
    return _THEMES[name]


def use_theme_of_environment() -> None:
    """Take the background of the theme that ``DESCENT_THEME`` names, over what manim.cfg says.

    So ``DESCENT_THEME=light manim render …`` makes a film for white slides.
    """
    if name := os.environ.get("DESCENT_THEME"):
        config.background_color = find_theme(name).background
