"""A lecture on traced runs: claims checked before anything is drawn, one step clock, a title with a note under it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from manim import FadeIn, FadeOut, Mobject, Rectangle, ValueTracker, VGroup, rate_functions
from manim.animation.animation import Animation

from descent.base.errors import DescentError, shown
from descent.record.claims import Claim
from descent.record.runs import Run
from descent.record.trajectories import Trajectory, traced
from descent.stage.geometry import SAFE, Box
from descent.stage.scene.lecture import LectureScene, Speech
from descent.stage.text import NOTE, PX, TITLE, paragraph
from descent.stage.theme import current_theme

PREDICT_WORDS = "What do you think? Predict."
"""What stands below the question while viewers are left time to answer it."""

_UNDER_TITLE = 0.22


@dataclass(frozen=True, slots=True)
class Beat:
    """One idea of a film.

    Attributes:
        say: The narrated line, at most about 25 words. A ``^`` before a word has the balls wait for that word.
        note: The same in a few words, on screen and in the chapter list.
        to: The step the balls roll to while the line is spoken; None leaves them where they are.
        loop: Whether a deck of slides (`descent slides`) repeats the beat until one advances.
        reveal: Whether it answers the film's question: before it, viewers are asked to predict, in silence.
    """

    say: str
    note: str
    to: int | None = None
    loop: bool = False
    reveal: bool = False


class RunScene(LectureScene):
    """A film about up to ``most`` runs; a subclass says where they stand and how they come in.

    A film declares ``title``, ``runs``, ``claims`` and ``beats`` (or :meth:`story`, where lines quote the data).
    One whose claims do not hold on its own runs is not rendered.

    Attributes:
        runs: What is shown.
        claims: What the film teaches, checked on the runs.
        beats: The narration, in order; the first one reveals the stage, the last picture is held.
        most: The most runs that fit.
        unit: What the film's clock counts; another one for records whose ``at`` does not count steps.
        trajectories: The records that it shows, in order; a film may exchange them on its way.
        recorded: All records that it has, as they were to begin with.
        steps: Last step of the film's clock.
        clock: The step that every moving picture shows.
        claims_asked: Whether its claims hold is known: what draws a part of a planned film sets it.
    """

    runs: Sequence[Run] = ()
    claims: Sequence[Claim] = ()
    beats: Sequence[Beat] = ()
    most = 8
    unit = "step"
    claims_asked = False

    def setup(self) -> None:
        """Trace the runs, check the claims and lay out the stage."""
        super().setup()
        self.check()
        self.trajectories = self.records()
        self.recorded = tuple(self.trajectories)
        self.steps = self.last_step()
        self.clock = ValueTracker(0.0)
        self.lay_out()

    def records(self) -> list[Trajectory]:
        """One record per run; override it to show what was recorded elsewhere."""
        return [traced(run) for run in self.runs]

    def last_step(self) -> int:
        """The last step of the clock: that of the longest record."""
        return max(trajectory.last_step for trajectory in self.trajectories)

    def check(self) -> None:
        """Refuse a film that cannot be shown or whose claims are not true."""
        if not 1 <= len(self.runs) <= self.most:
            raise DescentError(f"it compares {len(self.runs)} runs; give 1 to {self.most} in `runs`.")
        self.check_claims()

    def check_claims(self) -> None:
        """Refuse a film whose claims are not true."""
        for claim in () if self.claims_asked else self.claims:
            if (fault := claim.fault()) is not None:
                raise DescentError(f"{fault}; change one of them.")

    def lay_out(self) -> None:
        """Make what the film shows, each thing in its place."""
        raise NotImplementedError

    def reveal(self) -> list[Animation]:
        """Animations that bring it in."""
        raise NotImplementedError

    def set_title(self, box: Box, px: float = TITLE) -> None:
        """Set the question, or the title where there is none, at the top left of a box; notes stand under it."""
        self.title_box = box
        self.heading = paragraph(self.asks_first, px, box.width, weight="SEMIBOLD")
        self.heading.move_to((box.left + self.heading.width / 2, box.top - self.heading.height / 2, 0))
        self.note: Mobject | None = None
        self._said, self._titled = "", True
        self._corner: Mobject | None = None
        self._note_top = float(self.heading.get_bottom()[1]) - _UNDER_TITLE

    def below_note(self, lines: int) -> float:
        """The ordinate below a note of so many lines."""
        return self._note_top - lines * NOTE * 1.28 * PX - 0.2

    def construct(self) -> None:
        """Tell the story: reveal the stage under the first beat, roll through the others, hold the last picture."""
        for k, beat in enumerate(self.story()):
            with self.voiceover(beat.say, beat.note, beat.loop, beat.reveal) as speech:
                if k == 0:
                    self.play(*self.reveal(), run_time=1.2)
                self.roll_in(beat, speech)
        self.wait(1.2)

    def roll_in(self, beat: Beat, speech: Speech) -> None:
        """Let the balls roll to a beat's step for as long as its line is spoken, from its marked word on if it has one.

        Raises:
            DescentError: If it marks several words, or one although nothing rolls.
        """
        if len(speech.marks) > (beat.to is not None):
            raise DescentError(
                f"{shown(beat.say)} marks {len(speech.marks)} words; a beat has one motion, its roll to a step, which "
                "begins on one word at most."
            )
        if beat.to is not None:
            if speech.marks:
                speech.await_word()
            self.roll(beat.to, max(speech.remaining - 0.4, 1.0))

    def story(self) -> Iterable[Beat]:
        """The beats; override it to quote ``self.trajectories`` in their lines."""
        return self.beats

    def roll(self, to: float, seconds: float, **kwargs: Any) -> None:
        """Let the balls roll to a step in so many seconds."""
        kwargs.setdefault("rate_func", rate_functions.ease_in_out_sine)
        self.play(self.clock.animate.set_value(to), run_time=seconds, **kwargs)

    def show_note(self, note: str) -> None:
        """Replace the note under the title, along with whatever plays next; without a title, keep it for later."""
        self._said = note
        if not self._titled:
            return
        new = paragraph(note, NOTE, self.title_box.width, current_theme().soft)
        new.move_to((self.title_box.left + new.width / 2, self._note_top - new.height / 2, 0))
        self.along(*self.swap(self.note, new))
        self.note = new

    def predict(self) -> None:
        """As it does, asking for it in the note's place, under the question."""
        if not self._titled:
            super().predict()
            return
        self.show_note(PREDICT_WORDS)
        super().predict()
        if self.note is not None:
            self.remove(self.note)  # at once: excerpts go on here
        self.note = None

    def hide_title(self) -> None:
        """Do without title and notes until :meth:`show_title`; a note that was to come with the next play does not.

        A question stands in the corner meanwhile.
        """
        self._titled = False
        if self.asks_first != self.title:
            words = paragraph(self.asks_first, TITLE, self.title_box.width, weight="SEMIBOLD")
            words.move_to((SAFE.left + words.width / 2, SAFE.top - words.height / 2, 0))
            ground = Rectangle(width=words.width + 0.3, height=words.height + 0.3, stroke_width=0)
            ground.set_fill(current_theme().chip, 0.82).move_to(words)
            self._corner = VGroup(ground, words).set_z_index(1)
            self.add(self._corner)
        self._next = [animation for animation in self._next if id(animation.mobject) != id(self.note)]
        self.note = None

    def show_title(self) -> list[Animation]:
        """Animations that bring in the title; the beat's note comes along, if it is not there yet."""
        late, self._titled = not self._titled, True
        if late and self._said:
            self.show_note(self._said)
        gone, self._corner = self._corner, None
        return [*([] if gone is None else [FadeOut(gone)]), FadeIn(self.heading)]


class RecordedScene(RunScene):
    """A film of recordings, such as those of `descent.networks`, that are no runs on a surface; it has a clock alike.

    Attributes:
        last: Last step of the clock.
    """

    last: int

    def check(self) -> None:
        """Refuse a film whose claims are not true."""
        self.check_claims()

    def records(self) -> list[Trajectory]:
        """None: what is shown was recorded otherwise."""
        return []

    def last_step(self) -> int:
        """As the film has it."""
        return self.last
