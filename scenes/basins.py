"""Basins: from which starts SGD ends in which minimum, without momentum and with it."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import BIRD, EXPERIMENTS, Claim, each, same, settles
from descent.stage import PAUSE, BasinScene, RunMarks, current_theme, growing

STEPS = 100
GRID, COARSE = (140, 180), (35, 45)
LOWEST = BIRD.at(*BIRD.minima[0])
BELOW = min(BIRD.minima, key=lambda minimum: np.hypot(minimum[0] + 9, minimum[1] - 5))  # the start that is shown


def sgd(momentum=0.0, lr=0.01, steps=STEPS):
    """SGD from the notebook's far start; every start of a grid takes its place."""
    return replace(EXPERIMENTS["E03"], optimizer=partial(SGD, lr=lr, momentum=momentum), steps=steps)


PLAIN, HEAVY = replace(EXPERIMENTS["E03"], steps=STEPS), sgd(0.6)


def endings(run, grid=GRID):
    """The loss of the minimum that each start ends in, NaN for those that are in none."""
    return growing(run, grid).losses()


def lowest(run, grid=GRID):
    """The share of the starts that end at the lowest loss, in whichever of its minima."""
    return (endings(run, grid) < LOWEST + 0.1).mean()


def lower(one, other, grid=GRID):
    """The share of the starts that end lower with the second run than with the first."""
    return (endings(other, grid) < endings(one, grid) - 0.1).mean()


def gains(one, other, grid=GRID):
    """Whether a tenth of the starts, or nearly, end lower with the second run, and under a hundredth higher."""
    return lower(one, other, grid) > 0.09 and lower(other, one, grid) < 0.01


def ring(at):
    """A ring around a start, that can be seen on each of the colours."""
    theme = current_theme()
    strokes = ((theme.background, 9), (theme.ink, 4))
    return VGroup(*(Circle(0.2, stroke_width=wide, color=colour).move_to(at) for colour, wide in strokes))


class MomentumMovesTheBorders(BasinScene):
    """The starts of one map, without momentum and with it, and those that end at another loss."""

    title = "Here, momentum moves the borders between basins"
    formula = "v <- mu v + nabla L quad w <- w - eta v"
    runs = (PLAIN, HEAVY)
    starts = GRID
    changes = True
    claims = (
        Claim("They share surface, start, rate and steps.", runs, same("surface", "start", "lr", "steps"),
              says="the same starts, at the same learning rate"),
        Claim("After 100 steps under a third of the starts of plain SGD have reached the lowest loss.", (PLAIN,),
              lambda t: 0.3 < lowest(t.run) < 1 / 3),
        Claim("After 100 steps, with momentum nearly two in five have.", runs,
              lambda a, b: lowest(a.run) < 0.36 < lowest(b.run) < 0.4, control=(PLAIN, PLAIN)),
        Claim("After 100 steps about a tenth end lower with momentum, and under a hundredth higher.", runs,
              lambda a, b: gains(a.run, b.run), control=(PLAIN, PLAIN)),
        Claim("At two rates beside it, too.", (),
              lambda: all(gains(sgd(0, lr), sgd(0.6, lr), COARSE) for lr in (0.009, 0.011)),
              control=lambda: any(gains(sgd(0, lr), sgd(0, lr), COARSE) for lr in (0.009, 0.011))),
        Claim("With less momentum or more, too, over five times as many end lower as higher.", (),
              lambda: all(lower(PLAIN, sgd(mu), COARSE) > 5 * lower(sgd(mu), PLAIN, COARSE) for mu in (0.55, 0.65)),
              control=lambda: lower(PLAIN, PLAIN, COARSE) > 5 * lower(PLAIN, PLAIN, COARSE)),
        Claim("After 100 steps nearly every run is beside a minimum.", runs,
              each(lambda t: np.isfinite(endings(t.run)).mean() > 0.98)),
        Claim("From the start that is shown, plain SGD ends in the local minimum.", (PLAIN,),
              settles(BELOW, within=0.1), control=(HEAVY,)),
        Claim("With momentum, in the lowest.", (HEAVY,), settles(BIRD.minima[0], within=0.1), control=(PLAIN,)),
    )  # fmt: skip

    def construct(self):
        with self.voiceover(
            "From each point of this map, plain SGD goes its way. Once it stays beside a minimum, "
            "its start takes the colour of the loss there.",
            "Each start takes the colour of the loss that it ends at",
        ) as speech:
            self.play(*self.reveal_ground(), *self.enter(0), run_time=1.0)
            self.roll(15, speech.remaining, rate_func=linear)
        with self.voiceover(
            "Yellow is the lowest loss. Under a third of the starts reach it.",
            "Plain SGD: under a third reach the lowest loss, in yellow",
        ) as speech:
            self.roll(STEPS, speech.remaining + PAUSE)
        with self.voiceover(
            "Again, the same starts, at the same learning rate, with momentum. "
            "The borders move, and the yellow ground grows, to nearly two in five.",
            "With momentum: nearly two in five reach the lowest loss",
            reveal=True,
        ) as speech:
            self.hold(0)
            self.play(*self.enter(1), run_time=0.8)
            self.roll(STEPS, speech.remaining + PAUSE)
        with self.voiceover(
            "What has changed? About a tenth of the map now ends lower. Very little of it ends higher.",
            "About a tenth ends lower, very little higher",
        ) as speech:
            self.hold(1)
            self.play(*self.enter(2), run_time=0.8)
            self.roll(STEPS, speech.remaining + PAUSE)
        with self.voiceover(
            "Take one of these starts. Plain SGD runs into the local minimum below, and stays. "
            "With momentum, the ball rolls on, to the lowest.",
            "One start, two ends",
        ) as speech:
            self.hold(2)
            self.play(*(GrowFromCenter(ring(each.to_frame(PLAIN.start))) for each in self.maps), run_time=0.8)
            paths = [RunMarks(t, self.maps[2], k, 0.7) for k, t in enumerate(self.trajectories)]
            self.play(*(FadeIn(path.follow(self.clock)) for path in paths), run_time=0.4)
            self.roll(30, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "The landscape is as it was. The borders are not. A basin belongs to a landscape and an optimizer.",
            "A basin belongs to a landscape and an optimizer",
            around=[VGroup(head, each.frame) for head, each in zip(self.heads[:2], self.maps, strict=False)],
        ):
            pass
        self.wait(1.2)
