"""Tuning: how far the ending of a descent hangs on the learning rate, for SGD, RMSprop and AdamW."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *

from descent import BIRD, EXPERIMENTS, Claim, first_step_within, oscillates, reaches, settles, stalls, trace
from descent.stage import SideBySideScene, current_theme, number

STAR, FLAT, FIRST = BIRD.minima[0], BIRD.minima[3], BIRD.minima[4]
NEAR = 0.5  # beside the star, in parameter units
CEILING = 160.0  # of the loss panels: after the first few steps no run is above it


def each(predicate):
    """A predicate that has to hold for every run."""
    return lambda *trajectories: all(map(predicate, trajectories))


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


class SGDHangsOnTheRate(SideBySideScene):
    """Three learning rates bring plain SGD to different endings: two swing for ever, one stops in another minimum."""

    title = "With plain SGD, the learning rate decides the ending"
    runs = SGD_RUNS
    ceiling = CEILING
    claims = (
        Claim("The two lower rates come to the star.", (SGD_LOW, SGD_MIDDLE), each(reaches(STAR, NEAR))),
        Claim("They go on swinging around it.", (SGD_LOW, SGD_MIDDLE), each(oscillates(1.0))),
        Claim("Their swings are chaotic: rounding changes them.", (SGD_LOW, SGD_MIDDLE), each(parting)),
        Claim("The highest rate stops in a flat pit.", (SGD_HIGH,), stalls(FLAT)),
        Claim("Rounding does not change that.", (SGD_HIGH,), lambda high: parting(high) is None),
        Claim(
            "The star is too sharp for all three rates, the flat pit for none.",
            SGD_RUNS,
            each(lambda t: holds_below(STAR) < t.lr.min() and t.lr.max() < holds_below(FLAT)),
        ),
    )

    def construct(self):
        swinging = self.trajectories[:2]
        near = max(first_step_within(t, STAR, NEAR) for t in swinging)
        apart = max(map(parting, swinging))
        swing = number(min(np.ptp(t.params[-20:], axis=0).max() for t in swinging), 1)
        sharp, flat = number(holds_below(STAR), 3), number(holds_below(FLAT), 2)

        with self.voiceover(
            f"One start, one loss, plain gradient descent. Only the learning rate differs: {rates(self.runs)}.",
            "One start, one loss, three learning rates",
        ) as speech:
            self.introduce(speech.remaining - 1.2)
            self.roll(1, 1.0)
        with self.voiceover(
            f"By step {near}, the two lower rates have come to the star. The highest is in another, flatter pit.",
            f"By step {near}: two beside the star, one in another pit",
        ) as speech:
            self.roll(near, speech.remaining - 0.3)
        with self.voiceover(
            "The star does not hold them. Each step leaps the bottom, and the swings never die out.",
            f"The two go on swinging, by {swing} units and more",
        ) as speech:
            self.roll(self.steps, speech.remaining, rate_func=linear)
        with self.voiceover(
            "Why? A minimum holds plain descent only while the rate is under two over its curvature. "
            "The star is sharp; that pit is flat.",
            f"Held below 2 / curvature: star {sharp}, flat pit {flat}",
        ) as speech:
            self.wait(1.0)
            tags = [self.maps[k].tag(f"holds below {sharp}", STAR, 1.55 * DOWN) for k in (0, 1)]
            self.play(
                *map(FadeIn, tags), *(Indicate(self.minima[k], 1.5, current_theme().ink) for k in (0, 1)), run_time=1.4
            )
            self.wait(speech.remaining - 2.6)
            tags.append(self.maps[2].tag(f"holds below {flat}", FLAT, UP + 0.6 * LEFT))
            self.play(FadeIn(tags[2]), run_time=1.0)
        with self.voiceover(
            f"The swings are chaotic: in double precision, in grey, the same runs have parted by step {apart}. "
            "Trust their size, not their last point.",
            "Grey: the same runs in double precision",
        ) as speech:
            self.roll(0, 0.8)
            ghosts = [self.ghost(in_double(run), k) for k, run in enumerate(self.runs)]
            self.play(*map(FadeOut, tags), *map(FadeIn, ghosts), run_time=0.6)
            self.roll(apart + 14, speech.remaining, rate_func=linear)
        with self.voiceover(
            "So a higher rate does not only go faster. It ends somewhere else.",
            "A higher rate is not just faster: it ends elsewhere",
        ) as speech:
            self.roll(self.steps, speech.remaining + 0.8, rate_func=rate_functions.ease_out_sine)
        self.wait(0.9)


RMS_LOW, RMS_MIDDLE, RMS_HIGH = RMS_RUNS = tuple(EXPERIMENTS[name] for name in ("E15", "E16", "E17"))
RMS_LOWER = with_rate(RMS_LOW, 0.275)


class RMSpropHangsOnTheRate(SideBySideScene):
    """RMSprop's leaps scale with the learning rate: caught, circling the star, or gone, and in no simple order."""

    title = "RMSprop adapts its steps, but the rate still decides"
    runs = RMS_RUNS
    ceiling = CEILING
    claims = (
        Claim(
            "The first step is ten learning rates along each axis.",
            RMS_RUNS,
            each(lambda t: np.allclose(first_move(t), 10, rtol=1e-3)),
        ),
        Claim("The lowest rate is caught by the first pit.", (RMS_LOW,), stalls(FIRST, within=NEAR)),
        Claim("The middle rate comes to the star.", (RMS_MIDDLE,), reaches(STAR, NEAR)),
        Claim("The middle rate goes on swinging there.", (RMS_MIDDLE,), oscillates(0.5)),
        Claim("The highest rate passes the star and leaves the view.", (RMS_HIGH,), leaves_past_star),
        Claim("A rate below the lowest comes to the star.", (RMS_LOWER,), settles(STAR, within=NEAR)),
    )

    def construct(self):
        middle, high = self.trajectories[1:]
        near, gone = first_step_within(middle, STAR, NEAR), leaves_past_star(high)
        jumps = [number(abs(t.update[0, 0]), 0) for t in self.trajectories]
        ends = [number(t.loss[-1], 0) for t in self.trajectories]

        with self.voiceover(
            "RMSprop divides each slope by its recent size. What is left is mostly the learning rate.",
            f"RMSprop with learning rate {rates(self.runs)}",
        ) as speech:
            self.introduce(speech.remaining - 0.3)
        with self.voiceover(
            "Its memory starts empty, so the first jump is ten learning rates along each axis: "
            f"{jumps[0]}, {jumps[1]} and {jumps[2]} units.",
            f"First step: ten learning rates, so {jumps[0]}, {jumps[1]} and {jumps[2]} units",
        ) as speech:
            self.roll(1, speech.remaining - 0.5)
        with self.voiceover(
            f"The lowest rate is caught by the first pit. The middle one comes to the star at step {near}. "
            "The highest flies past.",
            "Caught, arrived, gone past",
        ) as speech:
            self.roll(gone - 1, speech.remaining, rate_func=linear)
        with self.voiceover(
            f"At step {gone} it leaves the view, and stops outside. The middle one circles the star without landing.",
            f"Last losses: {', '.join(ends)}",
        ) as speech:
            self.roll(self.steps, speech.remaining)
        with self.voiceover(
            f"Nor is there a simple order. Slightly below the lowest, {RMS_LOWER.lr:g}, in grey, does find the star.",
            f"Grey: {RMS_LOWER.lr:g} finds the star, {RMS_LOW.lr:g} does not",
        ) as speech:
            self.roll(0, 0.7)
            self.play(FadeIn(self.ghost(RMS_LOWER, 0)), run_time=0.5)
            self.roll(gone, speech.remaining, rate_func=linear)
        with self.voiceover(
            "Adaptive steps do not choose the learning rate for you.",
            "Adaptive steps do not choose the rate for you",
        ) as speech:
            self.roll(self.steps, speech.remaining, rate_func=rate_functions.ease_out_sine)
        self.wait(1.2)


ADAMW_RUNS = tuple(EXPERIMENTS[name] for name in ("E18", "E19", "E20"))
ADAMW_LOWER = with_rate(ADAMW_RUNS[0], 0.1)
ADAMW_RANGE = tuple(with_rate(ADAMW_RUNS[0], tenths / 10) for tenths in range(2, 11))


class AdamWForgivesTheRate(SideBySideScene):
    """Rates five times apart bring AdamW to the same minimum; half the lowest does not."""

    title = "AdamW forgives the learning rate, within limits"
    runs = ADAMW_RUNS
    claims = (
        Claim("All three come to the star.", ADAMW_RUNS, each(reaches(STAR, 0.1))),
        Claim(
            "The first step is about one learning rate along each axis.",
            ADAMW_RUNS,
            each(lambda t: np.allclose(first_move(t), 1, atol=0.15)),  # weight decay adds a little
        ),
        Claim(
            "Given its steps, every rate of the range settles at the star.",
            ADAMW_RANGE,
            each(settles(STAR, within=0.1)),
        ),
        Claim("Half the lowest rate stays in the first pit.", (ADAMW_LOWER,), stalls(FIRST)),
    )

    def construct(self):
        near = [first_step_within(t, STAR, NEAR) for t in self.trajectories]
        spread = number(self.runs[-1].lr / self.runs[0].lr, 0)
        count, least, most = len(ADAMW_RANGE), ADAMW_RANGE[0].lr, ADAMW_RANGE[-1].lr

        with self.voiceover(
            f"Now AdamW, with learning rates {spread} times apart: {rates(self.runs)}.",
            f"AdamW: the highest rate is {spread} times the lowest",
        ) as speech:
            self.introduce(speech.remaining - 0.3)
        with self.voiceover(
            "It corrects for its empty memory. The first step is about one learning rate along each axis, "
            "where RMSprop takes ten.",
            "First step: about one learning rate along each axis",
        ) as speech:
            self.roll(2, speech.remaining - 0.3)
        with self.voiceover(
            f"All three get past the first pit. The highest rate nears the star at step {near[2]}, "
            f"the middle one at {near[1]}, the lowest at {near[0]}.",
            f"Near the star at steps {near[0]}, {near[1]} and {near[2]}",
        ) as speech:
            self.roll(near[0], speech.remaining)
        with self.voiceover(
            "They overshoot and turn back, and every swing is smaller. Nobody had to lower the rate.",
            "The swings shrink by themselves",
        ) as speech:
            self.roll(self.steps, speech.remaining)
        with self.voiceover(
            f"But forgiving is not blind. At {ADAMW_LOWER.lr:g}, in grey, AdamW too stays in the first pit.",
            f"Grey: learning rate {ADAMW_LOWER.lr:g} stays in the first pit",
        ) as speech:
            self.roll(0, 0.7)
            stuck = self.ghost(ADAMW_LOWER, 0)
            self.play(FadeIn(stuck), run_time=0.5)
            self.roll(self.steps, speech.remaining + 0.6)
        with self.voiceover(
            f"Above that, there is room to be wrong. On this loss, {count} rates from {least:g} to {most:g} "
            "all end at the star.",
            f"All {count} rates from {least:g} to {most:g} end at the star (grey: between)",
        ) as speech:
            self.roll(0, 0.7)
            shown = [run.lr for run in self.runs]
            between = [run for run in ADAMW_RANGE if run.lr not in shown]
            ghosts = [self.ghost(run, 3 * k // len(between)) for k, run in enumerate(between)]
            self.play(FadeOut(stuck), *map(FadeIn, ghosts), run_time=0.5)
            self.roll(self.steps, speech.remaining + 0.6)
        self.wait(1.2)
