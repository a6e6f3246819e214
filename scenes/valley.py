"""Two solutions of one network: a barrier on the straight line between them, and a valley around it."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from manim import *
from network import VIEW, loss, network, two_moons
from torch.optim import Adam

from descent import Claim, Surface
from descent.networks import (
    Connection,
    LossLine,
    Plane,
    Recording,
    connect,
    decision_lines,
    loss_between,
    plane_through,
    record,
    scan_slice,
)
from descent.stage import (
    PAUSE,
    SAFE,
    SMALL,
    Box,
    DecisionPanel,
    Graph,
    GraphPanel,
    Label,
    LossMap,
    OnClock,
    RecordedScene,
    current_theme,
    grown,
)

STEPS, TOGETHER = 150, 50  # of training; of those that the control's runs take together
TRIES = 200  # steps that train the curve
RATE = 0.05


def batches(seed):
    """The points in ten batches, in an order of their own."""
    points, classes = two_moons()
    order = torch.randperm(len(points), generator=torch.Generator().manual_seed(seed))
    return [(points[some], classes[some]) for some in order.split(20)]


def train(start, data, steps):
    """Train a network."""
    return record(start, loss, partial(Adam, lr=RATE), data, steps)


@dataclass(frozen=True)
class Study:
    """Two solutions and what lies between them.

    Attributes:
        runs: Trained from two seeds.
        between: The straight line between their ends, and the curve that was trained.
        parted: The straight line between two runs that took their first steps together.
        at_once: The same between two runs that shared but their start.
        plane: Through both ends and the curve's middle.
        surface: The loss there.
    """

    runs: list[Recording]
    between: Connection
    parted: LossLine
    at_once: LossLine
    plane: Plane
    surface: Surface


def parted_after(steps, seed):
    """The straight line between two runs that took so many steps together, and then saw batches of their own."""
    data, start = two_moons(), network(seed)
    if steps:
        start = train(start, data, steps).network(-1, "train")
    return loss_between(*(train(start, batches(own), STEPS - steps) for own in (1, 2)), loss, data)


def study_of(seeds=(0, 1), together=TOGETHER) -> Study:
    """Train from two seeds, and look at what lies between the ends."""
    data = two_moons()
    runs = [train(network(seed), data, STEPS) for seed in seeds]
    between = connect(*runs, loss, data, TRIES, optimizer=partial(Adam, lr=RATE))
    parted, at_once = parted_after(together, seeds[0]), parted_after(0, seeds[0])
    ends = [run.params[-1].astype(float) for run in runs]
    plane = plane_through(*ends, between.middle)
    found = scan_slice(runs, plane, loss, data, 41, view=view_of(plane, ends, between))
    return Study(runs, between, parted, at_once, plane, found.surface())


def view_of(plane, ends, between):
    """What the map shows: the ends and the whole curve, with room around them."""
    points = np.concatenate([plane.project(np.stack(ends)), bend(plane, ends, between)])
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, 0.66 * float((high - low).max())
    return tuple((float(at - half), float(at + half)) for at in middle)


def bend(plane, ends, between):
    """The curve on the plane, ``[41, 2]``: it lies in it."""
    a, b = plane.project(np.stack(ends))
    c, t = plane.project(between.middle), between.curve.at[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * c + t**2 * b


@cache
def study() -> Study:
    """Train, once a process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so that every process adds up in the same order
    try:
        return study_of()
    finally:
        torch.set_num_threads(threads)


def ends():
    """The loss of each solution."""
    return [float(run.loss[-1]) for run in study().runs]


class Way(OnClock):
    """A way on the map, as far as the clock has come, with a ball at its end.

    Args:
        points: ``[m, 3]``, in the frame.
        last: The clock's last step.
        colour: Its ink.
    """

    def __init__(self, points, last, colour):
        super().__init__()
        self.points_seen, self.last = points, last
        self.line = VMobject(stroke_color=colour, stroke_width=4)
        self.marker = Dot(radius=0.12, color=colour, stroke_width=2.2, stroke_color=current_theme().rim)
        self.add(self.line, self.marker)
        self.at_step(0.0)

    def at_step(self, step):
        """Draw it up to a step."""
        row = step / self.last * (len(self.points_seen) - 1)
        rows = np.append(np.arange(int(row) + 1.0), row)
        way = np.stack([np.interp(rows, np.arange(len(self.points_seen)), x) for x in self.points_seen.T], axis=1)
        self.line.set_points_as_corners(way)
        self.marker.move_to(way[-1])
        return self


class TheValleyBetweenTwoSolutions(RecordedScene):
    """From two seeds a network finds two solutions: straight on there is a barrier, on a curve there is none."""

    title = "Here, a barrier lies between two solutions, and a valley around it"
    formula = "(1 - t)^2 a + 2 t (1 - t) c + t^2 b"
    last = STEPS
    claims = (
        Claim("Both solutions have a loss under 0.02.", (), lambda: max(ends()) < 0.02),
        Claim("On the straight line the loss rises to over twenty times theirs.", (),
              lambda: study().between.straight.loss.max() > 20 * max(ends())),
        Claim("On the curve it stays under twice the higher of theirs.", (),
              lambda: study().between.curve.loss.max() < 2 * max(ends()),
              control=lambda: study().between.straight.loss.max() < 2 * max(ends())),
        Claim("Its barrier is under a twentieth of the straight line's.", (),
              lambda: study().between.curve.barrier < 0.05 * study().between.straight.barrier),
        Claim("Between two runs that parted late the straight line's barrier is under a hundredth.", (),
              lambda: study().parted.barrier < 0.01 * study().between.straight.barrier,
              control=lambda: study().at_once.barrier < 0.01 * study().between.straight.barrier,
              says="no barrier"),
        Claim("The map's plane holds both ends and the curve.", (),
              lambda: bool(max(study().plane.distance(run.params[-1].astype(float)) for run in study().runs) < 1e-4)),
    )  # fmt: skip

    def lay_out(self):
        """The map at the left; title, then the classes or the loss on the way, at the right."""
        theme, found = current_theme(), study()
        column = Box(0.75, SAFE.right, SAFE.bottom, SAFE.top)
        self.map = LossMap(
            found.surface, Box(SAFE.left + 0.62, 0.2, SAFE.bottom + 0.4, SAFE.top - 0.08), names=("p_1", "p_2")
        )
        self.set_title(column)
        side = Box(column.left, column.right, column.bottom, self.below_note(lines=2))
        two = [run.params[-1].astype(float) for run in found.runs]
        a, b = found.plane.project(np.stack(two))
        self.spots = [self.spot(place, name) for place, name in ((a, "first"), (b, "second"))]
        straight = self.map.to_frame(np.linspace(a, b, len(found.between.straight.at)))
        round_ = self.map.to_frame(bend(found.plane, two, found.between))
        self.ways = [Way(way, self.last, theme.runs[k]).follow(self.clock) for k, way in ((2, straight), (3, round_))]
        self.profile = GraphPanel(
            "the loss on the way",
            (0, 1),
            (0, 1.15 * float(found.between.straight.loss.max())),
            side,
            "share of the way",
        )
        lines = (found.between.straight, found.between.curve, found.parted)
        at = found.between.straight.at * self.last
        self.graphs = []
        for k, line in enumerate(lines, 2):
            points = np.stack([line.at, line.loss], axis=1)
            self.graphs.append(Graph(self.profile, grown(points), at, theme.runs[k], None, points).follow(self.clock))
        self.names = []
        for k, words in enumerate(("straight", "on the curve", "parted late"), 2):
            row = self.profile.box.top - 0.05 - 0.42 * (k - 2)
            name = Label(words, SMALL).sit((self.profile.box.right - 1.25, row - 0.1, 0))
            key = Line(0.22 * LEFT, 0.22 * RIGHT, color=theme.runs[k], stroke_width=4)
            self.names.append(VGroup(key.move_to((self.profile.box.right - 1.7, row, 0)), name))
        points, classes = (part.numpy() for part in two_moons())
        x, y = (np.linspace(low, high, 81) for low, high in VIEW)
        between = [decision_lines(run, x, y) for run in found.runs]
        self.classes = DecisionPanel("two classes, and where networks part them", points, classes, between, side, VIEW)
        self.borders = [each.follow(self.clock) for each in self.classes.curves()]

    def spot(self, place, name):
        """A solution on the map, with its name."""
        dot = Dot(self.map.to_frame(place), radius=0.12, color=current_theme().ink)
        return VGroup(dot, self.map.tag(f"{name} solution", place, DOWN))

    def construct(self):
        with self.voiceover(
            "A network is trained. Then it is trained again, from another random start. Each time, it parts "
            "the classes.",
            "One network, trained from different starts",
        ) as speech:
            self.add(self.map, self.heading)
            self.play(*map(FadeIn, (self.classes, *self.borders)), run_time=1.0)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Here are both solutions, on a plane of weights. Walk straight between them. What happens to the loss?",
            "Walk straight from one to the other",
        ) as speech:
            self.play(*map(FadeIn, self.spots), *map(FadeOut, (self.classes, *self.borders)), run_time=1.0)
            self.play(FadeIn(self.profile), run_time=0.6)
            self.pulse([spot[0] for spot in self.spots], speech.remaining)
        with self.voiceover(
            "It rises, over twenty times as high as at the ends. A barrier.",
            "Straight on, there is a barrier",
            reveal=True,
        ) as speech:
            self.begin(0)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "Is there a wall around each? Pull the middle of the line aside. Train it for a low loss. On "
            "this curve, the loss hardly rises.",
            "On a trained curve, the loss stays low",
        ) as speech:
            self.begin(1)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "And solutions that begin as one? These parted after a while. Straight from one to the other, "
            "the loss does not rise.",
            "Runs that part late: no barrier",
        ) as speech:
            self.begin(2)
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "What looks like separate valleys may be one. It bends.",
            "Separate valleys may be one that bends",
            around=self.ways[1].line,
        ):
            pass
        self.wait(1.6)

    def begin(self, k):
        """Bring in a way, from its start."""
        self.roll(0, 0.4)
        self.play(*map(FadeIn, (*self.ways[k : k + 1], self.graphs[k], self.names[k])), run_time=0.6)
