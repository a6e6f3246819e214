"""AdaGrad: it divides by all gradients that there were, so that a steep start is never forgotten."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.nn.functional import softplus
from torch.optim import Adagrad, RMSprop

from descent import Claim, Run, Surface, distances, first_step_within
from descent.stage import PAUSE, ComparisonScene, OnClock, Series, StepPanel, current_theme, maths, stacked

DIAGONAL = np.sqrt(0.5) * np.array([(1.0, 1.0), (-1.0, 1.0)])  # down the slope, and across it
WALL, ROUND, FOOT = 10.0, 0.3, -3.5  # how steep the wall is, how round its foot, and where that lies on the way


def wall_and_slope(w1, w2):
    """A steep wall that ends in a gentle slope down to the origin."""
    (a, b), (c, d) = DIAGONAL.tolist()
    down, across = a * w1 + b * w2, c * w1 + d * w2
    wall = WALL * ROUND * softplus((FOOT - down) / ROUND)
    return wall + torch.sqrt(down**2 + 0.5) / 2 + 0.1 * across**2


STAR = (0.0, 0.0)
GROUND = Surface(
    "wall and slope",
    wall_and_slope,
    ((-6.0, 2.0), (-6.0, 2.0)),
    (STAR,),
    "10 s(-3.5 - u) + 1/2 sqrt(u^2 + 1/2) + 1/10 v^2",
    "A wall rounded by a softplus s, and a slope of a half to the star; (u, v) are (w1, w2), turned by 45 degrees.",
)
RATE, ALPHA, STEPS, LONG = 0.3, 0.9, 120, 500
NEAR = 0.25  # distance from the star that counts as arrived, in parameter units
SUMMED = Run(GROUND, partial(Adagrad, lr=RATE), (-4.0, -3.0), LONG)
AVERAGED = replace(SUMMED, optimizer=partial(RMSprop, lr=RATE * round((1 - ALPHA) ** 0.5, 4), alpha=ALPHA))
LEFT_WALL = 15  # the first step at which AdaGrad is off the wall
ANEW = replace(SUMMED, start=(-2.59, -1.61), name="AdaGrad")
HIGHER = replace(SUMMED, optimizer=partial(Adagrad, lr=5 * RATE))
SUMMED, AVERAGED = replace(SUMMED, name="AdaGrad"), replace(AVERAGED, name="RMSprop")


def effective(trajectory):
    """What a gradient is multiplied by at each step, the mean of both weights; they differ by a few percent here."""
    state = trajectory.state
    root = np.sqrt(state["sum"] if "sum" in state else state["square_avg"])
    return (trajectory.rates / root).mean(axis=1)


def arrival(trajectory):
    """The first step near the star; infinite if there is none."""
    step = first_step_within(trajectory, STAR, NEAR)
    return np.inf if step is None else step


def only_falls(trajectory):
    """No step's effective rate is above the one before, and the last is below the first."""
    rates = effective(trajectory)
    return bool((np.diff(rates) <= 0).all()) and rates[-1] < 0.98 * rates[0]


def sums_squares(trajectory):
    """Its buffer is the running sum of squared gradients, and the rate over its root is what moves the weights."""
    total = trajectory.state["sum"]
    moves = -trajectory.rates * trajectory.felt / np.sqrt(total)
    return np.allclose(total, np.cumsum(trajectory.felt**2, axis=0), rtol=1e-4) and np.allclose(
        moves, trajectory.update, atol=1e-5
    )


def climbs_again(trajectory):
    """At its arrival its effective rate is over ten times what it was at its lowest on the wall."""
    rates = effective(trajectory)
    return rates[int(arrival(trajectory))] > 10 * rates[:LEFT_WALL].min()


def at_rates(run, *factors):
    """The same run at some multiples of its rate."""
    return tuple(replace(run, optimizer=partial(run.optimizer, lr=factor * run.lr)) for factor in factors)


class AdaGradNeverForgets(ComparisonScene):
    """AdaGrad's sum of squared gradients keeps a steep start, so that its effective rate only falls."""

    title = "Here, AdaGrad's rate never recovers from a steep start"
    formula = 'w <- w - eta / sqrt(G) g quad "with" quad G = sum g^2'
    runs = (SUMMED, AVERAGED, ANEW)
    claims = (
        Claim("Both begin with the same first step.", runs[:2],
              lambda a, b: np.allclose(a.update[0], b.update[0], rtol=1e-3) and a.run.start == b.run.start,
              says="the same first step"),
        Claim(
            "By step 120 RMSprop has arrived, and AdaGrad is not half of the way down from the foot.",
            runs[:2],
            lambda a, b: arrival(b) < 100 and distances(a, STAR)[STEPS] > distances(a, STAR)[LEFT_WALL] / 2,
        ),
        Claim(
            "AdaGrad's effective rate is cut to under half by the wall, and falls over all of 2500 steps.",
            (replace(SUMMED, steps=5 * LONG),),
            lambda t: only_falls(t) and effective(t)[LEFT_WALL] < 0.5 * effective(t)[0],
            says=("The effective rate only falls", "rate never recovers"),
        ),
        Claim("What AdaGrad divides by is the root of the sum of all squared gradients so far.", (SUMMED,),
              sums_squares, says=("the side of a square as large as all of them", "Nothing is taken away",
                                  "nothing is ever taken away")),
        Claim("At five times the rate it falls as well, for 500 steps.", (HIGHER,), only_falls,
              says="that one, too, only falls"),
        Claim("RMSprop's effective rate climbs again.", (AVERAGED,), climbs_again),
        Claim(
            "With an empty sum AdaGrad comes to the star within 100 steps; with the sum of the wall it does not.",
            (ANEW,),
            lambda t: arrival(t) < 100 - LEFT_WALL,
            control=(SUMMED,),
            says=("With an empty sum, the same rate brings it to the star", "The same rate, an empty sum"),
        ),
        Claim("It begins where the first run left the wall.", (SUMMED, ANEW),
              lambda a, b: distances(a, b.run.start)[LEFT_WALL] < 0.01),
        Claim(
            "AdaGrad arrives over six times as late as RMSprop.",
            runs[:2],
            lambda a, b: 6 < arrival(a) / arrival(b) < 7,
        ),
        Claim(
            "At a fifth more or less of both rates, it takes over five times as long.",
            at_rates(replace(SUMMED, steps=2 * LONG), 0.8, 1.2) + at_rates(AVERAGED, 0.8, 1.2),
            lambda *t: all(5 * arrival(b) < arrival(a) < np.inf for a, b in zip(t[:2], t[2:], strict=True)),
        ),
        Claim("At five times its rate, AdaGrad arrives before RMSprop.", (HIGHER, AVERAGED),
              lambda a, b: arrival(a) < arrival(b)),
        Claim(
            "From its arrival to step 2500 RMSprop is near the star.",
            (replace(AVERAGED, steps=5 * LONG),),
            lambda t: distances(t, STAR)[STEPS:].max() < NEAR,
        ),
    )  # fmt: skip
    rate_height = 1.8

    def lay_out(self):
        """The clock is short until AdaGrad is followed to its end."""
        super().lay_out()
        self.board.retime(STEPS)

    def make_panels(self, upper, lower):
        away = [Series(distances(t, STAR), k) for k, t in enumerate(self.trajectories)]
        rates = [Series(effective(t), k, True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("distance to the star", away, self.steps, upper, False, True, False, gutter),
            lambda gutter: StepPanel("effective rate", rates, self.steps, lower, True, gutter=gutter, ceiling=1.0),
        )

    def construct(self):
        with self.voiceover(
            "A steep wall, and a gentle slope to the star. AdaGrad and RMSprop begin with the same first step.",
            "A steep wall, then a gentle slope",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            self.play(*self.on_the_map(0, 1), run_time=1.0)
            self.roll(LEFT_WALL, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "On the slope, RMSprop speeds up, and arrives. AdaGrad almost stands still. Why?",
            "RMSprop arrives, AdaGrad almost stands still",
        ) as speech:
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "AdaGrad squares each gradient, and adds it to a sum. Its root, the side of a square as large as all of "
            "them, divides the step.",
            "The side of the whole square divides the step",
            reveal=True,
        ) as speech:
            self.play(FadeOut(self.board.marks[1]), run_time=0.4)
            self.roll(0, 0.6)
            whole = self.add_squares(speech)
        with self.voiceover(
            "The wall made this sum large. On the slope the squares are specks, but nothing is ever taken away.",
            "Nothing is taken away: the effective rate only falls",
        ) as speech:
            self.roll(40, speech.remaining / 2, rate_func=linear)
            self.play(FadeOut(whole), run_time=0.4)
            self.play(*self.panels(0), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "RMSprop takes an average instead, which forgets. Soon its effective rate climbs again.",
            "RMSprop forgets the wall, and its rate climbs",
        ) as speech:
            self.roll(0, 0.6)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Begin AdaGrad anew, at the foot of the wall. With an empty sum, the same rate brings it to the star.",
            "The same rate, an empty sum",
        ) as speech:
            self.play(FadeOut(self.board.marks[1]), run_time=0.4)
            self.roll(0, 0.6)
            self.play(*self.board.enter(2), run_time=0.6)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "The first run gets there as well, over six times as late as RMSprop. A higher rate would "
            "have helped. But that one, too, only falls.",
            "It arrives over six times as late as RMSprop",
        ) as speech:
            self.play(FadeOut(self.board.marks[2]), *self.board.retime(LONG), run_time=0.6)
            self.roll(LONG, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)

    def on_the_map(self, *runs):
        """Runs on the map and in the legend; their curves come later."""
        late = [curve for curves in self.board.curves for curve in curves]
        entering = [animation for animation in self.board.enter(*runs) if animation.mobject not in late]
        return [FadeIn(self.board.legend), *entering]

    def panels(self, k):
        """The panels, with a run's curves."""
        curves = [curves[k].at_step(self.clock.get_value()) for curves in self.board.curves]
        return [*self.board.reveal_panels(), *map(FadeIn, curves)]

    def add_squares(self, speech):
        """The first squares fly from the ball into a row and join to one, whose side is the root of the sum."""
        theme, summed = current_theme(), self.trajectories[0]
        left, top = self.board.frame.title.left, self.board.loss_top
        root = np.sqrt(summed.state["sum"][:, 0])
        sides = np.abs(summed.felt[:FEW, 0])
        unit = (self.board.frame.title.width - 0.2 * FEW) * 0.9 / sides.sum()
        squares = VGroup(*(square(unit * side) for side in sides)).arrange(RIGHT, buff=0.2, aligned_edge=DOWN)
        squares.move_to((left, top - 0.35, 0), UL)
        name = maths("g^2", 40, theme.gradient).next_to(squares, DOWN, 0.25)
        for k, each in enumerate(squares):
            self.play(GrowFromPoint(each, self.board.map.to_frame(summed.params[k])), run_time=0.6)
            if k == 0:
                self.play(FadeIn(name), run_time=0.3)
            if k + 1 < FEW:
                self.roll(k + 1, 0.3)
        whole = Whole(root, unit, (left, top - 0.35)).at_step(FEW - 1)
        half = whole.square.width / 2
        quarters = VGroup(*(square(half) for _ in sides)).arrange_in_grid(2, 2, buff=0).move_to(whole.square)
        law = VGroup(
            maths("G <- G + {{g^2 : new}}", 36),
            maths("w <- w - eta / sqrt(G) g", 36),
        ).arrange(DOWN, buff=0.5, aligned_edge=LEFT)
        law[0].select("new").set_color(theme.gradient)
        law.move_to((left + unit * root[LEFT_WALL] + 0.45, whole.square.get_center()[1], 0), LEFT)
        self.play(Transform(squares, quarters), FadeOut(name), run_time=1.0)
        self.play(FadeIn(law[0]), run_time=0.6)
        self.remove(squares)
        self.add(whole.follow(self.clock))
        self.play(FadeIn(law[1]), run_time=0.6)
        self.roll(LEFT_WALL, speech.remaining + PAUSE, rate_func=linear)
        return VGroup(whole, law)


def square(side):
    """A gradient's square, as an area."""
    ink = current_theme().gradient
    return Square(side, stroke_color=ink, stroke_width=3, fill_color=ink, fill_opacity=0.3)


class Whole(OnClock):
    """A square as large as all that were added so far, its lower side named as the root of the sum.

    Args:
        root: The root of the sum after each step.
        unit: Frame units of a side of one.
        corner: Its upper left corner.
    """

    def __init__(self, root, unit, corner):
        super().__init__()
        self.digest = root.tobytes().hex()
        self.root, self.unit, self.corner = root, unit, np.array((*corner, 0.0))
        self.square, self.name = square(1.0), maths("sqrt(G)", 40)
        self.add(self.square, self.name)
        self.at_step(0.0)

    def at_step(self, step):
        """As large as the sum that the step before it left."""
        side = self.unit * np.interp(step, np.arange(len(self.root)), self.root)
        self.square.stretch_to_fit_width(side).stretch_to_fit_height(side).move_to(self.corner, UL)
        self.name.next_to(self.square, DOWN, 0.15)
        return self


FEW = 4  # gradients whose squares are shown
