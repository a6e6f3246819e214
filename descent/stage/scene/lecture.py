"""A Manim scene with narration: beats of speech, whole frames, captions, chapters, and errors in one sentence."""

import math
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from manim import FadeIn, FadeOut, Mobject, Rectangle, Scene, config
from manim.animation.animation import Animation, prepare_animation
from manim.constants import RendererType
from tqdm import tqdm  # type: ignore[import-untyped]

from descent.base.errors import DescentError
from descent.base.files import replacing
from descent.base.project import BUILT_IN, project
from descent.film.asked import Asked
from descent.film.course import looked_up
from descent.film.narration import (
    ClipCache,
    MeasuringTable,
    Recordings,
    SilentFilmWarning,
    TimingTable,
    asked_voice,
    find_voice,
    lacking,
    subtitles,
    to_vtt,
    unmarked,
)
from descent.film.script import Script
from descent.film.timeline import TICKS_PER_SECOND, Line, Timeline, ticks
from descent.stage.drawing.fade import introduced, use_cheap_fade
from descent.stage.drawing.writer import FilmRenderer, FilmWriter
from descent.stage.geometry import FRAME
from descent.stage.scene.answer import answer_card, reading_time
from descent.stage.scene.pulse import Around, Pulse
from descent.stage.scene.turns import take_turns

BREATH = 0.8
"""Seconds of silence after a line before the next beat starts: what was said is an idea, and is to be understood."""

PAUSE = 0.55
"""Seconds that films go on moving between two ideas, besides :data:`BREATH`."""

LEAD_IN = 0.7
"""Seconds of picture before anybody speaks."""

PREDICT = 2.6
"""Seconds of silence in which viewers answer for themselves."""

_ABOVE_ALL = 100.0
_SEEN = 0.7  # seconds that a pulse takes at least
_CHANGE = 0.5  # seconds in which the card covers the picture, and in which each of its parts comes in


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of film under one narrated line.

    Attributes:
        scene: Where it plays.
        start: The tick at which it is spoken.
        seconds: How long the line is spoken.
        marks: When each word that is marked begins, in seconds from the line's beginning.
    """

    scene: "LectureScene"
    start: int
    seconds: float
    marks: tuple[float, ...] = ()

    @property
    def remaining(self) -> float:
        """Seconds of speech and breath still to come."""
        return self.seconds + BREATH - (self.scene.timeline.now - self.start) / TICKS_PER_SECOND

    def pulse(self, around: Around) -> None:
        """Have a ring come and go around something for as long as the line is still spoken."""
        self.scene.pulse(around, self.remaining - BREATH)

    def await_word(self, number: int = 0) -> None:
        """Wait until a marked word is spoken, so that what plays next begins with it; not at all if that is over.

        Args:
            number: Which of the line's marks, counted from 0.

        Raises:
            DescentError: If the line has no such mark.
        """
        if not 0 <= number < len(self.marks):
            raise DescentError(f"the line has {len(self.marks)} marked words, so there is none to await: write ^word.")
        now = self.scene.timeline.now - self.start
        if (whole := math.floor(self.marks[number] * TICKS_PER_SECOND + 1e-6) - now) > 0:
            self.scene.wait_exactly(whole)


class LectureScene(Scene):
    """A scene told in beats.

    ``with self.voiceover("What is said", "What is written") as beat:`` speaks a line over what plays inside and
    waits for its end. Durations come from the committed timing table alone, so the frames are the same with or without
    a voice; only somebody's own recordings bring their own. Sound, captions and chapters are laid when the last play is
    known, and only over the plays that are written, so cached, skipped and partial renders are in sync too.

    A film that has an answer ends with a card: the question, the answer, its formula, and what the next film asks.

    Attributes:
        title: The film's claim in a sentence: for lists, search and alternative text, and for the picture where there
            is no question.
        question: What the film asks, in a sentence; its course may ask otherwise.
        answer: What it answers, in a sentence, on its last card; its course may say otherwise.
        formula: What stands below the answer, in Typst maths.
        asked: What the film's course says of it; None to look it up where the film is made.
        voice: Who speaks, by name, or a folder of recordings; by default whom ``DESCENT_VOICE`` asks for, or who is
            installed.
        voiced: Whether the film gets a sound track.
        measured: Whether lines that no timing table has are spoken to be measured, as those of a notebook's scene.
        gif_beats: The first and the last beat, counted from 1, that its GIF shows; all by default. A camera that
            never rests makes large GIFs.
        timeline: What happened when.
    """

    title = ""
    question = ""
    answer = ""
    formula = ""
    asked: Asked | None = None
    voice = ""
    voiced = True
    measured = False
    gif_beats: tuple[int, int] | None = None

    def __init__(self, renderer: Any = None, **kwargs: Any) -> None:
        self.timeline = Timeline()
        self._covered: list[Mobject] = []
        self._next: list[Animation] = []
        self._aside = False
        told = self.construct

        def construct() -> None:
            told()
            self.conclude()

        self.construct = construct  # type: ignore[method-assign]  # every film ends with its card, however it is told
        if config.renderer == RendererType.OPENGL:
            raise DescentError(
                "films of descent are drawn by Manim's Cairo renderer, landscapes too; leave out --renderer=opengl."
            )
        if renderer is None:
            renderer = FilmRenderer(camera_class=kwargs.get("camera_class"))
        super().__init__(renderer=renderer, **kwargs)

    def setup(self) -> None:
        """Check what can be checked before anything is drawn."""
        super().setup()
        output = self.session_spec.output
        if output.is_video and (config.pixel_width % 2 or config.pixel_height % 2):
            raise DescentError(
                f"the frame is {config.pixel_width}×{config.pixel_height} pixels, but H.264 needs even numbers; "
                "choose an even width and height."
            )
        self._voice = find_voice(self.voice or asked_voice() or None)
        self._timing = timing_table()
        if self.measured or isinstance(self._voice, Recordings):
            known, clips = self._timing, ClipCache(project().clips)
            self._timing = MeasuringTable(known.seconds, known.words, voice=self._voice, clips=clips)

    @cached_property
    def asks(self) -> Asked:
        """What the film's course says of it, or of a plain `manim render`, that of the project it is in."""
        if self.asked is not None:
            return self.asked
        # What looks a film over, or draws a part of it, is a class of ours made of the author's.
        film = next((each for each in type(self).__mro__ if not each.__module__.startswith("descent.")), type(self))
        module = sys.modules.get(film.__module__)
        return looked_up(film.__name__, Path(getattr(module, "__file__", None) or ""), project())

    @property
    def held(self) -> list[Mobject]:
        """What is on stage, or was before the card that answers."""
        return self._covered or list(self.mobjects)

    @property
    def asks_first(self) -> str:
        """What stands over the picture: the question, or the title of a film that asks none."""
        return self.asks.question or self.question or self.title

    @contextmanager
    def voiceover(
        self, text: str, note: str = "", loop: bool = False, reveal: bool = False, around: Around | None = None
    ) -> Iterator[Speech]:
        """Speak a line over what plays in the block, then wait until it has been said.

        Args:
            text: What is said, as captions show it. A ``^`` before a word marks it: :meth:`Speech.await_word` waits for
                it, and nobody sees the mark.
            note: The beat in a few words: names its chapter, and :meth:`show_note` puts it on screen.
            loop: Whether a deck of slides repeats the beat until one advances; the film itself goes on.
            around: What the line names: a ring pulses around it once nothing else plays.
            reveal: Whether the beat answers the film's question: viewers are asked to predict before it, in silence.
        """
        if reveal:
            self.predict()
        text, marked = unmarked(text)
        seconds = self._timing.duration(self._voice.key, text)
        words = self._timing.starts(self._voice.key, text, seconds)
        begins = self.timeline.now
        start = begins if self.timeline.lines else max(begins, ticks(LEAD_IN))
        beat = Speech(self, start, seconds, tuple(words[number] for number in marked))
        self.timeline.lines.append(Line(start, text, seconds, words))
        self.next_section(note or text)
        self.timeline.chapters.append((begins, note or text))
        if loop:
            self.timeline.looping.add(begins)
        if reveal:
            self.timeline.reveals.add(begins)
        if note:
            self.show_note(note)
        yield beat
        if around is not None:
            beat.pulse(around)
        if beat.remaining > 0:
            self.wait(beat.remaining)
        self.beat_done(beat)

    def pulse(self, around: Around, seconds: float) -> None:
        """Have a ring come and go around something, so that something moves while the voice explains it.

        Args:
            around: A picture, a point of the frame, or several.
            seconds: How long; nothing plays where that is too short to be seen.
        """
        if seconds >= _SEEN:
            self.play(Pulse(around, seconds))

    def predict(self) -> None:
        """Leave viewers time to answer for themselves: slides stop on the last picture, excerpts leave it all out."""
        with self.apart():
            self.wait(PREDICT)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What plays in the block is for viewers of the whole film: excerpts leave it out."""
        before, self._aside = self._aside, True
        yield
        self._aside = before

    def conclude(self) -> None:
        """Cover the last picture with the card that answers, if there is an answer."""
        answer = self.asks.answer or self.answer
        if not answer:
            return
        question = self.asks.question or self.question
        with self.apart():
            self.next_section(answer)
            self.timeline.chapters.append((self.timeline.now, answer))
            self._cover()
            parts = answer_card(question, answer, self.formula, self.asks.following)
            for part in parts:
                self.play(FadeIn(part), run_time=_CHANGE)
            self.wait(reading_time([answer, self.asks.following]))

    def _cover(self) -> None:
        """Take everything off the stage, under a ground that comes over it; at once where films are see-through."""
        self._covered = list(self.mobjects)
        for mobject in self.mobjects:
            mobject.clear_updaters()
        if config.background_opacity == 1:
            ground = Rectangle(width=FRAME.width, height=FRAME.height, stroke_width=0, fill_opacity=1)
            self.play(FadeIn(ground.set_fill(config.background_color).set_z_index(_ABOVE_ALL)), run_time=_CHANGE)
        self.clear()

    def beat_done(self, beat: Speech) -> None:
        """Called when a beat is over; nothing by default."""

    def show_note(self, note: str) -> None:
        """Put a beat's note on screen; nothing by default."""

    def along(self, *animations: Animation) -> None:
        """Play animations together with whatever plays next."""
        self._next += animations

    def swap(self, old: Mobject | None, new: Mobject | None, seconds: float = 0.5) -> list[Animation]:
        """Animations that replace one mobject by another in the same place."""
        leave = [FadeOut(old, run_time=seconds)] if old is not None else []
        enter = [FadeIn(new, run_time=seconds)] if new is not None else []
        return [*leave, *enter]

    def play(self, *animations: Any, **kwargs: Any) -> None:
        """Play for whole frames, things that stand still drawn once.

        Manim redraws everything behind the first moving mobject, so those that move are listed last. Words that leave
        are gone before others come into their place.
        """
        pending, self._next = self._next, []
        prepared = [use_cheap_fade(prepare_animation(animation)) for animation in animations]
        for animation in prepared:
            for name, value in kwargs.items():
                setattr(animation, name, value)
        pending = [use_cheap_fade(animation) for animation in pending]
        for mobject in introduced([*prepared, *pending]):
            mobject.update()  # the clock may have gone on since it left the stage, or was made
        take_turns(prepared)
        take_turns(pending)
        # Those along keep their own pace, which is why the keywords, run_time above all, are not given to Manim.
        self.mobjects = sorted(self.mobjects, key=lambda m: any(part.updaters for part in m.get_family()))
        super().play(*prepared, *pending)
        if self.renderer.skip_animations:
            self.update_mobjects(0)  # Manim leaves pictures a hair before the end of a play it skips
        writer = self.renderer.file_writer
        written = not writer.output_spec.is_video or writer.partial_movie_files[-1] is not None
        still = self.is_current_animation_frozen_frame()
        self.timeline.play(ticks(self.duration - 1e-9), written, still, self._aside)

    def wait(self, duration: float = 1.0, *args: Any, **kwargs: Any) -> None:
        """Wait; what was to be played along is played first, so that the rest is one frozen frame."""
        whole = ticks(duration)
        if self._next:
            pending, self._next = self._next, []
            before = self.timeline.now
            self.play(*pending)
            whole -= self.timeline.now - before
        if whole > 0:
            super().wait(whole / TICKS_PER_SECOND, *args, **kwargs)

    def wait_exactly(self, whole: int) -> None:
        """Wait so many ticks; what was to be played along comes with the next play where it would take longer."""
        longest = max((ticks(animation.run_time) for animation in self._next), default=0)
        kept = self._next if longest > whole else []
        self._next = [] if kept else self._next
        self.wait(whole / TICKS_PER_SECOND)
        self._next = [*kept, *self._next]

    def get_run_time(self, animations: list[Animation]) -> float:
        """A play's length, rounded up to whole ticks.

        A hair less, since Manim's frame times are ``arange(0, run_time, 1/fps)`` and must not gain a frame.
        """
        return ticks(super().get_run_time(animations)) / TICKS_PER_SECOND - 1e-9

    def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
        """The moments of a play, as the renderer wants them."""
        times = self.renderer.frame_times(run_time) if isinstance(self.renderer, FilmRenderer) else None
        return super().get_time_progression(run_time, *args, **kwargs) if times is None else tqdm(times, disable=True)

    def tear_down(self) -> None:
        """Lay narration, captions and chapters over what was written."""
        super().tear_down()
        writer = self.renderer.file_writer
        if not isinstance(writer, FilmWriter) or not writer.output_spec.is_video or not self.timeline.length:
            return
        if missing := lacking(self.script.voice, (line.text for line in self.timeline.lines)):
            warnings.warn(missing, SilentFilmWarning, stacklevel=2)
        captions = self.script.captions()
        writer.subcaptions = subtitles(captions)
        if writer.output_plan.subcaption_file is not None and captions:
            with replacing(writer.output_plan.subcaption_file.with_suffix(".vtt")) as beside:
                beside.write_text(to_vtt(captions), encoding="utf-8")
        if writer.output_spec.is_gif:
            return
        writer.score = self.script.score(Path(config.media_dir) / "voice")

    @property
    def script(self) -> Script:
        """What is told in the film so far."""
        return Script(self.title or type(self).__name__, self.timeline, self._voice if self.voiced else None)


def timing_table() -> TimingTable:
    """How long each narrated line takes: the project's committed table, and of other lines descent's own."""
    own = project().timings
    return TimingTable.load(own).completed(TimingTable.load(BUILT_IN.timings))
