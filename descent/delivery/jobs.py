"""What workers are given to draw: some plays of one film, and how the plays of a film are shared out."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from descent.delivery.orders import SceneRef
from descent.delivery.plan import Plan


@dataclass(frozen=True, slots=True)
class Job:
    """Some plays of one film, for one worker.

    Attributes:
        scene: The film.
        settings: Manim settings to draw it with.
        keys: Key per play to draw, by the play's number.
        folder: The cache they go into.
        work: A folder for what is being drawn, on the same disk.
        frames: How many frames that is.
        modules: The project's modules that the scene's file may import, by path below Python's path.
        lengths: Frames of each play, by its key.
        origin: As the plan's.
        seen: What each play looks like, by its number, as in the plan.
        held: Whether a picture is encoded once and held, rather than once a frame.
        claims: A folder in which workers that have the same job note which plays each draws; None for one that draws
            all.
    """

    scene: SceneRef
    settings: Mapping[str, Any]
    keys: Mapping[int, str]
    folder: Path
    work: Path
    frames: int
    modules: Mapping[str, Path]
    lengths: Mapping[str, int] = field(default_factory=dict)
    origin: str = ""
    seen: Mapping[int, str] = field(default_factory=dict)
    held: bool = False
    claims: Path | None = None

    def claim(self, number: int) -> bool:
        """Whether a play is this worker's to draw: it is whoever comes first."""
        if self.claims is None:
            return True
        try:
            (self.claims / self.keys[number]).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def is_left(self, number: int) -> bool:
        """Whether a play from this one on may be there to draw."""
        return any(k >= number and not (self.claims and (self.claims / key).exists()) for k, key in self.keys.items())


def shared(planned: Plan, missing: Mapping[int, tuple[str, int]], folder: Path, work: Path, workers: int) -> list[Job]:
    """The same job for several workers, who take one play after the other: each constructs its film once.

    Args:
        planned: The film.
        missing: (key, frames) of each play to draw, by its number.
        folder: The cache.
        work: A folder for what is being drawn.
        workers: How many may draw at once.

    Returns:
        As many jobs, but no more than there are plays.
    """
    claims = work / "claims" / uuid.uuid4().hex
    claims.mkdir(parents=True)
    jobs = split(planned, missing, folder, work, 1) * min(workers, len(missing))
    return [replace(job, claims=claims) for job in jobs]


def split(planned: Plan, missing: Mapping[int, tuple[str, int]], folder: Path, work: Path, parts: int) -> list[Job]:
    """Cut the plays to draw into runs of about equal frames.

    Args:
        planned: The film.
        missing: (key, frames) of each play to draw, by its number.
        folder: The cache.
        work: A folder for what is being drawn.
        parts: About how many jobs to make; a play is never cut.

    Returns:
        The jobs, in the order of the film.
    """
    total = sum(frames for _, frames in missing.values())
    jobs: list[Job] = []
    keys: dict[int, str] = {}
    drawn = frames_here = 0

    def job() -> Job:
        return Job(
            planned.ref,
            dict(planned.settings),
            keys,
            folder,
            work,
            frames_here,
            planned.modules,
            {key: missing[number][1] for number, key in keys.items()},
            planned.origin,
            {number: planned.seen[number] for number in keys if planned.seen},
            planned.held,
        )

    for number in sorted(missing):
        key, frames = missing[number]
        keys[number] = key
        frames_here += frames
        drawn += frames
        if drawn >= total * (len(jobs) + 1) / parts:
            jobs.append(job())
            keys, frames_here = {}, 0
    if keys:
        jobs.append(job())
    return jobs
