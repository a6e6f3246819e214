"""Linear regression: a line through ten points, seen as a line and as a descent over (weight, bias)."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import SGD

from descent import EXERCISES, POINTS, REGRESSION, Claim, MeanLoss, Run, Surface, distances, each
from descent.stage import PAUSE, Board, ComparisonScene, Fit, RunScene, number

BEST = tuple(np.polyfit(*np.transpose(POINTS), 1).tolist())
GROUND = replace(REGRESSION, domain=((-1.0, 17.0), (-12.0, 130.0)), minima=(BEST,))
STEEPNESS = np.linalg.eigvalsh(GROUND.hessian(0, 0))

SGD_RUN = replace(EXERCISES["X1"], surface=GROUND)
FEW, MANY = SGD_RUN.steps, 4000
FOLLOWED = replace(SGD_RUN, steps=MANY)

X, Y = np.transpose(POINTS)
SCALED_X = (X - X.mean()) / X.std()
SCALED_POINTS = tuple(zip(SCALED_X.tolist(), Y.tolist(), strict=True))


def squared_gaps(w, b):
    """The squared gap of every point to a line over the scaled x, which their loss is the mean of."""
    return (w[..., None] * torch.tensor(SCALED_X).to(w) + b[..., None] - torch.tensor(Y).to(w)) ** 2


ROUND = Surface(
    "regression on a scaled x",
    MeanLoss(squared_gaps),
    ((-40.0, 180.0), (-20.0, 257.0)),  # so that both axes have one scale on the map
    (tuple(np.polyfit(SCALED_X, Y, 1).tolist()),),
    "1/10 sum_(i=1)^10 (w x_i + b - y_i)^2",
    "The course's exercise, its x brought to mean 0 and deviation 1.",
)
SCALED = Run(ROUND, partial(SGD, lr=0.3), (0.0, 0.0), FEW)
AT_RATES = tuple(replace(SCALED, optimizer=partial(SGD, lr=lr)) for lr in (0.25, 0.3, 0.35, 0.4))


def left(trajectory):
    """What is left of the distance to the best line, along the flat and along the steep direction, as shares."""
    _, axes = np.linalg.eigh(GROUND.hessian(0, 0))
    return np.abs((trajectory.params[-1] - BEST) @ axes) / np.abs((trajectory.params[0] - BEST) @ axes)


def across_before_along(trajectory):
    """Of the steep direction less than a twentieth is left, of the flat one over nine tenths."""
    flat, steep = left(trajectory)
    return steep < 0.05 and flat > 0.9


def neither_is_learned(trajectory):
    """The slope is over half too large, and the height has not come up by a fiftieth."""
    slope, height = trajectory.params[-1] / BEST
    return slope > 1.5 and height < 0.02


def arrives(trajectory):
    """After five steps it is within a twenty-fifth of its way of the lowest loss."""
    away = distances(trajectory, trajectory.run.surface.minima[0])
    return len(away) > FEW and away[FEW] < away[0] / 25


def straight(trajectory):
    """Its steps point at the star, to within a degree."""
    way = np.array(trajectory.run.surface.minima[0]) - trajectory.params[:-1]
    along = (way * trajectory.update).sum(axis=1) / np.hypot(*way.T) / np.hypot(*trajectory.update.T)
    return bool((along > np.cos(np.radians(1))).all())


class SteepBeforeFlat(ComparisonScene):
    """Within five steps, descent settles one mix of a line's slope and height, and leaves the other mix behind."""

    title = "A fit settles its steep direction first, the flat one much later"
    formula = "x <- (x - mu_x) / sigma_x"
    runs = (FOLLOWED, SCALED)
    claims = (
        Claim("Each of the five steps lowers the loss.", (SGD_RUN,), lambda t: bool((np.diff(t.loss) < 0).all())),
        Claim(
            "After five steps the steep direction has settled, the flat one has not.",
            (SGD_RUN,),
            across_before_along,
            says="settles its steep direction first",
        ),
        Claim("Neither slope nor height is learned by then.", (SGD_RUN,), neither_is_learned),
        Claim(
            "The flat one is left a thousand steps later.",
            (replace(SGD_RUN, steps=1000),),
            lambda t: left(t)[0] > 0.3,
            says="the flat one much later",
        ),
        Claim("After 4000 steps the flat one has settled, too.", (FOLLOWED,), lambda t: left(t)[0] < 0.05),
        Claim(
            "With x scaled, five steps arrive, at four rates; without, they do not.",
            AT_RATES,
            each(arrives),
            control=(SGD_RUN,) * 4,
        ),
        Claim("With x scaled, its steps go straight to the star.", (SCALED,), straight, control=(SGD_RUN,)),
    )

    def check(self):
        """Two sets of points, one after the other."""
        RunScene.check(self)

    def lay_out(self):
        """A board for each set of points; that of the scaled ones waits."""
        lecture, scaled_x = self.trajectories
        self.scaled = self.put(SCALED, scaled_x, SCALED_POINTS)
        self.put(FOLLOWED, lecture, POINTS)

    def put(self, run, trajectory, points) -> Board:
        """The board of a run, which is from now on what the film shows."""
        self.runs, self.trajectories, self.steps, self.ground = (run,), [trajectory], run.steps, Fit(points)
        super().lay_out()
        return self.board

    def construct(self):
        (lecture,) = self.trajectories
        flat, steep = STEEPNESS

        with self.voiceover(
            f"{len(POINTS)} points, and a line. Its slope is called weight, its height bias. "
            "Together, they are one spot on the map.",
            "A line is one spot on the map",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.2)
            self.play(*self.board.mark_gaps(), run_time=1.2)
            speech.pulse(self.board.marks[0].position(0))
        with self.voiceover(
            "Now SGD takes five steps. The line swings up, and the gaps shrink. Is its slope a good one?",
            f"After {FEW} steps: a slope of {number(lecture.params[FEW, 0], 2)}",
        ) as speech:
            self.roll(FEW, speech.remaining + PAUSE)
        with self.voiceover(
            "It is not. Here is the best line. It is less steep, and it stands much higher.",
            f"Best: a slope of {number(BEST[0], 2)}, from a height of {number(BEST[1], 0)}",
            reveal=True,
        ) as speech:
            self.play(*self.board.show_best(), run_time=1.6)
            speech.pulse(self.board.minima[0])
        with self.voiceover(
            "SGD has come down the steep wall of a valley. From there, the way leads along its floor. "
            "There, the loss bends hundreds of times less sharply. And the walk takes thousands of steps.",
            f"Along the floor the loss bends {number(steep / flat, 0)} times less",
        ) as speech:
            self.roll(MANY, speech.remaining + PAUSE, rate_func=rate_functions.ease_in_out_sine)
        with self.voiceover(
            "The cure lies in the data. Bring x to mean zero, and to deviation one. Now the valley is a round bowl.",
            "x at mean 0 and deviation 1: a round bowl",
        ) as speech:
            self.change()
            speech.pulse(self.board.minima[0])
        with self.voiceover(
            "This time, SGD takes five steps. They go straight to the star. The line has arrived.",
            f"{FEW} steps, straight to the star",
        ) as speech:
            self.roll(FEW, speech.remaining + PAUSE)
        self.wait(1.6)

    def change(self):
        """The scaled points take the place of the others, their line at its start."""
        gone = [part for part in self.mobjects if part not in (self.heading, self.note, self.board.map)]
        before = self.board.map
        for part in gone:
            part.clear_updaters()
        self.clock.set_value(0)
        self.board, self.steps = self.scaled, FEW
        landing = Group(self.board.map, self.board.minima)
        entering = [*self.board.reveal_panels(), *self.board.enter(0)]
        self.play(FadeIn(landing), *map(FadeOut, gone), *entering, run_time=1.2)
        self.remove(before)


LONG = replace(SGD_RUN, steps=1000)
DECAYED = replace(EXERCISES["X2"], surface=GROUND, steps=LONG.steps)
GAMMA = DECAYED.scheduler.keywords["gamma"]
WORTH = 1 / (1 - GAMMA)


def comes_to_rest(trajectory):
    """Its last quarter moves it by less than a thousandth, far from the best line."""
    quarter = trajectory.steps // 4
    moved = np.abs(trajectory.params[-1] - trajectory.params[-quarter]).max()
    return moved < 1e-3 and abs(trajectory.params[-1, 1] - BEST[1]) > 100


def shrinks(trajectory):
    """After every step the rate is multiplied by the schedule's factor."""
    return np.allclose(trajectory.lr[1:], GAMMA * trajectory.lr[:-1])


def overtaken(decayed, constant):
    """It never gets farther than the constant rate does in the number of steps that its rates add up to."""
    nearest = np.linalg.norm(constant.params - decayed.params[-1], axis=1).argmin()
    return abs(decayed.lr.sum() / constant.lr[0] - WORTH) < 0.01 and nearest == round(WORTH)


class DecayStopsTheFit(ComparisonScene):
    """A learning rate that shrinks at every step stops a fit in the valley, long before the best line."""

    title = "A rate that decays too soon stops the fit short"
    ground = Fit(POINTS, rates=True)
    runs = (LONG, DECAYED)
    claims = (
        Claim(
            "The decayed run comes to rest, far from the best line; at a constant rate it would not.",
            (DECAYED,),
            comes_to_rest,
            control=(LONG,),
            says="stops the fit short",
        ),
        Claim("After every step its rate shrinks by one share.", (DECAYED,), shrinks, says="after every step"),
        Claim(
            "All its steps are worth twenty full ones.",
            (DECAYED, LONG),
            overtaken,
            says=("all its steps together are worth", "All the shrinking steps together are worth"),
        ),
        Claim(
            "The constant rate raises its line at every step.", (LONG,), lambda t: (np.diff(t.params[:, 1]) > 0).all()
        ),
        Claim("The constant rate ends lower.", runs, lambda a, b: a.loss[-1] < b.loss[-1]),
    )

    def construct(self):
        constant, decayed = self.trajectories
        early = 5

        with self.voiceover(
            f"One learning rate is constant. From the other, a schedule takes {1 - GAMMA:.0%} after every step.",
            f"A constant rate, and one that shrinks by {1 - GAMMA:.0%} a step",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.2)
            self.roll(1, speech.remaining - 0.4)
        with self.voiceover(
            f"At first there is little difference. {early} steps in, the losses are still close.",
            f"After {early} steps: {number(constant.loss[early], 0)} and {number(decayed.loss[early], 0)}",
        ) as speech:
            self.roll(early, speech.remaining - 0.4)
        with self.voiceover(
            "Now comes the valley floor. It is nearly flat. "
            "At the full learning rate, the line needs many steps to rise.",
            "Along the flat valley it takes many full steps",
        ) as speech:
            self.roll(60, speech.remaining - 0.2, rate_func=linear)
        with self.voiceover(
            f"One line goes on rising. The other has run out of rate: "
            f"all its steps together are worth {number(WORTH, 0)} full ones.",
            f"All the shrinking steps together are worth {number(WORTH, 0)} full ones",
            reveal=True,
        ) as speech:
            self.roll(self.steps, speech.remaining - 0.2, rate_func=linear)
        with self.voiceover(
            "It rests far below the best line. More steps will not help. A schedule should fit the remaining road.",
            f"Bias {number(constant.params[-1, 1], 1)} against {number(decayed.params[-1, 1], 1)}: stopped short",
        ) as speech:
            self.play(*self.board.show_best(), run_time=speech.remaining - 2.0)
        self.wait(1.2)
