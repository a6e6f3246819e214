"""What every worker pays for on first use, paid once in the server process that workers are forked from."""

import gc
import threading

import torch
from tqdm import tqdm  # type: ignore[import-untyped]

import descent.delivery.drawing  # noqa: F401 -- with Manim and all that is drawn

# torch loads its compiler when the first optimizer is built, which takes longer than drawing a second of film.
torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)

# A lock between processes, which nobody needs here, would be left behind by a worker that is killed.
tqdm.set_lock(threading.RLock())

# What is here stays: workers need not search it for garbage, and so do not copy the pages that they share.
gc.collect()
gc.freeze()
