"""Basins on a loss map: the ground from which runs end in one minimum, tinted, still or growing with the steps."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import numpy.typing as npt
from manim import VMobject

from descent.look.axes import near
from descent.look.basin_colours import EndingKey
from descent.look.palette import rgb
from descent.look.relief import contour_lines
from descent.record.many.basins import Basins, endings
from descent.record.many.batches import grid_of_starts, trace_batch
from descent.record.runs import Run
from descent.stage.clock import ClockImage, OnClock
from descent.stage.geometry import Box, Floats, joined
from descent.stage.maps.loss_map import LossMap
from descent.stage.shapes import markers
from descent.stage.theme import current_theme

_DOT = 0.075
_SAMPLES = 9  # columns of starts that get a ball


def basin(basins: Basins, minimum: int, loss_map: LossMap, colour: str, opacity: float = 0.22) -> VMobject:
    """The basin of one minimum.

    Args:
        basins: Where runs end, over the view of the map.
        minimum: The minimum's position among the surface's.
        loss_map: Where to draw.
        colour: Of tint and border.
        opacity: Of the tint.

    Returns:
        A closed path, its border halfway between starts that end there and starts that do not.
    """
    inside = np.pad((basins.minimum == minimum).astype(float), 1)  # the rim of zeros closes the path at the edge
    w1, w2 = (np.concatenate([line[:1], line, line[-1:]]) for line in (basins.w1, basins.w2))
    border = contour_lines(w1, w2, inside, [0.5])
    shape = VMobject(stroke_color=colour, stroke_width=2.5, fill_color=colour, fill_opacity=opacity)
    return shape.set_points(joined([loss_map.to_frame(line) for line in border]))


@dataclass(frozen=True, slots=True, eq=False)
class Growing:
    """Basins with the step at which each start's run came to rest.

    Attributes:
        basins: Where the runs end.
        arrival: ``[rows, columns]``, the step from which a run stays beside its minimum; past its last for the others.
        paths: ``[balls, steps + 1, 2]``, the iterates of a few of the starts.
    """

    basins: Basins
    arrival: npt.NDArray[np.int64]
    paths: Floats

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def losses(self) -> Floats:
        """``[rows, columns]``, the loss of the minimum that each start ends in; NaN for none."""
        surface = self.basins.run.surface
        losses = np.array([*(surface.at(*minimum) for minimum in self.basins.minima), np.nan])
        found: Floats = losses[np.maximum(self.basins.minimum, -1)]
        return found


@lru_cache(maxsize=16)
def growing(run: Run, shape: tuple[int, int]) -> Growing:
    """Trace a run from every start of a grid, and keep when each came to rest."""
    w1, w2, starts = grid_of_starts(run, shape)
    batch = trace_batch(run, starts, keep="paths")
    found = endings(batch)
    targets = np.array([*found.minima, (np.nan, np.nan)])[np.maximum(found.minimum, -1)]
    arrival = np.where(found.minimum >= 0, batch.arrivals(targets, found.within), run.steps + 1)
    across, up = (np.arange(n // (2 * _SAMPLES), n, max(n // _SAMPLES, 1)) for n in (shape[0], shape[1]))
    balls = (up[:, None] * shape[0] + across).ravel()
    return Growing(Basins(run, w1, w2, found), arrival.reshape(shape[::-1]), batch.params[balls])


class BasinTint(ClockImage):
    """The tints of a map's starts: each appears when its run comes to rest.

    Args:
        grown: The basins.
        key: What the colours mean.
        box: The map's rectangle.
    """

    def __init__(self, grown: Growing, key: EndingKey, box: Box) -> None:
        self._arrival = grown.arrival[::-1]
        self._tints = key.tints(key.classes(grown.basins.endings).reshape(grown.arrival.shape))[::-1]
        self._last = grown.basins.run.steps
        super().__init__(box, grown.arrival.shape)
        self.at_step(0.0)

    def pixels(self, step: float) -> npt.NDArray[np.uint8]:
        """The starts whose runs have come to rest; at the end the others as well."""
        there = (self._arrival <= step) | (step >= self._last)
        return np.where(there[..., None], self._tints, np.uint8(0))


class ChangeTint(ClockImage):
    """The starts that end at another loss with one run than with another, each once both of its runs have ended.

    Attributes:
        lower: The colour of those that end lower.
        higher: That of those that end higher.

    Args:
        before: The basins of the one run.
        after: Those of the other.
        box: The map's rectangle.
    """

    def __init__(self, before: Growing, after: Growing, box: Box) -> None:
        theme = current_theme()
        self.lower, self.higher = theme.runs[3], theme.ink
        change = after.losses() - before.losses()
        span = 1e-3 * max(float(np.nanmax(np.abs(change), initial=0.0)), 1e-6)  # less is the same loss
        colours = [(0, 0, 0, 0), (*rgb(self.lower), 150), (*rgb(self.higher), 255)]
        which = np.where(change < -span, 1, np.where(change > span, 2, 0))[::-1]
        self._tints = np.array(colours, dtype=np.uint8)[which]
        self._there = np.maximum(before.arrival, after.arrival)[::-1]
        super().__init__(box, which.shape)
        self.at_step(0.0)

    def pixels(self, step: float) -> npt.NDArray[np.uint8]:
        """The starts both of whose runs have ended."""
        return np.where((self._there <= step)[..., None], self._tints, np.uint8(0))


class Balls(OnClock):
    """Many runs at once, a dot each, on the straight segments of their steps; hidden outside of the map.

    Args:
        paths: ``[balls, steps + 1, 2]``, iterates.
        loss_map: Where they roll.
    """

    def __init__(self, paths: Floats, loss_map: LossMap) -> None:
        theme = current_theme()
        super().__init__(fill_color=theme.ink, fill_opacity=1, stroke_color=theme.background, stroke_width=1.5)
        within = near(np.nan_to_num(paths).reshape(-1, 2), loss_map.surface.domain).reshape(paths.shape)
        self._paths, self._box = loss_map.to_frame(within), loss_map.box
        self.at_step(0.0)

    def at_step(self, step: float) -> Self:
        """Put the dots where the runs are."""
        step = float(np.clip(step, 0, self._paths.shape[1] - 1))
        row = min(int(step), self._paths.shape[1] - 2)
        now = self._paths[:, row] + (step - row) * (self._paths[:, row + 1] - self._paths[:, row])
        return self.set_points(markers("hexagon", _DOT, now[self._box.holds(now)]))
