"""What AdamW's average of gradients buys: no reversals and the shortest path, for a late arrival."""

import numpy as np
from manim import *

from descent import EXPERIMENTS, VALLEY, Claim, Trajectory, first_step_within, longest_moves, path_length, turns
from descent.stage import (
    ComparisonScene,
    Series,
    StepPanel,
    stacked,
)

FLOOR = VALLEY.minima[0]
NEAR = 0.1  # distance from the minimum that counts as arrived, in parameter units

SWINGING, DAMPED = EXPERIMENTS["E06"], EXPERIMENTS["E07"]


def arrival(trajectory: Trajectory) -> float:
    """The first step near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


class AdamWTurnsGently(ComparisonScene):
    """AdamW never turns back, travels the shortest path of the three, and is the last to arrive."""

    title = "AdamW turns gently, and arrives late"
    runs = (SWINGING, DAMPED, EXPERIMENTS["E08"])
    claims = (
        Claim("SGD turns back at every step.", runs[:1], lambda t: turns(t)[1:].min() > 170),
        Claim("RMSprop turns back at first.", runs[1:2], lambda t: turns(t)[1:4].min() > 150),
        Claim("AdamW's sharpest turn is about a right angle.", runs[2:], lambda t: 85 < turns(t).max() < 95),
        Claim("AdamW's path is the shortest.", runs, lambda *t: np.argmin([path_length(x) for x in t]) == 2),
        Claim(
            "AdamW moves no parameter by much more than the rate.",
            runs[2:],
            lambda t: longest_moves(t).max() < 1.05 * t.lr.max(),
        ),
        Claim("At step 3 RMSprop is far ahead of AdamW.", runs[1:], lambda r, a: 10 * r.loss[3] < a.loss[3]),
        Claim("AdamW is the last to arrive.", runs, lambda *t: np.argmax([arrival(x) for x in t]) == 2),
        Claim("The other two arrive together.", runs[:2], lambda *t: arrival(t[0]) == arrival(t[1])),
    )
    rate_height = 1.75

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        bends = [Series(turns(t), k) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel("turn, in degrees", bends, self.steps, lower, from_zero=True, gutter=gutter),
        )

    def construct(self):
        plain, damped, gentle = self.trajectories
        reversals = int((turns(plain) > 150).sum())
        moves = [longest_moves(t).max() for t in (gentle, damped)]
        ways = [f"{path_length(t):.0f}" for t in (gentle, damped, plain)]

        with self.voiceover(
            f"Three optimizers, one start, one rate: {SWINGING.lr:g}. "
            f"Plain descent turns back at every step, by {turns(plain)[1:].mean():.0f} degrees.",
            f"SGD reverses {reversals} times in {plain.steps} steps",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(20, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Once more, slowly. RMSprop leaps ahead: after 3 steps its loss is {damped.loss[3]:.1f}, "
            f"AdamW's still {gentle.loss[3]:.0f}.",
            f"After 3 steps: RMSprop {damped.loss[3]:.1f}, AdamW {gentle.loss[3]:.0f}",
        ) as speech:
            self.roll(0, 0.8)
            self.roll(3, speech.remaining - 0.4, rate_func=rate_functions.linear)
        with self.voiceover(
            f"AdamW averages its gradients. No step moves a parameter by more than about {moves[0]:.1f}, "
            f"where RMSprop's first moved {moves[1]:.0f}.",
            f"Longest move of a parameter: AdamW {moves[0]:.1f}, RMSprop {moves[1]:.0f}",
        ) as speech:
            self.roll(10, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "It swings wide across the floor and curves back. "
            f"Its sharpest turn is {turns(gentle).max():.0f} degrees: it never reverses on the spot.",
            f"Sharpest turn: AdamW {turns(gentle).max():.0f}°, the others {turns(damped).max():.0f}° and more",
        ) as speech:
            self.roll(32, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Its path is the shortest: {ways[0]} units, against {ways[1]} and {ways[2]}. "
            f"Yet it comes near the minimum at step {arrival(gentle)}, the others at {arrival(plain)}.",
            f"Path {ways[0]} against {ways[1]} and {ways[2]}; arrival at step {arrival(gentle)}, not {arrival(plain)}",
        ) as speech:
            self.roll(gentle.steps, speech.remaining - 0.2)
        self.wait(1.2)
