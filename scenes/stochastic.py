"""What is stochastic in SGD: each step asks some of the points, and those never quite agree."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR, MultiStepLR

from descent import POINTS, Claim, MeanLoss, MiniBatches, Run, Surface, distances, each, trace
from descent.stage import (
    PAUSE,
    BatchPoints,
    Box,
    Cloud,
    ComparisonScene,
    FitPanel,
    Map,
    Series,
    StepPanel,
    arrow,
    chain,
    current_theme,
    maths,
)

X, Y = np.transpose(POINTS)
X = (X - X.mean()) / X.std()  # so that the loss bends alike in every direction, and one rate suits both weights
DATA = np.stack([X, Y], axis=1)
BEST = tuple(np.polyfit(X, Y, 1).tolist())


def squared_gaps(w, b):
    """The squared gap of every point to a line, which their loss is the mean of."""
    return (w[..., None] * torch.tensor(X).to(w) + b[..., None] - torch.tensor(Y).to(w)) ** 2


GROUND = Surface(
    "line among ten points",
    MeanLoss(squared_gaps),
    ((-40.0, 150.0), (-20.0, 260.0)),
    (BEST,),
    "1/10 sum_(i=1)^10 (w x_i + b - y_i)^2",
    "The lecture's regression, its x brought to mean 0 and standard deviation 1.",
)
RATE, LOW, STEPS = 0.1, 0.02, 300
AT_RATE, AT_LOW = (partial(SGD, lr=lr) for lr in (RATE, LOW))
DECAY = partial(ExponentialLR, gamma=0.98)
WHOLE = Run(GROUND, AT_RATE, (0.0, 0.0), STEPS, name=f"all ten points, rate {RATE:g}")
SINGLE = replace(WHOLE, batches=MiniBatches(1), name=f"one point, rate {RATE:g}")
GENTLE = replace(SINGLE, optimizer=AT_LOW, name=f"one point, rate {LOW:g}")
DECAYED = replace(SINGLE, scheduler=DECAY, name="one point, a rate that decays")
STOPPED = replace(SINGLE, scheduler=partial(MultiStepLR, milestones=[100], gamma=1e-9))
PULLS = Run(GROUND, partial(SGD, lr=1e-3), BEST, len(X), batches=MiniBatches(1))  # a pass that hardly moves
ARRIVED, ARRIVED_LOW = 45, 180  # rows from which on the rates' runs are at the best line, or around it


def seeds(run, count=3):
    """The same run with its points drawn in other orders."""
    return tuple(replace(run, batches=replace(run.batches, seed=seed)) for seed in range(count))


def width(trajectory, since):
    """How far from the best line it usually is from a row on: the root mean square."""
    return float(np.sqrt(np.mean(distances(trajectory, BEST)[since:] ** 2)))


def goes_on_moving(trajectory):
    """In its last hundred steps it is moved by over 1 in the mean, and is around the best line."""
    return np.hypot(*trajectory.update[-100:].T).mean() > 0.5 and 1 < width(trajectory, -100) < 3


def rests(trajectory):
    """From step 100 on it is on the best line, to the rounding of its weights."""
    return distances(trajectory, BEST)[100:].max() < 0.001


def cancel(trajectory):
    """The pulls of a pass at the best line add up to nothing, and there is none of them that is nothing."""
    felt = trajectory.felt
    return np.linalg.norm(felt.sum(axis=0)) < 0.2 and np.linalg.norm(felt, axis=1).min() > 1


def a_fifth(*trajectories):
    """The clouds at the lower rate are four to seven times as narrow."""
    high, low = np.split(np.array(trajectories, dtype=object), 2)
    ratios = [width(a, ARRIVED) / width(b, ARRIVED_LOW) for a, b in zip(high, low, strict=True)]
    return min(ratios) > 4 and max(ratios) < 7


class MiniBatchesKeepSGDMoving(ComparisonScene):
    """Steps on single points arrive as soon as those on all, but do not rest, unless their rate decays."""

    title = "Here, mini-batches keep SGD moving until its rate decays"
    ground = Map(names=("w", "b"))
    runs = (WHOLE, SINGLE, GENTLE, DECAYED)
    claims = (
        Claim(
            "Over 1500 steps single points keep the run moving; all points at once do not.",
            (replace(SINGLE, steps=5 * STEPS),),
            goes_on_moving,
            control=(replace(WHOLE, steps=5 * STEPS),),
            says=("mini-batches keep SGD moving", "Single points keep it moving", "keep the run moving"),
        ),
        Claim("On all points it is on the best line from step 100 to 1500.", (replace(WHOLE, steps=5 * STEPS),), rests,
              says=("a step asks all of the points", "The run on all points rests")),
        Claim("That is so in three orders of the points, over 300 steps.", seeds(SINGLE), each(goes_on_moving)),
        Claim(
            "By step 45 both are within a fiftieth of their way.",
            (WHOLE, SINGLE),
            each(lambda t: distances(t, BEST)[40:46].max() < 0.02 * distances(t, BEST)[0]),
        ),
        Claim(
            "At the best line the pulls of the points cancel, and none is nothing.",
            (PULLS,),
            cancel,
            says=("All ten together cancel", "All ten pulls cancel"),
        ),
        Claim(
            "At a fifth of the rate the cloud is about a fifth as wide, in three orders of the points.",
            seeds(SINGLE) + seeds(GENTLE),
            a_fifth,
        ),
        Claim(
            "At the low rate it is late: at step 100 it is farther from the best line than the high rate's cloud.",
            (GENTLE, SINGLE),
            lambda low, high: distances(low, BEST)[100] > 2 * width(high, ARRIVED),
        ),
        Claim(
            "A rate that decays lets the pulls average out; one that drops at once does not, in three orders.",
            seeds(DECAYED),
            lambda *runs: max(distances(t, BEST)[-50:].max() for t in runs) < 0.05,
            control=seeds(STOPPED),
            says="lets the pulls average out",
        ),
        Claim(
            "By step 45 the decaying rate is as near as the constant one is on average.",
            seeds(DECAYED) + seeds(SINGLE),
            lambda *runs: max(distances(t, BEST)[45] for t in runs[:3]) < min(width(t, ARRIVED) for t in runs[3:]),
        ),
    )  # fmt: skip

    def make_panels(self, upper, lower):
        """The distances; first the points with their lines stand in the same place."""
        whole = Box(upper.left, upper.right, lower.bottom, upper.top)
        away = [Series(distances(t, BEST), k) for k, t in enumerate(self.trajectories)]
        self.fit = FitPanel(DATA, self.trajectories[:2], whole, decimals=None)
        return [StepPanel("distance to the best line", away, self.steps, whole, log=True)]

    def construct(self):
        _, single, gentle, _ = self.trajectories
        with self.voiceover(
            "A line among points is one spot on the map. Each step turns the line. Usually, a step asks all of the "
            "points.",
            "Each step asks ten points",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            self.play(FadeIn(self.fit), *self.enter_with_line(0), run_time=1.2)
            self.roll(4, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Stochastic gradient descent asks one point, drawn by lot, and steps. Then it asks another.",
            "Each step asks one point, drawn by lot",
        ) as speech:
            self.play(*map(FadeOut, (*self.shown, self.board.marks[0])), run_time=0.5)
            self.roll(0, 0.3)
            self.play(*self.enter_with_line(1), run_time=0.6)
            self.roll(6, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "From afar, the points agree on where to go. Both runs come to the best line. Will both rest there?",
            "Both come to the best line. Will both rest?",
        ) as speech:
            self.play(FadeIn(self.board.marks[0], self.lines[0]), run_time=0.6)
            self.roll(ARRIVED, speech.remaining - 0.2, rate_func=linear)
        self.look_closer()
        cloud = Cloud(single, self.board.map, 1, BEST, ARRIVED).follow(self.clock)
        with self.voiceover(
            "The run on all points rests. Single points keep it moving: around the best line, a cloud.",
            "One run rests, the other becomes a cloud",
        ) as speech:
            self.add(cloud)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Look at the best line. There, each point still pulls its own way. All ten together cancel. "
            "One alone does not.",
            "All ten pulls cancel, one alone does not",
        ) as speech:
            self.play(*map(FadeOut, (cloud, *self.board.marks[:2])), run_time=0.6)
            pulls = self.show_pulls(speech)
        with self.voiceover(
            "The learning rate scales these pulls. At a fifth of the rate, the cloud is about a fifth as wide. "
            "But the way there is slow.",
            "A fifth of the rate, a fifth of the cloud",
        ) as speech:
            self.play(FadeOut(pulls), run_time=0.4)
            self.roll(0, 0.4)
            calm = Cloud(gentle, self.board.map, 2, BEST, ARRIVED_LOW).follow(self.clock)
            self.play(FadeIn(cloud, calm), *self.board.enter(2), run_time=0.6)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Begin high, then. A learning rate that decays lets the pulls average out. This run settles on the star.",
            "A rate that decays: there soon, and at rest",
        ) as speech:
            self.play(FadeOut(self.board.marks[2]), run_time=0.4)
            self.roll(0, 0.4)
            self.play(*self.board.enter(3), run_time=0.6)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=rate_functions.ease_in_sine)
        self.wait(1.6)

    def enter_with_line(self, k):
        """A run on the map and in the legend, its line among the points, and the points that each of its steps asks."""
        curves = self.board.curves[0]
        if k == 0:
            self.lines = [line.follow(self.clock) for line in self.fit.curves()]
        lit = BatchPoints(self.fit, self.trajectories[k], k).follow(self.clock)
        self.shown = [self.lines[k], lit]
        head = [FadeIn(self.board.legend)] if k == 0 else []
        entering = [animation for animation in self.board.enter(k) if animation.mobject not in curves]
        return [*head, *entering, *map(FadeIn, self.shown)]

    def look_closer(self):
        """The neighbourhood of the best line takes the map's place, the distance to it that of the points."""
        self.play(FadeOut(self.fit, *self.lines, self.shown[1]), run_time=0.4)
        self.board.zoom(BEST, 7.0, tail=8)
        self.play(FadeIn(self.board.panels[0], *self.board.curves[0][:2]), run_time=0.5)

    def show_pulls(self, speech):
        """The recorded steps of the points at the best line: each by itself, then tip to tail, where they close."""
        theme, moves = current_theme(), -RATE * trace(PULLS).felt
        moves = moves[np.argsort(np.arctan2(*moves.T[::-1]))]
        own = VGroup(*(arrow(self.board.map, np.array(BEST), move, theme.gradient, 4.5) for move in moves))
        closed = chain(self.board.map, np.array(BEST), moves, [theme.gradient] * len(moves), 4.5)
        name = maths('- eta nabla L_i "of each point"', 34, theme.gradient)
        name.move_to((self.board.frame.title.left, self.board.loss_top + 0.2, 0), LEFT)
        self.play(FadeIn(name), LaggedStart(*map(GrowArrow, own), lag_ratio=0.3), run_time=speech.remaining / 2)
        closing = (Transform(alone, joined) for alone, joined in zip(own, closed, strict=True))
        self.play(LaggedStart(*closing, lag_ratio=0.25), run_time=speech.remaining + PAUSE - 0.6)
        self.wait(0.6)
        return VGroup(own, name)
