"""A real network: three optimizers train it from one initialisation, seen on a slice of its loss."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from manim import *
from torch import nn
from torch.optim import SGD, Adam

from descent import Claim, Surface, Trajectory
from descent.networks import (
    LossLine,
    Plane,
    Recording,
    decision_lines,
    loss_to_truth,
    principal_plane,
    record,
    slice_surface,
    to_trajectory,
)
from descent.stage import (
    PAUSE,
    Box,
    ComparisonScene,
    DecisionPanel,
    Graph,
    GraphPanel,
    Map,
    OnClock,
    Series,
    StepPanel,
    current_theme,
    grown,
)

STEPS = 100
VIEW = ((-1.5, 2.5), (-1.1, 1.6))
RATES = (2.0, 1.0, 0.2)
KINDS = (partial(SGD), partial(SGD, momentum=0.9), partial(Adam))
OPTIMIZERS = tuple(partial(kind, lr=lr) for kind, lr in zip(KINDS, RATES, strict=True))
DOUBLED = tuple(partial(kind, lr=2 * lr) for kind, lr in zip(KINDS, RATES, strict=True))
ADAM = 2
loss = nn.functional.binary_cross_entropy_with_logits


def two_moons(each: int = 100):
    """Two interleaved half circles with noise: points [2 each, 2] and classes [2 each]."""
    angle = torch.linspace(0, torch.pi, each)
    upper = torch.stack([angle.cos(), angle.sin()], dim=1)
    lower = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], dim=1)
    noise = 0.1 * torch.randn(2 * each, 2, generator=torch.Generator().manual_seed(1))
    return torch.cat([upper, lower]) + noise, torch.cat([torch.zeros(each), torch.ones(each)])


def network(seed=3):
    """Sixteen hidden units: 65 weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1), nn.Flatten(0))


@dataclass(frozen=True)
class Study:
    """The recordings, the plane they are seen on, and its loss.

    Attributes:
        recordings: Of each optimizer.
        plane: The plane of their principal components.
        surface: The loss on it.
        paths: The recordings on it.
        rises: The loss on the way from the plane straight to each path's end.
        heights: ``[n+1]``, how far Adam's path is off the plane, towards its end.
        doubled: ``[3]``, the highest loss of each optimizer at twice its rate.
    """

    recordings: list[Recording]
    plane: Plane
    surface: Surface
    paths: list[Trajectory]
    rises: list[LossLine]
    heights: np.ndarray
    doubled: np.ndarray


@cache
def study() -> Study:
    """Train the network, once a process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so that every process adds up in the same order
    try:
        start, data = network(), two_moons()
        recordings = [record(start, loss, optimizer, data, STEPS) for optimizer in OPTIMIZERS]
        doubled = [record(start, loss, optimizer, data, STEPS // 2).loss.max() for optimizer in DOUBLED]
        plane = principal_plane(*recordings)
        surface = slice_surface(recordings, plane, loss, data)
        rises = [loss_to_truth(recording, plane, loss, data) for recording in recordings]
    finally:
        torch.set_num_threads(threads)
    paths = [to_trajectory(recording, plane, surface) for recording in recordings]
    params = recordings[ADAM].params
    off = params - plane.lift(plane.project(params))
    return Study(recordings, plane, surface, paths, rises, off @ (off[-1] / np.linalg.norm(off[-1])), np.array(doubled))


def bears():
    """Each optimizer's loss never rises above its start's, and at twice the rate it does."""
    losses = [recording.loss for recording in study().recordings]
    return all(loss.max() == loss[0] for loss in losses) and (study().doubled > [loss[0] for loss in losses]).all()


def slice_is_too_high(share=0.6):
    """Every path ends lower than the slice below it, by much."""
    rises = study().rises
    ends = [recording.loss[-1] for recording in study().recordings]
    return all(rise.loss[-1] < share * rise.loss[0] for rise in rises) and np.allclose(
        ends, [rise.loss[-1] for rise in rises], rtol=1e-3
    )


def path_mean():
    """The mean of all rows of all paths."""
    return np.concatenate([recording.params for recording in study().recordings]).mean(axis=0, dtype=float)


class Space(OnClock):
    """A path in space over its map: the map's plane with a grid, the path, its shadow, and what lies between them.

    Seen from above, the plane is the map, and the path its own shadow.

    Args:
        ground: The map.
        path: ``[n+1, 2]``, the shadow, in the map's units.
        heights: ``[n+1]``, how far the path is off the plane, in the same units.
        index: Of the run, for its colour.
        tilt: How high the eye is, in degrees: 90 is above.
        bare: Whether only the path is seen.
    """

    def __init__(self, ground, path, heights, index, tilt, bare=False):
        super().__init__()
        self.box, self.tilt = ground.box, tilt
        self.feet, self.rise = ground.to_frame(path), heights * float(ground.scale_per_unit[0])
        theme = current_theme()
        self.grid = VMobject(stroke_color=theme.line, stroke_width=1.2, stroke_opacity=0.8)
        self.shadow = VMobject(stroke_color=theme.soft, stroke_width=3.4)
        self.drops = VMobject(stroke_color=theme.soft, stroke_width=1.4, stroke_opacity=0.8)
        self.line = VMobject(stroke_color=theme.runs[index], stroke_width=4)
        self.marker = Dot(radius=0.11, color=theme.runs[index], stroke_width=2.2, stroke_color=theme.rim)
        self.add(*(() if bare else (self.grid, self.shadow, self.drops)), self.line, self.marker)
        self.at_step(0.0)

    def seen(self, points, rise=0.0):
        """Where points of the map stand in the frame, so far above it."""
        angle, centre = np.radians(self.tilt.get_value()), self.box.centre
        turn = (np.pi / 2 - angle) * 0.2
        x, y = (points - centre)[..., 0], (points - centre)[..., 1]
        size = 1 - 0.09 * np.cos(angle)
        across, up = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        return centre + size * np.stack([across, up * np.sin(angle) + rise * np.cos(angle), 0 * x], axis=-1)

    def at_step(self, step):
        """Draw the path up to a step."""
        row = float(np.clip(step, 0, len(self.rise) - 1))
        rows = np.append(np.arange(int(row) + 1.0), row)
        feet = np.stack([np.interp(rows, np.arange(len(self.rise)), part) for part in self.feet.T], axis=1)
        rise = np.interp(rows, np.arange(len(self.rise)), self.rise)
        low, high = self.seen(feet), self.seen(feet, rise)
        every = [*range(0, int(row) + 1, 4), -1]
        self.grid.set_points(lines([self.seen(part) for part in self.ruled()]))
        self.shadow.set_points(lines([low]))
        self.drops.set_points(lines([np.stack([low[k], high[k]]) for k in every]))
        self.line.set_points(lines([high]))
        self.marker.move_to(high[-1])
        return self

    def ruled(self):
        """The plane's lines, from edge to edge."""
        box = self.box
        for share in np.linspace(0, 1, 7):
            x, y = box.left + share * box.width, box.bottom + share * box.height
            yield np.array([(x, box.bottom, 0), (x, box.top, 0)])
            yield np.array([(box.left, y, 0), (box.right, y, 0)])


def lines(polylines):
    """Several polylines as points of one path."""
    found = [np.zeros((0, 3))]
    for line in polylines:
        start, end = line[:-1, None], line[1:, None]
        share = np.array([0, 1 / 3, 2 / 3, 1])[:, None]
        found.append(((1 - share) * start + share * end).reshape(-1, 3))
    return np.concatenate(found)


class ANetworkOnASlice(ComparisonScene):
    """Three optimizers train one network; the plane of their paths shows where they go, not how low they get."""

    title = "Here, a slice shows the way, not the depth"
    ground = Map(names=("p_1", "p_2"))
    claims = (
        Claim("The plane holds four fifths of the paths' variance.", (), lambda: sum(study().plane.explained) > 0.8),
        Claim("No loss rises above its start; at twice the rate each does.", (), bears,
              says="the highest rate that never lifts its loss above the start's"),
        Claim("Every path ends lower than the slice below it, by two fifths at least.", (), slice_is_too_high,
              says="every path ends lower than the slice below it"),
        Claim("Adam's ends at less than two fifths of the loss below it.", (),
              lambda: study().rises[ADAM].loss[-1] < 0.4 * study().rises[ADAM].loss[0]),
        Claim("On the way from the slice to Adam's end the loss falls all the way.", (),
              lambda: bool((np.diff(study().rises[ADAM].loss) < 0).all()), says="the loss falls all the way"),
        Claim("The plane goes through the paths' mean.", (), lambda: bool(study().plane.distance(path_mean()) < 1e-6)),
        Claim("Adam ends off the plane, by what the picture in space shows.", (),
              lambda: bool(study().heights[-1] > 1 and np.isclose(
                  study().heights[-1], study().plane.distance(study().recordings[ADAM].params[-1])))),
    )  # fmt: skip

    def setup(self):
        self.runs = [path.run for path in study().paths]
        super().setup()

    def records(self):
        return study().paths

    def make_panels(self, upper, lower):
        """The losses, and the two classes with the lines between them; in their place, later, the way off the plane."""
        whole = Box(upper.left, upper.right, lower.bottom, upper.top)
        middle = whole.bottom + 0.62 * whole.height
        losses = [Series(path.loss, k) for k, path in enumerate(self.trajectories)]
        points, classes = (part.numpy() for part in two_moons())
        x, y = (np.linspace(low, high, 81) for low, high in VIEW)
        between = [decision_lines(recording, x, y) for recording in study().recordings]
        self.below = Box(whole.left, whole.right, whole.bottom, middle - 0.15)
        return (
            StepPanel("loss of the network", losses, self.steps, Box(whole.left, whole.right, middle, whole.top), True),
            DecisionPanel("two classes, and the line between them", points, classes, between, self.below, VIEW),
        )

    def lay_out(self):
        super().lay_out()
        self.tilt = ValueTracker(LOW)
        adam = study().paths[ADAM]
        self.alone, self.space = (
            Space(self.board.map, adam.params, study().heights, ADAM, self.tilt, bare).follow(self.clock)
            for bare in (True, False)
        )
        rise = study().rises[ADAM]
        top = float(rise.loss[0]) * 1.2
        name = "the loss, from the slice up to Adam's end"
        self.way = GraphPanel(name, (0, 1), (0, top), self.below, "share of the way")
        at, points = np.linspace(0, STEPS, len(rise.at)), np.stack([rise.at, rise.loss], axis=1)
        self.fall = Graph(self.way, grown(points), at, current_theme().runs[ADAM], None, points)
        self.climbing = ValueTracker(0.0)
        self.climber = Dot(radius=0.11, color=current_theme().runs[ADAM], stroke_width=2.2)
        self.climber.add_updater(self.climb)

    def climb(self, dot):
        """The ball on its way from the shadow of Adam's end to the end."""
        share, space = self.climbing.get_value() / STEPS, self.space
        return dot.move_to(space.seen(space.feet[-1:], share * space.rise[-1:])[0])

    def construct(self):
        board = self.board
        with self.voiceover(
            "A small network learns to tell classes apart. Its weights together are one point in space, "
            "and training draws a curve.",
            "Training draws a curve in the space of weights",
        ) as speech:
            self.add(self.alone, self.heading)
            losses, between = board.curves
            self.play(
                *map(FadeIn, (*board.panels, losses[ADAM].follow(self.clock), between[ADAM].follow(self.clock))),
                run_time=1.0,
            )
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "That space has many more dimensions than a picture. Lay a plane through it, and drop each point straight "
            "onto that. What you see is a shadow.",
            "On a plane, the curve has a shadow",
        ) as speech:
            self.roll(0, 0.5)
            self.play(FadeIn(self.space), run_time=1.0)
            self.remove(self.alone)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "From above, the height is gone. The map tells the loss on the plane, under the curve.",
            "From above: the loss on the plane",
        ) as speech:
            self.play(self.tilt.animate.set_value(90.0), run_time=max(speech.remaining - 1.2, 2.5))
            self.play(FadeIn(board.map), FadeOut(self.space), run_time=0.8)
        with self.voiceover(
            "Here are three optimizers, each at the highest rate that never lifts its loss above the start's. "
            "The map shows where they go. Does it show how low they get?",
            "Three optimizers, each at the highest rate that it bears",
        ) as speech:
            self.roll(0, 0.4)
            self.play(
                FadeIn(board.legend),
                *(each for each in board.enter(0, 1, 2) if each.mobject not in (losses[ADAM], between[ADAM])),
                run_time=0.8,
            )
            self.roll(STEPS, max(speech.remaining, 3.0), rate_func=linear)
        rise = study().rises[ADAM].loss
        with self.voiceover(
            f"Under Adam's end the map tells a loss of {rise[0]:.3f}. The network's own is {rise[-1]:.3f}.",
            f"On the map {rise[0]:.3f}, in truth {rise[-1]:.3f}",
            reveal=True,
            around=board.marks[ADAM].position(STEPS),
        ):
            pass
        self.leave_the_plane(*between)

    def leave_the_plane(self, *between):
        """Up from the shadow to the curve: that way, the loss falls."""
        board = self.board
        with self.voiceover(
            "Leave the plane, then. Go straight up, from the shadow to the curve. The loss falls all the way.",
            "From the slice up to Adam's end",
        ) as speech:
            self.play(
                *map(FadeOut, (board.map, *board.marks, board.panels[1], *between)), FadeIn(self.space), run_time=0.8
            )
            self.play(self.tilt.animate.set_value(LOW), FadeIn(self.way), run_time=1.6)
            self.add(self.climber)
            self.play(FadeIn(self.fall.follow(self.climbing)), run_time=0.3)
            self.play(self.climbing.animate.set_value(STEPS), run_time=speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "That fall is the depth. It leads away from the plane. A slice misses that.",
            "Every path ends lower than the slice below it",
            around=self.climber.get_center(),
        ):
            pass
        self.wait(1.6)


LOW = 32.0  # degrees above the plane, from which the curve in space is seen
