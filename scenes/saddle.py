"""Saddles: where the gradient vanishes and no minimum is, and what leaves them."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import Claim, GradientNoise, Run, Surface, distances, each, settles
from descent.stage import PAUSE, ComparisonScene, Series, StepPanel, current_theme, stacked

PASS = Surface(
    "pass",
    lambda w1, w2: w1**2 / 2 + (w2**2 - 1) ** 2 / 8,
    ((-2.8, 1.8), (-2.3, 2.3)),
    ((0.0, 1.0), (0.0, -1.0)),
    "1/2 w_1^2 + 1/8 (w_2^2 - 1)^2",
    "A ridge with a saddle at the origin, between two minima.",
)
SADDLE = (0.0, 0.0)
UP, DOWNWARD = np.linalg.eigvalsh(PASS.hessian(*SADDLE))[::-1].tolist()  # how the ground bends along w1 and w2
RATE, MOMENTUM, NOISE, STEPS = 0.1, 0.9, 0.1, 200
PLAIN = Run(PASS, partial(SGD, lr=RATE), (-2.5, 0.001), STEPS, name="SGD")
HEAVY = replace(PLAIN, optimizer=partial(SGD, lr=RATE, momentum=MOMENTUM), name=f"SGD, momentum {MOMENTUM:g}")
NOISY = replace(PLAIN, noise=GradientNoise(NOISE), name="SGD, noise in its gradients")
GROWTH = 1 - RATE * DOWNWARD  # of the distance from the ridge, a step of plain SGD near the saddle
_SUM = GROWTH + MOMENTUM
ROLLING = (_SUM + np.sqrt(_SUM**2 - 4 * MOMENTUM)) / 2  # the same with momentum: the larger root of its quadratic
OFF = 0.5  # from the ridge: half-way to the minima


def seeds(count=5):
    """The noisy run with other noise."""
    return tuple(replace(NOISY, noise=GradientNoise(NOISE, seed)) for seed in range(count))


def on_the_ridge(run):
    """The same run from the ridge itself."""
    return replace(run, start=(-2.5, 0.0))


def off_ridge(trajectory):
    """How far from the ridge every row is."""
    return np.abs(trajectory.params[:, 1])


def leaves(trajectory):
    """The first row half-way to a minimum; infinite if there is none."""
    rows = np.flatnonzero(off_ridge(trajectory) > OFF)
    return int(rows[0]) if rows.size else np.inf


def waits(trajectory):
    """How many rows it spends within a tenth of the saddle."""
    return int((distances(trajectory, SADDLE) < 0.1).sum())


def growth(trajectory, low=0.005, high=0.1):
    """What a step multiplies the distance from the ridge by, the mean on its way from ``low`` to ``high``."""
    away = off_ridge(trajectory)
    first, last = (int(np.flatnonzero(away > bound)[0]) for bound in (low, high))
    return (away[last] / away[first]) ** (1 / (last - first))


class PlainSGDWaitsAtASaddle(ComparisonScene):
    """On a ridge plain SGD comes to a saddle and waits; momentum multiplies its way off, noise gives it a start."""

    title = "Here, plain SGD waits at a saddle that noise and momentum leave"
    runs = (PLAIN, HEAVY, NOISY)
    claims = (
        Claim("Plain SGD waits by the saddle for over 50 steps, momentum and noise for under 30.", runs,
              lambda plain, *others: waits(plain) > 50 and max(map(waits, others)) < 30),
        Claim(
            "Momentum leaves over three times as soon as plain SGD.",
            runs[:2],
            lambda plain, heavy: 3 * leaves(heavy) < leaves(plain) < np.inf,
        ),
        Claim(
            "At two rates beside it, too.",
            tuple(replace(run, optimizer=partial(SGD, **{**run.optimizer.keywords, "lr": lr}), steps=300)
                  for lr in (0.08, 0.12) for run in (PLAIN, HEAVY)),
            lambda *runs: all(2.5 * leaves(b) < leaves(a) < np.inf for a, b in zip(runs[::2], runs[1::2], strict=True)),
        ),
        Claim(
            "With noise it leaves in under 100 steps, for five seeds; without it does not.",
            seeds(),
            each(lambda t: leaves(t) < 100),
            control=(PLAIN,) * 5,
        ),
        Claim(
            "Near the saddle each step multiplies the distance from the ridge by one plus half the rate.",
            (PLAIN,),
            lambda t: np.isclose(growth(t), GROWTH, atol=0.002),
        ),
        Claim("With momentum, by the larger root, four times as much more.", (HEAVY,),
              lambda t: np.isclose(growth(t), ROLLING, atol=0.01) and np.isclose(ROLLING - 1, 4 * (GROWTH - 1))),
        Claim("With noise, from a tenth on, it leaves at the pace of plain SGD.", (NOISY, PLAIN),
              lambda a, b: np.isclose(growth(a, 0.1, 0.3), growth(b, 0.1, 0.3), atol=0.02),
              says="at the same pace"),
        Claim(
            "On the ridge itself plain SGD and momentum stay at the saddle, for 1000 steps.",
            tuple(on_the_ridge(replace(run, steps=5 * STEPS)) for run in (PLAIN, HEAVY)),
            each(settles(SADDLE, within=0.01)),
            control=(PLAIN, HEAVY),
        ),
        Claim("By step 200 each is at a minimum, and at step 1000 still.",
              (*runs, *(replace(run, steps=5 * STEPS) for run in (PLAIN, HEAVY, NOISY))),
              each(lambda t: min(distances(t, m)[-5:].max() for m in PASS.minima) < 0.15),
              says="All three come to a minimum"),
    )  # fmt: skip
    rate_height = 2.2

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        away = [Series(off_ridge(t), k) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, False, True, False, gutter, 0.4),
            lambda gutter: StepPanel("distance from the ridge", away, self.steps, lower, True, gutter=gutter),
        )

    def construct(self):
        stuck = 75

        with self.voiceover(
            "Downhill, from this slope. The gradient becomes smaller and smaller, and plain SGD comes to a halt. "
            "Is this a minimum?",
            "Plain SGD comes to a halt. A minimum?",
        ) as speech:
            self.add(self.board.map, self.heading)
            star, other = self.board.minima
            other.become(star.copy().move_to(other))  # both are lowest
            self.play(*self.enter_with_loss(), run_time=1.0)
            self.roll(stuck, speech.remaining, rate_func=linear)
        self.wait(1.8)
        with self.voiceover(
            "It is a saddle. Along the ridge the ground rises. To both sides it falls, to the minima. "
            "At its centre, the gradient is zero.",
            "A saddle: up along the ridge, down to both sides",
        ) as speech:
            ways = self.ways()
            for way in ways:
                self.play(GrowFromCenter(way[0]), FadeIn(way[1]), run_time=1.8)
            self.play(FadeIn(self.board.minima), run_time=0.8)
            self.roll(stuck + 5, max(speech.remaining + PAUSE - 0.6, 0.5), rate_func=linear)
            self.play(*map(FadeOut, ways), run_time=0.6)
        with self.voiceover(
            "The ball is not quite on the ridge. Each step adds five percent to its distance. Of almost zero, "
            "that is little. It waits. Then it goes.",
            f"Each step adds {GROWTH - 1:.0%} to almost zero",
        ) as speech:
            self.play(FadeIn(self.board.panels[1], self.board.curves[1][0]), run_time=0.8)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Momentum adds its little steps up. The distance gains four times as much a step. "
            "The ball leaves the ridge much sooner.",
            f"With momentum, each step adds {ROLLING - 1:.0%}",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(STEPS / 2, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Noise helps in another way. It throws the ball a little off the ridge. From there, the distance grows "
            "at the same pace.",
            "Noise gives the distance a start",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(2), run_time=0.6)
            self.roll(STEPS / 2, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "All three come to a minimum. A gradient of almost zero is not enough. Look twice: it may be a saddle.",
            "A gradient of almost zero is not yet a minimum",
        ) as speech:
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)

    def enter_with_loss(self):
        """The first run on the map, in the legend and the upper panel; the lower one comes later."""
        late = self.board.curves[1]
        entering = [animation for animation in self.board.enter(0) if animation.mobject not in late]
        return [FadeIn(self.board.legend), FadeIn(self.board.panels[0]), *entering]

    def ways(self):
        """The two ways through the saddle, as arrows with their names."""
        theme, parts = current_theme(), []
        for words, end, side in (("rises", (1.3, 0.0), RIGHT), ("falls", (0.0, 0.75), UP_RIGHT)):
            ends = self.board.map.to_frame(np.outer((-1, 1), end))
            line = DoubleArrow(*ends, buff=0, color=theme.ink, stroke_width=5, tip_length=0.2)
            parts.append(VGroup(line, self.board.map.tag(words, end, side)))
        return parts


UP_RIGHT = np.array((1.0, 0.3, 0.0))
