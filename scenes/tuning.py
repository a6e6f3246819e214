"""Tuning: how far the ending of a descent hangs on the learning rate, for SGD, RMSprop and AdamW."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import Adam

from descent import (
    BIRD,
    EXPERIMENTS,
    Claim,
    distances,
    each,
    first_step_within,
    lasting,
    oscillates,
    reaches,
    settles,
    stalls,
    trace,
)
from descent.stage import SideBySideScene, current_theme, number

STAR, FLAT, FIRST = BIRD.minima[0], BIRD.minima[3], BIRD.minima[4]
NEAR = 0.5  # beside the star, in parameter units
CHAOS = 30  # by this step, runs that swing around the star have parted from their twins
CEILING = 160.0  # of the loss panels: after the first few steps no run is above it


def with_rate(run, lr):
    """A run with another learning rate."""
    return replace(run, optimizer=partial(run.optimizer.func, lr=lr))


def in_double(run):
    """The same run computed in double precision."""
    return replace(run, dtype=torch.float64)


def parting(trajectory):
    """The first step at which a run is more than a unit from its twin in double precision, None if it never is."""
    twin = trace(in_double(trajectory.run))
    apart = np.flatnonzero(np.linalg.norm(trajectory.params - twin.params, axis=1) > 1)
    return int(apart[0]) if apart.size else None


def leaps(trajectory, since):
    """The share of steps, from a row on, after which the gradient points against the one before."""
    grad = trajectory.grad[since:]
    return float(((grad[1:] * grad[:-1]).sum(axis=1) < 0).mean())


def stays_near(point, within):
    """A predicate: after 150 steps it is never farther from a point than ``within``."""
    return lambda trajectory: distances(trajectory, point)[150:].max() < within


def holds_below(minimum):
    """The learning rate above which a minimum cannot hold plain descent: two over its largest curvature."""
    return 2 / np.linalg.eigvalsh(BIRD.hessian(*minimum))[-1]


def first_move(trajectory):
    """The first step along each axis, in learning rates."""
    return np.abs(trajectory.update[0]) / trajectory.lr[0]


def leaves_past_star(trajectory):
    """The step at which a run that came near the star leaves the view for good, None if it does not."""
    inside = [BIRD.contains(*w) for w in trajectory.params]
    if inside[-1] or first_step_within(trajectory, STAR, 2 * NEAR) is None:
        return None
    return len(inside) - inside[::-1].index(True)


def swings_shrink(trajectory):
    """Whether, once beside the star, each turning point is nearer to it than the one before."""
    far = np.linalg.norm(trajectory.params - STAR, axis=1)[first_step_within(trajectory, STAR, NEAR) :]
    turns = [b for a, b, c in zip(far, far[1:], far[2:], strict=False) if a < b >= c]
    return len(turns) > 2 and turns == sorted(turns, reverse=True)


def rates(runs):
    """Learning rates as they are said."""
    *most, last = (f"{run.lr:g}" for run in runs)
    return f"{', '.join(most)} and {last}"


SGD_LOW, SGD_MIDDLE, SGD_HIGH = SGD_RUNS = tuple(EXPERIMENTS[name] for name in ("E12", "E13", "E14"))
UNDER, OVER = (  # plain SGD under the star's limit, and over it
    replace(with_rate(SGD_LOW, share * holds_below(STAR)), start=(STAR[0] + 0.1, STAR[1]), steps=100)
    for share in (0.9, 1.1)
)


class SGDHangsOnTheRate(SideBySideScene):
    """Three learning rates bring plain SGD to different endings: two keep swinging, one stops in another minimum."""

    title = "Here, with plain SGD, the learning rate decides the ending"
    runs = SGD_RUNS
    ceiling = CEILING
    claims = (
        Claim("The two lower rates come to the star.", (SGD_LOW, SGD_MIDDLE), each(reaches(STAR, NEAR))),
        Claim(
            "After 100 steps they still swing around it.",
            (replace(SGD_LOW, steps=100), SGD_MIDDLE),
            each(oscillates(1.0)),
        ),
        Claim("The lowest rate goes on, to 25 times its steps.", (SGD_LOW,), lasting(oscillates(1.0))),
        Claim(
            "They leap over its bottom, the lowest rate at most steps.",
            (SGD_LOW, SGD_MIDDLE),
            lambda low, middle: leaps(low, 16) > 0.75 and leaps(middle, 16) > 0.2,
        ),
        Claim(
            "Their swings are chaotic: rounding changes them.",
            (SGD_LOW, SGD_MIDDLE),
            each(lambda t: 15 < (parting(t) or 0) <= CHAOS),
            says="the same runs",
        ),
        Claim("The highest rate stops in a flat minimum.", (SGD_HIGH,), lasting(stalls(FLAT))),
        Claim("It is beside that minimum by step 16.", (SGD_HIGH,), reaches(FLAT, within=1.0, by=16)),
        Claim("Rounding does not change that.", (SGD_HIGH,), lambda high: parting(high) is None),
        Claim(
            "The star is too sharp for all three rates, the flat minimum for none.",
            SGD_RUNS,
            each(lambda t: holds_below(STAR) < t.lr.min() and t.lr.max() < holds_below(FLAT)),
        ),
        Claim(
            "That is why: a little under its limit the star holds plain SGD, a little over it does not.",
            (UNDER,),
            settles(STAR, within=0.01),
            control=(OVER,),
        ),
    )

    def construct(self):
        swinging = self.trajectories[:2]
        near = max(first_step_within(t, STAR, NEAR) for t in swinging)
        sharp, flat = number(holds_below(STAR), 3), number(holds_below(FLAT), 2)

        with self.voiceover(
            "One start, one loss, plain SGD. What differs is the learning rate: low, middle, or high.",
            "One start, one loss, three learning rates",
        ) as speech:
            self.introduce(speech.remaining - 1.2)
            self.roll(1, 1.0)
        with self.voiceover(
            "Soon the two lower rates have come to the star. The highest is in another, flatter minimum.",
            f"By step {near}: two beside the star, one in another minimum",
            reveal=True,
        ) as speech:
            self.roll(near, speech.remaining - 0.3)
        with self.voiceover(
            f"The star does not hold them. They leap over the bottom, and after {self.steps} steps they still swing.",
            f"After {self.steps} steps the two still swing, by more than one unit",
        ) as speech:
            self.roll(self.steps, speech.remaining, rate_func=linear)
        with self.voiceover(
            "Why? A minimum holds plain SGD while the rate is under two over its curvature. "
            "The star is sharp; the other minimum is flat.",
            f"Held below 2 / curvature: star {sharp}, flat minimum {flat}",
        ) as speech:
            self.wait(1.0)
            tags = [self.maps[k].tag(f"below {sharp}", STAR, 1.55 * DOWN + LEFT) for k in (0, 1)]
            self.play(
                *map(FadeIn, tags), *(Indicate(self.minima[k], 1.5, current_theme().ink) for k in (0, 1)), run_time=1.4
            )
            self.pulse([self.maps[k].to_frame(STAR) for k in (0, 1)], speech.remaining - 2.6)
            tags.append(self.maps[2].tag(f"below {flat}", FLAT, 1.35 * LEFT + 0.1 * DOWN))
            self.play(FadeIn(tags[2]), run_time=1.0)
        with self.voiceover(
            "The swings are chaotic: in double precision, in grey, the same runs soon part. "
            "Trust their size, not their last point.",
            "Grey: the same runs in double precision",
        ) as speech:
            self.roll(0, 0.8)
            ghosts = [self.ghost(in_double(run), k) for k, run in enumerate(self.runs)]
            self.play(*map(FadeOut, tags), *map(FadeIn, ghosts), run_time=0.6)
            self.roll(CHAOS + 10, speech.remaining, rate_func=linear)
        with self.voiceover(
            "A higher rate is not just a faster one. Here it ends somewhere else.",
            "A higher rate is not just faster: here it ends elsewhere",
        ) as speech:
            self.roll(self.steps, speech.remaining + 0.8, rate_func=rate_functions.ease_out_sine)
        self.wait(0.9)


ADAMW_RUNS = tuple(EXPERIMENTS[name] for name in ("E18", "E19", "E20"))
RMS_LOW, RMS_MIDDLE, RMS_HIGH = RMS_RUNS = tuple(EXPERIMENTS[name] for name in ("E15", "E16", "E17"))
RMS_LOWER = with_rate(RMS_LOW, 0.275)
CORRECTED = tuple(  # Adam without momentum: RMSprop, with its empty memory corrected
    replace(run, optimizer=partial(Adam, lr=run.lr, betas=(0.0, 0.99))) for run in RMS_RUNS
)


class RMSpropHangsOnTheRate(SideBySideScene):
    """RMSprop's leaps scale with the learning rate: caught, circling the star, or gone, and in no simple order."""

    title = "RMSprop adapts its steps, but here the rate still decides"
    runs = RMS_RUNS
    ceiling = CEILING
    claims = (
        Claim(
            "The first step is ten learning rates along each axis, with the empty memory corrected it is not.",
            RMS_RUNS,
            each(lambda t: np.allclose(first_move(t), 10, rtol=1e-3)),
            control=CORRECTED,
            says="so the first jump is ten learning rates",
        ),
        Claim(
            "An optimizer that corrects for its empty memory, as AdamW does, takes about one.",
            ADAMW_RUNS,
            each(lambda t: np.allclose(first_move(t), 1, atol=0.15)),
        ),
        Claim("The lowest rate is caught by the first minimum.", (RMS_LOW,), lasting(stalls(FIRST, within=NEAR))),
        Claim("The middle rate comes to the star.", (RMS_MIDDLE,), reaches(STAR, NEAR)),
        Claim("The middle rate goes on swinging there.", (RMS_MIDDLE,), lasting(oscillates(0.4))),
        Claim("The highest rate passes the star and is out of the view after 60 steps.", (RMS_HIGH,), leaves_past_star),
        Claim("A rate below the lowest stays beside the star.", (RMS_LOWER,), lasting(settles(STAR, within=NEAR))),
    )

    def construct(self):
        middle, high = self.trajectories[1:]
        near, gone = first_step_within(middle, STAR, NEAR), leaves_past_star(high)
        jumps = [number(abs(t.update[0, 0]), 0) for t in self.trajectories]

        with self.voiceover(
            "RMSprop divides each gradient by its recent size. What is left is mostly the learning rate.",
            f"RMSprop with learning rate {rates(self.runs)}",
        ) as speech:
            self.introduce(speech.remaining - 0.3)
        with self.voiceover(
            "Its memory starts empty, so the first jump is ten learning rates along each axis.",
            f"First step, ten learning rates: {jumps[0]}, {jumps[1]} and {jumps[2]} units",
        ) as speech:
            self.roll(1, speech.remaining - 0.5)
        with self.voiceover(
            "The lowest rate is caught by the first minimum. The middle one comes to the star. The highest flies past.",
            f"Caught; at the star from step {near}; gone past",
            reveal=True,
        ) as speech:
            self.roll(gone - 1, speech.remaining, rate_func=linear)
        with self.voiceover(
            f"It leaves the map, and after {self.steps} steps it is still outside. "
            "The middle one swings about the star without landing.",
            f"After {self.steps} steps: caught, swinging, out of view",
        ) as speech:
            self.roll(self.steps, speech.remaining)
        with self.voiceover(
            "Nor is there a simple order. A rate slightly below the lowest, in grey, does find the star.",
            f"Grey: {RMS_LOWER.lr:g} finds the star, {RMS_LOW.lr:g} does not",
        ) as speech:
            self.roll(0, 0.7)
            self.play(FadeIn(self.ghost(RMS_LOWER, 0)), run_time=0.5)
            self.roll(gone, speech.remaining, rate_func=linear)
        with self.voiceover(
            "RMSprop adapts its steps. The learning rate remains yours to choose.",
            "Adaptive steps do not choose the rate for you",
        ) as speech:
            self.roll(self.steps, speech.remaining, rate_func=rate_functions.ease_out_sine)
        self.wait(1.2)


ADAMW_LOWER = with_rate(ADAMW_RUNS[0], 0.1)
ADAMW_RANGE = tuple(with_rate(ADAMW_RUNS[0], tenths / 10) for tenths in range(2, 11))


class AdamWForgivesTheRate(SideBySideScene):
    """Rates five times apart bring AdamW to the same minimum from this start; half the lowest does not."""

    title = "Here AdamW forgives the learning rate, within limits"
    runs = ADAMW_RUNS
    claims = (
        Claim(
            "All three get past the first minimum, and to the star.",
            ADAMW_RUNS,
            each(lambda t: reaches(STAR, 0.1)(t) and not stalls(FIRST, within=NEAR)(t)),
            says="All three get past the first minimum",
        ),
        Claim(
            "The first step is about one learning rate along each axis.",
            ADAMW_RUNS,
            each(lambda t: np.allclose(first_move(t), 1, atol=0.15)),  # weight decay adds a little
        ),
        Claim(
            "After 150 steps, each rate of the range is at rest beside the star.",
            ADAMW_RANGE,
            each(settles(STAR, within=0.1)),
            says=f"all {len(ADAMW_RANGE)} rates",
        ),
        Claim(
            "Those shown stay beside it from step 150 on, to 25 times their steps.",
            tuple(replace(run, steps=25 * run.steps) for run in ADAMW_RUNS),
            each(stays_near(STAR, 0.3)),
        ),
        Claim("Beside the star, each swing is smaller than the one before.", ADAMW_RUNS, each(swings_shrink)),
        Claim("Half the lowest rate stays in the first minimum.", (ADAMW_LOWER,), lasting(stalls(FIRST))),
    )

    def construct(self):
        near = [first_step_within(t, STAR, NEAR) for t in self.trajectories]
        spread = number(self.runs[-1].lr / self.runs[0].lr, 0)
        count, least, most = len(ADAMW_RANGE), ADAMW_RANGE[0].lr, ADAMW_RANGE[-1].lr

        with self.voiceover(
            f"Now AdamW, with learning rates {spread} times apart.",
            f"AdamW: the highest rate is {spread} times the lowest",
        ) as speech:
            self.introduce(speech.remaining - 0.3)
        with self.voiceover(
            "It corrects for its empty memory. The first step is about one learning rate along each axis, "
            "a tenth of what RMSprop takes.",
            "First step: about one learning rate along each axis",
        ) as speech:
            self.roll(2, speech.remaining - 0.3)
        with self.voiceover(
            "All three get past the first minimum. The highest rate reaches the star first. The lowest comes last.",
            f"Near the star at steps {near[0]}, {near[1]} and {near[2]}",
            reveal=True,
        ) as speech:
            self.roll(near[0], speech.remaining)
        with self.voiceover(
            "They overshoot and turn back, and each swing is smaller than the one before. The rate stays.",
            "The swings shrink by themselves",
        ) as speech:
            self.roll(self.steps, speech.remaining)
        with self.voiceover(
            "But there are limits. At half the lowest rate, in grey, AdamW too stays in the first minimum.",
            f"Grey: learning rate {ADAMW_LOWER.lr:g} stays in the first minimum",
        ) as speech:
            self.roll(0, 0.7)
            stuck = self.ghost(ADAMW_LOWER, 0)
            self.play(FadeIn(stuck), run_time=0.5)
            self.roll(self.steps, speech.remaining + 0.6)
        with self.voiceover(
            "Above that, there is room for error. On this loss, from this start, "
            f"all {count} rates tried end at the star.",
            f"From this start, all {count} rates from {least:g} to {most:g} end at the star",
        ) as speech:
            self.roll(0, 0.7)
            shown = [run.lr for run in self.runs]
            between = [run for run in ADAMW_RANGE if run.lr not in shown]
            ghosts = [self.ghost(run, 3 * k // len(between)) for k, run in enumerate(between)]
            self.play(FadeOut(stuck), *map(FadeIn, ghosts), run_time=0.5)
            self.roll(self.steps, speech.remaining + 0.6)
        self.wait(1.2)
