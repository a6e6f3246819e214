"""At which sharpness an optimizer's steps become unstable."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from descent.record.networks.recording import Recording
from descent.record.surfaces import Array, read_only


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where a step becomes unstable, as the momentum β and the rate η have it, and whether it is preconditioned."""

    limit: Callable[[float, float], float]
    preconditioned: bool


_HEAVY_BALL = _Rule(lambda beta, rate: 2 * (1 + beta) / rate, False)
_NESTEROV = _Rule(lambda beta, rate: 2 * (1 + beta) / (rate * (1 + 2 * beta)), False)
_ADAM = _Rule(lambda beta, rate: 2 * (1 + beta) / ((1 - beta) * rate), True)
_RMSPROP = _Rule(lambda beta, rate: 2 * (1 + beta) / rate, True)


def is_adaptive(recording: Recording) -> bool:
    """Whether the sharpness that counts for a run is the preconditioned one."""
    rule = _rule(recording)
    return rule is not None and rule.preconditioned


def stability_limit(recording: Recording) -> Array:
    """The sharpness at which each row's step becomes unstable on a quadratic loss, ``[n+1]``.

    ``2/η`` of gradient descent; with momentum β as torch has it ``2 (1 + β)/η``, Nesterov's ``2 (1 + β)/(η (1 + 2β))``;
    of Adam, whose sharpness is the preconditioned one, ``2 (1 + β₁)/((1 − β₁) η)``. The last row has the rate of the
    step before it. NaN for other optimizers, and where groups have rates of their own.
    """
    rule, count = _rule(recording), len(recording.params)
    unknown = np.full(count, np.nan)
    if rule is None or recording.rates.shape[1] != 1 or not len(recording.rates):
        return read_only(unknown)
    rates = np.append(recording.lr, recording.lr[-1])
    betas = _betas(recording, count)
    values = [rule.limit(beta, rate) if rate > 0 else math.nan for beta, rate in zip(betas, rates, strict=True)]
    return read_only(np.array(values))


def _rule(recording: Recording) -> _Rule | None:
    """The rule of an optimizer, known by its class and settings; of a run that was read, by its name."""
    if recording.groups:
        return None
    if recording.optimizer is None:
        words = recording.name
        kind, nesterov, damped = words.split("  ")[0], "nesterov True" in words, "dampening" in words or " · " in words
    else:
        given = recording.optimizer.keywords
        kind, nesterov = recording.optimizer.func.__name__, bool(given.get("nesterov"))
        damped = bool(given.get("dampening"))
    if damped:
        return None
    known = {"SGD": _NESTEROV if nesterov else _HEAVY_BALL, "Adam": _ADAM, "AdamW": _ADAM, "RMSprop": _RMSPROP}
    return known.get(kind)


def _betas(recording: Recording, count: int) -> list[float]:
    told: list[float]
    if recording.history is not None:
        momenta = recording.history.momentum[:, 0].tolist()
        known: dict[int, float] = dict(zip(recording.history.step.tolist(), momenta, strict=True))
        told = [float(known.get(step + 1, known.get(step, math.nan))) for step in recording.at.tolist()]
    else:
        given = {} if recording.optimizer is None else recording.optimizer.keywords
        adam = _rule(recording) is _ADAM
        told = [float(given.get("betas", (0.9,))[0] if adam else given.get("momentum", 0.0))] * count
    return told
