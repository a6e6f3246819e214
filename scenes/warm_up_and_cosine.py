"""Warm-up and cosine decay, as transformers are trained: the one decides where a run ends, the other how near."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR

from descent import Claim, GradientNoise, Run, Surface, distances, sequential
from descent.stage import PAUSE, ComparisonScene, Series, StepPanel, stacked

STAR, OTHER = (1.04668053, 0.0), (-0.94564927, 0.0)
GROUND = Surface(
    "two pits",
    lambda w1, w2: (w1**2 - 1) ** 2 / 2 - w1 / 5 + 3 * w2**2 / 4,
    ((-2.8, 3.2), (-3.0, 3.0)),
    (STAR, OTHER),
    "1/2 (w_1^2 - 1)^2 - 1/5 w_1 + 3/4 w_2^2",
    "Two minima, of which the right one is lower, between walls that rise as a fourth power.",
)
RATE, NOISE, STEPS, WARMING = 0.4, 0.3, 240, 60
CLIMB = partial(LinearLR, start_factor=1 / WARMING, total_iters=WARMING)
BARE = Run(GROUND, partial(Adam, lr=RATE, betas=(0.9, 0.99)), (2.5, 1.0), STEPS, noise=GradientNoise(NOISE),
           name="constant rate")  # fmt: skip
WARMED = replace(BARE, scheduler=CLIMB, name="warm-up, then constant")
DECAYED = replace(BARE, scheduler=partial(CosineAnnealingLR, T_max=STEPS), name="cosine decay, no warm-up")
BOTH = replace(
    BARE,
    scheduler=sequential(CLIMB, partial(CosineAnnealingLR, T_max=STEPS - WARMING), milestones=[WARMING]),
    name="warm-up, then cosine decay",
)


def seeds(*runs, count=3, **changes):
    """The same runs with other noise: all of the first seed, then of the next."""
    return tuple(replace(run, noise=GradientNoise(NOISE, seed), **changes) for seed in range(count) for run in runs)


def at_rates(*runs):
    """The same runs at a tenth less and more of the rate."""
    rates = (0.9 * RATE, 1.1 * RATE)
    return tuple(replace(run, optimizer=partial(run.optimizer, lr=lr)) for lr in rates for run in runs)


def swing(trajectory, last=20):
    """How far from the nearer minimum it is in its last steps: the root mean square."""
    return min(float(np.sqrt(np.mean(distances(trajectory, point)[-last:] ** 2))) for point in (STAR, OTHER))


def by_the_star(*trajectories):
    """All are in the right-hand pit, from step 100 to 240."""
    return all((t.params[100 : STEPS + 1, 0] > 0.3).all() for t in trajectories)


def by_the_other(*trajectories):
    """All are in the left-hand pit, from step 100 to 240."""
    return all((t.params[100 : STEPS + 1, 0] < -0.3).all() for t in trajectories)


def rests(*trajectories):
    """All are within a tenth of a minimum in their last steps."""
    return max(map(swing, trajectories)) < 0.1


class WarmUpDecidesWhereDecayHowNear(ComparisonScene):
    """Without warm-up Adam flies past the lower minimum; without decay it swings around the one that it finds."""

    title = "Here, warm-up decides where a run ends, and decay how near"
    formula = 'eta_k = eta dot k / K quad "then" quad eta / 2 (1 + cos(pi (k - K) / (N - K)))'
    runs = (BARE, WARMED, DECAYED, BOTH)
    claims = (
        Claim("The star is the lower minimum: the runs that decay are 0.3 apart at step 240.", (BOTH, DECAYED),
              lambda a, b: a.loss[-1] < b.loss[-1] - 0.3),
        Claim("Without warm-up it is in the higher minimum by step 100, for three seeds, with decay and without.",
              seeds(BARE, DECAYED), by_the_other),
        Claim(
            "With warm-up it is by the star from step 100 to 240, for three seeds; without it is not.",
            seeds(WARMED, BOTH),
            by_the_star,
            control=seeds(BARE, DECAYED),
        ),
        Claim("So it is at a tenth less and more of the rate.", at_rates(WARMED, BOTH, BARE, DECAYED),
              lambda *t: by_the_star(*t[:2], *t[4:6]) and by_the_other(*t[2:4], *t[6:])),
        Claim(
            "With decay it is within a tenth of a minimum in its last 20 steps, for three seeds; without it is not.",
            seeds(DECAYED, BOTH),
            rests,
            control=seeds(BARE, WARMED),
        ),
        Claim(
            "Decay brings it over twice as near, for three seeds.",
            seeds(BOTH) + seeds(WARMED),
            lambda *t: all(2 * swing(a) < swing(b) for a, b in zip(t[:3], t[3:], strict=True)),
        ),
        Claim("Over 1200 steps the constant rate after warm-up stays by the star, and swings on.",
              (replace(WARMED, steps=5 * STEPS),),
              lambda t: (t.params[100:, 0] > 0.3).all() and swing(t, 900) > 0.1),
        Claim("The first step is as long as the rate in each weight; after a warm-up it is a sixtieth of that.",
              (BARE, WARMED), lambda a, b: np.allclose(np.abs(a.update[0]), RATE, rtol=0.01)
              and np.allclose(np.abs(b.update[0]), RATE / WARMING, rtol=0.01)),
        Claim("All have the same highest rate, and decay takes it under a thousandth.", runs,
              lambda *t: all(np.isclose(each.lr.max(), RATE) for each in t)
              and max(t[2].lr[-1], t[3].lr[-1]) < RATE / 1000),
    )  # fmt: skip
    rate_height = 1.8

    def make_panels(self, upper, lower):
        away = [Series(distances(t, STAR), k) for k, t in enumerate(self.trajectories)]
        rates = [Series(t.lr, k, True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("distance to the star", away, self.steps, upper, False, True, False, gutter),
            lambda gutter: StepPanel("learning rate", rates, self.steps, lower, False, True, gutter=gutter),
        )

    def construct(self):
        with self.voiceover(
            "Two minima. The star marks the lower one. Adam begins on a steep wall. Its rate is constant, its "
            "gradients are noisy.",
            "A constant rate, from a steep wall",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(1, max(speech.remaining - 2.4, 0.4))
            self.roll(8, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Its first steps measure the learning rate, however steep the ground. It flies past the star. Then it "
            "swings in the higher minimum.",
            "Past the star, into the higher minimum",
        ) as speech:
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Now a warm-up. The rate begins near zero, and climbs. The first steps are short, and the run comes down "
            "to the star. There it swings.",
            "Warm-up: it comes to the star, and swings",
            reveal=True,
        ) as speech:
            self.roll(0, 0.6)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(40, speech.remaining * 0.6, rate_func=linear)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Or decay, without warm-up. Half a cosine takes the rate down to zero. This run comes to rest, in the "
            "wrong minimum.",
            "Decay alone: at rest, in the wrong minimum",
        ) as speech:
            self.play(*map(FadeOut, self.board.marks[:2]), run_time=0.4)
            self.roll(0, 0.4)
            self.play(*self.board.enter(2), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Transformers are trained with both. Up, and down again. This run finds the star, and comes to rest on it.",
            "Both: at rest on the star",
        ) as speech:
            self.roll(0, 0.6)
            self.play(*self.board.enter(3), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.board.zoom(STAR, 1.6, tail=60)
        with self.voiceover(
            "From near by: warm-up has decided where the run ends, and decay, how near.",
            "Warm-up decides where, decay how near",
        ) as speech:
            self.play(FadeIn(self.board.marks[1].follow(self.clock)), run_time=0.5)
            self.roll(STEPS - 60, 0.5)
            self.roll(STEPS, max(speech.remaining + PAUSE, 3.0), rate_func=linear)
        self.wait(1.6)
