"""Basins: from which starts each optimizer reaches which minimum."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD, AdamW, RMSprop

from descent import BIRD, EXPERIMENTS, Claim, each
from descent.stage import BasinScene, current_theme, growing, number

STEPS = 100
GRID = (140, 180)
LOWEST = BIRD.at(*BIRD.minima[0])


def at(optimizer):
    """The notebook's far start with another optimizer; every start of the grid takes its place."""
    return replace(EXPERIMENTS["E03"], optimizer=optimizer, steps=STEPS)


RUNS = (
    at(partial(SGD, lr=0.01)),
    at(partial(SGD, lr=0.01, momentum=0.6)),
    at(partial(SGD, lr=0.01, momentum=0.8)),
    at(partial(RMSprop, lr=0.3)),
    at(partial(AdamW, lr=0.5)),
)
PLAIN, LIGHT, HEAVY, RMS, ADAMW = RUNS


def ground(run):
    """The basins of a run over the grid of starts."""
    return growing(run, GRID).basins


def lowest(trajectory):
    """The share of the starts that end at the lowest loss, in whichever of its minima."""
    found = ground(trajectory.run).endings
    return sum(found.share(k) for k, m in enumerate(found.minima) if BIRD.at(*m) < LOWEST + 0.1)


def borders(trajectory):
    """The share of neighbouring starts that end differently."""
    ends = ground(trajectory.run).minimum
    return np.mean([(ends[1:] != ends[:-1]).mean(), (ends[:, 1:] != ends[:, :-1]).mean()])


def staying(trajectory):
    """The share of the starts whose runs stay beside a minimum in their last steps."""
    return (ground(trajectory.run).minimum >= 0).mean()


def outside(trajectory):
    """The share of the starts that end at the lowest loss, in one of its minima off the map."""
    return lowest(trajectory) - ground(trajectory.run).endings.share(0)


def places(trajectory):
    """The minimum that each start ends in, as a point; NaN for none."""
    found = ground(trajectory.run)
    return np.array([*found.minima, (np.nan, np.nan)])[np.maximum(found.minimum, -1)]


def all_differ(*trajectories):
    """Any two send at least a tenth of the starts to different minima."""
    ends = [places(t) for t in trajectories]
    apart = [np.linalg.norm(a - b, axis=-1) > 1 for k, a in enumerate(ends) for b in ends[:k]]
    return all(differ.mean() > 0.1 for differ in apart)


class BasinsByOptimizer(BasinScene):
    """The same starts, five optimizers: each sends another share of them to the lowest loss."""

    title = "Here, each optimizer has basins of its own"
    runs = RUNS
    starts = GRID
    claims = (
        Claim("Momentum sends more starts to the lowest loss, and more of it still more.", (PLAIN, LIGHT, HEAVY),
              lambda *t: lowest(t[0]) < lowest(t[1]) < lowest(t[2])),
        Claim("So do RMSprop and AdamW at their rates.", (PLAIN, RMS, ADAMW),
              lambda plain, *t: all(lowest(plain) < lowest(other) for other in t)),
        Claim("Plain descent has the shortest borders.", RUNS,
              lambda plain, *t: all(borders(plain) < borders(other) for other in t)),
        Claim("Each has its own basins.", RUNS, all_differ),
        Claim("After 100 steps nearly every run is beside a minimum.", RUNS, each(lambda t: staying(t) > 0.98)),
        Claim("Some of the lowest minima lie off the map.", (PLAIN,), lambda t: outside(t) > 0.05),
    )  # fmt: skip

    def construct(self):
        plain, light, heavy, rms, adamw = (f"{100 * lowest(t):.0f}" for t in self.trajectories)
        count = f"{self.grown[0].arrival.size:,}"
        with self.voiceover(
            f"{count} starts on one map, and from each a run. Once it stays beside a minimum, its start takes the "
            "colour of the loss there.",
            f"{count} starts for each optimizer, coloured by the loss after {STEPS} steps",
        ) as speech:
            self.play(*self.reveal(), run_time=1.0)
            self.roll(6, speech.remaining - 0.2, rate_func=linear)
        with self.voiceover(
            "Five optimizers on one grid of starts. The basins appear by themselves.",
            "A start takes its colour once its run stays beside a minimum",
            reveal=True,
        ) as speech:
            self.roll(STEPS, speech.remaining + 1.5, rate_func=rate_functions.ease_in_sine)
        with self.voiceover(
            f"With plain descent, {plain} percent reach the lowest loss, in yellow. "
            "Some of the minima of that loss lie off the map.",
            f"Gradient descent: {plain} % reach the lowest loss, {number(LOWEST, 1)}",
        ):
            self.point_at(0)
        with self.voiceover(
            f"With momentum it is {light} percent, and with more of it, {heavy}.",
            f"Momentum: {light} %, then {heavy} %",
        ):
            self.point_at(1, 2)
        with self.voiceover(
            f"RMSprop at this rate finds it from {rms} percent of the starts, AdamW from {adamw}.",
            f"RMSprop {rms} %, AdamW {adamw} %",
        ):
            self.point_at(3, 4)
        with self.voiceover(
            "Their borders fray. Where colours mix, a slightly different start can end somewhere else.",
            "Borders fray: where colours mix, a small change of start decides",
        ):
            self.point_at(1, 2, 3, 4)
        self.wait(1.2)

    def point_at(self, *which):
        """Frame some of the maps until the next."""
        ink = current_theme().ink
        new = VGroup(*(SurroundingRectangle(self.maps[k].frame, color=ink, buff=0, stroke_width=5) for k in which))
        old, self.pointer = getattr(self, "pointer", None), new
        self.play(*self.swap(old, new))
