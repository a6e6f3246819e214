"""How to read a loss map: its formula, its marks with their losses, and its scale of colours."""

import numpy as np
from manim import DOWN, LEFT, UL, Group, ImageMobject, Rectangle, VGroup, VMobject

from descent.base.numbers import number, scientific
from descent.look.opengl.colours import ink_of
from descent.look.relief import compress
from descent.stage.geometry import Box
from descent.stage.landscape.terrain import Terrain
from descent.stage.maps.loss_map import LossMap
from descent.stage.shapes import minimum_mark
from descent.stage.text import BODY, PX, SMALL, Label, maths
from descent.stage.theme import current_theme

_BAR = 0.24
_FORMULA = 34


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
    losses = [surface.at(*minimum) for minimum in surface.minima]
    if losses:
        items.append(_row(minimum_mark(best=True), f"lowest minimum, loss {number(losses[0], 1)}"))
    if len(losses) > 1:
        items.append(
            _row(minimum_mark(best=False), f"local minima, loss {number(losses[1], 1)} to {number(losses[-1], 1)}")
        )
    items.append(_colour_bar(loss_map, box.width))
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


def _row(mark: VMobject, words: str) -> VGroup:
    mark.move_to((0.18, 0, 0))
    return VGroup(mark, Label(words, BODY).sit((0.5, -0.36 * BODY * PX, 0)))


def _colour_bar(loss_map: LossMap | Terrain, width: float) -> Group:
    """The colours from low to high ground, with the losses they stand for."""
    theme = current_theme()
    losses = np.sort(loss_map.surface.grid(200).loss, axis=None)
    heights = compress(losses)
    ramp = np.asarray(ink_of(theme).ramp if isinstance(loss_map, Terrain) else theme.relief.ramp)
    across = np.linspace(0, 1, 400)
    row = np.stack([np.interp(across, np.linspace(0, 1, len(ramp)), ramp[:, c]) for c in range(3)], axis=-1)
    picture = ImageMobject((np.repeat(row[None], 24, axis=0) * 255).astype(np.uint8))
    picture.stretch_to_fit_width(width).stretch_to_fit_height(_BAR)
    frame = Rectangle(width=width, height=_BAR, stroke_color=theme.line, stroke_width=1.5)
    numbers = VGroup()
    reach = float(np.ptp(losses[np.isfinite(losses)]))
    decimals = next((d for d in range(4) if reach >= 20 / 10**d), 4)
    for share in np.linspace(0, 1, 5):
        loss = float(np.interp(share, heights, losses))
        side = -1 if share == 0 else 1 if share == 1 else 0
        x = (share - 0.5) * width
        text = scientific(loss) if abs(loss) >= 1e7 else number(loss, decimals)
        numbers.add(Label(text, SMALL, theme.soft).sit((x, -_BAR / 2 - 0.95 * SMALL * PX, 0), side))
    name = Label("loss, on a logarithmic scale", SMALL, theme.soft)
    name.sit((-width / 2, _BAR / 2 + 0.4 * SMALL * PX, 0), -1)
    return Group(picture, frame, numbers, name)
