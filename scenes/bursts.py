"""Why adaptive optimizers burst: at rest their effective rate climbs, until it passes the limit of the valley."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import Adam, RMSprop

from descent import (
    EXPERIMENTS,
    VALLEY,
    Claim,
    distances,
    each,
    first_step_within,
    largest_stable_step,
    spectrum,
    take_apart,
)
from descent.stage import (
    PAUSE,
    ComparisonScene,
    Series,
    StepPanel,
    current_theme,
    level,
    maths,
    stacked,
)

FLOOR = VALLEY.minima[0]
NEAR = 0.1  # distance from the minimum that counts as arrived, in parameter units
ACROSS, STEEP = spectrum(VALLEY).directions[:, 1], float(spectrum(VALLEY).curvatures[1])
LIMIT = largest_stable_step(VALLEY, FLOOR)

SHORT, LONG = 340, 1200  # steps of the clock at first, and for Adam
MEMORY, BETA = 0.99, 0.9
BURSTING = replace(EXPERIMENTS["E07"], steps=LONG)
RATE = BURSTING.lr
HELD = replace(BURSTING, optimizer=partial(RMSprop, lr=RATE, eps=1.0))
GENTLE = replace(BURSTING, optimizer=partial(Adam, lr=RATE, betas=(BETA, MEMORY)))
UNAVERAGED = replace(GENTLE, optimizer=partial(Adam, lr=RATE, betas=(0.0, MEMORY)))
FARTHEST = 2.4  # the panel of distances ends here
LIFTED = (1 + BETA) / (1 - BETA)  # how many times as high a limit the average of the gradients makes


def effective(trajectory):
    """What a gradient is multiplied by at each step, the mean of both weights; they differ by a few percent here."""
    return take_apart(trajectory).scale.mean(axis=1)


def arrival(trajectory):
    """The first row near the minimum."""
    return first_step_within(trajectory, FLOOR, NEAR) or 0


def crossing(trajectory, limit=LIMIT):
    """The first step after its arrival whose effective rate is over a limit; infinite if there is none."""
    over = np.flatnonzero(effective(trajectory)[arrival(trajectory) :] > limit)
    return arrival(trajectory) + int(over[0]) if over.size else np.inf


def burst(trajectory):
    """The first row after its arrival at which it is away again; infinite if there is none."""
    away = np.flatnonzero(distances(trajectory, FLOOR)[arrival(trajectory) + 1 :] > NEAR)
    return arrival(trajectory) + 1 + int(away[0]) if away.size else np.inf


def peak(trajectory):
    """The row at which its first burst is farthest out."""
    first = int(burst(trajectory))
    return first + int(distances(trajectory, FLOOR)[first : first + 30].argmax())


def bursts(trajectory):
    """It comes near, and is thrown out again by over 1."""
    return 0 < arrival(trajectory) < burst(trajectory) < np.inf and distances(trajectory, FLOOR)[peak(trajectory)] > 1


def after_the_crossing(trajectory):
    """It bursts between 50 and 90 steps after its effective rate has passed the limit."""
    return bursts(trajectory) and 50 < burst(trajectory) - crossing(trajectory) < 90


def overshoots_by_more(trajectory):
    """In the steps of its burst, the swing across is multiplied by one minus the effective rate times the curvature."""
    rows = np.arange(int(burst(trajectory)) - 5, int(burst(trajectory)) + 2)
    side, rate = trajectory.params @ ACROSS, effective(trajectory)[rows]
    growth = side[rows + 1] / side[rows]
    return bool((growth < -1).all()) and np.allclose(growth, 1 - rate * STEEP, rtol=0.05)


def falls_back_under_the_limit(trajectory):
    """Within two steps of the burst's peak the effective rate is under the limit, and the swing is gone 15 later."""
    rate, row = effective(trajectory), peak(trajectory)
    return rate[row + 2] < LIMIT < rate[row - 4] and distances(trajectory, FLOOR)[row + 15] < NEAR


class RMSpropBurstsPastTheLimit(ComparisonScene):
    """RMSprop's effective rate grows while it rests; past 2/λ it bursts, which brings the rate down again."""

    title = "Here, RMSprop bursts when its effective rate passes 2/λ"
    runs = (BURSTING, HELD, GENTLE)
    claims = (
        Claim(
            "It is near the star from step 40 to 140, and over 1 away by step 170.",
            (BURSTING,),
            lambda t: (
                distances(t, FLOOR)[40:141].max() < NEAR and 140 < burst(t) < 160 and peak(t) < 170 and bursts(t)
            ),
        ),
        Claim("In 340 steps it bursts again.", (BURSTING,),
              lambda t: distances(t, FLOOR)[peak(t) + 20 : peak(t) + 40].max() < NEAR
              and distances(t, FLOOR)[peak(t) + 40 : SHORT].max() > 1),
        Claim(
            "At three rates, its effective rate passes the limit some 70 steps before the burst.",
            tuple(replace(BURSTING, optimizer=partial(RMSprop, lr=lr), steps=SHORT) for lr in (0.45, RATE, 0.55)),
            each(after_the_crossing),
        ),
        Claim(
            "Past the limit, each step across is overshot by more.",
            (BURSTING,),
            overshoots_by_more,
        ),
        Claim("The burst brings the effective rate under the limit, and the swing dies.", (BURSTING,),
              falls_back_under_the_limit),
        Claim(
            "It bursts; held under the limit it does not, in 1200 steps.",
            (BURSTING,),
            bursts,
            control=(HELD,),
            says=("keeps the rate below the limit",),
        ),
        Claim(
            "In 1200 steps the held rate does not come to the limit, and the run comes to the star.",
            (HELD,),
            lambda t: effective(t)[5:].max() < LIMIT and distances(t, FLOOR)[100:].max() < NEAR and arrival(t) > 0,
        ),
        Claim("By step 1200 its effective rate is on the limit, within 2 percent.", (BURSTING,),
              lambda t: np.abs(effective(t)[-50:] / LIMIT - 1).max() < 0.02),
        Claim(
            "Adam bursts after step 700, by less; without its average, before step 300, by more.",
            (GENTLE,),
            lambda t: 700 < burst(t) < np.inf and distances(t, FLOOR)[arrival(t) + 1 :].max() < 0.5,
            control=(UNAVERAGED,),
        ),
        Claim(
            "Its effective rate passes its own limit, 19 times as high, within 60 steps of its burst.",
            (GENTLE,),
            lambda t: abs(crossing(t, LIFTED * LIMIT) - burst(t)) < 60,
        ),
    )  # fmt: skip
    rate_height = 1.8

    def lay_out(self):
        """The clock is short until Adam comes; the legend has room for the long one."""
        super().lay_out()
        self.board.retime(SHORT)

    def make_panels(self, upper, lower):
        away = [Series(distances(t, FLOOR), k) for k, t in enumerate(self.trajectories)]
        limits, name, top = (1, 1, 1), "effective rate", 0.8
        if self.steps == LONG:
            limits, name, top = (LIMIT, LIMIT, LIFTED * LIMIT), "effective rate / its limit", 1.5
        rates = [
            Series(effective(t) / limit, k, True)
            for k, (t, limit) in enumerate(zip(self.trajectories, limits, strict=True))
        ]
        return stacked(
            lambda gutter: StepPanel(
                "distance to the star", away, self.steps, upper, False, True, False, gutter, FARTHEST
            ),
            lambda gutter: StepPanel(name, rates, self.steps, lower, False, True, True, gutter, top),
        )

    def construct(self):
        bursting, *_ = self.trajectories
        out, far = int(burst(bursting)), peak(bursting)

        with self.voiceover(
            "RMSprop, in a valley. It comes to the star, and lies still.",
            "RMSprop comes to the star",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            self.play(*self.enter(0), run_time=1.0)
            self.roll(45, 2.4, rate_func=linear)
            self.roll(135, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Around step 150, something throws it out across the valley, and it comes back. Later, again. What is it?",
            "Around step 150 it bursts out. Why?",
        ) as speech:
            self.roll(far + 15, speech.remaining / 2 + 0.6, rate_func=linear)
            self.roll(SHORT, speech.remaining + PAUSE, rate_func=linear)
        self.roll(0, 1.6)
        with self.voiceover(
            "RMSprop divides its rate by the root of an average of squared gradients. At rest those vanish. "
            "The average forgets, and the effective rate climbs.",
            "At rest, the effective rate climbs",
        ) as speech:
            self.play(*self.board.explain(*self.law(), gap=0.12), *self.enter_rate(0), run_time=0.8)
            self.roll(int(crossing(bursting)), speech.remaining + PAUSE, rate_func=linear)
        line = level(self.board.panels[1], LIMIT, "limit 2/λ")
        with self.voiceover(
            "Here is the limit of this valley. Beyond it, a step across overshoots by more than it corrects.",
            "Beyond 2/λ, a step overshoots by more",
        ) as speech:
            self.play(Create(line[0]), FadeIn(line[1]), run_time=0.9)
            self.play(*self.board.resume(), run_time=0.6)
            self.roll(out, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Out there the gradients are large. They fill the average again, the effective rate drops below the line, "
            "and the ball comes back.",
            "The burst itself brings the rate down",
        ) as speech:
            self.roll(far + 20, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Does the line decide? Add one to the root, which keeps the rate below the limit. This run lies still.",
            "Held below the limit, it does not burst",
        ) as speech:
            self.roll(0, 0.6)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(SHORT, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            f"Adam averages its gradients, too. Its limit is {LIFTED:.0f} times as high. It bursts as well, but late, "
            "and a little.",
            f"Adam: a limit {LIFTED:.0f} times as high, a late and small burst",
        ) as speech:
            self.play(FadeOut(line), *map(FadeOut, self.board.marks[:2]), run_time=0.4)
            self.roll(0, 0.3)
            self.play(*self.board.retime(LONG), run_time=0.6)
            self.play(*self.board.enter(2), FadeIn(level(self.board.panels[1], 1, "limit")), run_time=0.6)
            self.roll(LONG, max(speech.remaining + PAUSE, 5.0), rate_func=linear)
        self.wait(1.6)

    def enter(self, k):
        """A run on the map, in the legend and in the upper panel; the lower one comes later."""
        late = self.board.curves[1]
        entering = [animation for animation in self.board.enter(k) if animation.mobject not in late]
        return [FadeIn(self.board.legend), FadeIn(self.board.panels[0]), *entering]

    def enter_rate(self, k):
        """The lower panel with a run's curve."""
        return [FadeIn(self.board.panels[1]), FadeIn(self.board.curves[1][k])]

    def law(self):
        """The two lines of RMSprop, for one weight."""
        lines = maths("v <- alpha v + (1 - alpha) g^2", 36), maths("w <- w - {{ eta / sqrt(v) : rate }} g", 36)
        lines[1].select("rate").set_color(current_theme().runs[0])
        return lines
