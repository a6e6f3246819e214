"""A scheduler at work: its rate, the run that it drives and the loss, against one step axis."""

import numpy as np

from descent.figures.alt_text import alt_text
from descent.figures.curves import loss_curves, lr_curves
from descent.figures.maps import loss_map, trajectories
from descent.figures.page import EDGE, Sheet
from descent.figures.picture import Picture
from descent.figures.style import TEXT, line, settings
from descent.look.palette import Theme, find_theme
from descent.record.torch_schedulers import SchedulerPage

_WIDTH, _BODY = 7.2, 4.3
_AXIS, _HEAD = 0.46, 0.24


def scheduler(page: SchedulerPage, theme: str | Theme = "light") -> Picture:
    """A scheduler's run on the map; beside it the learning rate, the momentum where it changes, and the loss.

    Args:
        page: Which scheduler.
        theme: "light" or "dark".

    Returns:
        The figure, titled with the page's claim, and its alt text.
    """
    look = find_theme(theme)
    trajectory, curve = page.trace()
    (left, right), (bottom, top) = page.run.surface.domain
    across, up = right - left, top - bottom
    height = _BODY - _AXIS
    width = height * across / up
    with settings():
        sheet = Sheet(
            _WIDTH,
            _BODY,
            look,
            f"{page.name}: {page.claim.text}",
            [(page.label, page.rule)],
            ["start", "end", "lowest minimum", "other minimum"],
        )
        ground = sheet.axes(EDGE + _AXIS, 0.05, width, height)
        loss_map(page.run.surface, ground, look)
        trajectories([trajectory], ground, look)
        count = 2 if curve.momentum is None else 3
        each = (_BODY - _AXIS - count * _HEAD - 0.16 * (count - 1)) / count
        column = EDGE + _AXIS + width + 0.75
        panels = [
            sheet.axes(column, _HEAD + k * (each + _HEAD + 0.16), _WIDTH - EDGE - column, each) for k in range(count)
        ]
        lr_curves([trajectory], panels[0], look)
        if curve.momentum is not None:
            lr_curves([trajectory], panels[1], look)  # for its axes; the line is replaced by the momentum's
            panels[1].lines[0].remove()
            values = np.append(curve.momentum, curve.momentum[-1])
            panels[1].step(np.arange(len(values)), values, where="post", **line(0, look), zorder=3)
            panels[1].set_title("momentum", loc="left", fontsize=TEXT, color=look.ink, pad=5)
            panels[1].set_ylim(0, 1.0)
        loss_curves([trajectory], panels[-1], look)
        for ax in panels[:-1]:
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)
    return Picture(sheet.done(), f"{page.name}: {page.claim.text} {alt_text([trajectory])}")
