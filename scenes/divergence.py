"""Divergence: past a valley's limit SGD runs away at once; adaptive optimizers stay below it, until they rest."""

from dataclasses import replace
from functools import partial

import numpy as np
from bursts import ACROSS, FLOOR, LIMIT, NEAR
from manim import *

from descent import (
    EXPERIMENTS,
    VALLEY,
    Claim,
    Trajectory,
    distances,
    diverges,
    each,
    first_step_within,
    lasting,
    same,
    settles,
    take_apart,
)
from descent.stage import PAUSE, ComparisonScene, Series, StepPanel, level, stacked

WIDE = replace(VALLEY, domain=((-10.0, 10.0), (-10.0, 10.0)))
GONE, STAYS, RESTS = (replace(EXPERIMENTS[name], surface=WIDE) for name in ("E09", "E10", "E11"))
RATE, SAFE, EARLY, LONG = GONE.lr, EXPERIMENTS["E06"].lr, 60, 340
FARTHEST, TOP = 12.0, 0.85  # the panels end here


def at_rates(run, *rates, steps=200):
    """The same run at other learning rates."""
    return tuple(replace(run, optimizer=partial(run.optimizer.func, lr=lr), steps=steps) for lr in rates)


PLAIN, ADAPTING, AVERAGING = GONE, replace(STAYS, steps=LONG), replace(RESTS, steps=LONG)


def effective(trajectory: Trajectory):
    """What a gradient is multiplied by at each step, the mean of both weights; they differ by a few percent here."""
    return take_apart(trajectory).scale.mean(axis=1)


def farthest(trajectory: Trajectory, since: int = 0) -> float:
    """How far from the minimum a run is at most, from a row on."""
    return float(distances(trajectory, FLOOR)[since:].max())


def arrival(trajectory: Trajectory) -> float:
    """The first row near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


def swings_out(trajectory: Trajectory) -> float:
    """The first row, after the run was near the minimum, at which it is half a unit away; infinite without one."""
    since = arrival(trajectory)
    if since == np.inf:
        return np.inf
    away = np.flatnonzero(distances(trajectory, FLOOR)[int(since) :] > 0.5)
    return since + int(away[0]) if away.size else np.inf


def touches(trajectory: Trajectory) -> float:
    """The first step, after the run was near the minimum, at which its effective rate is over the limit."""
    since = arrival(trajectory)
    over = np.flatnonzero(effective(trajectory)[int(since) :] > LIMIT) if since < np.inf else np.array([])
    return since + int(over[0]) if over.size else np.inf


def falls_back(trajectory: Trajectory) -> bool:
    """It swings out above the limit, and ten steps later its effective rate is below it."""
    out, rate = swings_out(trajectory), effective(trajectory)
    return out + 10 < len(rate) and rate[int(out) + 10] < LIMIT < rate[int(out) - 2]


def overshoots_by_more(trajectory: Trajectory) -> bool:
    """Every step lands on the other side of the valley's floor, farther from it."""
    side = trajectory.params @ ACROSS
    return bool((side[1:] * side[:-1] < 0).all() and (np.diff(np.abs(side)) > 0).all())


def about(row: float) -> int:
    """A row to the nearest fifty: bursts come a few steps earlier or later on other machines."""
    return 50 * round(row / 50)


class OnlyPlainDescentDiverges(ComparisonScene):
    """Past 2/λmax SGD runs away; RMSprop and Adam do not, up to twice the rate. At that rate Adam alone rests."""

    title = "At too high a rate, only SGD runs away"
    formula = 'eta_"effective" < 2 / lambda'
    runs = (PLAIN, ADAPTING, AVERAGING)
    claims = (
        Claim(
            "SGD is out of the view by step 10, the others stay in the valley for 100 steps.",
            tuple(replace(run, steps=100) for run in runs),
            lambda plain, *others: diverges()(plain) and all(farthest(t, 50) < 7 for t in others),
            says="only SGD runs away",
        ),
        Claim(
            "The three share rate, start and valley.",
            runs,
            same("lr", "start", "surface"),
            says="the same start and rate",
        ),
        Claim(
            "Above the limit every step overshoots by more, below it none does.",
            at_rates(GONE, 1.02 * LIMIT, RATE, 0.8, 1.2, steps=10),
            each(overshoots_by_more),
            control=at_rates(GONE, 0.4, SAFE, 0.95 * LIMIT, 0.98 * LIMIT, steps=10),
            says="each step overshoots by more",
        ),
        Claim("SGD diverges at four rates above the limit.", at_rates(GONE, 1.02 * LIMIT, RATE, 0.8, 1.2),
              each(diverges())),
        Claim("It settles at three below.", at_rates(GONE, SAFE, 0.95 * LIMIT, 0.98 * LIMIT),
              each(settles(FLOOR, within=NEAR))),
        Claim(
            "For 60 steps the effective rates of RMSprop and Adam are below the limit; SGD's is not.",
            (ADAPTING, AVERAGING),
            each(lambda t: effective(t)[:EARLY].max() < LIMIT),
            control=(PLAIN, PLAIN),
        ),
        Claim("By step 80 both have come to the star.", (ADAPTING, AVERAGING), each(lambda t: arrival(t) < 80)),
        Claim(
            "RMSprop's effective rate grows at rest, past the limit, and 30 to 100 steps later it swings out.",
            (ADAPTING,),
            lambda t: 30 < swings_out(t) - touches(t) < 100 and 120 < swings_out(t) < 180,
        ),
        Claim("At rates a tenth beside it, too.", at_rates(STAYS, 0.54, 0.66, steps=LONG),
              each(lambda t: 30 < swings_out(t) - touches(t) < 100)),
        Claim("A burst brings the effective rate back below the limit.", (ADAPTING,), falls_back),
        Claim("To step 340 RMSprop stays within 3 units of the star.", (ADAPTING,), lambda t: farthest(t, 10) < 3),
        Claim(
            "RMSprop and Adam stay in the valley, at this rate and up to its double.",
            tuple(run for adapting in (STAYS, RESTS) for run in at_rates(adapting, 0.6, 0.9, 1.2, steps=60)),
            each(lasting(lambda t: farthest(t, 50) < 7)),
        ),
        Claim(
            "Of the three at this rate, Adam alone is at rest from step 100 to 400.",
            tuple(replace(run, steps=400) for run in runs),
            lambda plain, swinging, resting: (
                diverges()(plain) and swings_out(swinging) < np.inf and farthest(resting, 100) < NEAR
            ),
            says="only Adam rests",
        ),
        Claim("To step 340 Adam's effective rate stays below the limit.", (AVERAGING,),
              lambda t: effective(t).max() < LIMIT),
        Claim("Adam comes to rest at this rate.", (replace(AVERAGING, steps=100),),
              lasting(settles(FLOOR, within=NEAR))),
    )  # fmt: skip
    rate_height = 2.2

    def make_panels(self, upper, lower):
        away = [Series(distances(t, FLOOR), k) for k, t in enumerate(self.trajectories)]
        rates = [Series(effective(t), k, True) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel(
                "distance to the star", away, self.steps, upper, False, True, False, gutter, FARTHEST
            ),
            lambda gutter: StepPanel(
                "effective rate, and its limit 2/λ", rates, self.steps, lower, False, True, True, gutter, TOP
            ),
        )

    def lay_out(self):
        """The clock is short until the long look."""
        super().lay_out()
        self.board.retime(EARLY)

    def construct(self):
        plain, adapting, _ = self.trajectories
        gone = int(np.flatnonzero([not WIDE.contains(*w) for w in plain.params])[0])
        out = swings_out(adapting)

        with self.voiceover(
            "Three optimizers, the same start and rate. The rate is too high for this valley. Who will run away?",
            "A rate too high for this valley. Who will run away?",
        ) as speech:
            self.play(*self.board.reveal([0, 1, 2]), run_time=1.0)
            self.roll(1, speech.remaining + PAUSE)
        with self.voiceover(
            "SGD does. It leaves the map, and its distance grows and grows.",
            f"SGD leaves the map at step {gone}",
            reveal=True,
        ) as speech:
            self.roll(plain.steps, speech.remaining + PAUSE, rate_func=linear)
        line, _ = level(self.board.panels[1], LIMIT, "")
        with self.voiceover(
            "The dashed line is the limit of this valley. Above it, each step overshoots by more than the last. "
            "SGD's rate lies above it.",
            "SGD's rate lies above the limit 2/λ",
        ) as speech:
            self.play(Create(line), run_time=0.9)
            self.roll(0, 0.8)
            self.roll(gone, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "RMSprop and Adam divide that rate by the gradients' recent size. On these walls it is large: "
            "their effective rates lie below the line.",
            "RMSprop and Adam: effective rates below the limit",
        ) as speech:
            self.roll(EARLY, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Both come to the star. Are they safe? At rest, gradients are small, and the effective rates climb. "
            "RMSprop's reaches the line.",
            "At rest, the effective rates climb",
        ) as speech:
            self.play(FadeOut(line, self.board.marks[0]), run_time=0.4)
            self.play(*self.board.retime(LONG), run_time=0.6)
            line, _ = level(self.board.panels[1], LIMIT, "")
            self.play(FadeIn(line), run_time=0.4)
            self.roll(out - 8, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            f"Around step {about(out)}, it swings out. Large gradients pull the rate down again, and it returns. "
            "It does not run away, but only Adam rests.",
            f"Around step {about(out)} RMSprop swings out; only Adam rests",
        ) as speech:
            self.roll(LONG, max(speech.remaining + PAUSE, 5.0), rate_func=linear)
        self.wait(1.6)
