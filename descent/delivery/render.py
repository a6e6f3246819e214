"""From scenes to finished films: plan, draw what is new in parallel, and finish each film as soon as it is drawn."""

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from descent.base.errors import DescentError
from descent.base.progress import Progress
from descent.base.workers import Queue, Workers
from descent.delivery.finish import Finished, OutputJob, finish, shown_script, unspeakable, write_beside
from descent.delivery.in_worker import PlanRequest, Speech, draw, plan, speak
from descent.delivery.jobs import Job, shared, split
from descent.delivery.orders import RenderRequest, RenderResult
from descent.delivery.plan import Plan
from descent.delivery.store import SegmentStore

_DAY = 86_400
_PLANNED, _DRAWN, _WHOLE = 100, 900, 1000  # how far a film is, in thousandths


class Crew(Protocol):
    """Who draws instead of processes of this machine, at most ``count`` jobs at a time."""

    @property
    def count(self) -> int:
        """How many draw."""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[str] | Exception]]:
        """Do jobs; yield each with the keys of what it drew, or what stopped it, as they are done."""


def render(
    orders: Sequence[RenderRequest],
    store: Path,
    workers: int,
    progress: Progress = lambda *_: None,
    crew: Crew | None = None,
    done: Callable[[RenderResult], None] = lambda _: None,
) -> list[RenderResult]:
    """Render films: each is planned, what no segment shows yet is drawn in parallel, then it is put together.

    Films are drawn in the order in which they are asked for, and finished as soon as all of them is there: of a
    rendering that is interrupted, what was done stays.

    Args:
        orders: What to render.
        store: Folder of drawn segments, shared by all films and profiles; spoken lines are kept beside it.
        workers: How many processes plan, draw, speak and encode.
        progress: Told (thousandths of films done, thousandths in all, what is going on).
        crew: Who draws instead of processes of this machine.
        done: Told each outcome when it is there.

    Returns:
        One outcome per order, in order. A film that fails does not stop the others.
    """
    work, queue, far = _fresh_folder(store), Queue(), list[Job]()
    drawers = crew.count if crew else workers
    films = _Films(orders, store, work, drawers, crew is not None, progress, done)

    def add(tasks: Sequence[_Task]) -> None:
        for task in tasks:
            if crew and task.work is draw:
                far.append(task.job)
            else:
                queue.add(task.work, task.job, task.rank)

    with Workers(workers) as processes:
        try:
            add(films.begin())
            for job, outcome in processes.work_off(queue, films.tell):
                add(films.take(job, outcome))
            if crew and far:
                for job, outcome in crew.run(sorted(far, key=lambda job: -job.frames)):
                    add(films.take(job, outcome))
                for job, outcome in processes.work_off(queue, films.tell):
                    add(films.take(job, outcome))
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return [films.results[order] for order in orders]


@dataclass(frozen=True, slots=True)
class _Task:
    """Something for a process to do; what has a lower rank is done first."""

    work: Callable[[Any], Any]
    job: Any
    rank: tuple[int, int]


@dataclass(slots=True, eq=False)
class _Film:
    """A film on its way.

    Attributes:
        order: What was asked for.
        place: Its place among those that were asked for.
        plan: Its plan, once there is one.
        missing: (key, frames) of each play that is to be drawn for it, by its number.
        jobs: How many jobs draw for it.
        claims: Where they note what is being drawn, if they do.
        drawn: Keys of those that were.
        awaited: Keys of segments that are being drawn, for it or for another.
        error: What stopped one of its jobs.
        spoken: Whether nothing is to be spoken for it any more.
        closed: Whether it is being put together.
    """

    order: RenderRequest
    place: int
    plan: Plan | None = None
    missing: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    jobs: int = 0
    claims: Path | None = None
    drawn: set[str] = field(default_factory=set)
    awaited: set[str] = field(default_factory=set)
    error: Exception | None = None
    spoken: bool = False
    closed: bool = False

    @property
    def frames_drawn(self) -> int:
        """How many frames were drawn for it."""
        return sum(frames for key, frames in self.missing.values() if key in self.drawn)

    @property
    def thousandths(self) -> int:
        """How far it is; a play that is being drawn counts for half."""
        if self.plan is None:
            return 0
        begun = {path.name for path in self.claims.iterdir()} if self.claims and self.claims.is_dir() else self.drawn
        whole = sum(frames for _, frames in self.missing.values()) or 1
        halves = sum(frames * ((key in begun) + (key in self.drawn)) for key, frames in self.missing.values())
        share = halves / whole / 2 if self.missing else 1.0
        return _PLANNED + round((_DRAWN - _PLANNED) * share)


class _Films:
    """What is known of films while they are rendered: takes what processes have done, and says what is next."""

    def __init__(
        self,
        orders: Sequence[RenderRequest],
        store: Path,
        work: Path,
        drawers: int,
        apart: bool,
        progress: Progress,
        done: Callable[[RenderResult], None],
    ) -> None:
        self.results: dict[RenderRequest, RenderResult] = {}
        self._films = {order: _Film(order, place) for place, order in enumerate(dict.fromkeys(orders))}
        self._owners: dict[int, _Film] = {}  # of jobs, by their identity: equal ones may be of several films
        self._store, self._folder, self._work = SegmentStore(store), store, work
        self._drawers, self._apart, self._progress, self._done = drawers, apart, progress, done
        self._unplanned, self._told = len(self._films), ""
        self._drawing: set[str] = set()
        self._failed: dict[str, Exception] = {}

    def begin(self) -> list[_Task]:
        """What to do first: every film is planned."""
        self.tell("rendering")
        return [
            self._task(plan, PlanRequest(film.order, self._work), film, late=2) for film in list(self._films.values())
        ]

    def tell(self, what: str = "") -> None:
        """Tell how far all films are."""
        self._told = what or self._told
        done = sum(film.thousandths for film in self._films.values()) + _WHOLE * len(self.results)
        self._progress(done, _WHOLE * (len(self._films) + len(self.results)), self._told)

    def take(self, job: Any, outcome: Any) -> list[_Task]:
        """What came of a job; returns what can be done now."""
        film = self._owners.pop(id(job))
        if isinstance(job, PlanRequest):
            found = self._planned(film, outcome)
        elif isinstance(job, Job):
            found = self._drew(film, job, outcome)
        elif isinstance(job, Speech):
            film.spoken = True  # where that failed, finishing the film says so
            found = self._ready([film])
        else:
            found = self._encoded(film, job, outcome)
        self.tell(f"rendering {film.order.scene.name}")
        return found

    def _task(self, work: Callable[[Any], Any], job: Any, film: _Film, *, late: int) -> _Task:
        self._owners[id(job)] = film
        return _Task(work, job, (film.place, late))

    def _planned(self, film: _Film, planned: Plan | Exception) -> list[_Task]:
        """What is to be drawn and spoken for a film."""
        left, self._unplanned = self._unplanned, self._unplanned - 1
        problem = planned if isinstance(planned, Exception) else unspeakable(film.order, planned)
        if isinstance(planned, Exception) or problem:  # whatever a scene file does, the others go on
            return self._end(film, RenderResult(film.order, error=problem))
        film.plan = planned
        missing: dict[int, tuple[str, int]] = {}
        for number in planned.part(film.order.profile):
            key, frames = planned.plays[number]
            if key in self._drawing:
                film.awaited.add(key)
            elif not self._store.has(key):
                missing[number] = (key, frames)
                self._drawing.add(key)
                film.awaited.add(key)
        film.missing = missing
        tasks = self._drawers_of(film, planned, -(-self._drawers // left)) if missing else []
        script = shown_script(film.order, planned)
        film.spoken = script.voice is None
        if not film.spoken:
            tasks.append(self._task(speak, Speech(script, self._clips), film, late=1))
        return tasks + self._ready([film])

    def _drawers_of(self, film: _Film, planned: Plan, workers: int) -> list[_Task]:
        """Jobs that draw what a film misses: workers far away, who share no disk, each draw a part of their own."""
        if self._apart:
            jobs = split(planned, film.missing, self._folder, self._work, 2 * workers)
        else:
            jobs = shared(planned, film.missing, self._folder, self._work, workers)
            film.claims = jobs[0].claims
        film.jobs += len(jobs)
        return [self._task(draw, job, film, late=1) for job in jobs]

    @property
    def _clips(self) -> Path:
        return self._folder.parent / "voice"

    def _drew(self, film: _Film, job: Job, outcome: Sequence[str] | Exception) -> list[_Task]:
        again: list[_Task] = []
        film.jobs -= 1
        keys = set() if isinstance(outcome, Exception) else set(outcome)
        film.drawn |= keys
        if isinstance(outcome, Exception):
            film.error = film.error or outcome
        wanted = {key for key, _ in film.missing.values()}
        lost = wanted - film.drawn
        if not film.jobs and film.error:  # also where another worker drew it all: it may be another picture each time
            self._failed |= dict.fromkeys(wanted, film.error)
            keys |= wanted
        elif not film.jobs and lost:  # a worker died, and another did the rest: what that one had begun is left
            film.jobs = 1
            rest = {number: play for number, play in film.missing.items() if play[0] in lost}
            assert film.plan is not None
            jobs = split(film.plan, rest, self._folder, self._work, 1)
            again = [self._task(draw, each, film, late=1) for each in jobs]
        self._drawing -= keys
        waiting = [each for each in self._films.values() if each is film or each.awaited & keys]
        for each in waiting:
            each.awaited -= keys
        return again + self._ready(waiting)

    def _ready(self, films: Sequence[_Film]) -> list[_Task]:
        """Finish what is drawn and spoken: what is only put together, here and now; what is encoded anew, later."""
        found: list[_Task] = []
        for film in films:
            if film.plan is None or film.awaited or film.jobs or not film.spoken or film.closed:
                continue
            film.closed = True
            try:
                job = self._output(film, film.plan)
            except Exception as error:
                self._end(film, RenderResult(film.order, error=error))
                continue
            if film.order.profile.master == "final":
                try:
                    outcome: Finished | Exception = finish(job)
                except Exception as error:
                    outcome = error
                self._encoded(film, job, outcome)
            else:
                found.append(self._task(finish, job, film, late=0))
        return found

    def _output(self, film: _Film, planned: Plan) -> OutputJob:
        order = film.order
        part = planned.part(order.profile)
        plays = [planned.plays[number] for number in part]
        for key, _ in plays:
            if key in self._failed:
                raise self._failed[key]
        if not plays:
            raise DescentError(f"{order.scene.name} plays nothing, so there is no film to make of it.")
        segments = tuple(self._store.path(key) for key, _ in plays)
        poster = None if order.bare else order.file(".png")
        last = self._store.path(planned.plays[planned.poster][0]) if planned.poster in part else segments[-1]
        score = shown_script(order, planned).score(self._clips)
        return OutputJob(segments, order.films, order.profile, score, poster, last)

    def _encoded(self, film: _Film, job: OutputJob, outcome: Finished | Exception) -> list[_Task]:
        order, planned = film.order, film.plan
        assert planned is not None
        frames = sum(planned.plays[number][1] for number in planned.part(order.profile))
        try:
            if isinstance(outcome, Exception):
                raise outcome
            write_beside(order, planned, job.score, outcome)
        except Exception as error:
            return self._end(film, RenderResult(order, frames, error=error))
        remarks = (*planned.remarks, *outcome.remarks)
        return self._end(film, RenderResult(order, frames, film.frames_drawn, remarks=remarks))

    def _end(self, film: _Film, result: RenderResult) -> list[_Task]:
        """A film is over, one way or the other."""
        self.results[film.order] = result
        del self._films[film.order]
        self._done(result)
        return []


def _fresh_folder(store: Path) -> Path:
    """A folder for what this rendering is drawing; what a killed one left is removed after a day."""
    for left in store.glob(".drawing-*"):
        if time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)
    return store / f".drawing-{uuid.uuid4().hex}"
