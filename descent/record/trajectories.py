"""Trajectories: `trace` drives the real torch optimizer of a `Run` and records what it did.

This is the only module that steps a torch optimizer over a surface; every picture, number and claim is read
from what it returns.
"""

import hashlib
import math
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from descent.base.errors import DescentError, reason
from descent.record import display
from descent.record.matrices import MatrixLoss
from descent.record.runs import Run
from descent.record.schedules import step_scheduler
from descent.record.surfaces import Array, differentiating, read_only
from descent.record.torch_specs import build_optimizer, build_scheduler, label
from descent.record.training import Feed, leaves_of, loss_of

_UNKNOWN: Array = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class MatrixPath:
    """What a run on a `MatrixLoss` did with its whole matrix: read-only float64 arrays, the exact values of its dtype.

    Attributes:
        weights: ``[n+1, m, n]``, the matrix before each step, and after the last.
        grad: ``[n+1, m, n]``, its gradient there.
        felt: ``[n, m, n]``, the gradient that each step was given: with its noise, clipped.
        state: The optimizer's buffers that have the matrix's shape, each ``[n, m, n]``, as they were after the step.
    """

    weights: Array
    grad: Array
    felt: Array
    state: Mapping[str, Array]

    @property
    def update(self) -> Array:
        """``[n, m, n]``, what each step added to the matrix."""
        return np.diff(self.weights, axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """One traced run: read-only float64 arrays that hold the exact values of its dtype.

    Row ``k`` of ``params``, ``loss`` and ``grad`` is before step ``k``; row ``k`` of ``lr``, ``update`` and
    each buffer in ``state`` belongs to step ``k``, which leads from row ``k`` to row ``k + 1``.

    Attributes:
        run: What was traced.
        params: ``[n+1, 2]``, the iterates ``(w1, w2)``.
        loss: ``[n+1]``, the loss at each iterate.
        grad: ``[n+1, 2]``, the gradient at each iterate.
        lr: ``[n]``, the learning rate that the step used.
        update: ``[n, 2]``, ``params[k+1] - params[k]``.
        state: The optimizer's buffers, such as ``momentum_buffer`` or ``exp_avg``, each ``[n, 2]`` (for w1,
            for w2) as they were after the step; NaN where a buffer did not exist.
        rates: ``[n, 2]``, the learning rate of each parameter's group; ``lr`` is that of w1.
        momentum: ``[n]``, the momentum, or β1, that the step used: `OneCycleLR` and `CyclicLR` move it; NaN without.
        felt: ``[n, 2]``, the gradient that the step was given: of its mini-batch, with its noise, clipped.
        batch_loss: ``[n]``, the loss of the step's mini-batch; that of all examples without mini-batches.
        averaged: ``[n+1, 2]``, the average of the iterates after each row, None if the run keeps none.
        averaged_loss: ``[n+1]``, the loss there.
        hidden: ``[n+1, h]``, the coordinates that pictures do not show, of a run on a `MatrixLoss`; h is 0 for others.
        matrices: Its whole matrices, None for other runs; ``params``, ``grad``, ``update`` and ``felt`` are their
            coordinates along the two shown directions, and ``state`` is empty.
        evaluations: ``[n+1]``, how often the optimizer had asked for loss and gradient before each row: once a step,
            or more often where it searches along a line.
        asked: ``[m, 3]``, where it asked, and the loss there: ``(w1, w2, loss)``; step ``k``'s are the rows from
            ``evaluations[k]`` to ``evaluations[k+1]``.
        at: ``[n+1]``, how many steps had been taken at each row: 0, 1, 2, …, unless it is a path of which only some
            points were kept.
    """

    run: Run
    params: Array
    loss: Array
    grad: Array
    lr: Array
    update: Array
    state: Mapping[str, Array]
    rates: Array = field(default_factory=lambda: _UNKNOWN)
    momentum: Array = field(default_factory=lambda: _UNKNOWN)
    felt: Array = field(default_factory=lambda: _UNKNOWN)
    batch_loss: Array = field(default_factory=lambda: _UNKNOWN)
    averaged: Array | None = None
    averaged_loss: Array | None = None
    hidden: Array = field(default_factory=lambda: _UNKNOWN)
    matrices: MatrixPath | None = None
    evaluations: Array = field(default_factory=lambda: _UNKNOWN)
    asked: Array = field(default_factory=lambda: _UNKNOWN)
    at: Array = field(default_factory=lambda: _UNKNOWN)

    def __post_init__(self) -> None:
        n = len(self.lr)
        as_usual = {
            "rates": np.repeat(self.lr[:, None], 2, axis=1),
            "momentum": np.full(n, np.nan),
            "felt": self.grad[:n],
            "batch_loss": self.loss[:n],
            "hidden": np.empty((n + 1, 0)),
            "evaluations": np.arange(float(n + 1)),
            "asked": np.column_stack([self.params[:n], self.loss[:n]]),
            "at": np.arange(float(n + 1)),
        }
        for name, values in as_usual.items():
            if getattr(self, name) is _UNKNOWN:
                object.__setattr__(self, name, read_only(np.array(values)))

    def __deepcopy__(self, memo: dict[int, object]) -> "Trajectory":
        """Itself: nothing in it can change, and drawings that hold it are copied often."""
        return self

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> display.Bundle | None:
        """The run as a figure, for notebooks."""
        return display.bundle(self)

    @property
    def steps(self) -> int:
        """The steps actually taken: fewer than ``run.steps`` if the run diverged."""
        return len(self.lr)

    @property
    def last_step(self) -> int:
        """The step of a film's clock at which the run is over: that of its last row, or its last asked for."""
        return max(int(self.at[-1]), self.run.steps)

    def row_at(self, step: float) -> float:
        """The row of a step, between those around it in proportion; the first or last row outside of the record."""
        return float(np.interp(step, self.at, np.arange(float(len(self.at)))))

    @property
    def diverged_at(self) -> int | None:
        """The row of the first loss that is not finite, always the last row, or None."""
        return None if math.isfinite(self.loss[-1]) else self.steps

    @property
    def digest(self) -> str:
        """SHA-256 of every array but ``momentum`` and what was asked: equal when two runs did the same, bit for bit."""
        named = {"params": self.params, "loss": self.loss, "grad": self.grad, "lr": self.lr, **self.state}
        more = {name: getattr(self, name) for name in ("rates", "felt", "batch_loss", "averaged")}
        sha = hashlib.sha256()
        if self.matrices is not None:
            more |= {"weights": self.matrices.weights, **self.matrices.state}
        for name, values in {**named, **more}.items():
            if values is None:
                continue
            sha.update(f"{name}{values.shape}".encode())
            sha.update(values.astype("<f8").tobytes())
        return sha.hexdigest()


@differentiating()
def trace(run: Run) -> Trajectory:
    """Run the torch optimizer, and the scheduler if any, and record every step.

    Everything is built afresh, with torch's own defaults, so tracing twice gives the same bits. The optimizer is handed
    two scalar leaves and stepped by ``step(closure)``; row ``k`` is what its first closure call of step ``k`` saw. The
    scheduler is stepped after each step, `ReduceLROnPlateau` with that row's loss. A run that leaves the finite numbers
    ends at its first loss that is not finite. An optimizer that differentiates the gradients, such as AdaHessian, gets
    them with their graph, and draws at random from a fixed seed.

    With mini-batches, noise or clipping, the step is given the gradient of its batch, with its noise, cut to its length
    (``felt``); ``loss`` and ``grad`` are those of the whole surface all the same, and what `ReduceLROnPlateau` is told.
    A run whose average is ``shown`` is traced as any, and the record is of the average.

    Args:
        run: What to trace.

    Returns:
        The record, of ``run.steps`` steps or up to divergence.

    Raises:
        DescentError: If torch refuses the settings, the optimizer cannot move two scalars, the scheduler does
            not fit, or the loss is not finite at the start.

    >>> from functools import partial
    >>> from torch.optim import SGD
    >>> from descent.record.named_surfaces import VALLEY
    >>> trace(Run(VALLEY, partial(SGD, lr=0.25), start=(2, 0), steps=2)).params.tolist()
    [[2.0, 0.0], [1.0, -0.8999999761581421], [0.9049999713897705, -0.8999999761581421]]
    """
    before = torch.get_rng_state()
    try:
        return _traced_with(run, graph=False)
    except _NeedsGraphError:
        try:
            torch.default_generator.manual_seed(0)
            return _traced_with(run, graph=True)
        finally:
            torch.set_rng_state(before)


def _traced_with(run: Run, graph: bool) -> Trajectory:
    """Trace a run, with gradients that can be differentiated again if ``graph`` says so."""
    if run.average is not None and run.average.shown:
        return _of_average(run, _traced_with(replace(run, average=replace(run.average, shown=False)), graph))
    leaves = leaves_of(run.surface, run.start, run.dtype)
    optimizer = build_optimizer(run.optimizer, leaves, run.groups, *_subject(run))
    scheduler = None if run.scheduler is None else build_scheduler(run.scheduler, optimizer)
    rows: list[_Row] = []
    settings: list[_Settings] = []
    buffers: list[Buffers] = []
    asked: list[Array] = []
    averages = _Averages(run, leaves)
    feed = Feed(run.surface, run.batches, run.noise, run.clipping)
    for step in range(run.steps):
        used = _settings(optimizer)
        row, more = _step(run, feed, step, optimizer, leaves, graph)
        rows.append(row)
        asked.append(more)
        if not math.isfinite(row.loss):
            break
        settings.append(used)
        buffers.append(_buffers(optimizer, leaves))
        averages.take(step + 1)
        if scheduler is not None:
            step_scheduler(scheduler, row.loss, step)
    else:
        rows.append(_row(run, leaves, _backward(run, optimizer, leaves)))
    if not settings:
        raise DescentError(f"The loss of surface {run.surface.name!r} is not finite at the start {run.start}.")
    return averages.beside(_record(run, rows, settings, buffers, asked[: len(settings)]))


@dataclass(frozen=True, slots=True)
class _Settings:
    """What a step used: the rate of each parameter's group, and the momentum or β1 of the first."""

    rates: tuple[float, float]
    momentum: float


def _settings(optimizer: Optimizer) -> _Settings:
    groups = optimizer.param_groups
    first, last = (float(group.get("lr", math.nan)) for group in (groups[0], groups[-1]))
    betas = groups[0].get("betas")
    momentum = betas[0] if isinstance(betas, tuple | list) and betas else groups[0].get("momentum", math.nan)
    return _Settings((first, last), float(momentum))


class _Averages:
    """The average of the iterates beside a run, by torch's own class."""

    def __init__(self, run: Run, leaves: Sequence[Tensor]) -> None:
        self._run, self._rows = run, [run.start]
        self._models = None if run.average is None else run.average.model(leaves)

    def take(self, row: int) -> None:
        """Take the iterate of a row, if the average has begun."""
        if self._models is None or self._run.average is None:
            return
        model, module = self._models
        if row >= self._run.average.start:
            model.update_parameters(module)
        w1, w2 = (parameter.item() for parameter in model.parameters())
        self._rows.append((w1, w2))

    def beside(self, trajectory: Trajectory) -> Trajectory:
        """A record with its average; where a run is lost, the average stays what it was."""
        if self._models is None:
            return trajectory
        params = np.array(self._rows)
        params = np.concatenate([params, np.repeat(params[-1:], len(trajectory.loss) - len(params), axis=0)])
        loss, _ = self._run.surface.along(params, self._run.dtype)
        return replace(trajectory, averaged=read_only(params), averaged_loss=read_only(loss))


def _of_average(run: Run, trajectory: Trajectory) -> Trajectory:
    """The record of an average: where it is, and the loss and its gradient there."""
    params = trajectory.averaged
    assert params is not None
    loss, grad = run.surface.along(params, run.dtype)
    nothing = read_only(np.full((trajectory.steps, 2), np.nan))
    return Trajectory(
        run,
        params,
        read_only(loss),
        read_only(grad),
        trajectory.lr,
        read_only(np.diff(params, axis=0)),
        MappingProxyType({}),
        trajectory.rates,
        trajectory.momentum,
        nothing,
        trajectory.batch_loss,
    )


def traced(run: Run) -> Trajectory:
    """The record of a run, traced once a process: films ask for the same one in many places.

    A path does not depend on the view of its surface, so runs that differ in that alone are traced once too.

    Args:
        run: What to trace; see :func:`trace`.
    """
    try:
        hash(run)
    except TypeError:  # a list among its settings
        return trace(run)
    return _traced(run)


def is_traced(trajectory: Trajectory) -> bool:
    """Whether a trajectory is what tracing its run gives, and not, say, a network's path on a slice."""
    return traced(trajectory.run).digest == trajectory.digest


@lru_cache(maxsize=1024)
def _traced(run: Run) -> Trajectory:
    w1, w2 = run.start
    view = (w1 - 1, w1 + 1), (w2 - 1, w2 + 1)
    return replace(_path(replace(run, surface=replace(run.surface, domain=view, minima=()))), run=run)


@lru_cache(maxsize=1024)
def _path(run: Run) -> Trajectory:
    return trace(run)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is known before a step: of the whole surface, and what the step was given."""

    params: tuple[float, float]
    loss: float
    grad: tuple[float, float]
    felt: tuple[float, float]
    batch_loss: float
    matrices: tuple[Array, Array, Array] | None = None  # the matrix, its gradient, and the one that it was given


class _NeedsGraphError(Exception):
    """The optimizer differentiates the gradients, and so needs them with their graph."""


class _NotFiniteError(Exception):
    """Stops a step from inside its closure: a step on NaN says nothing, and a line search may stall on it."""


def _backward(
    run: Run, optimizer: Optimizer, leaves: Sequence[Tensor], graph: bool = False, loss: Tensor | None = None
) -> Tensor:
    """The loss at the current parameters, their gradients filled in as a training loop does."""
    optimizer.zero_grad()
    loss = loss_of(run.surface, leaves) if loss is None else loss
    if not loss.requires_grad:
        point = _coordinates(run, leaves)
        raise DescentError(f"Surface {run.surface.name!r} is not differentiable at {point}: its loss has no gradient.")
    with warnings.catch_warnings() if graph else nullcontext():
        if graph:
            warnings.filterwarnings(
                "ignore", r"Using backward\(\) with create_graph=True"
            )  # zero_grad breaks the cycle
        loss.backward(create_graph=graph)  # type: ignore[no-untyped-call]
    return loss


def _row(run: Run, leaves: Sequence[Tensor], loss: Tensor) -> _Row:
    whole = None
    slopes = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]  # it does not depend on it
    if isinstance(run.surface.loss, MatrixLoss):
        weights, grad = (each.detach().double().numpy().copy() for each in (leaves[0], slopes[0]))
        whole = weights, grad, grad
        g1, g2 = run.surface.loss.along(grad)[:2].tolist()
    else:
        g1, g2 = (slope.item() for slope in slopes)
    return _Row(_coordinates(run, leaves), loss.item(), (g1, g2), (g1, g2), loss.item(), whole)


def _coordinates(run: Run, leaves: Sequence[Tensor]) -> tuple[float, float]:
    """Where the parameters are: themselves, or the shown coordinates of a matrix."""
    if isinstance(run.surface.loss, MatrixLoss):
        w1, w2 = run.surface.loss.coordinates(leaves[0].detach().double().numpy())[:2].tolist()
    else:
        w1, w2 = (leaf.item() for leaf in leaves)
    return w1, w2


def _subject(run: Run) -> tuple[str, ...]:
    """What the parameters are, for errors, where they are not two numbers."""
    return ("a matrix",) if isinstance(run.surface.loss, MatrixLoss) else ()


def _step(
    run: Run, feed: Feed, step: int, optimizer: Optimizer, leaves: Sequence[Tensor], graph: bool
) -> tuple[_Row, Array]:
    """Take one step; return the row that its first closure call saw, and where and what each call saw, ``[k, 3]``."""
    first: list[_Row] = []
    asked: list[tuple[float, float, float]] = []
    whole = None if feed.plain else _row(run, leaves, _backward(run, optimizer, leaves))

    def closure() -> Tensor:
        loss = _backward(run, optimizer, leaves, graph, None if feed.plain else feed.loss(step, leaves))
        feed.disturb(step, leaves)
        if not first:
            row = _row(run, leaves, loss)
            first.append(row if whole is None else _fed(whole, row))
            if not math.isfinite(first[0].loss):
                raise _NotFiniteError
            asked.append((*row.params, row.loss))
        else:
            asked.append((*_coordinates(run, leaves), loss.item()))
        return loss

    try:
        if hasattr(optimizer, "first_step"):
            closure()  # SAM and its kin move before they call the closure, by a gradient that is there already
        optimizer.step(closure)  # type: ignore[arg-type]
    except _NotFiniteError:
        pass
    except DescentError:
        raise
    except Exception as error:
        if "does not require grad" in str(error) and not graph:
            raise _NeedsGraphError from error
        subject = (*_subject(run), "two scalar parameters")[0]
        raise DescentError(f"{label(run.optimizer)!r} cannot step {subject}: {reason(error)}.") from error
    if not first:
        raise DescentError(f"{label(run.optimizer)!r} never called the closure that computes its loss.")
    return first[0], np.array(asked)


def _fed(whole: _Row, given: _Row) -> _Row:
    """A row of the whole loss, and what a step was given there."""
    matrices = whole.matrices and given.matrices and (*whole.matrices[:2], given.matrices[1])
    return replace(whole, felt=given.felt, batch_loss=given.batch_loss, matrices=matrices)


Buffers = dict[str, tuple[float, float] | Array]


def _buffers(optimizer: Optimizer, leaves: Sequence[Tensor]) -> Buffers:
    """The optimizer's numbers for (w1, w2): one scalar each, or flat pairs kept with w1 as LBFGS does.

    Of a matrix, those that have its shape.
    """
    if len(leaves) == 1:
        kept = optimizer.state.get(leaves[0], {}).items()
        same = {name: each for name, each in kept if isinstance(each, Tensor) and each.shape == leaves[0].shape}
        return {name: each.detach().double().numpy().copy() for name, each in same.items()}
    first, second = (optimizer.state.get(leaf, {}) for leaf in leaves)
    found: Buffers = {}
    for name in {**first, **second}:
        value = first.get(name)
        if isinstance(value, Tensor) and value.shape == (2,) and name not in second:
            found[name] = (value[0].item(), value[1].item())
        else:
            pair = _scalar(value), _scalar(second.get(name))
            if not all(map(math.isnan, pair)):
                found[name] = pair
    return found


def _scalar(value: object) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        return float(value.item())
    return float(value) if isinstance(value, int | float) else math.nan


def _record(
    run: Run, rows: list[_Row], settings: list[_Settings], buffers: list[Buffers], asked: list[Array]
) -> Trajectory:
    params = np.array([row.params for row in rows])
    n = len(settings)
    matrices = _matrices(rows, buffers)
    loss = run.surface.loss
    names = dict.fromkeys(name for step in buffers for name in step if matrices is None)
    missing = (math.nan, math.nan)
    rates = np.array([used.rates for used in settings])
    return Trajectory(
        run,
        params=read_only(params),
        loss=read_only(np.array([row.loss for row in rows])),
        grad=read_only(np.array([row.grad for row in rows])),
        lr=read_only(rates[:, 0].copy()),
        update=read_only(np.diff(params, axis=0)),
        state=MappingProxyType(
            {name: read_only(np.array([step.get(name, missing) for step in buffers])) for name in names}
        ),
        rates=read_only(rates),
        momentum=read_only(np.array([used.momentum for used in settings])),
        felt=read_only(np.array([row.felt for row in rows[:n]])),
        batch_loss=read_only(np.array([row.batch_loss for row in rows[:n]])),
        matrices=matrices,
        evaluations=read_only(np.cumsum([0.0, *map(len, asked)])),
        asked=read_only(np.concatenate(asked) if asked else np.empty((0, 3))),
        **_hidden(loss, matrices),
    )


def _matrices(rows: Sequence[_Row], buffers: Sequence[Buffers]) -> MatrixPath | None:
    found = [row.matrices for row in rows if row.matrices is not None]
    if not found:
        return None
    weights, grad, felt = (read_only(np.array(each)) for each in zip(*found, strict=True))
    missing = np.full(weights.shape[1:], math.nan)
    names = dict.fromkeys(name for step in buffers for name in step)
    state = {name: read_only(np.array([step.get(name, missing) for step in buffers])) for name in names}
    return MatrixPath(weights, grad, read_only(felt[: len(buffers)].copy()), MappingProxyType(state))


def _hidden(loss: object, matrices: MatrixPath | None) -> dict[str, Array]:
    if matrices is None or not isinstance(loss, MatrixLoss):
        return {}
    return {"hidden": read_only(loss.coordinates(matrices.weights)[:, 2:].copy())}
