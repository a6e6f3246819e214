"""Theory beside the picture: on a quadratic, the error splits by eigenvector, and the curvatures tell the best rate."""

from functools import partial

import numpy as np
from manim import *
from torch.optim import SGD

from descent import (
    VALLEY,
    Claim,
    Run,
    best_lr,
    contraction,
    each,
    errors,
    loss_parts,
    predicted_errors,
    spectrum,
    trace,
)
from descent.stage import (
    Bands,
    Box,
    ErrorParts,
    LossMap,
    OutcomeBySetting,
    RunMarks,
    RunScene,
    bands_panel,
    compose,
    current_theme,
    direction_colours,
    maths,
    swatch,
)

AXES = spectrum(VALLEY)
FLAT, STEEP = AXES.curvatures.tolist()
BEST = best_lr(VALLEY)
START = tuple((AXES.directions @ (4.8, 1.1)).round(1).tolist())  # as much loss in either direction
SLOW, WILD, RIGHT_RATE = (Run(VALLEY, partial(SGD, lr=lr), START, 40) for lr in (0.1, 0.52, BEST))
SWEEP = [Run(VALLEY, partial(SGD, lr=lr), START, 1) for lr in np.linspace(0.04, 0.52, 13).round(2).tolist()]


def as_predicted(trajectory):
    """Every recorded error is the closed form's, to the rounding of float32 weights, and none leaves the numbers."""
    off = np.abs(errors(trajectory) - predicted_errors(trajectory)).max(axis=1)
    size = np.maximum(np.abs(errors(trajectory)).max(axis=1), 1)
    return trajectory.diverged_at is None and (off <= 1e-5 * size).all()


def flat_part(trajectory, step):
    """The share of the loss that is left in the flat direction."""
    flat, steep = loss_parts(trajectory)[step]
    return flat / (flat + steep)


def shrinks_alike(trajectory):
    """Both parts of the error keep the same share, in every one of the first ten steps."""
    left = np.abs(errors(trajectory)[1:11] / errors(trajectory)[:10])
    return np.allclose(left, left[0, 0], rtol=1e-3)


def adds_up(*trajectories):
    """The loss is half of curvature times error squared, summed over the eigenvectors."""
    parts = [(AXES.curvatures * errors(t) ** 2).sum(axis=1) / 2 for t in trajectories]
    return all(np.allclose(part, t.loss, rtol=1e-3, atol=1e-4) for part, t in zip(parts, trajectories, strict=True))


def flips(trajectory):
    """At every step the steep part of the error changes its sign."""
    steep = errors(trajectory)[:, 1]
    return (steep[1:] * steep[:-1] < 0).all()


def best_of(best, *others):
    """What a step keeps of the part that shrinks least: no run of another rate keeps less, nor does the closed form."""
    kept, *more = (float(np.abs(errors(t)[1] / errors(t)[0]).max()) for t in (best, *others))
    finely = contraction(np.linspace(0, 1, 2001)[:, None], AXES.curvatures).max(axis=1)
    known = np.isclose(kept, (AXES.condition - 1) / (AXES.condition + 1), rtol=1e-3)
    return known and kept <= min(*more, finely.min()) + 1e-5


class ErrorSplitsByEigenvector(RunScene):
    """On a quadratic each eigenvector's error shrinks by a factor of its own; the slowest sets the pace."""

    title = "On a quadratic, the error splits by eigenvector"
    formula = 'eta = 2 / (lambda_"flat" + lambda_"steep")'
    runs = (SLOW, WILD, RIGHT_RATE)
    claims = (
        Claim("Each part of the error follows its closed form.", runs, each(as_predicted),
              says="the error splits by eigenvector"),
        Claim("Each adds half its curvature times its square to the loss.", runs, adds_up),
        Claim("At the low rate, the flat direction holds all loss soon.", (SLOW,), lambda t: flat_part(t, 10) > 0.99),
        Claim("At the high rate, it is in the steep one at step 30.", (WILD,), lambda t: flat_part(t, 30) < 0.05),
        Claim("There the steep part flips sides at every step.", (WILD,), flips, says="flips sides at every step"),
        Claim("At the best rate both shrink alike.", (RIGHT_RATE,), shrinks_alike),
        Claim("No other rate keeps less of its slower part.", (RIGHT_RATE, *SWEEP), best_of,
              says=("No rate does better", "no rate beats")),
        Claim(
            "After 40 steps it is lower than both others.",
            runs,
            lambda a, b, c: 100 * c.loss[40] < min(a.loss[40], b.loss[40]),
        ),
    )  # fmt: skip

    def lay_out(self):
        """The map; beside it the bands of each run in a row, under them what a step leaves, against the rate."""
        frame = compose(VALLEY, 3)
        self.map = LossMap(VALLEY, frame.map)
        self.minima = self.map.minimum_marks()
        self.marks = [RunMarks(t, self.map, k) for k, t in enumerate(self.trajectories)]
        self.set_title(frame.title)
        column, top = frame.title, self.below_note(lines=2)
        width, gap = (column.width - 0.3) / 3, 0.15
        boxes = [
            Box(column.left + k * (width + gap), column.left + k * (width + gap) + width, top - 2.35, top - 0.3)
            for k in range(3)
        ]
        self.panels = [
            bands_panel(self.trajectories, f"loss at lr {run.lr:g}", self.steps, box)
            for run, box in zip(self.runs, boxes, strict=True)
        ]
        self.bands = [Bands(t, panel) for t, panel in zip(self.trajectories, self.panels, strict=True)]
        self.strokes = [ErrorParts(t, self.map) for t in self.trajectories]
        self.heads = [swatch(k, (box.left + 0.31, box.top + 0.12, 0)) for k, box in enumerate(boxes)]
        self.lower = Box(column.left, column.right, frame.legend.bottom, top - 2.5)

    def construct(self):
        slow, wild, _ = self.trajectories
        keep, alike = contraction(slow.run.lr, FLAT), contraction(BEST, FLAT)

        with self.voiceover(
            "On a quadratic, the error splits by eigenvector. There is a flat part, and a steep part. "
            "Each adds to the loss half its curvature times its square.",
            "The loss: half of curvature times error squared, summed",
        ) as speech:
            self.add(self.map, self.minima, self.heading)
            axes = self.axes_on_map()
            self.play(*map(FadeIn, (*axes, *self.enter(0))), run_time=1.0)
            third = (speech.remaining - 0.2) / 3
            self.pulse(axes[1], third)
            self.pulse(axes[3], third)
            self.roll(1, third)
        with self.voiceover(
            "Each step leaves a fixed share of each part. "
            f"At a low learning rate, {keep:.0%} of the flat part remains. It drags on.",
            f"Rate {slow.run.lr:g}: the flat part is left",
        ) as speech:
            self.roll(slow.steps, speech.remaining - 0.2, rate_func=rate_functions.ease_in_sine)
        with self.voiceover(
            "At a high learning rate, the flat part goes sooner. But the steep part flips sides at every step. "
            "Now that drags on.",
            f"Rate {wild.run.lr:g}: now the steep part drags on",
        ) as speech:
            self.follow_next(1, speech.remaining - 1.6)
        with self.voiceover(
            "The slower part decides. At the best rate both are alike: two over the sum of the curvatures. "
            f"Of both, {alike:.0%} is left.",
            f"Best rate: {alike:.0%} of both parts is left",
            reveal=True,
        ) as speech:
            self.play(*map(FadeIn, self.shares()), run_time=0.8)
            self.follow_next(2, speech.remaining - 1.6)
        with self.voiceover(
            "No rate does better here. Call the ratio of the curvatures kappa. "
            "What stays is kappa minus one, over kappa plus one.",
            f"κ = {AXES.condition:.0f}: no rate beats (κ−1)/(κ+1) = {alike:.0%} a step",
            around=axes[1::2],
        ):
            pass
        self.wait(1.2)

    def axes_on_map(self):
        """The two eigenvectors through the minimum, as thin lines with their names."""
        colours, parts = direction_colours(), []
        for k, (word, at) in enumerate((("flat", 3.9), ("steep", 2.9))):
            way = AXES.directions[:, k]
            ends = self.map.to_frame(AXES.minimum + np.outer((-6.5, 6.5) if k == 0 else (-4.2, 4.2), way))
            parts.append(Line(*ends, stroke_width=1.6, color=colours[k]).set_stroke(opacity=0.8))
            parts.append(
                self.map.tag(f"{word}, λ = {AXES.curvatures[k]:.1f}", AXES.minimum - at * way, LEFT + 0.4 * UP)
            )
        return parts

    def enter(self, k):
        """A run's ball, strokes, bands and panel, on the clock."""
        moving = [picture.follow(self.clock) for picture in (self.strokes[k], self.marks[k], self.bands[k])]
        return [self.panels[k], self.heads[k], *moving]

    def follow_next(self, k, seconds):
        """Back to the start, and down again with the next run; the strokes are its error now."""
        self.roll(0, 0.7)
        self.play(FadeOut(self.strokes[k - 1], self.marks[k - 1]), *map(FadeIn, self.enter(k)), run_time=0.6)
        self.roll(self.steps, max(seconds, 2.0), rate_func=rate_functions.ease_in_sine)

    def shares(self):
        """What a step keeps of either part, against the rate: the closed form, and a dot for each of some real runs."""
        colours = direction_colours()
        measured = [np.abs(errors(t)[1] / errors(t)[0]) for t in map(trace, SWEEP)]
        rates = np.array([run.lr for run in SWEEP])
        panel = OutcomeBySetting(
            "share of the error that a step keeps", "learning rate", np.tile(rates, 2),
            np.stack(measured, axis=1).ravel(), [colour for colour in colours for _ in SWEEP], self.lower,
        )  # fmt: skip
        lines = []
        across = np.linspace(rates[0], rates[-1], 400)
        for curvature, colour in zip(AXES.curvatures, colours, strict=True):
            spots = [panel.point(lr, kept) for lr, kept in zip(across, contraction(across, curvature), strict=True)]
            lines.append(VMobject(stroke_color=colour, stroke_width=3).set_points_as_corners(spots))
        foot, top = panel.point(BEST, 0.0), panel.point(BEST, contraction(BEST, FLAT))
        mark = DashedLine(foot, top, dash_length=0.08, stroke_width=2.2, color=current_theme().ink)
        words = maths(f"2 \\/ (lambda_1 + lambda_n) = {BEST:g}", 32).move_to(panel.point(0.27, 0.64))
        return [panel, *lines, panel.dots, mark, words]
