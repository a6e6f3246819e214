"""What films would show, found by planning them in processes that have Manim loaded."""

import hashlib
import warnings
from pathlib import Path

from descent.delivery.inputs import project_modules
from descent.delivery.orders import Order
from descent.delivery.plan import plan
from descent.delivery.published import Look, settings_of
from descent.narration import SilentFilmWarning, StaleTimingWarning
from descent.stage.catalogue import load_scenes


def look_of(order: Order) -> Look:
    """Plan a film to see what it would show; nothing is drawn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleTimingWarning)  # told where the film is made
        warnings.simplefilter("ignore", SilentFilmWarning)
        planned = plan(order.scene, load_scenes(order.scene.file)[order.scene.name], order.settings())
    shown = hashlib.sha256(repr((planned.shown[planned.part(order.profile)], settings_of(order))).encode()).hexdigest()
    here = Path.cwd()
    others = {Path(module) for module in project_modules()} - {order.scene.file.resolve()}
    return Look(shown, tuple(sorted(path.relative_to(here).as_posix() for path in others if path.is_relative_to(here))))
