"""A folder of moving pictures: which files are wanted there, which of them are stale, and how they are made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from descent.base.errors import nearest
from descent.base.failures import failure
from descent.base.progress import Progress
from descent.base.project import project
from descent.delivery.committed_gifs import GifKey, Noted, Published, scene_of
from descent.delivery.find import own_film, scenes_in
from descent.delivery.gif_settings import GifSettings
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.outline import in_course
from descent.delivery.render import render
from descent.film.narration.voices import asked_voice


@dataclass(frozen=True, slots=True)
class Lost:
    """A file of a folder whose scene is not there: its name, where it is, and a sentence on it."""

    scene: str
    file: Path
    error: str


@dataclass(frozen=True, slots=True)
class Found:
    """What looking at a file found: why it is stale, if it is, what it would show now, and why that is not known."""

    stale: str = ""
    look: GifKey | None = None
    error: Exception | None = None


def listed_scenes(published: Published) -> tuple[list[SceneRef], list[Lost]]:
    """The scenes that a folder's note lists, found where they were, in the project, or among descent's own.

    A file whose text is what it was is not executed to see what it defines.
    """
    here = project()
    there = {name: here.root / noted.scene for name, noted in published.scenes.items()}
    known = {name: there[name] for name, noted in published.scenes.items() if noted.has_same_text(there[name])}
    other = {there[name] for name in there.keys() - known.keys()}
    known |= scenes_in(sorted(file for file in other if file.is_file()), here.listing)
    if there.keys() - known.keys():
        known |= scenes_in(sorted(here.scenes.glob("*.py")), here.listing)
    for name in there.keys() - known.keys():
        if file := own_film(name, here.listing):
            known[name] = file
    scenes, lost = [], []
    for name in sorted(there):
        broken = there[name] if there[name].name in known else None  # planning says what is wrong with it
        if found := known.get(name, broken):
            scenes.append(SceneRef(found, name, asked_voice()))
        else:
            hint = nearest(name, [scene for scene in known if not scene.endswith(".py")])
            files = [file for file in published.gifs if scene_of(file) == name]
            what = "its entry there and its file" if len(files) == 1 else "its entries there and their files"
            error = f"{published.file} lists it, but there is no such scene: {hint} Delete {what}."
            lost.append(Lost(name, published.folder / files[0], error))
    return in_course(scenes, here), lost


def wanted(
    scenes: Iterable[SceneRef],
    settings: GifSettings,
    folder: Path,
    noted: Mapping[str, Noted],
    beats: tuple[int, int] | None = None,
) -> list[RenderRequest]:
    """An order for each file that a folder is to hold of some scenes; its profile has one suffix.

    Args:
        scenes: The scenes.
        settings: What the files are made with.
        folder: The folder.
        noted: What it notes of each scene.
        beats: The beats that they show; None for those that are noted, or that the scene names.
    """
    profile = settings.profile()
    return [
        RenderRequest(
            scene,
            replace(profile, suffixes=(suffix,)),
            theme,
            folder,
            settings.stem(scene.name, theme),
            bare=True,
            beats=beats or (noted[scene.name].beats if scene.name in noted else None),
        )
        for scene in scenes
        for theme in settings.themes
        for suffix in profile.suffixes
    ]


def look_at(
    orders: Sequence[RenderRequest],
    published: Published,
    settings: GifSettings,
    jobs: int,
    told: Progress,
    renew: bool,
) -> dict[RenderRequest, Found]:
    """What is stale. A film is planned only if its sources changed, or if it will be made and noted.

    Args:
        orders: The files.
        published: Their folder.
        settings: What they are to be made with.
        jobs: How many processes plan.
        told: Told how many films are planned.
        renew: Whether what is fresh though its sources changed is to be noted as such.
    """
    found = {order: Found(published.fault(order, settings)) for order in orders}
    changed = {order: published.changed(order) for order in orders if not found[order].stale}
    films = together([order for order in orders if (changed.get(order) if order in changed else renew)])
    if films:
        from descent.base.workers import Workers
        from descent.delivery.in_worker import gif_content_key

        told(0, len(films), "planning")
        with Workers(jobs) as processes:
            for done, (film, look) in enumerate(processes.run(gif_content_key, list(films)), 1):
                told(done, len(films), f"planning {film.scene.name}")
                for order in films[film]:
                    if isinstance(look, Exception):
                        found[order] = Found(error=look)
                    elif order not in changed:
                        found[order] = Found(found[order].stale, look)
                    elif not published.looks_the_same(order, look):
                        since = ", ".join(changed[order])
                        found[order] = Found(f"its pictures would differ; changed since it was made: {since}", look)
                    elif renew:
                        published.add(order, look, settings)
    return found


def make(
    orders: Sequence[RenderRequest],
    jobs: int,
    told: Progress,
    done: Callable[[RenderRequest, RenderResult], None],
) -> None:
    """Make files.

    Args:
        orders: The files.
        jobs: How many processes draw and encode.
        told: Told how far it is.
        done: Told of each file what came of it, as soon as it is there: those of a rendering that is interrupted count.
    """
    films = together(orders)

    def each(film: RenderResult) -> None:
        for order in films[film.order]:
            done(order, film)

    if films:
        render(list(films), project().segments, jobs, told, done=each)


def together(orders: Iterable[RenderRequest]) -> dict[RenderRequest, list[RenderRequest]]:
    """Orders for one file each, by one that makes all files of a film in a theme: it is planned and drawn once."""
    films: dict[RenderRequest, list[RenderRequest]] = {}
    for order in orders:
        films.setdefault(replace(order, profile=replace(order.profile, suffixes=())), []).append(order)
    return {_whole(film, parts): parts for film, parts in films.items()}


def _whole(film: RenderRequest, parts: Sequence[RenderRequest]) -> RenderRequest:
    suffixes = tuple(suffix for part in parts for suffix in part.profile.suffixes)
    return replace(film, profile=replace(film.profile, suffixes=suffixes))


def faults(published: Published, jobs: int) -> Mapping[Path, str]:
    """Why files of a folder are stale, or cannot be looked at; nothing is made.

    Args:
        published: A folder whose `gifs.json` lists some.
        jobs: How many processes plan what changed.
    """
    scenes, lost = listed_scenes(published)
    orders = wanted(scenes, published.settings, published.folder, published.scenes)
    found = look_at(orders, published, published.settings, jobs, lambda *_: None, renew=False)
    told = {each.file: each.error for each in lost}
    for order, looked in found.items():
        if problem := looked.stale or (looked.error and failure(looked.error)):
            told[order.films[0]] = problem
    return told
