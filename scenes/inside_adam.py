"""Inside Adam's step: a scale for each weight, and averages that know how full they are."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import Adam, RMSprop

from descent import Claim, Run, Surface, bias_corrections, longest_moves, reaches, spectrum, take_apart
from descent.stage import (
    BODY,
    SMALL,
    ComparisonScene,
    Label,
    ParameterPanel,
    Series,
    StepEllipse,
    StepPanel,
    arrow,
    current_theme,
    maths,
    stacked,
)

BOWL = Surface(
    "long bowl",
    lambda w1, w2: 0.15 * w1**2 + 1.8 * w2**2,
    ((-6.5, 1.5), (-3.5, 4.5)),
    ((0.0, 0.0),),
    "0.15 w_1^2 + 1.8 w_2^2",
    "A quadratic whose axes are the parameters'.",
)
START = (-4.2, 1.5)
ADAM = Run(BOWL, partial(Adam, lr=0.5), START, 40)
STEEPER = replace(ADAM, surface=replace(BOWL, loss=lambda w1, w2: 1.5 * w1**2 + 18 * w2**2))


def moves_by_the_rate(trajectory):
    """Its first step moves both weights by the learning rate, against the sign of the gradient."""
    return np.allclose(trajectory.update[0], -trajectory.lr[0] * np.sign(trajectory.grad[0]), rtol=1e-5)


def parts_are_the_step(trajectory):
    """The parts read from the buffers add up to every recorded step, to the rounding of float32 weights."""
    return np.allclose(sum(take_apart(trajectory).parts.values()), trajectory.update, rtol=0, atol=1e-6)


def four_times_as_steep(trajectory):
    """At the start, the ground is over four times as steep along w2 as along w1."""
    first, second = np.abs(trajectory.grad[0])
    return 0 < 4 * first < second


def same_first_step(run, steeper):
    """The gradient is ten times as large, the first step as long as it was."""
    larger = np.allclose(steeper.grad[0], 10 * run.grad[0], rtol=1e-5)
    return larger and np.allclose(steeper.update[0], run.update[0], rtol=1e-5)


def lands_on_its_ellipse(trajectory):
    """Each update, in half axes of the ellipse that the averages draw, has length one; that of a point has none."""
    whole = take_apart(trajectory)
    reach = whole.scale * np.linalg.norm(sum(whole.parts.values()) / whole.scale, axis=1, keepdims=True)
    crossed = np.linalg.norm(trajectory.update * reach[:, ::-1], axis=1)
    return bool(reach.all()) and np.allclose(crossed, reach.prod(axis=1), rtol=1e-3, atol=0)


def slope_ratio(trajectory):
    """How many times as steep the ground is along w2 as along w1, at the start."""
    first, second = np.abs(trajectory.grad[0])
    return second / first


def weight_rates(trajectory):
    """What Adam multiplies the corrected mean of gradients by: ``lr / (√v̂ + ε)``, shape (n, 2)."""
    return take_apart(trajectory).scale * bias_corrections(trajectory)[:, :1]


def stretch(trajectory):
    """How many times as long each step's ellipse is along w1 as along w2, shape (n,)."""
    return np.divide(*take_apart(trajectory).scale.T)


class AdamDividesByItsScale(ComparisonScene):
    """Adam divides each weight's gradient by that weight's own recent size: the circle of a step becomes an ellipse."""

    title = "Adam gives each weight a scale of its own"
    formula = "w <- w - eta hat(m) / (sqrt(hat(v)) + epsilon)"
    runs = (ADAM,)
    claims = (
        Claim("The recorded averages explain every step.", runs, parts_are_the_step),
        Claim("The ground is over four times as steep along w2 at the start.", runs, four_times_as_steep),
        Claim("Yet the first step is the rate, in both weights.", runs, moves_by_the_rate),
        Claim("On a bowl ten times as steep, the first step is the same.", (ADAM, STEEPER), same_first_step),
        Claim(
            "Every step ends on its ellipse.",
            runs,
            lands_on_its_ellipse,
            says="At every step, the ball lands on its ellipse",
        ),
        Claim(
            "The ellipse stays at least twice as long along w1.",
            runs,
            lambda t: stretch(t).min() > 2,
            says="Adam gives each weight a scale of its own",
        ),
        Claim("The run ends near the minimum.", runs, reaches((0, 0), within=0.3)),
    )
    rate_height = 1.9

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        scales = [weight_rates(t) for t in self.trajectories]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: ParameterPanel("scale of w₁ (upper curve) and of w₂", scales, self.steps, lower, gutter),
        )

    def construct(self):
        (run,) = self.trajectories
        lr = run.run.lr
        low, high = stretch(run).min(), stretch(run).max()

        with self.voiceover(
            f"This valley bends {spectrum(BOWL).condition:.0f} times as sharply along w2 as along w1. "
            "From here, downhill points mostly along w2.",
            f"{slope_ratio(run):.1f} times as steep along w₂ as along w₁",
        ) as speech:
            self.board.introduce()
            self.play(FadeIn(self.board.marks[0].follow(self.clock)), run_time=0.5)
            self.lay_out_step(run)
            self.play(GrowArrow(self.downhill), run_time=1.0)
            speech.pulse(self.downhill)
        with self.voiceover(
            "With one rate for both weights, a gradient of this size moves the ball equally far wherever it points: "
            "a circle.",
            "One rate for both weights: the step ends on a circle",
        ) as speech:
            self.play(Create(self.circle), run_time=speech.remaining - 1.6)
        with self.voiceover(
            "Adam divides each weight's average gradient by that weight's recent gradient size. "
            "The circle becomes an ellipse, and the arrow tips over.",
            "Adam divides each weight by its own scale: an ellipse",
            reveal=True,
        ) as speech:
            self.play(FadeOut(self.board.key), FadeIn(self.law), run_time=0.8)
            self.pulse(self.law[0], speech.remaining / 2)
            before = VGroup(self.circle.copy(), self.downhill.copy()).set_opacity(0.45)
            before[0].set_fill(opacity=0)
            self.add(before, self.circle, self.downhill)
            self.play(
                Transform(self.circle, self.ellipse),
                Transform(self.downhill, self.step),
                run_time=speech.remaining - 1.0,
            )
        with self.voiceover(
            "The first step is the learning rate itself, in both weights, "
            f"although one gradient is {slope_ratio(run):.1f} times the other.",
            f"First step: {lr:g} in both weights, whatever the gradient",
        ) as speech:
            self.play(FadeIn(self.numbers), run_time=0.8)
            self.pulse(self.numbers, speech.remaining / 2)
            self.play(self.clock.animate.set_value(1), run_time=max(speech.remaining - 1.6, 1.2))
        with self.voiceover(
            "At every step, the ball lands on its ellipse. It is longer along w1, where the gradients are smaller.",
            f"The ellipse stays {low:.0f} to {high:.0f} times as long along w₁",
        ) as speech:
            around = StepEllipse(take_apart(run), self.board.map, current_theme().ink).follow(self.clock)
            curves = [animation for animation in self.board.enter(0) if animation.mobject is not self.board.marks[0]]
            gone = (before, self.law, self.numbers, self.circle, self.downhill)
            self.play(*map(FadeOut, gone), FadeIn(around), *self.board.reveal_panels(), *curves, run_time=0.8)
            self.roll(run.steps, speech.remaining + 2.0)
        self.wait(1.2)

    def lay_out_step(self, run):
        """The first step from the record: the circle of one scale, the ellipse of two, both with its direction."""
        theme, here = current_theme(), run.params[0]
        whole = take_apart(run)
        reach, direction = whole.reach[0], run.update[0] / whole.scale[0]
        shared = float(np.sqrt(whole.scale[0].prod()))  # the one scale whose circle has the ellipse's area
        self.downhill = arrow(self.board.map, here, shared * direction, theme.gradient)
        self.step = arrow(self.board.map, here, run.update[0], theme.update)
        centre, unit = self.board.map.to_frame(here), self.board.map.scale_per_unit
        self.circle = Circle(shared * np.linalg.norm(direction) * unit[0], stroke_color=theme.gradient, stroke_width=3)
        self.circle.move_to(centre)
        self.ellipse = Ellipse(*(2 * reach * unit), stroke_color=theme.ink, stroke_width=3).move_to(centre)
        rate, slope = run.run.lr, run.grad[0]
        root = rate / weight_rates(run)[0]
        self.law = VGroup(
            maths("w <- w - eta / (sqrt(hat(v)) + epsilon) thin {{ hat(m) : slope }}", 44),
            VGroup(
                maths("hat(m)", 36, theme.gradient), Label("recent mean of gradients", BODY),
            ).arrange(RIGHT, buff=0.25),
            VGroup(maths("hat(v)", 36), Label("recent mean of their squares", BODY)).arrange(RIGHT, buff=0.25),
        )  # fmt: skip
        self.law[0].select("slope").set_color(theme.gradient)
        self.law.arrange(DOWN, buff=0.32, aligned_edge=LEFT).move_to(
            (self.board.frame.title.left, self.board.loss_top - 0.1, 0), UL
        )
        self.numbers = VGroup(
            *(
                maths(f"w_{k + 1}: quad {rate:g} dot {g:.2f} \\/ {r:.2f} = {moved:.2f}", 38)
                for k, (g, r, moved) in enumerate(zip(np.abs(slope), root, np.abs(run.update[0]), strict=True))
            )
        ).arrange(DOWN, buff=0.28, aligned_edge=LEFT)  # fmt: skip
        self.numbers.next_to(self.law, DOWN, 0.55, LEFT)


PACE = 0.2
WIDE = replace(BOWL, domain=((-4.0, 4.0), (-4.0, 4.0)))
RAW, CORRECTED = (Run(WIDE, partial(optimizer, lr=PACE), (-2.2, 0.6), 40) for optimizer in (RMSprop, Adam))
ALPHA = 0.99  # torch's default, as the claim below confirms on the record


def fullness(trajectory):
    """How much of a lasting gradient each average would hold after every step, shape (n, 2)."""
    if trajectory.run.optimizer.func is Adam:
        return bias_corrections(trajectory)
    share = 1 - ALPHA ** np.arange(1, trajectory.steps + 1)
    return np.stack([share, share], axis=1)


def first_averages(raw, adam):
    """After one gradient, RMSprop's average holds a hundredth of its square, and Adam's a thousandth."""
    averages = [t.state.get(name, np.zeros((1, 2)))[0] for t, name in ((raw, "square_avg"), (adam, "exp_avg_sq"))]
    held = [average / t.grad[0] ** 2 for average, t in zip(averages, (raw, adam), strict=True)]
    return np.allclose(held, [[0.01] * 2, [0.001] * 2], rtol=1e-3)


def only_raw_leaps(raw, adam):
    """RMSprop's longest step exceeds its rate, Adam's does not."""
    return strides(adam).max() < 1.001 < strides(raw).max()


def uncorrected(trajectory):
    """Adam's first step without its corrections, in rates, by its recorded averages: shape (2,); zero for others."""
    nothing, something = np.zeros((1, 2)), np.ones((1, 2))
    mean, square = (trajectory.state.get(*pair)[0] for pair in (("exp_avg", nothing), ("exp_avg_sq", something)))
    return np.abs(mean) / np.sqrt(square)


def strides(trajectory):
    """The farthest that each step moves one weight, in learning rates, shape (n,)."""
    return longest_moves(trajectory) / trajectory.lr


class BiasCorrectionTamesTheFirstStep(ComparisonScene):
    """Averages that start at zero are too small at first: RMSprop's first step is huge, Adam corrects for it."""

    title = "Bias correction tames the first step"
    formula = "hat(m)_t = m_t / (1 - beta_1^t) quad hat(v)_t = v_t / (1 - beta_2^t)"
    runs = (RAW, CORRECTED)
    claims = (
        Claim("RMSprop keeps a hundredth of the first square, Adam a thousandth.", runs, first_averages),
        Claim("Its first step is ten times the rate.", (RAW,), lambda t: abs(strides(t)[0] - 10) < 0.01),
        Claim("It throws the ball uphill, to over twice the loss.", (RAW,), lambda t: t.loss[1] > 2 * t.loss[0]),
        Claim("Adam's first step is the rate, in both weights.", (CORRECTED,), moves_by_the_rate),
        Claim("No step of Adam's moves a weight by more than the rate, unlike RMSprop's.", runs, only_raw_leaps),
        Claim("Its loss falls in the first step.", (CORRECTED,), lambda t: t.loss[1] < t.loss[0]),
        Claim("After 40 steps RMSprop has recovered, and is far lower.", runs,
              lambda r, a: 1e6 * r.loss[-1] < a.loss[-1] < 0.1),
        Claim(
            "Uncorrected, that step would be over three times as long.",
            runs,
            lambda _, adam: moves_by_the_rate(adam) and uncorrected(adam).min() > 3,
            says="Bias correction tames the first step",
        ),
    )  # fmt: skip
    rate_height = 2.3

    def make_panels(self, upper, lower):
        moved = [Series(strides(t), k, stairs=True) for k, t in enumerate(self.trajectories)]
        held = [fullness(t) for t in self.trajectories]
        return stacked(
            lambda gutter: StepPanel(
                "longest move of a weight, in rates", moved, self.steps, upper,
                log=False, from_zero=True, step_axis=False, gutter=gutter,
            ),
            lambda gutter: ParameterPanel(
                "how full the averages are", held, self.steps, lower, gutter, log=False, from_zero=True
            ),
        )  # fmt: skip

    def construct(self):
        raw, adam = self.trajectories
        theme = current_theme()
        first, second = fullness(adam)[0]
        leap = strides(raw)[0]
        around = [StepEllipse(take_apart(t), self.board.map, theme.runs[k]) for k, t in enumerate(self.trajectories)]
        with self.voiceover(
            "RMSprop and Adam divide each gradient by its recent size, an average that starts at zero. "
            "Watch the first step.",
            "An average that starts at zero",
            around=self.board.map.to_frame(raw.params[0]),
        ):
            self.play(*self.board.reveal([0]), run_time=1.0)
        with self.voiceover(
            "After one gradient, RMSprop's average is almost empty. It divides by too little, "
            f"and leaps {leap:.0f} times the rate.",
            f"RMSprop leaps {leap:.0f} times the rate: loss {raw.loss[0]:.1f} to {raw.loss[1]:.1f}",
            reveal=True,
        ) as speech:
            self.play(FadeIn(around[0].follow(self.clock)), run_time=0.6)
            self.roll(1, max(speech.remaining - 1.5, 1.0))
        with self.voiceover(
            "Adam's averages are almost empty, too. "
            "But Adam divides each by how full it is. That is the bias correction.",
            "Adam divides each average by how full it is",
        ) as speech:
            correction, values = self.law(first, second)
            self.play(FadeOut(around[0]), *self.board.explain(correction, values), run_time=0.8)
            self.pulse(values, (speech.remaining - 0.8) / 2)
            speech.pulse(correction)
        with self.voiceover(
            f"Its first step is the rate itself, in both weights. Uncorrected, it would be "
            f"{uncorrected(adam)[0]:.1f} times as long.",
            "Adam: the first step is the rate itself",
        ) as speech:
            self.roll(0, 0.6)
            self.play(*self.board.resume(), *self.board.enter(1), FadeIn(around[1].follow(self.clock)), run_time=0.6)
            self.roll(1, max(speech.remaining - 0.8, 1.0))
        with self.voiceover(
            f"RMSprop recovers here, and after {adam.steps} steps its loss is far lower. Adam's averages fill up: "
            "that of the gradients soon, that of their squares slowly.",
            f"After {adam.steps} steps: {fullness(adam)[-1, 0]:.0%} and {fullness(adam)[-1, 1]:.0%} full",
        ) as speech:
            self.play(FadeOut(around[1]), *map(FadeIn, self.names(adam)), run_time=0.5)
            self.roll(self.steps, speech.remaining - 0.2)
        self.wait(1.2)

    def names(self, adam):
        """What Adam's two curves in the lower panel are averages of, beside their ends."""
        lift = (-0.2, 0.06)  # under the upper curve, over the lower one
        ends = zip(("gradients", "squares"), fullness(adam)[-1], lift, strict=True)
        return [Label(word, SMALL).sit(self.board.panels[1].point(self.steps, at + up), 1) for word, at, up in ends]

    def law(self, first, second):
        """The corrections, with their values at the first step."""
        soft = current_theme().soft
        return (
            maths("hat(m) = m / (1 - beta_1^t) quad hat(v) = v / (1 - beta_2^t)", 44),
            maths(f"t = 1: quad 1 - beta_1^t = {first:g}, quad 1 - beta_2^t = {second:.3f}", 34, soft),
        )
