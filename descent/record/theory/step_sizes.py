"""Step sizes: how far an optimizer moves per unit of gradient, and how far it may before it runs away."""

import numpy as np
from torch.optim import SGD, RMSprop

from descent.base.errors import DescentError
from descent.record.matrices import MatrixLoss
from descent.record.surfaces import Array, Point, Surface
from descent.record.trajectories import Trajectory

_PLANE = "Surface {!r} shows two of a matrix's directions, and may curve more in others."


def step_sizes(trajectory: Trajectory) -> Array:
    """What each step multiplied each parameter's gradient by: ``update[k] = −step_sizes[k] · grad[k]``.

    For plain SGD that is the learning rate, for RMSprop ``lr / (√square_avg + eps)``, as recorded.

    Args:
        trajectory: A run of `torch.optim.SGD` or `torch.optim.RMSprop`, without momentum and with their other
            settings at their defaults, except ``lr``, ``alpha`` and ``eps``.

    Returns:
        Shape ``[n, 2]``, one factor per step and parameter.

    Raises:
        DescentError: If the steps of this optimizer are not a multiple of the gradient.
    """
    if trajectory.matrices is not None:
        raise DescentError("Step sizes are told of single parameters, and not of a matrix's two shown coordinates.")
    optimizer = trajectory.run.optimizer
    extra = {name for name, value in optimizer.keywords.items() if value} - {"lr", "alpha", "eps"}
    if optimizer.func not in (SGD, RMSprop) or extra:
        raise DescentError(
            f"{trajectory.run.label!r} does not step along its gradient alone; step sizes are told for plain SGD "
            "and RMSprop only."
        )
    rates = trajectory.rates
    if optimizer.func is SGD:
        return rates
    sizes: Array = rates / (np.sqrt(trajectory.state["square_avg"]) + optimizer.keywords.get("eps", 1e-8))
    return sizes


def largest_stable_step(surface: Surface, point: Point) -> float:
    """The learning rate past which plain gradient descent runs away from a minimum: ``2 / λmax``.

    λmax is the largest eigenvalue of the Hessian. A step multiplies the distance along its eigenvector by
    ``1 − lr·λmax``, which is below −1 for any larger rate.

    Args:
        surface: The loss.
        point: Where its curvature is taken; infinite where the surface curves down in every direction.

    >>> from descent.record.named_surfaces import VALLEY
    >>> round(largest_stable_step(VALLEY, (0, 0)), 3)
    0.526
    """
    if isinstance(surface.loss, MatrixLoss):
        raise DescentError(_PLANE.format(surface.name))
    steepest = float(np.linalg.eigvalsh(surface.hessian(*point)).max())
    return 2 / steepest if steepest > 0 else float("inf")
