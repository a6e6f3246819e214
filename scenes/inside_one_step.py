"""Inside one step: what momentum adds up, and what Adam divides by, read from the optimizers' own buffers."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import VALLEY, Claim, Run, Surface, first_step_within, gradient_terms, spectrum
from descent.stage import (
    SMALL,
    Box,
    Closeup,
    ComparisonScene,
    FieldArrows,
    Label,
    Series,
    arrow,
    chain,
    current_theme,
    maths,
    number,
    rows,
    step_lengths,
)

FLOOR = VALLEY.minima[0]
NEAR = 0.1
ALONG, ACROSS = spectrum(VALLEY).directions.T
HEAVY = Run(VALLEY, partial(SGD, lr=0.4, momentum=0.6), (-4.6, 3.0), 50)
PLAIN = replace(HEAVY, optimizer=partial(SGD, lr=0.4))
MU = HEAVY.optimizer.keywords["momentum"]
STEP = 5  # the one that is looked into


def adds_up(trajectory):
    """At every step, the weighted gradients add up to the recorded update, to the rounding of float32 weights."""
    sums = np.array([gradient_terms(trajectory, k).sum(axis=0) for k in range(trajectory.steps)])
    return np.allclose(sums, trajectory.update, rtol=0, atol=1e-6)


def sums_all_so_far(trajectory):
    """Every step is the sum of the weighted gradients, and there is none of them whose weight is zero."""
    felt = (gradient_terms(trajectory, k).any(axis=1).all() for k in range(trajectory.steps))
    return all(felt) and adds_up(trajectory)


def kept(terms):
    """What is left of the terms' total length along one direction, shape (n,), once they are added."""
    return abs(terms.sum()) / np.abs(terms).sum()


def cancels_across(trajectory):
    """Across the valley less than an eighth of the terms survives their sum; along it, all of it."""
    terms = gradient_terms(trajectory, STEP)
    return kept(terms @ ACROSS) < 1 / 8 and kept(terms @ ALONG) > 1 - 1e-9


def only_the_newest(trajectory):
    """Its terms are zero, but for the newest gradient's."""
    terms = gradient_terms(trajectory, STEP)
    return not terms[:-1].any() and terms[-1].any()


SLOPE = Surface("steady slope", lambda w1, w2: w1 + 0 * w2, ((-50.0, 1.0), (-1.0, 1.0)))
ON_A_SLOPE = tuple(replace(run, surface=SLOPE, start=(0.0, 0.0)) for run in (HEAVY, PLAIN))


def grows_by_the_weights(heavy, plain):
    """On a steady slope the last step is as many times as long as without momentum as the weights add up to."""
    return np.isclose(heavy.update[-1, 0] / plain.update[-1, 0], 1 / (1 - MU), rtol=1e-3)


def arrival(trajectory):
    """The first step near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


class MomentumIsASumOfGradients(ComparisonScene):
    """Momentum's step is the sum of all gradients so far, with weights that fade with their age."""

    title = "Momentum: every step is a sum of all gradients so far"
    formula = "v_(t+1) = nabla L(w_t) + mu nabla L(w_(t-1)) + mu^2 nabla L(w_(t-2)) + dots.c"
    runs = (HEAVY, PLAIN)
    claims = (
        Claim(
            "Every step is the weighted sum of all recorded gradients; without momentum it is not.",
            (HEAVY,),
            sums_all_so_far,
            control=(PLAIN,),
            says=(
                "every step is a sum of all gradients so far",
                "So the velocity is a sum of all of them",
                "Of all gradients so far",
            ),
        ),
        Claim("Without momentum, the newest gradient alone is the step.", (PLAIN,), only_the_newest),
        Claim("At step 5, most cancels across the valley, nothing along it.", (HEAVY,), cancels_across),
        Claim("On a steady slope, steps grow by the sum of the weights.", ON_A_SLOPE, grows_by_the_weights),
        Claim("Momentum arrives in a third of the steps.", runs, lambda a, b: 3 * arrival(a) <= arrival(b) < np.inf),
    )

    def lower_series(self):
        return "length of the step", [Series(step_lengths(t), k, stairs=True) for k, t in enumerate(self.trajectories)]

    def construct(self):
        heavy, plain = self.trajectories
        terms = gradient_terms(heavy, STEP)
        along = terms @ ALONG
        self.lay_out_lens(heavy, terms)

        with self.voiceover(
            f"At each step, momentum retains {MU:.0%} of its velocity and adds the new gradient. "
            "So the velocity is a sum of all of them.",
            "Each step adds its gradient to what is kept",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            self.play(FadeIn(self.law), *map(FadeIn, self.on_map), run_time=0.8)
            self.roll(STEP, speech.remaining - 0.2)
        with self.voiceover(
            "Stop here. The newest gradient counts in full. The older a gradient is, the less it counts.",
            f"Step {STEP}: {len(terms)} gradients, each weighted by its age",
        ) as speech:
            self.play(FadeIn(self.lens), run_time=0.7)
            self.fly(heavy, (speech.remaining - 0.2) / len(terms))
        with self.voiceover(
            "Tip to tail, they end exactly where torch's own step ends. Their sum is the step.",
            "Tip to tail, they are the step",
            around=self.sum,
        ):
            self.play(GrowArrow(self.sum), FadeIn(self.listing[-1]), run_time=1.0)
        with self.voiceover(
            "Across the valley, at this step, they disagree, and little is left. "
            f"Along it they agree, and add up to {along.sum() / along[-1]:.1f} times the newest.",
            "Across they cancel, along they add up",
        ) as speech:
            self.show_sums(terms, speech.remaining / 2)
        with self.voiceover(
            f"The weights add up to {1 / (1 - MU):.1f}: on a steady slope, steps grow that much. "
            "Here, momentum arrives in under a third of the steps of plain SGD.",
            f"Near the minimum at step {arrival(heavy)}, without momentum at step {arrival(plain)}",
        ) as speech:
            gone = [self.lens, self.listing, self.arrows, self.sum, *self.sums, self.on_map[1]]
            curves = [animation for animation in self.board.enter(0) if animation.mobject is not self.board.marks[0]]
            self.play(*map(FadeOut, gone), *self.board.reveal_panels(), *curves, run_time=0.7)
            self.roll(0, 0.6)
            self.play(*self.board.enter(1), run_time=0.5)
            self.roll(self.steps, speech.remaining - 0.2)
        self.wait(1.2)

    def lay_out_lens(self, heavy, terms):
        """The formula on top of the column, under it the lens with the terms tip to tail, beside it their weights."""
        theme, column = current_theme(), self.board.frame.title
        uphill = -heavy.lr[: STEP + 1, None] * heavy.grad[: STEP + 1]
        field = FieldArrows(heavy.params[: STEP + 1], uphill, self.board.map, theme.gradient)
        self.on_map = [self.board.marks[0].follow(self.clock), field.follow(self.clock)]
        self.law = VGroup(
            maths("v_t = mu v_(t-1) + {{ g_t : slope }}", 38),
            maths("v_t = {{ g_t + mu g_(t-1) + mu^2 g_(t-2) + mu^3 g_(t-3) + dots : slope }}", 34),
        ).arrange(DOWN, buff=0.2, aligned_edge=LEFT)
        self.law.move_to((column.left, self.board.loss_top - 0.05, 0), UL)
        for line in self.law:
            line.select("slope").set_color(theme.gradient)
        top = self.law.get_bottom()[1] - 0.3
        room = Box(column.left, column.left + 3.75, self.board.frame.legend.bottom + 0.06, top)
        self.lens = Closeup(heavy, STEP, 0, self.board.map, room, width=1.5)
        here = heavy.params[STEP]
        self.arrows = chain(self.lens.map, here, terms[::-1], [theme.gradient] * len(terms), 5.0)
        self.sum = arrow(self.lens.map, here, heavy.update[STEP], theme.update, 5.5)
        names = [self.named(f"× {MU**age:.2f}", theme.gradient) for age in range(STEP + 1)]
        self.listing = rows([*names, self.named("step", theme.update)], 0.2)
        self.listing.move_to((room.right + 0.3, room.top - 0.05, 0), UL)

    def named(self, words, colour):
        """A row of the listing: an arrow and words."""
        icon = Arrow(LEFT * 0.25, RIGHT * 0.25, buff=0, color=colour, stroke_width=4.5, tip_length=0.15)
        return VGroup(icon, Label(words, SMALL).sit((0.42, -0.085, 0)))

    def fly(self, heavy, each):
        """One after the other, the gradients leave the places where they were felt and join the chain, scaled."""
        theme = current_theme()
        for age, target in enumerate(self.arrows):
            row = STEP - age
            felt = arrow(self.board.map, heavy.params[row], -heavy.lr[row] * heavy.grad[row], theme.gradient, 5.0)
            self.play(ReplacementTransform(felt, target), FadeIn(self.listing[age]), run_time=each)

    def show_sums(self, terms, each):
        """The terms across the valley and along it, each added up as numbers, with the two ways in the lens."""
        theme, here, reach = current_theme(), np.array(self.lens.map.surface.domain).mean(axis=1), 0.27
        here = here - (0.0, 0.56)
        lines, self.sums = VGroup(), VGroup()
        for word, way in (("across", ACROSS), ("along", ALONG)):
            parts = terms[::-1] @ way
            parts = parts * np.sign(parts.sum())
            written = number(parts[0]) + "".join(f" {'+' if part > 0 else '−'} {abs(part):.2f}" for part in parts[1:])
            lines.add(Label(f"{word}:  {written}  =  {number(parts.sum())}", 30))
            ends = self.lens.map.to_frame(here + np.outer((-reach, reach), way))
            line = DoubleArrow(*ends, buff=0, color=theme.ink, stroke_width=4, tip_length=0.15)
            tag = self.lens.map.tag(word, here + reach * way * np.sign(way[0]), RIGHT)
            self.sums.add(VGroup(line, tag))
        lines.arrange(DOWN, buff=0.24, aligned_edge=LEFT).move_to(self.law, UL)
        for k, (line, way) in enumerate(zip(lines, list(self.sums), strict=True)):
            self.play(*([FadeOut(self.law)] if k == 0 else []), FadeIn(line, way), run_time=0.8)
            self.pulse(line, each - 1.0)
        self.sums.add(*lines)
