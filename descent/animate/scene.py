"""The scene of a problem: a comparison, or a line fitted to points, that tells the runs' own story."""

from collections.abc import Iterable, Sequence

from manim import FadeOut

from descent.animate.problem import Problem, from_text
from descent.animate.story import Story
from descent.narration import TimingTable
from descent.runs import Run
from descent.stage.comparison import ComparisonScene
from descent.stage.fit_scene import FitScene
from descent.stage.lecture import LectureScene
from descent.stage.run_scene import Beat
from descent.trajectories import trace


def scene_of(text: str, name: str, module: str) -> type[LectureScene]:
    """The scene class of a problem.

    Args:
        text: The settled problem, as `descent.animate.problem.to_text` writes it.
        name: What the class is called.
        module: The module that the class is to belong to.

    Returns:
        A film whose title, claims and beats come from its runs, or from the user where they gave their own.
    """
    problem = from_text(text)
    runs = problem.runs()
    story = Story([trace(run) for run in runs], len(problem.points), problem.searched)
    mixin, stage = (_Fit, FitScene) if problem.points else (_Comparison, ComparisonScene)
    told = {
        "__module__": module,
        "__doc__": problem.title or story.title(),
        "title": problem.title or story.title(),
        "problem": problem,
        "runs": runs,
        "claims": story.claims(),
        "beats": [Beat(said.say, said.note, said.to) for said in problem.beats] or story.beats(),
    }
    found: type[LectureScene] = type(name, (mixin, stage), told)
    return found


class _Told(ComparisonScene):
    """What scenes made from a problem share; mixed in before the stage's own class."""

    problem: Problem
    runs: Sequence[Run]
    beats: Sequence[Beat]

    def setup(self) -> None:
        """As any film's, but how long the lines take comes with the problem."""
        super().setup()
        self._timing = TimingTable(self.problem.seconds)

    def construct(self) -> None:
        """Show the ground under the first beat, bring in the runs under the second, then let them roll."""
        if self.problem.beats:
            super().construct()
            return
        for number, beat in enumerate(self.story()):
            with self.voiceover(beat.say, beat.note) as speech:
                if number == 0:
                    self.show_ground()
                elif number == 1:
                    self.bring_in()
                if beat.to is not None:
                    self.roll(beat.to, max(speech.remaining - 0.4, 1.0))
        self.wait(1.2)

    def story(self) -> Iterable[Beat]:
        """The beats, from the data or from the user."""
        return self.beats

    def show_ground(self) -> None:
        """What is there before any run."""
        raise NotImplementedError

    def bring_in(self) -> None:
        """The runs."""
        raise NotImplementedError


class _Comparison(_Told):
    """Runs on a map."""

    def show_ground(self) -> None:
        """The map and how to read it."""
        self.introduce()

    def bring_in(self) -> None:
        """The runs and their panels, where the key stood."""
        everyone = range(len(self.runs))
        self.play(FadeOut(self.key), *self.reveal_panels(), *self.enter(*everyone), run_time=1.0)


class _Fit(_Told, FitScene):
    """A line fitted to the user's points."""

    rate_shown = True

    def setup(self) -> None:
        """The points come with the problem."""
        self.points = self.problem.points
        super().setup()

    def show_ground(self) -> None:
        """The map and the points."""
        self.play(*self.reveal([]), run_time=1.2)

    def bring_in(self) -> None:
        """The lines, which are the runs."""
        self.play(*self.enter(*range(len(self.runs))), run_time=1.0)
