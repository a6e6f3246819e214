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
    each,
    largest_stable_step,
    trace,
)
from descent.stage import SMALL, ComparisonScene, DottedCurve, Label, Series, StepPanel, current_theme, stacked

COLD = Run(ROSENBROCK, partial(SGD, lr=0.0015), (1.8, -0.5), 40)


def warmed(total_iters: int, steps: int = COLD.steps, **changes) -> Run:
    """The same run with a rate that starts at a tenth and grows in so many steps."""
    scheduler = partial(LinearLR, start_factor=0.1, total_iters=total_iters)
    return replace(COLD, scheduler=scheduler, steps=steps, **changes)


WARM = warmed(20)
AROUND = [(w1, w2) for w1 in np.linspace(1.5, 2, 4) for w2 in np.linspace(-1, 0, 4)]
*CONSTANT, LUCKY = (replace(COLD, optimizer=partial(SGD, lr=k / 10_000)) for k in range(1, 14))
SMALL_RATE = CONSTANT[2]  # the best of those
NEAR_STAR = replace(COLD, start=(0.9, 0.8), steps=200)


def limits(trajectory: Trajectory):
    """Two over the curvature at every row, shape (n + 1,): the largest stable rate, if the curvature stayed."""
    return np.array([largest_stable_step(trajectory.run.surface, row) for row in trajectory.params.tolist()])


def falls(trajectory: Trajectory) -> bool:
    """The loss falls at every step."""
    return bool((np.diff(trajectory.loss) < 0).all())


def constant_rates_end_higher(*trajectories: Trajectory) -> bool:
    """All constant rates but the last fall at every step and end above the warm-up; the last ends below it."""
    *constant, lucky, warm = trajectories
    best = min(constant, key=lambda t: t.loss[-1])
    return all(map(falls, constant)) and best is constant[2] and best.loss[-1] > warm.loss[-1] > lucky.loss[-1]


class WarmUpSavesTheRun(ComparisonScene):
    """From this steep start the full rate diverges at once; a warm-up first walks to where the ground is gentler."""

    title = "Here, warm-up saves a run from a steep start"
    runs = (COLD, WARM)
    claims = (
        Claim("Without warm-up the run diverges.", runs[:1], diverges()),
        Claim("With it the loss falls at every step.", runs[1:], falls, says="Its loss falls at every step"),
        Claim(
            "The full rate is above two over the curvature at the start, and below it at the minimum.",
            runs[:1],
            lambda t: limits(t)[0] < COLD.lr < largest_stable_step(ROSENBROCK, ROSENBROCK.minima[0]),
        ),
        Claim(
            "The warmed rate stays under two over the curvature, and from step 0 to 10 that rises faster.",
            runs[1:],
            lambda t: (t.lr < limits(t)[:-1]).all() and (np.diff(limits(t))[:10] > np.diff(t.lr)[:10]).all(),
        ),
        Claim(
            "The steep start is why: from near the star, the full rate does no harm.",
            (NEAR_STAR,),
            falls,
            control=(replace(COLD, steps=NEAR_STAR.steps),),
            says="does no harm",
        ),
        Claim(
            "Constant rates up to 0.0012 fall too, and are higher after 40 steps; 0.0013 leaps, and is lower.",
            (*CONSTANT, LUCKY, WARM),
            constant_rates_end_higher,
            says="Lower constant learning rates end higher, but for one lucky leap",
        ),
        Claim(
            "Six warm-ups of 3 to 60 steps do it.",
            tuple(warmed(n, steps=200) for n in (3, 5, 10, 20, 40, 60)),
            each(lambda t: t.diverged_at is None and t.loss[-1] < 0.25),
        ),
        Claim(
            "Of sixteen starts on that wall, none diverges with it, and about half do without.",
            tuple(warmed(20, steps=200, start=start) for start in AROUND)
            + tuple(replace(COLD, start=start) for start in AROUND),
            lambda *ts: (
                all(t.diverged_at is None and t.loss[-1] < 1 for t in ts[:16])
                and 7 <= sum(diverges()(t) for t in ts[16:]) <= 9
            ),
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
        small = trace(SMALL_RATE)
        allowed = limits(warm)
        grows = WARM.scheduler.keywords["total_iters"]
        star = largest_stable_step(ROSENBROCK, ROSENBROCK.minima[0])
        dotted = DottedCurve(allowed, self.board.panels[1], color=theme.ink)
        named = Label("2 / curvature under the ball", SMALL, theme.ink)
        named.sit(self.board.panels[1].point(warm.steps, 0.72 * allowed.max()), 1)

        with self.voiceover(
            "Another landscape: a bent valley between high walls. The run starts on a wall. "
            "There, the ground bends far more sharply than at the star.",
            f"Rosenbrock's valley: {star / allowed[0]:.0f} times the star's curvature at the start",
        ) as speech:
            self.board.introduce()
            half = speech.remaining / 2
            for point in (COLD.start, ROSENBROCK.minima[0]):
                self.pulse(self.board.map.to_frame(point), half)
        with self.voiceover(
            "Near the star, the full learning rate does no harm. "
            "Here it overshoots. Soon the loss has left the finite numbers.",
            f"Full rate at once: gone in {cold.steps} steps",
            reveal=True,
        ) as speech:
            self.play(FadeOut(self.board.key), *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(cold.steps, speech.remaining - 0.4, rate_func=rate_functions.linear)
        with self.voiceover(
            "Warm-up starts at a tenth of it. After each step, the learning rate increases a little, "
            f"for {grows} steps.",
            f"Warm-up: from a tenth to the full rate in {grows} steps",
        ) as speech:
            self.roll(0, 0.7)
            self.play(*self.board.enter(1), FadeIn(dotted.follow(self.clock), named), run_time=0.6)
            self.roll(5, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "The dotted line is two over the curvature underneath the ball. It estimates what is safe. "
            "It increases, and stays above the learning rate.",
            f"2 / curvature rises from {allowed[0]:.4f} to {allowed[grows]:.4f}",
        ) as speech:
            self.roll(grows, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Then the run continues at the full learning rate. Its loss falls at every step. "
            "Lower constant learning rates end higher, but for one lucky leap.",
            f"Loss {warm.loss[-1]:.2f} at step {warm.steps}; at a constant {SMALL_RATE.lr:g}, {small.loss[-1]:.2f}",
        ) as speech:
            self.roll(warm.steps, speech.remaining - 0.2, rate_func=rate_functions.ease_out_sine)
        self.wait(1.2)
