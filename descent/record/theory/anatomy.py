"""The inside of a step: what each recorded step of an optimizer is made of, from the record alone."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.optim import SGD, Adam, AdamW, RMSprop

from descent.base.errors import DescentError
from descent.record.surfaces import Array, read_only
from descent.record.trajectories import Trajectory

_SLACK = 0.01  # of the parts' size: far above any rounding, far below what another momentum would make


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """Every step of a run in parts that add up to the recorded update.

    With the recorded gradient ``g``, ``step = −scale · (memory of earlier gradients + gain · (g + weight_decay · w))``,
    but for `AdamW`, whose decay ``−lr · weight_decay · w`` stays outside of the bracket.

    Attributes:
        trajectory: The run.
        carried: ``[n, 2]``, what the buffer of earlier gradients moves the parameters; zero without momentum.
        gradient: ``[n, 2]``, what the step's own gradient moves them.
        decay: ``[n, 2]``, what the step's own weight decay moves them.
        scale: ``[n, 2]``, what the direction of each parameter is multiplied by: the learning rate for `SGD`,
            ``lr / (√square_avg + eps)`` for `RMSprop`, the same with both bias corrections for `Adam`.
    """

    trajectory: Trajectory
    carried: Array
    gradient: Array
    decay: Array
    scale: Array

    @property
    def parts(self) -> dict[str, Array]:
        """The parts by name, each ``[n, 2]``, without those that are zero throughout; their sum is the update."""
        named = {"momentum": self.carried, "gradient": self.gradient, "weight decay": self.decay}
        return {name: part for name, part in named.items() if part.any()}

    @property
    def reach(self) -> Array:
        """``[n, 2]``, the half axes of the ellipse on which the step ends: ``scale · |direction|``.

        A direction of the same length that pointed elsewhere would, at these scales, end elsewhere on it. The decay
        that `AdamW` keeps apart is no part of the direction.
        """
        direction = self.trajectory.update - (self.decay if decays_apart(self.trajectory) else 0.0)
        half_axes: Array = self.scale * np.linalg.norm(direction / self.scale, axis=1, keepdims=True)
        return half_axes


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """How a buffer remembers: ``m[k] = keep · m[k−1] + gain[k] · g[k]``, and the scale that the step gives it."""

    keep: float
    gain: Array  # [n, 1]
    scale: Array  # [n, 2]
    buffer: Array  # [n, 2], after the step
    buffer_scale: Array  # [n, 2]: RMSprop scales gradients before it remembers them
    nesterov: bool = False


def take_apart(trajectory: Trajectory) -> Anatomy:
    """Split every step of a run into momentum, gradient and weight decay, by its recorded buffers.

    Args:
        trajectory: A run of `torch.optim.SGD`, `RMSprop`, `Adam` or `AdamW`, with any of their settings.

    Returns:
        The parts, which add up to ``trajectory.update`` to the rounding of the run's precision.

    Raises:
        DescentError: If the run is of another optimizer, or its scheduler changed the momentum, which no record holds.

    >>> from descent import EXPERIMENTS, trace
    >>> heavy = take_apart(trace(EXPERIMENTS["E04"]))
    >>> sorted(heavy.parts)
    ['gradient', 'momentum']
    """
    if trajectory.matrices is not None:
        raise DescentError("The steps of a matrix are not taken apart; its gradients and updates are in `matrices`.")
    memory, settings = _memory(trajectory), _settings(trajectory)
    rate, weights = trajectory.rates, trajectory.params[:-1]
    earlier = np.vstack([np.zeros((1, 2)), memory.buffer[:-1]])
    shown = memory.keep**2 if memory.nesterov else memory.keep
    gain = memory.gain + memory.keep if memory.nesterov else memory.gain
    lost = float(settings["weight_decay"]) * weights
    whole = Anatomy(
        trajectory,
        carried=read_only(-memory.buffer_scale * shown * earlier),
        gradient=read_only(-memory.scale * gain * _slopes(trajectory)),
        decay=read_only(-rate * lost if decays_apart(trajectory) else -memory.scale * gain * lost),
        scale=read_only(memory.scale.copy()),
    )
    _check_sum(whole)
    return whole


def gradient_terms(trajectory: Trajectory, step: int) -> Array:
    """What each gradient so far contributes to one step: momentum is a sum of gradients, weighted by their age.

    For `SGD` the gradient of ``j`` steps ago moves the parameters by ``−lr · momentum^j · g``, for `Adam` by
    ``−scale · (1 − β1) · β1^j · g``; ``g`` includes the weight decay where the optimizer adds it to the gradient.

    Args:
        trajectory: A run of `torch.optim.SGD`, `Adam` or `AdamW`.
        step: Which step.

    Returns:
        ``[step + 1, 2]``, oldest first; the rows add up to the update, but for the decay that `AdamW` keeps apart.

    Raises:
        DescentError: If the run is of another optimizer.
    """
    memory = _linear(trajectory)
    age = np.arange(step, -1, -1)[:, None]
    shares = memory.keep**age * memory.gain[: step + 1]
    if memory.nesterov:
        shares = memory.keep * shares + (age == 0)
    terms: Array = -memory.scale[step] * shares * (_slopes(trajectory) + _coupled_decay(trajectory))[: step + 1]
    return terms


def decay_moves(trajectory: Trajectory) -> Array:
    """How far weight decay moves each parameter in each step, the decay that momentum remembers included.

    For `AdamW` that is ``−lr · weight_decay · w``. `Adam` adds ``weight_decay · w`` to the gradient, so that it is
    averaged and divided by the scale of the gradients like everything else.

    Args:
        trajectory: A run of `torch.optim.SGD`, `Adam` or `AdamW`.

    Returns:
        ``[n, 2]``; the update less this is what the gradients alone make of the step.

    Raises:
        DescentError: If the run is of another optimizer.
    """
    if decays_apart(trajectory):
        return take_apart(trajectory).decay
    memory, fresh = _linear(trajectory), _coupled_decay(trajectory)
    kept, moves = np.zeros(2), np.zeros_like(fresh)
    for k, now in enumerate(fresh):
        kept = memory.keep * kept + memory.gain[k] * now
        moves[k] = -memory.scale[k] * (memory.keep * kept + now if memory.nesterov else kept)
    return read_only(moves)


def bias_corrections(trajectory: Trajectory) -> Array:
    """What Adam's two averages are divided by, since they start at zero: ``1 − β1^t`` and ``1 − β2^t`` at step t.

    Args:
        trajectory: A run of `torch.optim.Adam` or `AdamW`.

    Returns:
        ``[n, 2]``: for the average of gradients, and of squared gradients.

    Raises:
        DescentError: If the run is of another optimizer.
    """
    if trajectory.run.optimizer.func not in (Adam, AdamW):
        raise DescentError(f"{trajectory.run.label!r} corrects no bias; Adam and AdamW do.")
    betas = np.array([float(beta) for beta in _settings(trajectory)["betas"]])
    corrections: Array = 1 - betas ** trajectory.state["step"][:, :1]
    return read_only(corrections)


def decays_apart(trajectory: Trajectory) -> bool:
    """Whether weight decay acts on the weights directly, as in `AdamW`, and not through the gradient."""
    return trajectory.run.optimizer.func is AdamW or bool(_settings(trajectory).get("decoupled_weight_decay"))


def _settings(trajectory: Trajectory) -> Mapping[str, Any]:
    """The optimizer's keywords over the defaults of its own signature."""
    optimizer = trajectory.run.optimizer
    defaults = {name: found.default for name, found in inspect.signature(optimizer.func).parameters.items()}
    return {**defaults, **optimizer.keywords}


def _slopes(trajectory: Trajectory) -> Array:
    """The gradients that the steps go against, ``[n, 2]``."""
    return -trajectory.felt if _settings(trajectory)["maximize"] else trajectory.felt


def _coupled_decay(trajectory: Trajectory) -> Array:
    """What weight decay adds to the gradients, ``[n, 2]``."""
    share = 0.0 if decays_apart(trajectory) else float(_settings(trajectory)["weight_decay"])
    decay: Array = share * trajectory.params[:-1]
    return decay


def _memory(trajectory: Trajectory) -> _Memory:
    found = _MEMORIES.get(trajectory.run.optimizer.func)
    if found is None:
        raise DescentError(
            f"{trajectory.run.label!r} cannot be taken apart: the parts of a step are known for SGD, RMSprop, Adam "
            "and AdamW only."
        )
    memory: _Memory = found(trajectory, _settings(trajectory))
    return memory


def _linear(trajectory: Trajectory) -> _Memory:
    """The memory of an optimizer that remembers gradients as they are."""
    if trajectory.run.optimizer.func is RMSprop:
        raise DescentError(
            f"{trajectory.run.label!r} scales gradients before it remembers them; their terms are told for SGD, Adam "
            "and AdamW only."
        )
    return _memory(trajectory)


def _sgd(trajectory: Trajectory, settings: Mapping[str, Any]) -> _Memory:
    steps, keep = trajectory.steps, float(settings["momentum"])
    gain = np.full((steps, 1), 1 - float(settings["dampening"]) if keep else 1.0)
    gain[0] = 1.0  # torch starts the buffer with the whole first gradient
    rate = trajectory.rates
    buffer = trajectory.state["momentum_buffer"] if keep else np.zeros((steps, 2))
    return _Memory(keep, gain, rate, buffer, rate, bool(settings["nesterov"]))


def _rmsprop(trajectory: Trajectory, settings: Mapping[str, Any]) -> _Memory:
    steps, keep, state = trajectory.steps, float(settings["momentum"]), trajectory.state
    squares = state["square_avg"] - (state["grad_avg"] ** 2 if settings["centered"] else 0.0)
    rate = trajectory.rates
    buffer = state["momentum_buffer"] if keep else np.zeros((steps, 2))
    return _Memory(keep, np.ones((steps, 1)), rate / (np.sqrt(squares) + float(settings["eps"])), buffer, rate)


def _adam(trajectory: Trajectory, settings: Mapping[str, Any]) -> _Memory:
    keep = float(settings["betas"][0])
    first, second = bias_corrections(trajectory).T[:, :, None]
    squares = trajectory.state["max_exp_avg_sq" if settings["amsgrad"] else "exp_avg_sq"]
    scale = trajectory.rates / first / (np.sqrt(squares / second) + float(settings["eps"]))
    gain = np.full((trajectory.steps, 1), 1 - keep)
    return _Memory(keep, gain, scale, trajectory.state["exp_avg"], scale)


_MEMORIES: Mapping[Any, Any] = {SGD: _sgd, RMSprop: _rmsprop, Adam: _adam, AdamW: _adam}


def _check_sum(whole: Anatomy) -> None:
    """Refuse parts that are not those of the steps taken."""
    trajectory = whole.trajectory
    parts = np.stack([whole.carried, whole.gradient, whole.decay])
    ulp = np.finfo(np.float32).eps * np.abs(trajectory.params).max(initial=1.0)
    off = np.abs(parts.sum(axis=0) - trajectory.update) > _SLACK * np.abs(parts).sum(axis=0) + 4 * ulp
    if (off | ~np.isfinite(parts).all(axis=0))[np.isfinite(trajectory.update)].any():
        raise DescentError(
            f"{trajectory.run.label!r} cannot be taken apart: its recorded buffers do not add up to its steps, as when "
            "a scheduler changes the momentum (give it cycle_momentum=False)."
        )
