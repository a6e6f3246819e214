"""Which of the two looks a film has."""

from manim import ManimColor, config

from descent.look.palette import DARK, LIGHT, Theme


def current_theme() -> Theme:
    """The look that goes with Manim's background colour: dark grounds get dark ink, light ones light.

    So ``manim render -c white …`` is all it takes to make a film for white slides.
    """
    red, green, blue = ManimColor(config.background_color).to_rgb()
    return LIGHT if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 else DARK
