"""Honest pictures, films and figures of real torch optimizers.

A `Surface` is a loss of two parameters; a `Run` describes, as frozen data, one torch optimizer (and
scheduler) on it from one start; `trace` drives the real optimizer and returns a `Trajectory` of read-only
arrays; a `Claim` checks a lesson's sentence against such trajectories. Everything downstream (the Manim
stage, the narration, the delivery, the figures) only reads these arrays and never steps an optimizer. The names
that `__init__.pyi` lists are imported when they are first used: the package on its own loads neither torch nor manim
nor matplotlib.
"""

from importlib import import_module
from typing import Any

import lazy_loader

from descent.record import display

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    # The room, which is the function too: what it is does not depend on who imported it first.
    return import_module("descent.animate") if name == "animate" else _attribute(name)


def _draw(record: Any) -> display.Bundle:
    from descent.figures.jupyter import shown

    return shown(record)


display.draw_with(_draw)


def _get_sg_image_scraper() -> Any:
    """The scraper, which sphinx-gallery asks for where ``image_scrapers`` names descent."""
    from descent.publish.docs.scraper import scrape

    return scrape
