"""Reading what was recorded: a run's folder, or checkpoints."""

import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from torch import nn

from descent.base.errors import DescentError
from descent.record.networks.history import History
from descent.record.networks.recorder.checkpoints import Kept, is_checkpoint, opened, tensors_of
from descent.record.networks.recorder.fitting import Wanted, wanted_by
from descent.record.networks.recorder.preconditioning import is_preconditioner, preconditioners
from descent.record.networks.recorder.records import INDEX, Begin, Logged, Record, Snapshot, way
from descent.record.networks.recorder.rows import Rows, Steps
from descent.record.networks.recorder.steps import history_of
from descent.record.networks.recording import Recording
from descent.record.surfaces import Array, read_only


def read(
    path: str | PathLike[str],
    model: nn.Module | None = None,
    steps: Iterable[int] | None = None,
    *,
    stream: bool = False,
) -> Recording:
    """A run that a `Recorder` wrote, or checkpoints, as a `Recording` whose rows are the steps that were kept.

    Checkpoints are files of safetensors, of ``torch.save`` with a ``state_dict`` in them, as Lightning's, or folders as
    Hugging Face's ``checkpoint-500``. Their step is what they say it is, else what their name says. No code in them is
    run: what holds more than tensors and plain values is not read. Files that cannot be read or do not fit are left
    out, and a warning names them.

    Args:
        path: A run's folder; a folder of checkpoints; or a pattern, as ``"checkpoints/*"``.
        model: The network, which slices need; its own parameters do not matter. A run's folder can be read without.
        steps: Only these, of those that were kept; a row takes ``4 P`` bytes.
        stream: Of a run's folder: leave parameters on the disk, and read a row when it is asked for.

    Returns:
        The rows, in float32. ``at`` tells their steps; ``history``, of a run, what was recorded of every step. The
        loss of a row is what was logged of the step that followed, which saw it; where nothing was, what was logged
        last. Of checkpoints it is unknown, NaN: `loss_along` computes losses.

    Raises:
        DescentError: If there is nothing to read, or it is of another network.
    """
    if not isinstance(path, str | PathLike):
        raise DescentError(f"What is read is a folder or a pattern, such as 'runs/a', not {path!r}.")
    if model is not None and not isinstance(model, nn.Module):
        raise DescentError(f"What was recorded is read for a torch.nn.Module, not {type(model).__name__}.")
    chosen = None if steps is None else set(steps)
    folder = Path(path).expanduser()
    if (folder / INDEX).is_file():
        return _of_run(folder, model, chosen, stream)
    if stream:
        raise DescentError(f"{path} holds no run of a Recorder, and only those can be left on the disk: stream=False.")
    if model is None:
        raise DescentError(f"{path} holds no run of a Recorder; to read checkpoints, give the model too.")
    return _of_checkpoints(str(path), folder, model, chosen)


def _of_run(folder: Path, model: nn.Module | None, chosen: set[int] | None, stream: bool) -> Recording:
    records = way(folder)
    begins = [each for each in records if isinstance(each, Begin)]
    if not begins:
        raise DescentError(f"{folder} holds no step yet.")
    listed = {each.step: each for each in records if isinstance(each, Snapshot) and (folder / each.file).is_file()}
    if chosen is not None:
        listed = {step: each for step, each in listed.items() if step in chosen}
    layout = {each.name: torch.Size(each.shape) for each in begins[-1].layout}
    wanted = Wanted(layout, {}, {}) if model is None else wanted_by(model)
    if model is not None:
        _check_same(folder, wanted, layout)
    rows = Rows(0 if stream else len(listed), wanted)
    for step, each in sorted(listed.items()):
        with rows.or_bad(folder / each.file):
            if stream:
                rows.leave(step, folder / each.file)
                continue
            tensors = {name: t for name, t in tensors_of(folder / each.file).items() if not is_preconditioner(name)}
            rows.take(Kept(step, *wanted.found_in(tensors, every_buffer=model is None)))
    found = rows.found(str(folder), model)
    history = history_of(records)
    return Recording(
        None,
        None,
        {},
        params=found.params,
        loss=_losses(records, history, found.at),
        training=read_only(np.array([listed[step].training for step in found.at.tolist()])),
        state=found.state,
        rates=_rates(history, found.at),
        module=found.module,
        seed=begins[-1].seed,
        at=found.at,
        name=begins[-1].name,
        history=history,
        preconditioner=preconditioners([folder / listed[step].file for step in found.at.tolist()], layout, stream),
    )


def _of_checkpoints(pattern: str, folder: Path, model: nn.Module, chosen: set[int] | None) -> Recording:
    paths, wanted = _checkpoints(pattern, folder), wanted_by(model)
    rows = Rows(len(paths), wanted)
    for path in paths:
        with rows.or_bad(path):
            each = opened(path, wanted)
            if chosen is None or each.step in chosen:
                rows.take(each)
    found = rows.found(pattern, model)
    count = len(found.at)
    return Recording(
        None,
        None,
        {},
        params=found.params,
        loss=read_only(np.full(count, np.nan)),
        training=read_only(np.full(count, model.training)),
        state=found.state,
        rates=read_only(np.full((count - 1, 1), np.nan)),
        module=found.module,
        seed=0,
        at=found.at,
        name=_title(folder),
    )


def _checkpoints(pattern: str, folder: Path) -> list[Path]:
    """Checkpoints that a pattern, a folder or the name of one means, in the order of their names and numbers."""
    if is_checkpoint(folder):
        return [folder]
    paths = folder.iterdir() if folder.is_dir() else map(Path, glob.glob(str(folder)))  # noqa: PTH207, a pattern may be absolute

    found = sorted(filter(is_checkpoint, paths), key=lambda path: _by_number(path.name))
    if not found:
        raise DescentError(
            f"There is neither a run nor a checkpoint at {pattern}; name a folder, or a pattern as 'checkpoints/*'."
        )
    return found


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as people do: 9 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _title(folder: Path) -> str:
    """What checkpoints are called on screen: their folder, or the folder of the pattern."""
    plain = next((part for part in (folder, *folder.parents) if not re.search(r"[*?\[]", part.name)), folder)
    return " ".join("".join(c if c.isprintable() else " " for c in plain.resolve().name).split()) or "checkpoints"


def _check_same(folder: Path, wanted: Wanted, layout: Mapping[str, torch.Size]) -> None:
    """Refuse to read for another network."""
    try:
        wanted.found_in({name: torch.empty(shape, device="meta") for name, shape in layout.items()})
    except DescentError as error:
        raise DescentError(f"{folder} was recorded of another network than this model: {error}.") from error


def _losses(records: Sequence[Record], history: History, at: Steps) -> Array:
    """What was logged of the step after each row; where nothing was, what was last, or at the beginning first."""
    logged = {each.step for each in records if isinstance(each, Logged) and "loss" in each.values}
    known = np.flatnonzero(np.isin(history.step, list(logged)))  # a loss that is NaN is one too
    if not known.size:
        return read_only(np.full(len(at), np.nan))
    place = np.searchsorted(history.step[known], at + 1, side="right") - 1
    return read_only(history.loss[known[np.maximum(place, 0)]])


def _rates(history: History, at: Steps) -> Array:
    """The rates of the step after each row but the last, NaN where it was not recorded."""
    row = {step: k for k, step in enumerate(history.step.tolist())}
    unknown = np.full(history.lr.shape[1], np.nan)
    rows = [history.lr[row[step + 1]] if step + 1 in row else unknown for step in at[:-1].tolist()]
    return read_only(np.array(rows).reshape(len(rows), len(unknown)))
