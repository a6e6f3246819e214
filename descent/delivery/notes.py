"""What a film's files say of it, from its plan."""

from collections.abc import Sequence
from pathlib import Path

from descent.delivery.freshness import digest, order_key
from descent.delivery.orders import Order
from descent.delivery.plan import Plan
from descent.film.mux import Score
from descent.film.script import Telling
from descent.film.sidecar import Chapter, Inputs, ShownRun, Sidecar, SpokenLine, StatedClaim


def sidecar(order: Order, planned: Plan, telling: Telling, score: Score, made: Sequence[Path]) -> Sidecar:
    """What stands beside a film.

    Args:
        order: What was asked for.
        planned: The film's plan.
        telling: The words and times of what is shown of it.
        score: Its sound, captions and chapters.
        made: The files it vouches for.
    """
    modules = sorted(planned.modules.values())
    lines = [
        SpokenLine(start, line.seconds, line.text)
        for line in telling.timeline.spoken
        for start, _, _ in list(telling.timeline.output_spans(*line.span))[:1]
    ]
    return Sidecar(
        scene=order.scene.name,
        source=str(order.scene.file),
        title=telling.title,
        profile=order.profile.name,
        theme=order.theme,
        size=(order.profile.width, order.profile.height),
        rate=order.profile.rate,
        seconds=score.length,
        language=score.language,
        voiced=score.sound is not None,
        chapters=[Chapter(start, title) for start, title in score.chapters],
        lines=lines,
        claims=[StatedClaim(claim, True) for claim in planned.claims],
        runs=[ShownRun(label, run) for label, run in planned.runs],
        tools=planned.tools,
        inputs=Inputs(order_key(order, modules), [str(path) for path in modules]),
        files={path.name: digest(path) for path in made},
    )
