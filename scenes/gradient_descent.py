"""Gradient descent: what one step is, that it is all that plain SGD does, and why the start matters."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *

from descent import BIRD, EXPERIMENTS, ByHand, Claim, basins, reaches, same, settles
from descent.stage import (
    Box,
    Closeup,
    ComparisonScene,
    Label,
    Series,
    StepPanel,
    arrow,
    basin,
    current_theme,
    maths,
    named_arrows,
    number,
    stacked,
    step_lengths,
    swatch,
)

GLOBAL, LOCAL = BIRD.minima[0], BIRD.minima[4]


def follows_the_slope(trajectory):
    """Every recorded step is minus the rate times the recorded gradient, to the rounding of the weights."""
    return np.allclose(trajectory.update, -trajectory.lr[:, None] * trajectory.grad[:-1], rtol=0, atol=1e-6)


class OneStepGoesDownhill(ComparisonScene):
    """One step of gradient descent is the gradient, turned round and scaled by the learning rate."""

    title = "One step: against the gradient, scaled by the learning rate"
    formula = "w_(t+1) = w_t - eta nabla L(w_t)"
    runs = (EXPERIMENTS["E01"],)
    claims = (
        Claim(
            "Every step is minus the rate times the gradient.",
            runs,
            follows_the_slope,
            says="against the gradient, scaled by the learning rate",
        ),
        Claim("The first step lowers the loss.", runs, lambda t: t.loss[1] < t.loss[0]),
        Claim("Thirty steps reach the global minimum.", runs, reaches(GLOBAL, within=0.05)),
        Claim("It stays there.", runs, settles(GLOBAL, within=0.05, last=1)),
        Claim(
            "No step is shorter than the last.",
            runs,
            lambda t: step_lengths(t).min() == step_lengths(t)[-1],
            says="the shortest of all",
        ),
    )

    def lower_series(self):
        return "length of the step", [Series(step_lengths(t), k, stairs=True) for k, t in enumerate(self.trajectories)]

    def construct(self):
        (run,) = self.trajectories
        strides = step_lengths(run)

        with self.voiceover(
            "Each pair of weights has a loss. Dark ground is low. Training means walking down.",
            "A pair of weights has a loss; training walks down",
            around=self.board.minima[0],
        ):
            self.board.introduce()
        with self.voiceover(
            "Start here. The gradient says which way the ground rises fastest, and how fast.",
            "The gradient points uphill, the steepest way",
        ) as speech:
            self.look_closer(run)
            speech.pulse(self.gradient)
        with self.voiceover(
            "We want down: turn it round. Scale it by the learning rate. "
            f"That is the step. The loss falls from {number(run.loss[0], 0)} to {number(run.loss[1], 0)}.",
            f"Turned round and scaled: the loss falls from {number(run.loss[0], 0)} to {number(run.loss[1], 0)}",
        ) as speech:
            self.take_the_step(run)
            speech.pulse(self.step)
        with self.voiceover(
            "Then ask again, at the new place. Where the ground is steep the steps are long; where it is flat, short.",
            "Long steps on steep ground, short ones on flat ground",
        ) as speech:
            curves = [animation for animation in self.board.enter(0) if animation.mobject is not self.board.marks[0]]
            self.play(*map(FadeOut, self.lens), *self.board.reveal_panels(), *curves, run_time=0.7)
            self.roll(run.steps, speech.remaining - 0.1)
        with self.voiceover(
            f"The learning rate stayed, but the slope has faded. The last step measures {number(strides[-1])}, "
            "the shortest of all: this is the minimum.",
            f"After {run.steps} steps: the lowest minimum, loss {number(run.loss[-1], 1)}",
            around=self.board.minima[0],
        ):
            self.play(Indicate(self.board.minima[0], scale_factor=1.8, color=current_theme().ink), run_time=1.2)
        self.wait(1.2)

    def look_closer(self, run):
        """The lens on the first step, with the gradient as it was recorded."""
        theme, column = current_theme(), self.board.frame.title
        room = Box(column.left, column.left + 3.75, self.board.frame.legend.bottom + 0.06, self.board.loss_top)
        closeup = Closeup(run, 0, 0, self.board.map, room, width=1.5)
        self.here, uphill = run.params[0], run.lr[0] * run.grad[0]
        self.gradient = arrow(closeup.map, self.here, uphill, theme.gradient)
        self.step = arrow(closeup.map, self.here, run.update[0], theme.update, 10)
        left = room.right + 0.35
        slope, change, weights = (
            f"vec({number(pair[0], places)}, {number(pair[1], places)})".replace("−", "-")
            for pair, places in ((run.grad[0], 1), (run.update[0], 2), (run.params[1], 2))
        )
        self.law = VGroup(
            maths("w_(t+1) = w_t {{ - eta : rate }} {{ nabla L(w_t) : slope }}", 42),
            maths(f"nabla L(w_t) = {slope}", 38, theme.gradient),
            maths(f"- eta nabla L(w_t) = {change}", 38, theme.update),
            maths(f"w_(t+1) = {weights}", 38),
        )
        self.law[0].select("slope").set_color(theme.gradient)
        self.law.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to((left, room.top - 0.1, 0), UL)
        self.names = named_arrows(
            [(f"gradient × {run.lr[0]:g}", theme.gradient), ("step taken", theme.update)], left, room.bottom + 1.1
        )
        closeup.picture.remove(closeup.marks)  # they move, over the arrows, which do not
        self.closeup = closeup
        balls = [marks.follow(self.clock) for marks in (self.board.marks[0], closeup.marks)]
        self.play(FadeOut(self.board.key), *map(FadeIn, (closeup, self.law[0], *balls)), run_time=0.8)
        self.play(GrowArrow(self.gradient), FadeIn(self.names[0]), FadeIn(self.law[1]), run_time=1.0)

    def take_the_step(self, run):
        """The gradient's arrow turns round and becomes the step, and the ball moves along it."""
        turning = self.gradient.copy()
        foot = self.closeup.map.to_frame(self.here)
        self.play(Rotate(turning, PI, about_point=foot), run_time=1.2)
        self.play(FadeOut(turning), FadeIn(self.step, self.names[1], self.law[2]), run_time=0.8)
        self.play(self.clock.animate.set_value(1), FadeIn(self.law[3]), run_time=1.4)
        self.lens = [self.closeup, self.closeup.marks, self.law, self.names, self.gradient, self.step]


RATE = EXPERIMENTS["E01"].lr
HAND = replace(EXPERIMENTS["E01"], optimizer=partial(ByHand, lr=RATE), name=f"by hand  lr {RATE:g}")
FUSED = replace(HAND, optimizer=partial(ByHand, lr=RATE, fused=True), name=f"by hand, in one operation  lr {RATE:g}")
MILLIONTH, APART = 1e-6, 10  # the unit of the picture, and how many of it the paths stay within


def gap(trajectory, other):
    """The larger difference of the two weights, at every step."""
    return np.abs(trajectory.params - other.params).max(axis=1)


def no_bit_differs(trajectory, other):
    """Two runs have the same weights, losses and gradients, to the last bit."""
    return all(np.array_equal(getattr(trajectory, name), getattr(other, name)) for name in ("params", "loss", "grad"))


class ManualStepIsSGD(ComparisonScene):
    """The update written by hand and torch.optim.SGD take the same path, to the last bit if rounded alike."""

    title = "A step by hand is a step of SGD"
    runs = (EXPERIMENTS["E02"], HAND, FUSED)
    claims = (
        Claim("By hand, each step is minus the rate times the gradient.", runs[1:2], follows_the_slope),
        Claim("No weight differs by ten millionths.", runs[:2], lambda a, b: gap(a, b).max() < APART * MILLIONTH),
        Claim(
            "As one operation, no bit differs.",
            (runs[0], runs[2]),
            no_bit_differs,
            says=(
                "A step by hand is a step of SGD",
                f"All {FUSED.steps} steps agree with SGD, to the last bit",
                "every bit agrees",
                "nothing more to plain SGD",
                "Nothing.",
                "no bit differs",
            ),
        ),
        Claim("They share start and rate.", runs, same("surface", "start", "lr"), says="Same start, same rate"),
    )

    def make_panels(self, upper, lower):
        """The distance between the paths, in millionths, over the loss."""
        upper = Box(upper.left, upper.right, upper.bottom + 0.5, upper.top)
        lower = Box(lower.left, lower.right, lower.bottom, lower.top + 0.3)
        first = self.trajectories[0]
        apart = [Series(gap(t, first) / MILLIONTH, k) for k, t in enumerate(self.trajectories)]
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel(
                "distance from SGD, in millionths", apart, self.steps, upper,
                from_zero=True, step_axis=False, gutter=gutter,
            ),
            lambda gutter: StepPanel("loss", losses, self.steps, lower, gutter=gutter),
        )  # fmt: skip

    def lay_out(self):
        super().lay_out()
        first = self.board.marks[0]
        self.board.marks[0] = type(first)(first.trajectory, self.board.map, 0, size=1.8)  # still seen under the others

    def construct(self):
        sgd, hand, fused = self.trajectories
        apart = gap(sgd, hand)

        with self.voiceover(
            "There are two ways to take a step. Write it out: weight, minus rate times gradient. "
            "Or let torch's SGD do it.",
            "Written out, or left to torch",
        ) as speech:
            self.show_code()
            speech.pulse([*self.code])
        with self.voiceover(
            "Same start, same rate. The balls go down together, one inside the other.",
            "One path, walked twice",
            reveal=True,
        ) as speech:
            self.play(FadeOut(self.code), *self.board.reveal_panels(), *self.board.enter(0, 1), run_time=0.8)
            self.roll(sgd.steps, speech.remaining - 0.2)
        with self.voiceover(
            "By hand, product and difference are each rounded; in SGD they are one operation. "
            "In the last digits the paths may part, by less than ten millionths.",
            "Less than ten millionths apart: rounding",
        ) as speech:
            self.play(*self.point_at(int(apart.argmax()), apart.max()), run_time=1.0)
            speech.pulse(self.pointer)
        with self.voiceover(
            f"Now let product and difference be one operation. All {sgd.steps} steps agree with SGD, to the last bit.",
            "One operation, as in SGD: every bit agrees",
        ) as speech:
            self.roll(0, 0.8)
            self.play(FadeOut(self.pointer), *self.board.enter(2), run_time=0.6)
            self.roll(fused.steps, speech.remaining - 0.2)
        with self.voiceover(
            "There is nothing more to plain SGD. It is the step you would write yourself.",
            "Plain SGD is the step you would write yourself",
            around=[*self.code],
        ):
            self.play(*self.board.clear_column(), FadeIn(self.code), run_time=0.8)
        self.wait(1.2)

    def show_code(self):
        """The two ways as code, each with the mark of its run."""
        left, top, rate = self.board.frame.title.left, self.board.loss_top - 0.5, self.runs[0].lr
        self.code = VGroup()
        for index, lines in (
            (1, (f"lr = {rate:g}", "w = w − lr * w.grad")),
            (0, (f"optimizer = SGD([w], lr={rate:g})", "optimizer.step()")),
        ):
            code = Label("\n".join(lines), 38, weight="MEDIUM")
            code.move_to((left + 0.95, top, 0), UL)
            self.code.add(VGroup(swatch(index, (left + 0.35, code.get_center()[1], 0)), code))
            top -= code.height + 0.7
        self.play(FadeIn(self.board.map, self.board.minima, self.heading), run_time=0.8)
        for part in self.code:
            self.play(FadeIn(part, shift=0.15 * RIGHT), run_time=1.0)

    def point_at(self, step, value):
        """A ring around the widest gap in the upper panel."""
        spot = self.board.panels[0].point(step, value / MILLIONTH)
        self.pointer = Circle(0.2, color=current_theme().ink, stroke_width=3).move_to(spot)
        return [Create(self.pointer)]


NEAR, FAR = (replace(EXPERIMENTS[name], steps=40) for name in ("E01", "E03"))
EAST, WEST = (replace(NEAR, start=start) for start in ((-7.25, 4.5), (-7.45, 4.5)))


def settle_apart(trajectory, other):
    """Both come to rest, a unit or more from one another."""
    rests = all(settles(within=0.1)(t) for t in (trajectory, other))
    return rests and np.linalg.norm(trajectory.params[-1] - other.params[-1]) > 1


class AnotherStartAnotherMinimum(ComparisonScene):
    """The same descent from another start can end in another minimum: each of them has its basin."""

    title = "Another start, another minimum"
    runs = (NEAR, FAR, EAST, WEST)
    claims = (
        Claim(
            "Followed for 100 steps, the two descents settle in different places.",
            tuple(replace(run, steps=100) for run in (NEAR, FAR)),
            settle_apart,
            says=("Another start, another minimum", "the same descent can end in another minimum"),
        ),
        Claim(
            "The two share surface, rule and rate.",
            (NEAR, FAR),
            same("surface", "optimizer", "lr", "scheduler"),
            says="The same descent from two starts",
        ),
        Claim("One start leads to the global minimum.", (NEAR,), settles(GLOBAL, within=0.1)),
        Claim("Another leads to a local one, and stays.", (FAR,), settles(LOCAL, within=0.01)),
        Claim(
            "There, no slope is left.",
            (FAR,),
            lambda t: np.linalg.norm(t.grad[-1]) < 1e-2,
            says="no slope is left to push it on",
        ),
        Claim("So does one of two close starts.", (WEST,), settles(LOCAL, within=0.1)),
        Claim("The other leads to the global minimum.", (EAST,), settles(GLOBAL, within=0.1)),
    )

    def construct(self):
        theme = current_theme()
        near, far, *_ = self.trajectories
        ground = basins(replace(NEAR, steps=400), (113, 145))
        tints = [
            basin(ground, BIRD.minima.index(minimum), self.board.map, colour)
            for minimum, colour in ((GLOBAL, theme.runs[0]), (LOCAL, theme.runs[1]))
        ]
        others = VGroup(
            *(
                basin(ground, k, self.board.map, theme.soft, 0.05)
                for k, m in enumerate(BIRD.minima)
                if m not in (GLOBAL, LOCAL)
            )
        )
        apart = np.linalg.norm(np.subtract(EAST.start, WEST.start))

        with self.voiceover(
            "One surface, one rule, one learning rate. The start is different.",
            "The same descent from two starts",
            around=[self.board.marks[k].position(0) for k in (0, 1)],
        ):
            self.play(*self.board.reveal([0, 1]), run_time=1.2)
        with self.voiceover(
            "The first run finds the star. The second stops in another minimum, where no slope is left to push it on.",
            f"Loss {number(near.loss[-1], 0)} from one start, {number(far.loss[-1], 0)} from the other",
            reveal=True,
        ) as speech:
            self.roll(self.steps, speech.remaining - 0.4)
        with self.voiceover(
            f"Why? Try {ground.minimum.size:,} starts, and tint each by where it ends. "
            "The ground from which runs end in a minimum is its basin.",
            f"{ground.minimum.size:,} starts, tinted by the minimum they end in",
        ) as speech:
            each = speech.remaining / 2 - 0.2
            for tint in tints:
                self.add(tint)
                self.bring_to_front(*(self.board.marks[k] for k in (0, 1)))
                self.play(FadeIn(tint), run_time=each)
        with self.voiceover(
            "Now another pair of starts, close together, on either side of a border. They end in different minima.",
            f"Two starts {number(apart, 1)} apart, on either side of the border",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(2, 3), run_time=0.6)
            self.roll(self.steps, speech.remaining - 0.2)
        with self.voiceover(
            "Where descent ends depends on the basin it starts in. Weights start at random: "
            "two trainings may end differently.",
            "The start decides in which minimum descent ends",
            around=self.board.map.to_frame(EAST.start),
        ):
            self.add(others, *self.board.marks)
            self.play(FadeIn(others), run_time=1.0)
        self.wait(1.2)
