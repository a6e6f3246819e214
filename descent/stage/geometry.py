"""Geometry of drawn paths as pure arrays: clipping to a box, dashes, partial paths, ticks."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in frame units."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def width(self) -> float:
        """Right minus left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Top minus bottom."""
        return self.top - self.bottom

    @property
    def centre(self) -> Floats:
        """The middle, shape (3,)."""
        return np.array(((self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0))

    def contains(self, point: npt.ArrayLike) -> bool:
        """Whether a point (x, y, …) lies inside or on the edge, to a thousandth of a pixel."""
        return bool(self.holds(np.asarray(point, dtype=float)[None])[0])

    def holds(self, points: Floats, slack: float = 1e-5) -> npt.NDArray[np.bool_]:
        """Which of several points, shape (n, 2 or more), lie inside or on the edge, to within ``slack`` frame units."""
        x, y = points[:, 0], points[:, 1]
        across = (self.left - slack <= x) & (x <= self.right + slack)
        inside: npt.NDArray[np.bool_] = across & (self.bottom - slack <= y) & (y <= self.top + slack)
        return inside


def path_until(points: Floats, step: float) -> Floats:
    """The path through the first ``step`` segments, the last of them cut at the fraction of the step.

    Args:
        points: Vertices, shape (n + 1, d).
        step: How far along, 0..n; outside values are held.

    Returns:
        The vertices passed, and the point reached, shape (m, d) with m ≥ 1.

    >>> path_until(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]), 1.5).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]]
    """
    step = float(np.clip(step, 0, len(points) - 1))
    whole = int(step)
    if whole == step:
        return points[: whole + 1]
    reached = points[whole] + (step - whole) * (points[whole + 1] - points[whole])
    return np.vstack([points[: whole + 1], reached])


def dashed(points: Floats, dash: float, gap: float) -> list[Floats]:
    """Cut a path into dashes, measured along it from its start, so that dashes stand still as it grows.

    Args:
        points: Vertices, shape (n, d).
        dash: Length of a dash.
        gap: Length between dashes.

    Returns:
        One polyline per dash.
    """
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    starts = np.arange(0.0, along[-1] - 1e-12 * (dash + gap), dash + gap)  # rounding makes no dash of its own
    ends = np.minimum(starts + dash, along[-1])
    first, last = (
        np.stack([np.interp(where, along, column) for column in points.T], axis=-1) for where in (starts, ends)
    )
    after, before = np.searchsorted(along, starts, "right"), np.searchsorted(along, ends, "left")
    return [np.vstack([first[i], points[after[i] : before[i]], last[i]]) for i in range(len(starts))]


def clip(points: Floats, box: Box) -> list[Floats]:
    """The parts of a path that lie inside a box (Liang–Barsky, segment by segment).

    Args:
        points: Vertices, shape (n, 2 or 3); only x and y are compared.
        box: Where to keep the path.

    Returns:
        Polylines inside the box, in order; none if the path is all outside.
    """
    if len(points) > 1 and box.holds(points, slack=0).all():
        return [points]
    pieces: list[list[Floats]] = []
    for start, end in pairwise(points):
        span = _inside(start, end, box)
        if span is None:
            continue
        first = start + span[0] * (end - start)
        last = end if span[1] == 1 else start + span[1] * (end - start)  # the very end: the next segment joins there
        if pieces and span[0] == 0 and np.array_equal(pieces[-1][-1], start):
            pieces[-1].append(last)
        else:
            pieces.append([first, last])
    return [np.array(piece) for piece in pieces]


def _inside(start: Floats, end: Floats, box: Box) -> tuple[float, float] | None:
    enter, leave = 0.0, 1.0
    delta = end - start
    for rate, room in (
        (-delta[0], start[0] - box.left),
        (delta[0], box.right - start[0]),
        (-delta[1], start[1] - box.bottom),
        (delta[1], box.top - start[1]),
    ):
        if rate == 0:
            if room < 0:
                return None
        elif rate < 0:
            enter = max(enter, room / rate)
        else:
            leave = min(leave, room / rate)
    return (enter, leave) if enter <= leave else None


def joined(pieces: list[Floats]) -> Floats:
    """Bézier points of several polylines in one path, the form Manim's paths take.

    Args:
        pieces: Vertices of each polyline, shape (n, 3).

    Returns:
        Four control points per segment, shape (4 m, 3); none if there is no segment.
    """
    if len(pieces) == 1:  # most are, and they are joined in every frame
        start, end = pieces[0][:-1], pieces[0][1:]
    else:
        points = np.concatenate([np.zeros((0, 3)), *pieces])
        goes_on, begun = (np.ones(len(points), dtype=bool) for _ in range(2))
        past = np.cumsum([len(piece) for piece in pieces if len(piece)], dtype=int)
        goes_on[past - 1] = False
        begun[past[:-1]] = False
        begun[:1] = False
        start, end = points[goes_on], points[begun]
    curves = np.empty((len(start), 4, 3))
    curves[:, 0], curves[:, 3] = start, end
    curves[:, 1], curves[:, 2] = (2 * start + end) / 3, (start + 2 * end) / 3
    return curves.reshape(-1, 3)


def finite_rows(values: Floats) -> int:
    """How many leading rows, shape (n,) or (n, d), are finite.

    >>> finite_rows(np.array([1.0, 2.0, np.inf, 3.0]))
    2
    """
    finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    return len(values) if bool(np.all(finite)) else int(np.argmin(finite))


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round tick values inside an interval, at most ``most + 1`` of them.

    >>> nice_ticks(-14, 0, 4)
    [-12.0, -8.0, -4.0, 0.0]
    """
    values = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 4, 5, 10]).tick_values(low, high)
    slack = 1e-9 * (high - low)
    return [float(v) + 0.0 for v in values if low - slack <= v <= high + slack]


MARGIN = 0.36
"""Nothing is drawn nearer to the frame's edge than this (48 px at 1080p)."""

FRAME = Box(-64 / 9, 64 / 9, -4.0, 4.0)
"""The picture, in Manim's units: 64/9 to each side, 4 up and down."""

SAFE = Box(FRAME.left + MARGIN, FRAME.right - MARGIN, FRAME.bottom + MARGIN, FRAME.top - MARGIN)
"""The picture without its margins, where whatever is read stays."""
