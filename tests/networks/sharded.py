"""`python sharded.py FOLDER RANK PORT`: one of two processes that train a network of which each has a part."""

import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from own_loop import examples, mse
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.optim import SGD

from descent.networks import Recorder


def whole():
    """A network whose matrices are large enough for every way in which rows of the sketch are cut."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 61), nn.Tanh(), nn.Linear(61, 40), nn.BatchNorm1d(40), nn.Linear(40, 1))


def steps(model, optimizer, run=None):
    """Four steps of the loop, on the data whole."""
    x, y = examples()
    for _ in range(4):
        optimizer.zero_grad()
        loss = mse(model(x), y)
        loss.backward()
        optimizer.step()
        if run is not None:
            run.log(loss=loss)


def main(folder: Path, rank: int, port: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    mesh = torch.distributed.device_mesh.init_device_mesh("cpu", (2,))
    model = whole()
    for layer in model:
        if isinstance(layer, nn.Linear):
            fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    with Recorder(folder, model, optimizer, every=2, sketch=16) as run:
        steps(model, optimizer, run)
    with Recorder(folder, model, optimizer, every=2, sketch=16) as run:  # goes on at 4
        steps(model, optimizer, run)
    try:
        Recorder(folder, model, optimizer, sketch=8).start()
    except ValueError as error:
        sys.stdout.write(str(error))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
