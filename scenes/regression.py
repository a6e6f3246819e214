"""Linear regression: a line through ten points, seen as a line and as a descent over (weight, bias)."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *

from descent import EXERCISES, POINTS, REGRESSION, ByHand, Claim
from descent.stage import ComparisonScene, Fit, number

BEST = tuple(np.polyfit(*np.transpose(POINTS), 1).tolist())
GROUND = replace(REGRESSION, domain=((-1.0, 17.0), (-12.0, 130.0)), minima=(BEST,))
STEEPNESS = np.linalg.eigvalsh(GROUND.hessian(0, 0))

SGD_RUN = replace(EXERCISES["X1"], surface=GROUND)
HAND = replace(SGD_RUN, optimizer=partial(ByHand, lr=SGD_RUN.lr), name=f"by hand  lr {SGD_RUN.lr:g}")


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


class SteepBeforeFlat(ComparisonScene):
    """Within five steps, descent settles one mix of a line's slope and height, and leaves the other mix behind."""

    title = "A fit settles its steep direction first, the flat one much later"
    ground = Fit(POINTS)
    runs = (SGD_RUN, HAND)
    claims = (
        Claim(
            "By hand and with SGD, the numbers agree.",
            runs,
            lambda a, b: np.allclose(a.params, b.params, rtol=1e-6),
            says="gives the same numbers",
        ),
        Claim("Each of the steps lowers the loss.", (SGD_RUN,), lambda t: bool((np.diff(t.loss) < 0).all())),
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
        Claim(
            "After 4000 steps the flat one has settled, too.",
            (replace(SGD_RUN, steps=4000),),
            lambda t: left(t)[0] < 0.05,
        ),
    )

    def construct(self):
        sgd, _ = self.trajectories
        (weight, bias), steps = sgd.params[-1], sgd.steps
        flat, steep = STEEPNESS

        with self.voiceover(
            f"{len(POINTS)} points, and a line. Its slope is called weight, its height bias. "
            "Together they are one spot on the map.",
            "A line is one spot on the map",
            around=self.board.marks[0].position(0),
        ):
            self.play(*self.board.reveal([0]), run_time=1.2)
        with self.voiceover(
            "The loss is the mean of the squared gaps. "
            f"For a line at zero, that is about {round(sgd.loss[0], -2):,.0f}.",
            f"Mean squared gap: about {round(sgd.loss[0], -2):,.0f} at the start",
            around=self.board.legend.losses[0],
        ):
            self.play(*self.board.mark_gaps(), run_time=1.5)
        with self.voiceover(
            f"One step, at a rate of {sgd.run.lr:g}. The line swings up to a slope of {number(sgd.params[1, 0])}. "
            f"Its height gains {number(sgd.params[1, 1])}.",
            f"After one step: weight {number(sgd.params[1, 0], 3)}, bias {number(sgd.params[1, 1], 3)}",
        ) as speech:
            self.roll(1, speech.remaining - 0.8)
        with self.voiceover(
            f"After {steps} steps, the slope is {number(weight)}, the height {number(bias)}. "
            "The update by hand gives the same numbers.",
            f"By hand or with SGD, after {steps} steps: {number(weight, 3)} and {number(bias, 3)}",
        ) as speech:
            self.roll(steps, speech.remaining / 2)
            self.play(*self.board.enter(1), run_time=0.8)
        with self.voiceover(
            f"The best line: slope {number(BEST[0], 1)}, height {number(BEST[1], 0)}. Across the valley, "
            f"which bends {steep / flat:,.0f} times as sharply, the fit has settled. Along it, hardly moved.",
            f"The valley bends {number(steep / flat, 0)} times as sharply across as along",
            reveal=True,
            around=[self.board.marks[0].position(steps), self.board.minima[0]],
        ):
            self.play(*self.board.show_best(), run_time=1.5)
        self.wait(1.2)


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
