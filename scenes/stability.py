"""Stability: the learning rate past which descent on a quadratic runs away, and how momentum moves it."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import EXPERIMENTS, VALLEY, Claim, diverges, each, lasting, same, settles, stability_limit, trace_batch
from descent.stage import Box, ComparisonScene, LossTint, Map, RunMarks, SettingsMap, current_theme, maths, number

RATES, MOMENTA = np.linspace(0.01, 1.1, 110), np.linspace(0, 0.95, 96)
MARGIN = 0.03  # of the limit, on either side, where sixty steps cannot tell
BOTTOM = VALLEY.minima[0]


def at(lr, momentum):
    """SGD on the valley, from the notebook's start."""
    return replace(EXPERIMENTS["E09"], optimizer=partial(SGD, lr=lr, momentum=momentum), steps=60)


CALM, WILD, CARRIED = RUNS = (at(0.3, 0.0), at(0.6, 0.0), at(0.6, 0.5))
BESIDE_LINE = tuple(  # three points of the line, and on either side of each a run
    at(share * float(stability_limit(CALM, np.array([momentum]))[0]), momentum)
    for momentum in (0.0, 0.45, 0.9)
    for share in (0.85, 1.2)
)


@cache
def losses(start, steps):
    """The losses of every pair of settings, shape (momenta, rates, steps + 1)."""
    rates, momenta = np.meshgrid(RATES, MOMENTA)
    run = replace(CALM, start=start, steps=steps)
    batch = trace_batch(run, settings={"lr": rates.ravel(), "momentum": momenta.ravel()}, keep="paths")
    return batch.loss.reshape(*rates.shape, -1)


def on_its_side(trajectory):
    """Whether it ends lower than it began if its settings are below the line, and not if they are above it."""
    lower = np.isfinite(trajectory.loss[-1]) and trajectory.loss[-1] < trajectory.loss[0]
    return (trajectory.run.lr < stability_limit(trajectory.run)) == lower


def line_is_true(*trajectories):
    """Whether every pair of settings ends lower below the line, none above, and the runs are on the right sides."""
    run = trajectories[0].run
    first, last = losses(run.start, run.steps)[..., 0], losses(run.start, run.steps)[..., -1]
    share = RATES / stability_limit(run, MOMENTA)[:, None]
    calm, wild = share < 1 - MARGIN, share > 1 + MARGIN
    return (
        all(map(on_its_side, trajectories))
        and (last[calm] < first[calm]).all()
        and not (last[wild] <= first[wild]).any()
    )


class StabilityHasALine(ComparisonScene):
    """A sweep of learning rate and momentum: runs rest on one side of a straight line and run away on the other."""

    title = "On a quadratic, the limit of the rate is a straight line"
    formula = "eta < (2 (1 + mu)) / lambda"
    ground = Map(width=4.6)
    runs = RUNS
    claims = (
        Claim("The small rate comes to rest.", (CALM,), lasting(settles(BOTTOM, within=0.1))),
        Claim("The large rate runs away.", (WILD,), diverges()),
        Claim("With momentum, the large rate comes to rest.", (CARRIED,), lasting(settles(BOTTOM, within=0.1))),
        Claim("With and without, the rate and the start are the same.", (WILD, CARRIED), same("start", "lr"),
              says=f"The same {WILD.lr:g}"),
        Claim("After 60 steps, runs below the line are lower, at three momenta; those above it are not.", BESIDE_LINE,
              each(on_its_side), says="the limit of the rate is a straight line"),
        Claim("After 60 steps, all settings more than 3 % below the line are lower, none more than 3 % above it is.",
              RUNS, line_is_true),
    )  # fmt: skip

    def lay_out(self):
        super().lay_out()
        wild, carried = self.trajectories[1:]
        self.board.marks[1] = RunMarks(wild, self.board.map, 1, tail=2)  # a wall of leaps would hide the others
        self.board.marks[2] = RunMarks(carried, self.board.map, 2, announce=False)  # it comes back

    def make_panels(self, upper, lower):
        marked = [(run.lr, run.optimizer.keywords["momentum"]) for run in self.runs]
        box = Box(upper.left, upper.right, lower.bottom + 0.1, upper.top)
        self.settings = SettingsMap(("learning rate", "momentum"), RATES, MOMENTA, marked, box)
        self.tint = LossTint(losses(CALM.start, CALM.steps), VALLEY.at(*BOTTOM), self.settings.box)
        return [self.settings]

    def construct(self):
        steepest = float(np.linalg.eigvalsh(VALLEY.hessian(*BOTTOM))[-1])
        limits = stability_limit(CALM, MOMENTA)
        plain, count = number(float(limits[0]), 3), f"{RATES.size * MOMENTA.size:,}"

        with self.voiceover(
            "One start in a long valley. First, a low learning rate without momentum. It comes to rest.",
            f"Learning rate {CALM.lr:g} without momentum: it comes to rest",
        ) as speech:
            self.add(self.tint.follow(self.clock))
            self.play(*self.board.reveal([0]), run_time=1.2)
            self.roll(CALM.steps, speech.remaining - 0.2)
        with self.voiceover(
            f"Now {WILD.lr:g}: each step leaps farther up the other wall, and it runs away.",
            f"Learning rate {WILD.lr:g}: it runs away",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(WILD.steps, speech.remaining - 0.1)
        with self.voiceover(
            f"The same {WILD.lr:g} with momentum comes to rest again.",
            f"Learning rate {WILD.lr:g} with momentum: at rest again",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(2), run_time=0.6)
            self.bring_to_front(self.board.marks[1])  # its note over the new trail
            self.roll(CARRIED.steps, speech.remaining - 0.1)
        with self.voiceover(
            "Now try many pairs of settings. Blue has a lower loss by this step than at the start, red a higher one.",
            f"{count} pairs of settings. Blue: below the first loss; red: above",
            reveal=True,
        ) as speech:
            self.roll(0, 0.8)
            self.roll(CALM.steps, speech.remaining + 1.2, rate_func=linear)
        with self.voiceover(
            "The border is straight, and theory predicts it: two, times one plus momentum, over the largest curvature.",
            f"The limit: {plain} without momentum, and growing with it",
        ) as speech:
            ink = current_theme().ink
            line = self.settings.line(limits, MOMENTA, ink).follow(self.clock)
            law = maths(f'"rate" < (2 (1 + "momentum")) / lambda_max, quad lambda_max = {number(steepest, 1)}', 34)
            law.move_to((self.board.map.box.left, self.board.map.box.bottom - 0.85, 0), UL)
            self.play(Create(line), FadeIn(law), run_time=1.6)
            speech.pulse(law)
        self.wait(1.2)
