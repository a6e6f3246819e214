"""What descent costs beside what a user would pick instead: `make bench` writes the tables, `--quick` prints a few.

A benchmark is a module here with one function::

    def run(quick: bool) -> list[Row]:
        '''Measure; ``quick`` asks for a small piece of the work, a few seconds in all.'''

Rows with the same ``what`` did the same work in this one run; the first of them is ours, and the table's last column is
each one's wall time as a multiple of it. Where two ways did different amounts of work, divide to the same unit and name
the unit in ``what``, such as "per second of film". :func:`benchmarks.measure.command` measures a command in processes
of its own, :func:`benchmarks.measure.call` a function in this one. Name the module in :data:`MODULES`; a module that
cannot run on this machine raises :class:`descent.base.errors.DescentError`, and the table says why.
"""

from dataclasses import dataclass

MODULES = ("films", "gifs", "terrain", "batches", "watch", "explore", "recorder", "slices")
"""The benchmarks, in the order of the table; each is ``benchmarks.<name>``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way of doing a piece of work, and what it cost.

    Attributes:
        what: The work and its unit; rows that share it are compared.
        way: How it was done.
        wall: Seconds.
        cpu: Processor seconds of all processes, or None if unknown.
        memory: Peak megabytes of the largest process, or None if unknown.
        size: Bytes of the result, or None if there is no file.
        shown: Whether the README shows it.
    """

    what: str
    way: str
    wall: float
    cpu: float | None = None
    memory: float | None = None
    size: int | None = None
    shown: bool = False
