"""Nesterov's momentum: the heavy ball's step, and a share of how that step has just changed."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import VALLEY, Claim, Run, errors, same, spectrum
from descent.stage import (
    Box,
    Closeup,
    ComparisonScene,
    RunMarks,
    Series,
    StepPanel,
    arrow,
    chain,
    current_theme,
    maths,
    named_arrows,
    stacked,
)

LR, MU = 0.15, 0.9
HEAVY = Run(VALLEY, partial(SGD, lr=LR, momentum=MU), (-4.6, 1.6), 60, name="heavy ball")
NESTEROV = replace(HEAVY, optimizer=partial(SGD, lr=LR, momentum=MU, nesterov=True), name="Nesterov")
FLAT, STEEP = spectrum(VALLEY).curvatures.tolist()
STEP = 2  # the one that is looked into: there the ball turns
CALM = 0.2  # distance from the valley's floor, in parameter units
PAUSE = 0.5  # seconds between two lines, beyond a breath


def plain_steps(trajectory):
    """What the heavy ball would do with the same velocity at every step: ``−η v``, shape (n, 2)."""
    return -trajectory.lr[:, None] * trajectory.state["momentum_buffer"]


def changes(trajectory):
    """How much that differs from the step before, shape (n, 2); before the first one the ball is at rest."""
    return np.diff(plain_steps(trajectory), axis=0, prepend=0)


def adds_a_share_of_the_change(trajectory):
    """Every recorded step is the heavy ball's, and momentum times how that has changed."""
    whole = plain_steps(trajectory) + MU * changes(trajectory)
    return np.allclose(whole, trajectory.update, rtol=0, atol=1e-6)


def points_back(trajectory):
    """At that step the change points against the last step."""
    return plain_steps(trajectory)[STEP - 1] @ changes(trajectory)[STEP] < 0


def is_the_point_ahead(trajectory):
    """The textbook's rule, which takes the gradient where its velocity leads, takes it where torch's ball is."""
    ball, velocity, ahead = trajectory.params[0], np.zeros(2), []
    for _ in range(trajectory.steps + 1):
        ahead.append(ball + MU * velocity)
        velocity = MU * velocity - LR * VALLEY.gradient(*ahead[-1])
        ball = ball + velocity
    return np.allclose(ahead, trajectory.params, rtol=0, atol=1e-4)


def left_by_a_step(trajectory):
    """What a step leaves of the swing along (flat, steep), shape (2,): from three errors in a row, over ten of them.

    Errors along an eigenvector follow ``e″ = a e′ − b e``; then ``e″e − e′²`` shrinks by b a step, and the swing, whose
    square it is, by ``√b``.
    """
    e = errors(trajectory)[:12]
    areas = e[2:] * e[:-2] - e[1:-1] ** 2
    return np.sqrt(np.abs(areas[-1] / areas[0]) ** (1 / (len(areas) - 1)))


def brakes_where_it_is_steep(trajectory):
    """Of either swing a step leaves ``√(μ(1 − ηλ))``: less, the steeper the direction."""
    rate = trajectory.run.lr
    return np.allclose(left_by_a_step(trajectory), np.sqrt(MU * (1 - rate * np.array((FLAT, STEEP)))), rtol=2e-3)


def calm_from(trajectory):
    """The row from which the ball stays near the valley's floor."""
    return int(np.flatnonzero(np.abs(errors(trajectory)[:, 1]) > CALM).max(initial=-1)) + 1


class NesterovBrakesWhereItIsSteep(ComparisonScene):
    """Nesterov's step adds a share of how the heavy ball's step has changed; that damps steep directions most."""

    title = "Nesterov brakes most where the valley is steep"
    runs = (HEAVY, NESTEROV)
    claims = (
        Claim(
            "Every step is the heavy ball's, and 0.9 of its change; the heavy ball's own is not.",
            (NESTEROV,),
            adds_a_share_of_the_change,
            control=(HEAVY,),
            says="Nesterov adds a share of how the step has changed",
        ),
        Claim("At step 2 the change points back.", (NESTEROV,), points_back),
        Claim(
            "Torch's ball is where the textbook takes the gradient.",
            (NESTEROV,),
            is_the_point_ahead,
            control=(HEAVY,),
            says="In torch, the ball is that point ahead",
        ),
        Claim(
            "Of a swing along an eigenvector a step leaves √(μ(1 − ηλ)); with plain momentum it does not.",
            (NESTEROV,),
            brakes_where_it_is_steep,
            control=(HEAVY,),
            says="Nesterov brakes most where the valley is steep",
        ),
        Claim(
            "The heavy ball leaves the same share of both swings, √μ.",
            (HEAVY,),
            lambda t: np.allclose(left_by_a_step(t), np.sqrt(MU), rtol=2e-3),
            control=(NESTEROV,),
        ),
        Claim(
            "Along the floor, it leaves over 98% of what the heavy ball does, across it under two thirds.",
            runs,
            lambda h, n: np.array_equal(left_by_a_step(n) > left_by_a_step(h) * (0.98, 2 / 3), (True, False)),
        ),
        Claim(
            "Both have one start, one rate and one momentum.",
            runs,
            lambda a, b: same("start", "lr")(a, b) and len({t.run.optimizer.keywords["momentum"] for t in (a, b)}) == 1,
            says="from the same start",
        ),
        Claim(
            "In 1500 steps, its ball is near the valley's floor from step 5 on, the other from step 44.",
            tuple(replace(run, steps=1500) for run in (NESTEROV, HEAVY)),
            lambda n, h: calm_from(n) == 5 and calm_from(h) == 44,
        ),
    )

    def make_panels(self, upper, lower):
        parts = zip(*(errors(t).T for t in self.trajectories), strict=True)
        along, across = ([Series(values, k) for k, values in enumerate(pair)] for pair in parts)
        return stacked(
            lambda gutter: StepPanel(
                "position across, where it is steep", across, self.steps, upper,
                log=False, step_axis=False, gutter=gutter,
            ),
            lambda gutter: StepPanel(
                "position along, where it is flat", along, self.steps, lower, log=False, gutter=gutter
            ),
        )  # fmt: skip

    rate_height = 2.0

    def construct(self):
        heavy, nesterov = self.trajectories
        heavy_left, left = left_by_a_step(heavy), left_by_a_step(nesterov)

        with self.voiceover(
            "With momentum, a ball swings from wall to wall of this valley. What would Nesterov change?",
            f"Momentum {MU:g}: it swings from wall to wall",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(24, speech.remaining + PAUSE, rate_func=rate_functions.linear)
        with self.voiceover(
            "Nesterov's ball, from the same start. Stop where it turns.",
            f"Nesterov's ball, at step {STEP}",
        ) as speech:
            self.roll(0, 0.7)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(STEP, speech.remaining + PAUSE)
        with self.voiceover(
            "What would the heavy ball do? Part of its velocity stays. The slope here adds to it.",
            "The heavy ball's step: velocity kept, and slope",
        ) as speech:
            self.open_lens(nesterov)
            self.add_up(nesterov, (speech.remaining + PAUSE) / 3)
        with self.voiceover(
            f"Nesterov compares that step with the last one. Of the change, {MU:.0%} is added.",
            "Nesterov adds a share of how the step has changed",
        ) as speech:
            self.compare(nesterov, (speech.remaining + PAUSE) / 3)
        with self.voiceover(
            "In a turn, the change points back. Textbooks feel the slope ahead of the ball. In torch, the ball is that "
            "point ahead.",
            "The change points back: it brakes",
        ) as speech:
            self.play(GrowArrow(self.taken), FadeIn(self.names[5]), run_time=1.4)
            self.play(Indicate(self.names[4], 1.06, color=current_theme().ink), run_time=1.4)
            self.pulse(self.closeup.marks, speech.remaining + PAUSE - 2.4)
            self.move_on(nesterov)
        with self.voiceover(
            f"Across, where it is steep, a step now leaves {left[1]:.0%} of the swing. The heavy ball leaves "
            f"{heavy_left[1]:.0%}. Along the flat floor, Nesterov hardly brakes.",
            f"Near the floor from step {calm_from(nesterov)}, the heavy ball from step {calm_from(heavy)}",
        ) as speech:
            self.play(*map(FadeOut, self.lens), *self.board.restore_column(), run_time=0.7)
            self.roll(self.steps, speech.remaining - 0.1, rate_func=rate_functions.ease_in_out_sine)
        self.wait(1.2)

    def open_lens(self, nesterov):
        """The lens on the turn, and room for the formula above it and the names beside it."""
        theme, column = current_theme(), self.board.frame.title
        self.law = maths("Delta w = {{ s_t : plain }} {{ + mu : share }} {{ (s_t - s_(t-1)) : change }}", 42)
        self.law.select("plain").set_color(theme.runs[0])
        self.law.select("change").set_color(theme.runs[3])
        self.law.move_to((column.left, self.board.loss_top - 0.05, 0), UL)
        foot = self.board.frame.legend.bottom + 1.6
        room = Box(column.left, column.right, foot, float(self.law.get_bottom()[1]) - 0.25)
        self.closeup = Closeup(nesterov, STEP, 1, self.board.map, room, 2.7)
        half = (column.left + column.right) / 2
        kept = [
            ("velocity kept", theme.velocity), ("−η × slope", theme.gradient), ("heavy ball's step", theme.runs[0]),
        ]  # fmt: skip
        added = [
            ("last step", theme.soft), (f"{MU:.0%} of the change", theme.runs[3]), ("torch's step", theme.update),
        ]  # fmt: skip
        self.names = VGroup(*named_arrows(kept, column.left, foot - 0.25), *named_arrows(added, half, foot - 0.25))
        self.play(*self.board.clear_column(), FadeIn(self.closeup), run_time=0.7)

    def add_up(self, nesterov, each):
        """Velocity and slope tip to tail, and the heavy ball's step, their sum."""
        theme, here = current_theme(), nesterov.params[STEP]
        last, plain = plain_steps(nesterov)[STEP - 1 : STEP + 1]
        slope = -LR * nesterov.grad[STEP]
        self.parts = chain(self.closeup.map, here, np.array([MU * last, slope]), [theme.velocity, theme.gradient])
        self.plain = arrow(self.closeup.map, here, plain, theme.runs[0])
        for part, name in zip((*self.parts, self.plain), self.names, strict=False):
            self.play(GrowArrow(part), FadeIn(name), run_time=max(each - 0.2, 0.6))
        first = VGroup(*(glyph for glyph in self.law if glyph not in self.addition()))
        self.play(FadeIn(first), run_time=0.6)

    def addition(self):
        """The glyphs of what Nesterov adds to the formula."""
        return VGroup(*self.law.select("share"), *self.law.select("change"))

    def move_on(self, nesterov):
        """The ball takes the step, under the lens too: there it comes to lie on top of the arrows."""
        moving = RunMarks(nesterov, self.closeup.map, 1, 1.5, announce=False).follow(self.clock)
        self.closeup.picture.remove(self.closeup.marks)
        self.add(moving)
        self.lens.append(moving)
        self.play(self.clock.animate.set_value(STEP + 1), run_time=2.4)

    def compare(self, nesterov, each):
        """The last step from the same point, the change between the tips, and its share moved to the step's end."""
        theme, here = current_theme(), nesterov.params[STEP]
        last, plain = plain_steps(nesterov)[STEP - 1 : STEP + 1]
        before = arrow(self.closeup.map, here, last, theme.soft)
        change = arrow(self.closeup.map, here + last, plain - last, theme.runs[3])
        share = arrow(self.closeup.map, here + plain, MU * (plain - last), theme.runs[3])
        self.taken = arrow(self.closeup.map, here, nesterov.update[STEP], theme.update, 4.5)
        self.play(FadeOut(self.parts, *self.names[:2]), GrowArrow(before), FadeIn(self.names[3]), run_time=each)
        self.play(GrowArrow(change), FadeIn(self.addition()), run_time=each)
        self.play(Transform(change, share), FadeIn(self.names[4]), run_time=each)
        self.lens = [self.closeup, self.law, self.plain, before, change, self.taken, *self.names[2:]]
