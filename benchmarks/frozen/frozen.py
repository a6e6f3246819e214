"""`MomentumEscapes` as it was in November 2026, so that figures stay comparable while the film changes."""

from dataclasses import replace

import numpy as np
from manim import DOWN, LEFT, UL, CairoRenderer, FadeIn, FadeOut, GrowArrow, VGroup

from descent import BIRD, EXPERIMENTS, Claim, Trajectory, escapes, first_step_within, reaches, settles, stalls
from descent.stage import (
    Box,
    Closeup,
    ComparisonScene,
    current_theme,
    maths,
    momentum_arrows,
    momentum_parts,
    named_arrows,
    number,
)

GLOBAL, LOCAL = BIRD.minima[0], BIRD.minima[4]
NEAR = 1.5  # radius around a minimum, in parameter units

PLAIN = EXPERIMENTS["E03"]
HEAVY = replace(EXPERIMENTS["E04"], steps=PLAIN.steps)
LR, MU = PLAIN.lr, HEAVY.optimizer.keywords["momentum"]
LARGER = LR / (1 - MU)


def uphill_step(trajectory: Trajectory) -> int:
    """The step near the local minimum where velocity most overrules a gradient that points back."""
    near = [k for k in range(1, trajectory.steps) if np.linalg.norm(trajectory.params[k] - LOCAL) < NEAR]
    return min(near, key=lambda k: float(np.dot(*momentum_parts(trajectory, k))))


class Frozen(ComparisonScene):
    """Here plain SGD stalls in a local minimum; momentum carries the same descent through it to the global one."""

    title = "Here, momentum carries the ball through a local minimum"
    runs = (PLAIN, HEAVY)
    claims = (
        Claim("Plain descent stalls in the local minimum.", (PLAIN,), stalls(LOCAL)),
        Claim("Momentum escapes the local minimum.", (HEAVY,), escapes(LOCAL, NEAR), control=(PLAIN,)),
        Claim("It reaches the global minimum.", (HEAVY,), reaches(GLOBAL, within=0.1)),
        Claim("It settles there.", (HEAVY,), settles(GLOBAL, within=0.3)),
    )

    def construct(self):
        """As it was."""
        plain, heavy = self.trajectories
        slow = uphill_step(heavy)
        there = first_step_within(heavy, GLOBAL, 0.1)
        stuck = number(plain.loss[-1], 0)
        best = number(BIRD.at(*GLOBAL), 0)

        with self.voiceover(
            "A loss landscape, seen from above. Dark ground is low. The star is the lowest minimum; "
            "diamonds are local ones.",
            "A loss of two parameters, seen from above",
        ):
            self.board.introduce()
        with self.voiceover(
            f"Plain gradient descent, learning rate {LR:g}, stops in a local minimum, at a loss of {stuck}.",
            f"Plain descent stops in a local minimum: loss {stuck}, not {best}",
        ) as speech:
            self.play(FadeOut(self.board.key), *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(plain.steps, speech.remaining - 0.6)
        with self.voiceover(
            f"Now add momentum. Each step carries {MU:.0%} of the last velocity on, and adds the new gradient.",
            "Momentum carries a velocity",
        ) as speech:
            self.roll(0, 0.8)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(slow, speech.remaining - 0.2)
        with self.voiceover(
            f"At step {slow}, past the bottom, the gradient pulls back, but the velocity is larger: it climbs out. "
            "Without it, the ball falls back.",
            f"Step {slow}: the gradient pulls back, the velocity wins",
        ):
            self.take_apart(heavy, slow)
        with self.voiceover(
            f"The same learning rate rolls through the local minimum, and reaches the star at step {there}.",
            f"Same learning rate, global minimum at step {there}",
        ) as speech:
            self.put_together()
            self.roll(heavy.steps, speech.remaining - 0.2)
        with self.voiceover(
            f"At a rate of {LARGER:g} plain descent leaves the pit too, but swings around the star. Momentum lands.",
            "A larger rate leaves the pit too, but does not land",
        ):
            pass
        self.wait(1.2)

    def take_apart(self, heavy, step):
        """The lens on one step: equations, then the recorded vectors, tip to tail."""
        theme = current_theme()
        column = self.board.frame.title
        room = Box(column.left, column.left + 3.75, self.board.frame.legend.bottom + 0.06, self.board.loss_top)
        lens = Closeup(heavy, step, 1, self.board.map, room)
        left = room.right + 0.35
        law = VGroup(
            maths("v_(t+1) = {{ mu v_t : carried }} + {{ nabla L(w_t) : slope }}", 42),
            maths("w_(t+1) = w_t - eta v_(t+1)", 42),
            maths(f"mu = {MU:g}, quad eta = {LR:g}", 38, theme.soft),
        )
        law[0].select("carried").set_color(theme.velocity)
        law[0].select("slope").set_color(theme.gradient)
        law.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to((left, room.top - 0.1, 0), UL)
        arrows = momentum_arrows(heavy, step, lens.map)
        names = named_arrows(
            [("velocity", theme.velocity), ("gradient", theme.gradient), ("step taken", theme.update)],
            left,
            room.bottom + 1.7,
        )
        self.play(*self.board.clear_column(), FadeIn(lens), FadeIn(law), run_time=0.7)
        for part, name in zip(arrows, names, strict=True):
            self.play(GrowArrow(part), FadeIn(name), run_time=0.7)
        self.lens = [lens, law, arrows, names]

    def put_together(self):
        """Back from the lens to the curves."""
        self.play(*map(FadeOut, self.lens), *self.board.restore_column(), run_time=0.7)


class FrozenByManim(Frozen):
    """The same by Manim's own renderer and writer, which draw and encode every frame whole."""

    def __init__(self) -> None:
        super().__init__(CairoRenderer())
