"""Honest pictures, films and figures of real torch optimizers.

A `Surface` is a loss of two parameters; a `Run` describes, as frozen data, one torch optimizer (and
scheduler) on it from one start; `trace` drives the real optimizer and returns a `Trajectory` of read-only
arrays; a `Claim` checks a lesson's sentence against such trajectories. Everything downstream (the Manim
stage, the narration, the delivery, the figures) only reads these arrays and never steps an optimizer. The names
that `__init__.pyi` lists are imported when they are first used: the package on its own loads neither torch nor manim
nor matplotlib.
"""

from typing import Any

import lazy_loader

from descent.record import display

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def _draw(record: Any) -> str:
    from descent.figures.jupyter import record_html

    return record_html(record)


display.draw_with(_draw)
