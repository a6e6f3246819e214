"""Weight decay: what happens to it inside Adam, and why AdamW keeps it apart."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import Adam, AdamW

from descent import Claim, Run, Surface, decay_moves, trace
from descent.stage import (
    BODY,
    PAUSE,
    ComparisonScene,
    Label,
    ParameterPanel,
    Series,
    StepPanel,
    current_theme,
    maths,
    stacked,
)

STAR, BENDS = (4.0, 1.5), (0.3, 3.6)  # the minimum, and how sharply the loss bends along w1 and w2
BOWL = Surface(
    "bowl away from zero",
    lambda w1, w2: 0.15 * (w1 - 4) ** 2 + 1.8 * (w2 - 1.5) ** 2,
    ((-1.0, 6.0), (-1.0, 6.0)),
    (STAR,),
    "0.15 (w_1 - 4)^2 + 1.8 (w_2 - 1.5)^2",
    "A quadratic whose axes are the parameters', with its minimum away from zero.",
)
DECAY, STEPS = 0.3, 100
DECAYS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)


def decaying(optimizer, decay, steps=STEPS):
    """A run of Adam or AdamW with some weight decay."""
    return Run(BOWL, partial(optimizer, lr=0.1, weight_decay=decay), (1.0, 4.0), steps)


COUPLED, APART = decaying(Adam, DECAY), decaying(AdamW, DECAY)
UNDECAYED = decaying(Adam, 0.0), decaying(AdamW, 0.0)
SWEEP = tuple(decaying(optimizer, decay) for decay in DECAYS for optimizer in (Adam, AdamW))
LENGTHS = tuple(replace(run, steps=steps) for steps in (100, 500, 2500) for run in (COUPLED, APART))


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


def moved_minimum(decay):
    """Where the loss plus ``decay / 2 · |w|²`` is lowest."""
    return np.array(BENDS) * STAR / (np.array(BENDS) + decay)


def rests_at_the_moved_minimum(trajectory):
    """It ends where loss plus decay is lowest."""
    decay = trajectory.run.optimizer.keywords["weight_decay"]
    return np.hypot(*(trajectory.params[-1] - moved_minimum(decay))) < 0.05


def left_alike(trajectory):
    """How alike the shares of both weights are that the decay leaves: 1 if equal."""
    left = np.sort(trajectory.params[-1] / STAR)
    return left[0] / left[1]


def leaves_more_alike(*trajectories):
    """At every decay but zero, AdamW leaves shares of both weights that are more alike."""
    pairs = zip(trajectories[2::2], trajectories[3::2], strict=True)
    return all(left_alike(apart) > left_alike(coupled) + 0.02 for coupled, apart in pairs)


def keeps_more(*trajectories):
    """AdamW is farther from zero in w1, where the ground is flat, at the end of every pair of runs."""
    coupled, apart = trajectories[::2], trajectories[1::2]
    return all(b.params[-1, 0] > a.params[-1, 0] + 0.5 for a, b in zip(coupled, apart, strict=True))


class AdamWDecaysApart(ComparisonScene):
    """Adam divides weight decay by the gradient's scale; AdamW takes the same share of both weights."""

    title = "AdamW decays weights apart from the gradient"
    formula = "w <- w - eta hat(m) / (sqrt(hat(v)) + epsilon) - eta lambda w"
    runs = (COUPLED, APART)
    claims = (
        Claim("Without decay the two are one, bit for bit.", UNDECAYED, lambda a, b: a.digest == b.digest),
        Claim(
            "AdamW takes the same share of both weights at every step; Adam does not.",
            runs,
            only_apart_takes_alike,
            says=("decays weights apart from the gradient", "at every step", "the same share of each weight"),
        ),
        Claim("Adam takes at least ten times as large a share of w1, at every step.", (COUPLED,), takes_by_slope),
        Claim("AdamW keeps the larger w1, after 100 steps, 500 and 2500.", LENGTHS, keeps_more),
        Claim(
            "In Adam decay moves the minimum: after 100 steps, and 500, each run is where loss plus decay is lowest.",
            SWEEP[::2] + tuple(replace(run, steps=500) for run in SWEEP[::2]),
            lambda *runs: all(map(rests_at_the_moved_minimum, runs)),
            control=SWEEP[1::2] + SWEEP[1::2],
        ),
        Claim("By a decay of 0.6 that has taken over half of w1, and under a sixth of w2.", SWEEP[-2:-1],
              lambda t: t.params[-1, 0] < STAR[0] / 2 and t.params[-1, 1] > STAR[1] * 5 / 6),
        Claim("After 100 steps AdamW leaves more alike shares of both weights, at every decay.", SWEEP,
              leaves_more_alike),
        Claim("After 2500 steps, too.", tuple(replace(run, steps=2500) for run in (*SWEEP[:2], *SWEEP[6:8])),
              leaves_more_alike),
    )  # fmt: skip
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
        same = shares(apart)[0, 0]
        with self.voiceover(
            "Weight decay pulls the weights towards zero, a little at each step. In Adam, it enters through the "
            "gradient.",
            "Adam adds the decay to the gradient",
        ) as speech:
            self.begin(speech)
        with self.voiceover(
            "There, it is divided by the gradient's size as well. The flat w1 loses a large share. The steep w2 loses "
            "a small one.",
            "In Adam, flat w₁ loses more than steep w₂",
        ) as speech:
            self.play(FadeIn(self.board.panels[1]), *self.entering(0), run_time=0.8)
            self.roll(self.steps, speech.remaining + PAUSE - 0.5, rate_func=linear)
            self.play(*map(FadeIn, self.weight_names(coupled)), run_time=0.5)
        with self.voiceover(
            "AdamW takes decay out of the gradient, and subtracts it from the weights. "
            f"At every step, {same:.0%}: the same share of each weight.",
            f"AdamW: {same:.0%} of each weight at every step",
            reveal=True,
        ) as speech:
            self.slide()
            self.roll(0, 0.4)
            self.play(*self.entering(1), run_time=0.6)
            self.roll(self.steps, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Now, raise the decay from zero. In Adam, it moves the minimum. Runs end where loss plus decay is lowest. "
            "Much of w1 is lost. Of w2, little.",
            "In Adam, more decay moves the minimum along w₁",
        ) as speech:
            self.play(FadeOut(self.zero), run_time=0.3)
            self.board.zoom((2.6, 1.3), 3.6, tail=1)
            self.play(*map(FadeOut, self.board.marks), FadeIn(self.moved()), run_time=0.8)
            self.show_ends(0, speech.remaining + PAUSE)
        with self.voiceover(
            "AdamW's ends, in as many steps, lose more alike shares of both. The decay does not ask the gradient.",
            "In AdamW, both weights lose more alike shares",
        ) as speech:
            self.show_ends(1, speech.remaining + PAUSE)
        self.wait(1.6)

    def begin(self, speech):
        """The map with its zero, and Adam's two lines, the decay in colour."""
        theme, column = current_theme(), self.board.frame.title
        self.laws = [
            maths("g <- nabla L + {{ lambda w : decay }}", 42),
            maths("w <- w - eta hat(m) / sqrt(hat(v))", 42),
            maths("g <- nabla L", 42),
            maths("w <- w - eta hat(m) / sqrt(hat(v)) - {{ eta lambda w : decay }}", 42),
        ]
        for law, drop in zip(self.laws, (0.1, 0.65, 0.1, 0.65), strict=True):
            law.move_to((column.left, self.board.loss_top - drop, 0), UL)
        for law in (self.laws[0], self.laws[3]):
            law.select("decay").set_color(theme.runs[6])
        self.add(self.board.map, self.board.minima, self.heading)
        zero = Circle(0.14, color=theme.ink, stroke_width=4).move_to(self.board.map.to_frame((0, 0)))
        self.zero = VGroup(zero, self.board.map.tag("both weights zero", (0, 0), DR))
        self.play(FadeIn(self.zero), run_time=0.8)
        self.pulse(zero, 1.6)
        for law in self.laws[:2]:
            self.play(FadeIn(law), run_time=0.8)
        speech.pulse(self.laws[0].select("decay"))

    def slide(self):
        """The decay moves from Adam's first line to AdamW's second."""
        before, update, after, apart = self.laws
        term = before.select("decay").copy()
        self.play(FadeOut(before, update), FadeIn(after), run_time=0.1)
        self.add(term)
        self.play(term.animate.move_to(apart.select("decay")), run_time=1.2)
        self.play(FadeIn(apart), FadeOut(term), run_time=0.4)

    def entering(self, k):
        """A run on the map, in the legend and in the lower panel."""
        losses = self.board.curves[0]
        head = [FadeIn(self.board.legend)] if k == 0 else []
        return [*head, *(each for each in self.board.enter(k) if each.mobject not in losses)]

    def weight_names(self, trajectory):
        """Which weight each of Adam's two curves belongs to, beside the curve."""
        row = round(0.66 * self.steps)
        spots = zip(("w₁, Adam", "w₂, Adam"), 100 * shares(trajectory)[row], strict=True)
        return [Label(word, BODY).sit(self.board.panels[1].point(row, 1.6 * at), 1) for word, at in spots]

    def moved(self):
        """Where loss plus decay is lowest, from no decay to the largest."""
        path = np.array([moved_minimum(decay) for decay in np.linspace(DECAYS[0], DECAYS[-1], 60)])
        line = VMobject(stroke_color=current_theme().ink, stroke_width=3)
        line.set_points_as_corners(self.board.map.to_frame(path))
        name = self.board.map.tag("loss plus decay is lowest", path[10], UP)
        return VGroup(line, name)

    def show_ends(self, k, seconds):
        """Where the runs of an optimizer end, a dot for each decay, one after the other."""
        ends = np.array([trace(run).params[-1] for run in SWEEP[k::2]])
        colour, theme = current_theme().runs[k], current_theme()
        dots = VGroup(
            *(
                Dot(at, 0.12, color=colour, stroke_color=theme.rim, stroke_width=2)
                for at in self.board.map.to_frame(ends)
            )
        )
        tag = self.board.map.tag(f"{('Adam', 'AdamW')[k]}, decay {DECAYS[-1]:g}", ends[-1], (UP, DOWN)[k])
        self.play(LaggedStart(*map(GrowFromCenter, dots), lag_ratio=0.7), run_time=seconds - 0.6)
        self.play(FadeIn(tag), run_time=0.6)
