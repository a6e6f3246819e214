"""What a live page holds, as plain data: a surface, runs, their settings and code, and torch's record of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from descent.base.errors import DescentError, reason
from descent.look.basin_colours import ending_key, kind_name
from descent.look.palette import DARK, LIGHT, MAX_RUNS
from descent.publish.explore.axes import Axes, map_axes
from descent.publish.explore.lamps import Lamp, lamps
from descent.publish.explore.offers import Model, Offer, model, offers, plain_model
from descent.publish.explore.panels import Panel
from descent.publish.explore.programs import Family, surface_code
from descent.publish.explore.rates import Notched, Rates, rates_of
from descent.publish.explore.records import every_step, packed, record
from descent.publish.explore.symbols import UncapturableError
from descent.publish.explore.written import Ground, Written, ground_of, only_in_python, written
from descent.record.claims import Claim
from descent.record.many.basins import Endings, reach
from descent.record.minima import lowest
from descent.record.runs import Run
from descent.record.surfaces import Point, Surface, differentiating
from descent.record.torch_specs import label, torch_class
from descent.record.trajectories import Trajectory, traced


@dataclass(frozen=True, slots=True)
class Table:
    """Rates of a scheduler's setting: the values it can take, and for each what `Rates` holds.

    There is None for noughts, and for a share that is the rate itself beside the run's own.
    """

    name: str
    values: tuple[float, ...]
    at: int
    tables: tuple[tuple[str | None, str | None, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class LiveRun(Model):
    """A run.

    Attributes:
        called: Its own name; empty without one.
        label: Optimizer and scheduler with their settings.
        scheduler: The scheduler alone; empty without one.
        start: Where it starts.
        steps: How many steps it takes.
        why: Why it is only recorded; empty for one that the page computes.
        rates: Tables of its scheduler: the first is its own; the others belong to its settings.
        schedule: How its scheduler is typed.
        more: What else it is made of, as arguments in Python that no command takes.
        imports: What those need.
    """

    called: str
    label: str
    scheduler: str
    start: Point
    steps: int
    why: str
    rates: tuple[Table, ...]
    schedule: Written | None
    more: tuple[str, ...]
    imports: tuple[str, ...]


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
        titled: Whether that was given.
        asked: What stands in the title's place while paths are hidden: a question, or what the runs are.
        surface: The surface's name.
        note: What its pictures say of it.
        ground: How it is typed.
        domain: The view.
        names: What the map's axes are called.
        axes: The map's axes.
        minima: Minima inside it, the lowest first.
        lowest: Those of them that share the lowest loss, where lamps ask for them.
        within: How near to a minimum counts as there.
        kinds: Endings that share a colour, the lowest first.
        kind_of: Which of them each minimum is.
        runs: Up to eight runs of the surface.
        offers: Optimizers that can be added.
        lamps: What is said of the runs.
        panels: What else was measured of them.
    """

    title: str
    titled: bool
    asked: str
    surface: str
    note: str
    ground: Ground
    domain: tuple[tuple[float, float], tuple[float, float]]
    names: tuple[str, str]
    axes: Axes
    minima: tuple[Point, ...]
    lowest: tuple[Point, ...]
    within: float
    kinds: tuple[EndingKind, ...]
    kind_of: tuple[int, ...]
    runs: tuple[LiveRun, ...]
    offers: tuple[Offer, ...]
    lamps: tuple[Lamp, ...]
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A page's code: surfaces in JavaScript, in double and single precision, and in GLSL; optimizers by regimes."""

    surfaces: tuple[str, str, str]
    optimizers: tuple[tuple[str, ...], ...]


@differentiating()
def live(
    runs: Sequence[Run],
    title: str,
    claims: Sequence[Claim] = (),
    data: tuple[str, bool] | None = None,
    question: str = "",
    elsewhere: Sequence[Trajectory | None] = (),
    panels: Sequence[Panel] = (),
) -> tuple[Live, Code]:
    """Everything about a page of runs.

    Args:
        runs: One to eight runs of one surface.
        title: The page's title; by default what the runs are.
        claims: What is said of them.
        data: The file that the surface's points are from, and whether they were standardized.
        question: What the title answers.
        elsewhere: The record of each run that was recorded elsewhere, None for one that is traced here; none by
            default.
        panels: What else was measured of them, one curve per run.

    Raises:
        DescentError: If there are none, too many, or they are of several surfaces.
    """
    surface = _surface(runs)
    grounds = {dtype: _captured(surface, dtype) for dtype in dict.fromkeys(run.dtype for run in runs)}
    families: list[Family] = []

    def place(family: Family) -> int:
        if family not in families:
            families.append(family)
        return families.index(family)

    records = list(elsewhere) or [None] * len(runs)
    found = [
        _live_run(run, grounds[run.dtype].why, place) if path is None else _recorded_run(run, path)
        for run, path in zip(runs, records, strict=True)
    ]
    computed = [run for run, made in zip(runs, found, strict=True) if made.code >= 0]
    offered = offers(computed, place)
    double, single = (grounds.get(dtype, _Captured()).javascript for dtype in (torch.float64, torch.float32))
    glsl = next(ground.glsl for ground in grounds.values())
    kinds, kind_of = _endings(surface)
    shown = lamps(claims, runs)
    page = Live(
        title or _title(runs),
        bool(title),
        question or _title(runs),
        surface.name,
        surface.note,
        ground_of(surface, data),
        surface.domain,
        surface.names,
        map_axes(surface.domain),
        surface.minima,
        tuple(lowest(surface)) if shown and surface.minima else (),
        reach(surface),
        kinds,
        kind_of,
        tuple(found),
        offered,
        shown,
        tuple(panels),
    )
    return page, Code((double, single, glsl), tuple(family.code for family in families))


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
    names = list(dict.fromkeys(run.name or run.optimizer.func.__name__ for run in runs))
    many = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"{many} on {runs[0].surface.name}"


def _surface(runs: Sequence[Run]) -> Surface:
    if any((run.surface.loss, run.surface.domain) != (runs[0].surface.loss, runs[0].surface.domain) for run in runs):
        raise DescentError("a page shows runs of one surface; make a page for each.")
    if not 1 <= len(runs) <= MAX_RUNS:
        raise DescentError(f"a page shows 1 to {MAX_RUNS} runs, not {len(runs)}.")
    return runs[0].surface


def _recorded_run(run: Run, path: Trajectory) -> LiveRun:
    """A run whose path was recorded elsewhere, at some of its steps."""
    return LiveRun(
        called=run.name,
        label=replace(run, name="").label,
        scheduler="",
        start=(float(run.start[0]), float(run.start[1])),
        steps=path.last_step,
        schedule=None,
        more=(),
        imports=(),
        **plain_model(run),
        why="Recorded elsewhere, at the steps that are marked; between them, the page draws straight lines.",
        rates=(),
        record=every_step(path),
    )


def _live_run(run: Run, ground: str, place: Callable[[Family], int]) -> LiveRun:
    trajectory = traced(run)
    more, imports = only_in_python(run)
    common: dict[str, Any] = {
        "called": run.name,
        "label": replace(run, name="").label,
        "scheduler": "" if run.scheduler is None else label(run.scheduler),
        "start": (float(run.start[0]), float(run.start[1])),
        "steps": run.steps,
        "schedule": None if run.scheduler is None else written(run.scheduler),
        "more": more,
        "imports": imports,
    }
    try:
        found, tables = _followed(run, trajectory, ground, place)
    except UncapturableError as error:
        why = f"{torch_class(run.optimizer).__name__} {error}."
        return LiveRun(**common, **plain_model(run), why=why, rates=(), record=record(trajectory, compared=False))
    return LiveRun(**common, **found, why="", rates=tables, record=record(trajectory, compared=True))


def _followed(
    run: Run, trajectory: Trajectory, ground: str, place: Callable[[Family], int]
) -> tuple[dict[str, Any], tuple[Table, ...]]:
    """How the page computes a run: its optimizer, and the rates of its scheduler."""
    for there, what in ((run.groups, "has settings of its own for each parameter"),
                        (run.batches, "sees mini-batches"), (run.noise, "has noise in its gradient"),
                        (run.clipping, "clips its gradient"),
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
        tables = (Table("", (0.0,), 0, (_rates(base, run.lr),)), *(_table(each, run.lr) for each in notched))
    found = model(run, place, run.steps)
    if run.scheduler is not None and found["lr"] < 0:
        raise UncapturableError("has a scheduler, but no rate of its own")
    return found, tables


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


def _table(notched: Notched, own: float) -> Table:
    return Table(notched.name, notched.values, notched.at, tuple(_rates(each, own) for each in notched.rates))


def _rates(rates: Rates, own: float) -> tuple[str | None, str | None, str, str | None]:
    momentum = None if rates.momentum is None else packed(rates.momentum)
    fixed = packed(rates.fixed) if rates.fixed.any() else None
    in_proportion = fixed is None and own != 0 and np.allclose(rates.lr / own, rates.share, rtol=1e-12, atol=0)
    return fixed, None if in_proportion else packed(rates.share), packed(rates.lr), momentum
