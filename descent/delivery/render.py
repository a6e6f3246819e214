"""From scenes to finished films: plan, draw what is new in parallel, finish, and note what was made from what."""

import math
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeAlias

from descent.base.errors import DescentError
from descent.base.files import write
from descent.base.workers import Workers
from descent.delivery.finish import Finished, OutputJob, finish, sidecar
from descent.delivery.in_worker import PlanRequest, draw, plan
from descent.delivery.jobs import Job, split
from descent.delivery.orders import RenderRequest, RenderResult
from descent.delivery.plan import Plan
from descent.delivery.store import SegmentStore
from descent.film.narration import SILENCE, respell, to_srt, to_vtt
from descent.film.script import Script
from descent.film.sidecar import write_sidecar

Progress: TypeAlias = Callable[[int, int, str], None]


class Crew(Protocol):
    """Who draws, at most ``count`` jobs at a time."""

    @property
    def count(self) -> int:
        """How many draw."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int | Exception]]:
        """Do jobs; yield each with the frames it drew or what stopped it, as they are done."""


_DAY = 86_400


def render(
    orders: Sequence[RenderRequest],
    store: Path,
    workers: int,
    progress: Progress = lambda *_: None,
    crew: Crew | None = None,
) -> list[RenderResult]:
    """Render films: each is planned, what no segment shows yet is drawn in parallel, then all is put together.

    Args:
        orders: What to render.
        store: Folder of drawn segments, shared by all films and profiles; spoken lines are kept beside it.
        workers: How many processes draw and encode.
        progress: Told (frames or films done, in all, what is going on).
        crew: Who draws instead of processes of this machine.

    Returns:
        One outcome per order, in order. A film that fails does not stop the others.
    """
    work = _fresh_folder(store)
    films: dict[RenderRequest, RenderResult] = {}
    plans: dict[RenderRequest, Plan] = {}
    with Workers(workers) as processes:
        try:
            progress(0, len(orders), "planning")
            requests = [PlanRequest(order, work) for order in orders]
            for done, (request, planned) in enumerate(processes.run(plan, requests), 1):
                progress(done, len(orders), f"planning {request.order.scene.name}")
                problem = planned if isinstance(planned, Exception) else _unspeakable(request.order, planned)
                if isinstance(planned, Exception) or problem:  # whatever a scene file does, the others go on
                    films[request.order] = RenderResult(request.order, error=problem)
                else:
                    plans[request.order] = planned
            plans = {order: plans[order] for order in orders if order in plans}
            drawn, failed = _draw(plans, store, work, progress, crew or LocalCrew(processes))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        for order, outcome in _finished(plans, store, failed, processes, progress):
            planned = plans[order]
            frames = sum(frames for _, frames in planned.plays[planned.part(order.profile)])
            if isinstance(outcome, Exception):
                films[order] = RenderResult(order, frames, error=outcome)
            else:
                films[order] = RenderResult(
                    order, frames, drawn.get(order, 0), remarks=(*planned.remarks, *outcome.remarks)
                )
    return [films[order] for order in orders]


@dataclass(frozen=True, slots=True)
class LocalCrew:
    """The crew of this machine."""

    processes: Workers

    @property
    def count(self) -> int:
        """How many draw."""
        return self.processes.count

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int | Exception]]:
        """Do jobs in the processes."""
        return self.processes.run(draw, jobs)


def _fresh_folder(store: Path) -> Path:
    """A folder for what this rendering is drawing; what a killed one left is removed after a day."""
    for left in store.glob(".drawing-*"):
        if time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    return store / f".drawing-{uuid.uuid4().hex}"


def _draw(
    plans: Mapping[RenderRequest, Plan], store: Path, work: Path, progress: Progress, crew: Crew
) -> tuple[dict[RenderRequest, int], dict[str, Exception]]:
    """Draw what is missing; returns frames drawn by order, and what went wrong by key."""
    missing: dict[RenderRequest, dict[int, tuple[str, int]]] = {}
    wanted, kept = set(), SegmentStore(store)
    for order, planned in plans.items():
        missing[order] = {}
        for number, (key, frames) in list(enumerate(planned.plays))[planned.part(order.profile)]:
            if key not in wanted and not kept.has(key):
                missing[order][number] = (key, frames)
                wanted.add(key)
    total, done = sum(frames for plays in missing.values() for _, frames in plays.values()), 0
    jobs, owner = [], {}
    for order, plays in missing.items():
        # Every job constructs its film anew up to its last play, so there are no more than keep all at work.
        parts = math.ceil(2 * crew.count * sum(frames for _, frames in plays.values()) / max(total, 1))
        for job in split(plans[order], plays, store, work, parts):
            jobs.append(job)
            owner[id(job)] = order
    drawn: dict[RenderRequest, int] = {}
    failed: dict[str, Exception] = {}
    if jobs:
        progress(0, total, "drawing")
        for job, outcome in crew.run(sorted(jobs, key=lambda job: -job.frames)):
            done += job.frames
            progress(done, total, "drawing")
            if isinstance(outcome, Exception):
                failed |= dict.fromkeys(job.keys.values(), outcome)
            else:
                drawn[owner[id(job)]] = drawn.get(owner[id(job)], 0) + outcome
    return drawn, failed


def _finished(
    plans: Mapping[RenderRequest, Plan],
    store: Path,
    failed: Mapping[str, Exception],
    workers: Workers,
    progress: Progress,
) -> Iterator[tuple[RenderRequest, Finished | Exception]]:
    """Finish films: those that are only put together here and now, those that are encoded anew in parallel."""
    later: list[OutputJob] = []
    owner: dict[int, RenderRequest] = {}
    for number, (order, planned) in enumerate(plans.items()):
        progress(number, len(plans), f"finishing {order.scene.name}")
        try:
            plays = planned.plays[planned.part(order.profile)]
            for key, _ in plays:
                if key in failed:
                    raise failed[key]
            if not plays:
                raise DescentError(f"{order.scene.name} plays nothing, so there is no film to make of it.")
            segments = tuple(SegmentStore(store).path(key) for key, _ in plays)
            poster = None if order.bare else order.file(".png")
            score = _script(order, planned).score(store.parent / "voice")
            job = OutputJob(segments, order.films, order.profile, score, poster)
            if order.profile.master == "final":
                finished = finish(job)
                _beside(order, planned, job, finished)
            else:
                later.append(job)
                owner[id(job)] = order
                continue
        except Exception as error:
            yield order, error
        else:
            yield order, finished
    for done, (job, outcome) in enumerate(workers.run(finish, later), 1):
        order = owner[id(job)]
        progress(done, len(later), f"encoded {order.scene.name}")
        try:
            if not isinstance(outcome, Exception):
                _beside(order, plans[order], job, outcome)
            yield order, outcome
        except Exception as error:
            yield order, error


def _unspeakable(order: RenderRequest, planned: Plan) -> DescentError | None:
    """Why a film's voice cannot say its lines; nobody needs to say what is only shown."""
    script = _script(order, planned)
    if script.voice is not None and script.voice.key != SILENCE:
        try:
            for line in script.timeline.spoken:
                respell(line.text)
        except DescentError as error:
            return error
    return None


def _script(order: RenderRequest, planned: Plan) -> Script:
    """The words and times of what is shown, by the voice that was asked for."""
    script = planned.script
    mute = order.silent or ".gif" in order.profile.suffixes
    return replace(
        script,
        timeline=script.timeline.only(planned.part(order.profile)),
        voice=None if mute else script.voice,
    )


def _beside(order: RenderRequest, planned: Plan, job: OutputJob, finished: Finished) -> None:
    """Write what belongs to a film beside it; the note that vouches for it comes last."""
    if order.bare:
        return
    made = dict(finished.files)
    script, cues = _script(order, planned), job.score.cues
    transcript = "\n\n".join([script.title, *(line.text for line in script.timeline.spoken)])
    beside = {".txt": f"{transcript}\n"}
    if ".gif" not in order.profile.suffixes:
        beside |= {".srt": to_srt(cues), ".vtt": to_vtt(cues)}
    for suffix, text in beside.items():
        data = text.encode()
        write(order.file(suffix), data)
        made[order.file(suffix)] = sha256(data).hexdigest()
    write_sidecar(order.file(".json"), sidecar(order, planned, script, job.score, made))
