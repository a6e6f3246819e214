"""One film, drawn by descent and by what a user would pick instead."""

from benchmarks import Row


def run(quick: bool) -> list[Row]:
    """Measure nothing yet."""
    return []
