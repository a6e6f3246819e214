"""The note beside a film: what it says, what it was made from, and by what."""

import json
from collections.abc import Sequence
from pathlib import Path

from descent.delivery.freshness import digest, order_key
from descent.delivery.orders import Order
from descent.delivery.plan import Plan
from descent.film.mux import Score
from descent.film.script import Telling


def note(order: Order, planned: Plan, telling: Telling, score: Score, made: Sequence[Path]) -> str:
    """A film's note, as JSON.

    Args:
        order: What was asked for.
        planned: The film's plan.
        telling: The words and times of what is shown of it.
        score: Its sound, captions and chapters.
        made: The files it vouches for.
    """
    modules = sorted(planned.modules.values())
    held = {
        "scene": order.scene.name,
        "source": str(order.scene.file),
        "title": telling.title,
        "profile": order.profile.name,
        "theme": order.theme,
        "size": [order.profile.width, order.profile.height],
        "rate": order.profile.rate,
        "seconds": score.length,
        "language": score.language,
        "voiced": score.sound is not None,
        "chapters": [{"start": start, "title": title} for start, title in score.chapters],
        "lines": [
            {"start": start, "seconds": line.seconds, "text": line.text}
            for line in telling.timeline.spoken
            for start, _, _ in list(telling.timeline.output_spans(*line.span))[:1]
        ],
        "claims": [{"text": claim, "holds": True} for claim in planned.claims],
        "runs": [{"label": label, "digest": run} for label, run in planned.runs],
        "tools": dict(planned.tools),
        "inputs": {"key": order_key(order, modules), "modules": [str(path) for path in modules]},
        "files": {path.name: digest(path) for path in made},
    }
    return json.dumps(held, indent=1, ensure_ascii=False) + "\n"
