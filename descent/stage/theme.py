"""Which of the two looks a film has."""

import os

from manim import ManimColor, config

from descent.look.palette import DARK, LIGHT, Theme, find_theme


def current_theme() -> Theme:
    """The look that goes with Manim's background colour: dark grounds get dark ink, light ones light."""
    red, green, blue = ManimColor(config.background_color).to_rgb()
    return LIGHT if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else DARK


def use_theme_of_environment() -> None:
    """Take the background of the theme that ``DESCENT_THEME`` names, over what manim.cfg says.

    So ``DESCENT_THEME=light manim render …`` makes a film for white slides.
    """
    if name := os.environ.get("DESCENT_THEME"):
        config.background_color = find_theme(name).background
