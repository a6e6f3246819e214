"""A fair comparison: every optimizer at the learning rate that its own sweep prefers."""

from functools import cache, partial

import numpy as np
from manim import *
from torch.optim import SGD, AdamW, RMSprop

from descent import ROSENBROCK, Claim, Run, trace_batch
from descent.stage import Box, ComparisonScene, LossByRate, Series, StepPanel, current_theme

START, STEPS = (-1.5, 2.0), 200
RATES = np.geomspace(1e-4, 10, 31)
COMMON = RATES[6]  # 0.001
FAMILIES = (partial(SGD), partial(SGD, momentum=0.9), partial(RMSprop), partial(AdamW))
GOOD = 1.0  # a final loss below this is counted as a success


def run(family, lr):
    """A family's run at a learning rate."""
    return Run(ROSENBROCK, partial(family.func, lr=float(f"{lr:.3g}"), **family.keywords), START, STEPS)


@cache
def sweeps():
    """The final loss of each family at each rate, infinite where the run diverged, [families, rates]."""
    rates = [run(FAMILIES[0], lr).lr for lr in RATES]
    traced = [trace_batch(run(family, rates[0]), settings={"lr": rates}) for family in FAMILIES]
    finals = np.array([batch.loss[:, -1] for batch in traced])
    return np.where(np.isfinite(finals), finals, np.inf)


def picks():
    """The position of each family's best rate."""
    return sweeps().argmin(axis=1)


def successes():
    """At how many rates each family ends below GOOD."""
    return (sweeps() < GOOD).sum(axis=1)


def ranks(losses):
    """The families from best to worst."""
    return np.argsort(losses).tolist()


class EachAtItsBestRate(ComparisonScene):
    """Same start, same budget, and for each optimizer the learning rate that its own sweep prefers."""

    title = "Here, each optimizer gets its own best rate"
    claims = (
        Claim("No pick is at an end of the sweep.", (), lambda: ((picks() > 0) & (picks() < len(RATES) - 1)).all()),
        Claim(
            "At one rate for all, plain SGD is second; at its best rate it is last.",
            (),
            lambda: ranks(sweeps()[:, 6])[1] == 0 == ranks(sweeps().min(axis=1))[-1],
            says=(
                "for all, plain SGD would beat RMSprop and AdamW",
                "No:",
                "second at one rate for all",
                "for all, plain SGD is second",
            ),
        ),
        Claim("After 200 steps, momentum has the lowest loss.", (), lambda: ranks(sweeps().min(axis=1))[0] == 1),
        Claim(
            "At the common rate RMSprop and AdamW are worst, within 2 % of one another.",
            (),
            lambda: set(ranks(sweeps()[:, 6])[2:]) == {2, 3} and np.isclose(*sweeps()[2:, 6], rtol=0.02),
        ),
        Claim(
            "After 200 steps, plain SGD is below 1 at no rate.",
            (),
            lambda: successes()[0] == 0,
            says="plain SGD at none",
        ),
        Claim("AdamW succeeds at the most rates.", (), lambda: successes().argmax() == 3),
    )

    def setup(self):
        self.runs = [run(family, RATES[pick]) for family, pick in zip(FAMILIES, picks(), strict=True)]
        super().setup()

    def make_panels(self, upper, lower):
        room = Box(upper.left, upper.right, lower.bottom, upper.top)
        finals = [Series(row, k) for k, row in enumerate(sweeps())]
        self.sweep = LossByRate(f"loss after {STEPS} steps", RATES, finals, room)
        self.sweep_clock = ValueTracker(0.0)
        self.sweep_curves = self.sweep.curves()
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        return [StepPanel("loss in the race", losses, self.steps, room, log=True)]

    def best_marks(self):
        """A ring around each family's best point of the sweep."""
        runs = current_theme().runs
        return VGroup(
            *(
                Circle(0.12, color=runs[k], stroke_width=4).move_to(self.sweep.at_rate(RATES[pick], sweeps()[k, pick]))
                for k, pick in enumerate(picks())
            )
        )

    def construct(self):
        best, rates = sweeps().min(axis=1), RATES[picks()]
        with self.voiceover(
            f"Which optimizer is best here? One start, {STEPS} steps each. But at which learning rate?",
            f"One start, {STEPS} steps each. At which rates?",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            self.play(*map(FadeIn, (self.sweep, *self.board.legend.rows)), run_time=1.0)
            speech.pulse(self.board.minima[0])
        with self.voiceover(
            f"Each tries {len(RATES)} rates. A curve is the loss it ends with; it stops where the run diverges.",
            f"{len(RATES)} rates for each optimizer",
        ) as speech:
            self.play(*(FadeIn(curve.follow(self.sweep_clock)) for curve in self.sweep_curves), run_time=0.4)
            self.play(
                self.sweep_clock.animate.set_value(len(RATES) - 1),
                run_time=max(speech.remaining - 0.4, 2),
                rate_func=rate_functions.linear,
            )
            for curve in self.sweep_curves:
                curve.clear_updaters()
        with self.voiceover(
            "At one rate for all, plain SGD would beat RMSprop and AdamW. "
            "But the best rates are far apart. Each gets its own.",
            f"At {COMMON:g} for all, plain SGD is second. Best rates: {rates.min():.2g} to {rates.max():.2g}",
        ) as speech:
            x, box = self.sweep.at_rate(COMMON, best.min())[0], self.sweep.box
            line = DashedLine((x, box.bottom, 0), (x, box.top, 0), stroke_width=2, color=current_theme().soft)
            shown = Group(self.sweep, *self.sweep_curves, line, self.best_marks())
            self.play(FadeIn(line), run_time=0.6)
            self.pulse(line, speech.remaining / 2)
            self.play(FadeIn(shown[-1]), run_time=0.6)
            speech.pulse([*shown[-1]])
        with self.voiceover(
            "Now the race, each at its best rate. Momentum ends lowest. Plain SGD, second before, comes last.",
            f"Each at its best: momentum ends at {best[1]:.3f}, plain SGD at {best[0]:.1f}",
            reveal=True,
        ) as speech:
            self.play(
                FadeOut(shown), *self.board.reveal_panels(), *self.board.enter(*range(len(self.runs))), run_time=0.8
            )
            self.roll(STEPS, max(speech.remaining - 0.4, 4), rate_func=rate_functions.linear)
        with self.voiceover(
            "And how many rates are good? AdamW ends below this line at the most of them, plain SGD at none.",
            f"Rates that end below {GOOD:g}: AdamW {successes()[3]}, momentum {successes()[1]}",
        ) as speech:
            self.play(FadeIn(shown), *map(FadeOut, (*self.board.panels, *self.board.curves[0])), run_time=0.8)
            ends = [self.sweep.at_rate(rate, GOOD) for rate in (RATES[0], RATES[-1])]
            bound = DashedLine(*ends, dash_length=0.08, stroke_width=2.5, color=current_theme().ink)
            self.play(Create(bound), run_time=max(speech.remaining - 2.0, 1.0))
            speech.pulse(bound)
        self.wait(1.2)
