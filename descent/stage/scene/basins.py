"""Basins side by side: one surface, several optimizers, every start tinted by where its run ends."""

from collections.abc import Sequence
from typing import Self

from manim import FadeIn, Mobject, Square, VGroup, VMobject
from manim.animation.animation import Animation

from descent.look.basin_colours import EndingKey, ending_key, kind_name
from descent.stage.clock import Above, ClockImage, OnClock
from descent.stage.geometry import SAFE, Box
from descent.stage.maps.basin_map import Balls, BasinTint, ChangeTint, Growing, growing
from descent.stage.maps.loss_map import LossMap
from descent.stage.scene.runs import RunScene
from descent.stage.text import BODY, PX, SMALL, Label, Readout
from descent.stage.theme import current_theme

_LEFT, _BETWEEN = 0.66, 0.2  # room for the first map's numbers; between maps at least
_HEAD = 2 * 1.35 * BODY * PX
_UNDER = 0.65  # for the numbers below the maps
_SHARE = 40  # pixels
_CHIP = 0.26


class BasinScene(RunScene):
    """Two to five runs, of which only optimizer and steps count: each is traced from every start of a grid.

    Attributes:
        starts: How many columns and rows of starts.
        changes: Whether one more map, the last, tells which starts end lower or higher with the second run than with
            the first.
        grown: The basins of each run, in order.
        key: What their colours mean.
        maps: One per run, in order, and that of the changes.
    """

    most = 5
    starts: tuple[int, int] = (140, 180)
    changes = False

    def lay_out(self) -> None:
        """Title and note on top, maps in a row, over each the share at the lowest loss, at the bottom the key."""
        surface = self.runs[0].surface
        self.grown: Sequence[Growing] = [growing(run, self.starts) for run in self.runs]
        self.key: EndingKey = ending_key([each.basins.endings for each in self.grown], surface, current_theme())
        self.set_title(SAFE)
        (x0, x1), (y0, y1) = surface.domain
        count = len(self.runs) + self.changes
        top = self.below_note(lines=1) - _HEAD - 0.12
        bottom = SAFE.bottom + 1.5 * SMALL * PX + _UNDER
        room = SAFE.width - _LEFT
        width = min((room - _BETWEEN * (count - 1)) / count, (top - bottom) * (x1 - x0) / (y1 - y0))
        height = width * (y1 - y0) / (x1 - x0)
        apart = (room - width) / max(count - 1, 1)
        lefts = [SAFE.left + _LEFT + k * apart for k in range(count)]
        boxes = [Box(left, left + width, top - height, top) for left in lefts]
        self.maps = [LossMap(surface, box, axes=k == 0) for k, box in enumerate(boxes)]
        self.minima = [Above(*each.minimum_marks()) for each in self.maps]
        self.tints: list[ClockImage] = [
            BasinTint(grown, self.key, each.box) for grown, each in zip(self.grown, self.maps, strict=False)
        ]
        self.heads = [self._head(k, boxes[k]) for k in range(len(self.runs))]
        self.moving: list[list[OnClock]] = [
            [Balls(grown.paths, each), BestShare(grown, self.key, each.box)]
            for grown, each in zip(self.grown, self.maps, strict=False)
        ]
        if self.changes:
            tint = ChangeTint(self.grown[0], self.grown[1], self.maps[-1].box)
            self.tints.append(tint)
            self.heads.append(_change_head(tint, boxes[-1]))
            self.moving.append([])
        self.legend = key_row(self.key, Box(SAFE.left, SAFE.right, SAFE.bottom, boxes[0].bottom - _UNDER))

    def reveal(self) -> list[Animation]:
        """Bring in everything."""
        return [*self.reveal_ground(), *self.enter(*range(len(self.maps)))]

    def reveal_ground(self) -> list[Animation]:
        """Show the question at once, and bring in what the colours mean."""
        self.add(self.heading)
        return [FadeIn(self.legend)]

    def enter(self, *indices: int) -> list[Animation]:
        """Show maps at once, and bring in what stands over them and moves on them; all of it follows the clock."""
        still: list[Mobject] = []
        for k in indices:
            # At once: an image that fades would have its pixels changed by two hands.
            self.add(self.maps[k], self.tints[k].follow(self.clock), self.minima[k].follow(self.clock))
            still += [self.heads[k], *(part.follow(self.clock) for part in self.moving[k])]
        return [FadeIn(part) for part in still]

    def hold(self, *indices: int) -> None:
        """Leave maps as they are, and set the clock back, for what enters next."""
        for k in indices:
            for part in (self.tints[k], self.minima[k], *self.moving[k]):
                part.clear_updaters()
        self.clock.set_value(0.0)

    def _head(self, k: int, box: Box) -> VGroup:
        name, *settings = self.runs[k].label.split("  ")
        heading = _two_lines(name, Label("  ".join(settings), SMALL, current_theme().soft), box)
        return heading.add(_per_cent(box))


def _two_lines(name: str, below: VMobject, box: Box) -> VGroup:
    line = box.top + 0.12
    below.shift((box.left - below.get_left()[0], line - below.get_bottom()[1], 0))
    return VGroup(below, Label(name, BODY, weight="SEMIBOLD").sit((box.left, line + 1.3 * SMALL * PX, 0)))


def _per_cent(box: Box) -> Label:
    """The sign at the top right of a map."""
    return Label("%", _SHARE, weight="MEDIUM").sit((box.right, box.top + 0.12 + 1.3 * SMALL * PX, 0), 1)


def _change_head(tint: ChangeTint, box: Box) -> VGroup:
    """What the two colours of a map of changes mean."""
    row = _chips([(tint.lower, "ends lower"), (tint.higher, "higher")], 0.0, 0.0, 0.3, scale=0.7)
    return _two_lines("What changes", VGroup(*row), box)


class BestShare(Readout, OnClock):
    """The share of the starts that have come to the lowest loss, in percent, over a map.

    Args:
        grown: The basins.
        key: What the colours mean.
        box: The map's; it stands at the top right of it.
    """

    def __init__(self, grown: Growing, key: EndingKey, box: Box) -> None:
        sign = _per_cent(box)
        super().__init__((sign.get_left()[0] - 0.08, sign.baseline, 0), _SHARE)
        self._arrival = grown.arrival.ravel()
        self._lowest = key.classes(grown.basins.endings) == 0
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Show it at a step, in whole percent."""
        return self.set_text(f"{100 * (self._lowest & (self._arrival <= step)).mean():.0f}")


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
    return VGroup(*row, *_chips(pairs, x, line, 0.38))


def _chips(pairs: Sequence[tuple[str, str]], x: float, line: float, apart: float, scale: float = 1.0) -> list[VMobject]:
    """Colours in a row, each with its word, from some place on a line."""
    row: list[VMobject] = []
    for colour, word in pairs:
        chip = Square(_CHIP, fill_color=colour, fill_opacity=1, stroke_width=1, stroke_color=current_theme().line)
        label = Label(word, SMALL).sit((x + _CHIP + 0.12, line, 0))
        row += [chip.scale(scale).move_to((x + _CHIP / 2, line + 0.36 * SMALL * PX, 0)), label]
        x += _CHIP + 0.12 + label.width + apart
    return row
