"""Sharp and flat minima: equally deep, but a large rate, or noise, does not stay in the sharp one."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import SGD

from descent import Claim, GradientNoise, Run, Surface, distances, each, largest_stable_step, lasting, settles
from descent.stage import BODY, PAUSE, ComparisonScene, Label, Series, StepPanel, current_theme, level, stacked

DEEP, NARROW, WIDE = 1.136, 0.3, 1.0  # so deep is the sharp pit, that both minima are; the widths of the pits


def two_pits(w1, w2):
    """A sharp pit and a flat one in a shallow bowl."""
    across = w2**2
    sharp = DEEP * torch.exp(-((w1 + 1.5) ** 2 + across) / (2 * NARROW**2))
    return 0.15 * (w1**2 + across) - sharp - torch.exp(-((w1 - 1.2) ** 2 + across) / (2 * WIDE**2))


SHARP, FLAT = (-1.45879652, 0.0), (0.91428703, 0.0)
GROUND = Surface(
    "a sharp and a flat pit",
    two_pits,
    ((-2.9, 2.9), (-2.9, 2.9)),
    (SHARP, FLAT),
    "0.15 abs(w)^2 - 1.136 e^(-abs(w - a)^2 \\/ 0.18) - e^(-abs(w - b)^2 \\/ 2)",
    "Two Gaussian pits of widths 0.3 and 1 around a = (-1.5, 0) and b = (1.2, 0), in a bowl.",
)
SHARP_LIMIT, FLAT_LIMIT = (largest_stable_step(GROUND, point) for point in (SHARP, FLAT))
SAFE_RATE, OVER, HIGH, NOISE, STEPS = 0.14, 0.2, 0.6, 1.5, 150
SHIFT = 0.2  # parameter units by which the ground is moved, to see what that costs


def at_rate(rate, **changes):
    """A run from within the sharp pit."""
    run = Run(GROUND, partial(SGD, lr=rate), (-1.5, 0.1), STEPS, name=f"SGD, rate {rate:g}")
    return replace(run, **changes)


RESTING, HOPPING, LEAVING = map(at_rate, (SAFE_RATE, OVER, HIGH))
NOISY = at_rate(SAFE_RATE, noise=GradientNoise(NOISE), name=f"rate {SAFE_RATE:g}, with noise")


def seeds(count=5, **changes):
    """The noisy run with other noise."""
    return tuple(replace(NOISY, noise=GradientNoise(NOISE, seed), **changes) for seed in range(count))


def steepness(trajectory):
    """The rate times the largest curvature under every row, shape (n + 1,)."""
    return np.array([2 * trajectory.run.lr / largest_stable_step(GROUND, tuple(w)) for w in trajectory.params.tolist()])


def leaves(trajectory):
    """The first row that is over one unit from the sharp minimum; infinite if there is none."""
    rows = np.flatnonzero(distances(trajectory, SHARP) > 1)
    return int(rows[0]) if rows.size else np.inf


def hops(trajectory):
    """It is never over half a unit from the sharp minimum, and in its last 50 steps never nearer than a tenth."""
    away = distances(trajectory, SHARP)
    return away.max() < 0.5 and away[-50:].min() > 0.1


def about_the_flat(trajectory, since=100):
    """The share of the rows from one on that are within 1.2 of the flat minimum."""
    return float((distances(trajectory, FLAT)[since:] < 1.2).mean())


def lost(point):
    """The loss at a point, and that on a ground that is moved along w1."""
    return GROUND.at(*point), GROUND.at(point[0] - SHIFT, point[1])


def cost(trajectory):
    """What a moved ground adds to the loss where a run ends."""
    before, after = lost(trajectory.params[-1].tolist())
    return after - before


IN_SHARP, IN_FLAT = (settles(point, within=0.01) for point in (SHARP, FLAT))


class AHighRateLeavesTheSharpMinimum(ComparisonScene):
    """Of two minima, equally deep, a high rate does not come to rest in the sharp one, and noise leaves it."""

    title = "Here, a high rate leaves the sharp minimum for the flat one"
    formula = 'eta < 2 / lambda quad "holds in the flat minimum, not in the sharp one"'
    runs = (RESTING, HOPPING, LEAVING, NOISY)
    claims = (
        Claim("By step 150 two runs are at the minima, which are equally deep.", (RESTING, LEAVING),
              lambda a, b: abs(a.loss[-1] - b.loss[-1]) < 1e-3
              and max(np.abs(t.grad[-1]).max() for t in (a, b)) < 1e-3),
        Claim("At step 150 the ground bends ten times as much under the one as under the other.", (RESTING, LEAVING),
              lambda a, b: 9.5 < steepness(a)[-1] / a.run.lr / (steepness(b)[-1] / b.run.lr) < 10.5),
        Claim("Of the rates, only the lowest is under the limit of the sharp one; all are under that of the flat one.",
              runs[:3], lambda *t: [x.run.lr < SHARP_LIMIT for x in t] == [True, False, False]
              and max(x.run.lr for x in t) < FLAT_LIMIT),
        Claim("Under the limit it comes to rest in the sharp minimum.", (RESTING,), lasting(IN_SHARP)),
        Claim(
            "Just above the limit it does not come to rest, and hops about the sharp minimum.",
            (HOPPING,),
            lasting(hops),
            control=(RESTING,),
            says="it finds no rest",
        ),
        Claim(
            "At a high rate it leaves, and comes to rest in the flat minimum; under the limit it does not.",
            (LEAVING,),
            lasting(IN_FLAT),
            control=(RESTING,),
        ),
        Claim("That is so at three rates, within 25 steps.", tuple(at_rate(rate) for rate in (0.5, 0.55, 0.7)),
              each(lambda t: leaves(t) <= 25 and IN_FLAT(t))),
        Claim(
            "With noise it leaves within 150 steps, for five seeds; without it does not.",
            seeds(),
            each(lambda t: leaves(t) < STEPS),
            control=(RESTING,) * 5,
        ),
        Claim(
            "The same noise about the flat minimum leaves it there for most of 150 steps, in five seeds.",
            seeds(start=FLAT),
            lambda *t: np.mean([about_the_flat(x, 0) for x in t]) > 0.8,
            control=seeds(start=SHARP),
            says="The same noise in the flat minimum",
        ),
        Claim("If the ground moves by 0.2 after step 150, the loss rises over five times as much in the sharp one.",
              (RESTING, LEAVING), lambda a, b: cost(a) > 5 * cost(b)),
    )  # fmt: skip
    rate_height = 2.0

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        bends = [Series(steepness(t), k) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, False, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(
                "rate times curvature (limit 2)", bends, self.steps, lower, False, True, gutter=gutter, ceiling=4.0
            ),
        )

    def construct(self):
        with self.voiceover(
            "Two minima, equally deep. The left one is sharp. It bends ten times as much as the other.",
            "Equally deep, one sharp, one flat",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            star, other = self.board.minima
            other.become(star.copy().move_to(other))
            tags = []
            for point, words in ((SHARP, "sharp"), (FLAT, "flat")):
                tags.append(self.board.map.tag(words, point, DOWN))
                self.play(FadeIn(tags[-1]), run_time=0.6)
                self.play(Flash(self.board.map.to_frame(point), color=current_theme().ink), run_time=1.0)
            self.play(*self.board.reveal_panels(), run_time=0.6)
            speech.pulse([self.board.map.to_frame(point) for point in (SHARP, FLAT)])
        with self.voiceover(
            "SGD begins in the sharp minimum. At a low learning rate, it settles there.",
            f"Rate {SAFE_RATE:g}: it rests in the sharp minimum",
        ) as speech:
            self.play(*map(FadeOut, tags), run_time=0.4)
            self.play(*self.board.enter(0), run_time=0.6)
            self.roll(40, speech.remaining + PAUSE, rate_func=linear)
        line, _ = level(self.board.panels[1], 2, "limit")
        with self.voiceover(
            "Rate times curvature remains below its limit, two. What about higher rates?",
            "Rate times curvature stays below 2",
        ) as speech:
            self.play(Create(line), run_time=0.8)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Just above, it finds no rest. It hops around the minimum.",
            f"Rate {OVER:g}: it hops about the sharp minimum",
            reveal=True,
        ) as speech:
            self.roll(0, 0.5)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(20, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Higher still, it is thrown out. The flat minimum allows this learning rate. There, it settles.",
            f"Rate {HIGH:g}: thrown out, and at rest in the flat minimum",
        ) as speech:
            self.roll(0, 0.5)
            self.play(*self.board.enter(2), run_time=0.6)
            self.roll(20, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "At the low rate, noise shakes it out. The same noise in the flat minimum mostly does not.",
            f"Rate {SAFE_RATE:g} with noise: out of the sharp pit, mostly in the flat one",
        ) as speech:
            self.play(*map(FadeOut, self.board.marks[1:3]), run_time=0.4)
            self.roll(0, 0.4)
            self.play(*self.board.enter(3), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Is flat better? If the ground moves slightly, the sharp minimum costs much more. Whether test data move "
            "it similarly, this picture leaves open.",
            f"If the ground moves by {SHIFT:g}, the sharp minimum costs more",
        ) as speech:
            self.play(FadeOut(self.board.marks[3]), *self.board.explain(*self.moved()), FadeOut(line), run_time=0.8)
            self.pulse([self.board.map.to_frame(point) for point in (SHARP, FLAT)], speech.remaining + PAUSE)
        self.wait(1.6)

    def moved(self):
        """What a moved ground costs at either minimum."""
        rows = []
        for words, point in (("sharp", SHARP), ("flat", FLAT)):
            before, after = lost(point)
            rows.append(Label(f"loss at the {words} one: {before:.2f} → {after:.2f}".replace("-", "−"), BODY))
        return [Label(f"The ground moves by {SHIFT:g}", BODY, current_theme().soft), *rows]
