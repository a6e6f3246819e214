"""What films would show, found by planning them in processes that have Manim loaded."""

import hashlib
import tempfile
from pathlib import Path

from descent.delivery.committed_gifs import Look
from descent.delivery.orders import Order


def look_of(order: Order) -> Look:
    """Plan a film to see what it would show; nothing is drawn."""
    from descent.delivery.planning import plan_film

    with tempfile.TemporaryDirectory(prefix="descent-look-") as work:
        planned = plan_film(order.scene, order.settings(), Path(work), order.beats)
    shown = hashlib.sha256(repr(planned.shown[planned.part(order.profile)]).encode()).hexdigest()
    here = Path.cwd()
    others = set(planned.modules.values()) - {order.scene.file.resolve()}
    return Look(shown, tuple(sorted(path.relative_to(here).as_posix() for path in others if path.is_relative_to(here))))
