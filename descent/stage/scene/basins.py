"""Basins side by side: one surface, several optimizers, every start tinted by where its run comes to rest."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import FadeIn, Rectangle, Square, VGroup, VMobject
from manim.animation.animation import Animation

from descent.look.basin_colours import EndingKey, ending_key, kind_name
from descent.stage.clock import Above, OnClock
from descent.stage.geometry import SAFE, Box, joined
from descent.stage.maps.basin_map import Balls, BasinTint, Growing, growing
from descent.stage.maps.loss_map import LossMap
from descent.stage.scene.runs import RunScene
from descent.stage.text import BODY, PX, SMALL, Label, Readout
from descent.stage.theme import current_theme

_LEFT, _BETWEEN = 0.66, 0.2  # room for the first map's numbers; between maps
_HEAD = 2 * 1.35 * BODY * PX
_UNDER = 0.65  # for the numbers below the maps
_SHARE = 44  # pixels
_BAR = 0.3
_CHIP = 0.26


class BasinScene(RunScene):
    """Two to five runs, of which only optimizer and steps count: each is traced from every start of a grid.

    Attributes:
        starts: How many columns and rows of starts.
        grown: The basins of each run, in order.
        key: What their colours mean.
    """

    most = 5
    starts: tuple[int, int] = (140, 180)

    def lay_out(self) -> None:
        """Title and note on top, maps in a row, under each the shares of its endings, at the bottom the key."""
        surface = self.runs[0].surface
        self.grown: Sequence[Growing] = [growing(run, self.starts) for run in self.runs]
        self.key: EndingKey = ending_key([each.basins.endings for each in self.grown], surface, current_theme())
        self.set_title(SAFE)
        (x0, x1), (y0, y1) = surface.domain
        count = len(self.runs)
        width = (SAFE.width - _LEFT - _BETWEEN * (count - 1)) / count
        top = self.below_note(lines=1) - _HEAD - 0.12
        height = width * (y1 - y0) / (x1 - x0)
        lefts = [SAFE.left + _LEFT + k * (width + _BETWEEN) for k in range(count)]
        boxes = [Box(left, left + width, top - height, top) for left in lefts]
        self.maps = [LossMap(surface, box, axes=k == 0) for k, box in enumerate(boxes)]
        self.minima = [Above(*each.minimum_marks()) for each in self.maps]
        self.tints = [BasinTint(grown, self.key, self.maps[k].box) for k, grown in enumerate(self.grown)]
        self.balls = [Balls(grown.paths, self.maps[k]) for k, grown in enumerate(self.grown)]
        self.heads = [self._head(k, boxes[k]) for k in range(count)]
        low = boxes[0].bottom - _UNDER
        line = low - _SHARE * PX
        bars = [Box(box.left, box.right, line - _BAR, line) for box in boxes]
        self.bars = [ShareBar(grown, self.key, bar) for grown, bar in zip(self.grown, bars, strict=True)]
        self.best = [BestShare(grown, self.key, bar) for grown, bar in zip(self.grown, bars, strict=True)]
        self.frames = VGroup(*(each.frame for each in self.bars), *(each.words for each in self.best))
        self.legend = key_row(self.key, Box(SAFE.left, SAFE.right, SAFE.bottom, bars[0].bottom - 0.45))

    def reveal(self) -> list[Animation]:
        """Show the maps at once, and bring in what stands around them and the balls."""
        # At once: an image that fades would have its pixels changed by two hands.
        self.add(*self.maps, self.heading, *(part.follow(self.clock) for part in (*self.tints, *self.minima)))
        moving = [picture.follow(self.clock) for picture in (*self.balls, *self.bars, *self.best)]
        return [FadeIn(part) for part in (*self.heads, self.frames, self.legend, *moving)]

    def _head(self, k: int, box: Box) -> VGroup:
        name, *settings = self.runs[k].label.split("  ")
        line = box.top + 0.12
        below = Label("  ".join(settings), SMALL, current_theme().soft).sit((box.left, line, 0))
        return VGroup(below, Label(name, BODY, weight="SEMIBOLD").sit((box.left, line + 1.3 * SMALL * PX, 0)))


class ShareBar(OnClock):
    """The shares of the starts that have come to rest at each kind of ending, as pieces of a bar.

    Attributes:
        frame: The whole bar's outline, which stands still.

    Args:
        grown: The basins.
        key: What the colours mean.
        box: The whole bar.
    """

    def __init__(self, grown: Growing, key: EndingKey, box: Box) -> None:
        super().__init__()
        self._box, self._arrival = box, grown.arrival.ravel()
        self._classes, self._count = key.classes(grown.basins.endings), len(key.kinds)
        self.add(*(VMobject(fill_color=kind.colour, fill_opacity=1, stroke_width=0) for kind in key.kinds))
        self.frame = Rectangle(width=box.width, height=box.height, stroke_width=1.5, color=current_theme().line)
        self.frame.move_to(((box.left + box.right) / 2, (box.bottom + box.top) / 2, 0))
        self.at_step(0.0)

    def shares(self, step: float) -> list[float]:
        """Of all starts, those that have come to rest at each kind by a step."""
        there = self._classes[self._arrival <= step]
        return [float((there == k).sum() / len(self._arrival)) for k in range(self._count)]

    def at_step(self, step: float) -> Self:
        """Draw the pieces."""
        left, box = self._box.left, self._box
        for piece, share in zip(self.submobjects, self.shares(step), strict=True):
            right = left + share * box.width
            ring = [(left, box.bottom), (right, box.bottom), (right, box.top), (left, box.top), (left, box.bottom)]
            piece.set_points(joined([np.array([(*corner, 0.0) for corner in ring])]))
            left = right
        return self


class BestShare(Readout, OnClock):
    """The share at the lowest loss in percent, over a bar.

    Attributes:
        words: What stands still beside it.
    """

    def __init__(self, grown: Growing, key: EndingKey, bar: Box) -> None:
        line = bar.top + 0.14
        chip = _chip(key.kinds[0].colour).move_to((bar.left + _CHIP / 2, line + 0.36 * _SHARE * PX, 0))
        end = bar.left + _CHIP + 0.15 + Readout((0, 0, 0), _SHARE).set_text("00").width
        super().__init__((end, line, 0), _SHARE)
        self.words = VGroup(chip, Label("%", _SHARE, weight="MEDIUM").sit((end + 0.1, line, 0)))
        self._bar = ShareBar(grown, key, bar)
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Show it at a step, in whole percent."""
        return self.set_text(f"{100 * self._bar.shares(step)[0]:.0f}")


def key_row(key: EndingKey, box: Box) -> VGroup:
    """A row that says what the colours mean.

    Args:
        key: What to explain.
        box: It stands at the top left of it.
    """
    lead = "ends at loss" if key.by_loss else "ends in the minimum at"
    names = [kind_name(kind, key.by_loss) for kind in key.kinds]
    line, x = box.top - SMALL * PX, box.left
    row: list[VMobject] = [Label(lead, SMALL, current_theme().soft).sit((x, line, 0))]
    x += row[0].width + 0.3
    pairs = [*zip((kind.colour for kind in key.kinds), names, strict=True), (key.moving, "still moving")]
    for colour, name in pairs:
        chip = _chip(colour).move_to((x + _CHIP / 2, line + 0.36 * SMALL * PX, 0))
        label = Label(name, SMALL).sit((x + _CHIP + 0.12, line, 0))
        row += [chip, label]
        x += _CHIP + 0.12 + label.width + 0.38
    return VGroup(*row)


def _chip(colour: str) -> VMobject:
    return Square(_CHIP, fill_color=colour, fill_opacity=1, stroke_width=1, stroke_color=current_theme().line)
