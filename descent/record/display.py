"""The one slot through which records show themselves in a notebook.

Records know nothing of pictures. Whoever can draw fills the slot; `descent/__init__.py` does, with a function that
imports what draws only when a record is shown.
"""

from collections.abc import Callable
from typing import Any

Draw = Callable[[Any], str]
_slot: list[Draw] = []


def draw_with(draw: Draw) -> None:
    """Fill the slot.

    Args:
        draw: Takes a run, trajectory, schedule or curve and returns its HTML.
    """
    _slot[:] = [draw]


def html(record: object) -> str | None:
    """A record as HTML; None, which makes a notebook show its text, if nothing that draws is there."""
    return _slot[0](record) if _slot else None
