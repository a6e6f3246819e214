"""Films rendered where they are not up to date: what the command and Python ask for."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from descent.base.by_value import session_file
from descent.base.errors import DescentError, described
from descent.base.output import is_file
from descent.base.progress import progress
from descent.base.project import project
from descent.delivery.find import hiding_own, placed, requests
from descent.delivery.freshness import unchanged
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.outline import in_course
from descent.delivery.render import Crew
from descent.delivery.render import render as render_films
from descent.film.narration.voices import asked_voice

_SCENE = "descent.stage.scene.lecture.LectureScene"


def render(
    *scenes: Any,
    profile: str = "slides",
    theme: str = "dark",
    output: str | Path | None = None,
    silent: bool = False,
    jobs: int | None = None,
) -> RenderResult | list[RenderResult]:
    """Render films, as ``descent render`` does; in a notebook, the value of one shows it.

    ``render(MyScene)``, of a scene that a cell of the notebook defines, or ``render("MomentumEscapes")``.

    Args:
        scenes: Scene classes, wherever they are defined; names of films, of the project or of descent; scene files.
        profile: "slides" (720p30), "lecture" (1080p60), "preview" (480p15), "docs" (GIF), "web" or "overlay".
        theme: "dark" or "light".
        output: A folder, or a file for one scene; by default the project's folder ``films``.
        silent: Whether nothing is spoken; captions stay.
        jobs: How many processes draw; all cores by default.

    Returns:
        Of one scene its film, of several a list in their order. What is up to date is not rendered again.

    Raises:
        DescentError: If something is no scene, or a film cannot be rendered, in one sentence.
    """
    here = project()
    given = [each for scene in scenes for each in (scene if isinstance(scene, list | tuple) else [scene])]
    if not given:
        raise DescentError("there is nothing to render: give a scene, as a class or by its name.")
    target = None if output is None else Path(output)
    with _found(given, profile, theme, target or here.films, silent) as orders:
        placed = in_place(orders, target)
        films = render_stale(placed, jobs or os.cpu_count() or 1)
    for film in films:
        if film.error:
            raise film.error
    said = set(hiding_own(orders))
    films = [replace(film, remarks=(*film.remarks, *sorted(said))) for film in films] if said else films
    return films[0] if len(films) == 1 else films


def render_stale(
    orders: Sequence[RenderRequest],
    jobs: int,
    crew: Crew | None = None,
    either: bool = False,
    done: Callable[[RenderResult], None] = lambda _: None,
) -> list[RenderResult]:
    """Render what is not up to date, with a progress bar.

    Args:
        orders: What is asked for.
        jobs: How many processes draw.
        crew: Who draws instead of processes of this machine.
        either: Whether a film that is there already counts at a constant or a variable frame rate.
        done: Told each outcome when it is there.

    Returns:
        One outcome per order, in order.
    """
    made: dict[RenderRequest, RenderResult] = {}
    stale: list[RenderRequest] = []
    for order in dict.fromkeys(orders):
        if unchanged(order) or (either and unchanged(order.at_other_rate())):
            made[order] = RenderResult(order)
            done(made[order])
        else:
            stale.append(order)
    if stale:
        with progress() as told:
            made |= {film.order: film for film in render_films(stale, project().segments, jobs, told, crew, done)}
    return [made[order] for order in orders]


def in_place(orders: Sequence[RenderRequest], output: Path | None) -> list[RenderRequest]:
    """The orders, or the one of them that goes into the file that is asked for."""
    made = orders[0].profile
    if output is None or not is_file(output, made.suffixes, f"a film of the profile {made.name}", len(orders)):
        return list(orders)
    profile = replace(made, suffixes=(output.suffix.lower(),))
    return [replace(orders[0], profile=profile, folder=output.parent, stem=output.stem)]


@contextmanager
def _found(
    scenes: Sequence[Any], profile: str, theme: str, output: Path, silent: bool
) -> Iterator[list[RenderRequest]]:
    """Orders for scenes; what the session defines stands in a file, which is there for the block at least."""
    here, (look, folder) = project(), placed(output, profile, theme)
    files = {scene: _file_of(scene) for scene in scenes if is_scene(scene)}
    own = {scene.__name__: _measured(scene) for scene, file in files.items() if file is None}
    if len(own) < sum(file is None for file in files.values()):
        raise DescentError("two scenes have one name, and so would their films; rename one of them.")
    with session_file(own, here.races) if own else nullcontext(Path()) as session:
        orders: list[RenderRequest] = []
        for scene in scenes:
            if is_scene(scene):
                ref = SceneRef(files[scene] or session, scene.__name__, asked_voice())
                orders.append(RenderRequest(ref, *look, folder, silent=silent))
            elif isinstance(scene, str | Path):
                orders += requests([str(scene)], here.scenes, profile, theme, output, here.listing, silent=silent)
            else:
                raise DescentError(
                    f"{described(scene)} is no scene: give a class derived from one of descent.stage, a "
                    "film's name, or a scene file; descent.animate makes films of runs."
                )
        told = in_course([order.scene for order in orders], here)
        yield [replace(order, scene=scene) for order, scene in zip(orders, told, strict=True)]


def is_scene(thing: object) -> bool:
    """Whether it is a class of films, told by name: a film is drawn in other processes, and this one needs no Manim."""
    return isinstance(thing, type) and _SCENE in [f"{each.__module__}.{each.__name__}" for each in thing.__mro__]


def _file_of(scene: type) -> Path | None:
    """The scene file that defines a class; None if it is the session's."""
    module = sys.modules.get(scene.__module__)
    file = getattr(module, "__file__", None)
    if scene.__module__ == "__main__" or not file or vars(module).get(scene.__name__) is not scene:
        return None
    return Path(file)


def _measured(scene: type) -> type:
    """A scene whose lines are measured: no committed table knows what a session says."""
    return type(scene.__name__, (scene,), {"measured": True, "__doc__": scene.__doc__, "__module__": scene.__module__})
