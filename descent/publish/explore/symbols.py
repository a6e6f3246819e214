"""Symbols: numbers that go through an optimizer's own Python code and note what is done with them.

torch's optimizers compute with their settings as Python floats. A `Number` is one to them, and writes every operation
and every question (`momentum != 0`) on a `Tape`.
"""

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from descent.publish.explore.graph import DOUBLE, Node, Path

CONSTANT, SETTING, STATE = 0, 1, 2
"""What a number depends on: nothing, settings alone, or what changes from step to step."""

MOST_NODES = 20_000


class UncapturableError(Exception):
    """Why a step or a loss cannot be a graph; the sentence goes on from the run's name."""


class Tape:
    """What is computed, in order, each thing once; and the answers to questions, some of which may be forced.

    Args:
        forced: Answers to the first questions that depend on the state, whatever their numbers say.
    """

    def __init__(self, forced: Sequence[bool] = ()) -> None:
        self.nodes: list[Node] = []
        self.conditions: dict[int, bool] = {}
        self._places: dict[Node, int] = {}
        self._kinds: list[int] = []
        self._forks: list[tuple[int, int, bool]] = []
        self._answers: dict[int, bool] = {}
        self._forced = forced

    def add(self, node: Node, kind: int = CONSTANT) -> int:
        """The position of a node, which is added unless there is one like it."""
        if node not in self._places:
            if len(self.nodes) >= MOST_NODES:
                raise UncapturableError(f"takes more than {MOST_NODES:,} operations")
            self._places[node] = len(self.nodes)
            self.nodes.append(node)
            self._kinds.append(max([kind, *(self._kinds[ref] for _, ref in node.args)]))
        return self._places[node]

    def input(self, name: str, dtype: str, kind: int) -> int:
        """The position of an input."""
        return self.add(Node("input", (), dtype, name), kind)

    def const(self, value: float, dtype: str = DOUBLE) -> int:
        """The position of a constant."""
        return self.add(Node("const", (), dtype, repr(bool(value) if dtype == "bool" else float(value))))

    def cast(self, ref: int, dtype: str) -> int:
        """The position of a number as a tensor of a type holds it."""
        return ref if self.nodes[ref].dtype == dtype else self.add(Node("cast", (("self", ref),), dtype))

    def decide(self, ref: int, answer: bool) -> bool:
        """The answer to a question: that of its numbers, unless it is about the state and another is forced."""
        kind = self._kinds[ref]
        if kind == CONSTANT:
            return answer
        if kind == SETTING:
            return self.conditions.setdefault(ref, answer)
        if ref not in self._answers:
            if len(self._forks) < len(self._forced):
                answer = self._forced[len(self._forks)]
            self._forks.append((len(self.nodes), ref, answer))
            self._answers[ref] = answer
        return self._answers[ref]

    def path(self, outputs: Sequence[tuple[str, int]]) -> Path:
        """All of it, with the results by name."""
        return Path(tuple(self.nodes), tuple(self._forks), tuple(outputs))


class Number(float):
    """A float that notes what is done with it.

    Attributes:
        tape: Where.
        ref: Its position there.
    """

    __slots__ = ("ref", "tape")
    tape: Tape
    ref: int

    def __new__(cls, value: float, tape: Tape, ref: int) -> Self:
        """A number of this value, at a position of a tape."""
        made = super().__new__(cls, value)
        made.tape, made.ref = tape, ref
        return made

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    __hash__ = float.__hash__


def _place(tape: Tape, value: float) -> int:
    return value.ref if isinstance(value, Number) else tape.const(value)


def _computed(compute: Callable[..., Any], *values: float) -> float:
    """The value, NaN where a way is tried that these numbers would not go."""
    try:
        result = compute(*(float(value) for value in values))
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(result, complex) else float(result)


def _noted(name: str, compute: Callable[..., Any], *values: float) -> Number:
    tape = next(value.tape for value in values if isinstance(value, Number))
    args = tuple(zip("abc", (_place(tape, value) for value in values), strict=False))
    return Number(_computed(compute, *values), tape, tape.add(Node(f"py.{name}", args)))


def _binary(name: str, compute: Callable[[Any, Any], Any], swapped: bool = False) -> Any:
    def method(self: Number, other: object, *_: object) -> object:
        if not isinstance(other, int | float):
            return NotImplemented
        return _noted(name, compute, *((other, self) if swapped else (self, other)))

    return method


def _question(name: str, compute: Callable[[Any, Any], bool]) -> Any:
    def method(self: Number, other: object) -> object:
        if not isinstance(other, int | float):
            return NotImplemented
        args = (("a", self.ref), ("b", _place(self.tape, other)))
        return self.tape.decide(self.tape.add(Node(f"py.{name}", args, "bool")), compute(float(self), float(other)))

    return method


for _name in ("add", "sub", "mul", "truediv", "mod", "pow", "floordiv"):
    setattr(Number, f"__{_name}__", _binary(_name, getattr(operator, _name)))
    setattr(Number, f"__r{_name}__", _binary(_name, getattr(operator, _name), swapped=True))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Number, f"__{_name}__", _question(_name, getattr(operator, _name)))
for _name in ("neg", "abs"):
    setattr(Number, f"__{_name}__", lambda self, n=_name: _noted(n, getattr(operator, n), self))

FUNCTIONS = ("sqrt", "exp", "log", "log1p", "expm1", "sin", "cos", "tan", "tanh", "atan", "pow")
"""Functions of Python's `math` that note what is done; others give plain floats."""


@contextmanager
def noting_mathematics() -> Iterator[None]:
    """While it lasts, Python's `math` notes what is done to a `Number`."""

    def noting(name: str, compute: Callable[..., float]) -> Callable[..., float]:
        def function(*values: float) -> float:
            if not any(isinstance(value, Number) for value in values):
                return compute(*values)
            return _noted(name, compute, *values)

        return function

    before = {name: getattr(math, name) for name in FUNCTIONS}
    for name, compute in before.items():
        setattr(math, name, noting(name, compute))
    try:
        yield
    finally:
        for name, compute in before.items():
            setattr(math, name, compute)
