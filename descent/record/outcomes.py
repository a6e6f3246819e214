"""How a run ends: judged on its record, on the run continued, and on its neighbours, and said in a clause.

An ending that is told as one holds for every row from the record's last to 25 times its length. Where it does not, or
the run could not be followed so far, what is told is where the run is. Neighbours start one unit in the last place
away; where they disagree, only what they share is told.

Lengths are shares of the view's sides, and losses are compared with losses: units do not matter. An optimizer that
maximises is judged on the surface turned upside down.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from descent.base.numbers import quantity
from descent.record.matrices import MatrixLoss
from descent.record.measures import is_undefined, lengths, swing_rows
from descent.record.minima import Lie, Place, around, lowest, lowest_level, tie, upside_down
from descent.record.predicates import Judge
from descent.record.surfaces import Array, Point, Surface
from descent.record.tails import MOST_STEPS, Tail, follow
from descent.record.trajectories import Trajectory

NEAR = 0.01
"""As a share of the view's sides: what lies no farther away is in the same place, to the eye."""

_CLOSER = 0.1  # of the way from the start, that may be left at most: the start itself does not count as arriving
_AROUND = 5 * NEAR  # what still is near a minimum, and the least swing that counts
_SWINGS = 4  # moves to and fro that make it swing
_FALLING = 5  # last steps that go down
_SLOWER = 0.9  # times as far, at most: it comes to rest
_STOPPED = 1e-3  # of its highest rate: a schedule has stopped the run
_SEEN = 1e-4  # of the losses of a run: what is less is not seen


class Ending(StrEnum):
    """The ways in which runs end, from the worst to the best; some tell where a run is, since it does not end there."""

    UNDEFINED = "ends with an undefined loss"
    DIVERGES = "diverges"
    FALLS = "goes down without end"
    LEAVES = "leaves the view"
    OUTSIDE = "is outside the view"
    CHAOTIC = "is chaotic here"
    RESTLESS = "has not come to rest"
    SWINGING = "is still swinging"
    SWINGS = "keeps swinging"
    UNMOVED = "has hardly moved"
    STANDS = "stands still for now"
    DESCENDS = "is still going down"
    RESTS = "comes to rest at no minimum"
    FLAT = "comes to rest on flat ground"
    LOCAL = "gets stuck in a local minimum"
    NEAR = "ends near the lowest minimum"
    STAYS = "stays at the minimum where it starts"
    LOWEST = "reaches the lowest minimum"

    @property
    def passing(self) -> bool:
        """Whether it tells where a run is after its last step, and not how it ends."""
        return self in _PASSING


_PASSING = {
    Ending.OUTSIDE,
    Ending.RESTLESS,
    Ending.SWINGING,
    Ending.UNMOVED,
    Ending.STANDS,
    Ending.DESCENDS,
    Ending.NEAR,
}
_MOVING = {Ending.RESTLESS, Ending.SWINGING, Ending.SWINGS, Ending.DESCENDS}
_SLOPING = {Lie.SLOPE, Lie.FAINT}
_AWAY = {Ending.DIVERGES, Ending.FALLS, Ending.LEAVES, Ending.OUTSIDE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        ending: In which way.
        step: The step at which that is seen.
        detail: What the numbers of the run add to the sentence, with the sign that joins them.
        holds: The check that it did.
        climbs: Whether the optimizer maximises, so that minima are maxima and down is up.
        several: Whether the minimum it ended in is one of several, or no single point.
        later: Whether it may yet reach a lowest minimum: it does when followed, or was not followed to the end.
        agreed: Whether its neighbours have its step and the losses of its detail.
        followed: The step up to which the run was followed.
        whole: Whether that was as far as it had to be.
        losses: The losses of the run and of its neighbours after its last step.
    """

    ending: Ending
    step: int
    detail: str
    holds: Judge
    climbs: bool = False
    several: bool = False
    later: bool = False
    agreed: bool = True
    followed: int = 0
    whole: bool = True
    losses: tuple[float, ...] = ()

    @property
    def told(self) -> str:
        """The ending in words."""
        return upward(self.ending) if self.climbs else str(self.ending)


def upward(text: str) -> str:
    """What is said of an optimizer that maximises.

    >>> upward("is still going down"), upward("reaches the lowest minimum")
    ('is still going up', 'reaches the highest maximum')
    """
    pairs = (("minimum", "maximum"), ("minima", "maxima"), ("lowest", "highest"), ("Lowest", "Highest"))
    for down, up in (*pairs, ("goes down", "climbs"), ("go down", "climb"), ("going down", "going up")):
        text = text.replace(down, up)
    return text


def steps(count: int) -> str:
    """A number of steps.

    >>> steps(1), steps(50), steps(1250)
    ('1 step', '50 steps', '1,250 steps')
    """
    return "1 step" if count == 1 else f"{count:,} steps"


def outcome(trajectory: Trajectory, written: Callable[[float], str] = quantity, most: int = MOST_STEPS) -> Outcome:
    """How a run ended: the first that applies of the endings, from losing all numbers to merely being over.

    Args:
        trajectory: The run.
        written: How losses are written.
        most: Steps that it may be followed, its own included.

    Returns:
        What is true of the run and of its neighbours.
    """
    judged = _judged(trajectory, most)
    details = {
        _detail(verdict, path, written, judged.climbs)
        for verdict, path in zip(judged.verdicts, judged.paths, strict=True)
    }
    step = {verdict.step for verdict in judged.verdicts}
    first, path = judged.verdicts[0], judged.paths[0]
    agreed = len(details) == len(step) == 1
    return Outcome(
        first.ending,
        path.step(first.step),
        details.pop() if agreed else f" after {steps(path.step(path.n))}" if first.ending.passing else "",
        lambda other: _judged(other, most).verdicts[0].ending is first.ending,
        judged.climbs,
        first.several,
        judged.later,
        agreed,
        path.step(len(path.loss) - 1),
        all(each.whole for each in judged.paths),
        tuple(float(-each.loss[each.n] if judged.climbs else each.loss[each.n]) for each in judged.paths),
    )


def climbs(trajectory: Trajectory) -> bool:
    """Whether the run's optimizer maximises."""
    return bool(trajectory.run.optimizer.keywords.get("maximize", False))


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """One neighbour's way, its loss turned so that down is good.

    Attributes:
        w: ``[t+1, 2]``, its iterates.
        u: ``[t+1, 2]``, the same as shares of the view's sides, from the start; a matrix's other coordinates follow, as
            shares of the mean side.
        loss: ``[t+1]``.
        grad: ``[t+1, 2]``, of the loss as it is computed.
        inside: ``[t+1]``, whether it is in the view.
        n: The record's last row.
        lost: The row, the last one here, at which loss or parameters are not finite, or None.
        whole: Whether it was followed as far as it had to be.
        rate: The last learning rate, as a share of the highest before.
        at: ``[n+1]``, the step of each row of the record.
    """

    w: Array
    u: Array
    loss: Array
    grad: Array
    inside: NDArray[np.bool_]
    n: int
    lost: int | None
    whole: bool
    rate: float
    at: Array

    def step(self, row: int) -> int:
        """The step of a row; after the record, each row is a step."""
        last = len(self.at) - 1
        return int(self.at[min(row, last)]) + max(row - last, 0)

    def away(self, point: Sequence[float], surface: Surface) -> Array:
        """The distance ``[t+1]`` of each row from a point, in shares of the view's sides."""
        return lengths(np.concatenate([(self.w - np.asarray(point)) / _sides(surface), self.u[:, 2:]], axis=1))

    @property
    def extent(self) -> float:
        """How far the record gets from its start."""
        return float(lengths(self.u[: self.n + 1]).max())

    @property
    def hidden(self) -> float:
        """How far from the plane of the view its last row is."""
        return float(lengths(self.u[-1:, 2:])[0])


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How one neighbour ended, at which step that is seen, and whether its minimum is one of several."""

    ending: Ending
    step: int
    several: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """A run's neighbours and what is told of each, which has one ending."""

    paths: Sequence[_Path]
    verdicts: Sequence[_Verdict]
    climbs: bool
    later: bool


class _Ground:
    """A surface to go down on, which remembers where it was looked at: neighbours end beside each other."""

    def __init__(self, surface: Surface, loss: object, sign: int) -> None:
        self.surface = surface
        self._matrix = (loss, sign) if isinstance(loss, MatrixLoss) else None
        self._looks: list[tuple[Point, float, Place]] = []

    def holds(self, w: Array) -> bool:
        """Whether what the view shows around a point is so for a whole matrix, too: it does not go down elsewhere."""
        if self._matrix is None:
            return True
        loss, sign = self._matrix
        return loss.lies_low(float(w[0]), float(w[1]), sign)

    def around(self, w: Array, reach: float) -> Place:
        """How a point lies, as for one that is a thousandth of the reach away."""
        point = (float(w[0]), float(w[1]))
        for seen, far, place in self._looks:
            apart = math.hypot(*(np.subtract(seen, point) / _sides(self.surface)))
            if apart <= 1e-3 * reach and 0.9 <= far / reach <= 1.1:
                return place
        place = around(self.surface, point, reach)
        self._looks.append((point, reach, place))
        return place


def _judged(trajectory: Trajectory, most: int) -> _Judged:
    try:
        return _judged_once(trajectory, most)
    except TypeError:  # a list among the run's settings
        return _judged_now(trajectory, most)


@lru_cache(maxsize=256)
def _judged_once(trajectory: Trajectory, most: int) -> _Judged:
    hash(trajectory.run)
    return _judged_now(trajectory, most)


def _judged_now(trajectory: Trajectory, most: int) -> _Judged:
    up = climbs(trajectory)
    surface = upside_down(trajectory.run.surface) if up else trajectory.run.surface
    with np.errstate(all="ignore"):  # a path that is lost overflows in every sum
        paths = _paths(trajectory, follow(trajectory.run, most), -1 if up else 1)
        ground = _Ground(surface, trajectory.run.surface.loss, -1 if up else 1)
        verdicts = _shared(paths, [_verdict(path, ground) for path in paths], ground)
        later = any(_may_arrive(path, ground) for path in paths)
    return _Judged(paths, verdicts, up, later)


def _paths(trajectory: Trajectory, tail: Tail, sign: int) -> list[_Path]:
    found, n = [], trajectory.steps
    highest = float(trajectory.lr.max())
    rate = float(trajectory.lr[-1]) / highest if highest > 0 else 1.0
    for k in range(tail.loss.shape[1]):
        w, loss, grad, whole = tail.params[:, k], tail.loss[:, k], tail.grad[:, k], tail.whole
        hidden = tail.hidden[:, k]
        if k == 0:  # the record is what is shown
            more = slice(n + 1, None if trajectory.diverged_at is None and np.isfinite(loss[n : n + 1]).all() else 0)
            whole = whole and len(loss[more]) > 0
            w = np.concatenate([trajectory.params, w[more]])
            loss = np.concatenate([trajectory.loss, loss[more]])
            grad = np.concatenate([trajectory.grad, grad[more]])
            hidden = np.concatenate([trajectory.hidden, hidden[more]])
        gone = np.flatnonzero(~(np.isfinite(loss) & np.isfinite(w).all(axis=1)))
        lost = int(gone[0]) if gone.size else None
        w, loss, grad, hidden = (each[: None if lost is None else lost + 1] for each in (w, loss, grad, hidden))
        (left, right), (low, high) = trajectory.run.surface.domain
        inside = (w[:, 0] >= left) & (w[:, 0] <= right) & (w[:, 1] >= low) & (w[:, 1] <= high)
        inside[0] = True  # every run starts in the view; its neighbour may lie beyond an edge
        sides = _sides(trajectory.run.surface)
        u = np.concatenate([(w - w[0]) / sides, hidden / sides.mean()], axis=1)
        end = trajectory.run.steps if lost is None else min(lost, trajectory.run.steps)
        found.append(
            _Path(
                w,
                u,
                sign * loss,
                grad,
                inside,
                min(end, len(loss) - 1),
                lost,
                whole or lost is not None,
                rate,
                trajectory.at,
            )
        )
    return found


def _verdict(path: _Path, ground: _Ground) -> _Verdict:
    """The first ending that applies."""
    if path.lost is not None and path.lost <= path.n:
        return _Verdict(_losing(path, ground), path.lost)
    if not path.inside[path.n]:
        return _outside(path, ground)
    for judge in (_staying, _arriving, _resting):
        if (found := judge(path, ground)) is not None:
            return found
    if _keeps_swinging(path):
        return _Verdict(Ending.SWINGS, path.n)
    return _where(path, ground)


def _losing(path: _Path, ground: _Ground) -> Ending:
    """Which way a path left the finite numbers: up or down out of the computer's, or to where there are none."""
    row = path.lost or 0
    if np.isinf(path.loss[row]):
        return Ending.DIVERGES if path.loss[row] > 0 else Ending.FALLS
    if is_undefined(ground.surface, path.w[: row + 1], path.grad[: row + 1]):
        return Ending.UNDEFINED
    return Ending.FALLS if path.loss[row - 1] < path.loss[0] else Ending.DIVERGES


def _outside(path: _Path, ground: _Ground) -> _Verdict:
    n, loss = path.n, path.loss
    left = int(np.flatnonzero(path.inside[: n + 1])[-1]) + 1
    if path.inside[n:].any() or not path.whole:
        return _Verdict(Ending.OUTSIDE, left)
    if loss[n] > loss[0]:
        if path.lost is not None and _losing(path, ground) is Ending.DIVERGES:
            return _Verdict(Ending.DIVERGES, left)
        if (
            path.lost is None
            and loss[5 * n :].min() > loss[: n + 1].max()
            and (loss[15 * n :].min() > loss[: 5 * n + 1].max())
        ):
            return _Verdict(Ending.DIVERGES, left)
    return _Verdict(Ending.LEAVES, left)


def _staying(path: _Path, ground: _Ground) -> _Verdict | None:
    """Whether it starts in a minimum and never leaves it: it did not arrive there."""
    if not path.whole or path.lost is not None or lengths(path.u).max() > _CLOSER * NEAR:
        return None
    reach = max(_CLOSER * NEAR, 1e-6)
    place = ground.around(path.w[0], reach)
    if place.lie in _SLOPING or path.away(place.point, ground.surface)[0] > 1e-2 * reach:
        return None
    return _Verdict(Ending.STAYS, path.n, several=True)


def _home(path: _Path, ground: _Ground) -> Place:
    """How the place lies to which the path comes in the end."""
    surface, end = ground.surface, path.w[-1]
    if not (path.hidden <= NEAR and ground.holds(end)):
        return Place(Lie.SLOPE, (float(end[0]), float(end[1])), float(path.loss[-1]))  # its view does not show where
    apart = [math.hypot(*(np.subtract(minimum, end) / _sides(surface))) for minimum in surface.minima]
    if apart and min(apart) <= NEAR:
        known = surface.minima[int(np.argmin(apart))]
        return Place(Lie.MINIMUM, known, surface.at(*known), single=True)
    return ground.around(end, min(NEAR, _CLOSER * path.extent))


def _arriving(path: _Path, ground: _Ground) -> _Verdict | None:
    """Whether it comes to a minimum, or to flat ground, and stays."""
    if not path.whole or path.lost is not None or path.extent == 0:
        return None
    surface, home = ground.surface, _home(path, ground)
    if home.lie in _SLOPING:
        return None
    away = path.away(home.point, surface)
    far = np.flatnonzero(away > min(NEAR, _CLOSER * away[0]))
    step = int(far[-1]) + 1 if far.size else 0
    if not 0 < step <= path.n:
        return None
    several = not home.single or len(lowest(surface)) > 1
    if home.loss <= lowest_level(surface) + tie(surface, home.loss):
        return _Verdict(Ending.LOWEST, step, several)
    return _Verdict(Ending.FLAT if home.lie is Lie.FLAT else Ending.LOCAL, step, several)


def _resting(path: _Path, ground: _Ground) -> _Verdict | None:
    """Whether it stops where there is no minimum: what it moves in ever longer times gets less, and soon is nothing."""
    n, still = path.n, min(NEAR, _CLOSER * path.extent)
    if not path.whole or path.lost is not None or path.extent <= NEAR:
        return None
    spans = ((n, 5 * n + 1), (5 * n, None), (5 * n, 15 * n + 1), (15 * n, None))
    soon, late, earlier, later = (lengths(path.u[a:b] - path.u[a]).max() for a, b in spans)
    # A crawl goes five times as far in five times as long, and as far again in as long again.
    slower = late <= max(soon, 1e-4 * still) and later <= max(_SLOWER * earlier, 1e-4 * still)
    stopped = path.rate <= _STOPPED and max(soon, late) <= _CLOSER * still
    if max(soon, late) > still or not (slower or stopped):
        return None
    if path.hidden > 0 or not ground.holds(path.w[-1]) or ground.around(path.w[-1], still).lie is not Lie.SLOPE:
        return None
    return _Verdict(Ending.RESTS, n)


def _last_swings(path: _Path) -> tuple[int, Sequence[int]] | None:
    """The axis along which the record goes to and fro up to its end, and the rows at which its last moves end."""
    n = path.n
    for axis in (0, 1):
        rows = swing_rows(path.u[: n + 1, axis], _AROUND)[-_SWINGS:]
        if len(rows) == _SWINGS and rows[0] >= n // 4 and n - rows[-1] <= max(rows[-1] - rows[0], 2):
            return axis, rows
    return None


def _keeps_swinging(path: _Path) -> bool:
    """Whether it swings at the record's end, and ever after without a rest longer than a record."""
    swings = _last_swings(path)
    if swings is None or not path.whole or path.lost is not None or not path.inside[path.n :].all():
        return False
    tail = path.u[path.n :, swings[0]]
    rows = np.array([0, *swing_rows(tail, _AROUND), len(tail) - 1])
    return bool(np.diff(rows).max() <= max(path.n, swings[1][-1] - swings[1][0]))


def _where(path: _Path, ground: _Ground) -> _Verdict:
    """Where a path is that does not end in any way known, or was not followed far enough to know."""
    n, last = path.n, min(_FALLING, path.n)
    if not path.inside[n]:
        return _Verdict(Ending.OUTSIDE, n)
    if path.extent <= NEAR:
        return _Verdict(Ending.UNMOVED, n)
    for minimum in lowest(ground.surface):
        away = path.away(minimum, ground.surface)
        if away[n:].max() <= _AROUND and away[n] <= away[0] / 2:
            return _Verdict(Ending.NEAR, n)
    if _last_swings(path) is not None:
        return _Verdict(Ending.SWINGING, n)
    moves = lengths(np.diff(path.u[n - last : n + 1], axis=0))
    crawls = float(moves.max()) * n <= NEAR  # a film as long would not show it move
    falls = np.diff(path.loss[n - last : n + 2])
    soon = path.loss[n] - path.loss[n : 2 * n + 1].min()
    seen = not crawls or soon > _SEEN * np.ptp(path.loss[: n + 1])
    if seen and (falls < 0).all() and path.loss[n] < path.loss[0]:
        return _Verdict(Ending.DESCENDS, n)
    return _Verdict(Ending.STANDS if crawls else Ending.RESTLESS, n)


def _shared(paths: Sequence[_Path], verdicts: Sequence[_Verdict], ground: _Ground) -> list[_Verdict]:
    """Verdicts of one ending: what neighbours that disagree have in common."""
    several = any(verdict.several for verdict in verdicts)
    endings = {verdict.ending for verdict in verdicts}
    if len(endings) > 1 and not any(path.lost is not None and path.lost <= path.n for path in paths):
        verdicts = [_where(path, ground) for path in paths]
        endings = {verdict.ending for verdict in verdicts}
    if len(endings) > 1:
        apart = max(float(lengths(path.u[path.n] - paths[0].u[paths[0].n])) for path in paths)
        common = Ending.STANDS if apart <= NEAR else Ending.CHAOTIC  # NaN is apart
        if endings <= _AWAY:
            common = Ending.LEAVES
        elif endings <= _MOVING or (
            apart <= NEAR and all(path.u[path.n].tolist() != path.u[path.n - 1].tolist() for path in paths)
        ):
            common = Ending.RESTLESS
        verdicts = [_Verdict(common, path.n) for path in paths]
    return [_Verdict(verdict.ending, verdict.step, several) for verdict in verdicts]


def _may_arrive(path: _Path, ground: _Ground) -> bool:
    """Whether it comes to where a lowest minimum might be, after its record; cautiously."""
    if not path.whole:
        return True
    loss = path.loss[path.n :][path.inside[path.n :]]
    level = lowest_level(ground.surface)
    slack = tie(ground.surface, level)
    if loss.size and loss.min() <= level + 1e4 * slack:
        return True
    if path.lost is not None or not path.inside[-1]:
        return False
    place = ground.around(path.w[-1], 2 * NEAR)
    return place.lie is not Lie.SLOPE and place.loss <= level + slack


def _detail(verdict: _Verdict, path: _Path, written: Callable[[float], str], up: bool) -> str:
    """What the numbers add to an ending."""
    n, ending, step = path.n, verdict.ending, path.step(verdict.step)
    loss = written(-path.loss[n] if up else path.loss[n])
    if ending is Ending.LOWEST:
        return f" at step {step}"
    if ending is Ending.UNDEFINED:
        return f": at step {step} it is not a number"
    if ending in (Ending.DIVERGES, Ending.FALLS):
        if path.lost is None or path.lost > n:
            return f": its loss has {'fallen' if up else 'grown'} to {loss}"
        what = "its numbers overflow" if math.isnan(path.loss[n]) else f"its loss is {loss}"
        return f": at step {step} {what}"
    if ending is Ending.LEAVES:
        return f" at step {step}, and ends at a loss of {loss}"
    if ending is Ending.SWINGS and (swings := _last_swings(path)) is not None:
        ends = path.loss[swings[1][0] :][: n + 1 - swings[1][0]]
        low, high = (written(-v if up else v) for v in (ends.min(), ends.max())[:: -1 if up else 1])
        between = f"at a loss of {low}" if low == high else f"between losses of {low} and {high}"
        return f", in the last {steps(path.step(n) - path.step(swings[1][0]))} {between}"
    if ending is Ending.CHAOTIC:
        return ": with one last digit changed, it goes another way"
    if ending.passing and ending is not Ending.NEAR:
        return f" after {steps(path.step(n))}, at a loss of {loss}"
    return f", at a loss of {loss}"


def _sides(surface: Surface) -> Array:
    return np.array([high - low for low, high in surface.domain])
