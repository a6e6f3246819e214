"""Colours of where runs end: by the loss of the minimum, or, where all minima are equally low, one for each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from descent.base.numbers import number, point
from descent.look.palette import Theme, rgb
from descent.record.many.basins import MOVING, Endings
from descent.record.surfaces import Point, Surface

MOST = 8
"""The most colours that are told apart."""

_ALIKE = 1e-3  # losses this near, as a share of their range, are one
_RAMP = ("#fde725", "#7ad151", "#22a884", "#2a788e", "#414487", "#5a1a6e")  # viridis, from the lowest loss up
_TINT = 0.82  # opacity over the ground


@dataclass(frozen=True, slots=True)
class Kind:
    """Endings that share a colour.

    Attributes:
        minima: The minima.
        losses: The lowest and the highest loss of these.
        colour: Its colour.
    """

    minima: tuple[Point, ...]
    losses: tuple[float, float]
    colour: str


@dataclass(frozen=True, slots=True)
class EndingKey:
    """What the colours of some maps of endings mean; the same in all of them.

    Attributes:
        kinds: From the lowest loss up.
        by_loss: Whether colours tell the loss, or else the minimum.
        moving: Colour of starts whose runs still move.
        diverged: Colour of starts whose runs are gone.
    """

    kinds: tuple[Kind, ...]
    by_loss: bool
    moving: str
    diverged: str

    def classes(self, endings: Endings) -> npt.NDArray[np.int64]:
        """``[n]``, the position in ``kinds`` of each run's ending, or `MOVING`, or `DIVERGED`."""
        of_minimum = np.array([self._kind(minimum) for minimum in endings.minima] or [MOVING])
        return np.where(endings.minimum >= 0, of_minimum[endings.minimum], endings.minimum)

    def shares(self, endings: Endings) -> list[float]:
        """The share of the runs that end in each kind."""
        classes = self.classes(endings)
        return [float((classes == k).mean()) for k in range(len(self.kinds))]

    def tints(self, classes: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Colours of classes, see-through so that the ground shows, shape ``[*classes.shape, 4]``."""
        colours = [*(kind.colour for kind in self.kinds), self.diverged, self.moving]  # −2 and −1 count from the end
        table = np.array([(*rgb(code), round(255 * _TINT)) for code in colours])
        tinted: npt.NDArray[np.uint8] = table.astype(np.uint8)[classes]
        return tinted

    def _kind(self, minimum: Point) -> int:
        apart = [
            min(np.hypot(minimum[0] - w1, minimum[1] - w2) for w1, w2 in kind.minima) for kind in self.kinds
        ]  # minima found by different runs differ in the last digits
        return int(np.argmin(apart)) if apart else MOVING


def ending_key(endings: Sequence[Endings], surface: Surface, theme: Theme) -> EndingKey:
    """Choose colours for the endings of several optimizers on one surface.

    Minima of one loss share a colour, the lower the brighter, and where there are more than eight losses, neighbours
    do too. Minima that all have the same loss get a colour each.

    Args:
        endings: One for each optimizer.
        surface: Where the runs went.
        theme: The look.
    """
    reached: list[Point] = []
    for each in endings:
        for k, minimum in enumerate(each.minima):
            apart = all(np.hypot(minimum[0] - w1, minimum[1] - w2) > each.within for w1, w2 in reached)
            if apart and (each.minimum == k).any():
                reached.append(minimum)
    reached.sort(key=lambda minimum: surface.at(*minimum))
    losses = [surface.at(*minimum) for minimum in reached]
    span = _ALIKE * max(np.ptp(losses), 1e-6) if losses else 0.0
    starts = [k for k in range(len(reached)) if k == 0 or losses[k] - losses[k - 1] > span]
    by_loss = len(starts) > 1
    if not by_loss:
        starts = list(range(len(reached)))
    groups = np.array_split(np.array(starts), min(len(starts), MOST)) if starts else []
    edges = [int(group[0]) for group in groups] + [len(reached)]
    colours = _ramp(len(groups)) if by_loss else theme.runs
    kinds = tuple(
        Kind(tuple(reached[first:end]), (losses[first], losses[end - 1]), colour)
        for first, end, colour in zip(edges, edges[1:], colours, strict=False)
    )
    return EndingKey(kinds, by_loss, moving=theme.line, diverged=theme.chip)


def kind_name(kind: Kind, by_loss: bool) -> str:
    """A kind's losses, or the place of its minimum, to one decimal.

    >>> kind_name(Kind(((3.0, -2.0),), (-106.78, -106.77), "#fde725"), by_loss=True)
    '−106.8'
    """
    if by_loss:
        losses = dict.fromkeys(number(loss, 1) for loss in kind.losses)
        return " to ".join(losses)
    return point(kind.minima[0], 1)


def _ramp(count: int) -> list[str]:
    anchors = np.array([rgb(code) for code in _RAMP])
    at = np.linspace(0, len(_RAMP) - 1, count)
    channels = [np.interp(at, np.arange(len(_RAMP)), anchors[:, k]).round().astype(int) for k in range(3)]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in zip(*channels, strict=True)]
