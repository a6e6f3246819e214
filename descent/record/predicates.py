"""Predicates: what may be said of trajectories, by name and with arguments, so that it can be listed and sent on.

Distances are Euclidean, in parameter units; a *row* is an iterate, row 0 the start. No predicate but
`diverges` holds for a trajectory whose loss left the finite numbers. A predicate looks at the record; what it tells of
an ending may end after it, so `lasting` asks again at 5 and 25 times the length. Only where a record cannot show what
the word says, when `settles` is not told a place, it asks that by itself.
"""

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ParamSpec

import numpy as np

from descent.base.errors import DescentError, nearest
from descent.record.measures import distances, is_undefined, swing_rows
from descent.record.minima import lowest
from descent.record.surfaces import Point
from descent.record.tails import LENGTHS, continued
from descent.record.torch_specs import torch_class
from descent.record.trajectories import Trajectory, traced

Judge = Callable[..., bool]
"""Takes trajectories, and tells whether something is true of them."""

_Arguments = ParamSpec("_Arguments")


@dataclass(frozen=True, slots=True)
class Predicate:
    """A statement about trajectories that has a name: `PREDICATES` makes it again from that and its arguments.

    Attributes:
        name: Of the function that made it.
        arguments: What it was given: numbers, points, texts, None, and predicates; a function where it was given one.
        judge: Tells whether it is true.
    """

    name: str
    arguments: Mapping[str, Any] = field(hash=False)
    judge: Judge = field(compare=False, repr=False)

    def __call__(self, *trajectories: Trajectory) -> bool:
        """Whether it is true of trajectories."""
        return bool(self.judge(*trajectories))

    def __str__(self) -> str:
        """As one would write it: ``reaches((0, 0), within=0.1)``, without what is as usual."""
        usual = inspect.signature(PREDICATES[self.name]).parameters
        given: list[str] = []
        for key, value in self.arguments.items():
            parameter = usual[key]
            if parameter.kind is parameter.VAR_POSITIONAL:
                given += map(written, value)
            elif value != parameter.default:
                plain = parameter.kind is not parameter.KEYWORD_ONLY and parameter.default is parameter.empty
                given.append(written(value) if plain else f"{key}={written(value)}")
        return f"{self.name}({', '.join(given)})"

    def parts(self) -> "Iterator[Predicate]":
        """Itself, and the predicates among its arguments."""
        yield self
        for value in self.arguments.values():
            if isinstance(value, Predicate):
                yield from value.parts()

    def data(self) -> dict[str, Any]:
        """As what JSON can hold; `predicate` reads it."""
        return {"name": self.name, "arguments": {key: judge_data(value) for key, value in self.arguments.items()}}


PREDICATES: dict[str, Callable[..., Predicate]] = {}
"""What makes each predicate, by its name."""


def judge_data(value: Any) -> Any:
    """A predicate, or an argument of one, as JSON holds it; of a bare function, only where it stands."""
    if isinstance(value, Predicate):
        return value.data()
    if callable(value):
        return {"function": _where(value)}
    if isinstance(value, tuple | list | np.ndarray | np.generic):
        return [judge_data(item) for item in value] if isinstance(value, tuple | list) else value.tolist()
    return value if value is None or isinstance(value, str | int | float) else repr(value)


def predicate(data: Mapping[str, Any]) -> Predicate:
    """A predicate from its data.

    Raises:
        DescentError: If there is none of that name, it does not take these arguments, or one of them is a function.

    >>> str(predicate({"name": "reaches", "arguments": {"point": [0, 0], "within": 0.1}}))
    'reaches((0, 0), 0.1)'
    """
    name, arguments = data.get("name"), data.get("arguments", {})
    if "function" in data:
        raise DescentError(f"{data['function']} is a function: data name it, but cannot hold it.")
    if name not in PREDICATES:
        raise DescentError(f"There is no predicate {name!r}: {nearest(str(name), PREDICATES)}")
    try:
        signature = inspect.signature(PREDICATES[name])
        given = {key: _read(value) for key, value in arguments.items()}
        many = [key for key, each in signature.parameters.items() if each.kind is each.VAR_POSITIONAL]
        listed = [value for key in many for value in given.pop(key, ())]
        return PREDICATES[name](*listed, **given)
    except TypeError as error:
        raise DescentError(f"{name} cannot take these arguments: {error}.") from error


def named(make: Callable[_Arguments, Judge]) -> Callable[_Arguments, Predicate]:
    """Have a function that makes a check make a predicate of its own name instead; its name must be new."""
    signature = inspect.signature(make)

    @functools.wraps(make)
    def made(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Predicate:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return Predicate(make.__name__, MappingProxyType(dict(bound.arguments)), make(*args, **kwargs))

    if make.__name__ in PREDICATES:
        raise DescentError(f"There is a predicate {make.__name__!r} already; give this one another name.")
    PREDICATES[make.__name__] = made
    return made


def _read(value: Any) -> Any:
    if isinstance(value, Mapping):
        return predicate(value)
    return tuple(value) if isinstance(value, list) else value


def written(value: Any) -> str:
    """A predicate, or an argument of one, as one would write it; a bare function by where it stands."""
    if callable(value) and not isinstance(value, Predicate):
        return f"bare function {_where(value)}"
    if isinstance(value, tuple | list | np.ndarray):
        return f"({', '.join(map(written, value))})"
    return f"{value:g}" if isinstance(value, float) else repr(value) if isinstance(value, str) else str(value)


def _where(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__qualname__)}"


@named
def reaches(point: Point, within: float, by: int | None = None) -> Judge:
    """Some row is no farther than ``within`` from ``point``; with ``by``, row ``by`` or an earlier one.

    The start does not count: a run that starts there has to come nearer.
    """

    def holds(trajectory: Trajectory) -> bool:
        away = distances(trajectory, point)
        later = away[1 : None if by is None else by + 1]
        return bool(np.any((later <= within) & (later < away[0])))

    return _if_finite(holds)


@named
def settles(point: Point | None = None, *, within: float, last: int = 5) -> Judge:
    """Its last ``last`` steps start and end no farther than ``within`` from ``point``.

    Without a point, it is the last row that they stay near, to which a slow or turning run comes, too; so the run,
    followed to 25 times its length, must stay there as well. A run of fewer steps than ``last`` has not settled.
    """

    def holds(trajectory: Trajectory) -> bool:
        home = _last(trajectory) if point is None else point
        near = trajectory.steps >= last and bool(np.all(distances(trajectory, home)[-last - 1 :] <= within))
        return near and (point is not None or _stays(trajectory, home, within))

    return _if_finite(holds)


@named
def stalls(near: Point | None = None, *, within: float = 0.1, last: int = 5) -> Judge:
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


@named
def escapes(point: Point, radius: float) -> Judge:
    """It passes ``point`` and ends somewhere better.

    Some row lies no farther than ``radius`` from the point; the last row lies farther, at a lower loss than
    every row inside.
    """

    def holds(trajectory: Trajectory) -> bool:
        inside = distances(trajectory, point) <= radius
        return bool(inside.any() and trajectory.loss[-1] < trajectory.loss[inside].min())

    return _if_finite(holds)


@named
def oscillates(amplitude: float, *, last: int = 20, until: int | None = None, swings: int = 4) -> Judge:
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


@named
def diverges() -> Judge:
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


@named
def lasting(holds: Judge, lengths: Sequence[int] = (1, 5, LENGTHS)) -> Judge:
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


@named
def each(holds: Judge) -> Judge:
    """It holds of every trajectory.

    Args:
        holds: What is asked of each.
    """
    return lambda *trajectories: all(holds(trajectory) for trajectory in trajectories)


@named
def none(holds: Judge) -> Judge:
    """It holds of no trajectory.

    Args:
        holds: What is asked of each.
    """
    return lambda *trajectories: not any(holds(trajectory) for trajectory in trajectories)


@named
def same(*what: str) -> Judge:
    """The runs share settings: what a film that compares them holds fixed.

    Args:
        what: Names of the settings: ``surface``, ``start``, ``lr``, ``optimizer``, ``scheduler``, ``steps``; ``lr`` is
            the first learning rate, ``optimizer`` its class.
    """
    unknown = sorted({*what} - {*_SETTINGS})
    if unknown or not what:
        raise DescentError(f"same takes names of settings, {', '.join(_SETTINGS)}; not {unknown or 'nothing'}.")
    return lambda *trajectories: all(
        len({repr(_SETTINGS[name](trajectory)) for trajectory in trajectories}) == 1 for name in what
    )


_SETTINGS: Mapping[str, Callable[[Trajectory], Any]] = {
    "surface": lambda t: t.run.surface,
    "start": lambda t: tuple(map(float, t.run.start)),
    "lr": lambda t: t.run.lr,
    "optimizer": lambda t: torch_class(t.run.optimizer),
    "scheduler": lambda t: t.run.scheduler,
    "steps": lambda t: t.run.steps,
}


def _stays(trajectory: Trajectory, home: Point, within: float) -> bool:
    """Whether a run goes on within a distance; one that was not traced, but made up, goes on nowhere."""
    if not np.array_equal(traced(trajectory.run).params, trajectory.params):
        return True
    later = continued(trajectory, LENGTHS)
    return later.diverged_at is None and bool(np.all(distances(later, home)[trajectory.steps :] <= within))


def _if_finite(holds: Judge) -> Judge:
    return lambda trajectory: trajectory.diverged_at is None and holds(trajectory)


def _last(trajectory: Trajectory) -> Point:
    w1, w2 = trajectory.params[-1].tolist()
    return w1, w2
