"""Drawing plays of a film, in a process of its own."""

import shutil
import uuid
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from manim import Mobject, Scene, config, tempconfig
from manim.utils.exceptions import EndSceneEarlyException

from descent.base.errors import DescentError
from descent.delivery.fingerprint import Fingerprint, moments
from descent.delivery.jobs import Job
from descent.delivery.planning import origin_of, own_caches, scene_class, telling_errors
from descent.delivery.store import SegmentStore
from descent.film.narration import SilentFilmWarning, StaleTimingWarning
from descent.stage.drawing.writer import FilmRenderer, FilmWriter
from descent.stage.scene.runs import RunScene

_WHY = (
    "something is another each time it is computed, or a file has changed meanwhile. If the scene's file, or one that "
    "it imports, draws random numbers, give them a seed there, such as random.seed(0); then render again."
)


class _SegmentWriter(FilmWriter):
    """Writes plays one by one and puts nothing together."""

    def finish(self) -> None:
        """Wait for the encoders."""
        self.join_all_encode_jobs()


class _HeldSegmentWriter(_SegmentWriter):
    held = True


class _SegmentRenderer(FilmRenderer):
    """Draws the wanted plays, skips the others without drawing, and stops after the last wanted one.

    Between the frames it looks at the moments that the plan has looked at, and refuses to go on where it sees anything
    else: what is kept under a key is what the key says.
    """

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._file_writer_class = _HeldSegmentWriter if job.held else _SegmentWriter
        self._job = job
        self._print = Fingerprint()
        self._frames: Iterator[bool] = iter(())
        self._drawing = False
        self.drawn: list[int] = []

    def update_skipping_status(self) -> None:
        """Skip what is not wanted, or drawn by another worker."""
        job, number = self._job, self.num_plays
        if number and not job.is_left(number):  # Manim refuses a scene that played nothing
            raise EndSceneEarlyException
        mine = number in job.keys and job.claim(number)
        if mine:
            self.drawn.append(number)
        self.skip_animations = not mine

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Draw a play, and see that it is the one that was planned."""
        job, number = self._job, self.num_plays
        if number == 0 and job.origin and job.origin != origin_of(scene):
            raise DescentError(f"{job.scene.name} has other runs, or another surface, than when it was planned: {_WHY}")
        self._print = Fingerprint()
        super().play(scene, *args, **kwargs)
        self._print.note(f"{scene.duration:.6f}")
        if number in self.drawn and job.seen and self._print.seen != job.seen[number]:
            raise DescentError(
                f"play {number + 1} of {job.scene.name} looks otherwise than when it was planned: {_WHY} Where a "
                "picture depends on the frames before it, make it a function of a tracker (CONTRIBUTING says how)."
            )

    def frame_times(self, run_time: float) -> Sequence[float] | None:
        """The frames and, among them, the moments to look at."""
        if self.skip_animations:
            return None
        frames = np.arange(0, run_time, 1 / config.frame_rate).tolist()
        both = sorted([*((time, False) for time in moments(run_time)), *((time, True) for time in frames)])
        self._frames = iter([is_frame for _, is_frame in both])
        return [time for time, _ in both]

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> Any:
        """Look at everything on stage as a play begins."""
        if not self.skip_animations:
            self._print.take(scene.mobjects)
        return super().save_static_frame_data(scene, static_mobjects)

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Draw a frame, or look at a moment."""
        if self.skip_animations or next(self._frames):
            self._drawing = True
            super().render(scene, time, moving_mobjects)
            self._drawing = False
        else:
            self._print.take(scene.mobjects if moving_mobjects is None else moving_mobjects)

    def update_frame(self, scene: Scene, mobjects: Iterable[Mobject] | None = None, *args: Any, **kwargs: Any) -> None:
        """Draw the picture; a frozen one is looked at too."""
        if self._playing and not self._drawing and not self.skip_animations:
            self._print.take(scene.mobjects if mobjects is None else mobjects)
        super().update_frame(scene, mobjects, *args, **kwargs)


def draw_plays(job: Job) -> list[str]:
    """Draw a job's plays into the store, in a process of its own.

    Args:
        job: What to draw.

    Returns:
        The keys of what was drawn here.

    Raises:
        DescentError: Whatever stops it, in a sentence.
    """
    if not job.is_left(0):
        return []
    work = job.work / uuid.uuid4().hex
    settings = {**job.settings, **own_caches(job.work), "media_dir": str(work), "disable_caching": True}
    try:
        with telling_errors(), scene_class(job.scene) as film, tempconfig(settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleTimingWarning)  # the plan has told already
            warnings.simplefilter("ignore", SilentFilmWarning)
            renderer = _SegmentRenderer(job)
            scene = film(renderer=renderer)
            scene.voiced = False
            if isinstance(scene, RunScene):
                scene.claims_asked = True  # by the plan, of runs whose digest is the same
            scene.render()
            store = SegmentStore(job.folder)
            for number in renderer.drawn:
                drawn = renderer.file_writer.partial_movie_files[number]
                assert drawn is not None, f"play {number} of {job.scene.name} was not drawn"
                store.add(job.keys[number], Path(drawn))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return [job.keys[number] for number in renderer.drawn]
