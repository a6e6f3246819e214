"""One step taken apart into arrows, every one of them from the record."""

import numpy as np
from manim import Arrow, VGroup

from descent.record.theory.anatomy import take_apart
from descent.record.trajectories import Trajectory
from descent.stage.geometry import Floats
from descent.stage.maps.loss_map import LossMap
from descent.stage.theme import current_theme


def momentum_parts(trajectory: Trajectory, step: int) -> tuple[Floats, Floats]:
    """What an SGD step with momentum is made of: ``Δw = −η μ v_t − η ∇L(w_t)``.

    Args:
        trajectory: A run of ``torch.optim.SGD`` with momentum.
        step: Which step, at least 1 (before it there is no velocity).

    Returns:
        The carried part ``−η μ v_t`` and the gradient part ``−η ∇L(w_t)``, each of shape (2,); they add up to the
        recorded update.
    """
    parts = take_apart(trajectory)
    return parts.carried[step], parts.gradient[step]


def step_lengths(trajectory: Trajectory) -> Floats:
    """How far every recorded step goes, in parameter units, shape (n,)."""
    lengths: Floats = np.hypot(*trajectory.update.T)
    return lengths


def arrow(loss_map: LossMap, start: Floats, move: Floats, colour: str, width: float = 6.0) -> Arrow:
    """An arrow on the map from parameters ``start`` by the displacement ``move``, both of shape (2,), true to scale."""
    return Arrow(
        loss_map.to_frame(start),
        loss_map.to_frame(start + move),
        buff=0,
        color=colour,
        stroke_width=width,
        max_stroke_width_to_length_ratio=100,
        max_tip_length_to_length_ratio=0.45,
        tip_length=0.2,
    )


def momentum_arrows(trajectory: Trajectory, step: int, loss_map: LossMap) -> VGroup:
    """Carried velocity, gradient and their sum as arrows: from the iterate, tip to tail, and to the next iterate."""
    theme = current_theme()
    carried, downhill = momentum_parts(trajectory, step)
    here = trajectory.params[step]
    return VGroup(
        arrow(loss_map, here, carried, theme.velocity),
        arrow(loss_map, here + carried, downhill, theme.gradient),
        arrow(loss_map, here, trajectory.update[step], theme.update, 4.5),
    )
