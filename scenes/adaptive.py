"""Adaptive optimizers: what a step size of its own per parameter does in a narrow valley, and what it does not."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *

from descent import (
    EXPERIMENTS,
    VALLEY,
    Claim,
    Trajectory,
    diverges,
    first_step_within,
    largest_stable_step,
    oscillates,
    settles,
    step_sizes,
)
from descent.stage import (
    BODY,
    ComparisonScene,
    Label,
    ParameterPanel,
    Series,
    StepPanel,
    current_theme,
    maths,
    number,
    stacked,
)

FLOOR = VALLEY.minima[0]
NEAR = 0.1  # distance from the minimum that counts as arrived, in parameter units
CURVATURES, DIRECTIONS = np.linalg.eigh(VALLEY.hessian(*FLOOR))  # along the valley, across it
SHALLOW, STEEP = CURVATURES.tolist()
LIMIT = largest_stable_step(VALLEY, FLOOR)

SWINGING, DAMPED = EXPERIMENTS["E06"], EXPERIMENTS["E07"]


def across(trajectory: Trajectory):
    """Signed distance of every row from the valley's floor, shape (n + 1,)."""
    return trajectory.params @ DIRECTIONS[:, 1]


def crossings(trajectory: Trajectory) -> int:
    """How many steps land on the other side of the valley's floor."""
    return int((np.diff(np.sign(across(trajectory))) != 0).sum())


def calm_from(trajectory: Trajectory, within: float = NEAR) -> int:
    """The row from which the run stays so close to the valley's floor."""
    return int(np.flatnonzero(np.abs(across(trajectory)) > within).max(initial=-1)) + 1


def arrival(trajectory: Trajectory) -> float:
    """The first step near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


def compass(loss_map):
    """Arrows along the valley and across it, named."""
    theme, reach = current_theme(), 2.4
    parts = []
    for word, direction in zip(("along", "across"), DIRECTIONS.T * np.sign(DIRECTIONS[1]), strict=True):
        ends = loss_map.to_frame(np.outer((-reach, reach), direction))
        line = DoubleArrow(*ends, buff=0, color=theme.ink, stroke_width=4, tip_length=0.2)
        parts.append((line, loss_map.tag(word, direction * reach, UP)))
    return parts


class RMSpropDampsOscillation(ComparisonScene):
    """RMSprop divides each step by the gradient's recent size, which damps the swing that plain SGD keeps."""

    title = "RMSprop damps the swing across the valley"
    runs = (SWINGING, DAMPED)
    claims = (
        Claim("Plain descent crosses the floor at every step.", (SWINGING,), lambda t: crossings(t) == t.steps),
        Claim("Plain descent still swings after twenty steps.", (SWINGING,), oscillates(NEAR, until=30)),
        Claim("After ten steps RMSprop stays close to the floor.", (DAMPED,), lambda t: calm_from(t) <= 10),
        Claim("Its step sizes stay below the learning rate.", (DAMPED,), lambda t: step_sizes(t).max() < t.lr.min()),
        Claim(
            "RMSprop is calm at least four times sooner.",
            (SWINGING, DAMPED),
            lambda plain, damped: 4 * calm_from(damped) < calm_from(plain),
        ),
        Claim(
            "Along the floor neither gains more than a step on the other.",
            (SWINGING, DAMPED),
            lambda plain, damped: abs(arrival(plain) - arrival(damped)) <= 1,
        ),
    )
    rate_height = 1.75

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        sizes = [step_sizes(t) for t in self.trajectories]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: ParameterPanel("step size of w₁ and of w₂", sizes, self.steps, lower, gutter),
        )

    def construct(self):
        plain, damped = self.trajectories
        lr = SWINGING.lr
        first, last = step_sizes(damped)[1].mean(), step_sizes(damped)[-1].mean()
        kept = {t: float(np.abs(across(t)[4] / across(t)[3])) for t in (plain, damped)}
        calm = [calm_from(t) for t in (plain, damped)]
        there = arrival(damped)

        with self.voiceover(
            f"A long, narrow valley. Across it the loss bends {STEEP / SHALLOW:.0f} times as sharply as along it.",
            f"Across, the valley bends {STEEP / SHALLOW:.0f} times as sharply as along",
        ):
            self.board.introduce()
            ways = compass(self.board.map)
            for line, name in ways[::-1]:
                self.play(GrowFromCenter(line), FadeIn(name), run_time=1.2)
        with self.voiceover(
            f"Plain descent with rate {lr:g} jumps from wall to wall. "
            f"Each of its {plain.steps} steps crosses the floor.",
            f"SGD crosses the floor {crossings(plain)} times in {plain.steps} steps",
        ) as speech:
            gone = FadeOut(self.board.key, *(part for way in ways for part in way))
            self.play(gone, *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(12, speech.remaining - 1.8, rate_func=rate_functions.linear)
            self.roll(plain.steps, 1.6, rate_func=rate_functions.ease_out_sine)
        with self.voiceover(
            "RMSprop remembers how large each parameter's gradient has been lately, and divides that parameter's "
            "step by it.",
            "RMSprop: a step size of its own for each parameter",
        ) as speech:
            self.roll(0, 0.7)
            self.play(*self.board.explain(*self.law()), run_time=0.7)
            self.play(*self.board.enter(1), run_time=0.5)
            self.roll(1, speech.remaining - 0.4)
        with self.voiceover(
            f"Here the division turns {lr:g} into about {first:.2f}. "
            f"A crossing now keeps {kept[damped]:.0%} of the swing, not {kept[plain]:.0%}.",
            f"Each crossing keeps {kept[damped]:.0%} of the swing instead of {kept[plain]:.0%}",
        ) as speech:
            self.play(*self.board.resume(), run_time=0.7)
            self.roll(6, speech.remaining - 0.3, rate_func=rate_functions.linear)
        with self.voiceover(
            f"It is calm from step {calm[1]}, plain descent only from step {calm[0]}.",
            f"Calm from step {calm[1]}, not {calm[0]}; later its step sizes grow to {last:.2f}",
        ) as speech:
            self.roll(calm[0] // 2, speech.remaining - 0.2)
        with self.voiceover(
            f"Along the floor nothing was won. Both come near the minimum at step {there}. Damping is not speed.",
            f"Both are within {NEAR:g} of the minimum at step {there}",
        ) as speech:
            self.roll(there, 2.6, rate_func=rate_functions.linear)
            self.play(Flash(self.board.map.to_frame(FLOOR), color=current_theme().ink, flash_radius=0.35), run_time=0.8)
            self.roll(plain.steps, speech.remaining - 0.2)
        self.wait(1.2)

    def law(self):
        """The two lines of RMSprop, for one parameter."""
        lines = maths("v <- alpha v + (1 - alpha) g^2", 42), maths("w <- w - {{ eta / sqrt(v) : size }} g", 42)
        lines[1].select("size").set_color(current_theme().runs[1])
        return *lines, Label("g: the parameter's gradient", BODY, current_theme().soft)


TOO_FAST = EXPERIMENTS["E09"], EXPERIMENTS["E10"], EXPERIMENTS["E11"]


def at_rates(run, *rates, steps=200):
    """The same run at other learning rates."""
    return tuple(replace(run, optimizer=partial(run.optimizer.func, lr=lr), steps=steps) for lr in rates)


def factor(trajectory: Trajectory) -> float:
    """What a step multiplies the distance across the valley by, as recorded."""
    return float(across(trajectory)[1] / across(trajectory)[0])


class OnlyPlainDescentDiverges(ComparisonScene):
    """Past 2/λmax plain SGD runs away; RMSprop and Adam take the same rate, and twice of it, without harm."""

    title = "Too high a rate breaks only plain descent"
    runs = TOO_FAST
    claims = (
        Claim("Plain descent diverges.", TOO_FAST[:1], diverges()),
        Claim(
            "Every step multiplies the distance across by one minus the rate times the curvature.",
            TOO_FAST[:1],
            lambda t: np.allclose(across(t)[1:], (1 - TOO_FAST[0].lr * STEEP) * across(t)[:-1], rtol=1e-4),
        ),
        Claim(
            "Plain descent settles just below the limit.",
            at_rates(TOO_FAST[0], 0.5, 0.95 * LIMIT, 0.98 * LIMIT),
            lambda *ts: all(settles(FLOOR, within=NEAR)(t) for t in ts),
        ),
        Claim(
            "It diverges at every rate above the limit.",
            at_rates(TOO_FAST[0], 1.02 * LIMIT, 0.6, 0.8, 1.2),
            lambda *ts: all(diverges()(t) for t in ts),
        ),
        Claim(
            "RMSprop and Adam settle, at this rate and up to its double.",
            at_rates(TOO_FAST[1], 0.6, 0.8, 1.0, 1.2) + at_rates(TOO_FAST[2], 0.6, 0.8, 1.0, 1.2),
            lambda *ts: all(settles(FLOOR, within=NEAR)(t) for t in ts),
        ),
    )

    rate_height = 1.6

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        sides = [Series(within_panel(across(t)), k) for k, t in enumerate(self.trajectories)]
        top = float(self.trajectories[0].loss[-1])
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter, ceiling=top),
            lambda gutter: StepPanel("distance across", sides, self.steps, lower, gutter=gutter, ceiling=_SIDE),
        )

    def construct(self):
        plain, _, gentle = self.trajectories
        safe, fast = SWINGING.lr, plain.run.lr
        kept = [1 - lr * STEEP for lr in (safe, fast)]

        with self.voiceover(
            f"The same valley, and now a learning rate of {fast:g}: just {fast - safe:.1f} more than before.",
            f"The rate goes from {safe:g} to {fast:g}",
        ) as speech:
            ways = compass(self.board.map)[1]
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.play(GrowFromCenter(ways[0]), FadeIn(ways[1]), run_time=1.2)
        with self.voiceover(
            "A plain step multiplies the distance across the valley. "
            f"At {safe:g}, by {number(kept[0], 1)}: it shrinks. At {fast:g}, by {number(kept[1], 1)}: it grows.",
            f"Above 2/λ = {LIMIT:.3f} every step overshoots by more",
        ) as speech:
            rule, *cases = self.law(safe, fast, kept)
            self.play(*self.board.explain(rule), run_time=0.8)
            for case in cases:
                self.wait(max(speech.remaining / 2 - 1.0, 0.2))
                self.play(FadeIn(case.next_to(rule, DOWN, 0.22, LEFT)), run_time=0.6)
                rule = case
            self.roll(1, speech.remaining - 0.2)
        with self.voiceover(
            f"So plain descent climbs the walls. It is out of sight at once, and after {plain.steps} steps "
            f"its loss is {plain.loss[-1]:.0f}.",
            f"SGD: from a loss of {plain.loss[0]:.0f} to {plain.loss[-1]:.0f} in {plain.steps} steps",
        ) as speech:
            self.play(*self.board.resume(), FadeOut(*ways, *cases), run_time=0.6)
            self.roll(plain.steps, speech.remaining - 0.3, rate_func=rate_functions.linear)
        with self.voiceover(
            "RMSprop and Adam, at the same rate, divide by the size of the gradient. "
            "A steeper wall does not mean a longer step.",
            "RMSprop and Adam divide by the gradient's size",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1, 2), run_time=0.6)
            self.roll(12, speech.remaining - 0.3, rate_func=rate_functions.linear)
        with self.voiceover(
            "Both come to rest in the valley, here and at twice the rate. "
            f"For plain descent, {LIMIT:.2f} is a cliff; for them it is nothing.",
            f"Both settle, up to a rate of {2 * fast:g}",
        ) as speech:
            self.roll(gentle.steps, speech.remaining - 0.2)
        self.wait(1.2)

    def law(self, safe, fast, kept):
        """What a step does across the valley, at the old rate and the new one."""
        theme = current_theme()
        return (
            maths(f"d <- (1 - eta lambda) d quad lambda = {STEEP:.1f}", 38),
            maths(f"eta = {safe:g}: quad 1 - eta lambda = {kept[0]:.2f}", 34, theme.soft),
            maths(f"eta = {fast:g}: quad 1 - eta lambda = {kept[1]:.2f}", 34),
        )


_SIDE = 8.0  # the panel of distances ends here


def within_panel(values):
    """The values up to and with the first beyond the panel; a curve that has left it does not come back."""
    beyond = np.flatnonzero(np.abs(values) > _SIDE)
    kept = values.astype(float).copy()
    if beyond.size:
        kept[beyond[0] + 1 :] = np.nan
    return kept
