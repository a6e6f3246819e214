"""Weight decay: what happens to it inside Adam, and why AdamW keeps it apart."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import Adam, AdamW

from descent import Claim, Run, Surface, decay_moves, take_apart
from descent.stage import (
    BODY,
    SMALL,
    Box,
    ComparisonScene,
    Label,
    LossMap,
    ParameterPanel,
    RunMarks,
    Series,
    StepPanel,
    arrow,
    chain,
    crop,
    current_theme,
    maths,
    named_arrows,
    stacked,
    swatch,
)

BOWL = Surface(
    "bowl away from zero",
    lambda w1, w2: 0.15 * (w1 - 4) ** 2 + 1.8 * (w2 - 1.5) ** 2,
    ((-1.0, 6.0), (-1.0, 6.0)),
    ((4.0, 1.5),),
    "0.15 (w_1 - 4)^2 + 1.8 (w_2 - 1.5)^2",
    "A quadratic whose axes are the parameters', with its minimum away from zero.",
)
DECAY = 0.3
COUPLED, APART = (
    Run(BOWL, partial(optimizer, lr=0.1, weight_decay=DECAY), (1.0, 4.0), 100) for optimizer in (Adam, AdamW)
)
UNDECAYED = tuple(
    Run(BOWL, partial(optimizer, lr=0.1, weight_decay=0.0), (1.0, 4.0), 100) for optimizer in (Adam, AdamW)
)


def shares(trajectory):
    """What share of each weight every step takes off for the decay, the remembered decay included, shape (n, 2)."""
    return -decay_moves(trajectory) / trajectory.params[:-1]


def only_apart_takes_alike(coupled, apart):
    """Every step of AdamW, and not of Adam, takes the share ``lr · weight_decay`` of both weights."""
    alike = [np.allclose(shares(t), t.lr[:, None] * DECAY) for t in (coupled, apart)]
    return alike == [False, True]


def takes_by_slope(trajectory):
    """Every step takes at least ten times as large a share of w1, where the ground is flat."""
    return (np.divide(*shares(trajectory).T) > 10).all()


def share_grows(trajectory):
    """The last step takes more than twice the share of each weight that the first one takes."""
    return (shares(trajectory)[-1] > 2 * shares(trajectory)[0]).all()


def swallows_the_decay(trajectory):
    """Its first step is the learning rate in both weights, as it would be without decay."""
    return np.allclose(np.abs(trajectory.update[0]), trajectory.lr[0], rtol=1e-5)


def keeps_more(*trajectories):
    """AdamW is farther from zero in w1, where the ground is flat, at the end of every pair of runs."""
    coupled, apart = trajectories[::2], trajectories[1::2]
    return all(b.params[-1, 0] > a.params[-1, 0] + 0.5 for a, b in zip(coupled, apart, strict=True))


LENGTHS = tuple(replace(run, steps=steps) for steps in (100, 500, 2500) for run in (COUPLED, APART))


class AdamWDecaysApart(ComparisonScene):
    """Adam divides weight decay by the gradient's scale; AdamW takes the same share of both weights."""

    title = "AdamW decays weights apart from the gradient"
    formula = "w <- w - eta lambda w - eta hat(m) / (sqrt(hat(v)) + epsilon)"
    runs = (COUPLED, APART)
    claims = (
        Claim("Without decay the two are one, bit for bit.", UNDECAYED, lambda a, b: a.digest == b.digest),
        Claim(
            "AdamW takes the same share of both weights at every step; Adam does not.",
            runs,
            only_apart_takes_alike,
            says=(
                "decays weights apart from the gradient",
                "All the way down, that share stays",
                "takes the same share of both weights",
            ),
        ),
        Claim("Adam takes at least ten times as large a share of w1, at every step.", (COUPLED,), takes_by_slope),
        Claim("Adam's first step is the same as without decay.", (COUPLED,), swallows_the_decay),
        Claim("Adam's share of each weight at least doubles.", (COUPLED,), share_grows),
        Claim("AdamW keeps the larger w1, after 100 steps, 500 and 2500.", LENGTHS, keeps_more),
    )
    rate_height = 2.2

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        taken = [100 * shares(t) for t in self.trajectories]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: ParameterPanel(
                "% of w₁ and of w₂ taken by the decay", taken, self.steps, lower, gutter, log=True, ceiling=40.0
            ),
        )

    def construct(self):
        coupled, apart = self.trajectories
        first, same = shares(coupled)[0], shares(apart)[0, 0]
        flat, steep = shares(coupled)[-1]
        self.lay_out_lenses()
        with self.voiceover(
            "Weight decay pulls each weight towards zero, a little at each step. "
            "Adam and AdamW let it in at different places.",
            "Weight decay enters Adam and AdamW at different places",
        ):
            self.add(self.board.map, self.board.minima, self.heading)
            zero = Circle(0.11, color=current_theme().ink, stroke_width=3).move_to(self.board.map.to_frame((0, 0)))
            balls = [self.board.marks[k].follow(self.clock) for k in (1, 0)]
            self.play(*map(FadeIn, (zero, self.board.map.tag("both weights zero", (0, 0), DR), *balls)), run_time=0.7)
            for law in self.laws:
                self.wait(0.8)
                self.play(FadeIn(law), run_time=0.8)
        with self.voiceover(
            "Adam adds it to the gradient, and divides both by the gradient's size: "
            f"it takes {first[0]:.1%} of w1, but {first[1]:.1%} of the steep w2.",
            f"Adam: {first[0]:.1%} of w₁, but {first[1]:.1%} of w₂",
        ):
            self.open_lens(0)
        with self.voiceover(
            f"AdamW applies it to the weights themselves, and takes {same:.0%} of each: "
            "the rate times the decay, whatever the gradient.",
            f"AdamW: {same:.0%} of each weight",
        ):
            self.open_lens(1)
        with self.voiceover(
            f"All the way down, that share stays. As gradients get small, Adam's grows. After {apart.steps} steps "
            f"it is {flat:.0%} of w1, and {steep:.0%} of w2.",
            f"At step {apart.steps}: Adam takes {flat:.0%} of w₁, AdamW still {same:.0%}",
        ) as speech:
            curves = [animation for animation in self.board.enter(0, 1) if animation.mobject not in self.board.marks]
            self.play(*map(FadeOut, self.shown), *self.board.reveal_panels(), *curves, run_time=0.8)
            self.roll(self.steps, speech.remaining + 0.2)
            names = self.weight_names(coupled)
            self.play(*map(FadeIn, names), run_time=0.5)
        with self.voiceover(
            "With AdamW, decay takes the same share of both weights. In Adam, it depends on the gradients it meets.",
            "AdamW's decay takes the same share of both weights",
            around=[mark.position(self.steps) for mark in self.board.marks],
        ):
            pass
        self.wait(1.2)

    def lay_out_lenses(self):
        """Two pictures of the first step beside each other, with the formula of the optimizer under each."""
        theme, column = current_theme(), self.board.frame.title
        half = (column.width - 0.3) / 2
        self.shown, self.laws, self.lenses, self.arrows = [], [], [], []
        self.names = named_arrows(
            [("gradient", theme.gradient), ("weight decay", theme.velocity), ("step taken", theme.update)],
            column.left, self.board.frame.legend.bottom + 1.1,
        )  # fmt: skip
        for k, (trajectory, markup) in enumerate(
            zip(self.trajectories, ("g_t + lambda w_t", "w_t - eta lambda w_t"), strict=True)
        ):
            left = column.left + k * (half + 0.3)
            words = VGroup(
                swatch(k, (left + 0.31, self.board.loss_top - 0.2, 0)),
                Label(trajectory.run.label.split()[0], BODY, weight="SEMIBOLD").sit(
                    (left + 0.75, self.board.loss_top - 0.3, 0)
                ),
            )
            law = maths(("g_t <- " if k == 0 else "w_t <- ") + f"{{{{ {markup} : decay }}}}", 34)
            law.next_to(words, DOWN, 0.2, LEFT)
            law.select("decay").set_color(theme.velocity)
            self.laws.append(VGroup(words, law))
            top = law.get_bottom()[1] - 0.25
            room = Box(left, left + half, self.names.get_top()[1] + 0.3, top)
            here = trajectory.params[0]
            near = LossMap(
                crop(BOWL, here + np.array((0.03, -0.085)), 0.3, room), room, axes=False, levels=14, best=BOWL.minima[0]
            )
            marks = RunMarks(trajectory, near, k, size=1.3).at_step(0)
            self.lenses.append(Group(near, marks))
            parts = take_apart(trajectory).parts
            moves = np.stack([parts["gradient"][0], parts["weight decay"][0]])
            pieces = chain(near, here, moves, [theme.gradient, theme.velocity])
            self.arrows.append([*pieces, arrow(near, here, trajectory.update[0], theme.update, 4.5)])

    def weight_names(self, trajectory):
        """Which weight each of Adam's two curves belongs to, beside the curve."""
        row = round(0.66 * self.steps)
        spots = zip(("w₁", "w₂"), 100 * shares(trajectory)[row], strict=True)
        return [Label(f"{word}, Adam", SMALL).sit(self.board.panels[1].point(row, 1.3 * at), 1) for word, at in spots]

    def open_lens(self, k):
        """The lens on one optimizer's first step, and its parts one after the other."""
        self.play(FadeIn(self.lenses[k]), run_time=0.7)
        for part, name in zip(self.arrows[k], self.names, strict=True):
            self.play(GrowArrow(part), *([FadeIn(name)] if k == 0 else []), run_time=0.8)
        self.shown += [self.lenses[k], *self.arrows[k], self.laws[k], *(self.names if k == 0 else ())]
