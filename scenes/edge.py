"""The edge of stability: trained on all data, a network's loss bends ever more sharply, up to two over the rate."""

from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import torch
from manim import *
from torch import nn
from torch.optim import SGD

from descent import Claim
from descent.networks import (
    Plane,
    Recording,
    hessian_plane,
    loss_along,
    loss_on_plane,
    record,
    sharpness,
    stability_limit,
)
from descent.stage import (
    BODY,
    PAUSE,
    SAFE,
    SMALL,
    Box,
    Graph,
    GraphPanel,
    Label,
    RecordedScene,
    Series,
    StepPanel,
    StepReadout,
    current_theme,
    dots,
    grown,
    level,
    maths,
    swatch,
)

HIGH, LOW, GENTLE, STEPS = 0.3, 0.15, 0.05, 1000
EVERY, RARELY = 10, 50  # steps between two measurements of the sharpness, while it swings, and otherwise
ONSET, SETTLED = 160, 24  # cuts keep the direction they have here; steps from a burst's top to its end
REACH, VIEW = 0.75, 0.6  # of a cut, in weight units to each side of its lowest point; and of the picture
SEEN = 100  # the step at which the cut is seen first
squared = nn.functional.mse_loss


def curve():
    """Twenty points of a sine: places and heights, [20, 1] each."""
    x = torch.linspace(-1, 1, 20)[:, None]
    return x, torch.sin(torch.pi * x)


def network(seed: int = 0):
    """Two hidden layers of eight: 97 weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))


@dataclass(frozen=True)
class Trained:
    """A run on all points, and how sharply its loss bends on the way.

    Attributes:
        run: The recording.
        at: ``[m]``, the steps at which the sharpness was measured.
        sharp: ``[m]``, the sharpness.
        limit: Two over the rate.
    """

    run: Recording
    at: np.ndarray
    sharp: np.ndarray
    limit: float


@dataclass(frozen=True)
class Study:
    """The same network at several rates.

    Attributes:
        high: At the high rate.
        low: At half of it.
        spared: At the high rate up to its first burst, then at half of it.
        gentle: At a sixth of the high rate.
        halfway: ``[n]``, the loss halfway between the high rate's step and the next one.
    """

    high: Trained
    low: Trained
    spared: Trained
    gentle: Recording
    halfway: np.ndarray


def trained(start, rate, rows):
    """Train a network up to the last of some rows, and measure the sharpness at all of them."""
    run = record(start, squared, partial(SGD, lr=rate), curve(), max(rows))
    return Trained(run, np.array(rows, float), sharpness(run, squared, curve(), rows), float(stability_limit(run)[0]))


@cache
def study() -> Study:
    """Train the network at both rates, once a process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so that every process adds up in the same order
    try:
        rarely = range(0, STEPS + 1, RARELY)
        often = [*range(0, STEPS // 2, EVERY), *rarely[len(rarely) // 2 :]]
        high = trained(network(), HIGH, often)
        spared = trained(high.run.network(ONSET), LOW, [0, round(40 * HIGH / LOW)])
        gentle = record(network(), squared, partial(SGD, lr=GENTLE), curve(), STEPS)
        params = high.run.params
        middles = replace(high.run, params=np.concatenate([(params[1:] + params[:-1]) / 2, params[-1:]]))
        halfway = loss_along(middles, squared, curve())[:-1]
        return Study(high, trained(network(), LOW, [*rarely]), spared, gentle, halfway)
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True)
class Cuts:
    """Cuts through the loss at steps of the high rate's run, where it bends most, from the lowest point of each.

    Attributes:
        at: ``[k]``, the steps.
        shapes: ``[k, m, 2]``, places along the cut, and the loss above its lowest point.
        ball: ``[k, 2]``, where the network itself is on it.
    """

    at: np.ndarray
    shapes: np.ndarray
    ball: np.ndarray


@cache
def cuts() -> Cuts:
    """The cuts up to the end of the first burst; in it, they keep the direction that they had before."""
    run, data = study().high.run, curve()
    at = [*range(0, ONSET, EVERY), *range(ONSET, ONSET + 80)]
    places, wide, along = np.linspace(-REACH, REACH, 61), np.linspace(-2 * REACH, 2 * REACH, 121), None
    shapes, balls = [], []
    for row in at:
        if row <= ONSET:
            first, second = hessian_plane(run, squared, data, row).axes
            along = first if along is None or first @ along > 0 else -first
        plane = Plane(run.params[row].astype(float), np.stack([along, second]))
        loss = loss_on_plane(run, squared, data, plane, np.stack([wide, 0 * wide], axis=1))
        lowest = bottom(wide, loss)
        height = np.interp(places + lowest, wide, loss)
        shapes.append(np.stack([places, height - height.min()], axis=1))
        balls.append((-lowest, np.interp(0, wide, loss) - height.min()))
    return Cuts(np.array(at, float), np.array(shapes), np.array(balls))


def bottom(places, values):
    """Where a curve is lowest: the vertex of the parabola through its lowest point and both beside it."""
    k = int(np.clip(values.argmin(), 1, len(values) - 2))
    before, here, after = values[k - 1 : k + 2]
    return places[k] + (places[1] - places[0]) * (before - after) / (2 * (before - 2 * here + after))


def hovers(one, since, limit=None):
    """From a step on its sharpness is by the limit: in the mean within 8 percent, and always within 30."""
    share = one.sharp[one.at >= since] / (limit or one.limit)
    return abs(share.mean() - 1) < 0.08 and share.min() > 0.7 and share.max() < 1.3


def first_rise(one):
    """The first step that raises the loss; infinite if none does."""
    rises = np.flatnonzero(np.diff(one.run.loss) > 0)
    return int(rises[0]) if rises.size else np.inf


def sharp_at(one, step):
    """The sharpness at a step."""
    return float(np.interp(step, one.at, one.sharp))


def peak():
    """The top of the high rate's first burst: rounding decides, by a few steps, when that is."""
    return int(study().high.run.loss[100:250].argmax()) + 100


def swings(first, last):
    """How far the network is from the lowest point of the cut, from a step to another, and on which side."""
    found = cuts()
    return found.ball[(first <= found.at) & (found.at <= last), 0]


def grows(swing):
    """Each is on the other side, and farther out."""
    return bool((swing[1:] * swing[:-1] < 0).all() and (np.abs(swing[1:]) > np.abs(swing[:-1])).all())


def falls(sharp):
    """From over the high rate's line to under it."""
    return bool(sharp[0] > study().high.limit > sharp[-1])


def lost_on_a_quadratic():
    """As many steps on the quadratic that bends as the cut does before the burst: how far out they end."""
    across = 1 - HIGH * sharp_at(study().high, ONSET)
    return abs(swings(ONSET, ONSET)[0] * across ** (peak() + SETTLED - ONSET))


def fit_of(runs, place, clock):
    """The points, and what some networks say between them: the panel, and a curve a run."""
    panel = GraphPanel("the points, and what the network says", (-1.1, 1.1), (-1.3, 1.3), place, "x")
    x, y = (part[:, 0].numpy() for part in curve())
    panel.add(dots("circle", 0.15, panel.place(np.stack([x, y], axis=1)), current_theme().ink))
    finely, rows = torch.linspace(-1.1, 1.1, 67)[:, None], range(0, STEPS + 1, 5)
    curves = []
    for k, run in enumerate(runs):
        with torch.no_grad():
            told = [run.network(row)(finely)[:, 0].numpy() for row in rows]
        shapes = np.stack([np.broadcast_to(finely[:, 0].numpy(), np.shape(told)), told], axis=2).astype(float)
        curves.append(Graph(panel, shapes, rows, current_theme().runs[k], DASHES[k]).follow(clock))
    return panel, curves


def cut_of(place, clock):
    """The cut through the loss, with the network as a ball on it: the panel, and what moves."""
    theme, found = current_theme(), cuts()
    name = "a cut through the loss, where it bends most"
    panel = GraphPanel(name, (-VIEW, VIEW), (-0.06, 1.15), place, "way along the cut")
    ball = np.maximum(found.ball, (-9, 0))
    return panel, Graph(panel, found.shapes, found.at, theme.ink, None, ball, theme.runs[0]).follow(clock)


class SharpnessRisesToTwoOverEta(RecordedScene):
    """On all data, the sharpness of a network's loss rises to two over the rate, and stays about there."""

    title = "Here, the sharpness rises to two over the rate"
    formula = "lambda_max approx 2 / eta"
    last = STEPS
    claims = (
        Claim("Up to step 160 the sharpness rises, from the lowest value on.", (),
              lambda: bool((np.diff(study().high.sharp[7:17]) > 0).all()
                           and study().high.sharp[16] > 1.5 * study().high.sharp[7])),
        Claim("It passes two over the rate, and then each step lands on the other side, farther out.", (),
              lambda: sharp_at(study().high, ONSET) > study().high.limit and grows(swings(peak() - 10, peak() - 2))
              and 5 <= peak() - first_rise(study().high) <= 20,
              says="every step lands on the other side"),
        Claim("The quadratic of that sharpness would throw it out by over a thousand; the loss lets it back.", (),
              lambda: lost_on_a_quadratic() > 1000 and np.abs(swings(peak(), peak())[0]) > 0.3
              and np.abs(swings(peak() + SETTLED, peak() + SETTLED)[0]) < 0.02),
        Claim("In the burst the sharpness falls under the line; spared it by half the rate, it goes on rising.", (),
              lambda: falls(np.array([sharp_at(study().high, ONSET), sharp_at(study().high, peak() + SETTLED)])),
              control=lambda: falls(study().spared.sharp)),
        Claim("From step 200 to 1000 the sharpness is about two over the rate.", (),
              lambda: hovers(study().high, 200),
              control=lambda: hovers(study().low, 200, study().high.limit)),
        Claim("At half the rate it rises past the first line, and no step raises the loss.", (),
              lambda: sharp_at(study().low, 500) > 1.5 * study().high.limit and first_rise(study().low) > 600),
        Claim("From step 600 to 1000 it is about its own line.", (), lambda: hovers(study().low, 600),
              control=lambda: hovers(study().high, 600, study().low.limit)),
        Claim("The loss falls in the long run, in every block of 500 steps.", (),
              lambda: study().high.run.loss[500:].mean() < 0.5 * study().high.run.loss[:500].mean()),
    )  # fmt: skip

    def lay_out(self):
        """A picture at the left, which changes; title and both panels at the right."""
        column = Box(0.35, SAFE.right, SAFE.bottom, SAFE.top)
        self.place = Box(SAFE.left, -0.25, SAFE.bottom, SAFE.top)
        self.set_title(column)
        top, foot = self.below_note(lines=2), column.bottom + 0.95
        middle = foot + 0.56 * (top - foot)
        theme, both = current_theme(), (study().high, study().low)
        losses = [Series(one.run.loss, k) for k, one in enumerate(both)]
        bends = [Series(one.sharp, k, at=one.at) for k, one in enumerate(both)]
        upper, lower = replace(column, bottom=middle + 0.1, top=top), replace(column, bottom=foot, top=middle)
        self.loss = StepPanel("loss", losses, self.steps, upper, True, step_axis=False, gutter=GUTTER)
        self.bend = StepPanel("sharpness", bends, self.steps, lower, False, from_zero=True, gutter=GUTTER, ceiling=16.0)
        self.curves = [
            [a.follow(self.clock), b.follow(self.clock)]
            for a, b in zip(self.loss.curves(), self.bend.curves(), strict=True)
        ]
        self.names = []
        for k, rate in enumerate((HIGH, LOW)):
            left = column.left + 2.15 * k
            self.names.append(
                VGroup(
                    swatch(k, (left + 0.31, column.bottom + 0.2, 0)),
                    Label(f"rate {rate:g}", BODY).sit((left + 0.8, column.bottom + 0.1, 0)),
                )
            )
        word = Label("step", SMALL, theme.soft).sit((column.right - 2.0, column.bottom + 0.1, 0))
        self.step_now = VGroup(word), StepReadout(self.steps, (column.right, column.bottom + 0.1, 0)).follow(self.clock)
        self.lines = [level(self.bend, one.limit, f"2 / {rate:g}") for one, rate in zip(both, (HIGH, LOW), strict=True)]
        for line in self.lines:  # the curves are at the left
            line[1].shift((self.bend.box.right - 0.1 - line[1].get_right()[0], 0, 0))
        self.fit, self.fitted = fit_of([one.run for one in both], self.place, self.clock)
        self.cut, self.bowl = cut_of(self.place, self.clock)
        x, found = np.linspace(-VIEW, VIEW, 61), cuts()
        self.edge = self.cut.still(np.stack([x, x**2 / HIGH], axis=1), theme.soft, 2.6, (0.12, 0.08))
        self.edge_name = maths("2 / eta", 34, theme.soft).move_to(self.cut.place(np.array([[0.4, 0.22]]))[0])
        self.before = self.cut.still(found.shapes[list(found.at).index(SEEN)], theme.soft, 2.2)

    def construct(self):
        with self.voiceover(
            "A small network learns this curve, by gradient descent. Its loss falls.",
            "A network learns a curve",
        ) as speech:
            self.add(self.fit, self.fitted[0], self.heading)
            self.play(*map(FadeIn, (self.loss, self.curves[0][0], self.names[0], *self.step_now)), run_time=1.0)
            self.roll(60, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Cut through the loss where it bends most: a bowl. Its curvature is called sharpness.",
            "How much the cut bends is its sharpness",
        ) as speech:
            self.play(*map(FadeOut, (self.fit, self.fitted[0])), *map(FadeIn, (self.cut, self.bowl)), run_time=1.2)
            self.play(*map(FadeIn, (self.bend, self.curves[0][1])), run_time=0.8)
            self.roll(SEEN, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "As training goes on, the bowl becomes narrower, and the sharpness rises. How far?",
            "The bowl becomes narrower. How far?",
        ) as speech:
            self.play(FadeIn(self.before), run_time=0.5)
            self.roll(ONSET, max(speech.remaining, 3.0), rate_func=linear)
        with self.voiceover(
            "There is a line, at two over the learning rate. Beyond it, every step lands on the other side, "
            "farther out.",
            "Beyond 2/η, steps land farther out",
            reveal=True,
        ) as speech:
            self.play(FadeOut(self.before), Create(self.lines[0][0]), FadeIn(self.lines[0][1]), run_time=0.8)
            self.play(Create(self.edge), FadeIn(self.edge_name), run_time=0.8)
            self.roll(peak(), speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "A quadratic would throw this run out. But out there this loss bends less. The sharpness falls below the "
            "line, and the swing dies.",
            "Farther out, this loss bends less",
        ) as speech:
            self.roll(peak() + SETTLED, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Then it rises again. Up and down, about the line. In the long run, the loss falls.",
            "Up and down, about the line",
        ) as speech:
            self.play(
                *map(FadeOut, (self.cut, self.bowl, self.edge, self.edge_name)),
                *map(FadeIn, (self.fit, self.fitted[0])),
                run_time=1.0,
            )
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Halve the rate, and the line is twice as high. This run passes the first line in peace, and rises to its "
            "own.",
            "Half the rate, twice the sharpness",
        ) as speech:
            self.roll(0, 0.4)
            self.play(*map(FadeIn, (*self.lines[1], self.names[1], self.fitted[1], *self.curves[1])), run_time=0.8)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)


def ups(loss):
    """The share of the steps that raise a loss."""
    return float((np.diff(loss) > 0).mean())


def blocks():
    """The middle loss of each two hundred steps of the high rate."""
    return np.median(study().high.run.loss[:-1].reshape(5, -1), axis=1)


class LossUpStillDown(RecordedScene):
    """Trained on all data, a network's loss rises between steps again and again, and falls over the long run."""

    title = "Here, the loss rises again and again, and still falls in the long run"
    last = STEPS
    claims = (
        Claim("In the six steps before the first burst's top each raises the loss, by over five times together.", (),
              lambda: bool((np.diff(study().high.run.loss[peak() - 6 : peak() + 1]) > 0).all()
                           and study().high.run.loss[peak()] > 5 * study().high.run.loss[peak() - 6])),
        Claim("Within 80 steps it is lower than before the burst.", (),
              lambda: bool(study().high.run.loss[peak() : peak() + 80].min()
                           < 0.9 * study().high.run.loss[: peak()].min())),
        Claim("Between a quarter and two fifths of its steps go up.", (),
              lambda: 0.25 < ups(study().high.run.loss) < 0.4),
        Claim("The middle loss of 200 steps falls up to step 800, and is under a tenth of the first by 1000.", (),
              lambda: bool((np.diff(blocks()[:4]) < 0).all() and blocks()[4] < 0.1 * blocks()[0])),
        Claim("Halfway between two steps of the first burst the loss stays under a seventh of the burst's top.", (),
              lambda: study().halfway[peak() - 10 : peak() + 10].max() < 0.15 * study().high.run.loss[peak()]),
        Claim("At a sixth of the rate no step raises the loss.", (), lambda: ups(study().gentle.loss) == 0,
              control=lambda: ups(study().high.run.loss) == 0, says="no step raises the loss"),
        Claim("After 1000 steps that run has four times the loss.", (),
              lambda: study().gentle.loss[-1] > 4 * study().high.run.loss[900:].max()),
    )  # fmt: skip

    def lay_out(self):
        """The losses at the left; title and, under it, the fit or the cut at the right."""
        theme, high = current_theme(), study().high.run
        self.place = Box(SAFE.left, 0.35, SAFE.bottom + 0.95, SAFE.top)
        column = Box(0.95, SAFE.right, SAFE.bottom, SAFE.top)
        self.set_title(column)
        side = replace(column, top=self.below_note(lines=2))
        steps = np.arange(ZOOM[0], ZOOM[1] + 1)
        self.near = GraphPanel("loss", ZOOM, (0, 1.05), self.place, "step")
        points = np.stack([steps, high.loss[steps]], axis=1)
        self.burst = Graph(self.near, grown(points), steps, theme.runs[0], ball=points).follow(self.clock)
        losses = [Series(each, k) for k, each in enumerate((high.loss, study().halfway, study().gentle.loss))]
        self.far = StepPanel("loss", losses, self.steps, self.place, True)
        self.curves = [each.follow(self.clock) for each in self.far.curves()]
        self.names = []
        for k, words in enumerate((f"rate {HIGH:g}", "halfway", f"rate {GENTLE:g}")):
            left = SAFE.left + 0.3 + 2.25 * k
            name = Label(words, BODY).sit((left + 0.8, SAFE.bottom + 0.3, 0))
            self.names.append(VGroup(swatch(k, (left + 0.31, SAFE.bottom + 0.4, 0)), name))
        self.fit, (self.fitted,) = fit_of([high], side, self.clock)
        self.cut, self.bowl = cut_of(side, self.clock)

    def construct(self):
        with self.voiceover(
            "A network learns a curve by gradient descent, and its loss falls. Then it rises, step after step.",
            "The loss falls. Then it rises, step after step",
        ) as speech:
            self.clock.set_value(ZOOM[0])
            self.add(self.near, self.burst, self.fit, self.fitted, self.names[0], self.heading)
            self.roll(peak(), speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Is training going wrong? Would you stop it here?",
            "Would you stop it here?",
            around=self.near.place(np.array([[peak(), study().high.run.loss[peak()]]]))[0],
        ):
            pass
        with self.voiceover(
            "Go on, and the loss comes back, lower than before. Then it bursts again, and again. "
            "One step in three goes up.",
            "One step in three goes up",
            reveal=True,
        ) as speech:
            self.play(*map(FadeOut, (self.near, self.burst)), *map(FadeIn, (self.far, self.curves[0])), run_time=1.0)
            self.roll(600, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "And still, from burst to burst, the loss between them is lower. In the long run it falls.",
            "In the long run, the loss falls",
        ) as speech:
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "How? Look at the first burst. The network swings from wall to wall. Halfway between two steps, "
            "the loss hardly rises: along the floor, it goes on down.",
            "Across it swings, along the floor it goes down",
        ) as speech:
            self.roll(ONSET + 5, 0.6)
            self.play(*map(FadeOut, (self.fit, self.fitted)), *map(FadeIn, (self.cut, self.bowl)), run_time=0.8)
            self.play(*map(FadeIn, (self.curves[1], self.names[1])), run_time=0.6)
            self.roll(peak() + SETTLED, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "At a sixth of the rate, no step raises the loss. But after as many steps, it is far higher.",
            "Without a rise, and far behind",
        ) as speech:
            self.play(
                *map(FadeOut, (self.cut, self.bowl)),
                *map(FadeIn, (self.curves[2], self.names[2], self.fit, self.fitted)),
                run_time=0.8,
            )
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        self.wait(1.6)


GUTTER = 0.75  # room for the numbers beside both panels
DASHES = (None, (0.16, 0.1))  # of the networks' curves
ZOOM = (140, 180)  # the steps that are looked at first
