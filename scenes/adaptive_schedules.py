"""Schedules for adaptive optimizers: RMSprop hops by its learning rate until that is cut; AdamW's swings die out."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *

from descent import (
    BIRD,
    EXPERIMENTS,
    Claim,
    Trajectory,
    cuts_follow_plateaus,
    distances,
    each,
    first_step_within,
    lasting,
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
BESIDE_STAR = (-3.6, -1.2)
AVERAGED, UNAVERAGED = (  # AdamW from beside the star, and the same that steps along each gradient alone
    replace(ADAMW, optimizer=partial(ADAMW.optimizer.func, lr=ADAMW.lr, betas=(beta, 0.999)), start=BESIDE_STAR)
    for beta in (0.9, 0.0)
)


def at_rate(run, lr, steps):
    """The same run at another learning rate, in so many steps."""
    return replace(run, optimizer=partial(run.optimizer.func, lr=lr), steps=steps)


HOPPING = tuple(at_rate(SIGNS, lr, 750) for lr in (0.36, 0.4, 0.44))
BY_A_CONSTANT = replace(SIGNS, optimizer=partial(SIGNS.optimizer.func, lr=SIGNS.lr, eps=40.0))  # not by its own size


def same_until_the_cut(hopping, calmed):
    """Both runs have the same rows, to the one after the first cut."""
    rows = rate_cuts(calmed)[0] + 2
    return np.array_equal(hopping.params[:rows], calmed.params[:rows])


def last_moves(trajectory):
    """The longest of the last 20 moves of a parameter, in learning rates."""
    return longest_moves(trajectory)[-20:].max() / trajectory.lr[-1]


def stays_beside(trajectory):
    """After 150 steps it is never farther than a fifth of a unit from the star."""
    return trajectory.steps > 150 and distances(trajectory, STAR)[150:].max() < 0.2


def hops(trajectory: Trajectory) -> bool:
    """It ends hopping between two points, each parameter by the learning rate."""
    last = trajectory.params[-10:]
    back = np.abs(last[2:] - last[:-2]).max() < 1e-3
    rate = trajectory.lr[trajectory.run.steps - 1]  # of a record that was continued, the last one known
    return bool(back and np.allclose(np.abs(trajectory.update[-10:]), rate, atol=2e-3))


def longest_hop(trajectory: Trajectory) -> float:
    """The longest of the last ten moves of a parameter."""
    return float(longest_moves(trajectory)[-10:].max())


class RMSpropSwingsByItsRate(ComparisonScene):
    """RMSprop at a constant rate ends hopping by one learning rate; cutting the rate ends the hopping."""

    title = "Here, RMSprop hops by its learning rate, until that is cut"
    runs = (SIGNS, SIGNS_CUT)
    claims = (
        Claim("RMSprop comes to the star.", runs[:1], reaches(STAR, within=0.5, by=8)),
        Claim(
            "It ends hopping between two points by its rate; divided by a constant, it would not.",
            runs[:1],
            lasting(hops),
            control=(BY_A_CONSTANT,),
            says="So each weight hops by the learning rate",
        ),
        Claim("The hop is the rate, at others too.", HOPPING, each(hops)),
        Claim(
            "Given time, it hops by its rate, and with cuts moves by less than a tenth of that.",
            (HOPPING[1], replace(SIGNS_CUT, steps=200)),
            lambda hopping, calmed: hops(hopping) and last_moves(calmed) < 0.1,
            says="RMSprop hops by its learning rate, until that is cut",
        ),
        Claim(
            "At a smaller rate the hops are smaller.",
            HOPPING[1::-1],
            lambda usual, smaller: hops(usual) and longest_hop(smaller) < 0.95 * longest_hop(usual),
            control=(HOPPING[1], HOPPING[1]),
            says="A smaller rate makes the hops smaller",
        ),
        Claim("By step 30 the run with cuts has come to rest at the star.", runs[1:], settles(STAR, within=0.01)),
        Claim(
            "Up to step 750 it lies beside the star in 19 of 20 steps.",
            (replace(SIGNS_CUT, steps=750),),
            lambda t: (distances(t, STAR)[30:] < 0.01).mean() > 0.95,
        ),
        Claim("Until the first cut the two runs are one.", runs, same_until_the_cut),
        Claim(
            "Cuts follow exactly the losses that are no new best.",
            runs[1:],
            cuts_follow_plateaus,
            says=("whenever the loss is no new best", "no new best, then times"),
        ),
    )
    rate_height = 1.9

    def construct(self):
        hopping, calmed = self.trajectories
        rows = rate_cuts(calmed)
        factor = SIGNS_CUT.scheduler.keywords["factor"]
        there = first_step_within(hopping, STAR, 0.5)

        with self.voiceover(
            f"RMSprop passes the local minimum. In {there} steps it is near the star.",
            f"RMSprop is near the star in {there} steps",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(there, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "There it swings, and the swinging does not die out. In the end, RMSprop hops between two points.",
            "It ends hopping between two points",
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(hopping.steps, speech.remaining - 0.2)
        with self.voiceover(
            "A gradient divided by its own size leaves a sign. So each weight hops by the learning rate.",
            f"Each hop: {np.abs(hopping.update[-1, 0]):.3f} in w₁, {np.abs(hopping.update[-1, 1]):.3f} in w₂",
            reveal=True,
        ) as speech:
            self.play(*self.board.explain(*self.law(hopping)), run_time=0.8)
            self.roll(hopping.steps - 3, 1.2, rate_func=rate_functions.linear)
            self.roll(hopping.steps, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Now a scheduler cuts the learning rate whenever the loss is no new best. "
            "Until the first cut, both runs are one.",
            f"ReduceLROnPlateau: no new best, then times {factor:g}",
        ) as speech:
            self.play(*self.board.resume(), run_time=0.5)
            self.roll(there, 0.7)
            self.play(*self.board.retime(calmed.steps), run_time=0.6)
            marks = FiringMarks(calmed, *self.board.panels)
            self.play(*self.board.enter(1), FadeIn(marks.follow(self.clock)), run_time=0.5)
            self.roll(rows[0] + 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Cut after cut brings the learning rate down. Finally, the ball rests at the star.",
            f"{len(rows)} cuts, and the hopping is over",
        ) as speech:
            self.roll(calmed.steps - 6, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Once it hops, RMSprop has forgotten the gradient's size. A smaller rate makes the hops smaller.",
            "Here RMSprop needs a schedule to come to rest",
            around=self.board.map.to_frame(STAR),
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
    """At a constant rate AdamW's swings die out where RMSprop's do not; without its average they do not either."""

    title = "AdamW's swings die out without a schedule"
    runs = (SIGNS, ADAMW)
    claims = (
        Claim("RMSprop ends hopping by its learning rate.", runs[:1], lasting(hops)),
        Claim("AdamW swings too, at first.", runs[1:], oscillates(0.5, until=60, last=36, swings=3)),
        Claim("After 150 steps AdamW lies beside the star.", runs[1:], settles(STAR, within=0.02, last=50)),
        Claim("It stays beside it, to 25 times its steps.", (replace(ADAMW, steps=25 * ADAMW.steps),), stays_beside),
        Claim(
            "On that way its swings come back in small bursts.",
            (replace(ADAMW, steps=25 * ADAMW.steps),),
            lambda t: stays_beside(t) and distances(t, STAR)[ADAMW.steps :].max() > 0.02,
            says="stays there, but for small bursts",
        ),
        Claim(
            "By step 150 AdamW moves by less than a tenth of its rate; RMSprop still by half of it or more.",
            runs,
            lambda hopping, gentle: last_moves(gentle) < 0.1 and last_moves(hopping) > 0.5,
            says="AdamW's swings die out without a schedule",
        ),
        Claim(
            "From beside the star its steps shrink to under a tenth of the rate; without the average they do not.",
            (AVERAGED,),
            lambda t: last_moves(t) < 0.1,
            control=(UNAVERAGED,),
            says="so the steps shrink by themselves",
        ),
        Claim(
            "Their rates stay, and its is the larger.",
            runs,
            lambda r, a: len({*a.lr}) == len({*r.lr}) == 1 and a.lr[0] > r.lr[0],
            says="Neither has a schedule",
        ),
        Claim(
            "By step 150 its steps shrink to under a hundredth of the rate.",
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
                "longest move of a weight, in learning rates",
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
            "RMSprop and AdamW, at constant rates. Neither has a schedule. "
            f"RMSprop is near the star after {arrivals[0]} steps, AdamW after {arrivals[1]}.",
            f"Near the star after {arrivals[0]} and {arrivals[1]} steps",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(arrivals[1], speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "AdamW overshoots as well. For a while, it swings through the star.",
            f"AdamW overshoots too, by {swing:.1f}",
        ) as speech:
            self.board.zoom(STAR, 3.4, TAIL)
            self.roll(notebook, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "But it steps along an average of its gradients. "
            "Back and forth cancel in it, so the steps shrink by themselves.",
            "Back and forth cancel in the average",
            reveal=True,
        ) as speech:
            self.roll(calm, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "RMSprop steps along each gradient alone. Its last steps are as long as its rate, and stay that long.",
            f"RMSprop's last steps: {longest_moves(hopping)[-1] / SIGNS.lr:.2f} learning rates",
        ) as speech:
            self.roll(hopping.steps - 20, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "In the end AdamW lies at the star, and RMSprop hops about it. "
            "Continued, AdamW stays there, but for small bursts.",
            f"{distances(gentle, STAR)[-1]:.3f} from the star, against {distances(hopping, STAR)[-1]:.2f}",
            around=self.board.map.to_frame(STAR),
        ):
            self.board.land(gentle.steps, STAR)
        self.wait(1.2)
