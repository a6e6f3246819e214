"""How curved a network's loss is: largest eigenvalues of its Hessian, by products with vectors."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils import parameters_to_vector

from descent.base.errors import DescentError, reason
from descent.base.progress import Progress
from descent.record.networks.batches import Data, Loss, all_batches, examples_in, loss_of
from descent.record.networks.devices import Device, find_device, moved
from descent.record.networks.planes import Plane
from descent.record.networks.randomness import seeded
from descent.record.networks.recording import Mode, Recording
from descent.record.surfaces import Array, differentiating, read_only

_DENSE = 32  # parameters, for which the whole matrix is computed
_CLOSE = 1e-4  # relative error of an eigenvalue


class Hessian:
    """The Hessian of the mean loss of a network on all data, where the network is, as products with vectors.

    ``H v = ∂/∂w ⟨∂L/∂w, v⟩``: two passes through the network a batch. Buffers are put back before each, and random
    numbers drawn anew, so that it is the Hessian of one function. Of data that are one batch, the first pass, ∂L/∂w, is
    kept from product to product: it is as large as a product needs anyway.

    Args:
        network: Of its own; in the mode that it is to be computed in.
        loss: The loss.
        batches: All data, on the network's device.
        seed: For what draws at random.
    """

    def __init__(self, network: nn.Module, loss: Loss, batches: list[Any], seed: int = 0) -> None:
        self._network, self._loss, self._batches, self._seed = network, loss, batches, seed
        self._leaves = [leaf.requires_grad_() for leaf in network.parameters()]
        self._buffers = [(buffer, buffer.detach().clone()) for buffer in network.buffers()]
        self.size = sum(leaf.numel() for leaf in self._leaves)
        self._slopes: tuple[Tensor, ...] | None = None

    @differentiating()
    def __call__(self, vector: Array) -> Array:
        """``H v`` of a vector ``[P]``, in float64.

        Raises:
            DescentError: If the network cannot be differentiated twice.
        """
        given = torch.as_tensor(np.asarray(vector, dtype=np.float32).ravel(), device=self._leaves[0].device)
        parts = [
            part.view_as(leaf)
            for part, leaf in zip(torch.split(given, [x.numel() for x in self._leaves]), self._leaves, strict=True)
        ]
        counts = [examples_in(batch) for batch in self._batches]
        total = np.zeros(self.size)
        for batch, count in zip(self._batches, counts, strict=True):
            total += self._product(batch, parts) * (count / sum(counts))
        return total

    def _product(self, batch: Any, parts: Sequence[Tensor]) -> Array:
        try:
            slopes = self._slopes_of(batch)
            along = torch.stack([(slope * part).sum() for slope, part in zip(slopes, parts, strict=True)]).sum()
            if not along.requires_grad:
                return np.zeros(self.size)  # a loss that is linear
            kept = self._slopes is not None
            found = torch.autograd.grad(
                along, self._leaves, retain_graph=kept, materialize_grads=True, allow_unused=True
            )
        except DescentError:
            raise
        except Exception as error:
            raise DescentError(f"The network's loss cannot be differentiated twice: {reason(error)}.") from error
        values: Array = parameters_to_vector([part.contiguous() for part in found]).detach().cpu().double().numpy()
        return values

    def _slopes_of(self, batch: Any) -> tuple[Tensor, ...]:
        """``∂L/∂w`` of a batch, to be differentiated again."""
        if self._slopes is not None:
            return self._slopes
        with torch.no_grad():
            for buffer, before in self._buffers:
                buffer.copy_(before)
        with seeded(self._seed, self._leaves[0].device), sdpa_kernel(SDPBackend.MATH):
            loss = loss_of(self._network, self._loss, batch)
            slopes = torch.autograd.grad(
                loss, self._leaves, create_graph=True, materialize_grads=True, allow_unused=True
            )
        if len(self._batches) == 1:
            self._slopes = slopes
        return slopes


def top_eigenpairs(product: Callable[[Array], Array], size: int, count: int = 1, seed: int = 0) -> tuple[Array, Array]:
    """The largest eigenvalues of a symmetric matrix, and their vectors, by Lanczos iterations.

    Args:
        product: The matrix times a vector ``[size]``.
        size: Its rows.
        count: How many eigenvalues.
        seed: Of the vector that is begun with.

    Returns:
        ``[count]``, the largest first, to a relative error of about 1e-4, and ``[size, count]``; NaN where products are
        not finite.

    Raises:
        DescentError: If they are not found.

    >>> matrix = np.diag(np.arange(50.0))
    >>> top_eigenpairs(lambda v: matrix @ v, 50, 2)[0].round(6).tolist()
    [49.0, 48.0]
    """
    start = np.random.Generator(np.random.PCG64(seed)).standard_normal(size)
    if not np.isfinite(product(start / np.linalg.norm(start))).all():
        return np.full(count, np.nan), np.full((size, count), np.nan)
    if size <= max(_DENSE, count + 1):
        matrix = np.stack([product(row) for row in np.eye(size)])
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    else:
        operator = LinearOperator((size, size), matvec=product, dtype=float)
        try:
            values, vectors = eigsh(operator, k=count, which="LA", v0=start, tol=_CLOSE)
        except ArpackNoConvergence as error:
            raise DescentError(
                "The Hessian's largest eigenvalue was not found: its iteration does not converge."
            ) from error
    order = np.argsort(values)[::-1][:count]
    return values[order], vectors[:, order]


def sharpness(
    recording: Recording,
    loss: Loss,
    data: Data,
    rows: Sequence[int] | None = None,
    *,
    preconditioned: bool = False,
    mode: Mode | None = None,
    seed: int = 0,
    device: Device = None,
    progress: Progress = lambda *_: None,
) -> Array:
    """The sharpness along a path: the largest eigenvalue of the loss's Hessian at rows, by `scipy.sparse.linalg.eigsh`.

    Gradient descent of rate η becomes unstable where it passes 2/η (`stability_limit`); networks trained on all data
    hover there: Cohen et al. (2021), "Gradient descent on neural networks typically occurs at the edge of stability".
    Preconditioned, it is that of ``P^(−1/2) H P^(−1/2)``, P what the optimizer divides by (`Recorder` keeps it with
    ``preconditioner=True``): Cohen et al. (2022), "Adaptive gradient methods at the edge of stability".

    Args:
        recording: The path.
        loss: The loss that it was trained on.
        data: A batch, or batches, or a `Sample`; the mean over their examples.
        rows: Which rows; all by default.
        preconditioned: Whether for an adaptive optimizer.
        mode: The mode of the network; by default the one that it was in at the row.
        seed: For what draws at random, and what the iteration begins with.
        device: Where to compute, as torch names it.
        progress: Told (rows done, rows in all, what is going on).

    Returns:
        ``[rows]``, in units of loss per squared parameter; NaN where it is not finite or no preconditioner was kept.

    Raises:
        DescentError: If the loss has no second derivative, or no preconditioner was recorded.
    """
    if preconditioned and recording.preconditioner is None:
        raise DescentError(
            "No preconditioner was recorded of this run; record it with Recorder(…, preconditioner=True)."
        )
    chosen = list(range(len(recording.params))) if rows is None else list(rows)
    found = []
    for done, row in enumerate(chosen):
        progress(done, len(chosen), "sharpness")
        divisor = recording.preconditioner[row] if preconditioned and recording.preconditioner is not None else None
        found.append(_sharpest(recording, row, loss, data, divisor, mode, seed, device))
    return read_only(np.array(found))


def hessian_plane(
    recording: Recording,
    loss: Loss,
    data: Data,
    row: int = -1,
    *,
    mode: Mode | None = None,
    seed: int = 0,
    device: Device = None,
) -> Plane:
    """A plane through a row along the two eigenvectors of the Hessian that it is most curved along.

    Args:
        recording: The path.
        loss: The loss that it was trained on.
        data: A batch, or batches, or a `Sample`.
        row: Where; the last by default.
        mode: The mode of the network; by default the one that it was in at the row.
        seed: For what draws at random.
        device: Where to compute.

    Raises:
        DescentError: If the loss has no second derivative, or is not finite there.
    """
    hessian = _hessian(recording, row, loss, data, mode, seed, device)
    values, vectors = top_eigenpairs(hessian, hessian.size, 2, seed)
    if not np.isfinite(values).all():
        raise DescentError(f"The Hessian at row {row} is not finite; choose another row.")
    origin = np.asarray(recording.params[row], dtype=float)
    return Plane(read_only(origin), read_only(np.ascontiguousarray(vectors.T)), kind="sharpest directions")


def _sharpest(
    recording: Recording,
    row: int,
    loss: Loss,
    data: Data,
    divisor: Array | None,
    mode: Mode | None,
    seed: int,
    device: Device,
) -> float:
    if divisor is not None and not np.isfinite(divisor).all():
        return math.nan
    hessian = _hessian(recording, row, loss, data, mode, seed, device)
    root = np.ones(1) if divisor is None else 1 / np.sqrt(divisor.astype(float))
    values, _ = top_eigenpairs(lambda v: root * hessian(root * v.ravel()), hessian.size, 1, seed)
    return float(values[0])


def _hessian(
    recording: Recording, row: int, loss: Loss, data: Data, mode: Mode | None, seed: int, device: Device
) -> Hessian:
    place = find_device(device)
    network = recording.network(row, mode or recording.mode(row)).to(place)
    return Hessian(network, loss, [moved(batch, place) for batch in all_batches(data)], seed)
