"""Schedulers: a constant rate above the limit at a minimum does not rest there; what decaying and cutting it change."""

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
    none,
    oscillates,
    rate_cuts,
    reaches,
    same,
    settles,
    stalls,
    trace,
)
from descent.stage import PAUSE, ComparisonScene, FiringMarks, View, best_so_far, current_theme, level

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


BESIDE = (STAR[0] + 0.05, STAR[1] + 0.05)
BELOW, ABOVE, FARTHER_ABOVE = (
    replace(CONSTANT, start=BESIDE, optimizer=partial(SGD, lr=share * LIMIT)) for share in (0.95, 1.05, 1.2)
)


def steps_shrink(trajectory: Trajectory) -> bool:
    """From step 15 to the end of the film, each step is shorter than the one before."""
    return bool((np.diff(np.hypot(*trajectory.update[14 : DECAYED.steps].T)) < 0).all())


def shrinks(trajectory: Trajectory) -> bool:
    """After every step the rate is multiplied by the schedule's factor."""
    return bool(np.allclose(trajectory.lr[1:], DECAYED.scheduler.keywords["gamma"] * trajectory.lr[:-1]))


def comes_closer(trajectory: Trajectory) -> bool:
    """Once its rate is below the limit, each step up to the end of the film leads nearer to the star."""
    return bool((np.diff(distances(trajectory, STAR)[below(trajectory, LIMIT) : DECAYED.steps + 1]) < 0).all())


class Limited:
    """What these films share: room for the learning rate, and its limit at the star."""

    rate_height = 1.9
    limit_below = False  # where its words stand

    def show_limit(self):
        """The animation that draws the largest rate at which plain descent can rest at the star."""
        return FadeIn(level(self.board.panels[1], LIMIT, f"limit at the star: {LIMIT:.3f}", self.limit_below))


class ConstantRateOscillates(Limited, ComparisonScene):
    """At a constant rate above 2/λmax of the minimum, plain SGD finds the place and does not come to rest there."""

    title = "Above a minimum's limit, SGD does not rest there"
    formula = "eta < 2 / lambda"
    runs = (CONSTANT,)
    claims = (
        Claim("It stands beside the star after nine steps.", runs, reaches(STAR, within=0.2, by=9)),
        Claim("In every later stretch it comes near and is thrown out.", runs, never_rests),
        Claim("It is still swinging at the end.", runs, oscillates(1, last=50)),
        Claim("The rate is over three times the limit.", runs, lambda t: t.lr.min() > 3 * LIMIT),
        Claim("Begun beside the star at a rate below the limit, it rests there.", (BELOW,), settles(STAR, within=0.01)),
        Claim(
            "Begun there at a rate above the limit, it is thrown out.",
            (ABOVE,),
            none(settles(STAR, within=0.1)),
            control=(BELOW,),
        ),
        Claim(
            "At rates a fifth and farther above the limit, it does not rest there.",
            (FARTHER_ABOVE, CONSTANT),
            none(settles(STAR, within=0.1)),
            says="SGD does not rest there",
        ),
        Claim(
            "It is chaotic: in double precision it swings just so, but elsewhere.",
            (CONSTANT, replace(CONSTANT, dtype=torch.float64)),
            lambda t, twin: never_rests(twin) and np.abs(t.params - twin.params).max() > 2,
            says="the place cannot be predicted",
        ),
    )

    def construct(self):
        (swinging,) = self.trajectories
        there = first_step_within(swinging, STAR, 0.2)

        with self.voiceover(
            f"A bold learning rate. In {there} steps the ball leaps across the map, and lands beside the star.",
            f"Rate {CONSTANT.lr:g}: beside the star after {there} steps",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(there, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "But it does not stay. A few steps on, it is far outside again.",
            "It is thrown out again, by more than 2",
            reveal=True,
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(24, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"The minimum is sharp: SGD can rest in it at rates below {LIMIT:.3f}. "
            f"This one is {CONSTANT.lr / LIMIT:.1f} times that.",
            f"The rate is {CONSTANT.lr / LIMIT:.1f} times what the minimum allows",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(50, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Time does not help. Many steps later, it still comes close and is thrown out.",
            f"After {swinging.steps} steps it still swings",
        ) as speech:
            self.roll(200, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Nor can its place be predicted: computed with more digits, the run goes another way. The swinging stays.",
            "Chaotic: the place cannot be predicted, the swinging stays",
        ) as speech:
            self.roll(swinging.steps, speech.remaining - 0.2, rate_func=rate_functions.linear)
        self.wait(1.2)


AT_LENGTH, UNDECAYED = (replace(run, steps=100) for run in (DECAYED, CONSTANT))


def round_in_the_pit(terrain):
    """The pit alone, from one side to the other."""
    return [terrain.fit(View(*way, 4)) for way in ((24, 46), (50, 50), (66, 58))]


class ExponentialLRSettles(Limited, ComparisonScene):
    """The same descent with a decaying rate still leaps at first, and settles once the rate is under the limit."""

    title = "Here, a decaying rate lets the same descent settle"
    formula = "eta_t = gamma^t eta_0"
    runs = (replace(CONSTANT, steps=DECAYED.steps), DECAYED)
    claims = (
        Claim(
            "The two descents differ by nothing but the schedule.",
            runs,
            same("surface", "start", "optimizer", "lr", "steps"),
            says=("Same start, same first rate", "the same descent"),
        ),
        Claim("After every step the rate shrinks by the same share.", (DECAYED,), shrinks, says="after every step"),
        Claim("The constant rate still swings, as far as step 100.", (UNDECAYED,), oscillates(1, last=50)),
        Claim("The decayed one arrives.", (DECAYED,), lambda t: distances(t, STAR)[-1] < 0.05),
        Claim(
            "Carried on, it settles; at the constant rate it would not.",
            (AT_LENGTH,),
            settles(STAR, within=0.01, last=50),
            control=(UNDECAYED,),
            says="a decaying rate lets",
        ),
        Claim("From step 15 on, its steps shrink with its rate.", (DECAYED,), steps_shrink),
        Claim(
            "Below the limit every step comes closer, up to step 30.",
            (DECAYED,),
            comes_closer,
            says="every step comes closer",
        ),
        Claim(
            "Its last rate, used from the start, would stall in the local minimum.",
            (replace(CONSTANT, optimizer=partial(SGD, lr=float(trace(DECAYED).lr[-1])), steps=60),),
            stalls(LOCAL),
        ),
    )

    def construct(self):
        _, decayed = self.trajectories
        rests = below(decayed, LIMIT)
        gamma = DECAYED.scheduler.keywords["gamma"]

        with self.voiceover(
            "Same start, same first rate. One stays constant; the other shrinks a little after every step.",
            f"ExponentialLR: times {gamma:g} after every step",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(3, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "The large steps come first: both leap past the local minimum where a small rate would stop.",
            "Large steps first: past the local minimum",
        ) as speech:
            self.play(Indicate(self.board.minima[4], scale_factor=2.2, color=current_theme().ink), run_time=0.8)
            self.roll(13, speech.remaining + PAUSE)
        self.board.zoom(STAR, CLOSE, TAIL)
        with self.voiceover(
            "Around the star both swing. The constant rate still swings; the other's swing shrinks with its rate.",
            "The swing shrinks with the rate",
            reveal=True,
        ) as speech:
            self.roll(rests, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Now its rate falls below the most that this minimum allows. From here on, every step comes closer.",
            f"Below {LIMIT:.3f} every step comes closer",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(decayed.steps, speech.remaining + PAUSE, rate_func=linear)
        self.board.descend(STAR, CLOSE, round_in_the_pit, TAIL, size=1.4)
        with self.voiceover(
            "Those steps once more, seen from the rim of the pit. Big steps to travel, small steps to land.",
            "Big steps to travel, small steps to land",
        ) as speech:
            self.roll(13, 0.6)
            self.board.fly(2, speech.remaining + 2 * PAUSE)
            self.roll(decayed.steps, speech.remaining + 2 * PAUSE, rate_func=linear)
        self.wait(1.2)


def falls_yet_fires(trajectory: Trajectory) -> int:
    """The first row at which the scheduler fires though the loss fell, as it is not the best so far; 0 for none."""
    return next((row for row in rate_cuts(trajectory) if trajectory.loss[row] < trajectory.loss[row - 1]), 0)


def next_cut(trajectory: Trajectory, row: int) -> int:
    """The first cut that does not follow at once upon a row; n + 1 for none."""
    return next((cut for cut in rate_cuts(trajectory) if cut > row + 1), trajectory.steps + 1)


def travels(trajectory: Trajectory) -> bool:
    """Between the cut after a loss that fell and the next, every loss is a new best, and the rate stays."""
    fell, loss = falls_yet_fires(trajectory), trajectory.loss
    between = range(fell + 1, next_cut(trajectory, fell))
    alone = (trajectory.lr[between.start : between.stop] == trajectory.lr[fell + 1]).all()
    return fell > 0 and len(between) > 5 and bool(alone) and all(loss[row] < loss[:row].min() for row in between)


def cut_at_every_step(trajectory: Trajectory) -> bool:
    """From the next cut on, for six steps no loss beats the best before, and the rate is cut after each."""
    again, loss = next_cut(trajectory, falls_yet_fires(trajectory)), trajectory.loss
    cuts = [row for row in rate_cuts(trajectory) if row >= again]
    return cuts == list(range(again, again + 6)) and bool(loss[cuts].min() >= loss[:again].min())


class PlateauSettles(Limited, ComparisonScene):
    """ReduceLROnPlateau cuts the rate when the loss is no better than its best; without the cuts it does not settle."""

    title = "Here, cutting the rate on a plateau lets SGD settle"
    runs = (CUT,)
    claims = (
        Claim(
            "Cuts follow exactly the losses that are no new best.",
            runs,
            cuts_follow_plateaus,
            says=("a loss that is no better", "no new best"),
        ),
        Claim(
            "Then every step brings a new best, and the rate is left alone.",
            runs,
            travels,
            says=("every step brings a new best", "new bests, no cut"),
        ),
        Claim(
            "From the next cut on, for six steps no loss beats the best, and the rate is cut after each.",
            runs,
            cut_at_every_step,
            says=("no loss beats the best", "a cut at every step"),
        ),
        Claim("One cut follows a loss that fell.", runs, lambda t: falls_yet_fires(t) > 0),
        Claim("It arrives.", runs, lambda t: distances(t, STAR)[-1] < 0.02),
        Claim("The last steps are below the limit.", runs, lambda t: t.lr[-1] < LIMIT),
        Claim(
            "Carried on, it settles; without the cuts it would not.",
            (replace(CUT, steps=100),),
            settles(STAR, within=0.01, last=50),
            control=(UNDECAYED,),
            says="lets SGD settle",
        ),
        Claim("Without the cuts it swings.", (UNDECAYED,), oscillates(1, last=50)),
    )

    def construct(self):
        (cut,) = self.trajectories
        rows = rate_cuts(cut)
        factor = CUT.scheduler.keywords["factor"]
        fell = falls_yet_fires(cut)
        again = next_cut(cut, fell)
        marks = FiringMarks(cut, *self.board.panels)
        best = best_so_far(cut, self.board.panels[0])

        with self.voiceover(
            "This scheduler watches the loss. The dotted line shows the best value so far. "
            f"After a loss that is no better, the learning rate is cut to {factor:.0%}.",
            f"ReduceLROnPlateau: no new best, then times {factor:g}",
        ) as speech:
            self.play(*self.board.reveal(), FadeIn(best.follow(self.clock), marks.follow(self.clock)), run_time=1.0)
            self.roll(fell - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Here, the loss rises: the first cut. Then the loss falls, but not below its best. Another cut.",
            "The loss is compared with the best, not with the last",
            reveal=True,
        ) as speech:
            self.roll(fell + 1, speech.remaining - 0.4)
        with self.voiceover(
            "Now every step brings a new best. Undisturbed, the ball travels across the map.",
            f"Steps {fell + 1} to {again - 1}: new bests, no cut",
        ) as speech:
            self.roll(again - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "At the star, the ball overshoots. Now no loss beats the best. "
            "After each, the scheduler cuts the rate again.",
            f"Steps {again} to {rows[-1]}: a cut at every step",
        ) as speech:
            self.board.zoom(STAR, CLOSE, TAIL)
            self.roll(cut.steps - 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Cut after cut, the learning rate comes below the limit of this minimum. The ball settles at the star.",
            f"{len(rows)} cuts, and it lands {distances(cut, STAR)[-1]:.2f} from the star",
        ) as speech:
            self.play(self.show_limit(), run_time=0.8)
            self.roll(cut.steps, speech.remaining - 1.0)
        self.wait(1.2)
