"""A line search: LBFGS asks along its direction before it steps, and what it asks is counted."""

from dataclasses import replace
from functools import partial

import numpy as np
from manim import *
from torch.optim import LBFGS, Adam

from descent import ROSENBROCK, Claim, Run, distances, each, lasting, none
from descent.stage import PAUSE, SMALL, Box, ComparisonScene, Label, Series, StepPanel, current_theme, dots, stacked

STAR, NEAR = ROSENBROCK.minima[0], 0.05
START, COUNT, OFF = (-1.6, 2.4), 90, 24  # evaluations on the clock; by when full steps have left the map
SEARCH = Run(ROSENBROCK, partial(LBFGS, max_iter=1, max_eval=25, line_search_fn="strong_wolfe"), START, 40,
             name="LBFGS, line search")  # fmt: skip
BARE = replace(SEARCH, optimizer=partial(LBFGS, max_iter=1), steps=OFF, name="LBFGS, full steps")
STARTS = ((-1.5, 2.0), (-1.4, 2.2), (-1.5, 2.5), (-1.8, 2.0), (-1.6, 1.0), (-1.0, 2.4))


def adams(count=16):
    """Adam at rates from 0.01 to 3, for three times as many evaluations as the search takes."""
    return tuple(replace(BARE, optimizer=partial(Adam, lr=float(lr)), steps=240) for lr in np.geomspace(0.01, 3, count))


def arrival(trajectory):
    """How many evaluations it took to come near the star; infinite if it did not."""
    rows = np.flatnonzero(distances(trajectory, STAR) < NEAR)
    return trajectory.evaluations[rows[0]] if rows.size else np.inf


def falls_at_each_step(trajectory):
    """Up to its arrival, each step lowers the loss."""
    near = distances(trajectory, STAR) < NEAR
    end = int(near.argmax()) if near.any() else trajectory.steps
    return bool((np.diff(trajectory.loss[: end + 1]) < 0).all())


def asked(trajectory, step):
    """Where a step asked, ``[k, 3]``: w1, w2 and the loss."""
    first, end = trajectory.evaluations[step : step + 2].astype(int)
    return trajectory.asked[first:end]


def first_guess_too_far(trajectory):
    """At its first step the first guess is over ten times as high as the start, the one it takes is lower."""
    start, guess, *_, taken = asked(trajectory, 0)[:, 2]
    return guess > 10 * start > 10 * taken and np.allclose(asked(trajectory, 0)[-1, :2], trajectory.params[1])


def leaves(trajectory):
    """The first row outside of the map; infinite if there is none."""
    outside = [k for k, w in enumerate(trajectory.params) if not ROSENBROCK.contains(*w)]
    return outside[0] if outside else np.inf


def stays(trajectory):
    """It is near the star at the end of its record, and of what follows."""
    return bool(distances(trajectory, STAR)[-1] < NEAR)


class LinePanel(StepPanel):
    """Room under the lowest loss, for a name beside it."""

    FOOT = 0.2


class ALineSearchAsksFirst(ComparisonScene):
    """With full steps, LBFGS is thrown out of a curved valley, with a line search it is not."""

    title = "Here, LBFGS needs a line search to stay in the valley"
    formula = "L(w + t d) <= L(w) + c_1 t thin nabla L dot d"
    runs = (BARE, SEARCH)
    claims = (
        Claim("With full steps it leaves the map; with a search it does not, and arrives.", (SEARCH,),
              lambda t: leaves(t) > t.steps and arrival(t) < COUNT,
              control=(BARE,), says="needs a line search to stay in the valley"),
        Claim("With full steps it is off the map by step 24.", (BARE,), lambda t: leaves(t) <= OFF),
        Claim("Each step lowers the loss, up to the star.", (SEARCH,), falls_at_each_step, control=(BARE,),
              says="each step lowers the loss"),
        Claim("So it does from six other starts, where full steps do not.",
              tuple(replace(SEARCH, start=start) for start in STARTS),
              each(lambda t: falls_at_each_step(t) and arrival(t) < COUNT),
              control=tuple(replace(BARE, start=start) for start in STARTS)),
        Claim("Full steps do not fall from any of them.", tuple(replace(BARE, start=start) for start in STARTS),
              none(falls_at_each_step)),
        Claim("The first guess is over ten times as high as the start, the one that it takes is lower.", (SEARCH,),
              first_guess_too_far),
        Claim("It arrives after about eighty evaluations, two or three a step.", (SEARCH,),
              lambda t: 70 < arrival(t) < 88 and 2 <= arrival(t) / np.argmax(distances(t, STAR) < NEAR) < 3),
        Claim("It stays there.", (SEARCH,), lasting(stays, (1, 5))),
        Claim("Adam needs over three times as many, at 16 rates.", adams(), none(lambda t: arrival(t) <= 240),
              says="over three times as many"),
    )  # fmt: skip
    unit = "evaluation"
    rate_height = 1.7

    def records(self):
        """On a clock of evaluations: a step lasts as long as it asks."""
        return [replace(t, at=t.evaluations) for t in super().records()]

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k, at=t.at) for k, t in enumerate(self.trajectories)]
        counts = [Series(np.diff(t.at), k, stairs=True, at=t.at) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, True, False, False, gutter, 1e3),
            lambda gutter: StepPanel(
                "evaluations a step", counts, self.steps, lower, False, True, True, gutter, 4, self.unit
            ),
        )

    def lay_out(self):
        """The clock counts the evaluations of the picture's own length."""
        self.steps = COUNT
        super().lay_out()

    def construct(self):
        _, search = self.trajectories
        with self.voiceover(
            "LBFGS remembers gradients, and guesses from them where the bottom is. Here it goes there, at once.",
            "LBFGS goes where it guesses the bottom",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(1, speech.remaining + PAUSE)
        with self.voiceover(
            "But the valley curves: the guess misses. The ball lands high on a wall. Another guess throws it away.",
            "In a curved valley the guess is off",
        ) as speech:
            self.roll(OFF, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "A line search asks before it steps. This is the loss along the first line. The full step lies far too "
            "high.",
            "The loss along the first line",
            reveal=True,
        ) as speech:
            self.play(FadeOut(self.board.marks[0]), run_time=0.4)
            self.roll(0, 0.4)
            panel, marks = self.first_line(search)
            self.play(*self.board.explain(panel), run_time=0.8)
            self.ask(marks[:2], panel, speech.remaining)
        with self.voiceover(
            "It asks again, nearer, until the loss has fallen enough, and the slope along the line has flattened. "
            "There it goes.",
            "It asks until the loss has fallen enough",
        ) as speech:
            self.ask(marks[2:], panel, speech.remaining - 1.0)
        with self.voiceover(
            "Each question costs an evaluation of loss and gradient. Let us count those, not steps. With the search, "
            "each step lowers the loss.",
            "Count evaluations, not steps",
        ) as speech:
            self.play(*map(FadeOut, self.shapes), *self.board.resume(), run_time=0.6)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(45, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "After about eighty evaluations, it reaches the star. Adam asks once a step. At the best of sixteen rates, "
            "it needs over three times as many.",
            "At the star after about eighty evaluations",
        ) as speech:
            self.roll(COUNT, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)

    def first_line(self, search):
        """A panel of the loss along the first line, and a mark for each point that the search asked, in order."""
        theme, found = current_theme(), asked(search, 0)
        start, guess = found[0, :2], found[1, :2]
        shares = np.linspace(0, 1.1, 200)
        line = start + shares[:, None] * (guess - start)
        losses, _ = ROSENBROCK.along(line, SEARCH.dtype)
        series = Series(losses, 1, at=100 * shares)
        panel = self.line_panel(series)
        curve = VMobject(stroke_color=theme.soft, stroke_width=3).set_points_as_corners(panel.place(series.vertices()))
        marks = []
        for k, (w1, w2, loss) in enumerate(found):
            share = 100 * np.hypot(w1 - start[0], w2 - start[1]) / np.hypot(*(guess - start))
            place = panel.point(share, loss)
            name = ("start", "too high", "taken")[min(k, 2)] if k in (0, 1, len(found) - 1) else "again"
            side = DOWN if share > 50 else RIGHT if k else UP
            spot = dots("circle", 0.17, place[None], theme.runs[1] if k else theme.ink)
            onmap = dots("circle", 0.17, self.board.map.to_frame((w1, w2))[None], theme.runs[1] if k else theme.ink)
            marks.append(VGroup(spot, Label(name, SMALL).next_to(spot, side, 0.15), onmap))
        self.shapes = []
        ray = DashedLine(*self.board.map.to_frame(np.array([start, guess])), color=theme.ink, stroke_width=2)
        self.shapes.append(ray)
        self.add(ray)
        return VGroup(panel, curve), marks

    def line_panel(self, series):
        """The panel in the upper one's place, where the board puts what explains."""
        frame = self.board.frame.loss
        box = Box(frame.left, frame.right, frame.bottom, self.board.loss_top)
        for _ in range(2):
            panel = LinePanel("loss along the line", [series], 110, box, True, unit="% of the full step")
            off = np.array((self.board.frame.title.left, self.board.loss_top - 0.15, 0)) - panel.get_corner(UL)
            box = Box(box.left + off[0], box.right + off[0], box.bottom + off[1], box.top + off[1])
        return panel

    def ask(self, marks, panel, seconds):
        """Bring in what was asked, one by one."""
        for mark in marks:
            self.shapes.append(mark)
            self.play(FadeIn(mark), run_time=0.6)
        self.pulse(marks[-1][0], max(seconds - 0.6 * len(marks), 0.7))
