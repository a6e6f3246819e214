"""What every worker pays for on first use, paid once in the server process that workers are forked from."""

import contextlib
import gc
import importlib
import threading
from pathlib import Path

import torch
from tqdm import tqdm  # type: ignore[import-untyped]

from descent.base.project import project
from descent.delivery.freshness import project_modules
from descent.delivery.torch_compiler import put_off_compiler

_ROOT = project().root

with contextlib.chdir(_ROOT):  # where Manim looks for its settings when it is imported
    importlib.import_module("descent.delivery.drawing")  # with Manim and all that is drawn
    _CONFIG = importlib.import_module("manim").config

_CONFIG.assets_dir = str(_ROOT / Path(_CONFIG.assets_dir))  # from where workers stand, which is where the user does

put_off_compiler()
torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)  # and whatever else torch imports for its first optimizer

project_modules()  # of which thousands are looked at on the disk once

# A lock between processes, which nobody needs here, would be left behind by a worker that is killed.
tqdm.set_lock(threading.RLock())

# What is here stays: workers need not search it for garbage, and so do not copy the pages that they share.
gc.collect()
gc.freeze()
