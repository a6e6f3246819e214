"""The lecture notebook's API: two losses, a training loop that returns a table, and two plots.

``from descent import optimizers`` takes the place of the notebook's own import; its cells then run as they are.
For pictures to publish, see `descent.figures`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from descent.base.errors import DescentError
from descent.record.named_surfaces import BIRD, VALLEY
from descent.record.runs import Run
from descent.record.surfaces import Domain, Point, Surface
from descent.record.trajectories import trace

LossFunction = Callable[[Tensor, Tensor], Tensor]
Settings = Mapping[str, Any]

_COLUMNS = np.dtype([("epoch", np.int64), ("w1", np.float32), ("w2", np.float32), ("loss", np.float32)])


def sin_loss_fn(w1: Tensor, w2: Tensor) -> Tensor:
    """The notebook's loss with many minima, ``sin(w2)·e^(2(1−cos w1)) + cos(w1)·e^(2(1−sin w2)) + (w1−w2)²``.

    Args:
        w1: First parameter, any shape.
        w2: Second parameter, of the same shape.

    Returns:
        The loss, of that shape.

    >>> import torch
    >>> round(sin_loss_fn(torch.tensor(0.0), torch.tensor(0.0)).item(), 3)  # e²
    7.389
    """
    return BIRD.loss(w1, w2)


def reg_loss_fn(w1: Tensor, w2: Tensor) -> Tensor:
    """The notebook's long valley, ``w1² + w2² + 1.8·w1·w2``, whose minimum is (0, 0).

    Args:
        w1: First parameter, any shape.
        w2: Second parameter, of the same shape.

    Returns:
        The loss, of that shape.

    >>> import torch
    >>> reg_loss_fn(torch.tensor(1.0), torch.tensor(-1.0)).item()
    0.20000004768371582
    """
    return VALLEY.loss(w1, w2)


def train(
    loss_fn: LossFunction,
    epochs: int,
    w1_init: float,
    w2_init: float,
    step_size: float | None = None,
    optimizer: type[Optimizer] | None = None,
    optimizer_params: Settings | None = None,
    scheduler: type[LRScheduler] | None = None,
    scheduler_params: Settings | None = None,
) -> NDArray[np.void]:
    """Minimise a loss of two parameters in float32, one optimizer step an epoch.

    Args:
        loss_fn: Elementwise torch function of ``w1`` and ``w2``.
        epochs: How many steps to take, at least 1.
        w1_init: Where ``w1`` starts.
        w2_init: Where ``w2`` starts.
        step_size: Learning rate of plain `torch.optim.SGD`, the optimizer where none is given.
        optimizer: A class of `torch.optim`.
        optimizer_params: Its arguments, such as ``{"lr": 0.01}``.
        scheduler: A class of `torch.optim.lr_scheduler`, stepped after every epoch.
        scheduler_params: Its arguments.

    Returns:
        A table of one row an epoch, recorded before its step: a read-only structured array with the columns
        ``epoch`` (from 1), ``w1``, ``w2`` and ``loss``, which `pandas.DataFrame` and `polars.DataFrame` take as it
        is. A run that leaves the finite numbers ends with its first loss that is not finite.

    Raises:
        DescentError: If the settings do not fit, in one sentence.

    >>> from torch.optim import SGD
    >>> table = train(reg_loss_fn, 3, 2, 0, optimizer=SGD, optimizer_params={"lr": 0.25})
    >>> table["w1"].tolist(), table[-1]["epoch"].item()
    ([2.0, 1.0, 0.9049999713897705], 3)
    """
    start = w1_init, w2_init
    around = (w1_init - 1, w1_init + 1), (w2_init - 1, w2_init + 1)
    spec = _optimizer(step_size, optimizer, optimizer_params)
    return _table(Run(_surface(loss_fn, around), spec, start, epochs, _scheduler(scheduler, scheduler_params)))


def plot_loss(
    w1min: float,
    w1max: float,
    w2min: float,
    w2max: float,
    loss_fn: LossFunction,
    nsteps: int = 8,
    ax: Axes | None = None,
) -> Axes:
    """Draw a loss as a contour plot of 30 levels, from dark blue (low) to red (high).

    Args:
        w1min: Left edge of the view.
        w1max: Right edge.
        w2min: Bottom edge.
        w2max: Top edge.
        loss_fn: Elementwise torch function of ``w1`` and ``w2``.
        nsteps: Points along each axis at which the loss is computed, at least 2.
        ax: Where to draw; by default a new figure, which is then shown.

    Returns:
        What was drawn into. (Axes and not a figure, which a notebook would show a second time.)

    Raises:
        DescentError: If the view is empty, the loss is not elementwise, or the grid is too small.
    """
    axes = _draw_loss(_surface(loss_fn, ((w1min, w1max), (w2min, w2max))), nsteps, ax)
    return _finished(axes, shown=ax is None)


def plot_train(
    w1min: float,
    w1max: float,
    w2min: float,
    w2max: float,
    loss_fn: LossFunction,
    epochs: int,
    w1_init: float,
    w2_init: float,
    nsteps: int = 8,
    optimum: Point | None = None,
    step_size: float | None = None,
    optimizer: type[Optimizer] | None = None,
    optimizer_params: Settings | None = None,
    scheduler: type[LRScheduler] | None = None,
    scheduler_params: Settings | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Train as `train` does, and draw its epochs over the contours of `plot_loss`.

    Args:
        w1min: Left edge of the view, which the run may leave and may even start outside of.
        w1max: Right edge.
        w2min: Bottom edge.
        w2max: Top edge.
        loss_fn: Elementwise torch function of ``w1`` and ``w2``.
        epochs: How many steps to take, at least 1.
        w1_init: Where ``w1`` starts.
        w2_init: Where ``w2`` starts.
        nsteps: Points along each axis at which the loss is computed for the contours.
        optimum: A point ``(w1, w2)`` to mark with a star.
        step_size: Learning rate of plain `torch.optim.SGD`, the optimizer where none is given.
        optimizer: A class of `torch.optim`.
        optimizer_params: Its arguments, such as ``{"lr": 0.01}``.
        scheduler: A class of `torch.optim.lr_scheduler`, stepped after every epoch.
        scheduler_params: Its arguments.
        ax: Where to draw; by default a new figure, which is then shown.

    Returns:
        What was drawn into.

    Raises:
        DescentError: If the settings do not fit, in one sentence.
    """
    view = (w1min, w1max), (w2min, w2max)
    surface = _surface(loss_fn, view)
    everywhere = _surface(loss_fn, _reaching(view, (w1_init, w2_init)))
    spec = _optimizer(step_size, optimizer, optimizer_params)
    run = Run(everywhere, spec, (w1_init, w2_init), epochs, _scheduler(scheduler, scheduler_params))
    table = _table(run)
    axes = _draw_loss(surface, nsteps, ax)
    _draw_epochs(table, surface, axes)
    if optimum is not None:
        axes.plot(*optimum, "*", color="black", markeredgecolor="white", markersize=14, zorder=5, label="optimum")
    settings = f"step_size {step_size:g}" if optimizer is None else run.label.replace(" · ", "\n")
    axes.set_title(f"{settings}\n{len(table)} epochs, last loss {table[-1]['loss']:.5g}", fontsize="medium")
    axes.legend(loc="upper right", fontsize="small", framealpha=0.9)
    return _finished(axes, shown=ax is None)


def _surface(loss_fn: LossFunction, view: Domain) -> Surface:
    return Surface(getattr(loss_fn, "__name__", "loss_fn"), loss_fn, view)


def _reaching(view: Domain, start: Point) -> Domain:
    """The view, grown where a start lies outside of it."""
    (left, right), (bottom, top) = view
    w1, w2 = start
    return (min(left, w1), max(right, w1)), (min(bottom, w2), max(top, w2))


def _optimizer(step_size: float | None, optimizer: type[Optimizer] | None, params: Settings | None) -> partial[Any]:
    if optimizer is None:
        if step_size is None:
            raise DescentError("Give a step_size, or an optimizer such as torch.optim.SGD with its optimizer_params.")
        if params:
            raise DescentError("optimizer_params are given without the optimizer that they are for.")
        return partial(SGD, lr=step_size)
    if step_size is not None:
        raise DescentError('With an optimizer, give the rate as optimizer_params={"lr": …} and no step_size.')
    _check_class(optimizer, Optimizer, "optimizer", "torch.optim.SGD")
    return partial(optimizer, **(params or {}))


def _scheduler(scheduler: type[LRScheduler] | None, params: Settings | None) -> partial[Any] | None:
    if scheduler is None:
        if params:
            raise DescentError("scheduler_params are given without the scheduler that they are for.")
        return None
    _check_class(scheduler, LRScheduler, "scheduler", "torch.optim.lr_scheduler.ExponentialLR")
    return partial(scheduler, **(params or {}))


def _check_class(given: object, base: type, argument: str, example: str) -> None:
    if not isinstance(given, type) or not issubclass(given, base):
        raise DescentError(f"The {argument} must be a class, such as {example}, not {given!r}.")


def _table(run: Run) -> NDArray[np.void]:
    trajectory = trace(run)
    rows = min(run.steps, len(trajectory.loss))
    table = np.empty(rows, _COLUMNS)
    table["epoch"] = np.arange(1, rows + 1)
    table["w1"], table["w2"] = trajectory.params[:rows].T
    table["loss"] = trajectory.loss[:rows]
    table.flags.writeable = False
    return table


def _draw_loss(surface: Surface, nsteps: int, ax: Axes | None) -> Axes:
    grid = surface.grid(nsteps)
    axes = plt.subplots()[1] if ax is None else ax
    axes.contour(grid.w1, grid.w2, np.ma.masked_invalid(grid.loss), levels=30, cmap="turbo", linewidths=1)
    (left, right), (bottom, top) = surface.domain
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xlabel="w1", ylabel="w2", title=surface.name)
    return axes


def _draw_epochs(table: NDArray[np.void], view: Surface, axes: Axes) -> None:
    """The iterates, coloured by epoch and joined by a thin line; the first and the last explain the colours."""
    colours = plt.get_cmap("Greys")(np.linspace(0.25, 1, len(table)))
    w1, w2 = table["w1"], table["w2"]
    axes.plot(w1, w2, color="black", linewidth=0.6, zorder=3)
    axes.scatter(w1, w2, c=colours, s=22, edgecolors="black", linewidths=0.5, zorder=4)
    for row in {0, len(table) - 1}:
        where = "" if view.contains(float(w1[row]), float(w2[row])) else ", outside the view"
        name = f"epoch {table['epoch'][row]}{where}"
        axes.scatter([], [], color=colours[row], s=22, edgecolors="black", linewidths=0.5, label=name)


def _finished(axes: Axes, shown: bool) -> Axes:
    if shown:
        plt.show()
    return axes
