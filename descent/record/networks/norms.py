"""How long the parameters of each block are along a path, and how far from where they began."""

from dataclasses import dataclass

import numpy as np

from descent.record.networks.recorder.names import blocks_of, plain_name
from descent.record.networks.recording import Recording
from descent.record.surfaces import Array, read_only


@dataclass(frozen=True, slots=True, eq=False)
class BlockNorms:
    """Lengths of a network's blocks along a path.

    Attributes:
        blocks: Their names.
        length: ``[n+1, blocks]``, of each block's parameters.
        moved: ``[n+1, blocks]``, of their difference to the first row.
    """

    blocks: tuple[str, ...]
    length: Array
    moved: Array


def block_norms(recording: Recording) -> BlockNorms:
    """How long the parameters of each block are at every row, and how far they have moved.

    Raises:
        DescentError: If the run was read without its network.
    """
    named = dict(recording.network(0).named_parameters())
    blocks, places = blocks_of(plain_name(name) for name in named)
    sizes = [param.numel() for param in named.values()]
    starts = np.cumsum([0, *sizes[:-1]])
    start = np.asarray(recording.params[0], dtype=float)

    def lengths(row: Array) -> Array:
        squares = np.bincount(places, np.add.reduceat(row**2, starts), len(blocks))
        return np.sqrt(squares)

    length, moved = [], []
    for row in recording.params:
        values = np.asarray(row, dtype=float)
        length.append(lengths(values))
        moved.append(lengths(values - start))
    return BlockNorms(blocks, read_only(np.array(length)), read_only(np.array(moved)))
