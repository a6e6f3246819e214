"""Checkpoints that others wrote: by Lightning, Hugging Face's Trainer, or `torch.save`; no code in them is run."""

import json
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from descent.base.errors import DescentError, reason
from descent.record.networks.recorder.fitting import Wanted

SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
_IN_FOLDER = ("model.safetensors", "pytorch_model.bin")
_PARTS = tuple(f"{name}.index.json" for name in _IN_FOLDER)
_HOLDERS = ("state_dict", "model_state_dict", "model", "module", "net", "network", "params", "weights")
_COUNTERS = ("global_step", "step", "steps", "iteration", "iter", "epoch")


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What a checkpoint holds of a network, at a step."""

    step: int
    params: dict[str, Tensor]
    buffers: dict[str, Tensor]


def is_checkpoint(path: Path) -> bool:
    """Whether something looks like a checkpoint, by its name or, of a folder, by what lies in it."""
    if path.is_dir():
        return any((path / name).is_file() for name in (*_IN_FOLDER, *_PARTS))
    return path.suffix in SUFFIXES and not path.name.startswith(".")


def opened(path: Path, wanted: Wanted) -> Kept:
    """A checkpoint.

    Raises:
        DescentError: If it cannot be read, does not fit, or has no step, in a clause.
    """
    tensors, counted = _of_folder(path) if path.is_dir() else _of_file(path)
    if (step := _step(path, counted)) is None:
        raise DescentError("neither its name nor what it holds tells its step")
    params, buffers = wanted.found_in(tensors)
    return Kept(step, params, buffers)


def tensors_of(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of safetensors.

    Raises:
        DescentError: If it is none, in a clause.
    """
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except Exception as error:  # its own error is plain Exception in some versions
        raise DescentError(f"it cannot be read: {reason(error)}") from error


def _of_folder(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    """The tensors in a folder of Hugging Face's, in one file or several, and what its trainer says of itself."""
    tensors: dict[str, Tensor] = {}
    for name in _files(path):
        tensors |= _of_file(path / name)[0]
    return tensors, _read_json(state) if (state := path / "trainer_state.json").is_file() else {}


def _files(path: Path) -> list[str]:
    for whole, parts in zip(_IN_FOLDER, _PARTS, strict=True):
        if (path / whole).is_file():
            return [whole]
        if (path / parts).is_file():
            names = _read_json(path / parts).get("weight_map")
            files = sorted(set(names.values())) if isinstance(names, dict) else []
            if not files or any(not isinstance(name, str) or Path(name).name != name for name in files):
                raise DescentError(f"its {parts} names no files beside it")
            return files
    raise DescentError(f"there is neither {' nor '.join(_IN_FOLDER)} in it")


def _of_file(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    if path.suffix == ".safetensors":
        return tensors_of(path), {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of protocols, to whoever writes torch
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise DescentError("it holds more than tensors, which could run code; save the state_dict alone") from error
    except Exception as error:
        raise DescentError(f"it cannot be read: {reason(error)}") from error
    if not isinstance(held, Mapping):
        raise DescentError(f"it holds a {type(held).__name__}, not a state_dict")
    found = next((held[name] for name in _HOLDERS if isinstance(held.get(name), Mapping)), held)
    tensors = {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise DescentError("it holds no state_dict")
    return tensors, {} if found is held else held


def _step(path: Path, counted: Mapping[str, Any]) -> int | None:
    """The step of a checkpoint, by what it holds, else by its name."""
    for name in _COUNTERS:
        if type(value := counted.get(name)) is int:
            return int(value)
    stem = path.name if path.is_dir() else path.stem
    told = re.search(r"(?:step|iter)\w*?[-_=]?(\d+)", stem, re.IGNORECASE)
    numbers = re.findall(r"\d+", re.sub(r"\d+\.\d+", "", stem))
    return int(told[1]) if told else int(numbers[-1]) if numbers else None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DescentError(f"its {path.name} cannot be read: {reason(error)}") from error
    return read if isinstance(read, dict) else {}
