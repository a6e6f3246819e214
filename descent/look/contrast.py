"""How well a colour reads on another, by the Web Content Accessibility Guidelines 2.2."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ENOUGH = 4.5
"""The contrast that ordinary text needs (success criterion 1.4.3)."""


def luminance(colour: npt.ArrayLike) -> Floats:
    """Relative luminance of sRGB colours: ``0.2126 R + 0.7152 G + 0.0722 B`` of the linear channels.

    Args:
        colour: (r, g, b) in 0..1, shape (…, 3).

    Returns:
        Luminances in 0..1, shape (…).

    >>> luminance([[0, 0, 0], [1, 1, 1]]).tolist()
    [0.0, 1.0]
    """
    channels = np.asarray(colour, dtype=np.float64)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: npt.ArrayLike, other: npt.ArrayLike) -> Floats:
    """Contrast ratio of sRGB colours: ``(lighter + 0.05) / (darker + 0.05)`` of their luminances, 1 to 21.

    Args:
        one: (r, g, b) in 0..1, shape (…, 3).
        other: Likewise; the two are broadcast.

    Returns:
        Ratios, the same either way round.

    >>> float(contrast([0, 0, 0], [1, 1, 1]).round(6))
    21.0
    """
    first, second = luminance(one), luminance(other)
    return np.asarray((np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05))
