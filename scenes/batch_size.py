"""Batch size and rate: doubling both leaves the cloud around the best line as wide, until the rate is too high."""

from functools import partial

import numpy as np
from manim import *
from stochastic import BEST, GROUND, width
from torch.optim import SGD

from descent import POINTS, Claim, MiniBatches, Run, diverges, first_step_within, largest_stable_step
from descent.stage import PAUSE, Box, Cloud, ComparisonScene, Map, Series, StepPanel, maths

RATE, STEPS = 0.12, 240
LIMIT = largest_stable_step(GROUND, BEST)
NEAR, SINCE = 10.0, 60  # distance from the best line that counts as arrived; the row from which on the clouds count


def asking(points, rate, seed=0, **changes):
    """A run whose steps ask so many points, at a rate."""
    batches = None if points == len(POINTS) else MiniBatches(points, seed)
    name = f"{points} point{'s' * (points > 1)}, rate {rate:g}"
    return Run(
        GROUND, partial(SGD, lr=rate), (0.0, 0.0), **{"steps": STEPS, "batches": batches, "name": name} | changes
    )


SINGLE, PAIR, DOUBLED = asking(1, RATE), asking(2, RATE), asking(2, 2 * RATE)
TENFOLD, BELOW = asking(10, 10 * RATE), asking(10, 0.9)


def seeds(points, rate, count=3, **changes):
    """The same run with its points drawn in other orders."""
    return tuple(asking(points, rate, seed, **changes) for seed in range(count))


def ratios(trajectories):
    """How many times as wide the clouds of the first half of some runs are as those of the second."""
    first, second = np.split(np.array([width(t, SINCE) for t in trajectories]), 2)
    return first / second


def as_wide(*trajectories):
    """The clouds of the first half are as wide as those of the second, within 15 percent."""
    return bool((np.abs(ratios(trajectories) - 1) < 0.15).all())


def arrival(trajectory):
    """The first row near the best line; infinite if there is none."""
    row = first_step_within(trajectory, BEST, NEAR)
    return np.inf if row is None else row


class TwiceTheBatchTwiceTheRate(ComparisonScene):
    """Twice the batch at twice the rate swings as widely around the best line; past 2/λ no batch helps."""

    title = "Here, twice the batch at twice the rate swings as widely"
    formula = '"width of the cloud" approx c dot eta / B quad "for" quad eta < 2 / lambda'
    ground = Map(names=("w", "b"))
    runs = (SINGLE, PAIR, DOUBLED, TENFOLD)
    claims = (
        Claim("From step 60 to 1200 one point a step swings around the best line.", (asking(1, RATE, steps=1200),),
              lambda t: 1.5 < width(t, SINCE) < 2.5 and 1.5 < width(t, 900) < 2.5),
        Claim(
            "Two points a step swing about half as widely, at the same rate, in three orders of the points.",
            seeds(2, RATE) + seeds(1, RATE),
            lambda *t: bool((np.abs(ratios(t) - 0.5) < 0.1).all()) and len({each.run.lr for each in t}) == 1,
            says="At the same rate",
        ),
        Claim(
            "Twice the batch at twice the rate swings as widely, in three orders; at the same rate it does not.",
            seeds(2, 2 * RATE) + seeds(1, RATE),
            as_wide,
            control=seeds(2, RATE) + seeds(1, RATE),
        ),
        Claim("So it is over 1200 steps, and at half the rates.",
              (asking(2, 2 * RATE, steps=1200), asking(2, RATE), asking(1, RATE, steps=1200), asking(1, RATE / 2)),
              as_wide),
        Claim(
            "At twice the rate two points a step arrive in about half the steps, in three orders.",
            seeds(2, 2 * RATE) + seeds(2, RATE),
            lambda *t: all(1.9 < arrival(b) / arrival(a) < 3 for a, b in zip(t[:3], t[3:], strict=True)),
            control=seeds(2, RATE) + seeds(2, RATE),
        ),
        Claim("All ten points at ten times the rate diverge; just below the limit they do not.", (TENFOLD,),
              diverges(), control=(BELOW,), says="All points at once"),
        Claim("Just below the limit, all ten points come to the best line, by step 240.", (BELOW,),
              lambda t: width(t, -20) < 0.01),
        Claim("A step on all ten points goes by the whole gradient.", (BELOW,),
              lambda t: np.array_equal(t.felt, t.grad[:-1]), control=(PAIR,), says="It has no noise any more"),
        Claim("Ten times the rate is over the limit, twice the rate is not.", (TENFOLD, DOUBLED),
              lambda ten, two: two.run.lr < LIMIT < ten.run.lr),
    )  # fmt: skip

    def make_panels(self, upper, lower):
        away = [Series(np.hypot(*(t.params - BEST).T), k) for k, t in enumerate(self.trajectories)]
        whole = Box(upper.left, upper.right, lower.bottom, upper.top)
        return [StepPanel("distance to the best line", away, self.steps, whole, log=True, ceiling=1000.0)]

    def construct(self):
        with self.voiceover(
            "SGD fits a line. Each step asks one point. It comes to the best line, and swings around it.",
            "One point a step",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.2)
            self.roll(SINCE, speech.remaining + PAUSE, rate_func=linear)
        self.board.zoom(BEST, 10.0, tail=8)
        clouds = [Cloud(t, self.board.map, k, BEST, SINCE).follow(self.clock) for k, t in enumerate(self.trajectories)]
        with self.voiceover(
            "The points disagree. The ring shows its average distance.",
            "A ring around its cloud",
        ) as speech:
            self.add(clouds[0])
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Now each step asks two points. Their pulls average. At the same rate, the cloud becomes half as wide. "
            "The journey takes as long.",
            "Two points a step: half the width",
        ) as speech:
            self.roll(0, 0.5)
            self.play(*self.board.enter(1), FadeIn(clouds[1]), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Twice the batch. Twice the learning rate. The cloud is as wide as before. And arriving takes about half "
            "the steps.",
            "Twice the batch, twice the rate: as wide as at first",
            reveal=True,
        ) as speech:
            self.roll(0, 0.5)
            self.play(*self.board.enter(2), FadeIn(clouds[2]), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Does that continue? All points at once. Ten times the rate. This run flies apart.",
            "Ten points at ten times the rate: it flies apart",
        ) as speech:
            self.roll(0, 0.5)
            self.play(*self.board.enter(3), run_time=0.6)
            self.roll(12, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "It has no noise any more. But the ground limits the learning rate. Two over the curvature, whatever the "
            "batch.",
            "Beyond 2/λ a larger batch does not help",
        ) as speech:
            law = maths(f"eta < 2 \\/ lambda = {LIMIT:.1f}", 34)
            law.move_to((self.board.frame.title.left, self.board.loss_top + 0.22, 0), LEFT)
            self.play(FadeIn(law), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)
