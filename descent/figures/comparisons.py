"""Whole figures: runs compared on one map, maps side by side, schedules against each other."""

from collections.abc import Sequence

from descent.base.errors import DescentError, nearest
from descent.figures.alt_text import alt_text, describe_schedule, outcome
from descent.figures.curves import loss_curves, lr_curves
from descent.figures.maps import loss_map, note_lines, numbers_room, trajectories
from descent.figures.page import EDGE, Sheet, lines_within, text_height
from descent.figures.picture import Picture
from descent.figures.style import TEXT, settings
from descent.look.axes import own_scales
from descent.look.fonts import unbroken
from descent.look.palette import MAX_RUNS, Theme, find_theme
from descent.record.lecture_runs import EXERCISES, EXPERIMENTS
from descent.record.measures import rates_or_lengths
from descent.record.runs import Run
from descent.record.schedules import LRCurve, Schedule, trace_lr
from descent.record.surfaces import Surface
from descent.record.trajectories import Trajectory, trace

WIDTH = 7.2
"""Width of a figure in inches: a page's two columns."""

_MAP = 3.5  # width and height of a map at most
_OWN_SCALES = 0.8  # height over width of a map whose axes have scales of their own
AXIS = 0.46  # room for an axis's numbers and name
_HEAD = 0.24  # room for a panel's name


def comparison(runs: Sequence[Run | Trajectory], title: str = "", theme: str | Theme = "light") -> Picture:
    """Runs on one loss map; beside it their loss and learning rate against the step; below, how each ended.

    Args:
        runs: One to eight runs of one surface, traced or not.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If there are no runs, too many, or they are on several surfaces.
    """
    look, traced = find_theme(theme), _traced(runs)
    surface = _one_surface(traced)
    height = min(_MAP, map_height(surface, _MAP))
    width = _MAP * height / map_height(surface, _MAP)
    note = note_lines(surface, width)
    above = text_height(len(note)) + 0.1 if note else 0.05
    body = max(above - 0.05 + height, 2.6) + AXIS
    with settings():
        sheet = Sheet(WIDTH, body, look, title, _key(traced), _marks(traced))
        left = EDGE + AXIS + numbers_room(surface)
        ground = sheet.axes(left, above, width, height)
        loss_map(surface, ground, look)
        trajectories(traced, ground, look)
        column = left + width + 0.75
        room = body - AXIS - 2 * _HEAD - 0.16
        size = WIDTH - EDGE - column
        loss = sheet.axes(column, _HEAD, size, 0.6 * room)
        loss_curves(traced, loss, look)
        rate = sheet.axes(column, 2 * _HEAD + 0.16 + 0.6 * room, size, 0.4 * room, sharex=loss)
        lr_curves(traced, rate, look)
        loss.set_xlabel("")
        loss.tick_params(labelbottom=False)
    panels = f"Beside it, loss and {rates_or_lengths(traced)[0]} against step."
    return Picture(sheet.done(), " ".join([*titled(title), alt_text(traced), panels]))


def side_by_side(
    groups: Sequence[Sequence[Run | Trajectory]],
    titles: Sequence[str] = (),
    title: str = "",
    theme: str | Theme = "light",
) -> Picture:
    """Two to four loss maps in a row, each with its runs and, below it, their loss against the step.

    Maps of one surface share their axes' numbers, and their losses one scale.

    Args:
        groups: The runs of each map, traced or not; eight in all at most. The runs of a map are of one surface.
        titles: What stands above each map; by default the settings of its run, if it has but one.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If there are too few or too many groups, runs or titles.
    """
    look = find_theme(theme)
    if not 2 <= len(groups) <= 4:
        raise DescentError(f"A figure shows two to four maps side by side, not {len(groups)}.")
    if titles and len(titles) != len(groups):
        raise DescentError(f"There are {len(groups)} maps side by side, but {len(titles)} titles.")
    columns = [_traced(group) for group in groups]
    surfaces = [_one_surface(column) for column in columns]
    heads = titles or [column[0].run.label if len(column) == 1 else "" for column in columns]
    everyone = _traced([trajectory for column in columns for trajectory in column])
    alike = all(surface == surfaces[0] for surface in surfaces)
    axis = AXIS + max(map(numbers_room, surfaces))
    gutter = 0.16 if alike else axis + 0.1
    width = (WIDTH - 2 * EDGE - axis - gutter * (len(columns) - 1)) / len(columns)
    height = max(map_height(surface, width) for surface in surfaces)
    wrapped = [
        lines_within(unbroken(head), width) + note_lines(surface, width)
        for head, surface in zip(heads, surfaces, strict=True)
    ]
    above, loss_height = text_height(max(map(len, wrapped))) + 0.1, 1.0
    body = above + height + AXIS + _HEAD + loss_height + AXIS
    with settings():
        sheet = Sheet(WIDTH, body, look, title, _key(everyone), _marks(everyone))
        first = 0
        for number, (column, surface, head) in enumerate(zip(columns, surfaces, wrapped, strict=True)):
            left = EDGE + axis + number * (width + gutter)
            ground = sheet.axes(left, above + height - map_height(surface, width), width, map_height(surface, width))
            loss_map(surface, ground, look)
            ground.set_title("\n".join(head), loc="left", fontsize=TEXT, color=look.ink, pad=5, linespacing=1.25)
            trajectories(column, ground, look, first)
            panel = sheet.axes(left, above + height + AXIS + _HEAD, width, loss_height)
            loss_curves(column, panel, look, first, among=everyone if alike else ())
            if number > 0 and alike:
                for ax in (ground, panel):
                    ax.tick_params(labelleft=False)
                ground.set_ylabel("")
                panel.set_title("", loc="left")
            first += len(column)
    alt = [
        f"{head or f'Map {number}'}. {alt_text(column)}"
        for number, (column, head) in enumerate(zip(columns, heads, strict=True), start=1)
    ]
    return Picture(sheet.done(), " ".join([*titled(title), *alt, "Below each map, loss against step."]))


def schedule_curves(schedules: Sequence[Schedule | LRCurve], title: str = "", theme: str | Theme = "light") -> Picture:
    """The learning rates of schedules against the step.

    Args:
        schedules: One to eight, traced or not.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If there are none, too many, or torch refuses one.
    """
    look = find_theme(theme)
    curves = [schedule if isinstance(schedule, LRCurve) else trace_lr(schedule) for schedule in schedules]
    _check_count(len(curves), "schedules")
    body = _HEAD + 2.2 + AXIS
    with settings():
        sheet = Sheet(WIDTH, body, look, title, [(curve.schedule.label, "") for curve in curves])
        lr_curves(curves, sheet.axes(EDGE + AXIS, _HEAD, WIDTH - 2 * EDGE - AXIS, 2.2), look)
    lead = "Learning rate against step."
    return Picture(sheet.done(), " ".join([*titled(title), lead, *map(describe_schedule, curves)]))


def experiment(*names: str, title: str = "", theme: str | Theme = "light") -> Picture:
    """The `comparison` of runs of the notebook, by their ids.

    Args:
        names: Such as "E03", "E04"; "X1" and "X2" are the exercises.
        title: What the figure claims; the ids by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text.

    Raises:
        DescentError: If there is no run of that id.
    """
    known = {**EXPERIMENTS, **EXERCISES}
    for name in names:
        if name not in known:
            raise DescentError(f"The notebook has no run {name!r}: {nearest(name, known)}")
    return comparison([known[name] for name in names], title or ", ".join(names), theme)


def _traced(runs: Sequence[Run | Trajectory]) -> list[Trajectory]:
    _check_count(len(runs), "runs")
    return [run if isinstance(run, Trajectory) else trace(run) for run in runs]


def _check_count(count: int, what: str) -> None:
    if not 1 <= count <= MAX_RUNS:
        raise DescentError(f"A figure shows one to {MAX_RUNS} {what}, not {count}.")


def _one_surface(traced: Sequence[Trajectory]) -> Surface:
    surface = traced[0].run.surface
    for other in traced:
        if other.run.surface != surface:
            raise DescentError(
                f"Runs on one map must share its surface, not {surface.name!r} and {other.run.surface.name!r}."
            )
    return surface


def _key(traced: Sequence[Trajectory]) -> list[tuple[str, str]]:
    return [(trajectory.run.label, outcome(trajectory)) for trajectory in traced]


def map_height(surface: Surface, width: float) -> float:
    """How high a map of a width is, in inches; lower where its axes have scales of their own."""
    (left, right), (bottom, top) = surface.domain
    return width * (_OWN_SCALES if own_scales(surface.domain) else (top - bottom) / (right - left))


def _marks(traced: Sequence[Trajectory]) -> list[str]:
    most = max(len(trajectory.run.surface.minima) for trajectory in traced)
    return ["start", "end", *["lowest minimum", "other minimum"][:most]]


def titled(title: str) -> list[str]:
    """A title as the first sentence of an alt text; none if there is none."""
    return [title if title.endswith((".", "?", "!")) else f"{title}."] if title else []
