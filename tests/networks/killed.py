"""`python killed.py FOLDER COUNT`: COUNT recorded training loops, each killed at a random moment by SIGKILL."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from own_loop import network, train
from torch.optim import Adam

from descent.networks import Recorder


def loop(folder: Path) -> None:
    """Train until somebody comes."""
    model = network()
    optimizer = Adam(model.parameters(), lr=0.001)
    with Recorder(folder, model, optimizer, every=3, sketch=8) as run:
        train(model, optimizer, 10**9, run)


def main(folder: Path, count: int) -> None:
    torch.set_num_threads(1)
    moments = random.Random(7)
    for number in range(count):
        child = os.fork()
        if child == 0:
            try:
                loop(folder / str(number))
            finally:
                os._exit(1)
        while not list((folder / str(number)).glob("step-*")):
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, "it ended by itself"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
