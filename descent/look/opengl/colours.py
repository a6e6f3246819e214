"""Colours and light of the landscape in both looks, as plain data."""

from dataclasses import dataclass

import numpy as np

from descent.look.palette import DARK, LIGHT, Theme, srgb
from descent.record.surfaces import Array

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Ink:
    """A look of the landscape; colours are sRGB in 0..1, lights are linear and may exceed 1.

    Attributes:
        backdrop: What lies behind everything.
        ramp: Six colours from the lowest to the highest ground.
        sun: Light of the sun.
        sky: Light of the sky.
        glow: Light that the ground sends up.
        line: Contour lines.
        line_opacity: Their opacity.
        rim: What balls are striped and rimmed with.
        mark: Pins at minima.
        shadow: Strength of the shadows of balls and trails, 0..1.
    """

    backdrop: Colour
    ramp: tuple[Colour, ...]
    sun: Colour
    sky: Colour
    glow: Colour
    line: Colour
    line_opacity: float
    rim: Colour
    mark: Colour
    shadow: float


def linear(srgb: Colour | Array) -> Array:
    """Light of an sRGB srgb, nearly linear: ``c ** 2``, which the shaders undo by a square root."""
    return np.asarray(srgb, dtype=float) ** 2


INKS = {
    DARK: Ink(
        backdrop=srgb(DARK.background),
        ramp=tuple(map(srgb, ("#1b2a44", "#2c415d", "#465d76", "#6b7f91", "#98a4ab", "#cfcbc0"))),
        sun=(1.95, 1.72, 1.42),
        sky=(0.20, 0.28, 0.42),
        glow=(0.05, 0.06, 0.08),
        line=srgb("#f2f7fa"),
        line_opacity=0.36,
        rim=(1.0, 1.0, 1.0),
        mark=srgb(DARK.ink),
        shadow=0.85,
    ),
    LIGHT: Ink(
        backdrop=srgb(LIGHT.background),
        ramp=tuple(map(srgb, ("#6f9bb8", "#8fb4ca", "#aecbd9", "#c9dde6", "#dfeaef", "#f0f4f5"))),
        sun=(0.80, 0.76, 0.70),
        sky=(0.50, 0.54, 0.58),
        glow=(0.25, 0.26, 0.28),
        line=srgb("#23384a"),
        line_opacity=0.42,
        rim=(1.0, 1.0, 1.0),
        mark=srgb(LIGHT.ink),
        shadow=0.6,
    ),
}


def ink_of(theme: Theme) -> Ink:
    """The landscape's look that goes with a theme."""
    return INKS[theme]
