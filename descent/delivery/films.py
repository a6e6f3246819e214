"""From scenes to finished films: plan, draw what is new in parallel, assemble, and note what was made from what."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import av
from PIL import Image

from descent.delivery.inputs import digest, order_key, project_modules
from descent.delivery.mux import assemble
from descent.delivery.orders import Film, Order
from descent.delivery.plan import TOOLS, Plan, plan
from descent.delivery.pool import Workers
from descent.delivery.segments import SegmentStore, draw, split
from descent.files import replacing, write
from descent.narration import to_srt, to_vtt
from descent.stage.catalogue import load_scenes
from descent.stage.comparison import ComparisonScene


def render(
    orders: Sequence[Order], store: Path, workers: int, progress: Callable[[int, int, str], None] = lambda *_: None
) -> list[Film]:
    """Render films: each is planned, what no segment shows yet is drawn in parallel, then all is put together.

    Args:
        orders: What to render.
        store: Folder of drawn segments, shared by all films and profiles.
        workers: How many processes draw.
        progress: Told (frames done, frames in all, what is going on).

    Returns:
        One outcome per order, in order. A film that fails does not stop the others.
    """
    films: dict[Order, Film] = {}
    plans: dict[Order, Plan] = {}
    segments = SegmentStore(store)
    try:
        for order in orders:
            progress(0, 0, f"planning {order.scene.name}")
            try:
                plans[order] = plan(order.scene, load_scenes(order.scene.file)[order.scene.name], order.settings())
            except Exception as error:  # whatever a scene file does, the others go on
                films[order] = Film(order, error=error)
        drawn, failed = _draw(plans, segments, workers, progress)
        for order, planned in plans.items():
            progress(1, 1, f"assembling {order.scene.name}")
            try:
                if order in failed:
                    raise failed[order]
                _finish(order, planned, segments)
                films[order] = Film(order, planned.frames, drawn.get(order, 0))
            except Exception as error:
                films[order] = Film(order, planned.frames, error=error)
    finally:
        for rest in store.glob(".drawing-*"):
            shutil.rmtree(rest, ignore_errors=True)
    return [films[order] for order in orders]


def _draw(
    plans: Mapping[Order, Plan], store: SegmentStore, workers: int, progress: Callable[[int, int, str], None]
) -> tuple[dict[Order, int], dict[Order, Exception]]:
    jobs, owner, wanted = [], {}, set()
    for order, planned in plans.items():
        missing = {}
        for number, (key, frames) in enumerate(planned.plays):
            if key not in wanted and not store.has(key):
                missing[number] = (key, frames)
                wanted.add(key)
        for job in split(planned.ref, planned.settings, missing, store.folder, 2 * workers):
            jobs.append(job)
            owner[id(job)] = order
    total, done = sum(job.frames for job in jobs), 0
    drawn: dict[Order, int] = {}
    failed: dict[Order, Exception] = {}
    if jobs:
        progress(0, total, "drawing")
        for job, outcome in Workers(draw, workers).run(sorted(jobs, key=lambda job: -job.frames)):
            done += job.frames
            progress(done, total, "drawing")
            if isinstance(outcome, Exception):
                failed[owner[id(job)]] = outcome
            else:
                drawn[owner[id(job)]] = drawn.get(owner[id(job)], 0) + outcome
    return drawn, failed


def _finish(order: Order, planned: Plan, store: SegmentStore) -> None:
    """Put the film together and write everything that belongs to it; the note that vouches for it comes last."""
    score = planned.scene.score()
    parts = [store.path(key) for key, _ in planned.plays]
    assemble(parts, order.file(".mp4"), score)
    write(order.file(".srt"), to_srt(score.cues).encode())
    write(order.file(".vtt"), to_vtt(score.cues).encode())
    _poster(parts[-1], order.file(".png"))
    scene, lines = planned.scene, planned.scene.timeline.lines
    transcript = "\n\n".join([scene.title, *(line.text for line in lines)])
    write(order.file(".txt"), f"{transcript}\n".encode())
    modules = [str(path) for path in project_modules()]
    files = [order.file(suffix) for suffix in (".mp4", ".srt", ".vtt", ".png", ".txt")]
    note = {
        "scene": order.scene.name,
        "source": str(order.scene.file),
        "title": scene.title,
        "profile": order.profile.name,
        "theme": order.theme,
        "size": [order.profile.width, order.profile.height],
        "rate": order.profile.rate,
        "seconds": score.length,
        "language": score.language,
        "chapters": [{"start": start, "title": title} for start, title in score.chapters],
        "lines": [{"start": line.start / 15, "seconds": line.seconds, "text": line.text} for line in lines],
        "claims": [{"text": claim.text, "holds": True} for claim in getattr(scene, "claims", ())],
        "runs": _runs(planned),
        "tools": TOOLS,
        "inputs": {"key": order_key(order, [Path(path) for path in modules]), "modules": modules},
        "files": {path.name: digest(path) for path in files},
    }
    write(order.file(".json"), (json.dumps(note, indent=1, ensure_ascii=False) + "\n").encode())


def _runs(planned: Plan) -> list[dict[str, str]]:
    if not isinstance(planned.scene, ComparisonScene):
        return []
    return [{"label": t.run.label, "digest": t.digest} for t in planned.scene.trajectories]


def _poster(segment: Path, target: Path) -> None:
    """The last picture of a segment."""
    with av.open(str(segment)) as film:
        *_, last = film.decode(video=0)
    with replacing(target) as beside:
        Image.fromarray(last.to_ndarray(format="rgb24")).save(beside)
