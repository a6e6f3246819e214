"""Averages of the weights: the mean of a run that does not rest, as torch.optim.swa_utils keeps it beside the run."""

from dataclasses import replace

import numpy as np
from manim import *
from stochastic import ARRIVED, BEST, SINGLE, goes_on_moving, width

from descent import Average, Claim, MiniBatches, distances, each, trace
from descent.stage import PAUSE, Box, Cloud, ComparisonScene, Map, Series, StepPanel, maths

DECAY = 0.95
SWINGING = replace(SINGLE, name="one point a step, the run")
MEAN = replace(SINGLE, average=Average(ARRIVED, shown=True), name=f"mean from step {ARRIVED} on")
EXPONENTIAL = replace(SINGLE, average=Average(1, DECAY, shown=True), name=f"exponential, decay {DECAY:g}")
EARLY = replace(SINGLE, average=Average(1, shown=True), name="mean from step 1 on")
SETTLED = 120  # the row from which on the exponential average has forgotten the way


def with_average(average, count=3):
    """The run in some orders of its points, with an average beside it."""
    return tuple(replace(SINGLE, batches=MiniBatches(1, seed), average=average) for seed in range(count))


def off(trajectory):
    """How far the average beside a run is from the best line, after each row."""
    return np.linalg.norm(trajectory.averaged - BEST, axis=1)


def nearer(trajectory):
    """The average ends nearer to the best line than nine in ten points of the run, and than a quarter of their ring."""
    points, end = distances(trajectory, BEST)[ARRIVED:], off(trajectory)[-1]
    return (points > end).mean() > 0.9 and width(trajectory, ARRIVED) > 4 * end


def trembles(trajectory):
    """From step 120 on the average is moved, at under half of the run's distance and over a tenth of it."""
    usual = np.sqrt(np.mean(off(trajectory)[SETTLED:] ** 2))
    return 0.1 < usual / width(trajectory, SETTLED) < 0.5


def untouched(trajectory):
    """A run with an average beside it is the run without."""
    beside = trace(replace(trajectory.run, average=Average(ARRIVED)))
    return np.array_equal(trajectory.params, beside.params)


class TheMeanIsNearerThanTheRun(ComparisonScene):
    """The mean of a restless run lies near the best line, from where it arrived on; begun too early, it does not."""

    title = "Here, the mean of a restless run is nearer than the run"
    ground = Map(names=("w", "b"))
    runs = (SWINGING, MEAN, EXPONENTIAL, EARLY)
    claims = (
        Claim("The run goes on moving, over 300 steps.", (SWINGING,), goes_on_moving),
        Claim("Its average does not change it.", (SWINGING,), untouched, says="Nothing of the run changes"),
        Claim(
            "After 300 steps the mean is nearer than nine in ten of the points, in three orders; begun at the start, "
            "it does not.",
            with_average(Average(ARRIVED)),
            each(nearer),
            control=with_average(Average(1)),
            says="The run swings on, its mean lies nearly on the star",
        ),
        Claim("From step 150 to 300 it lies within a third of the run's ring, in three orders.",
              with_average(Average(ARRIVED)), each(lambda t: off(t)[150:].max() < width(t, ARRIVED) / 3)),
        Claim("An exponential average trembles by less than half as much as its run, in three orders.",
              with_average(Average(1, DECAY)), each(trembles)),
        Claim("It is near by step 120, without being told when to begin.", with_average(Average(1, DECAY)),
              each(lambda t: off(t)[SETTLED] < 2)),
        Claim("After 300 steps the mean from the first step on is farther off than the run is on average.",
              with_average(Average(1)), each(lambda t: off(t)[-1] > 1.3 * width(t, ARRIVED))),
    )  # fmt: skip

    def make_panels(self, upper, lower):
        away = [Series(distances(t, BEST), k) for k, t in enumerate(self.trajectories)]
        whole = Box(upper.left, upper.right, lower.bottom, upper.top)
        return [StepPanel("distance to the best line", away, self.steps, whole, log=True)]

    def construct(self):
        swinging, mean, *_ = self.trajectories

        with self.voiceover(
            "SGD fits a line, on one point a step. At this constant learning rate it comes to the best line. Then it "
            "swings around.",
            "SGD on one point a step comes to the best line",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.2)
            self.roll(ARRIVED, speech.remaining, rate_func=linear)
        self.board.zoom(BEST, 7.0, tail=8)
        cloud = Cloud(swinging, self.board.map, 0, BEST, ARRIVED).follow(self.clock)
        with self.voiceover(
            "Point after point misses the star. But look at the cloud. Where is its middle?",
            "Where is the middle of this cloud?",
        ) as speech:
            self.add(cloud)
            self.roll(self.steps, speech.remaining, rate_func=linear)
        self.wait(1.8)
        with self.voiceover(
            "Take a mean beside the run, from its arrival on. Nothing of the run changes. Opposite swings cancel. "
            "The mean lies near the star.",
            "A mean beside the run, from its arrival on",
        ) as speech:
            self.roll(ARRIVED, 0.6)
            law = maths("overline(w)_k = overline(w)_(k-1) + (w_k - overline(w)_(k-1)) \\/ k", 32)
            law.move_to((self.board.frame.title.left, self.board.loss_top + 0.22, 0), LEFT)
            trail = Cloud(mean, self.board.map, 1, BEST, ARRIVED, least=mean.steps + 1).follow(self.clock)
            self.play(*self.board.enter(1), FadeIn(trail, law), run_time=0.6)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "An exponential average forgets old points. It may begin at once, and follows the run. In exchange, "
            "it trembles.",
            "An exponential average forgets old points",
        ) as speech:
            self.play(FadeOut(law, trail, self.board.marks[1]), run_time=0.5)
            self.roll(0, 0.5)
            self.play(*self.board.enter(2), run_time=0.6)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "What about a mean that begins at once? The whole journey drags on it. It ends farther off than the run "
            "swings.",
            "Begun too early, the mean drags the way along",
        ) as speech:
            self.play(FadeOut(self.board.marks[2]), run_time=0.4)
            self.roll(0, 0.5)
            self.play(*self.board.enter(3), run_time=0.6)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Begin late enough, then. The run swings on, its mean lies nearly on the star.",
            "The run swings on, its mean lies nearly on the star",
        ) as speech:
            self.roll(ARRIVED, 0.6)
            self.play(FadeIn(self.board.marks[1], trail.follow(self.clock)), run_time=0.5)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)
