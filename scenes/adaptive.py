"""Adaptive optimizers: what dividing by the gradient's recent size does in a narrow valley, and what it does not."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *

from descent import (
    EXPERIMENTS,
    VALLEY,
    Claim,
    Surface,
    Trajectory,
    distances,
    first_step_within,
    settled_from,
    step_sizes,
)
from descent.stage import (
    BODY,
    PAUSE,
    PX,
    Board,
    ComparisonScene,
    Label,
    OnClock,
    ParameterPanel,
    Readout,
    RunScene,
    Series,
    StepPanel,
    current_theme,
    maths,
    number,
    stacked,
)

FLAT, STEEP = np.linalg.eigvalsh(VALLEY.hessian(0, 0)).tolist()
FLOOR = VALLEY.minima[0]
NEAR = 0.1  # distance from the minimum that counts as arrived, in parameter units
ON_AXES = Surface(
    "valley along the axes",
    lambda w1, w2: FLAT / 2 * w1**2 + STEEP / 2 * w2**2,
    VALLEY.domain,
    VALLEY.minima,
    "0.1 w_1^2 + 1.9 w_2^2",
    "The lecture's valley, turned by 45 degrees.",
)
START, STEPS, LONG = (-4.5, -4.0), 45, 175

SWINGING, DAMPED = EXPERIMENTS["E06"], EXPERIMENTS["E07"]
RATE, LOWER = SWINGING.lr, 0.36  # and about RMSprop's step sizes in the lecture's valley
CALMED = replace(SWINGING, optimizer=partial(SWINGING.optimizer.func, lr=LOWER))
AXES = tuple(replace(run, surface=ON_AXES, start=START, steps=STEPS) for run in (SWINGING, CALMED, DAMPED))
TURNED = tuple(replace(run, steps=LONG) for run in (SWINGING, CALMED, DAMPED))
AT_RATES = tuple(replace(AXES[2], optimizer=partial(DAMPED.optimizer.func, lr=lr)) for lr in (0.45, RATE, 0.55))
LAST = 400  # steps of the long look at what becomes of a run


def arrival(trajectory: Trajectory) -> float:
    """The first step near the minimum, infinite if there is none."""
    step = first_step_within(trajectory, FLOOR, NEAR)
    return np.inf if step is None else step


def across(trajectory: Trajectory):
    """Signed distance of every row from the valley's floor, shape (n + 1,)."""
    direction = np.linalg.eigh(trajectory.run.surface.hessian(*FLOOR))[1][:, 1]
    return trajectory.params @ direction


def swings(trajectory: Trajectory, until: int = 30) -> bool:
    """Each step lands on the other side of the floor, and ``until`` steps on still farther away than what is near."""
    side = across(trajectory)[: until + 1]
    return bool((side[1:] * side[:-1] < 0).all() and abs(side[-1]) > NEAR)


def calm(trajectory: Trajectory, since: int = 10) -> bool:
    """From a row on, for 50 steps at most, it stays near the floor."""
    return bool(np.abs(across(trajectory)[since:51]).max() < NEAR)


def times_as_long(trajectory: Trajectory):
    """How many times as long w1's step size is as w2's, at every step."""
    return np.divide(*step_sizes(trajectory).T)


def almost_round(trajectory: Trajectory) -> bool:
    """For the first ten steps, step size times curvature is the same for both weights, within a quarter."""
    reach = step_sizes(trajectory)[:10] * (FLAT, STEEP)
    return bool((reach.max(axis=1) < 1.25 * reach.min(axis=1)).all())


def breaks_out(trajectory: Trajectory) -> float:
    """The first row, after it has arrived, that is far from the minimum again; infinite if there is none."""
    away = np.hypot(*trajectory.params.T)
    since = arrival(trajectory)
    out = np.flatnonzero(away[int(since) :] > 5 * NEAR) if since < np.inf else np.array([])
    return since + int(out[0]) if out.size else np.inf


def about(row: float) -> int:
    """A row to the nearest fifty: bursts come a few steps earlier or later on other machines."""
    return 50 * round(row / 50)


class Column(OnClock):
    """Two bars above each other, a weight each, with their numbers: one factor of the step that is being taken.

    Args:
        values: Per step one of w1 and one of w2, shape (n, 2); bars are drawn to the scale of the largest.
        left: Where the bars begin.
        rows: The ordinates of the two bars.
        length: Of the longest bar.
        colour: Of the bars.
    """

    def __init__(self, values, left: float, rows: tuple[float, float], length: float, colour: str) -> None:
        super().__init__()
        self.values, self.left, self.rows = values, left, rows
        self.digest = values.tobytes().hex()  # Manim's cache key reads strings
        self.scale_per_unit = length / float(values.max())
        self.bars = [VMobject(stroke_color=colour, stroke_width=15) for _ in rows]
        self.numbers = [Readout((left + 0.68, row - 0.52, 0)) for row in rows]
        self.add(*self.bars, *self.numbers)
        self.at_step(0.0)

    def at_step(self, step: float):
        """Show the factors of the step under way."""
        row = int(np.clip(np.ceil(step - 1e-9) - 1, 0, len(self.values) - 1))
        for bar, at, words, value in zip(self.bars, self.rows, self.numbers, self.values[row], strict=True):
            end = self.left + max(self.scale_per_unit * float(value), 0.02)
            bar.set_points_as_corners([(self.left, at, 0), (end, at, 0)])
            words.set_text(number(float(value), 2))
        return self


class RMSpropDampsOscillation(ComparisonScene):
    """Along the axes RMSprop has long steps for one weight and short ones for the other; in a turned valley, alike."""

    title = "Here, RMSprop steps long along the valley, and short across it"
    formula = "w_i <- w_i - eta / (sqrt(v_i) + epsilon) g_i"
    runs = (*AXES, *TURNED)
    claims = (
        Claim("At 0.5, SGD swings across the valley, and arrives after step 30.", AXES[:1],
              lambda t: swings(t) and 30 < arrival(t) < np.inf),
        Claim("At 0.36 the swing is gone by step 10, and it arrives later.", AXES[:2],
              lambda fast, low: calm(low) and arrival(low) > arrival(fast) + 4),
        Claim(
            "RMSprop arrives within 8 steps, at three rates; SGD does not, at its two.",
            AT_RATES,
            lambda *runs: max(map(arrival, runs)) <= 8,
            control=(AXES[0], AXES[1], AXES[0]),
        ),
        Claim("w1's steps are over ten times as long as w2's, as long as it is not there.", (AXES[2],),
              lambda t: times_as_long(t)[:10].min() > 10),
        Claim("To RMSprop the valley is almost round.", (AXES[2],), almost_round),
        Claim(
            "In the turned valley its two step sizes differ by less than a twentieth; along the axes they do not.",
            (replace(DAMPED, steps=LAST),),
            lambda t: np.abs(times_as_long(t) - 1).max() < 0.05,
            control=(AXES[2],),
            says="so RMSprop has one step size for both",
        ),
        Claim(
            "There SGD at 0.36 is calm as soon, and arrives within two steps of it.",
            TURNED[1:],
            lambda low, damped: calm(low) and calm(damped) and abs(arrival(low) - arrival(damped)) <= 2,
        ),
        Claim("From step 10 to 140 its step sizes grow by half.", (TURNED[2],),
              lambda t: bool((step_sizes(t)[140] > 1.5 * step_sizes(t)[10]).all())),
        Claim("It is thrown out between step 130 and 170; SGD at 0.36 is not, in 400 steps.",
              (TURNED[2], replace(TURNED[1], steps=LAST)),
              lambda damped, low: 130 < breaks_out(damped) < 170 and settled_from(low, FLOOR, NEAR) < 100),
    )  # fmt: skip
    rate_height = 1.9

    def check(self):
        """Two valleys, one after the other."""
        RunScene.check(self)

    def lay_out(self):
        """A board for each valley; that of the turned one waits."""
        axes, self.turned_runs = self.trajectories[:3], self.trajectories[3:]
        self.turned = self.put(TURNED, self.turned_runs)
        self.put(AXES, axes)

    def put(self, runs, trajectories) -> Board:
        """The board of some runs, which are from now on what the film shows."""
        self.runs, self.trajectories, self.steps = runs, trajectories, runs[0].steps
        super().lay_out()
        return self.board

    def make_panels(self, upper, lower):
        away = [Series(distances(t, FLOOR), k) for k, t in enumerate(self.trajectories)]
        sizes = [step_sizes(t) for t in self.trajectories]
        return stacked(
            lambda gutter: StepPanel("distance to the star", away, self.steps, upper, False, True, False, gutter, 6.5),
            lambda gutter: ParameterPanel(
                "step size of w₁ and of w₂", sizes, self.steps, lower, gutter, log=self.runs is AXES
            ),
        )

    def construct(self):
        fast, _, damped = self.trajectories

        with self.voiceover(
            "A valley that lies along the axes. For w2 it is steep. For w1 it is almost flat.",
            "Steep for w₂, almost flat for w₁",
        ) as speech:
            self.add(self.board.map, self.board.minima, self.heading)
            ways = self.ways()
            for way in ways[::-1]:
                self.play(GrowFromCenter(way[0]), FadeIn(way[1]), run_time=1.6)
            speech.pulse([way[1] for way in ways])
        with self.voiceover(
            "SGD has one learning rate for both. It swings across the valley, and creeps along it.",
            "SGD: one rate for both weights",
        ) as speech:
            self.play(FadeOut(*ways), *self.board.reveal_panels(), *self.board.enter(0), run_time=0.8)
            self.roll(30, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "A lower rate calms the swing. But along the valley, it creeps even more slowly.",
            "A lower rate: calm across, slower along",
        ) as speech:
            self.roll(0, 0.6)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(30, speech.remaining + PAUSE, rate_func=linear)
        self.roll(0, 0.8)
        with self.voiceover(
            "RMSprop divides each weight's rate by the root of its squared gradients, averaged. "
            "Where gradients are large, steps become short. Where they are small, long.",
            "RMSprop: a step size for w₁, and one for w₂",
            reveal=True,
        ) as speech:
            shown = self.show_factors(damped, speech)
        with self.voiceover(
            f"To RMSprop, the valley is almost round. It arrives in {arrival(damped)} steps, where SGD takes "
            f"{arrival(fast)}.",
            f"At the star in {arrival(damped)} steps, not {arrival(fast)}",
        ) as speech:
            self.play(FadeOut(*shown), *self.board.restore_column(), run_time=0.7)
            self.roll(5, speech.remaining / 2, rate_func=linear)
            self.roll(STEPS - 5, speech.remaining + PAUSE - 0.6, rate_func=linear)
            self.play(*map(FadeIn, self.weight_names(damped)), run_time=0.6)
        with self.voiceover(
            "Now turn the valley. Both weights feel its walls, so RMSprop has one step size for both. "
            "It calms the swing as SGD does at a lower rate.",
            "In a turned valley, one step size for both weights",
        ) as speech:
            self.turn()
            self.roll(45, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            f"At rest, its step size grows. And around step {about(breaks_out(self.trajectories[2]))}, it is thrown "
            "out. Why?",
            f"Around step {about(breaks_out(self.trajectories[2]))} it is thrown out. Why?",
        ) as speech:
            self.roll(LONG, max(speech.remaining + PAUSE, 6.0), rate_func=linear)
        self.wait(1.2)

    def ways(self):
        """Arrows along the valley and across it, with their names."""
        theme, loss_map, reach = current_theme(), self.board.map, 2.4
        parts = []
        for words, end, side in (("w₁: almost flat", (reach, 0.0), UP), ("w₂: steep", (0.0, reach), RIGHT)):
            ends = loss_map.to_frame(np.outer((-1, 1), end))
            line = DoubleArrow(*ends, buff=0, color=theme.ink, stroke_width=5, tip_length=0.2)
            parts.append(VGroup(line, loss_map.tag(words, end, side)))
        return parts

    def weight_names(self, damped):
        """Which weight each of RMSprop's two curves of step sizes belongs to, beside the curve."""
        row = STEPS // 2
        spots = zip(("w₁", "w₂"), step_sizes(damped)[row], (0.45, 2.0), strict=True)
        return [Label(word, BODY).sit(self.board.panels[1].point(row, share * at), 0) for word, at, share in spots]

    def turn(self):
        """The turned valley takes the place of the other, its runs at their start."""
        self.roll(0, 0.5)
        gone = [part for part in self.mobjects if part not in (self.heading, self.note, self.board.map)]
        before = self.board.map
        self.board, self.trajectories, self.steps = self.turned, self.turned_runs, LONG
        landing = Group(self.board.map, self.board.minima)
        entering = [*self.board.reveal_panels(), *self.board.enter(0, 1, 2)]
        self.play(FadeIn(landing), *map(FadeOut, gone), *entering, run_time=1.0)
        self.remove(before)

    def show_factors(self, damped, speech):
        """RMSprop's rule, and beside each other what its first step makes of the two gradients."""
        theme, column = current_theme(), self.board.frame.title
        law = maths("v <- alpha v + (1 - alpha) g^2 quad w <- w - {{ eta / sqrt(v) : size }} g", 40)
        law.select("size").set_color(theme.runs[2])
        top = self.board.loss_top - 0.15
        law.move_to((column.left, top, 0), UL)
        rows = (top - 2.2, top - 3.8)
        names = [
            Label(word, BODY).sit((column.left, row - 0.36 * BODY * PX, 0))
            for word, row in zip(("w₁", "w₂"), rows, strict=True)
        ]
        left, width = column.left + 0.75, (column.width - 0.75) / 3
        sizes = step_sizes(damped)
        factors = (
            ("abs(g)", np.abs(damped.grad[:-1]), theme.gradient),
            ("sqrt(v)", np.sqrt(damped.state["square_avg"]), theme.soft),
            ("eta / sqrt(v)", sizes, theme.runs[2]),
        )
        shown = [law, *names]
        self.play(*self.board.enter(2), run_time=0.5)
        self.play(*self.board.clear_column(), FadeIn(law, *names), run_time=0.8)
        for k, (head, values, colour) in enumerate(factors):
            at = left + k * width
            title = maths(head, 38, colour).move_to((at, rows[0] + 0.75, 0), LEFT)
            bars = Column(values, at, rows, width - 0.3, colour)
            self.play(FadeIn(title, bars), run_time=0.8)
            shown += [title, bars.follow(self.clock)]
            self.wait(max((speech.remaining - 2.4) / (4 - k), 0.2))
        self.roll(1, max(speech.remaining + PAUSE, 1.0))
        return shown
