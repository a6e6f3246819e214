"""A race of four optimizers, at one set of learning rates picked by hand, on three landscapes at once."""

from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD, AdamW, RMSprop

from descent import BEALE, BIRD, HIMMELBLAU, Claim, Run
from descent.stage import (
    BODY,
    FRAME,
    PX,
    SAFE,
    SMALL,
    Box,
    Label,
    RunScene,
    Series,
    StepPanel,
    StepReadout,
    Terrain,
    TerrainRun,
    View,
    current_theme,
    swatch,
)

STEPS = 60
GOAL = 0.05  # the share of the start's loss over the minimum that has to be reached first
FLOOR = 1e-5  # nothing lower is told apart in the curves
RACERS = {
    "SGD": partial(SGD, lr=0.001),
    "momentum": partial(SGD, lr=0.001, momentum=0.9),
    "RMSprop": partial(RMSprop, lr=0.05),
    "AdamW": partial(AdamW, lr=0.3),
}
PICKED, ADAMW_LR = tuple(RACERS.values()), RACERS["AdamW"].keywords["lr"]
FASTER = 3  # times that rate, and AdamW wins everywhere
COURSES = ((BIRD, (-6.5, 4.5)), (BEALE, (-1, -1)), (HIMMELBLAU, (-4, -1)))
NAMES = tuple(RACERS)


def above(trajectory):
    """The loss over the lowest there is."""
    surface = trajectory.run.surface
    return trajectory.loss - surface.at(*surface.global_minimum)


def finish(trajectory):
    """The first step at the goal, or infinity."""
    there = np.flatnonzero(above(trajectory) <= GOAL * above(trajectory)[0])
    return int(there[0]) if there.size else np.inf


def winner(trajectories):
    """Who is at the goal first."""
    return min(range(len(trajectories)), key=lambda k: finish(trajectories[k]))


def wins(name):
    """Whether one of the four is first at the goal, two steps or more before the others."""

    def holds(*four):
        first, second = sorted(map(finish, four))[:2]
        return NAMES[winner(four)] == name and second - first >= 2

    return holds


def course(k, faster=1):
    """The four runs on a surface; AdamW may have a larger rate than in the film."""
    surface, start = COURSES[k]
    return tuple(Run(surface, racer, start, STEPS) for racer in (*PICKED[:3], partial(AdamW, lr=faster * ADAMW_LR)))


class RaceOnThreeLandscapes(RunScene):
    """Four optimizers at hand-picked rates on three surfaces: each time somebody else wins; at other rates, one."""

    title = "Here, each landscape has another winner"
    runs = tuple(run for k in range(len(COURSES)) for run in course(k))
    most = len(runs)
    claims = (
        Claim("Momentum wins on the bird function.", course(0), wins("momentum")),
        Claim("AdamW wins on Beale's function.", course(1), wins("AdamW")),
        Claim("RMSprop wins on Himmelblau's function.", course(2), wins("RMSprop")),
        Claim(
            "At three times its rate, AdamW wins on all three.",
            tuple(run for k in range(len(COURSES)) for run in course(k, FASTER)),
            lambda *all_: all(wins("AdamW")(*f) for f in fours(all_)),
            says="AdamW wins all three",
        ),
        Claim(
            "Plain descent never leads at the goal.",
            runs,
            lambda *all_: not any(winner(f) == 0 for f in fours(all_)),
            says="Plain descent is first nowhere",
        ),
    )

    def lay_out(self):
        self.set_title(SAFE)
        middle = self.below_note(lines=1)
        self.legend = self.name_racers(middle - 0.32)
        width, low = SAFE.width / 3, -1.35
        self.lands, self.marks, self.panels, self.goals = [], [], [], VGroup()
        for k, four in enumerate(fours(self.trajectories)):
            left = SAFE.left + k * width
            region = Box(FRAME.left + k * FRAME.width / 3, FRAME.left + (k + 1) * FRAME.width / 3, low, middle - 0.5)
            box = Box(left + 0.15, left + width - 0.15, low + 0.05, region.top - 0.15)
            land = Terrain(COURSES[k][0], box, region=region, scale=False)
            land.fly([land.fit(View((35, 35, 35)[k], 40, 4))])
            land.watch(self)
            self.lands.append(land)
            self.marks += [TerrainRun(t, land, j, 1.25) for j, t in enumerate(four)]
            series = [Series(np.maximum(above(t), FLOOR), j) for j, t in enumerate(four)]
            panel = Box(left + 0.1, left + width - 0.25, SAFE.bottom, low - 0.1)
            name = f"{COURSES[k][0].name.capitalize()}: loss over the minimum"
            self.panels.append(StepPanel(name, series, STEPS, panel, log=True))
            self.goals.add(self.goal_line(self.panels[-1], GOAL * float(above(four[0])[0])))
        self.curves = [curve for panel in self.panels for curve in panel.curves()]

    def goal_line(self, panel, loss):
        """A dashed line at the loss to be reached."""
        ends = panel.point(0, loss), panel.point(STEPS, loss)
        return DashedLine(*ends, stroke_width=2, color=current_theme().soft)

    def name_racers(self, y):
        """One line: who is who, and the step."""
        row = VGroup()
        for k, (name, run) in enumerate(zip(NAMES, self.runs, strict=False)):
            words = f"{name}  lr {run.lr:g}" + ("  momentum 0.9" if name == "momentum" else "")
            words = words.replace("momentum  lr", "SGD  lr")
            row.add(VGroup(swatch(k, [0, 0.36 * BODY * PX]), Label(words, BODY).sit((0.45, 0, 0))))
        row.arrange(RIGHT, buff=0.45).move_to((SAFE.left + row.width / 2, y, 0))
        step = Label("step", SMALL, current_theme().soft).sit((SAFE.right - 1.45, y - 0.3 * SMALL * PX, 0))
        self.step = StepReadout(STEPS, (SAFE.right, y - 0.3 * SMALL * PX, 0))
        return row.add(step)

    def reveal(self):
        self.add(*self.lands, self.heading)
        moving = [*self.marks, *self.curves, self.step]
        still = [self.legend, *self.panels, self.goals]
        return [FadeIn(part) for part in (*still, *(picture.follow(self.clock) for picture in moving))]

    def construct(self):
        best = [NAMES[winner(four)] for four in fours(self.trajectories)]
        when = [min(map(finish, four)) for four in fours(self.trajectories)]
        with self.voiceover(
            "Four optimizers on three landscapes, each at one learning rate, picked by hand. "
            f"The dashed goal is {GOAL:.0%} of the start's height over the minimum.",
            f"One set of learning rates; the goal is {GOAL:.0%} of the first height",
        ):
            self.play(*self.reveal(), run_time=1.2)
        with self.voiceover(
            "They start together. RMSprop and AdamW divide the slope by its recent size; "
            "plain descent and momentum do not.",
            "The adaptive ones divide by the size of the slope",
            reveal=True,
        ) as speech:
            self.roll(min(when), speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"On the right {best[2]} is there first, at step {when[2]}. In the middle {best[1]}, at step {when[1]}. "
            f"On the left {best[0]}, at step {when[0]}.",
            f"First at the goal: {best[0]}, {best[1]}, {best[2]}",
        ) as speech:
            self.roll(max(when) + 1, speech.remaining - 0.2, rate_func=rate_functions.linear)
        late = sum(not np.isfinite(finish(four[0])) for four in fours(self.trajectories))
        with self.voiceover(
            f"Plain descent is first nowhere; on {late} of the three it has not arrived after {STEPS} steps.",
            f"Plain descent: not there on {late} of 3 after {STEPS} steps",
        ) as speech:
            self.roll(STEPS, speech.remaining - 0.2, rate_func=rate_functions.linear)
        with self.voiceover(
            f"Three landscapes, three winners. But with {FASTER} times its rate, AdamW wins all three. "
            "A ranking depends on the landscape and on the rates.",
            "Three winners at these rates; at other rates, one",
        ):
            pass
        self.wait(1.2)


def fours(trajectories):
    """Trajectories, surface by surface."""
    return [tuple(trajectories[k : k + len(RACERS)]) for k in range(0, len(trajectories), len(RACERS))]
