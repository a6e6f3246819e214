"""A network's loss along lines and curves through weight space: between checkpoints, and from a slice to the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call
from torch.optim import Adam

from descent.base.errors import DescentError
from descent.base.progress import Progress
from descent.record.networks.batches import Data, Loss, all_batches, each_loss, loss_of
from descent.record.networks.devices import Device, find_device, moved
from descent.record.networks.many_weights import Question, ask_many, computing
from descent.record.networks.planes import Plane
from descent.record.networks.randomness import seeded
from descent.record.networks.recording import Mode, Recording
from descent.record.networks.samples import mean_and_error
from descent.record.networks.weights import State, names_and_sizes
from descent.record.surfaces import Array, differentiating, read_only
from descent.record.torch_specs import build_optimizer


@dataclass(frozen=True, slots=True, eq=False)
class LossLine:
    """The loss along a line or a curve.

    Attributes:
        at: ``[n]``, the share of the way, from 0 to 1.
        loss: ``[n]``.
        error: ``[n]``, its standard error, of a `Sample`; None of all data.
    """

    at: Array
    loss: Array
    error: Array | None

    @property
    def barrier(self) -> float:
        """How far the loss rises above the straight line between the losses at both ends, at most; 0 if it does not.

        Source: Frankle et al. (2020), "Linear mode connectivity and the lottery ticket hypothesis".
        """
        between = self.loss[0] + self.at * (self.loss[-1] - self.loss[0])
        return float(max((self.loss - between).max(), 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """A curve between two networks along which the loss is low: ``(1−t)² a + 2 t (1−t) c + t² b``.

    Attributes:
        middle: ``[P]``, the control point ``c``; `plane_through` both ends and it has the whole curve.
        curve: The loss along it.
        straight: The loss along the straight line.
    """

    middle: Array
    curve: LossLine
    straight: LossLine


def loss_between(
    first: Recording,
    second: Recording,
    loss: Loss,
    data: Data,
    n: int = 41,
    rows: tuple[int, int] = (-1, -1),
    *,
    mode: Mode | None = None,
    seed: int = 0,
    device: Device = None,
) -> LossLine:
    """The loss on the straight line between a row of one recording and a row of another, or of the same.

    Buffers such as running statistics lie on the line between those of both rows, so that the ends are right; between
    them, in evaluation mode, statistics may suit no network, which training mode does without.

    Args:
        first: Where the line begins.
        second: Where it ends: of the same network.
        loss: The loss.
        data: A batch, or batches, or a `Sample`.
        n: Points, both ends among them.
        rows: The row of each.
        mode: The mode of the network; by default the one that it was in at the first row.
        seed: For what draws at random.
        device: Where to compute.

    Raises:
        DescentError: If they are of different networks, or something does not fit together.
    """
    a, b = _ends(first, second, rows)
    t = _shares(n)
    return _along(
        first, rows[0], a + t[:, None] * (b - a), _states(first, second, rows, t), t, loss, data, mode, seed, device
    )


def loss_to_truth(
    recording: Recording,
    plane: Plane,
    loss: Loss,
    data: Data,
    row: int = -1,
    n: int = 21,
    *,
    mode: Mode | None = None,
    seed: int = 0,
    device: Device = None,
) -> LossLine:
    """The loss on the straight line from a plane to a row: at 0 what a map shows under it, at 1 the network's own.

    Args:
        recording: The path.
        plane: The plane of the map.
        loss: The loss.
        data: A batch, or batches, or a `Sample`.
        row: Which row; its state is used.
        n: Points, both ends among them.
        mode: The mode of the network; by default the one that it was in at the row.
        seed: For what draws at random.
        device: Where to compute.

    Raises:
        DescentError: If something does not fit together.
    """
    truth = np.asarray(recording.params[row], dtype=float)
    shown, t = plane.lift(plane.project(truth)), _shares(n)
    state = {name: np.repeat(values[row][None], n, axis=0) for name, values in recording.state.items()}
    return _along(recording, row, shown + t[:, None] * (truth - shown), state, t, loss, data, mode, seed, device)


@differentiating()
def connect(
    first: Recording,
    second: Recording,
    loss: Loss,
    data: Data,
    steps: int = 300,
    rows: tuple[int, int] = (-1, -1),
    *,
    optimizer: partial[Any] = partial(Adam, lr=0.01),  # noqa: B008 -- immutable
    n: int = 41,
    mode: Mode | None = None,
    seed: int = 0,
    device: Device = None,
    progress: Progress = lambda *_: None,
) -> Connection:
    """Train a quadratic Bézier curve between two networks, so that the loss along it is low.

    Its middle begins halfway, and takes steps against the gradient of the loss at points drawn evenly from the curve,
    a batch a step. Source: Garipov et al. (2018), "Loss surfaces, mode connectivity, and fast ensembling of DNNs".

    Args:
        first: Where the curve begins.
        second: Where it ends: of the same network.
        loss: The loss.
        data: A batch, or batches, or a `Sample`.
        steps: How many steps to train.
        rows: The row of each.
        optimizer: A partial of an optimizer class, for the middle.
        n: Points at which the loss is computed afterwards, both ends among them.
        mode: The mode of the network; by default the one that it was in at the first row.
        seed: For what draws at random.
        device: Where to compute.
        progress: Told (steps done, steps in all, what is going on).

    Raises:
        DescentError: If they are of different networks, or something does not fit together.
    """
    if type(steps) is not int or steps < 1:
        raise DescentError(f"A curve is trained for a whole number of steps, at least 1, not {steps!r}.")
    a, b = _ends(first, second, rows)
    place = find_device(device)
    network = first.network(rows[0], mode or first.mode(rows[0])).to(place)
    batches = [moved(batch, place) for batch in all_batches(data)]
    start, end = (torch.tensor(each, dtype=torch.float32, device=place) for each in (a, b))
    middle = ((start + end) / 2).requires_grad_()
    stepper = build_optimizer(optimizer, [middle], subject="the middle of a curve")
    layout = names_and_sizes(network)
    buffers = {name: buffer.detach() for name, buffer in network.named_buffers()}
    places = np.random.Generator(np.random.PCG64(seed)).random(steps)
    with seeded(seed, place):
        for step, t in enumerate(places.tolist()):
            progress(step, steps, "curve")
            stepper.zero_grad()
            point = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
            value = _loss_at(network, layout, buffers, point, loss, batches[step % len(batches)])
            value.backward()  # type: ignore[no-untyped-call]
            stepper.step()
    c = middle.detach().cpu().double().numpy()
    t = _shares(n)
    weights = np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2], axis=1)
    state = _states(first, second, rows, t)
    points = weights @ np.stack([a, c, b])
    curve = _along(first, rows[0], points, state, t, loss, data, mode, seed, device)
    straight = _along(first, rows[0], a + t[:, None] * (b - a), state, t, loss, data, mode, seed, device)
    return Connection(read_only(c), curve, straight)


def _loss_at(
    network: torch.nn.Module, layout: Any, buffers: Mapping[str, Tensor], point: Tensor, loss: Loss, batch: Any
) -> Tensor:
    """The loss of a network with other parameters, through which gradients reach them."""
    parts = torch.split(point, [shape.numel() for _, shape in layout])
    given = {f"network.{name}": part.view(shape) for (name, shape), part in zip(layout, parts, strict=True)}
    given |= {f"network.{name}": buffer.clone() for name, buffer in buffers.items()}
    with computing():
        found: Tensor = functional_call(Question(network, lambda own: loss_of(own, loss, batch)), given, ())
    return found


def _ends(first: Recording, second: Recording, rows: tuple[int, int]) -> tuple[Array, Array]:
    a, b = (np.asarray(each.params[row], dtype=float) for each, row in zip((first, second), rows, strict=True))
    if a.shape != b.shape:
        raise DescentError(f"The two networks have {a.size} and {b.size} parameters; a line joins those of one kind.")
    return a, b


def _shares(n: int) -> Array:
    if type(n) is not int or n < 2:
        raise DescentError(f"A line takes a whole number of points, at least 2, not {n!r}.")
    return np.linspace(0, 1, n)


def _states(first: Recording, second: Recording, rows: tuple[int, int], t: Array) -> State:
    """Buffers on the line between those of two rows; of whole numbers the nearer ones."""
    ends = [
        {name: buffer.detach().cpu().numpy() for name, buffer in each.network(row).named_buffers()}
        for each, row in zip((first, second), rows, strict=True)
    ]
    found = {}
    for name, begin in ends[0].items():
        end = ends[1][name]
        if np.array_equal(begin, end):
            continue
        share = t.reshape(-1, *[1] * begin.ndim)
        if begin.dtype.kind == "f":
            found[name] = (begin + share * (end - begin)).astype(begin.dtype)
        else:
            found[name] = np.where(share < 0.5, begin, end)
    return found


def _along(
    recording: Recording,
    row: int,
    points: Array,
    state: State,
    t: Array,
    loss: Loss,
    data: Data,
    mode: Mode | None,
    seed: int,
    device: Device,
) -> LossLine:
    place = find_device(device)
    batches = all_batches(data)
    network = recording.network(row, mode or recording.mode(row))
    ask = partial(each_loss, loss=loss, batches=[moved(batch, place) for batch in batches])
    losses = ask_many(network, ask, len(t), points.__getitem__, state, seed, place)
    mean, error = mean_and_error(losses, batches, data)
    return LossLine(read_only(t), read_only(mean), None if error is None else read_only(error))
