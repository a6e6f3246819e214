"""Every scheduler that torch ships, on one clock: fifteen rates for the same descent from the same start."""

import numpy as np
import torch
from manim import *

from descent import BIRD, SCHEDULER_FAMILIES, SCHEDULER_LR, SCHEDULER_PAGES, SCHEDULER_STEPS, Claim
from descent.stage import Box, LossMap, RunMarks, RunScene, compose, current_theme, dots, schedule_grid

# Those of torch.optim.lr_scheduler: SWALR, which serves averaged weights, is at home elsewhere.
PAGES = {name: page for name, page in SCHEDULER_PAGES.items() if hasattr(torch.optim.lr_scheduler, name)}
STAR, VALLEY = BIRD.minima[0], BIRD.minima[4]
RUNS = tuple(page.run for page in PAGES.values())
ARRIVED = 0.3  # from the star, in parameter units
FAMILY = ("circle", "square", "triangle", "diamond")
SAID = (
    "Six follow a rule: stairs, a constant factor, a function of your own. Two shrink so soon that a valley keeps the "
    "ball; one, back at its full rate, never rests.",
    "Annealing takes three shapes: a line, a power, a cosine. Each ends near zero at a step that you choose.",
    "And three cycle. The rate climbs again; in two of them momentum falls while it climbs.",
    "One watches the loss. Two are compositions: one after another, or multiplied.",
)


def ends_at(point):
    """Whether a run ends at a point."""
    return lambda trajectory: bool(np.hypot(*(trajectory.params[-1] - point)) < ARRIVED)


arrives, sticks = ends_at(STAR), ends_at(VALLEY)


def still_moves(trajectory):
    """Whether its last steps are longer than the distance that counts as arrived."""
    return bool((np.hypot(*trajectory.update[-3:].T) > ARRIVED).all())


class EverySchedulerOnOneClock(RunScene):
    """Fifteen schedulers drive the same gradient descent from the same start; the rate alone decides where it ends."""

    title = "The schedule decides where descent ends"
    runs = RUNS
    most = len(PAGES)
    claims = (
        *(page.claim for page in PAGES.values()),
        Claim("LambdaLR and MultiplicativeLR stick in the valley.", RUNS[3:5], lambda *two: all(map(sticks, two))),
        Claim("ConstantLR still moves.", RUNS[5:6], still_moves),
        Claim(
            "Annealing ends near zero.", RUNS[6:9], lambda *three: all(t.lr[-1] < 0.06 * SCHEDULER_LR for t in three)
        ),
        Claim(
            "Each ends at the star or in the valley, or still moves.",
            RUNS,
            lambda *all_: all(arrives(t) or sticks(t) or still_moves(t) for t in all_),
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
        version = torch.__version__.split("+")[0]
        with self.voiceover(
            f"torch ships {len(RUNS)} schedulers. Here each drives the same gradient descent from the same start. "
            "Only the learning rate differs.",
            f"All {len(PAGES)} schedulers of torch {version}, {SCHEDULER_STEPS} steps",
        ):
            self.play(*self.reveal(), run_time=1.2)
        for group, family in enumerate(SCHEDULER_FAMILIES):
            members = [k for k, mine in enumerate(self.groups) if mine == group]
            there = sum(arrives(self.trajectories[k]) for k in members)
            with self.voiceover(
                SAID[group], f"{family.capitalize()}: {there} of {len(members)} end at the star"
            ) as speech:
                self.run_family(members, speech)
        with self.voiceover(
            f"{arrived} of {len(RUNS)} end at the star. {stuck} were small too early, and stick in a valley. "
            "The rest never became small, and cannot stop.",
            f"{arrived} of {len(PAGES)} end at the star, {stuck} in a valley",
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
