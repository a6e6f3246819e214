"""A recorder for trainers that have the loop themselves: Lightning's and Hugging Face's."""

import sys
from collections.abc import Mapping
from importlib import import_module
from os import PathLike
from typing import Any

from descent.base.errors import DescentError
from descent.record.networks.recorder.recorder import Recorder


def lightning_callback(folder: str | PathLike[str], **settings: Any) -> Any:
    """A callback for Lightning's Trainer: ``Trainer(callbacks=[lightning_callback("runs/a")])``.

    Args:
        folder: Where to; see `Recorder`.
        settings: The recorder's.

    Raises:
        DescentError: If Lightning is not installed.
    """
    old = "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules
    library = _library("pytorch_lightning" if old else "lightning.pytorch", "lightning")

    class RecorderCallback(library.Callback):  # type: ignore[misc, name-defined]
        """Records while Lightning trains."""

        def on_train_start(self, trainer: Any, module: Any) -> None:
            """Begin, where the optimizers are there and a checkpoint has been loaded."""
            own: dict[str, Any] = {"step": trainer.global_step or None} | settings
            self.run = Recorder(folder, module, trainer.optimizers, **own)
            self.run.start()

        def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
            """Log what the step returned as its loss."""
            loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
            if loss is not None:
                self.run.log(loss=loss)

        def on_train_end(self, trainer: Any, module: Any) -> None:
            """Stop."""
            self.run.close()

        def on_exception(self, trainer: Any, module: Any, error: BaseException) -> None:
            """Stop, if it had begun."""
            if hasattr(self, "run"):
                self.run.close(failed=True)

    return RecorderCallback()


def trainer_callback(folder: str | PathLike[str], **settings: Any) -> Any:
    """A callback for Hugging Face's Trainer: ``Trainer(…, callbacks=[trainer_callback("runs/a")])``.

    The losses are those that the Trainer logs, each the mean since the one before: every ``logging_steps``.

    Args:
        folder: Where to; see `Recorder`.
        settings: The recorder's.

    Raises:
        DescentError: If transformers is not installed.
    """
    library = _library("transformers", "transformers")

    class RecorderCallback(library.TrainerCallback):  # type: ignore[misc, name-defined]
        """Records while the Trainer trains."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            """Begin, where the optimizer is there and a checkpoint has been loaded."""
            own: dict[str, Any] = {"step": state.global_step or None} | settings
            self.run = Recorder(folder, given["model"], given["optimizer"], **own)
            self.run.start()

        def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float], **given: Any) -> None:
            """Log the loss that the Trainer logs; at its end, it logs other things."""
            if "loss" in logs:
                self.run.log(loss=logs["loss"])

        def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            """Stop."""
            self.run.close()

    return RecorderCallback()


def _library(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise DescentError(f"{package} is not installed; install it, then try again.") from error
