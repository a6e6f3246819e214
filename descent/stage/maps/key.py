"""How to read a loss map: its formula, its marks with their losses, and its scale of colours."""

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, UL, Group, ImageMobject, Rectangle, VGroup, VMobject

from descent.base.numbers import loss_text, number, scientific
from descent.look.opengl.colours import ink_of
from descent.look.relief import compress
from descent.stage.geometry import Box, Floats
from descent.stage.landscape.terrain import Terrain
from descent.stage.maps.loss_map import LossMap
from descent.stage.shapes import minimum_mark
from descent.stage.text import BODY, PX, SMALL, Label, maths
from descent.stage.theme import current_theme

_BAR = 0.24
_FORMULA = 34
_PLAIN = 1.0  # losses that differ by more are told apart by a decimal
_HUGE = 1e7  # losses of more figures are written with a power
_LONGEST = 9  # characters of a number under the colours


def map_key(loss_map: LossMap | Terrain, box: Box) -> Group:
    """The key of a map.

    Args:
        loss_map: The map it explains.
        box: The key starts at its top left and is no wider.

    Returns:
        Formula, one row per kind of minimum with its losses, and the colour bar with its losses.
    """
    surface = loss_map.surface
    items: list[VMobject | Group] = []
    if surface.formula:
        items.append(_formula(surface.formula, box.width))
    seen = np.sort(surface.grid(200).loss, axis=None)
    reach = float(np.ptp(seen[np.isfinite(seen)])) if np.isfinite(seen).any() else 0.0
    losses = [_loss(surface.at(*minimum), reach) for minimum in surface.minima]
    if losses:
        items.append(_row(minimum_mark(best=True), f"lowest minimum, loss {losses[0]}", box.width))
    if len(losses) > 1:
        items.append(_row(minimum_mark(best=False), f"local minima, loss {losses[1]} to {losses[-1]}", box.width))
    items.append(_colour_bar(loss_map, box.width, seen, reach))
    return Group(*items).arrange(DOWN, buff=0.4, aligned_edge=LEFT).move_to((box.left, box.top - 0.1, 0), UL)


def _formula(markup: str, width: float) -> VMobject:
    """The formula on one line, or broken before its outer plus signs where it is too wide."""
    whole = maths(f"L = {markup}", _FORMULA)
    if whole.width <= width:
        return whole
    lines = VGroup(*(maths(part, _FORMULA) for part in _broken(f"L = {markup}")))
    lines.arrange(DOWN, buff=0.18, aligned_edge=LEFT)
    lines[1:].shift((0.45, 0, 0))
    return lines


def _broken(markup: str) -> list[str]:
    """Typst maths split before each plus sign outside brackets."""
    depth, parts = 0, [""]
    for char in markup:
        depth += (char in "([{") - (char in ")]}")
        if char == "+" and depth == 0:
            parts.append("")
        parts[-1] += char
    return parts


def _loss(loss: float, reach: float) -> str:
    """A loss with a decimal, where that tells losses of the map apart."""
    return number(loss, 1) if reach >= _PLAIN and abs(loss) < _HUGE else loss_text(loss, 1)


def _row(mark: VMobject, words: str, width: float) -> VGroup:
    mark.move_to((0.18, 0, 0))
    label = Label(words, BODY)
    if label.width > width - 0.5:
        label = Label(words, SMALL)
    return VGroup(mark, label.sit((0.5, -0.36 * label.px * PX, 0)))


def _colour_bar(loss_map: LossMap | Terrain, width: float, losses: Floats, reach: float) -> Group:
    """The colours from low to high ground, with the losses they stand for."""
    theme = current_theme()
    heights = compress(losses)
    ramp = np.asarray(ink_of(theme).ramp if isinstance(loss_map, Terrain) else theme.relief.ramp)
    across = np.linspace(0, 1, 400)
    row = np.stack([np.interp(across, np.linspace(0, 1, len(ramp)), ramp[:, c]) for c in range(3)], axis=-1)
    picture = ImageMobject((np.repeat(row[None], 24, axis=0) * 255).astype(np.uint8))
    picture.stretch_to_fit_width(width).stretch_to_fit_height(_BAR)
    frame = Rectangle(width=width, height=_BAR, stroke_color=theme.line, stroke_width=1.5)
    numbers = VGroup()
    shares = np.linspace(0, 1, 5)
    for share, text in zip(
        shares, _short([float(np.interp(share, heights, losses)) for share in shares], reach), strict=True
    ):
        side = -1 if share == 0 else 1 if share == 1 else 0
        x = (share - 0.5) * width
        numbers.add(Label(text, SMALL, theme.soft).sit((x, -_BAR / 2 - 0.95 * SMALL * PX, 0), side))
    name = Label("loss, on a logarithmic scale", SMALL, theme.soft)
    name.sit((-width / 2, _BAR / 2 + 0.4 * SMALL * PX, 0), -1)
    return Group(picture, frame, numbers, name)


def _short(losses: Sequence[float], reach: float) -> list[str]:
    """Losses with as many decimals as tell them apart, or in two digits where those would be long."""
    decimals = next((d for d in range(4) if reach >= 20 / 10**d), 4)
    texts = [scientific(loss) if abs(loss) >= _HUGE else number(loss, decimals) for loss in losses]
    long = max(map(len, texts)) > _LONGEST or reach < 20 / 10**4
    return [scientific(loss) if loss else "0" for loss in losses] if long else texts
