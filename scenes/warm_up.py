"""Warm-up: a rate that starts small and grows, and a start from which that saves the run."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD
from torch.optim.lr_scheduler import LinearLR

from descent import (
    ROSENBROCK,
    Claim,
    Run,
    Trajectory,
    diverges,
    largest_stable_step,
)
from descent.stage import SMALL, ComparisonScene, DottedCurve, Label, Series, StepPanel, current_theme, stacked

COLD = Run(ROSENBROCK, partial(SGD, lr=0.0015), (1.8, -0.5), 40)


def warmed(total_iters: int, steps: int = COLD.steps, **changes) -> Run:
    """The same run with a rate that starts at a tenth and grows in so many steps."""
    scheduler = partial(LinearLR, start_factor=0.1, total_iters=total_iters)
    return replace(COLD, scheduler=scheduler, steps=steps, **changes)


WARM = warmed(20)
AROUND = [(w1, w2) for w1 in np.linspace(1.5, 2, 4) for w2 in np.linspace(-1, 0, 4)]


def limits(trajectory: Trajectory):
    """The largest stable rate by the curvature at every row, shape (n + 1,)."""
    return np.array([largest_stable_step(trajectory.run.surface, row) for row in trajectory.params.tolist()])


class WarmUpSavesTheRun(ComparisonScene):
    """From a steep start the full rate diverges at once; a warm-up first walks to where the ground allows it."""

    title = "Warm-up saves a run from a steep start"
    runs = (COLD, WARM)
    claims = (
        Claim("Without warm-up the run diverges.", runs[:1], diverges()),
        Claim("With it the loss falls at every step.", runs[1:], lambda t: bool((np.diff(t.loss) < 0).all())),
        Claim(
            "The full rate is above the limit at the start, and below it at the minimum.",
            runs[:1],
            lambda t: limits(t)[0] < COLD.lr < largest_stable_step(ROSENBROCK, ROSENBROCK.minima[0]),
        ),
        Claim("The warmed rate stays under the limit all the way.", runs[1:], lambda t: (t.lr < limits(t)[:-1]).all()),
        Claim(
            "Any warm-up of 3 to 60 steps does it.",
            tuple(warmed(n, steps=200) for n in (3, 5, 10, 20, 40, 60)),
            lambda *ts: all(t.diverged_at is None and t.loss[-1] < 0.25 for t in ts),
        ),
        Claim(
            "It does so from each of sixteen starts on that wall.",
            tuple(warmed(20, steps=200, start=start) for start in AROUND),
            lambda *ts: all(t.diverged_at is None and t.loss[-1] < 1 for t in ts),
        ),
    )
    rate_height = 1.9

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        rates = [Series(t.lr, k, stairs=True) for k, t in enumerate(self.trajectories)]
        top = 1.2 * limits(self.trajectories[1]).max()
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel(
                "learning rate", rates, self.steps, lower, from_zero=True, gutter=gutter, ceiling=top
            ),
        )

    def construct(self):
        theme = current_theme()
        cold, warm = self.trajectories
        allowed = limits(warm)
        grows = WARM.scheduler.keywords["total_iters"]
        star = largest_stable_step(ROSENBROCK, ROSENBROCK.minima[0])
        dotted = DottedCurve(allowed, self.board.panels[1], color=theme.gradient)
        named = Label("what the curvature allows", SMALL, theme.ink)
        named.sit(self.board.panels[1].point(warm.steps, 0.72 * allowed.max()), 1)

        with self.voiceover(
            "Another landscape: a bent valley between high walls. The run starts on the wall, "
            f"where the ground bends {star / allowed[0]:.0f} times as sharply as at the star.",
            "Rosenbrock's valley, from high on its wall",
        ):
            self.board.introduce()
            self.wait(1.4)
            for point in (COLD.start, ROSENBROCK.minima[0]):
                self.play(Flash(self.board.map.to_frame(point), color=theme.ink, flash_radius=0.4), run_time=1.4)
                self.wait(0.6)
        with self.voiceover(
            f"A rate of {COLD.lr:g} could rest at the star. Here on the wall it is too much: "
            f"it overshoots, and {cold.steps} steps later the loss is no longer finite.",
            f"Full rate at once: gone in {cold.steps} steps",
        ) as speech:
            self.play(FadeOut(self.board.key), *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(cold.steps, speech.remaining - 0.4, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Warm-up starts at a tenth of that rate, and raises it a little after each step, {grows} times.",
            f"Warm-up: from a tenth to the full rate in {grows} steps",
        ) as speech:
            self.roll(0, 0.7)
            self.play(*self.board.enter(1), FadeIn(dotted.follow(self.clock), named), run_time=0.6)
            self.roll(5, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "The dotted line is what the curvature under the ball allows. As it comes down, that limit rises, "
            "faster than the rate.",
            f"The limit rises from {allowed[0]:.4f} to {allowed[grows]:.4f}",
        ) as speech:
            self.roll(grows, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"At step {grows} the full rate is safe. Same optimizer, same start, same rate: "
            "only the first steps had to be small.",
            f"Loss {warm.loss[-1]:.2f} at step {warm.steps}, falling at every step",
        ) as speech:
            self.roll(warm.steps, speech.remaining - 0.2, rate_func=rate_functions.ease_out_sine)
        self.wait(1.2)
