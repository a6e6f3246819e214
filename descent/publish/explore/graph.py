"""Graphs: what torch computed in one call, as data: numbers, the operations between them, and where it branched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

DOUBLE = "double"
"""The type of a number of Python's own: a double that is rounded only where a tensor takes it in."""


@dataclass(frozen=True, slots=True)
class Node:
    """A number, and how it comes about.

    Attributes:
        op: "input", "const", "cast", an operation of Python's (`py.add`, …) or of torch's by its aten name (`add`, …).
        args: The names of the operation's arguments in torch's schema, and the nodes that they are, by position.
        dtype: `DOUBLE`, or the tensor's: "float32", "float64", "int64", "bool".
        text: The name of an input, the value of a constant.
    """

    op: str
    args: tuple[tuple[str, int], ...] = ()
    dtype: str = DOUBLE
    text: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a way through a graph: the results by name, each the position of its node."""

    outputs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """Where the way depends on a number: the position of a condition, and how it goes on.

    A way is None if it was never gone.
    """

    condition: int
    yes: "Block | None"
    no: "Block | None"


@dataclass(frozen=True, slots=True)
class Block:
    """Nodes without a branch between them; the first has the position that follows the block before."""

    nodes: tuple[Node, ...]
    end: Leaf | Fork

    def leaves(self) -> Iterator[Leaf]:
        """The ends of all ways from here."""
        if isinstance(self.end, Leaf):
            yield self.end
            return
        for way in (self.end.yes, self.end.no):
            if way is not None:
                yield from way.leaves()


@dataclass(frozen=True, slots=True)
class Path:
    """One way through a function, as it was recorded: all nodes, and the conditions met.

    Attributes:
        nodes: In the order of their making.
        forks: For each condition, how many nodes there were, the condition's position, and the answer.
        outputs: The results.
    """

    nodes: tuple[Node, ...]
    forks: tuple[tuple[int, int, bool], ...]
    outputs: tuple[tuple[str, int], ...]

    @property
    def answers(self) -> tuple[bool, ...]:
        """What each condition was."""
        return tuple(answer for _, _, answer in self.forks)

    def between(self, depth: int) -> tuple[Node, ...]:
        """The nodes between one condition and the next."""
        first = self.forks[depth - 1][0] if depth else 0
        last = self.forks[depth][0] if depth < len(self.forks) else len(self.nodes)
        return self.nodes[first:last]


def used(nodes: Sequence[Node], wanted: Sequence[int]) -> set[int]:
    """The positions of the nodes that the wanted ones depend on, themselves included."""
    found: set[int] = set()
    todo = list(wanted)
    while todo:
        if (k := todo.pop()) not in found:
            found.add(k)
            todo += [ref for _, ref in nodes[k].args]
    return found


def pruned(nodes: Sequence[Node], outputs: Sequence[tuple[str, int]]) -> Block:
    """What is needed of nodes for some outputs, without a branch."""
    kept = sorted(used(nodes, [ref for _, ref in outputs]))
    place = {old: new for new, old in enumerate(kept)}
    moved = [replace(nodes[k], args=tuple((name, place[ref]) for name, ref in nodes[k].args)) for k in kept]
    return Block(tuple(moved), Leaf(tuple((name, place[ref]) for name, ref in outputs)))
