"""Where a network of two inputs and one output changes its mind, step by step."""

import contourpy
import numpy as np
import torch

from descent.record.networks.many_weights import ask_many
from descent.record.networks.recording import Mode, Recording
from descent.record.surfaces import Array


def decision_lines(recording: Recording, x: Array, y: Array, mode: Mode = "eval") -> list[list[Array]]:
    """The lines of output 0 among two inputs, for every row of a recording, with the state of the row.

    Args:
        recording: A network that maps inputs ``[m, 2]`` to outputs ``[m]``, such as logits.
        x: First inputs of a grid, rising, ``[columns]``.
        y: Second inputs, rising, ``[rows]``.
        mode: The mode of the network: what it decides once trained is decided in evaluation mode.

    Returns:
        Per row of the recording its lines, each ``[k, 2]`` in inputs.

    Raises:
        DescentError: If the network does not take such inputs.
    """
    columns, rows = np.meshgrid(x, y)
    inputs = torch.tensor(np.stack([columns.ravel(), rows.ravel()], axis=1), dtype=torch.float32)
    count = len(recording.params)
    network = recording.network(0, mode)
    tables = ask_many(network, lambda own: own(inputs), count, lambda few: recording.params[few], recording.state)
    found: list[list[Array]] = []
    for table in tables.reshape(count, len(y), len(x)):
        generator = contourpy.contour_generator(x, y, table, line_type=contourpy.LineType.Separate)
        found.append([np.asarray(line) for line in generator.lines(0.0)])
    return found
