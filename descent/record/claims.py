"""Claims: a lesson's sentence as a check on its own data, and the predicates that such checks are made of.

Distances are Euclidean, in parameter units; a *row* is an iterate, row 0 the start. No predicate but
`diverges` holds for a trajectory whose loss left the finite numbers. A predicate looks at the record; what it tells of
an ending may end after it, so `lasting` asks again at 5 and 25 times the length. Only where a record cannot show what
the word says, when `settles` is not told a place, it asks that by itself.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from descent.base.errors import DescentError
from descent.record.measures import distances, is_undefined, swing_rows
from descent.record.minima import lowest
from descent.record.runs import Run
from descent.record.surfaces import Point
from descent.record.tails import LENGTHS, continued
from descent.record.trajectories import Trajectory, traced

Predicate = Callable[[Trajectory], bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about runs that the tests check and the film states.

    Attributes:
        text: The statement, in words.
        runs: The runs it is about.
        holds: Takes one trajectory per run, in order, and tells whether the statement is true of them.
    """

    text: str
    runs: tuple[Run, ...]
    holds: Callable[..., bool]

    def holds_for(self, *trajectories: Trajectory) -> bool:
        """Whether the statement is true of trajectories already traced, one per run."""
        if len(trajectories) != len(self.runs):
            raise DescentError(
                f"The claim {self.text!r} is about {len(self.runs)} runs, "
                f"but was given {len(trajectories)} trajectories."
            )
        return bool(self.holds(*trajectories))

    def check(self) -> bool:
        """Trace the runs and tell whether the statement is true of them."""
        return self.holds_for(*map(traced, self.runs))


def first_step_within(trajectory: Trajectory, point: Point, within: float) -> int | None:
    """How many steps it took to come no farther than ``within`` from ``point``, None if it never did."""
    rows = np.flatnonzero(distances(trajectory, point) <= within)
    return int(rows[0]) if rows.size else None


def reaches(point: Point, within: float, by: int | None = None) -> Predicate:
    """Some row is no farther than ``within`` from ``point``; with ``by``, row ``by`` or an earlier one.

    The start does not count: a run that starts there has to come nearer.
    """

    def holds(trajectory: Trajectory) -> bool:
        away = distances(trajectory, point)
        later = away[1 : None if by is None else by + 1]
        return bool(np.any((later <= within) & (later < away[0])))

    return _if_finite(holds)


def settles(point: Point | None = None, *, within: float, last: int = 5) -> Predicate:
    """Its last ``last`` steps start and end no farther than ``within`` from ``point``.

    Without a point, it is the last row that they stay near, to which a slow or turning run comes, too; so the run,
    followed to 25 times its length, must stay there as well. A run of fewer steps than ``last`` has not settled.
    """

    def holds(trajectory: Trajectory) -> bool:
        home = _last(trajectory) if point is None else point
        near = trajectory.steps >= last and bool(np.all(distances(trajectory, home)[-last - 1 :] <= within))
        return near and (point is not None or _stays(trajectory, home, within))

    return _if_finite(holds)


def stalls(near: Point | None = None, *, within: float = 0.1, last: int = 5) -> Predicate:
    """It has stopped in the wrong place: it settles, but farther than ``within`` from the global minimum.

    Settling is as in `settles`: around ``near`` if given, else around the last row. Where several known
    minima share the lowest loss, the last row is far from all of them. It must have come there: the start is farther
    than ``within`` from where it stops.

    Args:
        near: Where it stops, or None for anywhere. Needed on a surface that knows no minimum.
        within: Radius of settling, and the distance from the global minimum that counts as away.
        last: How many steps it has to stay.
    """
    settled = settles(near, within=within, last=last)

    def holds(trajectory: Trajectory) -> bool:
        surface = trajectory.run.surface
        best = lowest(surface)
        if not best and near is None:
            raise DescentError(f"Surface {surface.name!r} knows no minimum, so stalls needs the point it stops near.")
        end = _last(trajectory)
        came = distances(trajectory, end if near is None else near)[0] > within
        return came and settled(trajectory) and all(math.dist(end, minimum) > within for minimum in best)

    return _if_finite(holds)


def escapes(point: Point, radius: float) -> Predicate:
    """It passes ``point`` and ends somewhere better.

    Some row lies no farther than ``radius`` from the point; the last row lies farther, at a lower loss than
    every row inside.
    """

    def holds(trajectory: Trajectory) -> bool:
        inside = distances(trajectory, point) <= radius
        return bool(inside.any() and trajectory.loss[-1] < trajectory.loss[inside].min())

    return _if_finite(holds)


def oscillates(amplitude: float, *, last: int = 20, until: int | None = None, swings: int = 4) -> Predicate:
    """It goes back and forth: w1 or w2 makes ``swings`` moves of ``amplitude`` or more, in turn up and down.

    A move may take several steps, and may turn back by less than ``amplitude`` on its way. One of them must end in the
    second half of the rows looked at: what has come to rest by then does not swing.

    Args:
        amplitude: Smallest move that counts, in parameter units.
        last: How many steps are looked at, up to the end of the run or to row ``until``.
        until: The row at which to stop looking, to speak of an early oscillation.
        swings: How many moves it takes.
    """

    def holds(trajectory: Trajectory) -> bool:
        end = trajectory.steps if until is None else until
        if trajectory.steps < end or end < last:
            return False
        window = trajectory.params[end - last : end + 1]
        moves = (swing_rows(window[:, axis], amplitude) for axis in (0, 1))
        return any(len(rows) >= swings and rows[-1] > last / 2 for rows in moves)

    return _if_finite(holds)


def diverges() -> Predicate:
    """Its loss leaves the finite numbers, or it ends outside the view at a loss higher than all before.

    A run that steps to where the loss is undefined, such as the logarithm of a negative number, does not diverge.
    """

    def holds(trajectory: Trajectory) -> bool:
        if trajectory.diverged_at is not None:
            too_large = bool(np.isinf(trajectory.loss[-1]))
            return too_large or not is_undefined(trajectory.run.surface, trajectory.params, trajectory.grad)
        loss = trajectory.loss
        inside = trajectory.run.surface.contains(*_last(trajectory))
        return not inside and bool(loss[-1] > loss[:-1].max())

    return holds


def lasting(holds: Predicate, lengths: Sequence[int] = (1, 5, LENGTHS)) -> Predicate:
    """It holds, and still holds when the run goes on, at so many times its length.

    What is asked of a whole record, such as its last steps, is asked of the longer ones. A run that loses its finite
    numbers goes on no farther.

    Args:
        holds: What is to last.
        lengths: When to ask, in lengths of the record.
    """

    def lasts(trajectory: Trajectory) -> bool:
        return all(holds(trajectory if length == 1 else continued(trajectory, length)) for length in lengths)

    return lasts


def _stays(trajectory: Trajectory, home: Point, within: float) -> bool:
    """Whether a run goes on within a distance; one that was not traced, but made up, goes on nowhere."""
    if not np.array_equal(traced(trajectory.run).params, trajectory.params):
        return True
    later = continued(trajectory, LENGTHS)
    return later.diverged_at is None and bool(np.all(distances(later, home)[trajectory.steps :] <= within))


def _if_finite(holds: Predicate) -> Predicate:
    return lambda trajectory: trajectory.diverged_at is None and holds(trajectory)


def _last(trajectory: Trajectory) -> Point:
    w1, w2 = trajectory.params[-1].tolist()
    return w1, w2
