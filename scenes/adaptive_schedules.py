"""Schedules for adaptive optimizers: RMSprop hops by its learning rate until that is cut; AdamW comes to rest alone."""

from dataclasses import replace

import numpy as np
from manim import *

from descent import (
    BIRD,
    EXPERIMENTS,
    Claim,
    Trajectory,
    cuts_follow_plateaus,
    distances,
    first_step_within,
    longest_moves,
    oscillates,
    rate_cuts,
    reaches,
    settled_from,
    settles,
)
from descent.stage import ComparisonScene, FiringMarks, Series, StepPanel, maths, stacked

STAR = BIRD.minima[0]
CLOSE = 4.6  # width of the piece around the star, in parameter units
TAIL = 12  # steps that stay visible there

SIGNS, SIGNS_CUT = EXPERIMENTS["E24"], EXPERIMENTS["E25"]
ADAMW = replace(EXPERIMENTS["E26"], steps=SIGNS.steps)


def hops(trajectory: Trajectory) -> bool:
    """It ends hopping between two points, each parameter by the learning rate."""
    last = trajectory.params[-10:]
    back = np.abs(last[2:] - last[:-2]).max() < 1e-3
    return bool(back and np.allclose(np.abs(trajectory.update[-10:]), trajectory.lr[-1], atol=2e-3))


class RMSpropSwingsByItsRate(ComparisonScene):
    """RMSprop at a constant rate ends hopping by one learning rate; cutting the rate ends the hopping."""

    title = "RMSprop hops by its learning rate, until that is cut"
    runs = (SIGNS, SIGNS_CUT)
    claims = (
        Claim("RMSprop comes to the star.", runs[:1], reaches(STAR, within=0.5, by=8)),
        Claim("It ends hopping between two points, one learning rate apart.", runs[:1], hops),
        Claim("With a cut rate it settles.", runs[1:], settles(STAR, within=0.01)),
        Claim("Cuts follow exactly the losses that are no new best.", runs[1:], cuts_follow_plateaus),
    )
    rate_height = 1.9

    def construct(self):
        hopping, calmed = self.trajectories
        rows = rate_cuts(calmed)
        factor = SIGNS_CUT.scheduler.keywords["factor"]
        there = first_step_within(hopping, STAR, 0.5)

        with self.voiceover(
            f"RMSprop, with a rate of {SIGNS.lr:g}, passes the local minimum too. In {there} steps it is at the star.",
            f"RMSprop reaches the star's bowl in {there} steps",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(there, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "There it swings, and the swing does not die out. In the end it hops between two points, for ever.",
            "It ends hopping between two points",
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(hopping.steps, speech.remaining - 0.2)
        with self.voiceover(
            "A gradient divided by its own size leaves only a sign. So each parameter hops by the learning rate: "
            f"{np.abs(hopping.update[-1]).mean():.2f}.",
            f"Each hop: {np.abs(hopping.update[-1, 0]):.3f} in w₁, {np.abs(hopping.update[-1, 1]):.3f} in w₂",
        ) as speech:
            self.play(*self.board.explain(*self.law(hopping)), run_time=0.8)
            self.roll(hopping.steps - 3, 1.2, rate_func=rate_functions.linear)
            self.roll(hopping.steps, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Now cut the rate to {factor:.0%} whenever the loss is no new best. "
            f"For {rows[0] + 1} steps the two runs are one.",
            f"ReduceLROnPlateau: no new best, then times {factor:g}",
        ) as speech:
            self.play(*self.board.resume(), run_time=0.5)
            self.roll(there, 0.7)
            self.play(*self.board.retime(calmed.steps), run_time=0.6)
            marks = FiringMarks(calmed, *self.board.panels)
            self.play(*self.board.enter(1), FadeIn(marks.follow(self.clock)), run_time=0.5)
            self.roll(rows[0] + 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"{len(rows)} cuts bring the rate down to {calmed.lr[-1]:.2f}, and the ball comes to rest at the star.",
            f"{len(rows)} cuts, and the hopping is over",
        ) as speech:
            self.roll(calmed.steps - 6, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "An adaptive step follows the gradient's size. How small it can become, the rate decides.",
            "Adaptive optimizers can need a schedule too",
        ):
            self.board.land(calmed.steps, STAR)
        self.wait(1.2)

    def law(self, hopping):
        """RMSprop's step where the gradient only changes its sign."""
        return (
            maths(f"w <- w - eta g / sqrt(v) quad eta = {hopping.lr[-1]:g}", 40),
            maths("abs(g) approx sqrt(v) quad arrow.r.double quad w <- w plus.minus eta", 40),
        )


class AdamWNeedsNoSchedule(ComparisonScene):
    """At a constant rate AdamW's swings die out where RMSprop's do not, because it averages its gradients."""

    title = "AdamW comes to rest without a schedule"
    runs = (SIGNS, ADAMW)
    claims = (
        Claim("RMSprop ends hopping by its learning rate.", runs[:1], hops),
        Claim("AdamW swings too, at first.", runs[1:], oscillates(0.5, until=60, last=36, swings=3)),
        Claim("AdamW settles.", runs[1:], settles(STAR, within=0.02, last=50)),
        Claim("AdamW stays settled.", (replace(ADAMW, steps=1000),), settles(STAR, within=0.02, last=900)),
        Claim("Its rate is the larger one.", runs, lambda r, a: a.lr.min() > r.lr.max()),
        Claim(
            "Its steps shrink to under a hundredth of the rate.",
            runs[1:],
            lambda t: longest_moves(t)[-20:].max() < t.lr.min() / 100,
        ),
    )
    rate_height = 1.9

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        moves = [Series(longest_moves(t) / t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(
                "longest move of a parameter, in learning rates",
                moves,
                self.steps,
                lower,
                gutter=gutter,
            ),
        )

    rate_height = 1.9

    def construct(self):
        hopping, gentle = self.trajectories
        arrivals = [first_step_within(t, STAR, 0.5) for t in self.trajectories]
        calm = settled_from(gentle, STAR, 0.1)
        notebook = EXPERIMENTS["E26"].steps
        swing = distances(gentle, STAR)[arrivals[1] : notebook].max()

        with self.voiceover(
            f"RMSprop with rate {SIGNS.lr:g}, AdamW with {ADAMW.lr:g}. Neither has a schedule. "
            f"RMSprop is at the star after {arrivals[0]} steps, AdamW after {arrivals[1]}.",
            f"At the star after {arrivals[0]} and {arrivals[1]} steps",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(arrivals[1], speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"AdamW overshoots as well, by {swing:.1f}. At step {notebook} it is still swinging through.",
            f"AdamW overshoots too, by {swing:.1f}",
        ) as speech:
            self.board.zoom(STAR, 3.4, TAIL)
            self.roll(notebook, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "But it steps along an average of its gradients. "
            "Forth and back cancel in it, so the steps shrink by themselves.",
            "Forth and back cancel in the average",
        ) as speech:
            self.roll(calm, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "RMSprop keeps no such average. Its last steps are as long as its rate, and always will be.",
            f"RMSprop's last steps: {longest_moves(hopping)[-1] / SIGNS.lr:.2f} learning rates",
        ) as speech:
            self.roll(hopping.steps - 20, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"After {gentle.steps} steps AdamW is {distances(gentle, STAR)[-1]:.3f} from the star, "
            f"RMSprop {distances(hopping, STAR)[-1]:.2f}. "
            "Here AdamW needed patience, not a schedule.",
            f"{distances(gentle, STAR)[-1]:.3f} from the star, against {distances(hopping, STAR)[-1]:.2f}",
        ):
            self.board.land(gentle.steps, STAR)
        self.wait(1.2)
