"""Theory of gradient descent and heavy ball on quadratics: closed forms to hold the recorded runs against."""

from dataclasses import dataclass

import numpy as np
from torch.optim import SGD

from descent.base.errors import DescentError
from descent.record.matrices import MatrixLoss
from descent.record.surfaces import Array, Surface, read_only
from descent.record.trajectories import Trajectory

_EXACT = 1e-6  # relative


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A quadratic bowl's axes: ``L(w) = L_min + ½ Σ λ_i ((w − w*)·q_i)²``.

    Attributes:
        minimum: ``[2]``, the bottom ``w*``; of a gutter, the point of its floor nearest to the origin.
        curvatures: ``[2]``, the Hessian's eigenvalues ``λ``, the smaller one first.
        directions: ``[2, 2]``, the unit eigenvectors ``q_i`` as columns, in the same order.
    """

    minimum: Array
    curvatures: Array
    directions: Array

    @property
    def condition(self) -> float:
        """The condition number ``λ_n / λ_1``."""
        return float(self.curvatures[1] / self.curvatures[0])


def spectrum(surface: Surface) -> Spectrum:
    """The axes of a quadratic surface.

    Args:
        surface: A loss whose gradient is linear.

    Raises:
        DescentError: If it is not quadratic over its view, or curves down somewhere.

    >>> from descent import VALLEY
    >>> spectrum(VALLEY).curvatures.round(6).tolist()
    [0.2, 3.8]
    """
    if isinstance(surface.loss, MatrixLoss):
        raise DescentError(f"Surface {surface.name!r} shows two of a matrix's directions, and its error has more axes.")
    (left, right), (bottom, top) = surface.domain
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    hessian, slope = surface.hessian(*middle), surface.gradient(*middle)
    for w in np.random.default_rng(0).uniform((left, bottom), (right, top), (8, 2)):
        expected = slope + hessian @ (w - middle)
        if not np.allclose(surface.gradient(*w), expected, rtol=_EXACT, atol=_EXACT * np.abs(hessian).max(initial=1)):
            raise DescentError(f"Surface {surface.name!r} is not quadratic, so its error has no fixed axes.")
    curvatures, directions = np.linalg.eigh(hessian)
    if curvatures[0] < -_EXACT * curvatures[1]:
        raise DescentError(f"Surface {surface.name!r} has no minimum: it curves down in one direction.")
    minimum = middle - np.linalg.pinv(hessian, rcond=_EXACT) @ slope
    directions = directions * np.where(directions.sum(axis=0) < 0, -1, 1)
    return Spectrum(*map(read_only, (minimum, np.maximum(curvatures, 0.0), directions)))


def errors(trajectory: Trajectory) -> Array:
    """How far each row is from the minimum along each eigenvector: ``(w − w*)·q_i``, shape ``[n + 1, 2]``.

    Raises:
        DescentError: If the surface is not quadratic.
    """
    axes = spectrum(trajectory.run.surface)
    along: Array = (trajectory.params - axes.minimum) @ axes.directions
    return along


def loss_parts(trajectory: Trajectory) -> Array:
    """The loss above the minimum, split by eigenvector: ``½ λ_i ((w − w*)·q_i)²``, shape ``[n + 1, 2]``.

    Raises:
        DescentError: If the surface is not quadratic.
    """
    parts: Array = spectrum(trajectory.run.surface).curvatures * errors(trajectory) ** 2 / 2
    return parts


def best_lr(surface: Surface) -> float:
    """The rate at which gradient descent's slowest direction is fastest: ``2 / (λ_1 + λ_n)``.

    There the flattest and the steepest direction shrink alike, by ``(κ − 1)/(κ + 1)`` a step.
    Polyak (1964), USSR Computational Mathematics 4(5).

    Raises:
        DescentError: If the surface is not quadratic.

    >>> from descent import VALLEY
    >>> round(best_lr(VALLEY), 6)
    0.5
    """
    return float(2 / spectrum(surface).curvatures.sum())


def contraction(lr: float | Array, curvature: float | Array) -> Array:
    """What a step of gradient descent leaves of the error along an eigenvector: ``|1 − lr λ|``."""
    return np.abs(1 - np.asarray(lr) * curvature)


def best_heavy_ball(surface: Surface) -> tuple[float, float]:
    """The rate and the momentum at which heavy ball's slowest direction is fastest, both directions critically damped.

    ``lr = (2 / (√λ_1 + √λ_n))²`` and ``momentum = ((√κ − 1) / (√κ + 1))²``; each step then leaves ``√momentum``.
    Polyak (1964), USSR Computational Mathematics 4(5).

    Raises:
        DescentError: If the surface is not quadratic.
    """
    slow, fast = np.sqrt(spectrum(surface).curvatures)
    return float((2 / (slow + fast)) ** 2), float(((fast - slow) / (fast + slow)) ** 2)


def critical_momentum(lr: float, curvature: float) -> float:
    """The momentum between creeping and swinging: ``(1 − √(lr λ))²``.

    >>> round(critical_momentum(0.1, 0.4), 6)
    0.64
    """
    return float((1 - np.sqrt(lr * curvature)) ** 2)


def damping(lr: float, momentum: float, curvature: float) -> str:
    """How heavy ball comes to rest along an eigenvector: "underdamped", "critically damped" or "overdamped".

    The roots of ``σ² − (1 + momentum − lr λ) σ + momentum`` are complex, equal or real: the ball swings through the
    minimum, returns as fast as it can without that, or creeps.
    """
    limit = critical_momentum(lr, curvature)
    if np.isclose(momentum, limit, rtol=_EXACT):
        return "critically damped"
    return "underdamped" if momentum > limit else "overdamped"


def heavy_ball(lr: float, momentum: float, curvature: float, start: float, steps: int) -> Array:
    """Heavy ball's error along an eigenvector in closed form: ``c₁ σ₁^k + c₂ σ₂^k``, or ``(1 + c k) σ^k`` if critical.

    It starts at rest; σ are the roots that :func:`damping` names. Without momentum it is ``(1 − lr λ)^k``.

    Args:
        lr: The learning rate.
        momentum: What a step keeps of the last one.
        curvature: The eigenvalue λ.
        start: The error at step 0.
        steps: How many steps.

    Returns:
        ``[steps + 1]``.
    """
    k = np.arange(steps + 1)
    half = (1 + momentum - lr * curvature) / 2
    first = 1 - lr * curvature  # the error after one step, per start
    if momentum == 0:
        return np.asarray(start * first**k)
    if damping(lr, momentum, curvature) == "critically damped":
        root = np.sign(half) * np.sqrt(momentum)
        return np.asarray(start * (1 + (first / root - 1) * k) * root**k)
    spread = np.emath.sqrt(half**2 - momentum)
    one, other = half + spread, half - spread
    share = (first - other) / (one - other)
    return np.asarray(start * np.real(share * one**k + (1 - share) * other**k))


def predicted_errors(trajectory: Trajectory) -> Array:
    """What theory says of :func:`errors`: each eigenvector on its own, by :func:`heavy_ball`, shape ``[n + 1, 2]``.

    Args:
        trajectory: A run of `torch.optim.SGD` at a constant rate, with ``lr`` and ``momentum`` only.

    Raises:
        DescentError: If the optimizer has other settings or a scheduler, or the surface is not quadratic.
    """
    run = trajectory.run
    extra = {name for name, value in run.optimizer.keywords.items() if value} - {"lr", "momentum"}
    if run.optimizer.func is not SGD or extra or run.scheduler is not None:
        raise DescentError(f"The closed form is of SGD with a constant rate and momentum only, not of {run.label!r}.")
    momentum = float(run.optimizer.keywords.get("momentum", 0.0))
    pairs = zip(spectrum(run.surface).curvatures.tolist(), errors(trajectory)[0].tolist(), strict=True)
    return np.stack([heavy_ball(run.lr, momentum, *pair, trajectory.steps) for pair in pairs], axis=1)
