"""A still figure of what one has in a notebook."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from descent.animate import fields
from descent.animate.inputs import ACCEPTED, Race, document_of, edges, flat, loss_of, name_of, sorted_race, unpacked
from descent.animate.problem import own_function
from descent.animate.read import read
from descent.animate.view import find_minima, settle
from descent.base.errors import DescentError
from descent.figures.basins import basin_maps
from descent.figures.comparisons import comparison, schedule_curves, side_by_side
from descent.figures.picture import Picture
from descent.figures.surface_maps import surface_map
from descent.figures.sweeps import sweep_map
from descent.look.palette import Theme
from descent.record.many.basins import Basins
from descent.record.many.sweeps import Sweep
from descent.record.named_surfaces import SURFACES
from descent.record.runs import Run
from descent.record.schedules import LRCurve, Schedule
from descent.record.surfaces import Surface
from descent.record.trajectories import Trajectory

_VIEW = ((-5.0, 5.0), (-5.0, 5.0))  # of a function alone


def figure(
    *things: Any,
    surface: Any = None,
    start: Any = None,
    steps: int | None = None,
    scheduler: Any = None,
    data: Any = None,
    standardize: bool = False,
    domain: Any = None,
    title: str = "",
    theme: str | Theme = "light",
) -> Picture:
    """Draw a still figure of whatever there is to be seen; in a notebook, its value shows it.

    ``figure(lambda x, y: x**2 + 10 * y**2, [partial(SGD, lr=0.05), "Adam(lr=0.1)"], start=(2, 1))``

    Args:
        things: A loss and runs, as `descent.animate` takes them; runs alone, of one surface or of two to four, which
            stand side by side; a loss alone; a scene, for its runs; schedules or their `LRCurve`s; `Basins`; a `Sweep`.
        surface: The loss, if it is not among the things.
        start: Where runs start that do not say it: (w1, w2), or several of them.
        steps: How many steps runs take that do not say it; 50 by default.
        scheduler: Of runs that have none, as text or as `functools.partial`.
        data: Instead of a loss, points to fit a line to: a CSV file, an array ``[n, 2]``, or a table with columns x, y.
        standardize: Bring both columns of the data to mean 0 and standard deviation 1.
        domain: The view, ``((w1min, w1max), (w2min, w2max))``; by default it is the surface's, else chosen from the
            runs; of a function alone, from −5 to 5.
        title: What the figure claims; none by default.
        theme: "light" or "dark".

    Returns:
        The figure and its alt text; its method `save` writes it.

    Raises:
        DescentError: If anything does not fit, in one sentence.
    """
    found: list[Any] = list(flat(things))
    if found and all(isinstance(each, Schedule | LRCurve) for each in found):
        return schedule_curves(found, title, theme)
    if found and all(isinstance(each, Basins) for each in found):
        return basin_maps(found, title, theme)
    if len(found) == 1 and isinstance(found[0], Sweep):
        return sweep_map(found[0], title=title, theme=theme)
    found, own_title, _ = unpacked(found)
    title = title or own_title
    options = {"surface": surface, "start": start, "steps": steps, "scheduler": scheduler, "data": data}
    options["standardize"] = standardize or None
    race = sorted_race(found, {**options, "domain": domain})
    if not race.runs and data is None:
        return surface_map(_alone(race), title, theme)
    ready = [run for run in race.runs if isinstance(run, Run | Trajectory)]
    if len(ready) < len(race.runs) or domain is not None or data is not None:
        with document_of(race) as document:
            return comparison(settle(read(document)).trajectories(), title, theme)
    if race.loss is not None:
        loss_of(race)  # refuses runs on another
    groups = _by_surface(ready)
    if len(groups) == 1:
        return comparison(ready, title, theme)
    return side_by_side(list(groups.values()), [surface.name for surface in groups], title, theme)


def _alone(race: Race) -> Surface:
    """The surface of a loss without runs, in its own view or in the one that was asked for."""
    loss, domain = race.loss, race.options.get("domain")
    if loss is None:
        raise DescentError(f"there is nothing to draw: {ACCEPTED}.")
    known: Any = (SURFACES.get(loss) or own_function(loss)) if isinstance(loss, str) else loss
    if isinstance(known, Surface) and domain is None:
        return known
    view = _VIEW if domain is None else fields.domain(edges(domain), "domain")
    given = (
        replace(known, domain=view, minima=()) if isinstance(known, Surface) else Surface(name_of(known), known, view)
    )
    return replace(given, minima=find_minima(given))


def _by_surface(runs: Sequence[Run | Trajectory]) -> dict[Surface, list[Run | Trajectory]]:
    """Runs of one surface together, in the order in which the surfaces come."""
    groups: dict[Surface, list[Run | Trajectory]] = {}
    for run in runs:
        groups.setdefault((run if isinstance(run, Run) else run.run).surface, []).append(run)
    return groups
