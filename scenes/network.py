"""A real network: three optimizers train it from one initialisation, seen on a slice of its loss."""

from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import torch
from manim import *
from torch import nn
from torch.optim import SGD, Adam

from descent import Claim, Surface, Trajectory
from descent.networks import (
    Plane,
    Recording,
    decision_lines,
    loss_on_plane,
    principal_plane,
    record,
    slice_surface,
    to_trajectory,
)
from descent.stage import (
    SAFE,
    SMALL,
    Box,
    ComparisonScene,
    DecisionPanel,
    Label,
    Map,
    Series,
    StepPanel,
    current_theme,
)

STEPS = 200
LOW = 0.1  # the loss that is raced to
BOLD = 10  # a rate at which plain descent is there first
VIEW = ((-1.5, 2.5), (-1.1, 1.6))
OPTIMIZERS = (partial(SGD, lr=0.3), partial(SGD, lr=0.3, momentum=0.9), partial(Adam, lr=0.05))
loss = nn.functional.binary_cross_entropy_with_logits


def two_moons(each: int = 100):
    """Two interleaved half circles with noise: points [2 each, 2] and classes [2 each]."""
    angle = torch.linspace(0, torch.pi, each)
    upper = torch.stack([angle.cos(), angle.sin()], dim=1)
    lower = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], dim=1)
    noise = 0.1 * torch.randn(2 * each, 2, generator=torch.Generator().manual_seed(1))
    return torch.cat([upper, lower]) + noise, torch.cat([torch.zeros(each), torch.ones(each)])


@dataclass(frozen=True)
class Study:
    """The recordings, the plane they are seen on, and its loss."""

    recordings: list[Recording]
    plane: Plane
    surface: Surface
    paths: list[Trajectory]
    on_slice: list[float]  # the loss on the plane below the paths' ends
    on_other: list[float]  # the same on a parallel plane, through the start
    bold: Recording  # plain descent at a rate that suits it better


@cache
def study() -> Study:
    """Train the network, once a process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so that every process adds up in the same order
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            network = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1), nn.Flatten(0))
        data = two_moons()
        recordings = [record(network, loss, optimizer, data, STEPS) for optimizer in OPTIMIZERS]
        plane = principal_plane(*recordings)
        surface = slice_surface(recordings, plane, loss, data)
        below = under_ends(recordings, plane, data)
        beside = under_ends(recordings, replace(plane, origin=recordings[0].params[0].astype(float)), data)
        bold = record(network, loss, partial(SGD, lr=BOLD), data, STEPS)
    finally:
        torch.set_num_threads(threads)
    paths = [to_trajectory(recording, plane, surface) for recording in recordings]
    return Study(recordings, plane, surface, paths, below, beside, bold)


def under_ends(recordings: list[Recording], plane: Plane, data) -> list[float]:
    """The loss on a plane below the paths' ends."""
    below = np.stack([plane.project(recording.params[-1]) for recording in recordings])
    return loss_on_plane(recordings[0], loss, data, plane, below).tolist()


def steps_to(recording: Recording) -> int | None:
    """The first row whose loss is at most LOW."""
    rows = np.flatnonzero(recording.loss <= LOW)
    return int(rows[0]) if rows.size else None


def order_holds() -> bool:
    """Adam is first at the low loss, momentum second, and plain descent does not get there."""
    plain, heavy, adam = map(steps_to, study().recordings)
    return plain is None and heavy is not None and adam is not None and adam < heavy


def bold_is_first() -> bool:
    """Plain descent at the larger rate is at the low loss before Adam and momentum at theirs."""
    _, heavy, adam = map(steps_to, study().recordings)
    bold = steps_to(study().bold)
    return None not in (heavy, adam, bold) and bold < min(heavy, adam)


def slice_is_too_high() -> bool:
    """Every path ends lower than the slice below it."""
    return all(r.loss[-1] < 0.99 * below for r, below in zip(study().recordings, study().on_slice, strict=True))


def path_mean():
    """The mean of all rows of all paths."""
    return np.concatenate([recording.params for recording in study().recordings]).mean(axis=0, dtype=float)


class ANetworkOnASlice(ComparisonScene):
    """Three optimizers train one network; the plane of their paths shows where they go, not how low they get."""

    title = "Here, a slice shows the way, not the depth"
    ground = Map(names=("p_1", "p_2"))
    claims = (
        Claim("The plane holds over nine tenths of the variance.", (), lambda: sum(study().plane.explained) > 0.9),
        Claim("Adam is first, momentum second, plain descent is not there after 200 steps.", (), order_holds),
        Claim("At a larger rate, plain descent is first.", (), bold_is_first),
        Claim(
            "Every path ends lower than the slice below it, Adam's by half.",
            (),
            lambda: slice_is_too_high() and study().recordings[2].loss[-1] < 0.55 * study().on_slice[2],
        ),
        Claim(
            "A parallel slice through the start is higher still.",
            (),
            lambda: all(other > 1.5 * below for below, other in zip(study().on_slice, study().on_other, strict=True)),
        ),
        Claim(
            "The plane goes through the paths' mean.",
            (),
            lambda: bool(study().plane.distance(path_mean()) < 1e-6),
        ),
        Claim("Adam ends off the plane.", (), lambda: study().plane.distance(study().recordings[2].params[-1]) > 1),
    )

    def setup(self):
        self.runs = [path.run for path in study().paths]
        super().setup()

    def records(self):
        return study().paths

    def compose(self):
        frame = super().compose()
        (x0, x1), (y0, y1) = study().surface.domain
        low = frame.map.top - frame.map.width * (y1 - y0) / (x1 - x0)
        return replace(
            frame,
            map=replace(frame.map, bottom=low),
            loss=Box(SAFE.left, frame.map.right, SAFE.bottom, low - 0.55),
            rate=replace(frame.rate, top=frame.title.bottom),
        )

    def make_panels(self, upper, lower):
        under, beside = self.compose().loss, replace(lower, top=upper.top)
        losses = [Series(path.loss, k) for k, path in enumerate(self.trajectories)]
        points, classes = (part.numpy() for part in two_moons())
        x, y = (np.linspace(low, high, 81) for low, high in VIEW)
        lines = [decision_lines(recording, x, y) for recording in study().recordings]
        return (
            StepPanel("loss of the network", losses, self.steps, under, log=True),
            DecisionPanel("its decision between two classes", points, classes, lines, beside, VIEW),
        )

    def lay_out(self):
        super().lay_out()
        box, (one, two) = self.board.map.box, study().plane.explained
        names = VGroup(
            self.board.map.tag(f"first principal component: {one:.0%} of the variance", self.corner(0.5, 0), UP),
        )
        side = Label(f"second component: {two:.0%}", SMALL, current_theme().ink).rotate(PI / 2)
        ground = BackgroundRectangle(side, color=current_theme().chip, fill_opacity=0.82, buff=0.08)
        names.add(VGroup(ground, side).move_to((box.left + 0.5, (box.bottom + box.top) / 2, 0)))
        self.board.map.add(names)

    def corner(self, across, up):
        """A point of the map, as shares of its width and height."""
        (x0, x1), (y0, y1) = study().surface.domain
        return x0 + across * (x1 - x0), y0 + up * (y1 - y0)

    def construct(self):
        weights = study().plane.origin.size
        _, heavy, adam = study().recordings
        one, two = study().plane.explained
        with self.voiceover(
            f"A small network with {weights} weights learns to tell two classes apart. "
            "Three optimizers train it from one start.",
            f"{weights} weights, {STEPS} steps, one start",
        ) as speech:
            self.play(*self.board.reveal(), run_time=1.2)
            self.roll(20, max(speech.remaining - 0.4, 1))
        with self.voiceover(
            f"{weights} dimensions do not fit a picture. This plane through the paths' mean holds most of their "
            f"variance: {one:.0%} and {two:.0%}.",
            "The plane of the first two principal components",
        ) as speech:
            self.roll(60, max(speech.remaining - 0.4, 1))
        with self.voiceover(
            f"Below {LOW:g}: Adam at step {steps_to(adam)}, momentum at {steps_to(heavy)}, plain descent not yet. "
            f"At a rate of {BOLD}, not {OPTIMIZERS[0].keywords['lr']:g}, plain descent would be first.",
            f"At these rates: Adam at step {steps_to(adam)}, momentum at {steps_to(heavy)}",
        ) as speech:
            self.roll(STEPS, max(speech.remaining - 0.4, 1), rate_func=rate_functions.linear)
        shown, other, real = study().on_slice[2], study().on_other[2], adam.loss[-1]
        with self.voiceover(
            f"But look: under Adam's end, the loss on this slice is {shown:.3f}, on a parallel one through the start "
            f"{other:.2f}. The network's own is {real:.3f}.",
            f"Adam's end: {shown:.3f} on this slice, {real:.3f} in truth",
            reveal=True,
        ):
            self.play(
                Flash(self.board.marks[2].position(STEPS), color=current_theme().ink, flash_radius=0.5), run_time=0.8
            )
        off = float(study().plane.distance(adam.params[-1]))
        with self.voiceover(
            f"Adam ends {off:.1f} away from this plane. The slice shows the way, not the depth.",
            f"Adam ends {off:.1f} off the plane",
            around=self.board.marks[2].position(STEPS),
        ):
            pass
        self.wait(1.2)
