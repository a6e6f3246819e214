"""What one has in a notebook, sorted into a loss and runs, and written as the document that `descent animate` reads."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from descent.animate.problem import settings_of
from descent.base.by_value import session_file
from descent.base.document import Document, InFile
from descent.base.errors import DescentError, described, nearest, shown
from descent.base.files import write
from descent.delivery.films import is_scene
from descent.record.claims import Claim
from descent.record.lecture_runs import EXERCISES, EXPERIMENTS
from descent.record.named_surfaces import SURFACES
from descent.record.recorded_paths import RecordedPath, as_path, recorded
from descent.record.runs import Run
from descent.record.spec_text import OPTIMIZERS, parse_run, spec_text, split_name
from descent.record.surfaces import Surface
from descent.record.torch_specs import check_optimizer, check_scheduler
from descent.record.trajectories import Trajectory, is_traced

ACCEPTED = (
    "a loss is a Surface, the name of one, or a function of two tensors; a run is an optimizer, as text or as "
    "functools.partial, a Run, a Trajectory, or an array of points of shape (n, 2)"
)
_KNOWN_RUNS = {**EXPERIMENTS, **EXERCISES}
_OF_RUN = ("optimizer", "scheduler", "dtype", "groups", "batches", "noise", "clipping", "average")


@dataclass(slots=True)
class Race:
    """Things, sorted.

    Attributes:
        loss: A `Surface`, a function, or what names one; None if there is none.
        runs: Optimizers as text, as partials, or in tables as those of a TOML file; `Run`s, `Trajectory`s, and paths.
        options: What else was given, by the keys of a TOML file.
    """

    loss: Any = None
    runs: list[Any] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)


def sorted_race(things: Sequence[object], options: Mapping[str, Any]) -> Race:
    """Tell the loss from the runs, of things in any order and in lists.

    Args:
        things: What was given.
        options: What was given by name; what is None was not.

    Raises:
        DescentError: If something is neither, or there are two losses.
    """
    given = {key: value for key, value in options.items() if value is not None}
    race = Race(given.pop("surface", None), options=given)
    for thing in flat(things):
        if not is_loss(thing):
            race.runs.append(_as_run(thing))
        elif race.loss is None:
            race.loss = thing
        else:
            raise DescentError(f"{described(race.loss)} and {described(thing)} are two losses; give one.")
    return race


def flat(things: Sequence[object]) -> Iterator[object]:
    """The things in lists, and in lists of lists; what holds numbers is one thing, such as a path."""
    for thing in things:
        if isinstance(thing, list | tuple) and not _are_numbers(thing):
            yield from flat(thing)
        else:
            yield thing


def unpacked(things: Sequence[Any]) -> tuple[list[Any], str, Sequence[Claim]]:
    """What a scene shows, if it is the one thing given: its runs, title and claims; else the things as they are."""
    if len(things) == 1 and isinstance(things[0], type) and (runs := getattr(things[0], "runs", None)):
        return list(runs), getattr(things[0], "title", ""), getattr(things[0], "claims", ())
    return list(things), "", ()


def _are_numbers(things: Sequence[object]) -> bool:
    try:
        return np.asarray(things, dtype=float).size > 0
    except (TypeError, ValueError):
        return False


def is_loss(thing: object) -> bool:
    """Whether a thing can be a loss; a function of anything else is told when it is called."""
    if isinstance(thing, str):
        return thing in SURFACES or (":" in thing and "(" not in thing)  # as file.py:function
    known = isinstance(thing, type | Optimizer | LRScheduler | torch.nn.Module) or class_of(thing) is not None
    return isinstance(thing, Surface) or (callable(thing) and not known)


@contextmanager
def document_of(race: Race, folder: Path | None = None) -> Iterator[Document]:
    """A race as a document; what text cannot hold stands in a Python file, which is there within the block.

    Args:
        race: The race.
        folder: Where that file's own folder goes, for other processes; without one, this process alone can read it.

    Raises:
        DescentError: If its runs are on different surfaces, or something cannot be handed on.
    """
    own: dict[str, object] = {}
    values = {key: plain(value) for key, value in race.options.items() if key != "scheduler"}
    scheduler = _scheduler(race.options.get("scheduler"))
    if scheduler is not None and (text := _text(scheduler)) is not None:
        values["scheduler"] = text
    paths = [run for run in race.runs if _is_path(run)]
    numbers = count(1)
    names = [f"Path {next(numbers)}" if _is_path(run) and len(paths) > 1 else "Path" for run in race.runs]
    values["runs"] = [_table(run, name, scheduler, own) for run, name in zip(race.runs, names, strict=True)]
    if (loss := loss_of(race)) is not None:
        values["surface"] = _surface_name(loss, own)
    if "domain" in values:
        values["domain"] = edges(values["domain"])
    with ExitStack() as entered:
        if "data" in values and not isinstance(values["data"], str):
            values["data"] = str(_csv(race.options["data"], Path(entered.enter_context(TemporaryDirectory()))))
        if own:
            file = entered.enter_context(session_file(own, folder)).resolve()
            for table in (values, *values["runs"]):
                for key in {"surface", "optimizer"} & set(table):
                    if isinstance(table[key], InFile):
                        table[key] = InFile(f"{file}:{table[key]}")
        yield Document(values, typed=frozenset(values))


def plain(value: Any) -> Any:
    """Numbers, arrays and paths as Python's own numbers, lists and text, as a TOML file would have them."""
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def edges(domain: Any) -> Any:
    """A view as four numbers, however it was given; anything else as it is, for whoever checks it."""
    given = plain(domain)
    paired = isinstance(given, list) and len(given) == 2 and all(isinstance(side, list) for side in given)
    return [edge for side in given for edge in side] if paired else given


def _is_path(thing: object) -> bool:
    return not isinstance(thing, str | partial | Run | Trajectory | Mapping)


def _as_run(thing: object) -> Any:
    """A thing that is a run.

    Raises:
        DescentError: If it is none, telling what it is and what is one.
    """
    if isinstance(thing, str):
        if re.fullmatch(r"[\w -]+", thing) and thing not in _KNOWN_RUNS and thing not in OPTIMIZERS:
            known = (*SURFACES, *OPTIMIZERS)
            raise DescentError(f"there is no surface and no optimizer {shown(thing)}: {nearest(thing, known)}")
        return _KNOWN_RUNS.get(thing, thing)
    if isinstance(thing, Run | Trajectory | Mapping):
        return thing
    kind = class_of(thing)
    if kind is not None and issubclass(kind, Optimizer):
        spec = thing if isinstance(thing, partial) else partial(kind)
        check_optimizer(spec)
        return spec
    if kind is not None or isinstance(thing, LRScheduler):
        raise DescentError(
            f"{described(thing)} is a scheduler and belongs to an optimizer: give it as scheduler=…, for all runs, or "
            'behind a plus, as in "SGD(lr=0.1) + StepLR(step_size=10)".'
        )
    if isinstance(thing, Optimizer):
        name = type(thing).__name__
        raise DescentError(
            f"this {name} has parameters already, and a run makes its own: give partial({name}, lr=…) instead."
        )
    if isinstance(thing, type) and is_scene(thing):
        raise DescentError(f"{described(thing)} is a scene: descent.render({thing.__name__}) makes its film.")
    if isinstance(thing, torch.nn.Module):
        raise DescentError(f"{type(thing).__name__} is a network: descent.networks records how it trains.")
    if as_path(thing) is None:
        raise DescentError(f"{described(thing)} is neither a loss nor a run: {ACCEPTED}.")
    return thing


def class_of(thing: object) -> type | None:
    """The optimizer's or scheduler's class, of a class or a partial of one."""
    kind = thing.func if isinstance(thing, partial) else thing
    return kind if isinstance(kind, type) and issubclass(kind, Optimizer | LRScheduler) else None


def _scheduler(given: Any) -> partial[Any] | None:
    """A scheduler that was given, whichever way.

    Raises:
        DescentError: If it is none.
    """
    if given is None or given == "":
        return None
    if isinstance(given, str):
        return parse_run(f"SGD + {given}")[1]
    kind = class_of(given)
    if kind is None or not issubclass(kind, LRScheduler):
        raise DescentError(f"a scheduler is text, such as StepLR(step_size=10), or a partial, not {described(given)}.")
    spec = given if isinstance(given, partial) else partial(kind)
    check_scheduler(spec)
    return spec


def loss_of(race: Race) -> Any:
    """The race's loss: the one that was given, else that of its runs.

    Raises:
        DescentError: If a run has another.
    """
    found = race.loss
    for run in race.runs:
        run = run.get("optimizer") if isinstance(run, Mapping) else run
        if not isinstance(run, Run | Trajectory):
            continue
        surface = (run if isinstance(run, Run) else run.run).surface
        known = SURFACES.get(surface.name) == surface and found == surface.name
        if found is None or known or found == surface.loss:
            found = surface
        if found != surface:
            raise DescentError(
                f"runs of one race share its loss, but {described(run)} is on {described(surface)}, not on "
                f"{described(found)}."
            )
    return found


def _surface_name(loss: Any, own: dict[str, object]) -> str:
    """A loss's name; of one that is the session's, its name in the session's file."""
    if isinstance(loss, str):
        return loss
    if isinstance(loss, Surface) and SURFACES.get(loss.name) == loss:
        return loss.name
    if not is_loss(loss):
        raise DescentError(f"{described(loss)} is no loss: {ACCEPTED}.")
    name = name_of(loss)
    own[name] = loss
    return InFile(name)


def name_of(loss: object) -> str:
    """What a loss of the session is called; a lambda has no name."""
    name = str(getattr(loss, "name" if isinstance(loss, Surface) else "__name__", ""))
    return name if name.isidentifier() else "f"


def _table(given: Any, name: str, for_all: partial[Any] | None, own: dict[str, object]) -> dict[str, Any]:
    """A run as a table of a TOML file.

    Args:
        given: The run.
        name: What it is called, if it is a path that has no label.
        for_all: The scheduler of runs that have none.
        own: Takes the settings that text cannot hold, by a name for them.
    """
    table: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {"optimizer": given}
    if "optimizer" not in table:
        return dict(plain(table))  # whoever reads it tells what is missing
    found, alone = _as_run(table["optimizer"]), "scheduler" in table
    scheduler = _scheduler(table.pop("scheduler")) if alone else for_all
    written = "" if scheduler is None else _text(scheduler)
    if isinstance(found, str) and written is not None:
        return dict(plain({**table, "optimizer": found, **({"scheduler": written} if alone else {})}))
    settings, more = _settings(found, str(table.get("label") or name))
    if settings.get("scheduler") is None and not issubclass(settings["optimizer"].func, RecordedPath):
        settings["scheduler"] = scheduler
    text = _settings_text(settings)
    if text is None:
        text = InFile(len(own))  # no loss is called so
        own[text] = settings
    table = {**more, **table, "optimizer": text}
    return dict(plain(table if settings.get("scheduler") else {**table, "scheduler": ""}))


def _settings(run: Any, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a run is made of, as `settings_of` has it, and its start and steps if it says them."""
    if isinstance(run, str):
        own, text = split_name(run)
        return dict(settings_of(text)), {"label": own} if own else {}
    if isinstance(run, partial):
        return {"optimizer": run}, {}
    if isinstance(run, Trajectory):
        if not is_traced(run):
            raise DescentError(
                f"{described(run)} was recorded elsewhere and cannot be traced again: give its points, "
                "trajectory.params, or draw it with descent.figure."
            )
        run = run.run
    if isinstance(run, Run):
        named = {"label": run.name} if run.name else {}
        return {key: getattr(run, key) for key in _OF_RUN}, {"start": run.start, "steps": run.steps, **named}
    path = as_path(run)
    assert path is not None
    return (
        {"optimizer": recorded(path, name), "dtype": torch.float64},
        {"start": path[0].tolist(), "steps": len(path) - 1},
    )


def _settings_text(settings: Mapping[str, Any]) -> str | None:
    """The settings of a run as the text of an optimizer and a scheduler; None if text cannot hold them."""
    usual = {each.name: each.default for each in fields(Run)}
    if any(value != usual[key] for key, value in settings.items() if key not in ("optimizer", "scheduler")):
        return None
    specs = [settings[key] for key in ("optimizer", "scheduler") if settings.get(key) is not None]
    texts = [text for text in map(_text, specs) if text is not None]
    return " + ".join(texts) if len(texts) == len(specs) else None


def _text(spec: partial[Any]) -> str | None:
    """An optimizer or scheduler as text that any process can read; None if there is none."""
    try:
        text = spec_text(spec)
    except DescentError:
        return None
    return None if "__main__." in text else text


def _csv(data: Any, folder: Path) -> Path:
    """Points of the session as a CSV file.

    Raises:
        DescentError: If they are not numbers x and y.
    """
    named = [str(name) for name in getattr(data, "columns", data if isinstance(data, Mapping) else ())]
    if {"x", "y"} <= set(named):
        data = np.stack([np.asarray(data["x"]), np.asarray(data["y"])], axis=1)
    points = as_path(data)
    if points is None:
        raise DescentError(
            f"data is a CSV file, an array of shape (n, 2), or a table with columns x and y, not {described(data)}."
        )
    file = folder / "data.csv"
    write(file, "".join(f"{x!r},{y!r}\n" for x, y in points.tolist()).encode())
    return file
