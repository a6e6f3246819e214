"""Constructing a film again and again in one warm process, which leaves a child at the beginning of every play."""

import os
import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import torch
from manim import Mobject, Scene, tempconfig

from descent.base import user_code
from descent.delivery.freshness import project_modules
from descent.delivery.planning import executed, forget_scene_files, own_caches
from descent.delivery.reads import Watched, watching
from descent.delivery.watch.broken import broken_by
from descent.delivery.watch.messages import Line
from descent.delivery.watch.moments import Moments, forked, serve
from descent.delivery.watch.order import StageOrder
from descent.delivery.watch.reports import FIRST, look_over, speak, told_of
from descent.film.narration import SilentFilmWarning, StaleTimingWarning, lacking
from descent.film.timeline import TICKS_PER_SECOND
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import NullRenderer, rehearse

_PLAIN = (StaleTimingWarning, SilentFilmWarning)


class _Superseded(BaseException):
    """There is a newer walk to do; nothing of the user's may catch it."""


class Walker:
    """Constructs a film whenever the server says so.

    Args:
        order: Of which film, and where the server is.
    """

    def __init__(self, order: StageOrder) -> None:
        self._order = order
        self._line = Line.to(order.place, {"who": "stage", "theme": order.theme, "pid": os.getpid()})
        self._children: set[int] = set()
        self.remarks: list[tuple[float, str]] = []
        self.generation, self._playhead = 0, 0.0
        self._first: int | None = None  # the play that was left behind in the first of the two passes
        self._begun = 0
        self._scene: LectureScene | None = None

    def run(self) -> None:
        """Wait for the server's word, until it is gone."""
        torch.set_num_threads(1)  # what is forked cannot use the threads of before, and would wait for them
        signal.signal(signal.SIGCHLD, lambda *_: self._reap())
        with suppress(EOFError, ConnectionError):
            while True:
                told, _ = self._line.hear()
                self.generation, self._playhead = int(told["walk"]), float(told["playhead"])
                with suppress(_Superseded):
                    self._walk()

    def play_begins(self, scene: LectureScene, still: list[Mobject], *, again: bool) -> None:
        """Leave a child behind where one is wanted; called when the animations of a play have begun.

        Args:
            scene: The scene.
            still: What stands still during the play.
            again: Whether this is the second pass.
        """
        if self._line.waits():
            raise _Superseded
        number, start = len(scene.timeline.plays), scene.timeline.now / TICKS_PER_SECOND
        if not again:
            if not start <= self._playhead < start + scene.duration:
                return
            self._first = number
        elif number == self._first:
            return
        play = Moments(scene, still)
        about = {**self._hello(), "who": "play", "number": number, "start": start, "frozen": play.frozen}
        self._fork(partial(serve, play, self._order.place, about))

    def begins(self, scene: LectureScene) -> None:
        """Take note of the scene that is about to be constructed."""
        self._scene = scene

    def _walk(self) -> None:
        """Construct the film, and tell what became of it."""
        order = self._order
        watched, self.remarks, self._scene = Watched(), [], None
        self._first, self._begun = None, time.time_ns()
        user_code.forget()
        forget_scene_files()
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # its libraries are
        with ExitStack() as stack:
            try:
                with watching(watched):
                    found = stack.enter_context(order.subject.found())
                    film, file = stack.enter_context(executed(found.scene))
                stack.enter_context(tempconfig({**order.settings, **own_caches(order.work)}))
                film.claims_asked = True  # type: ignore[attr-defined]  # a film that is not true can be looked at
                with watching(watched), self._heard():
                    scene = rehearse(film, _WalkingRenderer(self))
                if missing := lacking(scene.script.voice, (line.text for line in scene.timeline.lines)):
                    self.remarks.append((0.0, missing))
                told = told_of(scene, self.remarks)
                self._line.tell({"film": told, **self._about()})
            except (_Superseded, EOFError, ConnectionError):
                raise
            except BaseException as error:  # a file may end Python
                files = self._files(watched)
                self._line.tell({"broken": broken_by(error, files).data(), **self._about(files)})
                return
            self._fork(partial(self._leave_others, film, lambda: self._files(watched, file.watched)))
            self._fork(partial(look_over, order, film, self._hello()))
            if order.leads and scene.script.voice is not None:
                self._fork(partial(speak, order, scene.script, {**self._hello(), "guessed": found.guessed}))
            self._scene = None

    def _leave_others(self, film: type[LectureScene], files: Callable[[], list[Path]]) -> None:
        """Construct the film once more, and leave a child at every play but the one that is looked at.

        To fork takes as long as to construct: so that the first picture need not wait for it, there are two passes. The
        second is a child's, which goes on when the next save comes: that may be broken, and this be the last good film.
        """
        self._line = Line.to(self._order.place, {**self._hello(), "who": "others", "pid": os.getpid()})
        if self._line.waits(FIRST):
            return
        with self._heard(), suppress(_Superseded):
            rehearse(film, _WalkingRenderer(self, again=True))
        self._line.tell(self._about(files()))  # to find them takes a while

    def _files(self, *watched: Watched) -> list[Path]:
        """What the film is made of, as far as is known, without what it writes itself."""
        read = watched[0].read((self._order.work,), *watched[1:])
        own = {Path(name).resolve() for each in watched for name in each.written}
        found = [*project_modules().values(), *map(Path, read.files)]
        return list(dict.fromkeys([*self._order.subject.files, *(file for file in found if file.resolve() not in own)]))

    def _about(self, files: Iterable[Path] = ()) -> dict[str, Any]:
        return {"generation": self.generation, "begun": self._begun, "files": [str(file) for file in files]}

    def _hello(self) -> dict[str, Any]:
        return {"who": "report", "theme": self._order.theme, "generation": self.generation}

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Note warnings that are meant for the user, with the second at which they came up."""
        with warnings.catch_warnings():
            for kind in _PLAIN:
                warnings.simplefilter("always", kind)
            show = warnings.showwarning

            def noted(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
                if issubclass(category, _PLAIN):
                    now = self._scene.timeline.now if self._scene else 0
                    self.remarks.append((now / TICKS_PER_SECOND, str(message)))
                else:
                    show(message, category, *place, **more)

            warnings.showwarning = noted
            yield

    def _fork(self, work: Any) -> None:
        def in_child() -> None:
            self._line.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._children.clear()
            work()

        self._children.add(forked(in_child))

    def _reap(self) -> None:
        """Let children that have ended go; others that libraries started are waited for by these."""
        for child in list(self._children):
            with suppress(ChildProcessError):
                if os.waitpid(child, os.WNOHANG)[0]:
                    self._children.discard(child)


class _WalkingRenderer(NullRenderer):
    """Draws nothing, and tells a walker when plays begin."""

    def __init__(self, walker: Walker, *, again: bool = False) -> None:
        super().__init__()
        self._walker, self._again = walker, again

    def init_scene(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Know the scene before it says anything."""
        if isinstance(scene, LectureScene):
            self._walker.begins(scene)
        super().init_scene(scene, *args, **kwargs)

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:  # type: ignore[override]
        """A play begins."""
        assert isinstance(scene, LectureScene)
        self._walker.play_begins(scene, list(static_mobjects), again=self._again)
