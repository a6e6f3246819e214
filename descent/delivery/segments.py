"""Drawing the plays of films in parallel: each play is one video segment, kept under the key of what it shows."""

import json
import shutil
import uuid
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from manim import tempconfig
from manim.utils.exceptions import EndSceneEarlyException

from descent.delivery.inputs import digest
from descent.delivery.orders import SceneRef
from descent.errors import DescentError
from descent.files import write
from descent.narration import SilentFilmWarning, StaleTimingWarning
from descent.stage.catalogue import load_scenes
from descent.stage.faults import explain
from descent.stage.lecture import LectureScene
from descent.stage.writer import FilmRenderer, FilmWriter


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
    """

    scene: SceneRef
    settings: Mapping[str, Any]
    keys: Mapping[int, str]
    folder: Path
    work: Path
    frames: int


class SegmentStore:
    """A folder of drawn plays; an entry counts only while its bytes are those that were written.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the segment of a key is, or would be."""
        return self.folder / f"{key}.mp4"

    def has(self, key: str) -> bool:
        """Whether there is an undamaged segment of a key."""
        try:
            noted = json.loads(self._note(key).read_text())
            return bool(noted["sha256"] == digest(self.path(key)))
        except (OSError, ValueError, KeyError):
            return False

    def add(self, key: str, segment: Path) -> None:
        """Take over a finished segment."""
        sha = digest(segment)
        segment.replace(self.path(key))
        write(self._note(key), json.dumps({"sha256": sha}).encode())

    def _note(self, key: str) -> Path:
        return self.folder / f"{key}.json"


class _SegmentWriter(FilmWriter):
    """Writes plays one by one and puts nothing together."""

    def finish(self) -> None:
        """Wait for the encoders."""
        self.join_all_encode_jobs()


class _SegmentRenderer(FilmRenderer):
    """Draws the wanted plays, skips the others without drawing, and stops after the last wanted one."""

    def __init__(self, wanted: Sequence[int]) -> None:
        super().__init__()
        self._file_writer_class = _SegmentWriter
        self._wanted = frozenset(wanted)

    def update_skipping_status(self) -> None:
        """Skip what is not wanted."""
        self.skip_animations = self.num_plays not in self._wanted
        if self.num_plays > max(self._wanted):
            raise EndSceneEarlyException


def draw(job: Job) -> int:
    """Draw a job's plays into the store, in a process of its own.

    Args:
        job: What to draw.

    Returns:
        The number of frames drawn.
    """
    scene_class = _films(job.scene.file, digest(job.scene.file) if job.scene.file.is_file() else "")[job.scene.name]
    work = job.work / uuid.uuid4().hex
    # Manim and Typst write their text caches in place, so every process needs its own.
    caches = {"media_dir": str(work), "text_dir": str(work / "text"), "tex_dir": str(work / "tex")}
    settings = {**job.settings, **caches, "disable_caching": True}
    try:
        with tempconfig(settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleTimingWarning)  # the plan has told already
            warnings.simplefilter("ignore", SilentFilmWarning)
            renderer = _SegmentRenderer(list(job.keys))
            scene = scene_class(renderer=renderer)
            scene.voiced = False
            scene.render()
            store = SegmentStore(job.folder)
            for number, key in job.keys.items():
                drawn = renderer.file_writer.partial_movie_files[number]
                assert drawn is not None, f"play {number} of {job.scene.name} was not drawn"
                store.add(key, Path(drawn))
    except Exception as error:
        # What caused an error does not travel from one process to another: it is told here, or never.
        told = explain(error)
        if told is None or isinstance(error, DescentError):
            raise
        raise DescentError(told) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return job.frames


@lru_cache(maxsize=8)
def _films(file: Path, sha: str) -> dict[str, type[LectureScene]]:
    """The films of a file, executed once as it is, so that what it traces is traced once."""
    return load_scenes(file)


def split(
    scene: SceneRef,
    settings: Mapping[str, Any],
    missing: Mapping[int, tuple[str, int]],
    folder: Path,
    work: Path,
    parts: int,
) -> list[Job]:
    """Cut the plays to draw into runs of about equal frames.

    Args:
        scene: The film.
        settings: Manim settings.
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
    for number in sorted(missing):
        key, frames = missing[number]
        keys[number] = key
        frames_here += frames
        drawn += frames
        if drawn >= total * (len(jobs) + 1) / parts:
            jobs.append(Job(scene, dict(settings), keys, folder, work, frames_here))
            keys, frames_here = {}, 0
    if keys:
        jobs.append(Job(scene, dict(settings), keys, folder, work, frames_here))
    return jobs
