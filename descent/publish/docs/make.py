"""Making what pages ask for: what is stale of it, in one rendering, into the folder that the pages show."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from descent.base.errors import DescentError
from descent.base.failures import failure
from descent.base.files import replacing, write
from descent.base.project import PROJECT, project, project_around, working_in
from descent.publish.docs.asked import Asked
from descent.publish.docs.folder import Entry, MediaFolder, Medium

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
    from descent.publish.docs.in_worker import Drawn, PictureJob
    from descent.publish.docs.race import RaceScene, SceneMaker

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show of a request.

    Attributes:
        media: A medium per theme, the light one first; those that are there.
        problem: What keeps one of them from being there or fresh, in a sentence; empty if nothing does.
    """

    media: tuple[Medium, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Item:
    """A request in one theme, and where its film stands."""

    asked: Asked
    theme: str
    scene: "SceneRef | None" = None
    files: tuple[Path, ...] = ()

    @property
    def stem(self) -> str:
        return self.asked.stem_in(self.theme)


def committed(asked: Iterable[Asked], folder: MediaFolder) -> dict[Asked, Shown]:
    """What the folder holds of requests; nothing is made, and nothing of torch or Manim loaded."""
    found = {}
    for each in asked:
        entries = [folder.entry(each, theme) for theme in each.themes]
        media = tuple(entry.shows for entry in entries if entry)
        lacking = [theme for theme, entry in zip(each.themes, entries, strict=True) if entry is None]
        problem = ""
        if lacking:
            which = "" if len(lacking) == len(entries) else f" in the {lacking[0]} theme"
            what = "page" if each.format.page else each.format.name
            problem = (
                f"the {what} of {each.name} is not in {folder.path}{which}, and rendering is off: build "
                "these pages once where it is on, and commit that folder."
            )
        found[each] = Shown(media, problem)
    return found


def make(
    asked: Sequence[Asked],
    folder: MediaFolder,
    base: Path,
    scene_of: "SceneMaker",
    cache: Path,
    jobs: int | None = None,
    told: Told = lambda _: None,
) -> dict[Asked, Shown]:
    """Make what is stale of requests.

    Args:
        asked: What pages ask for.
        folder: Where media go; what is fresh there stays.
        base: Folder of the pages. The project is the one that it is in.
        scene_of: Makes films of races.
        cache: Where what a second rendering need not do again is kept if the pages are in no project of descent.
        jobs: How many processes draw; all cores by default.
        told: Told in a sentence what goes on.

    Returns:
        What there is to show of each. A request that cannot be made shows what was made of it before, if there is any.
    """
    base = base.resolve()
    if PROJECT in os.environ:
        root = project().root.resolve()
    elif around := project_around(base):
        root = around.root
    else:
        root = cache.resolve()
        if not root.is_dir():
            write(root / ".gitignore", b"*\n")
    with working_in(root):
        return _Making(folder, base, scene_of, jobs or os.cpu_count() or 1, told).make(asked)


class _Making:
    """One rendering of what is stale."""

    def __init__(self, folder: MediaFolder, base: Path, scene_of: "SceneMaker", jobs: int, told: Told) -> None:
        self._folder, self._base, self._scene_of, self._jobs, self._told = folder, base, scene_of, jobs, told
        self._problems: dict[str, str] = {}

    def make(self, asked: Sequence[Asked]) -> dict[Asked, Shown]:
        items = [_Item(each, theme) for each in asked for theme in each.themes]
        stale = [item for item in {item.stem: item for item in items}.values() if not self._is_fresh(item)]
        if stale:
            self._told(
                f"making {', '.join(sorted({f'{item.asked.name} ({item.asked.format.name})' for item in stale}))}"
            )
            placed = self._placed(stale)
            self._films([item for item in placed if item.asked.format.profile])
            self._pictures([item for item in placed if not item.asked.format.profile])
        return {each: self._shown(each) for each in asked}

    def _is_fresh(self, item: _Item) -> bool:
        from descent.publish.docs.sources import is_fresh

        entry = self._folder.entry(item.asked, item.theme)
        return entry is not None and is_fresh(entry, item.asked, self._folder, self._base)

    def _shown(self, asked: Asked) -> Shown:
        entries = [self._folder.entry(asked, theme) for theme in asked.themes]
        stems = map(asked.stem_in, asked.themes)
        problem = next((self._problems[stem] for stem in stems if stem in self._problems), "")
        media = tuple(entry.shows for entry in entries if entry)
        return Shown(media, problem)

    def _placed(self, items: Sequence[_Item]) -> list[_Item]:
        """The items with the places of their films; a problem of those that have none."""
        scenes: dict[str, tuple[SceneRef, tuple[Path, ...]]] = {}
        for item in items:
            if not item.asked.is_race:
                try:
                    scenes[item.stem] = self._film(item.asked), ()
                except DescentError as error:
                    self._problems[item.stem] = str(error)
        for keys, outcome in self._races([item for item in items if item.asked.is_race]):
            for key in keys:
                if isinstance(outcome, Exception):
                    self._problems[key] = failure(outcome)
                else:
                    scenes[key] = outcome.scene, outcome.files
        return [
            replace(item, scene=scenes[item.stem][0], files=scenes[item.stem][1])
            for item in items
            if item.stem in scenes
        ]

    def _film(self, asked: Asked) -> "SceneRef":
        from descent.delivery.find import requests
        from descent.delivery.outline import in_course

        here, file = project(), str(self._base / asked.file)
        scenes = here.scenes if here.scenes.is_dir() else self._base / here.scenes.name  # as a message names it
        found = requests([file if asked.file else asked.scene], scenes, "docs", "dark", Path(), here.listing)
        named = [request.scene for request in found if request.scene.name == asked.scene]
        if not named:
            known = ", ".join(request.scene.name for request in found)
            raise DescentError(f"{asked.file} defines no film {asked.scene}: it has {known}.")
        return in_course(named[:1], here)[0]

    def _races(self, items: Sequence[_Item]) -> "Iterable[tuple[list[str], RaceScene | Exception]]":
        """The races as films, each told once, with the keys of the items that show it."""
        from descent.base.workers import Workers
        from descent.publish.docs.race import Race

        races: dict[Race, list[str]] = {}
        for item in items:
            asked = item.asked
            file = self._base / asked.file if asked.file else None
            heard = asked.format.plays and not asked.silent
            races.setdefault(Race(asked.race, file, self._base, heard), []).append(item.stem)
        if races:
            with Workers(self._jobs) as workers:
                for race, outcome in workers.run(self._scene_of, list(races)):
                    yield races[race], outcome

    def _films(self, items: Sequence[_Item]) -> None:
        """Films and moving pictures, in one rendering."""
        from descent.delivery.freshness import unchanged
        from descent.delivery.render import render

        orders = {self._order(item): item for item in items}
        due = []
        for order, item in orders.items():
            if unchanged(order):
                self._keep_film(order, item)
            else:
                due.append(order)

        def done(film: "RenderResult") -> None:
            item = orders[film.order]
            for remark in film.remarks:
                self._told(f"{item.asked.name}: {remark}")
            if film.error:
                self._problems[item.stem] = f"{item.asked.name}: {failure(film.error)}"
            else:
                self._keep_film(film.order, item)
                self._told(f"{item.asked.name} ({item.asked.format.name}, {item.theme}) is there")

        if due:
            render(due, project().segments, self._jobs, done=done)

    def _order(self, item: _Item) -> "RenderRequest":
        from descent.delivery.orders import RenderRequest
        from descent.delivery.profiles import find_profile

        asked = item.asked
        assert item.scene is not None
        profile = replace(
            find_profile(asked.format.profile),
            width=asked.width,
            height=2 * round(asked.width * 9 / 32),
            suffixes=(asked.format.suffix,),
            held=True,
        )
        folder = project().media / "docs" / item.stem
        return RenderRequest(item.scene, profile, item.theme, folder, silent=asked.silent, beats=asked.beats)

    def _keep_film(self, order: "RenderRequest", item: _Item) -> None:
        """Put a film that is there into the folder, with its captions and a still."""
        from PIL import Image

        from descent.film.loops import STILL, STILL_OPTIONS
        from descent.film.sidecar import iso_language, read_sidecar

        note, asked, stem = read_sidecar(order.file(".json")), item.asked, item.stem
        captions = f"{stem}.vtt" if asked.format.plays else ""
        medium = Medium(
            item.theme,
            f"{stem}{asked.format.suffix}",
            *note.size,
            note.title or note.scene,
            f"{stem}{STILL if asked.format.suffix == '.webp' else '.webp'}",  # a moving WebP has that name
            captions,
            iso_language(note.language),
        )
        self._copy(order.films[0], medium.file)
        if captions:
            self._copy(order.file(".vtt"), captions)
        with Image.open(order.file(".png")) as poster, replacing(self._folder.path / medium.still) as beside:
            poster.save(beside, **STILL_OPTIONS)
        read = (*map(Path, note.inputs.modules), *map(Path, note.inputs.files))
        self._note(item, medium, read)

    def _copy(self, source: Path, name: str) -> None:
        with replacing(self._folder.path / name) as beside:
            shutil.copyfile(source, beside)

    def _pictures(self, items: Sequence[_Item]) -> None:
        """Single pictures, and pages, in one pool."""
        from descent.base.workers import Workers
        from descent.publish.docs.in_worker import PictureJob, draw_picture

        def job_of(item: _Item, scene: "SceneRef") -> PictureJob:
            asked, file = item.asked, self._folder.path / f"{item.stem}{item.asked.format.suffix}"
            target, page = (file.with_suffix(".png"), file) if asked.format.page else (file, None)
            return PictureJob(scene, target, asked.format.figure, asked.width, asked.at, item.theme, page)

        jobs = {job_of(item, item.scene): item for item in items if item.scene is not None}
        if not jobs:
            return
        with Workers(self._jobs) as workers:
            for job, drawn in workers.run(draw_picture, list(jobs)):
                self._take(job, drawn, jobs[job])

    def _take(self, job: "PictureJob", drawn: "Drawn | Exception", item: _Item) -> None:
        if isinstance(drawn, Exception):
            self._problems[item.stem] = f"{item.asked.name}: {failure(drawn)}"
        else:
            picture = job.target.name
            shown = (job.page.name, picture) if job.page else (picture, "")
            self._note(item, Medium(item.theme, shown[0], *drawn.size, drawn.alt, shown[1]), drawn.files)

    def _note(self, item: _Item, medium: Medium, read: Iterable[Path]) -> None:
        """Note a medium that is in the folder, and what it was made from."""
        from descent.delivery.freshness import digest
        from descent.publish.docs.sources import is_own, named_files, seen_from, texts, tools

        asked = item.asked
        assert item.scene is not None
        place = None if asked.is_race else item.scene.file
        own = {*item.files, *read} if place is None else {place, *read}
        names = {seen_from(self._base, file) for file in own if is_own(file, self._base)}
        files = {name: digest(self._folder.path / name) for name in medium.names}
        names |= named_files(asked)
        self._folder.add(asked, Entry(medium, files, texts(self._base, names), tools(place, asked)))
