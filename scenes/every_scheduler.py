"""Every scheduler of torch.optim.lr_scheduler, on one clock: fifteen schedules for one descent from one start."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import SGD

from descent import BIRD, SCHEDULER_FAMILIES, SCHEDULER_LR, SCHEDULER_PAGES, SCHEDULER_STEPS, Claim, each
from descent.stage import Box, LossMap, RunMarks, RunScene, compose, current_theme, dots, schedule_grid

# Those of torch.optim.lr_scheduler: SWALR, which serves averaged weights, is at home elsewhere.
PAGES = {name: page for name, page in SCHEDULER_PAGES.items() if hasattr(torch.optim.lr_scheduler, name)}
STAR, VALLEY = BIRD.minima[0], BIRD.minima[4]
RUNS = tuple(page.run for page in PAGES.values())
ARRIVED = 0.3  # from the star, in parameter units
FAMILY = ("circle", "square", "triangle", "diamond")
SAID = (
    "Six follow a rule, such as stairs. Two shrink early, and stay in a local minimum. One is back at its full rate, "
    "and still moves.",
    "Annealing takes three shapes: a line, a power, a cosine. Each ends low, at a step that you choose.",
    "And three cycle: the rate climbs on its way. Two climb less high, and their momentum falls meanwhile.",
    "One watches the loss. Two are compositions: one after another, or multiplied.",
)


def ends_at(point):
    """Whether a run ends at a point."""
    return lambda trajectory: bool(np.hypot(*(trajectory.params[-1] - point)) < ARRIVED)


arrives, sticks = ends_at(STAR), ends_at(VALLEY)


def still_moves(trajectory):
    """Whether its last steps are longer than the distance that counts as arrived."""
    return bool((np.hypot(*trajectory.update[-3:].T) > ARRIVED).all())


def momenta(trajectories):
    """The momentum that each run has; 0 for plain descent."""
    return [t.run.optimizer.keywords.get("momentum", 0) for t in trajectories]


def thirteen_alike(*trajectories):
    """All but two are plain descent at one rate; the two have momentum and stay below half that rate."""
    plain = [t.run.lr == SCHEDULER_LR for t, mu in zip(trajectories, momenta(trajectories), strict=True) if not mu]
    heavy = [t.lr.max() < SCHEDULER_LR / 2 for t, mu in zip(trajectories, momenta(trajectories), strict=True) if mu]
    return len(plain) == 13 and all(plain) and len(heavy) == 2 and all(heavy)


def plainly(name):
    """The run of a page without momentum: the rates are as they were."""
    run = PAGES[name].run
    kept = {key: value for key, value in run.scheduler.keywords.items() if "momentum" not in key}
    schedule = partial(run.scheduler.func, **kept, cycle_momentum=False)
    return replace(run, optimizer=partial(SGD, lr=run.optimizer.keywords["lr"]), scheduler=schedule)


class EverySchedulerOnOneClock(RunScene):
    """Fifteen schedulers drive gradient descent from one start; rates differ, momentum in two cases, and the ends."""

    title = "Here, the schedule decides where 60 steps end"
    runs = RUNS
    most = len(PAGES)
    claims = (
        *(page.claim for page in PAGES.values()),
        Claim("Thirteen differ by their rate, two by momentum as well, at lower rates.", RUNS, thirteen_alike),
        Claim(
            "Without momentum these two end in the local minimum.",
            (plainly("OneCycleLR"), plainly("CyclicLR")),
            each(sticks),
        ),
        Claim("LambdaLR and MultiplicativeLR stick in the local minimum.", RUNS[3:5], each(sticks)),
        Claim("ConstantLR still moves.", RUNS[5:6], still_moves),
        Claim("After 60 steps annealing is at a low rate.", RUNS[6:9], each(lambda t: t.lr[-1] < 0.06 * SCHEDULER_LR)),
        Claim(
            "After 60 steps each is at the star or in the local minimum, or still moves.",
            RUNS,
            each(lambda t: arrives(t) or sticks(t) or still_moves(t)),
        ),
    )

    def lay_out(self):
        frame = compose(BIRD, 0)
        self.map = LossMap(BIRD, frame.map)
        self.minima = self.map.minimum_marks()
        self.set_title(frame.title)
        families = [page.family for page in PAGES.values()]
        self.groups = [SCHEDULER_FAMILIES.index(family) for family in families]
        column = Box(frame.title.left, frame.title.right, frame.legend.bottom, self.below_note(lines=1) + 0.05)
        self.cells = schedule_grid(list(PAGES), self.trajectories, self.groups, column)
        self.marks = [
            RunMarks(t, self.map, group, 0.8, announce=False, tail=8)
            for t, group in zip(self.trajectories, self.groups, strict=True)
        ]

    def reveal(self):
        self.add(self.map, self.minima, self.heading)
        return [FadeIn(cell) for cell in self.cells]

    def construct(self):
        arrived, stuck = (sum(map(ends, self.trajectories)) for ends in (arrives, sticks))
        heavy = sum(mu > 0 for mu in momenta(self.trajectories))
        with self.voiceover(
            f"{len(RUNS)} schedulers of torch drive gradient descent from one start. "
            f"In {len(RUNS) - heavy} of them the learning rate alone changes; in {heavy}, momentum too.",
            f"{len(RUNS)} schedulers of torch, {SCHEDULER_STEPS} steps",
        ):
            self.play(*self.reveal(), run_time=1.2)
        for group, family in enumerate(SCHEDULER_FAMILIES):
            members = [k for k, mine in enumerate(self.groups) if mine == group]
            there = sum(arrives(self.trajectories[k]) for k in members)
            note = f"{family.capitalize()}: {there} of {len(members)} at the star"
            with self.voiceover(SAID[group], note, reveal=group == 0) as speech:
                self.run_family(members, speech)
        with self.voiceover(
            f"After {SCHEDULER_STEPS} steps, {arrived} of {len(RUNS)} are at the star. "
            f"{stuck} are in a local minimum, and {len(RUNS) - arrived - stuck} is still moving.",
            f"{arrived} of {len(RUNS)} at the star, {stuck} in a local minimum",
        ):
            self.play(Flash(self.map.to_frame(STAR), color=current_theme().ink, flash_radius=0.45), run_time=0.8)
        self.wait(1.2)

    def run_family(self, members, speech):
        """Let a family's balls roll from the start to their ends, and leave a mark where each ends."""
        self.clock.set_value(0.0)
        moving = [*(self.marks[k] for k in members), *(self.cells[k].curve for k in members)]
        self.play(*(FadeIn(picture.follow(self.clock)) for picture in moving), run_time=0.6)
        self.roll(SCHEDULER_STEPS, max(speech.remaining - 0.7, 2.0), rate_func=rate_functions.linear)
        for picture in moving:
            picture.clear_updaters()
        ends = VGroup(*(self.end_mark(k) for k in members))
        self.play(
            *(FadeOut(self.marks[k]) for k in members),
            FadeIn(ends, *(self.cells[k].end for k in members)),
            run_time=0.6,
        )

    def end_mark(self, k):
        """A mark where a run ends, in its family's colour and shape; none outside the map."""
        place = self.marks[k].path_on_map[-1]
        inside = np.array([place]) if self.map.box.contains(place) else np.zeros((0, 3))
        return dots(FAMILY[self.groups[k]], 0.2, inside, current_theme().runs[self.groups[k]])
