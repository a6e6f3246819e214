"""The heavy ball as a spring with friction: velocity against position, and the closed form beside the runs."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import Claim, Run, Surface, critical_momentum, damping, errors, heavy_ball, predicted_errors, spectrum
from descent.stage import (
    Box,
    Label,
    LossMap,
    PhasePanel,
    RunMarks,
    RunScene,
    Series,
    StepPanel,
    compose,
    current_theme,
    dots,
    swatch,
)

GUTTER = Surface(
    "gutter",
    lambda w1, w2: 0.2 * w1**2 + 0 * w2,
    ((-5.0, 5.0), (-5.0, 5.0)),
    formula="0.2 w_1^2",
    source="A quadratic that is flat along w2: w2 only tells the lanes apart.",
)
RATE, BEND = 0.1, float(spectrum(GUTTER).curvatures[1])
CRITICAL = critical_momentum(RATE, BEND)
CREEPS, RETURNS, SWINGS = (
    Run(GUTTER, partial(SGD, lr=RATE, momentum=momentum), (-4.0, lane), 80)
    for momentum, lane in ((0.3, 3.2), (round(CRITICAL, 6), 0.0), (0.95, -3.2))
)
AT_REST = 0.1
BESIDE = tuple(
    replace(RETURNS, optimizer=partial(SGD, lr=RATE, momentum=momentum))
    for momentum in (round(CRITICAL - 0.04, 6), round(CRITICAL, 6), round(CRITICAL + 0.04, 6))
)


def as_predicted(*trajectories):
    """Every recorded error is the closed form's, to the rounding of float32 weights."""
    return all(np.allclose(errors(t), predicted_errors(t), rtol=0, atol=1e-5) for t in trajectories)


def position(trajectory):
    """The error along the gutter's curved direction, shape (n + 1,)."""
    return errors(trajectory)[:, 1]


def rests_from(trajectory):
    """The row from which the ball stays near the floor; n + 1 if it does not."""
    return int(np.flatnonzero(np.abs(position(trajectory)) > AT_REST).max(initial=-1)) + 1


def crossings(trajectory):
    """How often the ball goes through the floor."""
    x = position(trajectory)
    return int((np.diff(np.sign(x[np.abs(x) > 1e-6])) != 0).sum())


def creeps(trajectory):
    """It never crosses the floor, and needs over sixty steps to rest."""
    return crossings(trajectory) == 0 and rests_from(trajectory) > 60


def best_without_a_swing(less, critical, more):
    """Of three momenta side by side, the least rests later than the middle one, and the largest crosses the floor."""
    quiet = crossings(less) == crossings(critical) == 0 < crossings(more)
    return quiet and rests_from(less) > rests_from(critical)


def rests_first(creeping, returning, swinging):
    """The critical ball rests in under half the steps of both others."""
    return 2 * rests_from(returning) < min(rests_from(creeping), rests_from(swinging))


class HeavyBallIsASpring(RunScene):
    """Along an eigenvector, the heavy ball is a spring with friction: momentum decides whether it creeps or swings."""

    title = "The heavy ball is a spring with friction"
    formula = "mu = (1 - sqrt(eta lambda))^2"
    runs = (CREEPS, RETURNS, SWINGS)
    claims = (
        Claim("Every position is the closed form's.", runs, as_predicted, says="is a spring with friction"),
        Claim("Little momentum creeps, and never crosses.", (CREEPS,), creeps),
        Claim("The critical one does not cross either.", (RETURNS,), lambda t: crossings(t) == 0),
        Claim("Much momentum swings through four times and more.", (SWINGS,), lambda t: crossings(t) >= 4),
        Claim("The critical one rests first.", runs, rests_first),
        Claim("A little less momentum rests later, a little more crosses.", BESIDE, best_without_a_swing),
    )

    def lay_out(self):
        """The gutter; beside it velocity against position, the position against the step, and who is who."""
        frame = compose(GUTTER, 3)
        self.map = LossMap(GUTTER, frame.map)
        self.marks = [RunMarks(t, self.map, k) for k, t in enumerate(self.trajectories)]
        self.set_title(frame.title)
        column, top = frame.title, self.below_note(lines=2)
        rows = [frame.legend.bottom + 0.1 + 0.4 * k for k in (2, 1, 0)]
        floor = rows[0] + 0.45
        middle = floor + 0.4 * (top - floor)
        places = [position(t) for t in self.trajectories]
        plane = Box(column.left, column.right, middle + 0.1, top)
        self.plane = PhasePanel(places, plane, "velocity against position", "position")
        below = Box(column.left, column.right, floor, middle)
        self.over_time = StepPanel(
            "position", [Series(x, k) for k, x in enumerate(places)], self.steps, below, log=False
        )
        self.curves = list(zip(self.plane.curves(), self.over_time.curves(), strict=True))
        self.names = [
            VGroup(
                swatch(k, (column.left + 0.31, base + 0.1, 0)), Label(self.words(run)).sit((column.left + 0.8, base, 0))
            )
            for k, (run, base) in enumerate(zip(self.runs, rows, strict=True))
        ]

    def words(self, run):
        """A run's momentum and what theory calls it."""
        momentum = run.optimizer.keywords["momentum"]
        return f"momentum {momentum:.2g}, {damping(RATE, momentum, BEND)}"

    def enter(self, k):
        """Animations that bring in a run: its name, ball and curves."""
        return [FadeIn(self.names[k]), *(FadeIn(part.follow(self.clock)) for part in (self.marks[k], *self.curves[k]))]

    def reveal(self):
        """The gutter at once; the panels come in with the first run."""
        self.add(self.map, self.heading)
        return [FadeIn(self.plane), FadeIn(self.over_time), *self.enter(0)]

    def construct(self):
        slow, critical, swinging = self.trajectories
        with self.voiceover(
            "A gutter of one curvature. On it, the heavy ball is a spring with friction. "
            "The less momentum, the more friction.",
            "One curvature, one rate; momentum sets the friction",
        ) as speech:
            self.play(*self.reveal(), run_time=1.0)
            self.roll(self.steps // 8, speech.remaining, rate_func=rate_functions.linear)
        with self.voiceover(
            f"With little momentum, it is {self.kind(slow)}: it creeps back to the floor.",
            f"Momentum {self.momentum(slow)}, {self.kind(slow)}: near the floor from step {rests_from(slow)}",
        ) as speech:
            self.roll(self.steps, speech.remaining - 0.2)
        with self.voiceover(
            f"With much, it is {self.kind(swinging)}: it swings through the floor again and again. "
            "Velocity against position draws a spiral.",
            f"Momentum {self.momentum(swinging)}, {self.kind(swinging)}: a spiral",
        ) as speech:
            self.again(2, speech.remaining + 0.2)
        with self.voiceover(
            f"In between, at {self.momentum(critical)}, it is {self.kind(critical)}: "
            "the fastest way back without a swing.",
            f"(1−√(ηλ))² = {self.momentum(critical)}: near the floor from step {rests_from(critical)}",
            reveal=True,
        ) as speech:
            self.again(1, speech.remaining + 0.2)
        with self.voiceover(
            "The small dots are the spring's closed form. The recorded runs pass through them.",
            "Dots: the closed form, which the runs follow",
        ) as speech:
            self.play(FadeIn(self.closed_form()), run_time=1.0)
            self.roll(0, 0.7)
            self.roll(self.steps, max(speech.remaining, 3.0), rate_func=rate_functions.linear)
        self.wait(1.2)

    def momentum(self, trajectory):
        """Its momentum, as it is said."""
        return f"{trajectory.run.optimizer.keywords['momentum']:.2g}"

    def kind(self, trajectory):
        """What theory calls its motion."""
        return damping(RATE, trajectory.run.optimizer.keywords["momentum"], BEND)

    def again(self, k, seconds):
        """Back to the start, and down again with one run more."""
        self.roll(0, 0.7)
        self.play(*self.enter(k), run_time=0.5)
        self.roll(self.steps, seconds, rate_func=rate_functions.linear)

    def closed_form(self):
        """Dots on the closed form of every run, at every fourth step."""
        every, spots = 4, []
        for run, trajectory in zip(self.runs, self.trajectories, strict=True):
            x = heavy_ball(RATE, run.optimizer.keywords["momentum"], BEND, position(trajectory)[0], self.steps)
            spots += [self.over_time.point(k, x[k]) for k in range(0, self.steps + 1, every)]
        return dots("circle", 0.075, np.array(spots), current_theme().ink)
