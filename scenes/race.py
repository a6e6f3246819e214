"""A race of four optimizers on three landscapes: at rates picked by hand, and at a grid of others."""

from functools import cache, partial

import numpy as np
from manim import *
from torch.optim import SGD, AdamW, RMSprop

from descent import BEALE, BIRD, HIMMELBLAU, Claim, Run, trace_batch
from descent.stage import (
    BODY,
    PX,
    SAFE,
    SMALL,
    Box,
    Fly,
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
FACTORS = np.geomspace(0.25, 4, 9)  # of the rates that were picked; the one in the middle leaves them


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


@cache
def sweeps():
    """The step at which each racer is at the goal, at each of its rates, infinite for none, [3, 4, rates]."""
    return np.array([[finishes(surface, start, racer) for racer in PICKED] for surface, start in COURSES])


def finishes(surface, start, racer):
    """The same for one racer on one course, shape (rates,)."""
    rates = [float(f"{racer.keywords['lr'] * factor:.4g}") for factor in FACTORS]
    first = Run(surface, partial(racer.func, **{**racer.keywords, "lr": rates[0]}), start, STEPS)
    height = trace_batch(first, settings={"lr": rates}, keep="paths").loss - surface.at(*surface.global_minimum)
    there = height <= GOAL * height[:, :1]
    return np.where(there.any(axis=1), there.argmax(axis=1), np.inf)


def winners(k):
    """Who is first on a course, by the rates of the adaptive two and of the other two; −1 for a tie or nobody."""
    steps = sweeps()[k]
    won = np.full((len(FACTORS), len(FACTORS)), -1)
    for row, column in np.ndindex(*won.shape):
        four = np.array([*steps[:2, column], *steps[2:, row]])
        if (four == four.min()).sum() == 1:
            won[row, column] = four.argmin()
    return won


def both_win_somewhere():
    """On each course momentum and AdamW each win at least a tenth of the grid; SGD wins nowhere."""
    grids = [winners(k) for k in range(len(COURSES))]
    return all((g == j).mean() > 0.1 for g in grids for j in (1, 3)) and not any((g == 0).any() for g in grids)


class RaceOnThreeLandscapes(RunScene):
    """Four optimizers at hand-picked rates on three surfaces: each time somebody else wins; at other rates, others."""

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
            says="one wins all three",
        ),
        Claim("On each grid momentum and AdamW both win at some rates.", (), both_win_somewhere),
    )

    def lay_out(self):
        column = Box(1.75, SAFE.right, SAFE.bottom, SAFE.top)
        self.set_title(column)
        self.place = Box(SAFE.left + 0.15, 1.35, SAFE.bottom, SAFE.top)
        self.legend = self.name_racers(column)
        room = Box(column.left, column.right, self.legend.get_top()[1] + 0.2, self.below_note(lines=2))
        self.lands, self.marks, self.panels, self.goals, self.curves = [], [], [], [], []
        for k, four in enumerate(fours(self.trajectories)):
            land = Terrain(COURSES[k][0], self.place)
            land.fly([land.fit(View(azimuth, 42, 4)) for azimuth in (20, 50)])
            land.watch(self)
            self.lands.append(land)
            self.marks.append([TerrainRun(t, land, j, 1.5) for j, t in enumerate(four)])
            series = [Series(np.maximum(above(t), FLOOR), j) for j, t in enumerate(four)]
            panel = StepPanel("loss over the minimum", series, STEPS, room, log=True)
            self.panels.append(panel)
            self.goals.append(self.goal_line(panel, GOAL * float(above(four[0])[0])))
            self.curves.append(panel.curves())

    def goal_line(self, panel, loss):
        """A dashed line at the loss to be reached, and what it is."""
        ends = panel.point(0, loss), panel.point(STEPS, loss)
        name = Label("goal", BODY).sit((ends[1][0], ends[1][1] + 0.1, 0), 1)
        return VGroup(DashedLine(*ends, stroke_width=2.5, color=current_theme().ink), name)

    def name_racers(self, column):
        """Who is who, a row each, over them the step."""
        parts, y = VGroup(), column.bottom + 0.05
        for k, run in reversed([*enumerate(self.runs[: len(RACERS)])]):
            words = f"{NAMES[k].replace('momentum', 'SGD')}  lr {run.lr:g}" + ("  momentum 0.9" if k == 1 else "")
            icon = swatch(k, (column.left + 0.31, y + 0.36 * BODY * PX))
            parts.add(VGroup(icon, Label(words, BODY).sit((column.left + 0.82, y, 0))))
            y += 0.46
        parts.add(Label("step", SMALL, current_theme().soft).sit((column.left, y + 0.05, 0)))
        self.step = StepReadout(STEPS, (column.left + 1.8, y + 0.05, 0))
        return parts

    def arrive(self, k, seconds=1.0):
        """A course takes the place of the one before, its runs at the start."""
        gone = []
        if k:
            gone = [*self.marks[k - 1], self.panels[k - 1], self.goals[k - 1], *self.curves[k - 1]]
            for part in gone:
                part.clear_updaters()
        self.clock.set_value(0.0)
        moving = [*self.marks[k], *self.curves[k], self.step]
        coming = [self.panels[k], self.goals[k], *(picture.follow(self.clock) for picture in moving)]
        land = [FadeIn(self.lands[k])] if k else []
        new = [part for part in coming if part not in self.mobjects]
        self.play(*map(FadeOut, gone), *land, *map(FadeIn, new), run_time=seconds)
        if k:
            self.remove(self.lands[k - 1])

    def race(self, k, seconds):
        """Roll to the end, slowly until somebody is there; its ball is greeted."""
        best = winner(fours(self.trajectories)[k])
        there = finish(fours(self.trajectories)[k][best])
        self.along(Fly(self.lands[k], 1, run_time=seconds))
        self.roll(there + 0.5, 0.65 * seconds, rate_func=rate_functions.linear)
        spot = self.marks[k][best].position(there)
        self.play(Flash(spot, color=current_theme().runs[best], flash_radius=0.5), run_time=0.8)
        self.roll(STEPS, max(0.35 * seconds - 0.8, 1.0), rate_func=rate_functions.linear)

    def construct(self):
        best = [NAMES[winner(four)] for four in fours(self.trajectories)]
        with self.voiceover(
            f"{len(RACERS)} optimizers start together, each at a learning rate picked by hand. "
            "Who is the first to come down? Place your bet.",
            f"The goal: {GOAL:.0%} of the start's height",
        ) as speech:
            self.add(self.lands[0], self.heading)
            self.play(FadeIn(self.legend), run_time=0.5)
            self.arrive(0)
            speech.pulse(self.marks[0][0].position(0))
        with self.voiceover(
            f"On this landscape, {best[0]} is.",
            f"First at the goal: {best[0]}",
            reveal=True,
        ) as speech:
            self.race(0, max(speech.remaining, 6.0))
        with self.voiceover(
            f"Another landscape, and other slopes. Here, {best[1]} is first.",
            f"On the next, {best[1]}",
        ) as speech:
            self.arrive(1)
            self.race(1, max(speech.remaining, 5.0))
        with self.voiceover(
            f"And here, it is {best[2]}. Three landscapes, three winners. Which of them is best, then?",
            f"And then {best[2]}: three landscapes, three winners",
        ) as speech:
            self.arrive(2)
            self.race(2, max(speech.remaining, 5.0))
        with self.voiceover(
            "It depends on the rates. To the right, those of SGD and momentum grow. Upwards, those of RMSprop and "
            "AdamW. Each cell takes the colour of its winner.",
            "Winners by learning rate: the cell in the ring has the rates of the race",
        ) as speech:
            self.show_grids(speech)
        with self.voiceover(
            "On each landscape, other rates have other winners. A ranking at picked rates ranks the picking.",
            "Other rates, other winners: at some, one wins all three",
        ) as speech:
            speech.pulse(self.grids)
        self.wait(1.6)

    def show_grids(self, speech):
        """In the place of the landscapes a grid of winners for each, filled cell by cell."""
        theme = current_theme()
        last = len(COURSES) - 1
        gone = [*self.marks[last], self.panels[last], self.goals[last], *self.curves[last], self.step]
        width = (self.place.width - 0.6) / 3
        cell = width / len(FACTORS)
        self.grids, words = [], VGroup()
        for k, (surface, _) in enumerate(COURSES):
            left, bottom = self.place.left + k * (width + 0.3), -width / 2
            cells = VGroup()
            for (row, column), who in np.ndenumerate(winners(k)):
                middle = (left + (column + 0.5) * cell, bottom + (row + 0.5) * cell, 0)
                colour = theme.line if who < 0 else theme.runs[who]
                square = Square(cell, fill_color=colour, fill_opacity=1, stroke_width=1, stroke_color=theme.background)
                cells.add(square.move_to(middle))
            words.add(Label(surface.name.capitalize(), BODY, weight="SEMIBOLD").sit((left, bottom + width + 0.2, 0)))
            ring = Circle(0.75 * cell, color=theme.ink, stroke_width=4).move_to(cells[len(cells) // 2])
            words.add(ring)
            self.grids.append(cells)
        below = -width / 2 - 0.5
        words.add(
            Label("right: rates of SGD and momentum, a quarter to four times", BODY).sit((self.place.left, below, 0)),
            Label("up: rates of RMSprop and AdamW, likewise; grey: a tie, or nobody", BODY).sit(
                (self.place.left, below - 0.5, 0)
            ),
        )
        for part in gone:
            part.clear_updaters()
        self.play(*map(FadeOut, gone), FadeOut(self.lands[last]), FadeOut(self.legend[-1]), run_time=0.8)
        self.remove(self.lands[last])
        self.play(FadeIn(words), run_time=0.5)
        order = [VGroup(*(cells[place] for cells in self.grids)) for place in range(len(self.grids[0]))]
        seconds = max(speech.remaining + 0.3, 3.0)
        self.play(LaggedStart(*map(FadeIn, order), lag_ratio=0.3), run_time=seconds)
        self.bring_to_front(words)


def fours(trajectories):
    """Trajectories, surface by surface."""
    return [tuple(trajectories[k : k + len(RACERS)]) for k in range(0, len(trajectories), len(RACERS))]
