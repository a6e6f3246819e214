"""A slice of a network's loss, beside the usual way: a copy of the model, and a pass over all data, for each point."""

import copy
import tempfile

import numpy as np
import torch
from torch import nn
from torch.optim import SGD

from benchmarks import Row
from benchmarks.measure import call
from benchmarks.resnet import digits, resnet20
from descent.base.errors import DescentError
from descent.networks import Recorder, Recording, principal_plane, read, scan_slice
from descent.record.surfaces import Array

BATCH = 256
STEPS = 24


def run(quick: bool) -> list[Row]:
    """Measure both on the same points, data and mode; what they find has to be the same."""
    side, many = (4, BATCH) if quick else (7, 2 * BATCH)
    every = digits()
    pictures, labels = (each[:many] for each in every)
    batches = list(zip(pictures.split(BATCH), labels.split(BATCH), strict=True))
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        run = _trained(folder, *every)
        plane = principal_plane(run)
        found, ours = call(lambda: scan_slice([run], plane, nn.functional.cross_entropy, batches, side, mode="eval"))
        table = found.table()  # a little beyond the view, so that cubics end well
        (left, right), (low, high) = found.ends
        across, up = np.linspace(left, right, len(table)), np.linspace(low, high, len(table))
        points = plane.lift(np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2))
        usual, theirs = call(lambda: [_usual(run, each, batches) for each in points])
    if not np.allclose(np.reshape(usual, table.shape), table, rtol=1e-4):
        raise DescentError("the slice and the usual way found different losses.")
    what = f"slice of a ResNet-20 with BatchNorm, {len(table)} × {len(table)} points, {len(labels):,} digits"
    return [
        Row(what, "descent", ours.wall, ours.cpu, shown=True),
        Row(what, "a model copy and a full pass per point", theirs.wall, theirs.cpu, shown=True),
    ]


def _trained(folder: str, pictures: torch.Tensor, labels: torch.Tensor) -> Recording:
    """A few steps, recorded."""
    model = resnet20()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    with Recorder(folder, model, optimizer, every=4) as recorder:
        for few in order.split(64)[:STEPS]:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(pictures[few]), labels[few])
            loss.backward()
            optimizer.step()
            recorder.log(loss=loss)
    return read(folder, model)


def _usual(run: Recording, params: Array, batches: list[tuple[torch.Tensor, torch.Tensor]]) -> float:
    """The mean loss of all data, of a copy of the network with these parameters, in evaluation mode."""
    model = copy.deepcopy(run.network(-1, "eval"))
    nn.utils.vector_to_parameters(torch.tensor(params, dtype=torch.float32), model.parameters())
    with torch.no_grad():
        total = sum(nn.functional.cross_entropy(model(x), y, reduction="sum").item() for x, y in batches)
    return total / sum(len(y) for _, y in batches)
