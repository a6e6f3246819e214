"""What every worker pays for on first use, paid once in the server process that workers are forked from."""

import contextlib
import gc
import importlib
import signal
import threading
from pathlib import Path

from descent.base.project import project


def _load() -> None:
    """Import and use it."""
    root = project().root
    with contextlib.chdir(root):  # where Manim looks for its settings when it is imported
        importlib.import_module("descent.delivery.drawing")  # with Manim and all that is drawn
        config = importlib.import_module("manim").config
    config.assets_dir = str(root / Path(config.assets_dir))  # from where workers stand, which is where the user does

    torch = importlib.import_module("torch")
    importlib.import_module("descent.delivery.torch_compiler").put_off_compiler()
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)  # and what else torch imports for its first optimizer

    # The modules, of which thousands are looked at on the disk once.
    importlib.import_module("descent.delivery.freshness").project_modules()

    # A lock between processes, which nobody needs here, would be left behind by a worker that is killed.
    importlib.import_module("tqdm").tqdm.set_lock(threading.RLock())


# A terminal's interrupt is for the command, which ends this process; OpenBLAS raises one where it gets no threads.
_on_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
try:
    _load()
except MemoryError as error:  # a worker meets it, too, and tells of it; nobody hears this process
    raise ImportError("there is too little memory") from error
finally:
    signal.signal(signal.SIGINT, _on_interrupt)  # which workers take over

# What is here stays: workers need not search it for garbage, and so do not copy the pages that they share.
gc.collect()
gc.freeze()
