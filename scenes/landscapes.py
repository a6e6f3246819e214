"""Landscapes: the lessons of the maps told on the ground itself, with a ball that rolls."""

from dataclasses import replace

from manim import *
from momentum import GLOBAL, LARGER, LOCAL, MU, MomentumEscapes, uphill_step

from descent import BIRD, first_step_within
from descent.stage import OVERVIEW, Box, ComparisonScene, Landscape, View, number


def around_the_pit(terrain):
    """From low over the ground up to the whole of it, then after the ball into the pit and out."""
    pit, deep = (tuple(terrain.land.on_ground(w).tolist()) for w in (LOCAL, GLOBAL))
    whole = terrain.fit(OVERVIEW)
    return [
        View(-8, 17, 2.35, terrain.middle(-0.1), curtain=0),
        replace(terrain.fit(View(40, 30, 4), Box(-8, 8, -4.8, 4.2)), curtain=0),
        whole,
        replace(whole, azimuth=42),
        View(52, 34, 1.5, pit),
        View(30, 40, 2.2, tuple((np.array(pit) + deep) / 2)),
        terrain.fit(View(18, 51, 4)),
    ]


class MomentumEscapes3D(ComparisonScene):
    """Here plain SGD stalls in a pit; momentum carries the same descent through it to the deepest one."""

    title = "Here, momentum carries the ball through a local minimum"
    runs = MomentumEscapes.runs
    claims = MomentumEscapes.claims
    ground = Landscape(around_the_pit)
    gif_beats = (5, 5)

    def construct(self):
        plain, heavy = self.trajectories
        slow, there = uphill_step(heavy), first_step_within(heavy, GLOBAL, 0.1)
        stuck, best = number(plain.loss[-1], 0), number(BIRD.at(*GLOBAL), 0)

        with self.voiceover(
            "A loss is a landscape over its parameters. Height is the loss, on a logarithmic scale. "
            "Training seeks low ground.",
            "The loss is a landscape",
        ) as speech:
            self.board.open()
            self.board.fly(1, speech.remaining - 0.1)
            tags = [
                self.board.map.tag(f"lowest loss: {best}", GLOBAL, RIGHT, above=0.34),
                self.board.map.tag(f"local minimum: {number(BIRD.at(*LOCAL), 0)}", LOCAL, RIGHT, above=0.16),
            ]
            self.along(Succession(Wait(2.5), FadeIn(Group(*tags)), run_time=3.5))
        with self.voiceover(
            "Plain gradient descent rolls downhill, and stops in a local minimum.",
            f"Plain descent stops in a local minimum: loss {stuck}, not {best}",
        ) as speech:
            self.board.fly(2, 1.6)
            self.play(FadeOut(Group(*tags)), *self.board.settle(), *self.board.enter(0), run_time=1.2)
            self.board.fly(3, speech.remaining - 0.6)
            self.roll(plain.steps, speech.remaining - 0.6)
        with self.voiceover(
            f"Now add momentum. Each step carries {MU:.0%} of the last velocity on, and adds the new gradient.",
            "Momentum carries a velocity",
        ) as speech:
            self.roll(0, 0.8)
            self.board.fly(4, speech.remaining - 0.4)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(slow, speech.remaining - 0.2)
        with self.voiceover(
            "Past the bottom, the gradient pulls back, but the velocity is larger: it climbs out. "
            "Without it, the ball falls back.",
            f"Step {slow}: the gradient pulls back, the velocity wins",
        ) as speech:
            self.board.fly(4.5, speech.remaining - 0.2, rate_func=rate_functions.linear)
            self.roll(slow + 2, speech.remaining - 0.2)
        with self.voiceover(
            f"The same learning rate rolls through the local minimum, and reaches the star at step {there}.",
            f"Same learning rate, global minimum at step {there}",
        ) as speech:
            self.board.fly(5, speech.remaining - 0.2)
            self.roll(there, speech.remaining - 0.2)
            self.wait(1.2)  # the ball at the star, before the last word
        with self.voiceover(
            f"At a rate of {LARGER:g} plain descent leaves the pit too, but swings around the star. Momentum lands.",
            "A larger rate leaves the pit too, but does not land",
        ) as speech:
            self.board.fly(6, speech.remaining - 0.2)
            self.roll(heavy.steps, speech.remaining - 0.2)
        self.wait(1.2)
