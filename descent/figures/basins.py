"""Basin maps of several optimizers side by side: every start tinted by where its run ends."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from descent.base.errors import DescentError
from descent.figures.alt_text import describe_map
from descent.figures.maps import loss_map
from descent.figures.page import EDGE, Sheet, lines_within, text_height
from descent.figures.picture import Picture
from descent.figures.style import TEXT, settings
from descent.figures.swatches import ROW, explain, flowed
from descent.look.basin_colours import EndingKey, ending_key, kind_name
from descent.look.fonts import unbroken
from descent.look.palette import Theme, find_theme
from descent.record.many.basins import DIVERGED, MOVING, Basins, basins
from descent.record.runs import Run

_WIDTH, _AXIS, _GUTTER = 7.2, 0.46, 0.12
_MOST = 5
_BAR = 0.13


def basin_maps(
    runs: Sequence[Run | Basins], title: str = "", theme: str | Theme = "light", shape: tuple[int, int] = (240, 240)
) -> Picture:
    """Where each of several optimizers ends from every start: maps in a row, under each the shares of its endings.

    Args:
        runs: One to five runs on one surface, whose starts do not matter, or their basins.
        title: What the figure claims; none by default.
        theme: "light" or "dark".
        shape: How many columns and rows of starts are traced.

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If there are too few or too many, on several surfaces, or torch refuses one.
    """
    look = find_theme(theme)
    if not 1 <= len(runs) <= _MOST:
        raise DescentError(f"A figure shows one to {_MOST} maps of basins, not {len(runs)}.")
    found = [run if isinstance(run, Basins) else basins(run, shape) for run in runs]
    surface = found[0].run.surface
    for other in found:
        if other.run.surface != surface:
            raise DescentError(
                f"Basins side by side must share a surface, not {surface.name!r} and {other.run.surface.name!r}."
            )
    key = ending_key([each.endings for each in found], surface, look)
    (left, right), (bottom, top) = surface.domain
    count = len(found)
    widest = (_WIDTH - 2 * EDGE - _AXIS - _GUTTER * (count - 1)) / count
    width = min(widest, 3.4 * (right - left) / (top - bottom), 3.4)
    height = width * (top - bottom) / (right - left)
    heads = [lines_within(unbroken(each.run.label), width) for each in found]
    above = text_height(max(map(len, heads))) + 0.1
    names = _key_entries(key, found)
    rows = flowed(names, _WIDTH - 2 * EDGE)
    body = above + height + _AXIS + _BAR + 0.3 + ROW * len(rows)
    with settings():
        sheet = Sheet(_WIDTH, body, look, title)
        for k, (each, head) in enumerate(zip(found, heads, strict=True)):
            at = EDGE + _AXIS + k * (width + _GUTTER)
            ground = sheet.axes(at, above, width, height)
            ground.set_title("\n".join(head), loc="left", fontsize=TEXT, color=look.ink, pad=5, linespacing=1.25)
            loss_map(surface, ground, look)
            tint(each, key, ground)
            if k > 0:
                ground.tick_params(labelleft=False)
                ground.set_ylabel("")
            _share_bar(each, key, sheet.axes(at, above + height + _AXIS, width, _BAR), look)
        explain(rows, sheet.axes(EDGE, body - ROW * len(rows), _WIDTH - 2 * EDGE, ROW * len(rows)), look)
    alt = [f"{title if title.endswith('.') else f'{title}.'}"] if title else []
    words = [describe_endings(each, key) for each in found]
    return Picture(sheet.done(), " ".join([*alt, describe_map(surface), *words]))


def tint(found: Basins, key: EndingKey, ax: Axes) -> None:
    """Lay the colours of a run's endings over a loss map."""
    # A start stands for the cell around it, and the first and last reach half a cell beyond the view.
    across, up = ((line[-1] - line[0]) / (len(line) - 1) / 2 for line in (found.w1, found.w2))
    extent = (found.w1[0] - across, found.w1[-1] + across, found.w2[0] - up, found.w2[-1] + up)
    (left, right), (bottom, top) = found.run.surface.domain
    image = key.tints(key.classes(found.endings).reshape(found.minimum.shape))
    ax.imshow(image, extent=extent, origin="lower", interpolation="nearest", zorder=0.5)
    ax.set(xlim=(left, right), ylim=(bottom, top))


def describe_endings(found: Basins, key: EndingKey) -> str:
    """A sentence on where a run ends: shares of the starts."""
    shares = [
        f"{100 * share:.0f} % end {_where(key, k)}"
        for k, share in enumerate(key.shares(found.endings))
        if share >= 0.005
    ]
    others = [(MOVING, "still move"), (DIVERGED, "diverge")]
    shares += [f"{100 * s:.0f} % {words}" for code, words in others if (s := found.endings.share(code)) >= 0.005]
    starts = f"{found.minimum.size} starts, {found.run.steps} steps"
    return f"{' '.join(found.run.label.split())}, {starts}: {', '.join(shares)}."


def _where(key: EndingKey, k: int) -> str:
    return f"{'at loss' if key.by_loss else 'in the minimum at'} {kind_name(key.kinds[k], key.by_loss)}"


def _key_entries(key: EndingKey, found: Sequence[Basins]) -> list[tuple[str, str]]:
    entries = [(kind.colour, kind_name(kind, key.by_loss)) for kind in key.kinds]
    for code, colour, words in ((MOVING, key.moving, "still moving"), (DIVERGED, key.diverged, "diverged")):
        if any(each.endings.share(code) for each in found):
            entries.append((colour, words))
    return [("", "ends at loss" if key.by_loss else "ends in the minimum at"), *entries]


def _share_bar(found: Basins, key: EndingKey, ax: Axes, look: Theme) -> None:
    left = 0.0
    for kind, share in zip(key.kinds, key.shares(found.endings), strict=True):
        ax.barh(0, share, left=left, height=1, color=kind.colour, linewidth=0)
        left += share
    ax.set(xlim=(0, 1), ylim=(-0.5, 0.5))
    ax.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False)
    for spine in ax.spines.values():
        spine.set(color=look.line, linewidth=0.7)
    ax.set_facecolor(look.background)
    if key.by_loss:
        ax.text(0, -1.0, f"{100 * key.shares(found.endings)[0]:.0f} % {_where(key, 0)}", color=look.ink, va="top")
