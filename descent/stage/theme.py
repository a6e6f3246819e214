"""Which of the two looks a film has."""

import os

from manim import ManimColor, config

from descent.look.contrast import contrast
from descent.look.palette import DARK, LIGHT, Theme, find_theme, srgb


def current_theme() -> Theme:
    """The look that goes with Manim's background colour: the one whose ink reads better on it."""
    ground = ManimColor(config.background_color).to_rgb()
    return max((DARK, LIGHT), key=lambda theme: float(contrast(srgb(theme.ink), ground)))


def use_theme_of_environment() -> None:
    """Take the background of the theme that ``DESCENT_THEME`` names, over what manim.cfg says.

    So ``DESCENT_THEME=light manim render …`` makes a film for white slides.
    """
    if name := os.environ.get("DESCENT_THEME"):
        config.background_color = find_theme(name).background
