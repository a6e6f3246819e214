"""Schedulers: why a constant rate does not come to rest, and what decaying, cutting and warming it up change."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import SGD

from descent import (
    BIRD,
    EXPERIMENTS,
    Claim,
    Trajectory,
    cuts_follow_plateaus,
    distances,
    first_step_within,
    largest_stable_step,
    oscillates,
    rate_cuts,
    reaches,
    settles,
    stalls,
    trace,
)
from descent.stage import ComparisonScene, FiringMarks, best_so_far, current_theme, level

STAR, LOCAL = BIRD.minima[0], BIRD.minima[4]
LIMIT = largest_stable_step(BIRD, STAR)
CLOSE = 4.6  # width of the piece around the star, in parameter units
TAIL = 12  # steps that stay visible there

CONSTANT = EXPERIMENTS["E21"]
DECAYED = EXPERIMENTS["E22"]
CUT = EXPERIMENTS["E23"]


def below(trajectory: Trajectory, limit: float) -> int:
    """The first step whose rate is under a limit."""
    return int(np.argmax(trajectory.lr < limit))


def never_rests(trajectory: Trajectory) -> bool:
    """In every fifty steps after the fiftieth it comes near the star and is thrown out again."""
    windows = distances(trajectory, STAR)[51:].reshape(-1, 50)
    return bool((windows.min(axis=1) < 0.5).all() and (windows.max(axis=1) > 2).all())


class Limited:
    """What these films share: room for the learning rate, and its limit at the star."""

    rate_height = 1.9
    limit_below = False  # where its words stand

    def show_limit(self):
        """The animation that draws the largest rate at which plain descent can rest at the star."""
        return FadeIn(level(self.board.panels[1], LIMIT, f"limit at the star: {LIMIT:.3f}", self.limit_below))


class ConstantRateOscillates(Limited, ComparisonScene):
    """At a constant rate above 2/λmax of the minimum, plain SGD finds the place and never comes to rest there."""

    title = "At a constant rate, SGD never comes to rest"
    runs = (CONSTANT,)
    claims = (
        Claim("It stands beside the star after nine steps.", runs, reaches(STAR, within=0.2, by=9)),
        Claim("In every later stretch it comes near and is thrown out.", runs, never_rests),
        Claim("It is still swinging at the end.", runs, oscillates(1, last=50)),
        Claim("The rate is over three times the limit.", runs, lambda t: t.lr.min() > 3 * LIMIT),
        Claim(
            "It is chaotic: in double precision it swings just so, but elsewhere.",
            (CONSTANT, replace(CONSTANT, dtype=torch.float64)),
            lambda t, twin: never_rests(twin) and np.abs(t.params - twin.params).max() > 2,
        ),
    )

    def construct(self):
        (swinging,) = self.trajectories
        there = first_step_within(swinging, STAR, 0.2)
        thrown = distances(swinging, STAR)[there:].max()
        twin = trace(replace(CONSTANT, dtype=torch.float64))
        apart = int(np.argmax(np.abs(swinging.params - twin.params).max(axis=1) > 1))

        with self.voiceover(
            f"A bold learning rate, {CONSTANT.lr:g}. "
            f"In {there} steps it leaps across the map, and lands beside the star.",
            f"Rate {CONSTANT.lr:g}: beside the star after {there} steps",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(there, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "But it does not stay. Every step overshoots the star, and a few steps on it is far outside again.",
            f"It is thrown out again, by up to {thrown:.1f}",
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(24, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"The bowl there is steep: plain descent can rest only at rates below {LIMIT:.3f}. "
            f"This one is {CONSTANT.lr / LIMIT:.1f} times that.",
            f"The rate is {CONSTANT.lr / LIMIT:.1f} times what the bowl allows",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(50, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Time does not help. {swinging.steps - 50} steps more, and it still comes close and is thrown out.",
            f"{swinging.steps} steps, and no rest",
        ) as speech:
            self.roll(200, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Nor can its place be foretold: computed with more digits, the run goes other ways from step {apart}. "
            "Only the swinging is certain.",
            "Chaotic: only the bounds of the swing are certain",
        ) as speech:
            self.roll(swinging.steps, speech.remaining - 0.2, rate_func=rate_functions.linear)
        self.wait(1.2)


class ExponentialLRSettles(Limited, ComparisonScene):
    """The same descent with a decaying rate still leaps at first, and settles once the rate is under the limit."""

    title = "A decaying rate lets the same descent settle"
    runs = (replace(CONSTANT, steps=DECAYED.steps), DECAYED)
    claims = (
        Claim("The constant rate still swings.", runs[:1], oscillates(1, last=15)),
        Claim("The decayed one arrives.", runs[1:], lambda t: distances(t, STAR)[-1] < 0.05),
        Claim("Carried on, it settles.", (replace(DECAYED, steps=100),), settles(STAR, within=0.01, last=50)),
        Claim(
            "Below the limit every step comes closer.",
            runs[1:],
            lambda t: bool((np.diff(distances(t, STAR)[below(t, LIMIT) :]) < 0).all()),
        ),
        Claim(
            "Its last rate, used from the start, would stall in the local minimum.",
            (replace(CONSTANT, optimizer=partial(SGD, lr=float(trace(DECAYED).lr[-1])), steps=60),),
            stalls(LOCAL),
        ),
    )

    def construct(self):
        swinging, decayed = self.trajectories
        rests = below(decayed, LIMIT)
        gamma = DECAYED.scheduler.keywords["gamma"]

        with self.voiceover(
            f"Same start, same first rate, {DECAYED.lr:g}. One stays constant; the other shrinks "
            f"by {1 - gamma:.0%} after every step.",
            f"ExponentialLR: times {gamma:g} after every step",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(3, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "The large steps come first, and they are needed: both leap past the local minimum "
            "where a small rate would stop.",
            "Large steps first: past the local minimum",
        ) as speech:
            self.play(Indicate(self.board.minima[4], scale_factor=2.2, color=current_theme().ink), run_time=0.8)
            self.roll(13, speech.remaining - 0.2)
        with self.voiceover(
            "Around the star both swing. The constant rate keeps swinging; the other's swing shrinks with its rate.",
            "As the rate shrinks, so does the swing",
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(rests, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At step {rests} its rate falls below {LIMIT:.3f}, the most this bowl allows. "
            "From now on every step comes closer.",
            f"Below {LIMIT:.3f} every step comes closer",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(decayed.steps - 2, speech.remaining - 0.2, rate_func=rate_functions.linear)
        apart = [distances(t, STAR)[-1] for t in (swinging, decayed)]
        with self.voiceover(
            f"After {decayed.steps} steps: {apart[0]:.1f} from the star, and {apart[1]:.2f}. "
            "Big steps to travel, small steps to land.",
            "Big steps to travel, small steps to land",
        ):
            self.board.land(decayed.steps, STAR)
        self.wait(1.2)


def falls_yet_fires(trajectory: Trajectory) -> int:
    """The first row at which the scheduler fires though the loss fell, as it is not the best so far; 0 for none."""
    return next((row for row in rate_cuts(trajectory) if trajectory.loss[row] < trajectory.loss[row - 1]), 0)


class PlateauSettles(Limited, ComparisonScene):
    """ReduceLROnPlateau cuts the rate when the loss is no better than its best, and so lets the descent settle."""

    title = "Cut the rate when the loss stops improving"
    runs = (CUT,)
    claims = (
        Claim("Cuts follow exactly the losses that are no new best.", runs, cuts_follow_plateaus),
        Claim("One cut follows a loss that fell.", runs, lambda t: falls_yet_fires(t) > 0),
        Claim("It arrives.", runs, lambda t: distances(t, STAR)[-1] < 0.02),
        Claim("The last steps are below the limit.", runs, lambda t: t.lr[-1] < LIMIT),
        Claim("Carried on, it settles.", (replace(CUT, steps=100),), settles(STAR, within=0.01, last=50)),
    )

    def construct(self):
        (cut,) = self.trajectories
        rows = rate_cuts(cut)
        factor = CUT.scheduler.keywords["factor"]
        fell = falls_yet_fires(cut)
        again = next(row for row in rows if row > fell + 1)
        marks = FiringMarks(cut, *self.board.panels)
        best = best_so_far(cut, self.board.panels[0])

        with self.voiceover(
            "This scheduler watches the loss. The dotted line is the best so far. "
            f"A loss that is no better, and the rate is cut to {factor:.0%}.",
            f"ReduceLROnPlateau: no new best, then times {factor:g}",
        ) as speech:
            self.play(*self.board.reveal(), FadeIn(best.follow(self.clock), marks.follow(self.clock)), run_time=1.0)
            self.roll(fell - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At step {rows[0]} the loss is up: first cut. At step {fell} it falls, but not below the best. "
            "That is a cut too.",
            "The loss is compared with the best, not with the last",
        ) as speech:
            self.roll(fell + 1, speech.remaining - 0.4)
        with self.voiceover(
            "Now every step brings a new best, so the rate is left alone while the ball travels.",
            f"Steps {fell + 1} to {again - 1}: new bests, no cut",
        ) as speech:
            self.roll(again - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At the star it overshoots. From step {again} no loss beats the best, "
            f"and every one of {len(rows) - rows.index(again)} steps cuts the rate again.",
            f"From step {again}: a cut at every step",
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(cut.steps - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"{len(rows)} cuts take the rate from {CUT.lr:g} below the limit, to {cut.lr[-1]:.3f}. "
            f"The ball lands {distances(cut, STAR)[-1]:.2f} from the star.",
            f"{len(rows)} cuts, and it lands {distances(cut, STAR)[-1]:.2f} from the star",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(cut.steps, speech.remaining - 1.0)
        self.wait(1.2)
