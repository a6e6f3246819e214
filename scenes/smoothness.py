"""AdamW beside SGD and RMSprop: no reversals and the shortest path, for a late arrival."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import AdamW

from descent import EXPERIMENTS, VALLEY, Claim, Trajectory, each, first_step_within, longest_moves, path_length, turns
from descent.stage import (
    ComparisonScene,
    Series,
    StepPanel,
    stacked,
)

FLOOR = VALLEY.minima[0]
NEAR = 0.1  # distance from the minimum that counts as arrived, in parameter units

SWINGING, DAMPED = EXPERIMENTS["E06"], EXPERIMENTS["E07"]
UNAVERAGED = replace(EXPERIMENTS["E08"], optimizer=partial(AdamW, lr=0.5, betas=(0.0, 0.999)))


def arrival(trajectory: Trajectory) -> float:
    """The first step near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


def moves_ten_rates(trajectory: Trajectory) -> bool:
    """Its first step moves a parameter by ten learning rates."""
    return bool(np.isclose(longest_moves(trajectory)[0], 10 * trajectory.lr[0], rtol=1e-3))


def together(first: Trajectory, second: Trajectory) -> bool:
    """Both arrive, within two steps of each other."""
    return abs(arrival(first) - arrival(second)) <= 2


class AdamWTurnsGently(ComparisonScene):
    """In 80 steps AdamW does not turn back; it travels the shortest path of the three, and is the last to arrive."""

    title = "Here, AdamW turns gently, and arrives late"
    runs = (SWINGING, DAMPED, EXPERIMENTS["E08"])
    claims = (
        Claim(
            "SGD turns back at every step.",
            runs[:1],
            lambda t: turns(t)[1:].min() > 170,
            says="turns back at every step",
        ),
        Claim("RMSprop turns back at first.", runs[1:2], lambda t: turns(t)[1:4].min() > 150),
        Claim(
            "In 80 steps AdamW's sharpest turn is about a right angle.", runs[2:], lambda t: 75 < turns(t).max() < 105
        ),
        Claim("AdamW's path is the shortest.", runs, lambda *t: np.argmin([path_length(x) for x in t]) == 2),
        Claim(
            "AdamW moves no weight by much more than the rate.",
            runs[2:],
            lambda t: longest_moves(t).max() < 1.05 * t.lr.max(),
            says="No step moves a weight by more than about",
        ),
        Claim(
            "That is no matter of averaging: with each gradient alone, no move is longer either.",
            (*runs[2:], UNAVERAGED),
            each(lambda t: longest_moves(t).max() < 1.05 * t.lr.max()),
        ),
        Claim("RMSprop, which corrects nothing, first moves ten rates.", runs[1:2], moves_ten_rates),
        Claim("At step 3 RMSprop is far ahead of AdamW.", runs[1:], lambda r, a: 10 * r.loss[3] < a.loss[3]),
        Claim("AdamW is the last to arrive.", runs, lambda *t: np.argmax([arrival(x) for x in t]) == 2),
        Claim("The other two arrive within two steps of each other.", runs[:2], together),
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
            "Three optimizers, one start, one learning rate. Plain SGD turns back at every step.",
            f"SGD reverses {reversals} times in {plain.steps} steps",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.0)
            self.roll(20, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Once more, slowly. RMSprop leaps ahead: after 3 steps it is far lower than AdamW.",
            f"After 3 steps: RMSprop {damped.loss[3]:.1f}, AdamW {gentle.loss[3]:.0f}",
            reveal=True,
        ) as speech:
            self.roll(0, 0.8)
            self.roll(3, speech.remaining - 0.4, rate_func=rate_functions.linear)
        with self.voiceover(
            "AdamW corrects its averages while they are empty. No step moves a weight by more than about the learning "
            "rate.",
            f"Longest move of a weight: AdamW {moves[0]:.1f}, RMSprop {moves[1]:.0f}",
        ) as speech:
            self.roll(10, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "It swings wide across the valley floor and curves back. Its sharpest turn is about a right angle.",
            f"Sharpest turn: AdamW {turns(gentle).max():.0f}°, the others {turns(damped).max():.0f}° and more",
        ) as speech:
            self.roll(32, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            "Its path is the shortest of the three. Yet it is the last to come near the minimum.",
            f"Path {ways[0]} against {ways[1]} and {ways[2]}; near at step {arrival(gentle)}, not {arrival(plain)}",
        ) as speech:
            self.roll(gentle.steps, speech.remaining - 0.2)
        self.wait(1.2)
