"""A page for every scheduler that torch ships: settings, rule, a run that shows it, and a claim about its rate."""

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from torch.optim import SGD, lr_scheduler, swa_utils

from descent.base.errors import DescentError, nearest
from descent.record.claims import Claim
from descent.record.named_surfaces import BIRD
from descent.record.predicates import Judge
from descent.record.runs import Run
from descent.record.schedules import LRCurve, Schedule, chained, sequential, trace_lr
from descent.record.surfaces import Array
from descent.record.torch_specs import label, torch_class
from descent.record.trajectories import Trajectory, trace

SCHEDULER_STEPS = STEPS = 60
"""Steps of every scheduler's page."""

SCHEDULER_LR = LR = 0.04
"""The learning rate that every scheduler's page begins with."""

_START = (-12.0, 10.0)


@dataclass(frozen=True, slots=True)
class SchedulerPage:
    """One scheduler at work.

    Attributes:
        name: The class's name, or what a composition is called.
        family: "decay", "annealing", "cycles" or "compositions and reactions".
        rule: The rate of step k, in a formula; η₀ is the optimizer's own rate.
        run: Gradient descent on the notebook's surface from its start, under this scheduler.
        claim: What the rate does, checked on the run.
    """

    name: str
    family: str
    rule: str
    run: Run
    claim: Claim

    @property
    def label(self) -> str:
        """The scheduler with its settings."""
        assert self.run.scheduler is not None
        return label(self.run.scheduler)

    def trace(self) -> tuple[Trajectory, LRCurve]:
        """The run, and the scheduler's curve with its momentum, driven by the run's own losses."""
        assert self.run.scheduler is not None
        trajectory = trace(self.run)
        losses = trajectory.loss[: trajectory.steps].tolist()
        base = float(self.run.optimizer.keywords["lr"])
        return trajectory, trace_lr(Schedule(self.run.scheduler, base, trajectory.steps, losses))


def shipped_schedulers() -> frozenset[str]:
    """Names of the scheduler classes that the installed torch ships.

    >>> {"StepLR", "ReduceLROnPlateau", "SequentialLR"} <= shipped_schedulers()
    True
    """
    base = lr_scheduler.LRScheduler
    return frozenset(
        name
        for name, found in [*vars(lr_scheduler).items(), *vars(swa_utils).items()]
        if inspect.isclass(found) and issubclass(found, base) and not issubclass(base, found) and name[0] != "_"
    )


def find_page(name: str) -> SchedulerPage:
    """A page by its name.

    Raises:
        DescentError: If there is none; the nearest one is given.
    """
    if name not in SCHEDULER_PAGES:
        raise DescentError(f"there is no scheduler page {name!r}: {nearest(name, SCHEDULER_PAGES)}")
    return SCHEDULER_PAGES[name]


def to_csv(trajectory: Trajectory, curve: LRCurve) -> str:
    """Every step's rate, momentum (empty where the scheduler leaves it alone), and where it started from.

    Args:
        trajectory: A page's run.
        curve: Its scheduler's curve.

    Returns:
        Lines ``step,lr,momentum,w1,w2,loss`` with a head; numbers have all their digits.
    """
    rows = ["step,lr,momentum,w1,w2,loss"]
    for step, lr in enumerate(trajectory.lr.tolist()):
        momentum = "" if curve.momentum is None else repr(float(curve.momentum[step]))
        w1, w2 = trajectory.params[step].tolist()
        rows.append(f"{step},{lr!r},{momentum},{w1!r},{w2!r},{float(trajectory.loss[step])!r}")
    return "\n".join(rows) + "\n"


def hyperbola(step: int) -> float:
    """A factor that falls as 1 / (1 + k / 5)."""
    return 1 / (1 + step / 5)


def slowing(step: int) -> float:
    """A factor from one step to the next that tends to 1: 1 − 0.1 / √k."""
    return 1 - 0.1 / math.sqrt(step)


def _page(
    family: str, rule: str, scheduler: partial[Any], says: str, rates: Judge, name: str = "", **settings: Any
) -> SchedulerPage:
    run = Run(BIRD, partial(SGD, **{"lr": LR, **settings}), _START, STEPS, scheduler)
    return SchedulerPage(name or torch_class(scheduler).__name__, family, rule, run, Claim(says, (run,), rates))


def _ratios(trajectory: Trajectory) -> Array:
    """The rate of each step over that of the step before, ``[steps - 1]``; infinite after a rate of 0."""
    before = trajectory.lr[:-1]
    ratios: Array = np.divide(trajectory.lr[1:], before, out=np.full_like(before, np.inf), where=before > 0)
    return ratios


def _cuts_at(steps: list[int], factor: float) -> Judge:
    """The rate changes at these steps only, each time by this factor."""

    def holds(trajectory: Trajectory) -> bool:
        ratios = _ratios(trajectory)
        changed = np.flatnonzero(~np.isclose(ratios, 1)) + 1
        return changed.tolist() == steps and bool(np.allclose(ratios[changed - 1], factor))

    return holds


def _peaks(lr: Array) -> list[int]:
    """The steps whose rate is above both neighbours'."""
    return (np.flatnonzero((lr[1:-1] > lr[:-2]) & (lr[1:-1] > lr[2:])) + 1).tolist()


def _shrinks(lr: Array) -> bool:
    return bool((np.diff(lr) < 0).all())


def _waits_for(patience: int, factor: float) -> Judge:
    """The rate is cut by ``factor`` after every ``patience + 1`` losses in a row that are no new best, never else."""

    def holds(trajectory: Trajectory) -> bool:
        best, idle, cuts = math.inf, 0, []
        for step, loss in enumerate(trajectory.loss[: trajectory.steps].tolist()):
            idle = 0 if loss < best else idle + 1
            best = min(best, loss)
            if idle > patience:
                cuts.append(step + 1)
                idle = 0
        return bool(cuts) and _cuts_at([step for step in cuts if step < trajectory.steps], factor)(trajectory)

    return holds


_S = lr_scheduler
_DECAY, _ANNEALING, _CYCLES, _OTHER = SCHEDULER_FAMILIES = (
    "decay",
    "annealing",
    "cycles",
    "compositions and reactions",
)
"""The families that the schedulers' pages are grouped by, in order."""

SCHEDULER_PAGES: Mapping[str, SchedulerPage] = MappingProxyType(
    {
        page.name: page
        for page in (
            _page(
                _DECAY,
                "η₀ · γ^(k div s)",
                partial(_S.StepLR, step_size=10, gamma=0.5),
                "The rate halves every 10 steps, and at no other step.",
                _cuts_at([10, 20, 30, 40, 50], 0.5),
            ),
            _page(
                _DECAY,
                "η₀ · γ^(milestones passed)",
                partial(_S.MultiStepLR, milestones=[10, 25, 45], gamma=0.4),
                "The rate falls to 40 % at steps 10, 25 and 45, and at no other step.",
                _cuts_at([10, 25, 45], 0.4),
            ),
            _page(
                _DECAY,
                "η₀ · γ^k",
                partial(_S.ExponentialLR, gamma=0.93),
                "Every step has 93 % of the rate of the step before.",
                lambda t: bool(np.allclose(_ratios(t), 0.93)),
            ),
            _page(
                _DECAY,
                "η₀ · λ(k), here λ(k) = 1 / (1 + k/5)",
                partial(_S.LambdaLR, lr_lambda=hyperbola),
                "The rate has halved after 5 steps, and takes 10 more to fall to a quarter.",
                lambda t: bool(np.allclose(t.lr[[5, 15]], [LR / 2, LR / 4])),
            ),
            _page(
                _DECAY,
                "ηₖ₋₁ · λ(k), here λ(k) = 1 − 0.1/√k",
                partial(_S.MultiplicativeLR, lr_lambda=slowing),
                "Each step multiplies the rate, by less and less: from 90 % to nearly 99 %.",
                lambda t: math.isclose(_ratios(t)[0], 0.9) and bool((_ratios(t)[1:] > _ratios(t)[:-1]).all()),
            ),
            _page(
                _DECAY,
                "η₀ · f for k < n, then η₀",
                partial(_S.ConstantLR, factor=0.3, total_iters=15),
                "For 15 steps the rate is 30 % of its own, then all of it.",
                lambda t: bool(np.allclose(t.lr[:15], 0.3 * LR) and np.allclose(t.lr[15:], LR)),
            ),
            _page(
                _ANNEALING,
                "η₀ · (a + (b − a) · min(k, n)/n)",
                partial(_S.LinearLR, start_factor=1.0, end_factor=0.05, total_iters=40),
                "The rate falls by equal amounts for 40 steps, to 5 %, and stays there.",
                lambda t: bool(np.allclose(np.diff(t.lr[:41]), -0.95 * LR / 40) and np.allclose(t.lr[40:], 0.05 * LR)),
            ),
            _page(
                _ANNEALING,
                "η₀ · (1 − min(k, n)/n)^p",
                partial(_S.PolynomialLR, total_iters=50, power=2.0),
                "Halfway through its 50 steps a quarter of the rate is left; after them, nothing.",
                lambda t: math.isclose(t.lr[25], LR / 4, rel_tol=1e-6) and bool((t.lr[50:] == 0).all()),
            ),
            _page(
                _ANNEALING,
                "η₀ · (1 + cos(π k/T)) / 2",
                partial(_S.CosineAnnealingLR, T_max=STEPS),
                "The rate falls all the way, fastest in the middle, where half of it is left.",
                lambda t: (
                    _shrinks(t.lr) and math.isclose(t.lr[30], LR / 2) and int(np.argmin(np.diff(t.lr))) in (29, 30)
                ),
            ),
            _page(
                _ANNEALING,
                "η₀ + (η₁ − η₀) · (1 − cos(π min(k, n)/n)) / 2",
                partial(swa_utils.SWALR, swa_lr=0.01, anneal_epochs=30),
                "For 30 steps the rate bends down to a quarter; from there on, where weights are averaged, it stays.",
                lambda t: (
                    _shrinks(t.lr[:31])
                    and bool(np.allclose(t.lr[30:], LR / 4))
                    and math.isclose(t.lr[15], (LR + LR / 4) / 2)
                ),
            ),
            _page(
                _CYCLES,
                "cosine up to η₁ for 30 % of the steps, cosine down to almost 0 for the rest",
                partial(
                    _S.OneCycleLR, max_lr=0.012, total_steps=STEPS, base_momentum=0.5, max_momentum=0.8, div_factor=10
                ),
                "One climb to the peak at step 17, then down to a hundred-thousandth of it: the whole cycle.",
                lambda t: _peaks(t.lr) == [17] and t.lr[-1] <= 1.001e-5 * t.lr.max(),
                lr=0.0012,
                momentum=0.8,
            ),
            _page(
                _CYCLES,
                "a triangle wave from η₀ to η₁; momentum falls as the rate climbs",
                partial(_S.CyclicLR, base_lr=0.002, max_lr=0.012, step_size_up=10, base_momentum=0.5, max_momentum=0.8),
                "The rate climbs for 10 steps and falls for 10, three times.",
                lambda t: (
                    _peaks(t.lr) == [10, 30, 50] and bool(np.allclose(t.lr[[10, 20, 30, 40]], [0.012, 0.002] * 2))
                ),
                lr=0.002,
                momentum=0.8,
            ),
            _page(
                _CYCLES,
                "η₀ · (1 + cos(π k′/T)) / 2, k′ = k mod T",
                partial(_S.CosineAnnealingWarmRestarts, T_0=20),
                "Every 20 steps the rate starts again at its full height, and falls in between.",
                lambda t: bool(np.allclose(t.lr[[0, 20, 40]], LR)) and all(map(_shrinks, t.lr.reshape(3, 20))),
            ),
            _page(
                _OTHER,
                "η · f when the loss has had no new best for more than p steps",
                # By default torch takes even a slightly higher loss for a new best where losses are negative.
                partial(_S.ReduceLROnPlateau, factor=0.5, patience=2, threshold=0.0, eps=0.0),
                "The rate halves exactly when 3 steps in a row bring no new best loss.",
                _waits_for(2, 0.5),
            ),
            _page(
                _OTHER,
                "one scheduler until step m, another one from there",
                sequential(
                    partial(_S.LinearLR, start_factor=0.1, total_iters=10),
                    partial(_S.CosineAnnealingLR, T_max=STEPS - 10),
                    milestones=[10],
                ),
                "Warm-up: the rate climbs for 10 steps, to its full height, and falls for the other 50.",
                lambda t: bool((np.diff(t.lr[:11]) > 0).all()) and _shrinks(t.lr[10:]) and math.isclose(t.lr[10], LR),
            ),
            _page(
                _OTHER,
                "the product of several schedulers' factors",
                chained(partial(_S.ConstantLR, factor=0.5, total_iters=10), partial(_S.ExponentialLR, gamma=0.95)),
                "The factors multiply: 95 % a step, and a doubling at step 10 where the constant lets go.",
                lambda t: bool(np.allclose(np.delete(_ratios(t), 9), 0.95)) and math.isclose(_ratios(t)[9], 2 * 0.95),
            ),
        )
    }
)
"""The pages by name, family by family."""


def covered() -> frozenset[str]:
    """Names of the scheduler classes that have a page."""
    schedulers = [page.run.scheduler for page in SCHEDULER_PAGES.values() if page.run.scheduler is not None]
    return frozenset(torch_class(scheduler).__name__ for scheduler in schedulers)
