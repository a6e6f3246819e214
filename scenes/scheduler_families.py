"""Every scheduler of torch.optim.lr_scheduler by what it does: decay, anneal, cycle; one start, one axis of rates."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from schedulers import BESIDE, CLOSE, LIMIT, LOCAL, STAR
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR

from descent import (
    SCHEDULER_LR,
    SCHEDULER_PAGES,
    SCHEDULER_STEPS,
    Claim,
    Schedule,
    distances,
    each,
    lasting,
    settles,
    trace,
    trace_lr,
)
from descent.stage import (
    PAUSE,
    Box,
    ComparisonScene,
    DottedCurve,
    RunMarks,
    Series,
    StepPanel,
    current_theme,
    dots,
    level,
    stacked,
)

TOP = 0.048  # where the axis of rates ends, in each of these films
FARTHEST = 3.0  # that of the distances, in parameter units
TAIL = 8  # steps that stay visible on the map
LONG = 2 * SCHEDULER_STEPS
MARKS = ("circle", "square", "triangle", "diamond", "cross", "plus", "hexagon", "star")  # a run's, in order

AT_STAR, AT_LOCAL = (settles(point, within=0.02) for point in (STAR, LOCAL))


def runs_of(*names, **changes):
    """The runs of the schedulers' pages, called by their schedulers."""
    return tuple(replace(SCHEDULER_PAGES[name].run, name=name, **changes) for name in names)


def pages(*names):
    """What the schedulers' pages claim of their rates."""
    return tuple(SCHEDULER_PAGES[name].claim for name in names)


def swing(trajectory, since, until):
    """How far from the star it is at most, from one row to another."""
    return float(distances(trajectory, STAR)[since : until + 1].max())


class OneAxis:
    """What these films share: the learning rates on one axis, above them the distance to the star."""

    rate_height = 2.1

    def lay_out(self):
        """The clock is short at first, where the runs go on."""
        super().lay_out()
        self.board.marks = [self.marks_of(k) for k in range(len(self.runs))]
        if self.steps > SCHEDULER_STEPS:
            self.board.retime(SCHEDULER_STEPS)

    def marks_of(self, k, trajectory=None):
        """A run on the map, of which the last steps stay visible."""
        return RunMarks(trajectory or self.trajectories[k], self.board.map, k, announce=False, tail=TAIL)

    def rates(self, box, gutter=0.0):
        """The panel that these films share."""
        series = [Series(t.lr, k, True) for k, t in enumerate(self.trajectories)]
        return StepPanel("learning rate", series, self.steps, box, False, True, gutter=gutter, ceiling=TOP)

    def make_panels(self, upper, lower):
        series = [Series(distances(t, STAR), k) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel(
                "distance to the star", series, self.steps, upper, False, True, False, gutter, FARTHEST
            ),
            lambda gutter: self.rates(lower, gutter),
        )

    def limit(self, step, below=False):
        """The largest rate at which plain descent can rest at the star, as a line that is named from some step on."""
        panel = self.board.panels[-1]
        line = level(panel, LIMIT, "limit", below)
        line[1].shift((panel.abscissa(step) - panel.box.left, 0, 0))
        return line

    def again(self, *indices):
        """Back to the start, where other runs come in."""
        self.roll(0, 0.5)
        self.play(*self.board.enter(*indices), run_time=0.6)


HELD = 5  # steps


def later(step, shares, held):
    """Shares of the full rate that begin some steps later."""
    return 1.0 if step < held else shares[min(step - held, len(shares) - 1)]


def held(run, steps=HELD):
    """The run whose rate stays at its full height for some steps, before it takes its course."""
    schedule = Schedule(run.scheduler, SCHEDULER_LR, run.steps)
    shares = tuple((trace_lr(schedule).lr / SCHEDULER_LR).tolist())
    return replace(run, scheduler=partial(LambdaLR, lr_lambda=partial(later, shares=shares, held=steps)))


def moves_on(trajectory):
    """Its rate is over three times the limit from step 15 on, and it is over one unit away, late and in the end."""
    out = distances(trajectory, STAR)
    return trajectory.lr[15:SCHEDULER_STEPS].min() > 3 * LIMIT and min(out[40:61].max(), out[-60:].max()) > 1


DECAYS = ("StepLR", "MultiStepLR", "ExponentialLR", "ReduceLROnPlateau", "LambdaLR", "MultiplicativeLR",
          "ChainedScheduler", "ConstantLR")  # fmt: skip
LANDING, SOON, RISING = runs_of(*DECAYS[:4]), runs_of(*DECAYS[4:7]), runs_of(DECAYS[7])
IN_TIME = tuple(map(held, SOON))


class ShrinkingTooSoonStaysBehind(OneAxis, ComparisonScene):
    """Eight schedulers end in three ways: at the star, in a local minimum, or on the move."""

    title = "Here, shrinking the rate too soon leaves the run behind"
    formula = "eta_(k+1) = gamma_k eta_k"
    runs = (*LANDING, *SOON, *RISING)
    claims = (
        *pages(*DECAYS),
        Claim("Four settle at the star.", LANDING, each(lasting(AT_STAR)), says="these all come to rest"),
        Claim("Three settle in the local minimum, and so they stay.", SOON, each(lasting(AT_LOCAL))),
        Claim(
            "At the full rate for five steps first, the three settle at the star; without that they do not.",
            IN_TIME,
            each(lasting(settles(STAR, within=0.3))),
            control=SOON,
            says="the same three",
        ),
        Claim(
            "So it is for four to eight steps at the full rate.",
            tuple(held(run, steps) for run in SOON for steps in (4, 6, 7, 8)),
            each(settles(STAR, within=0.3)),
        ),
        Claim("From step 1 to 3 each of the three has a lower rate than each of the four.", (*LANDING, *SOON),
              lambda *t: all(max(x.lr[k] for x in t[4:]) < min(x.lr[k] for x in t[:4]) for k in (1, 2, 3))),
        Claim("Until step 15, where its rate rises, the last one waits in the local minimum.", RISING,
              lambda t: distances(t, LOCAL)[10:16].max() < 0.1 and t.lr[14] < t.lr[15]),
        Claim("The one that rises is over three times the limit from step 15, and finds no rest.", RISING,
              lasting(moves_on), says="finds no rest"),
        Claim("All begin at one place, and over 60 steps.", runs,
              lambda *t: len({(x.run.start, x.steps) for x in t}) == 1),
    )  # fmt: skip
    rate_height = 1.0

    def make_panels(self, upper, lower):
        return [self.rates(Box(lower.left, lower.right, lower.bottom, upper.top))]

    def construct(self):
        self.piled = []
        with self.voiceover(
            "Schedulers that let the rate decay. Stairs, milestones, a constant share, or a watch on the loss.",
            "Stairs, milestones, a share, a watch on the loss",
        ) as speech:
            self.play(*self.board.reveal(range(4)), run_time=1.0)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Their ways differ. Their end does not: these all come to rest at the star.",
            "These four are at the star",
        ) as speech:
            speech.pulse(self.pile(STAR, range(4)))
        with self.voiceover(
            "Three others shrink sooner. They come into a local minimum, hop about inside, and stay.",
            "Three shrink sooner, and stay behind",
            reveal=True,
        ) as speech:
            self.again(4, 5, 6)
            self.roll(14, speech.remaining * 0.65, rate_func=linear)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
            self.pile(LOCAL, range(4, 7))
        with self.voiceover(
            "Does the beginning matter? Holding the full rate for several steps, before the decay begins, the same "
            "three arrive at the star.",
            f"The full rate for {HELD} steps, then decay: they pass",
        ) as speech:
            self.roll(0, 0.5)
            shown, losses = self.in_time(), self.board.legend.losses[len(LANDING) : -1]
            self.play(*map(FadeOut, losses), *map(FadeIn, shown), run_time=0.6)
            self.roll(16, speech.remaining * 0.7, rate_func=linear)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
            self.play(*map(FadeOut, shown), *map(FadeIn, losses), run_time=0.5)
        with self.voiceover(
            "The last one rises instead. First it waits in the local minimum. At the full rate it leaves, and finds "
            "no rest.",
            "One rises, and finds no rest",
        ) as speech:
            self.again(7)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "One start, ends of three kinds. At this one, the first few steps decide where a run ends.",
            "At the star, left behind, on the move",
        ) as speech:
            speech.pulse([*self.piled, self.board.marks[7].ball])
        self.wait(1.6)

    def pile(self, point, indices):
        """Exchange the balls that have come to one point for a pile of marks beside it."""
        theme, at = current_theme(), self.board.map.to_frame(point)
        places = [at + np.array([0.34, 0.28 * row - 0.14, 0]) for row in range(len(indices))]
        signs = VGroup(
            *(dots(MARKS[k], 0.21, place[None], theme.runs[k]) for k, place in zip(indices, places, strict=True))
        )
        ground = RoundedRectangle(width=0.36, height=0.28 * len(signs) + 0.1, corner_radius=0.06, stroke_width=0)
        pile = VGroup(ground.set_fill(theme.chip, 0.82).move_to(signs), signs)
        self.play(*(FadeOut(self.board.marks[k]) for k in indices), FadeIn(pile), run_time=0.6)
        self.piled.append(pile)
        return pile

    def in_time(self):
        """The three runs at the full rate at first: on the map, and their rates."""
        shown = []
        for k, run in enumerate(IN_TIME, len(LANDING)):
            trajectory = trace(run)
            shown.append(self.marks_of(k, trajectory).follow(self.clock))
            rates = DottedCurve(trajectory.lr, self.board.panels[0], True, current_theme().runs[k])
            shown.append(rates.follow(self.clock))
        return shown


ANNEALS = ("LinearLR", "PolynomialLR", "CosineAnnealingLR", "SequentialLR")
LINE, POWER, COSINE, WARMED = runs_of(*ANNEALS, steps=LONG)
WARMED = replace(WARMED, name="SequentialLR: warm-up, then cosine")
WIDE = replace(COSINE, scheduler=partial(CosineAnnealingLR, T_max=LONG), name="CosineAnnealingLR, twice as long")
UNENDED = replace(LINE, scheduler=partial(LinearLR, start_factor=1.0, end_factor=0.5, total_iters=40))


def over(trajectory):
    """The last step of the first 60 whose rate is above the limit."""
    return int(np.flatnonzero(trajectory.lr[:SCHEDULER_STEPS] > LIMIT)[-1])


def rests_once_below(trajectory):
    """Ten steps after its rate has come below the limit it is at the star, until step 60."""
    return over(trajectory) < 50 and swing(trajectory, over(trajectory) + 11, SCHEDULER_STEPS) < 0.05


def thrown_out(trajectory):
    """At rest at the star at step 60, its rate passes the limit by step 90, and then it is over a half away."""
    again = SCHEDULER_STEPS + int(np.argmax(trajectory.lr[SCHEDULER_STEPS:] > LIMIT))
    return (
        swing(trajectory, SCHEDULER_STEPS - 5, again) < 0.05
        and SCHEDULER_STEPS < again < 90
        and swing(trajectory, again, LONG) > 0.5
    )


class ACosineGoesOnPastItsEnd(OneAxis, ComparisonScene):
    """Four ways to anneal a rate end at the star; carried on, those with a cosine climb again and leave it."""

    title = "Here, a cosine that goes on past its end climbs again"
    formula = "eta_k = eta / 2 (1 + cos(pi k / T))"
    runs = (LINE, POWER, COSINE, WARMED, WIDE)
    claims = (
        *pages(*ANNEALS),
        Claim("Each comes below the limit before step 50, and ten steps later is at rest up to step 60.", runs[:4],
              each(rests_once_below)),
        Claim(
            "A rate that ends below the limit lets the line settle; one that ends at half its height does not.",
            (LINE,),
            lasting(AT_STAR),
            control=(UNENDED,),
            says="Below it",
        ),
        Claim("Carried on, line and power stay at the star.", (LINE, POWER), each(lasting(AT_STAR))),
        Claim(
            "Past its end the cosine climbs over the limit, and throws the ball out by step 120.",
            (COSINE, WARMED),
            each(thrown_out),
            control=(LINE, POWER),
        ),
        Claim("In 600 steps it comes to rest and is thrown out four times.", (replace(COSINE, steps=600),),
              lambda t: all(swing(t, k - 2, k) < 0.05 and swing(t, k, k + LONG) > 0.5 for k in (60, 180, 300, 420))),
        Claim(
            "A cosine that is as long as the run is at the star at step 120; one half as long is not.",
            (WIDE,),
            AT_STAR,
            control=(COSINE,),
        ),
        Claim("At rates 5 percent off, too, it is at the star at step 120, and the other is not.",
              tuple(replace(run, optimizer=partial(SGD, lr=share * SCHEDULER_LR))
                    for run in (WIDE, COSINE) for share in (0.95, 1.05)),
              lambda *t: all(map(AT_STAR, t[:2])) and not any(map(AT_STAR, t[2:]))),
    )  # fmt: skip

    def construct(self):
        with self.voiceover(
            "Annealing lowers the learning rate, almost to zero, within some chosen number of steps. Along a line, or "
            "along a power.",
            "Annealing along a line, or a power",
        ) as speech:
            self.play(*self.board.reveal([0, 1]), run_time=1.0)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Or along half a cosine. Here, once from the start, and once behind a warm-up.",
            "Along half a cosine, with warm-up or without",
        ) as speech:
            self.again(2, 3)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.board.zoom(STAR, CLOSE, TAIL)
        with self.voiceover(
            "From near by, they end alike. Each swings, until its rate is under the limit of this minimum. Below it, "
            "they come to rest.",
            "Under the limit, they come to rest",
        ) as speech:
            self.roll(16, 0.5)
            line = self.limit(48)
            self.play(FadeIn(line), run_time=0.6)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "The schedules are over. But suppose that training goes on.",
            "The schedules are over; training goes on",
        ) as speech:
            self.play(FadeOut(line), *self.board.retime(LONG), run_time=0.8)
            self.play(FadeIn(self.limit(60, below=True)), run_time=0.5)
            speech.pulse([mark.ball for mark in self.board.marks[:1]])
        with self.voiceover(
            "Line and power stay where they were. The cosine is a wave: its rate climbs, passes the limit, and throws "
            "the ball out.",
            "A cosine is a wave: its rate climbs, and throws the ball out",
            reveal=True,
        ) as speech:
            self.roll(78, speech.remaining * 0.4, rate_func=linear)
            self.roll(LONG, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Instead, choose a cosine whose length matches the training. This longer one ends at the star.",
            "As long as the training, it ends at the star",
        ) as speech:
            self.play(*(FadeOut(self.board.marks[k]) for k in (0, 1, 3)), run_time=0.4)
            self.again(4)
            self.roll(LONG, max(speech.remaining + PAUSE, 4.0), rate_func=linear)
        self.wait(1.6)


CYCLES = ("CyclicLR", "OneCycleLR", "CosineAnnealingWarmRestarts")
WAVE, ONCE, RESTARTS = runs_of(*CYCLES)
PEAK = WAVE.scheduler.keywords["max_lr"]
LEAST = WAVE.scheduler.keywords["base_momentum"]
LOW = replace(WAVE, scheduler=None, name="CyclicLR's lowest rate, kept")
PERIOD = RESTARTS.scheduler.keywords["T_0"]


def restarted(rate):
    """Warm restarts from beside the star, at some full rate."""
    return replace(RESTARTS, optimizer=partial(SGD, lr=rate), start=BESIDE)


def without_momentum(run):
    """The run of a page without momentum: the rates are as they were."""
    kept = {key: value for key, value in run.scheduler.keywords.items() if "momentum" not in key}
    schedule = partial(run.scheduler.func, **kept, cycle_momentum=False)
    return replace(run, optimizer=partial(SGD, lr=run.optimizer.keywords["lr"]), scheduler=schedule)


def leaves_and_lands(trajectory):
    """It is at the star when a period ends, from the first on; in between each restart throws it out by over 0.4."""
    ends = range(PERIOD, trajectory.steps + 1, PERIOD)
    return all(distances(trajectory, STAR)[row] < 0.05 for row in ends) and all(
        swing(trajectory, row, row + PERIOD) > 0.4 for row in ends[:-1]
    )


class WarmRestartsLeaveAndLand(OneAxis, ComparisonScene):
    """Of three schedules that cycle, warm restarts climb past the limit: the run leaves the star, and lands again."""

    title = "Here, warm restarts leave the minimum, and land again"
    formula = 'eta < 2 (1 + mu) / lambda quad "holds the ball"'
    runs = (WAVE, ONCE, LOW, RESTARTS)
    claims = (
        *pages(*CYCLES),
        Claim("CyclicLR is at the star from step 40 on, through its last climb, as far as 1500 steps.",
              (replace(WAVE, steps=25 * SCHEDULER_STEPS),), lambda t: swing(t, 40, t.steps) < 0.05),
        Claim("By step 60 OneCycleLR is at the star.", (ONCE,), AT_STAR),
        Claim("Their peak is below the limit with the least of their momentum, and under a third of the restarts'.",
              (WAVE, ONCE, RESTARTS), lambda a, b, c: max(a.lr.max(), b.lr.max()) < (1 + LEAST) * LIMIT
              and max(a.lr.max(), b.lr.max()) < c.lr.max() / 3),
        Claim(
            "The climb takes it past the local minimum; at its lowest rate, kept, it ends there.",
            (WAVE, ONCE),
            lambda *t: all(map(AT_STAR, t)),
            control=(LOW, replace(ONCE, scheduler=None)),
            says=("climb",),
        ),
        Claim("Kept at its lowest rate, it stays in the local minimum.", (LOW,), lasting(settles(LOCAL, within=0.1))),
        Claim("Without momentum, CyclicLR and OneCycleLR are in the local minimum at step 60.",
              tuple(map(without_momentum, (WAVE, ONCE))), each(AT_LOCAL)),
        Claim(
            "Over 240 steps, each restart throws it out, and each fall brings it back.",
            (replace(RESTARTS, steps=4 * SCHEDULER_STEPS),),
            leaves_and_lands,
            says=("each fall",),
        ),
        Claim(
            "Beside the star, restarts past the limit throw it out; just below the limit they do not.",
            (restarted(SCHEDULER_LR),),
            lambda t: swing(t, 0, SCHEDULER_STEPS) > 0.4,
            control=(restarted(0.95 * LIMIT),),
        ),
    )  # fmt: skip

    def construct(self):
        with self.voiceover(
            "With CyclicLR, the rate climbs, falls, and climbs again. Momentum goes the other way.",
            "CyclicLR: climb, fall, climb again",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(38, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "At the star, the last climb does not move it: with momentum, this minimum allows such rates.",
            "At the star, the last climb does not move it",
        ) as speech:
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "OneCycleLR climbs once, then falls close to zero. It ends at the star, too.",
            "OneCycleLR: one climb, one long fall",
        ) as speech:
            self.again(1)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "What is the climb for? Kept at its lowest rate, CyclicLR stays in a local minimum.",
            "Without the climb, it stays in a local minimum",
        ) as speech:
            self.again(2)
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Warm restarts begin at a higher rate, without momentum. The first fall lands at the star.",
            "Warm restarts: the first fall lands at the star",
        ) as speech:
            self.play(*map(FadeOut, self.board.marks[:3]), run_time=0.4)
            self.again(3)
            self.roll(PERIOD - 0.5, speech.remaining + PAUSE, rate_func=linear)
        self.board.zoom(STAR, CLOSE, TAIL)
        with self.voiceover(
            "Then the rate jumps back up, far past the limit. The ball is thrown out. As the rate falls, the ball "
            "lands again.",
            "Past the limit it is thrown out, below it lands again",
            reveal=True,
        ) as speech:
            self.play(FadeIn(self.limit(34.8)), run_time=0.6)
            self.roll(2 * PERIOD - 0.5, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Each restart leaves the minimum, each fall lands the run again.",
            "Each restart leaves, each fall lands",
        ) as speech:
            self.roll(SCHEDULER_STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)
