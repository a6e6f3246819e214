"""The one slot through which records show themselves in a notebook.

Records know nothing of pictures. Whoever can draw fills the slot; `descent/__init__.py` does, with a function that
imports what draws only when a record is shown.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeAlias

Bundle: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""What is shown, by its kinds, and what belongs to each kind, as notebooks keep it."""

Draw = Callable[[Any], Bundle]
_slot: list[Draw] = []


def draw_with(draw: Draw) -> None:
    """Fill the slot.

    Args:
        draw: Takes a surface, run, trajectory, schedule, curve or figure and returns what is shown.
    """
    _slot[:] = [draw]


def bundle(record: object) -> Bundle | None:
    """A record as a notebook shows it; None, for its text, where nothing draws, or nothing shows pictures."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and "image/png" not in shell.display_formatter.active_types:
        return None  # IPython in a terminal
    return _slot[0](record) if _slot else None
