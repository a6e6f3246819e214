"""Runs side by side on one map, with their curves and a narration: a new comparison is under 20 lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from manim import FadeIn, FadeOut, Mobject, ValueTracker, rate_functions
from manim.animation.animation import Animation

from descent.claims import Claim
from descent.errors import DescentError
from descent.look.palette import MAX_RUNS
from descent.runs import Run
from descent.stage.clock import OnClock
from descent.stage.geometry import Box
from descent.stage.layout import Frame, compose
from descent.stage.lecture import LectureScene
from descent.stage.legend import Legend
from descent.stage.loss_map import LossMap
from descent.stage.map_key import map_key
from descent.stage.panels import Series, StepPanel
from descent.stage.run_marks import RunMarks
from descent.stage.text import NOTE, TITLE, paragraph
from descent.stage.theme import current_theme
from descent.trajectories import trace


@dataclass(frozen=True, slots=True)
class Beat:
    """One idea of a film.

    Attributes:
        say: The narrated line, at most about 25 words.
        note: The same in a few words, on screen and in the chapter list.
        to: The step the balls roll to while the line is spoken; None leaves them where they are.
    """

    say: str
    note: str
    to: int | None = None


class ComparisonScene(LectureScene):
    """Up to eight runs on one surface.

    Subclasses declare ``title``, ``runs``, ``claims`` and ``beats`` (or :meth:`story`, where lines quote the data).
    A film whose claims do not hold on its own runs is not rendered.

    Attributes:
        runs: What is compared, on one surface.
        claims: What the film teaches, checked on the runs.
        beats: The narration, in order; the first one reveals the stage, the last picture is held.
    """

    runs: Sequence[Run] = ()
    claims: Sequence[Claim] = ()
    beats: Sequence[Beat] = ()

    def setup(self) -> None:
        """Trace the runs, check the claims and lay out the stage."""
        super().setup()
        if not 1 <= len(self.runs) <= MAX_RUNS:
            raise DescentError(f"it compares {len(self.runs)} runs; give 1 to {MAX_RUNS} in `runs`.")
        if len({run.surface.name for run in self.runs}) > 1:
            raise DescentError("its runs are on different surfaces; one map shows one surface.")
        for claim in self.claims:
            if not claim.check():
                raise DescentError(f"the claim “{claim.text}” does not hold on its own runs; change one of them.")
        self.trajectories = [trace(run) for run in self.runs]
        self.steps = max(run.steps for run in self.runs)
        self.clock = ValueTracker(0.0)
        self._lay_out(compose(self.runs[0].surface, len(self.runs)))

    def _lay_out(self, frame: Frame) -> None:
        self.frame = frame
        self.map = LossMap(self.runs[0].surface, frame.map)
        self.minima = self.map.minimum_marks()
        self.marks = [RunMarks(t, self.map, k) for k, t in enumerate(self.trajectories)]
        self.heading = paragraph(self.title, TITLE, frame.title.width, weight="SEMIBOLD")
        self.heading.move_to((frame.title.left + self.heading.width / 2, frame.title.top - self.heading.height / 2, 0))
        self.note: Mobject | None = None
        self._note_top = self.heading.get_bottom()[1] - 0.22
        self.legend = Legend(self.trajectories, frame.legend, self.steps)
        note_room = 2 * NOTE * 1.28 / 135 + 0.2
        self.loss_top = self._note_top - note_room
        loss_box = Box(frame.loss.left, frame.loss.right, frame.loss.bottom, self.loss_top)
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        rates = [Series(t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        gutter = 0.0
        for _ in range(2):  # the second time with the wider of the two gutters: equal steps stand above each other
            self.loss_panel = StepPanel("loss", losses, self.steps, loss_box, step_axis=False, gutter=gutter)
            self.rate_panel = StepPanel("learning rate", rates, self.steps, frame.rate, from_zero=True, gutter=gutter)
            gutter = max(self.loss_panel.gutter, self.rate_panel.gutter)
        self.panels = [self.loss_panel, self.rate_panel]
        self.curves = [panel.curves() for panel in self.panels]

    def construct(self) -> None:
        """Tell the story: reveal the stage under the first beat, roll through the others, hold the last picture."""
        for k, beat in enumerate(self.story()):
            with self.voiceover(beat.say, beat.note) as speech:
                if k == 0:
                    self.play(*self.reveal(), run_time=1.2)
                if beat.to is not None:
                    self.roll(beat.to, max(speech.remaining - 0.4, 1.0))
        self.wait(1.2)

    def story(self) -> Iterable[Beat]:
        """The beats; override it to quote ``self.trajectories`` in their lines."""
        return self.beats

    def introduce(self) -> None:
        """Bring in the map and, beside it, how to read it: formula, marks, and what light and dark mean."""
        column = self.frame.title
        self.key = map_key(self.map, Box(column.left, column.right, self.frame.legend.bottom, self.loss_top))
        self.play(*(FadeIn(part) for part in (self.map, self.minima, self.heading, self.key)), run_time=1.2)

    def reveal(self, runs: Sequence[int] | None = None) -> list[Animation]:
        """Animations that bring in the map, the panels and some runs (all by default)."""
        ground = [FadeIn(part) for part in (self.map, self.minima, self.heading)]
        return [*ground, *self.reveal_panels(), *self.enter(*(range(len(self.runs)) if runs is None else runs))]

    def reveal_panels(self) -> list[Animation]:
        """Animations that bring in the empty panels and the legend's head."""
        return [FadeIn(part) for part in (*self.panels, self.legend)]

    def enter(self, *indices: int) -> list[Animation]:
        """Animations that bring in runs: ball, curves, legend row and readouts."""
        moving: list[OnClock] = [self.legend.step]
        for k in indices:
            moving += [self.marks[k], *(curves[k] for curves in self.curves), self.legend.losses[k]]
        for picture in moving:
            if not picture.updaters:
                picture.follow(self.clock)
        return [FadeIn(picture) for picture in [*(self.legend.rows[k] for k in indices), *moving]]

    def clear_column(self) -> list[Animation]:
        """Animations that take the curves and the legend away, to make room beside the map."""
        curves = [curve for panel in self.curves for curve in panel]
        shown = [*self.panels, self.legend, *self.legend.rows, self.legend.step, *self.legend.losses, *curves]
        self._cleared = [picture for picture in shown if picture in self.mobjects]
        return [FadeOut(picture) for picture in self._cleared]

    def restore_column(self) -> list[Animation]:
        """Animations that bring back what :meth:`clear_column` took away."""
        return [FadeIn(picture) for picture in self._cleared]

    def roll(self, to: float, seconds: float, **kwargs: Any) -> None:
        """Let the balls roll to a step in so many seconds."""
        kwargs.setdefault("rate_func", rate_functions.ease_in_out_sine)
        self.play(self.clock.animate.set_value(to), run_time=seconds, **kwargs)

    def show_note(self, note: str) -> None:
        """Replace the note under the title, along with whatever plays next."""
        new = paragraph(note, NOTE, self.frame.title.width, current_theme().soft)
        new.move_to((self.frame.title.left + new.width / 2, self._note_top - new.height / 2, 0))
        self.along(*self.swap(self.note, new))
        self.note = new
