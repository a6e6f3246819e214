"""Marbles: four hundred starts at once, each coloured by the minimum it ends in."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import BIRD, Claim, Run, same, trace_batch
from descent.stage import (
    SAFE,
    Box,
    Fly,
    RunScene,
    Tally,
    Terrain,
    TerrainCrowd,
    View,
    current_theme,
    number,
    tally_label,
)

SIDE, STEPS = 20, 60
LR, MU = 0.01, 0.6
NEAR = 0.5  # of a minimum, in parameter units
PLAIN = Run(BIRD, partial(SGD, lr=LR), (-12, 10), STEPS)
HEAVY = Run(BIRD, partial(SGD, lr=LR, momentum=MU), (-12, 10), STEPS)
STAR, SHALLOW = 0, (4, 5)  # the deepest minimum, and the two next to the highest
MINIMA = np.array(BIRD.minima)


def starts():
    """A grid of starts, each in the middle of its cell of the view."""
    axes = [np.linspace(low, high, 2 * SIDE + 1)[1::2] for low, high in BIRD.domain]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


@dataclass(frozen=True)
class Drop:
    """Runs from all starts: iterates [steps + 1, runs, 2], and per step and run the minimum it is at, or −1."""

    params: np.ndarray
    at: np.ndarray

    @property
    def ends(self):
        """The minimum that each run ends in, or −1."""
        return self.at[-1]

    def counts(self, which):
        """How many runs are at a minimum, at each step; −1 counts those that are out of the view."""
        if which >= 0:
            return (self.at == which).sum(axis=1)
        low, high = np.array(BIRD.domain).T
        return ((self.params < low) | (self.params > high)).any(axis=2).sum(axis=1)


@cache
def drop(run):
    """Trace a run from all starts at once."""
    params = trace_batch(run, starts(), keep="paths").params.transpose(1, 0, 2)
    far = np.linalg.norm(params[:, :, None] - MINIMA, axis=3)
    return Drop(params, np.where(far.min(axis=2) < NEAR, far.argmin(axis=2), -1))


def final(run, *which):
    """How many runs end in some of the minima."""
    return int(np.isin(drop(run).ends, which).sum())


class MarblesFindTheirBasins(RunScene):
    """The start decides in which basin a run is; momentum moves the borders, here in favour of the deepest minimum."""

    title = "Here, momentum moves the borders of basins"
    runs = (PLAIN, HEAVY)
    gif_beats = (3, 4)
    claims = (
        Claim(
            "Every minimum on the map catches some.",
            (),
            lambda: all(final(PLAIN, k) for k in range(len(MINIMA))),
            says="every minimum on the map has a basin",
        ),
        Claim(
            "They share surface, rate and steps.",
            (PLAIN, HEAVY),
            same("surface", "lr", "steps"),
            says="at the same learning rate",
        ),
        Claim("The deepest catches the most.", (), lambda: np.bincount(1 + drop(PLAIN).ends)[1:].argmax() == STAR),
        Claim("Yet it is under a quarter.", (), lambda: final(PLAIN, STAR) < SIDE**2 / 4),
        Claim("Momentum brings more to it.", (), lambda: final(HEAVY, STAR) > 1.25 * final(PLAIN, STAR)),
        Claim("And empties the shallow pits.", (), lambda: final(HEAVY, *SHALLOW) < 0.7 * final(PLAIN, *SHALLOW)),
        Claim(
            "Who is in no minimum at the end has left the view, but for a few.",
            (),
            lambda: all((drop(r).ends == -1).sum() - drop(r).counts(-1)[-1] < 0.04 * SIDE**2 for r in (PLAIN, HEAVY)),
        ),
    )

    def lay_out(self):
        column = Box(1.9, SAFE.right, SAFE.bottom, SAFE.top)
        self.set_title(column)
        self.map = Terrain(BIRD, Box(SAFE.left, 1.5, SAFE.bottom, SAFE.top))
        self.map.fly([self.map.fit(View(azimuth, 44, 4)) for azimuth in (20, 38, 52)])
        self.map.watch(self)
        theme = current_theme()
        self.colours = [*theme.runs[: len(MINIMA)], theme.runs[-1]]
        self.crowds = [self.crowd(run) for run in (PLAIN, HEAVY)]
        self.starts = [self.crowd(run, first=True) for run in (PLAIN, HEAVY)]
        top = self.below_note(lines=2) - 0.1
        height = (top - column.bottom) / (len(MINIMA) + 1)
        self.rows = [Box(column.left, column.right, top - (k + 1) * height, top - k * height) for k in range(8)]
        middles = [(column.left, (row.bottom + row.top) / 2) for row in self.rows]
        words = [f"loss {number(BIRD.at(*minimum), 0)}" for minimum in MINIMA] + ["left the view"]
        self.labels = VGroup(*(tally_label(w, c, at) for w, c, at in zip(words, self.colours, middles, strict=True)))

    def crowd(self, run, first=False):
        """The balls of a run coloured by where they end, or small marks where they start."""
        params, radius = (drop(run).params[:1], 0.016) if first else (drop(run).params, 0.022)
        return TerrainCrowd(self.map, params, [self.colours[k] for k in drop(run).ends], radius)

    def tallies(self, run, before=None):
        """Bars that count on the clock, with the ends of another run to compare with."""
        most = max(final(r, STAR) for r in (PLAIN, HEAVY))
        return [
            Tally(
                self.colours[k],
                drop(run).counts(k if k < len(MINIMA) else -1),
                most,
                Box(row.left + 2.3, row.right, (row.bottom + row.top) / 2 - 0.11, (row.bottom + row.top) / 2 + 0.11),
                None if before is None else int(drop(before).counts(k if k < len(MINIMA) else -1)[-1]),
            )
            for k, row in enumerate(self.rows)
        ]

    def fly(self, place, seconds):
        """Take the camera along with what plays next."""
        self.along(Fly(self.map, place, run_time=seconds))

    def construct(self):
        plain, heavy = self.tallies(PLAIN), self.tallies(HEAVY, PLAIN)
        with self.voiceover(
            f"{SIDE**2} marbles, one on each knot of a grid. Each will follow plain gradient descent, "
            "and wears the colour of the minimum it ends in.",
            f"{SIDE**2} starts; a colour for each minimum",
        ) as speech:
            self.add(self.map, self.heading)
            self.play(FadeIn(self.crowds[0].follow(self.clock)), FadeIn(self.labels), run_time=1.0)
            self.fly(0.6, speech.remaining - 0.2)
            self.play(*(FadeIn(row.follow(self.clock)) for row in plain), run_time=0.6)
        with self.voiceover(
            f"Let them go, at a learning rate of {LR:g}. The colours show what was hidden: "
            "every minimum on the map has a basin, and the start decides which.",
            f"Plain gradient descent, {STEPS} steps",
            reveal=True,
        ) as speech:
            self.play(FadeIn(self.starts[0]), run_time=0.2)
            self.fly(1, speech.remaining - 0.2)
            self.roll(STEPS, speech.remaining - 0.2)
        with self.voiceover(
            f"{final(PLAIN, STAR)} find the deepest minimum. "
            f"{final(PLAIN, *SHALLOW)} sit in the two shallow pits at {number(BIRD.at(*MINIMA[SHALLOW[0]]), 0)}.",
            f"{final(PLAIN, STAR) / SIDE**2:.0%} find the deepest minimum",
            around=self.map.to_frame(STAR),
        ):
            pass
        with self.voiceover(
            f"From the grid again, at the same learning rate, and now with momentum {MU:g}. "
            "The ticks on the bars mark what plain descent reached.",
            f"From the grid again, with momentum {MU:g}",
        ) as speech:
            self.play(*map(FadeOut, (self.crowds[0], self.starts[0], *plain)), run_time=0.6)
            self.clock.set_value(0.0)
            self.play(*(FadeIn(each.follow(self.clock)) for each in (self.crowds[1], *heavy)), run_time=0.6)
            self.play(FadeIn(self.starts[1]), run_time=0.2)
            self.fly(2, 8.0)
            self.roll(STEPS, max(speech.remaining - 0.2, 8.0))
        with self.voiceover(
            f"{final(HEAVY, STAR)} instead of {final(PLAIN, STAR)} reach the deepest minimum; "
            f"the shallow pits hold {final(HEAVY, *SHALLOW)}, not {final(PLAIN, *SHALLOW)}. "
            "Momentum moved the borders.",
            f"Deepest minimum: {final(HEAVY, STAR)} instead of {final(PLAIN, STAR)}",
            around=self.map.to_frame(STAR),
        ):
            pass
        self.wait(1.2)
