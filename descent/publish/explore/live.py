"""What a live page holds, as plain data: a surface, runs, their settings and code, and torch's record of them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from descent.base.errors import DescentError, reason
from descent.look.basin_colours import ending_key, kind_name
from descent.look.palette import DARK, LIGHT, MAX_RUNS
from descent.publish.explore.programs import Programs, optimizer_code, surface_code
from descent.publish.explore.rates import Notched, Rates, rates_of
from descent.publish.explore.sliders import Slider
from descent.publish.explore.symbols import UncapturableError
from descent.record.many.basins import Endings, reach
from descent.record.runs import Run
from descent.record.surfaces import Array, Point, Surface, differentiating
from descent.record.torch_specs import label, torch_class
from descent.record.trajectories import Trajectory, trace, traced

_FREE = 16.0
"""Units in the last place by which a page's run may differ from torch's at any time."""

_SPREAD = 16.0
"""How many times farther than its neighbours, one unit in the last place away, a page's run may be from torch's."""

_CHAOTIC = 1e-3
"""Beside the view's longer side: where the bound is larger, rounding decides, and the run is compared no further."""


@dataclass(frozen=True, slots=True)
class Record:
    """Torch's record of a run; numbers are little-endian doubles.

    Attributes:
        w: ``[n+1, 2]``, the iterates.
        loss: ``[n+1]``.
        lr: ``[n]``.
        bound: ``[n+1]``, how far a run on the page may be from each iterate and still be torch's.
        until: The last row up to which that is small beside the view.
    """

    w: bytes
    loss: bytes
    lr: bytes
    bound: bytes
    until: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rates of a scheduler's setting: the values it can take, and for each what `Rates` holds."""

    name: str
    values: tuple[float, ...]
    at: int
    tables: tuple[tuple[bytes, bytes, bytes, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run.

    Attributes:
        name: The optimizer's class.
        label: Optimizer and scheduler with their settings.
        scheduler: The scheduler alone; empty without one.
        start: Where it starts.
        steps: How many steps it takes.
        single: Whether it computes in float32.
        why: Why it is only recorded; empty for one that the page computes.
        code: Which of the page's optimizers computes it, and which surface; -1 for none.
        settings: The numbers that the code takes.
        sliders: Those that can be moved.
        lr: Which of them is the rate; -1 for none.
        momentum: Which of them a scheduler may move beside it; -1 for none.
        rates: Tables of its scheduler: the first is its own; the others belong to its settings.
        record: What torch did.
    """

    name: str
    label: str
    scheduler: str
    start: Point
    steps: int
    single: bool
    why: str
    code: int
    settings: tuple[tuple[str, float], ...]
    sliders: tuple[Slider, ...]
    lr: int
    momentum: int
    rates: tuple[Table, ...]
    record: Record


@dataclass(frozen=True, slots=True)
class EndingKind:
    """Minima that share a colour: their loss or place in words, and the colour in both themes."""

    name: str
    dark: str
    light: str


@dataclass(frozen=True, slots=True)
class Live:
    """A page.

    Attributes:
        title: Its title.
        surface: The surface's name.
        domain: The view.
        minima: Minima inside it, the lowest first.
        within: How near to a minimum counts as there.
        kinds: Endings that share a colour, the lowest first.
        kind_of: Which of them each minimum is.
        runs: Up to eight runs of the surface.
    """

    title: str
    surface: str
    domain: tuple[tuple[float, float], tuple[float, float]]
    minima: tuple[Point, ...]
    within: float
    kinds: tuple[EndingKind, ...]
    kind_of: tuple[int, ...]
    runs: tuple[LiveRun, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A page's code: surfaces in JavaScript, in double and single precision, and in GLSL; optimizers by regimes."""

    surfaces: tuple[str, str, str]
    optimizers: tuple[tuple[str, ...], ...]


@differentiating()
def live(runs: Sequence[Run], title: str) -> tuple[Live, Code]:
    """Everything about a page of runs.

    Args:
        runs: One to eight runs of one surface.
        title: The page's title; by default what the runs are.

    Raises:
        DescentError: If there are none, too many, or they are of several surfaces.
    """
    surface = _surface(runs)
    grounds = {dtype: _captured(surface, dtype) for dtype in dict.fromkeys(run.dtype for run in runs)}
    codes: dict[tuple[str, ...], int] = {}
    found = [_live_run(run, grounds[run.dtype].why, codes) for run in runs]
    double, single = (grounds.get(dtype, _Captured()).javascript for dtype in (torch.float64, torch.float32))
    glsl = next(ground.glsl for ground in grounds.values())
    kinds, kind_of = _endings(surface)
    page = Live(
        title or _title(runs),
        surface.name,
        surface.domain,
        surface.minima,
        reach(surface),
        kinds,
        kind_of,
        tuple(found),
    )
    return page, Code((double, single, glsl), tuple(codes))


def _endings(surface: Surface) -> tuple[tuple[EndingKind, ...], tuple[int, ...]]:
    """The colours of the surface's minima, as `descent figure basins` gives them if all are reached."""
    if not surface.minima:
        return (), ()
    endings = Endings(surface.minima, np.arange(len(surface.minima)), 0.0)
    dark, light = (ending_key([endings], surface, theme) for theme in (DARK, LIGHT))
    kinds = tuple(
        EndingKind(kind_name(one, dark.by_loss), one.colour, other.colour)
        for one, other in zip(dark.kinds, light.kinds, strict=True)
    )
    return kinds, tuple(int(k) for k in dark.classes(endings))


def _title(runs: Sequence[Run]) -> str:
    names = list(dict.fromkeys(run.optimizer.func.__name__ for run in runs))
    many = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"{many} on {runs[0].surface.name}"


def _surface(runs: Sequence[Run]) -> Surface:
    if any((run.surface.loss, run.surface.domain) != (runs[0].surface.loss, runs[0].surface.domain) for run in runs):
        raise DescentError("a page shows runs of one surface; make a page for each.")
    if not 1 <= len(runs) <= MAX_RUNS:
        raise DescentError(f"a page shows 1 to {MAX_RUNS} runs, not {len(runs)}.")
    return runs[0].surface


def _live_run(run: Run, ground: str, codes: dict[tuple[str, ...], int]) -> LiveRun:
    trajectory = traced(run)
    name = torch_class(run.optimizer).__name__
    common: dict[str, Any] = {
        "name": name,
        "label": run.label,
        "scheduler": "" if run.scheduler is None else label(run.scheduler),
        "start": (float(run.start[0]), float(run.start[1])),
        "steps": run.steps,
        "single": run.dtype is torch.float32,
    }
    try:
        programs, tables = _programs(run, trajectory, ground)
    except UncapturableError as error:
        nothing: dict[str, Any] = {"settings": (), "sliders": (), "lr": -1, "momentum": -1, "rates": ()}
        return LiveRun(**common, why=f"{name} {error}.", code=-1, **nothing, record=_record(trajectory, None))
    names = [name for name, _ in programs.settings]
    return LiveRun(
        **common,
        why="",
        code=codes.setdefault(programs.regimes, len(codes)),
        settings=programs.settings,
        sliders=programs.sliders,
        lr=_place(names, "lr"),
        momentum=_place(names, "betas.0" if "betas.0" in names else "momentum"),
        rates=tables,
        record=_record(trajectory, _bounds(trajectory)),
    )


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _programs(run: Run, trajectory: Trajectory, ground: str) -> tuple[Programs, tuple[Table, ...]]:
    for there, what in ((run.groups, "has settings of its own for each parameter"),
                        (run.batches, "sees mini-batches"), (run.noise, "has noise in its gradient"),
                        (run.average, "is shown with an average of its iterates")):  # fmt: skip
        if there:
            raise UncapturableError(what)
    if ground:
        raise UncapturableError(f"runs on a surface that {ground}")
    tables: tuple[Table, ...] = ()
    if run.scheduler is not None:
        try:
            base, notched = rates_of(run)
        except DescentError as error:
            raise UncapturableError(f"has a scheduler that cannot be followed: {reason(error)}") from error
        if not np.array_equal(base.lr[: trajectory.steps], trajectory.lr):
            raise UncapturableError("has a scheduler whose rates depend on more than the step")
        tables = (Table("", (0.0,), 0, (_packed(base),)), *(_table(each) for each in notched))
    programs = optimizer_code(run.optimizer, run.dtype, run.steps)
    if run.scheduler is not None and "lr" not in dict(programs.settings):
        raise UncapturableError("has a scheduler, but no rate of its own")
    return programs, tables


@dataclass(frozen=True, slots=True)
class _Captured:
    """A surface's code, or why there is none."""

    javascript: str = "null"
    glsl: str = ""
    why: str = ""


def _captured(surface: Surface, dtype: torch.dtype) -> _Captured:
    try:
        return _Captured(*surface_code(surface, dtype))
    except UncapturableError as error:
        return _Captured(why=str(error))


def _table(notched: Notched) -> Table:
    return Table(notched.name, notched.values, notched.at, tuple(map(_packed, notched.rates)))


def _packed(rates: Rates) -> tuple[bytes, bytes, bytes, bytes | None]:
    momentum = None if rates.momentum is None else _bytes(rates.momentum)
    return _bytes(rates.fixed), _bytes(rates.share), _bytes(rates.lr), momentum


def _bytes(values: Array) -> bytes:
    return np.ascontiguousarray(values, dtype="<f8").tobytes()


def _record(trajectory: Trajectory, bound: Array | None) -> Record:
    rows = len(trajectory.loss)
    far = np.zeros(rows) if bound is None else bound
    sides = [high - low for low, high in trajectory.run.surface.domain]
    chaotic = np.flatnonzero(~(far <= _CHAOTIC * max(sides)))
    until = max(int(chaotic[0]) - 1, 0) if chaotic.size else rows - 1
    return Record(_bytes(trajectory.params), _bytes(trajectory.loss), _bytes(trajectory.lr), _bytes(far), until)


def _bounds(trajectory: Trajectory) -> Array:
    """How far from each iterate a run may be that rounds otherwise: farther than neighbours that differ in a last bit.

    Neighbours start one unit in the last place away, or have a rate four units off, which counts at every step.
    """
    run = trajectory.run
    eps = float(torch.finfo(run.dtype).eps)
    farthest = np.zeros(len(trajectory.loss))
    for other in _neighbours(run, eps):
        rows = min(len(other.loss), len(farthest))
        with np.errstate(invalid="ignore", over="ignore"):
            apart = np.abs(other.params[:rows] - trajectory.params[:rows]).max(axis=1)
        farthest[:rows] = np.maximum(farthest[:rows], np.where(np.isfinite(apart), apart, np.inf))
        farthest[rows:] = np.inf
    size = np.maximum(np.abs(trajectory.params).max(axis=1), 1.0)
    bound = _SPREAD * np.maximum.accumulate(farthest) + _FREE * eps * np.fmax.accumulate(size)
    return np.where(np.isfinite(bound), bound, np.inf)


def _neighbours(run: Run, eps: float) -> list[Trajectory]:
    near = []
    for k, sign in ((0, 1), (0, -1), (1, 1), (1, -1)):
        start = list(run.start)
        start[k] += sign * eps * max(abs(start[k]), 0.5)
        near.append(replace(run, surface=_wide(run.surface, start), start=(start[0], start[1])))
    if isinstance(rate := run.optimizer.keywords.get("lr"), float):
        near += [replace(run, optimizer=partial(run.optimizer.func, **{**run.optimizer.keywords, "lr": rate * factor}))
                 for factor in (1 + 4 * eps, 1 - 4 * eps)]  # fmt: skip
    found = []
    for each in near:
        with suppress(DescentError):  # a start beside which there is no loss
            found.append(trace(each))
    return found


def _wide(surface: Surface, start: Sequence[float]) -> Surface:
    """The surface in a view that holds a start, even one at the edge."""
    w1, w2 = start
    return replace(surface, domain=((w1 - 1, w1 + 1), (w2 - 1, w2 + 1)), minima=())
