"""Muon: a step of a matrix that is as long along its gentle direction as along its steep one."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from manim import *
from torch.optim import Adam, Muon
from torch.optim.lr_scheduler import LinearLR

from descent import Claim, MatrixLoss, Run, Surface, distances, each, lasting, none, same
from descent.stage import PAUSE, SMALL, ComparisonScene, Label, Series, StepPanel, current_theme, stacked

GENTLE, STEPS = 0.35, 40  # how A stretches its second direction, of its first one by one; steps of every run
STAR, NEAR = (0.0, 0.0), 0.1


def bowl(turn):
    """``½‖A W A‖²`` on the plane of the matrices ``c₁ u₁u₁ᵀ + c₂ u₂u₂ᵀ``; A stretches u₁ by 1, u₂ by less."""
    u = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    a = torch.tensor(u @ np.diag([1, GENTLE]) @ u.T)
    loss = MatrixLoss(
        lambda w: ((a.to(w) @ w @ a.to(w)) ** 2).sum((-2, -1)) / 2,
        np.outer(u[:, 0], u[:, 0]),
        np.outer(u[:, 1], u[:, 1]),
        names=("c₁", "c₂"),
    )
    return Surface(
        "matrix bowl", loss, ((-4.2, 2.2), (-4.2, 2.2)), (STAR,), "1/2 norm(A W A)^2",
        "A quadratic loss of a matrix; it bends 67 times as much along one direction as along the other.",
        "no run leaves this plane of matrices",
    )  # fmt: skip


TURNED, STRAIGHT = bowl(math.pi / 4), bowl(0.0)
FADES = partial(LinearLR, start_factor=1.0, end_factor=0.0, total_iters=STEPS)
MEMORY, RATE = (0.5, 0.999), 2.0
ADAM = Run(TURNED, partial(Adam, lr=RATE, betas=MEMORY), (-3.0, -3.0), STEPS, FADES, name="Adam")
MUON = replace(ADAM, optimizer=partial(Muon, lr=0.25, momentum=0.0, weight_decay=0.0), name="Muon")
EASY = replace(ADAM, surface=STRAIGHT, name="Adam, problem turned")


def tuned():
    """Adam at other rates and memories, on the turned problem."""
    settings = [(lr, beta) for beta in (0.0, 0.5, 0.9) for lr in (0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)]
    return tuple(replace(ADAM, optimizer=partial(Adam, lr=lr, betas=(beta, 0.999))) for lr, beta in settings)


def arrives(trajectory):
    """It ends near the star."""
    return bool(distances(trajectory, STAR)[-1] < NEAR)


def roundness(matrices):
    """The smaller singular value as a share of the larger, of matrices ``[n, 2, 2]``."""
    low, high = np.linalg.svd(matrices, compute_uv=False)[:, ::-1].T
    return low / high


def in_the_plane(trajectory):
    """What the map does not show stays nothing, and the loss is that of the map."""
    shown, _ = trajectory.run.surface.along(trajectory.params, torch.float64)
    return np.abs(trajectory.hidden).max() < 1e-5 and np.allclose(trajectory.loss, shown, rtol=1e-3, atol=1e-6)


def round_steps(trajectory):
    """While the gradient is over twenty times as long as wide, the step is under three times as long as wide."""
    long = roundness(trajectory.matrices.grad[:10]) < 1 / 20
    return bool(long.all() and roundness(trajectory.matrices.update[:10]).min() > 1 / 3)


class MuonMakesTheStepRound(ComparisonScene):
    """Adam's scale for each entry cannot help where a matrix's directions are mixtures of entries; Muon's step can."""

    title = "Here, Muon arrives where a scale for each weight does not help"
    formula = "G = U Sigma V^top quad W <- W - eta U V^top"
    runs = (ADAM, MUON, EASY)
    claims = (
        Claim("No run leaves the plane of the map.", (*runs, replace(MUON, surface=STRAIGHT)), each(in_the_plane)),
        Claim("At 24 settings, Adam ends farther than half a unit from the star.", tuned(),
              none(lambda t: distances(t, STAR)[-1] < 0.5),
              says="end short"),
        Claim("Adam ends near the star, if the problem is turned.", (EASY,), arrives, control=(ADAM,),
              says=("Its scale helps where", "where a scale for each weight does not help")),
        Claim("It ends there at the same rate, from the same start.", (ADAM, EASY), same("start", "lr", "optimizer")),
        Claim("Muon ends near the star, turned or not, at rates 10 percent off, too.",
              tuple(replace(MUON, surface=s, optimizer=partial(Muon, **{**MUON.optimizer.keywords, "lr": lr}))
                    for s in (TURNED, STRAIGHT) for lr in (0.225, 0.25, 0.275)), each(arrives)),
        Claim("They stay there.", (MUON, EASY), each(lasting(arrives, (1, 5))), control=(ADAM, ADAM)),
        Claim("Muon's step is nearly round, the gradient is not.", (MUON,), round_steps, control=(ADAM,),
              says=("Muon's step is nearly round", "as far along the gentle direction")),
        Claim("At first, the gradient's entries differ by under 4 percent, and Adam's step is a line.", (ADAM,),
              lambda t: (np.ptp(np.abs(t.matrices.grad[0])) < 0.04 * np.abs(t.matrices.grad[0]).max()
                         and roundness(t.matrices.update[:1])[0] < 1e-4),
              says=("nearly of one size", "remains a line")),
        Claim("Adam is on the valley's floor by step 10, and has most of the way along it before it.", (ADAM,),
              lambda t: np.abs(t.params[10:, 0]).max() < 0.3 and t.params[10, 1] < -1.5),
    )  # fmt: skip
    rate_height = 1.7

    def make_panels(self, upper, lower):
        losses = [Series(t.loss, k) for k, t in enumerate(self.trajectories)]
        away = [Series(distances(t, STAR), k) for k, t in enumerate(self.trajectories)]
        return stacked(
            lambda gutter: StepPanel("loss", losses, self.steps, upper, step_axis=False, gutter=gutter),
            lambda gutter: StepPanel("distance to the star", away, self.steps, lower, False, True, True, gutter, 6.5),
        )

    def construct(self):
        adam, muon, _ = self.trajectories
        with self.voiceover(
            "The weights of a layer are a matrix. This loss bends steeply along one direction of it, gently along "
            "another. Here is Adam, well tuned.",
            "A loss of a matrix, and Adam, well tuned",
        ) as speech:
            self.play(*self.board.reveal([0]), run_time=1.0)
            self.roll(10, speech.remaining + PAUSE, rate_func=linear)
        with self.voiceover(
            "It soon reaches the valley floor. There it creeps, and its rate runs out before the star. Other rates and "
            "memories end short, too.",
            "Along the floor Adam creeps",
        ) as speech:
            self.roll(STEPS, speech.remaining + PAUSE, rate_func=linear)
        cells = self.cells(adam.matrices, muon.matrices)
        self.shapes = []
        with self.voiceover(
            "The gradient is a matrix, too. Applied to a circle, it gives an ellipse. Here that is very thin, almost a "
            "line.",
            "A matrix turns a circle into an ellipse",
            reveal=True,
        ) as speech:
            self.play(*self.board.explain(self.row(cells)), run_time=0.8)
            self.show(cells[0], max(speech.remaining - 0.4, 1.0))
        with self.voiceover(
            "Its four entries are nearly of one size. Adam scales each by its own. The step remains a line: "
            "far along one direction, hardly along the other.",
            "A scale for each entry leaves it a line",
        ) as speech:
            self.show(cells[1], max(speech.remaining - 0.2, 1.0))
        with self.voiceover(
            "Muon leaves the directions of the ellipse as they are, and brings its half axes, the singular values, to "
            "about one length. Now the step goes as far along the gentle direction.",
            "Muon's step is nearly round",
        ) as speech:
            self.show(cells[2], 2.6)
            self.play(FadeOut(self.board.marks[0]), run_time=0.4)
            self.roll(0, 0.4)
            self.play(*self.board.enter(1), run_time=0.6)
            self.roll(STEPS, max(speech.remaining + PAUSE, 3.0), rate_func=linear)
        with self.voiceover(
            "Now turn the problem, until each direction is a single entry. The map looks as before, and Adam arrives. "
            "Its scale helps where directions are single weights.",
            "Turned to single entries, Adam arrives",
        ) as speech:
            self.play(*map(FadeOut, self.shapes), *self.board.resume(), run_time=0.6)
            self.roll(0, 0.6)
            self.play(*self.board.enter(2), FadeIn(self.board.marks[0].follow(self.clock)), run_time=0.6)
            self.roll(STEPS, max(speech.remaining + PAUSE, 4.0), rate_func=linear)
        self.wait(1.6)

    def row(self, cells):
        """The circles with what each will become under them."""
        return VGroup(*(VGroup(circle, name) for circle, _, name in cells)).arrange(RIGHT, buff=0.45)

    def cells(self, adam, muon):
        """Of the first step: a circle, the ellipse that a matrix makes of it, and the matrix's name."""
        theme, found = current_theme(), []
        named = (("gradient", -adam.grad[0], theme.gradient), ("Adam's step", adam.update[0], theme.runs[0]),
                 ("Muon's step", muon.update[0], theme.runs[1]))  # fmt: skip
        for name, matrix, colour in named:
            circle = Circle(RADIUS, stroke_color=theme.soft, stroke_width=2)
            ellipse = Circle(RADIUS, stroke_color=colour, stroke_width=5)
            ellipse.apply_matrix(matrix / np.linalg.norm(matrix, 2))
            found.append((circle, ellipse, Label(name, SMALL).next_to(circle, DOWN, 0.2)))
        return found

    def show(self, cell, seconds):
        """A circle becomes its ellipse, which then pulses."""
        circle, ellipse, _ = cell
        ellipse.move_to(circle)
        moving = circle.copy().set_stroke(ellipse.get_stroke_color(), 5)
        self.shapes.append(moving)
        self.play(Transform(moving, ellipse), run_time=min(seconds, 2.4))
        if seconds > 4:
            self.pulse(circle, seconds - 2.4)


RADIUS = 0.48
