"""A path through millions of dimensions in a few hundred: distances and angles nearly as they were."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from descent.record.networks.recorder.pieces import Piece


class CountSketch:
    """A seeded count-sketch of tensors: `k` numbers that add up as the tensors do, and are about as far apart.

    The tensors are laid out in rows of `k` numbers, each tensor beginning a row. With a rotation ``ρ`` and a sign
    ``a`` drawn for each row, and a sign ``b`` for each column,

        ``S(x)[(c + ρ_r) mod k] = Σ a_r b_c x[r, c]``

    so that each number falls into one of `k` places with a sign: two numbers of different rows into the same one with
    probability ``1/k``, two of a row never. Hence ``S`` is linear, ``E⟨S(x), S(y)⟩ = ⟨x, y⟩``, and ``‖S(x)‖²`` is off
    from ``‖x‖²`` by about ``√(2/k)`` of it: 9 % for k = 256, and half as much for the length itself.

    Source: Charikar, Chen and Farach-Colton, "Finding frequent items in data streams", 2002; hashing each coordinate
    by the sum of its parts' hashes as Pham and Pagh, "Fast and scalable polynomial kernels via explicit feature
    maps", 2013.

    Args:
        sizes: How many numbers each tensor has in all.
        k: How many numbers it becomes.
        seed: What rotations and signs are drawn from.
        pieces: Which part of each tensor is given; all of it by default. Sketches of the parts add up to that of the
            whole.
        devices: Where each tensor lies; the CPU by default.

    >>> sketch = CountSketch([3, 70_000], k=64, seed=1)
    >>> x = [torch.ones(3), torch.linspace(0, 1, 70_000)]
    >>> torch.equal(sketch.of([2 * each for each in x]), 2 * sketch.of(x))
    True
    """

    def __init__(
        self,
        sizes: Sequence[int],
        k: int,
        seed: int,
        pieces: Sequence[Piece] | None = None,
        devices: Sequence[torch.device] | None = None,
    ) -> None:
        self.k = k
        rows = [-(-size // k) for size in sizes]
        # The streams of numpy's bit generators stay as they are in all its versions, those of its distributions do not.
        drawn = np.random.PCG64(seed).random_raw(sum(rows) + k)
        self._rotation = ((drawn >> np.uint64(1)) % np.uint64(k)).astype(np.int64)[:-k]
        self._sign = (1 - 2 * (drawn & np.uint64(1)).astype(np.int64)).astype(np.float32)
        firsts = np.cumsum([0, *rows[:-1]])
        places = [torch.device("cpu")] * len(sizes) if devices is None else devices
        parts = [Piece(0, size) for size in sizes] if pieces is None else pieces
        self._device = places[0]
        self._columns = torch.tensor(self._sign[-k:], device=self._device)
        self._large: dict[int, _Rows] = {}
        self._small: dict[torch.device, list[_Spot]] = {}
        small_rows: dict[torch.device, list[int]] = {}
        for number, (piece, device) in enumerate(zip(parts, places, strict=True)):
            length = piece.length
            if not piece.counts or not length:
                continue
            row, column = int(firsts[number]) + piece.offset // k, piece.offset % k
            whole = length // k if column == 0 and length >= k * k else 0
            if whole:
                self._large[number] = self._rows(np.arange(row, row + whole), device)
            if rest := length - whole * k:
                taken = small_rows.setdefault(device, [])
                spot = _Spot(number, whole * k, rest, len(taken) * k + column)
                self._small.setdefault(device, []).append(spot)
                taken += range(row + whole, row + whole + -(-(column + rest) // k))
        self._rest = {device: self._rows(np.array(taken), device) for device, taken in small_rows.items()}

    @torch.no_grad()
    def of(self, tensors: Sequence[Tensor]) -> Tensor:
        """The sketch ``[k]`` of tensors, or of the parts of this process, in float32 on the first one's device."""
        total = torch.zeros(self.k, self.k, device=self._device)
        for number, rows in self._large.items():
            total += rows.by_rotation(tensors[number].detach().reshape(-1), self.k).to(self._device)
        for device, spots in self._small.items():
            values = torch.zeros(len(self._rest[device].order) * self.k, device=device)
            for spot in spots:
                flat = tensors[spot.number].detach().reshape(-1)
                values[spot.to : spot.to + spot.length] = flat[spot.first : spot.first + spot.length]
            total += self._rest[device].by_rotation(values, self.k).to(self._device)
        total *= self._columns
        # Row ρ of the table is turned by ρ places: laid out twice side by side, that is a slanted view.
        twice = torch.cat([total, total], dim=1)
        return twice.as_strided((self.k, self.k), (2 * self.k - 1, 1), self.k).sum(0)

    def _rows(self, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", device: torch.device) -> "_Rows":
        rotation = self._rotation[rows]
        order = np.argsort(rotation, kind="stable")
        begins = np.searchsorted(rotation[order], np.arange(self.k))
        signs = self._sign[rows[order]]
        return _Rows(*(torch.tensor(each, device=device) for each in (order, begins, signs)))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where among the small tensors a piece of one is put."""

    number: int
    first: int
    length: int
    to: int


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Rows of a tensor in the order of their rotations, where each rotation begins, and the rows' signs."""

    order: Tensor
    begins: Tensor
    signs: Tensor

    def by_rotation(self, flat: Tensor, k: int) -> Tensor:
        """For each rotation the sum ``[k]`` of the rows that it turns, with their signs: ``[k, k]``."""
        table = flat[: len(self.order) * k].view(-1, k).float()
        return nn.functional.embedding_bag(self.order, table, self.begins, mode="sum", per_sample_weights=self.signs)
