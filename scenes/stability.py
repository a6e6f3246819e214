"""Stability: the learning rate past which descent runs away, and how momentum moves it."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import EXPERIMENTS, VALLEY, Claim, diverges, settles, stability_limit, trace_batch
from descent.stage import Box, ComparisonScene, LossTint, Map, RunMarks, SettingsMap, current_theme, maths, number

RATES, MOMENTA = np.linspace(0.01, 1.1, 110), np.linspace(0, 0.95, 96)
MARGIN = 0.03  # of the limit, on either side, where sixty steps cannot tell
BOTTOM = VALLEY.minima[0]


def at(lr, momentum):
    """SGD on the valley, from the notebook's start."""
    return replace(EXPERIMENTS["E09"], optimizer=partial(SGD, lr=lr, momentum=momentum), steps=60)


CALM, WILD, CARRIED = RUNS = (at(0.3, 0.0), at(0.6, 0.0), at(0.6, 0.5))


@cache
def losses(start, steps):
    """The losses of every pair of settings, shape (momenta, rates, steps + 1)."""
    rates, momenta = np.meshgrid(RATES, MOMENTA)
    run = replace(CALM, start=start, steps=steps)
    batch = trace_batch(run, settings={"lr": rates.ravel(), "momentum": momenta.ravel()}, keep="paths")
    return batch.loss.reshape(*rates.shape, -1)


def line_is_true(*trajectories):
    """Whether every pair of settings loses below the line and gains above, and the runs are on the right sides."""
    run = trajectories[0].run
    first, last = losses(run.start, run.steps)[..., 0], losses(run.start, run.steps)[..., -1]
    share = RATES / stability_limit(run, MOMENTA)[:, None]
    sides = [
        (t.run.lr < stability_limit(t.run)) == (np.isfinite(t.loss[-1]) and t.loss[-1] < t.loss[0])
        for t in trajectories
    ]
    calm, wild = share < 1 - MARGIN, share > 1 + MARGIN
    return all(sides) and (last[calm] < first[calm]).all() and not (last[wild] <= first[wild]).any()


class StabilityHasALine(ComparisonScene):
    """A sweep of learning rate and momentum: runs rest on one side of a straight line and run away on the other."""

    title = "How large a rate may be is a straight line"
    ground = Map(width=4.6)
    runs = RUNS
    claims = (
        Claim("The small rate comes to rest.", (CALM,), settles(BOTTOM, within=0.1)),
        Claim("The large rate runs away.", (WILD,), diverges()),
        Claim("With momentum, the large rate comes to rest.", (CARRIED,), settles(BOTTOM, within=0.1)),
        Claim("The line parts the settings that lose from those that gain.", RUNS, line_is_true),
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
            f"One start in a long valley. First, a rate of {CALM.lr:g} without momentum. It comes to rest.",
            f"Learning rate {CALM.lr:g}, no momentum: it comes to rest",
        ) as speech:
            self.add(self.tint.follow(self.clock))
            self.play(*self.board.reveal([0]), run_time=1.2)
            self.roll(CALM.steps, speech.remaining - 0.2)
        with self.voiceover(
            f"Now {WILD.lr:g}: every step leaps farther up the other wall, and it runs away.",
            f"Learning rate {WILD.lr:g}: it runs away",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(WILD.steps, speech.remaining - 0.1)
        with self.voiceover(
            f"The same {WILD.lr:g} with momentum {CARRIED.optimizer.keywords['momentum']:g} comes to rest again.",
            f"Learning rate {WILD.lr:g} with momentum: at rest again",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(2), run_time=0.6)
            self.bring_to_front(self.board.marks[1])  # its note over the new trail
            self.roll(CARRIED.steps, speech.remaining - 0.1)
        with self.voiceover(
            f"So try {count} pairs. Blue has lost loss by this step, red has gained. A border appears.",
            f"{count} pairs of settings. Blue: below the first loss; red: above",
        ) as speech:
            self.roll(0, 0.8)
            self.roll(CALM.steps, speech.remaining + 1.2, rate_func=linear)
        with self.voiceover(
            "It is straight, and theory knows it: two, times one plus momentum, over the largest curvature.",
            f"The limit: {plain} without momentum, and growing with it",
        ):
            ink = current_theme().ink
            line = self.settings.line(limits, MOMENTA, ink).follow(self.clock)
            law = maths(f'"rate" < (2 (1 + "momentum")) / lambda_max, quad lambda_max = {number(steepest, 1)}', 34)
            law.move_to((self.board.map.box.left, self.board.map.box.bottom - 0.85, 0), UL)
            self.play(Create(line), FadeIn(law), run_time=1.6)
        self.wait(1.2)
