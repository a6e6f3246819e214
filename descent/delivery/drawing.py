"""Drawing plays of a film, in a process of its own."""

import shutil
import uuid
import warnings
from collections.abc import Sequence
from pathlib import Path

from manim import tempconfig
from manim.utils.exceptions import EndSceneEarlyException

from descent.delivery.jobs import Job
from descent.delivery.planning import own_caches, scene_class, telling_errors
from descent.delivery.store import SegmentStore
from descent.film.narration import SilentFilmWarning, StaleTimingWarning
from descent.stage.drawing.writer import FilmRenderer, FilmWriter


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


def draw_plays(job: Job) -> int:
    """Draw a job's plays into the store, in a process of its own.

    Args:
        job: What to draw.

    Returns:
        The number of frames drawn.

    Raises:
        DescentError: Whatever stops it, in a sentence.
    """
    work = job.work / uuid.uuid4().hex
    settings = {**job.settings, **own_caches(job.work), "media_dir": str(work), "disable_caching": True}
    try:
        with telling_errors(), scene_class(job.scene) as film, tempconfig(settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleTimingWarning)  # the plan has told already
            warnings.simplefilter("ignore", SilentFilmWarning)
            renderer = _SegmentRenderer(list(job.keys))
            scene = film(renderer=renderer)
            scene.voiced = False
            scene.render()
            store = SegmentStore(job.folder)
            for number, key in job.keys.items():
                drawn = renderer.file_writer.partial_movie_files[number]
                assert drawn is not None, f"play {number} of {job.scene.name} was not drawn"
                store.add(key, Path(drawn))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return job.frames
