"""What every worker pays for on first use, paid once in the server process that workers are forked from."""

import contextlib
import gc
import importlib
import threading
from pathlib import Path

import torch
from tqdm import tqdm  # type: ignore[import-untyped]

from descent.base.project import project

_ROOT = project().root

with contextlib.chdir(_ROOT):  # where Manim looks for its settings when it is imported
    importlib.import_module("descent.delivery.drawing")  # with Manim and all that is drawn
    _CONFIG = importlib.import_module("manim").config

_CONFIG.assets_dir = str(_ROOT / Path(_CONFIG.assets_dir))  # from where workers stand, which is where the user does

# torch loads its compiler when the first optimizer is built, which takes longer than drawing a second of film.
torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)

# A lock between processes, which nobody needs here, would be left behind by a worker that is killed.
tqdm.set_lock(threading.RLock())

# What is here stays: workers need not search it for garbage, and so do not copy the pages that they share.
gc.collect()
gc.freeze()
