"""What a run does, by a plain loop, and what a loss is like, by sampling it: nothing here is descent's."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch

LENGTHS = 25


@dataclass(frozen=True, eq=False)
class Ground:
    """A loss and the view of it; ``sign`` is −1 for who climbs it, so that down is good."""

    loss: Callable[[Any, Any], Any]
    view: tuple[tuple[float, float], tuple[float, float]]
    sign: int = 1

    @property
    def sides(self) -> np.ndarray:
        return np.array([high - low for low, high in self.view])

    def at(self, points: np.ndarray) -> np.ndarray:
        w = torch.tensor(np.atleast_2d(points), dtype=torch.float64)
        with torch.no_grad():
            found = self.sign * self.loss(w[:, 0], w[:, 1]).double().numpy()
        return np.where(np.isnan(found), np.inf, found)

    def inside(self, w: np.ndarray) -> np.ndarray:
        (left, right), (low, high) = self.view
        w = np.atleast_2d(w)
        return (w[:, 0] >= left) & (w[:, 0] <= right) & (w[:, 1] >= low) & (w[:, 1] <= high)

    def slid(self, start: np.ndarray, reach: float) -> tuple[np.ndarray, float]:
        """The lowest place that clouds of points find within a reach, and its loss."""
        rng, best = np.random.default_rng(0), np.zeros(2)
        low, spread = float(self.at(start)[0]), np.eye(2) * (reach / 2) ** 2
        middle = best
        for _ in range(60):  # the best of a cloud make the next cloud, which so takes a valley's shape
            cloud = np.clip(rng.multivariate_normal(middle, spread, 150), -reach, reach)
            heights = self.at(np.asarray(start) + cloud * self.sides)
            order = np.argsort(heights)
            if heights[order[0]] < low:
                best, low = cloud[order[0]], float(heights[order[0]])
            few = cloud[order[:30]]
            middle, spread = few.mean(axis=0), np.cov(few.T) + 1e-18 * np.eye(2) * reach**2
        return np.asarray(start) + best * self.sides, low

    @cached_property
    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        lines = [np.linspace(low, high, 151) for low, high in self.view]
        points = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1)
        return points, self.at(points.reshape(-1, 2)).reshape(151, 151)

    @cached_property
    def range(self) -> float:
        """What the losses of the view move in, without its peaks."""
        heights = self.grid[1][np.isfinite(self.grid[1])]
        return float(np.median(heights) - heights.min())

    @cached_property
    def pits(self) -> list[tuple[np.ndarray, float]]:
        """The lowest minima found: from low points of a grid that no neighbour is below, slid down."""
        points, heights = self.grid
        middle = heights[1:-1, 1:-1]
        low = np.isfinite(middle)
        for a in range(3):
            for b in range(3):
                low &= middle <= heights[a : a + 149, b : b + 149]
        rows, columns = np.nonzero(low)
        order = np.argsort(middle[rows, columns], kind="stable")
        _, first = np.unique(middle[rows, columns][order], return_index=True)
        found = []
        for k in order[np.sort(first)][:10]:
            start = points[rows[k] + 1, columns[k] + 1]
            end, height = self.slid(start, 0.012)
            if np.abs((end - start) / self.sides).max() < 0.0115 or height >= middle[rows[k], columns[k]]:
                found.append((end, height))
        return sorted(found, key=lambda pit: pit[1])

    def is_minimum(self, point: np.ndarray, reach: float = 0.01) -> bool:
        key = (*map(float, point), reach)
        if key not in self._asked:
            self._asked[key] = self._is_minimum(point, reach)
        return self._asked[key]

    @cached_property
    def _asked(self) -> dict[tuple[float, ...], bool]:
        return {}

    def _is_minimum(self, point: np.ndarray, reach: float) -> bool:
        """Whether nothing at the rim of a neighbourhood is lower than the lowest place in its middle."""
        _, low = self.slid(point, 0.7 * reach)
        rng = np.random.default_rng(0)
        angle = np.concatenate([np.linspace(0, 2 * np.pi, 720), rng.uniform(0, 2 * np.pi, 300)])
        rim = np.asarray(point) + reach * self.sides * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        heights = self.at(rim)
        sectors = [part[heights[part].argmin()] for part in np.array_split(np.argsort(angle), 8)]
        lower = min(self.slid(rim[k], 0.02 * reach)[1] for k in sectors)  # narrow valleys leave between two samples
        slack = 1e-9 * float(np.ptp(heights[np.isfinite(heights)])) + 1e-13 * abs(low)
        return lower >= low - slack

    def is_flat(self, point: np.ndarray, reach: float = 0.01) -> bool:
        rng = np.random.default_rng(1)
        around = self.at(np.asarray(point) + reach * self.sides * rng.uniform(-0.7, 0.7, (400, 2)))
        return bool(np.ptp(around) <= 1e-9 * self.range + 1e-13 * np.abs(around).max())

    def lower_than(self, height: float) -> bool:
        """Whether a minimum of the view is lower."""
        return any(low < height - 1e-7 * self.range - 1e-13 * abs(height) for _, low in self.pits)


@dataclass(frozen=True, eq=False)
class Way:
    """One run, as a loop takes it; rows are before each step."""

    ground: Ground
    optimizer: Any
    start: tuple[float, float]
    steps: int
    scheduler: Any = None
    nudge: int = 0
    factor: float = 1.0
    seen: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def to(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Iterates ``[t+1, 2]`` and losses, up to the first that is not finite."""
        longest = max(self.seen, default=-1)
        if longest < steps:
            self.seen[steps] = _looped(self, steps)
            longest = steps
        w, loss = self.seen[longest]
        return w[: steps + 1], self.ground.sign * loss[: steps + 1]

    @property
    def record(self) -> tuple[np.ndarray, np.ndarray]:
        return self.to(self.steps)

    @property
    def tail(self) -> tuple[np.ndarray, np.ndarray]:
        return self.to(LENGTHS * self.steps)


def _looped(way: Way, steps: int) -> tuple[np.ndarray, np.ndarray]:
    start = np.array(way.start, dtype=np.float32)
    for _ in range(abs(way.nudge)):
        start = np.nextafter(start, np.float32(math.copysign(math.inf, way.nudge)))
    w1, w2 = (torch.tensor(float(w), dtype=torch.float32, requires_grad=True) for w in start)
    optimizer = way.optimizer.func([w1, w2], **way.optimizer.keywords)
    scheduler = None if way.scheduler is None else way.scheduler.func(optimizer, **way.scheduler.keywords)
    rows, last = [], None

    def closure() -> torch.Tensor:
        nonlocal last
        optimizer.zero_grad()
        loss = way.ground.loss(w1, w2) * way.factor
        loss.backward()
        if last is None:
            last = loss.item()
        return loss

    for step in range(steps + 1):
        now = w1.item(), w2.item()
        last = None
        if step < steps:
            optimizer.step(closure)
        else:
            last = way.ground.loss(w1, w2).item()
        rows.append((*now, last))
        if not all(map(math.isfinite, rows[-1])):
            break
        if scheduler is not None and step < steps:
            try:
                scheduler.step(last) if "Plateau" in type(scheduler).__name__ else scheduler.step()
            except Exception:
                scheduler = None
    found = np.array(rows)
    return found[:, :2], found[:, 2]


@lru_cache(maxsize=32)
def ground(loss: Any, view: Any, sign: int) -> Ground:
    return Ground(loss, view, sign)
