"""Where a network of two inputs and one output changes its mind, step by step."""

import contourpy
import numpy as np
import torch
from torch.func import functional_call, vmap

from descent.record.networks.recording import Recording
from descent.record.surfaces import Array

_CHUNK = 32


def decision_lines(recording: Recording, x: Array, y: Array) -> list[list[Array]]:
    """The lines of output 0 among two inputs, for every row of a recording.

    Args:
        recording: A network that maps inputs ``[m, 2]`` to outputs ``[m]``, such as logits.
        x: First inputs of a grid, rising, ``[columns]``.
        y: Second inputs, rising, ``[rows]``.

    Returns:
        Per row of the recording its lines, each ``[k, 2]`` in inputs.
    """
    network = recording.network()
    names = dict(network.named_parameters())
    sizes = [weight.numel() for weight in names.values()]
    columns, rows = np.meshgrid(x, y)
    inputs = torch.tensor(np.stack([columns.ravel(), rows.ravel()], axis=1), dtype=torch.float32)

    def outputs(flat: torch.Tensor) -> torch.Tensor:
        parts = zip(names.items(), torch.split(flat, sizes), strict=True)
        weights = {name: part.reshape(own.shape) for (name, own), part in parts}
        answers: torch.Tensor = functional_call(network, weights, (inputs,))
        return answers

    found: list[list[Array]] = []
    with torch.no_grad():
        for few in torch.split(torch.tensor(recording.params), _CHUNK):
            for table in vmap(outputs)(few).reshape(-1, len(y), len(x)).double().numpy():
                generator = contourpy.contour_generator(x, y, table, line_type=contourpy.LineType.Separate)
                found.append([np.asarray(line) for line in generator.lines(0.0)])
    return found
