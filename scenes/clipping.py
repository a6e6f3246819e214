"""Clipping: at the foot of a wall one gradient is far too long, and torch can cut it to a length."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.nn.functional import softplus
from torch.optim import SGD

from descent import Claim, Clipping, Run, Surface, distances, first_step_within, lasting, none, same, trace
from descent.stage import PAUSE, ComparisonScene, Series, StepPanel, arrow, current_theme, level, maths, stacked

TURN, WALL, ROUND = 0.35, 20.0, 0.02
"""How far the wall stands from upright, in radians; how much it rises a unit; how round its foot is, in units."""
ALONG = np.array((math.cos(TURN), math.sin(TURN)))


def cliff(w1, w2):
    """A slope of one towards a wall, and across it a gentle bowl."""
    u, v = ALONG[0] * w1 + ALONG[1] * w2, ALONG[0] * w2 - ALONG[1] * w1
    return WALL * ROUND * softplus(u / ROUND) - u + 0.15 * v**2


FOOT = tuple((-ROUND * math.log(WALL - 1) * ALONG).tolist())  # there the wall rises as the slope falls
CLIFF = Surface(
    "cliff",
    cliff,
    ((-7.0, 2.0), (-4.5, 4.5)),
    (FOOT,),
    "-u + 20 s(u) + 0.15 v^2",
    "A slope of one that ends at a wall of 19, its foot rounded by a softplus s; (u, v) are (w1, w2), turned.",
)

LIMIT = 1.5
PLAIN = Run(CLIFF, partial(SGD, lr=0.3), (-5.2, -2.7), 62, name="SGD")
CLIPPED = replace(PLAIN, clipping=Clipping(LIMIT), name="SGD, clipped")
SLOWER = 20
SLOW = replace(PLAIN, optimizer=partial(SGD, lr=PLAIN.lr / SLOWER), steps=SLOWER * PLAIN.steps)
NEAR, FAR = 1.0, 4.0


def slopes(trajectory):
    """The length of the gradient that each step was given, shape (n,)."""
    return np.hypot(*trajectory.felt.T)


def hits(trajectory):
    """The steps that begin on the wall, where the gradient is over the limit."""
    return np.flatnonzero(np.hypot(*trajectory.grad[:-1].T) > LIMIT)


def thrown_back_again(trajectory):
    """From the wall it is thrown over four units away, at least twice, and once more in the last third of its steps."""
    away = distances(trajectory, FOOT)[hits(trajectory) + 1] > FAR
    return away.sum() > 1 and bool(away[-1]) and hits(trajectory)[-1] > 2 * trajectory.steps / 3


def stays_near(trajectory):
    """Once it is within one unit of the star it stays there, in the record and after it."""
    first = first_step_within(trajectory, FOOT, NEAR)
    return first is not None and bool((distances(trajectory, FOOT)[first:] <= NEAR).all())


def cuts_the_long_only(trajectory):
    """Every gradient over the limit is cut to it, in its own direction; every other one is given as it is."""
    long, given = hits(trajectory), trajectory.felt
    short = np.setdiff1d(np.arange(trajectory.steps), long)
    unit = trajectory.grad[long] / np.hypot(*trajectory.grad[long].T)[:, None]
    kept = len(long) > 0 and np.allclose(given[long], LIMIT * unit, rtol=1e-4)
    return kept and np.array_equal(given[short], trajectory.grad[short])


def alike_until_the_wall(plain, clipped):
    """Both come to the wall at one step, by the same path, and leave it on two."""
    first = hits(plain)[0]
    together = np.array_equal(plain.params[: first + 1], clipped.params[: first + 1])
    return together and not np.allclose(plain.params[first + 1], clipped.params[first + 1])


def steep_on_the_wall(trajectory):
    """At the first step that begins on the wall the ground is 19 times as steep as on the way there."""
    first = hits(trajectory)[0]
    before = slopes(trajectory)[:first].mean()
    return 18 < np.hypot(*trajectory.grad[first]) / before < 20


def arrives(trajectory):
    """The first step near the star, infinite if there is none."""
    step = first_step_within(trajectory, FOOT, NEAR)
    return np.inf if step is None else step


class ClippingHoldsTheBallAtTheCliff(ComparisonScene):
    """A wall's gradient throws plain SGD far back, again and again; cut to a length, it keeps the ball at the foot."""

    title = "Clipping holds the ball at the foot of a cliff"
    runs = (PLAIN, CLIPPED)
    claims = (
        Claim("On the wall the ground is 19 times as steep as before it.", (PLAIN,), steep_on_the_wall),
        Claim("Plain SGD is thrown back, and again when it returns.", (PLAIN,), lasting(thrown_back_again)),
        Claim(
            "Clipped, the ball stays within one unit of the star for 62 steps.",
            (CLIPPED,),
            stays_near,
            control=(PLAIN,),
            says="Clipping holds the ball at the foot of a cliff",
        ),
        Claim("It stays there when the run goes on.", (CLIPPED,), lasting(stays_near)),
        Claim(
            "Long gradients are cut to the limit and keep their direction, others are as they were.",
            (CLIPPED,),
            cuts_the_long_only,
            control=(PLAIN,),
            says="All others stay as they are",
        ),
        Claim("Until the wall, both take the same steps.", runs, alike_until_the_wall, says="the same steps"),
        Claim("Both have one start and one rate.", runs, same("start", "lr")),
        Claim("At a twentieth of the rate, plain SGD is not thrown back.", (SLOW,), none(thrown_back_again)),
        Claim(
            "It needs about twenty times the steps.",
            (SLOW, CLIPPED),
            lambda slow, clipped: 18 < arrives(slow) / arrives(clipped) < 22,
        ),
    )
    rate_height = 2.0

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        lengths = [Series(slopes(t), k, stairs=True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, log=False, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(
                "length of the gradient it is given", lengths, self.steps, lower,
                log=False, from_zero=True, gutter=gutter,
            ),
        )  # fmt: skip

    def construct(self):
        plain, clipped = self.trajectories
        theme, first = current_theme(), int(hits(plain)[0])
        with self.voiceover(
            "A gentle slope ends at a wall. The star lies at its foot. What will the ball do there?",
            "A gentle slope, and a wall at its end",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(first - 2, speech.remaining + PAUSE + 1.0, rate_func=rate_functions.linear)
        with self.voiceover(
            "Its next step ends a little way up the wall. There, the ground is 19 times as steep.",
            "On the wall, the ground is 19 times as steep",
        ) as speech:
            self.roll(first, 2.4)
            downhill = arrow(self.board.map, plain.params[first], plain.update[first], theme.gradient, 5.0)
            self.play(GrowArrow(downhill), run_time=max(speech.remaining + PAUSE, 1.0))
        with self.voiceover(
            "The next step is longer, accordingly. It throws the ball far back. Returning, the ball is thrown again.",
            "One long step, and the way begins anew",
        ) as speech:
            self.roll(first + 1, 1.8)
            self.play(FadeOut(downhill), run_time=0.4)
            self.roll(self.steps, max(speech.remaining + PAUSE, 5.0), rate_func=rate_functions.linear)
        with self.voiceover(
            "Now with clipping. Until the wall, these are the same steps. Gradients longer than a limit are shortened. "
            "All others stay as they are.",
            f"Clipped at {LIMIT:g}: a long gradient becomes a short one",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.explain(*self.law()), *self.board.enter(1), run_time=0.6)
            self.play(FadeIn(level(self.board.panels[1], LIMIT, f"limit {LIMIT:g}")), run_time=0.4)
            self.roll(first, 2.4, rate_func=rate_functions.linear)
            self.cut(plain, clipped, first, speech.remaining + PAUSE)
        with self.voiceover(
            "Its direction is kept. The wall pushes the ball back a little. It stays about the star.",
            "Its direction is kept: the ball stays about the star",
        ) as speech:
            self.play(*self.board.resume(), run_time=0.5)
            self.board.zoom(FOOT, 2.4)
            self.roll(self.steps, max(speech.remaining + PAUSE, 3.5), rate_func=rate_functions.linear)
        slow = trace(SLOW)
        with self.voiceover(
            f"At a learning rate {SLOWER} times lower, plain SGD is not thrown back either. But getting here takes "
            "about twenty times the steps.",
            f"A rate {SLOWER} times lower does it too, but at step {arrives(slow)}, not {arrives(clipped)}",
        ) as speech:
            self.play(Indicate(self.board.minima[0], 1.8, color=theme.ink), run_time=1.8)
            self.play(Indicate(self.board.minima[0], 1.8, color=theme.ink), run_time=1.8)
            speech.pulse(self.board.minima[0])
        self.wait(1.2)

    def law(self):
        """What torch's clipping does, and to what length."""
        theme = current_theme()
        return (
            maths('g <- g dot c / norm(g) quad "if" quad norm(g) > c', 42),
            maths(f"c = {LIMIT:g}", 38, theme.soft),
        )

    def cut(self, plain, clipped, first, seconds):
        """The long arrow of that step, which shrinks to the clipped one."""
        theme, here = current_theme(), plain.params[first]
        long, short = (arrow(self.board.map, here, t.update[first], theme.gradient, 5.0) for t in (plain, clipped))
        self.play(FadeIn(long), run_time=0.6)
        self.play(Transform(long, short), run_time=max(seconds - 1.0, 1.6))
        self.play(FadeOut(long), run_time=0.4)
