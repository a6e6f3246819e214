"""What was asked for, and what came of it."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError, nearest
from descent.base.failures import explain
from descent.delivery.find import Listed, listed, scenes_in
from descent.delivery.profiles import Profile, find_profile
from descent.film.player import player
from descent.look.palette import find_theme


@dataclass(frozen=True, slots=True)
class SceneRef:
    """Where a worker finds a film."""

    file: Path
    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """What to render.

    Attributes:
        scene: The scene.
        profile: Size and rate.
        theme: "dark" or "light".
        folder: Where the film and what belongs to it go.
        stem: The files' name before the suffix; the scene's if empty.
        silent: Whether nothing is spoken; captions stay.
        bare: Whether the film goes alone, without captions, poster, transcript and note beside it.
        beats: The first and the last beat, counted from 1, that a GIF shows; None for those that the scene names.
    """

    scene: SceneRef
    profile: Profile
    theme: str
    folder: Path
    stem: str = ""
    silent: bool = False
    bare: bool = False
    beats: tuple[int, int] | None = None

    def file(self, suffix: str) -> Path:
        """A file of the film, such as ``.mp4`` or ``.vtt``."""
        return self.folder / f"{self.stem or self.scene.name}{suffix}"

    @property
    def films(self) -> tuple[Path, ...]:
        """What the profile asks for: one file, or one in each of several formats."""
        return tuple(map(self.file, self.profile.suffixes))

    def settings(self) -> dict[str, Any]:
        """Manim settings."""
        return self.profile.manim(self.theme)


@dataclass(frozen=True, slots=True)
class Film:
    """The outcome of an order: ``drawn`` frames of ``frames`` (0 of 0 if nothing changed), or what stopped it.

    ``remarks`` are sentences the user should read, such as what a GIF gave up to fit its budget.
    """

    order: Order
    frames: int = 0
    drawn: int = 0
    error: Exception | None = None
    remarks: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """The film as a player, for notebooks."""
        return film_html(self)


def film_html(film: Film) -> str:
    """A film as a player with its captions; one that failed says why."""
    if film.error:
        return f"<p>{html.escape(film.order.scene.name)}: {html.escape(str(film.error))}</p>"
    return player(film.order.films[0], film.order.file(".vtt"), film.order.scene.name)


def place(
    names: Sequence[str],
    scenes: Path,
    profile: str,
    theme: str,
    output: Path,
    listing: Path,
    *,
    silent: bool = False,
) -> list[Order]:
    """Orders for scenes by name or file, or for all of a folder if no name is given.

    Args:
        names: Scene classes or scene files.
        scenes: Folder of scene files.
        profile: Name of a profile.
        theme: Name of a theme.
        output: Folder; films of a profile and theme share a subfolder.
        listing: A file that remembers which scenes unchanged files define, so that they need not be executed.
        silent: Whether nothing is to be spoken.

    Raises:
        DescentError: If a name is unknown or there are no scenes.
    """
    look = find_profile(profile), find_theme(theme).name
    folder = output / (profile if theme == "dark" else f"{profile}-{theme}")
    named = [Path(name) for name in names if name.endswith(".py")]
    known = listed(sorted(scenes.glob("*.py")) if len(named) < len(names) or not names else [], listing)
    if not known and len(named) < max(len(names), 1):
        raise DescentError(f"there are no scenes in {scenes.resolve()}; run this where the folder `scenes` is.")
    wanted: dict[str, Path] = {} if names else {name: scene.file for name, scene in known.items()}
    for name in names:
        if name.endswith(".py"):
            wanted |= scenes_in([Path(name)], listing)
        elif name in known:
            wanted[name] = known[name].file
        else:
            raise _unknown(name, scenes, known)
    if not wanted:
        raise DescentError(f"{', '.join(names)} defines no scene; a scene is a subclass of LectureScene.")
    return [Order(SceneRef(file, name), *look, folder, silent=silent) for name, file in wanted.items()]


def _unknown(name: str, scenes: Path, known: Mapping[str, Listed]) -> DescentError:
    """The mistake of a name that no scene has; it may be in a file that cannot be read."""
    names = [scene for scene, found in known.items() if found.error is None]
    broken = [found for found in known.values() if found.error is not None]
    if broken and not names:
        why = (broken[0].error and explain(broken[0].error)) or broken[0].error
        return DescentError(f"{broken[0].file} cannot be read, so there is no scene {name!r}: {why}")
    also = f" ({' and '.join(str(each.file) for each in broken)} cannot be read)" if broken else ""
    return DescentError(f"there is no scene {name!r} in {scenes}{also}: {nearest(name, names)}")
