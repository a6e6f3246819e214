"""Runs of a small network, recorded once, and the code that goes with them."""

import sys

import pytest
import torch

CODE = """
import torch
from torch import nn


def make():
    torch.manual_seed(1)
    x = torch.randn(64, 2)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)), nn.functional.mse_loss, (x, x[:, :1] * x[:, 1:])


def two():
    return make()[:2]


def fails():
    raise RuntimeError("there is no data\\nhere")


def lossless():
    return make()[0], 3, make()[2]


def other():
    return nn.Linear(3, 1), nn.functional.mse_loss, make()[2]


thing = 3
"""


@pytest.fixture(scope="session")
def recorded_runs(tmp_path_factory):
    """A folder with `code.py` and runs of it by SGD and by Adam, and one whose last snapshots are not finite."""
    from descent.base.user_code import import_file
    from descent.networks import Recorder

    folder = tmp_path_factory.mktemp("trained")
    (folder / "pieces.py").write_text(CODE, encoding="utf-8")
    kinds = {
        "sgd": lambda params: torch.optim.SGD(params, lr=0.1),
        "adam": lambda params: torch.optim.Adam(params, lr=0.02),
        "lost": lambda params: torch.optim.SGD(params, lr=0.1),
    }
    with torch.random.fork_rng(devices=[]):
        for name, optimizer_of in kinds.items():
            model, loss, (x, y) = import_file(folder / "pieces.py").make()
            optimizer = optimizer_of(model.parameters())
            with Recorder(folder / name, model, optimizer, every=7, preconditioner=name == "adam") as run:
                for step in range(40):
                    value = loss(model(x), y) * (float("nan") if name == "lost" and step > 30 else 1)
                    optimizer.zero_grad()
                    value.backward()
                    optimizer.step()
                    run.log(loss=value)
    sys.modules.pop("descent_user.pieces", None)
    return folder
