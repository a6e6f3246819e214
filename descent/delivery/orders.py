"""What was asked for, and what came of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.delivery.profiles import Profile, find_profile
from descent.errors import DescentError, nearest
from descent.files import write
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
    """

    scene: SceneRef
    profile: Profile
    theme: str
    folder: Path

    def file(self, suffix: str) -> Path:
        """A file of the film, such as ``.mp4`` or ``.vtt``."""
        return self.folder / f"{self.scene.name}{suffix}"

    def settings(self) -> dict[str, Any]:
        """Manim settings."""
        return self.profile.manim(self.theme)


@dataclass(frozen=True, slots=True)
class Film:
    """The outcome of an order: ``drawn`` frames of ``frames`` (0 of 0 if nothing changed), or what stopped it."""

    order: Order
    frames: int = 0
    drawn: int = 0
    error: Exception | None = None


def place(names: Sequence[str], scenes: Path, profile: str, theme: str, output: Path, listing: Path) -> list[Order]:
    """Orders for scenes by name or file, or for all of a folder if no name is given.

    Args:
        names: Scene classes or scene files.
        scenes: Folder of scene files.
        profile: Name of a profile.
        theme: Name of a theme.
        output: Folder; films of a profile and theme share a subfolder.
        listing: A file that remembers which scenes unchanged files define, so that they need not be executed.

    Raises:
        DescentError: If a name is unknown or there are no scenes.
    """
    look = find_profile(profile), find_theme(theme).name
    folder = output / (profile if theme == "dark" else f"{profile}-{theme}")
    named = [Path(name) for name in names if name.endswith(".py")]
    known = _scenes_in(sorted(scenes.glob("*.py")) if len(named) < len(names) or not names else [], listing)
    if not names and not known:
        raise DescentError(f"there are no scenes in {scenes.resolve()}; run this where the folder `scenes` is.")
    wanted: dict[str, Path] = {} if names else dict(known)
    for name in names:
        if name.endswith(".py"):
            wanted |= _scenes_in([Path(name)], listing)
        elif name in known:
            wanted[name] = known[name]
        else:
            raise DescentError(f"there is no scene {name!r} in {scenes}: {nearest(name, known)}")
    return [Order(SceneRef(file, name), *look, folder) for name, file in wanted.items()]


def _scenes_in(files: Sequence[Path], listing: Path) -> dict[str, Path]:
    """The scenes that files define, by name: from the listing where a file is as it was, else by executing it."""
    try:
        noted = json.loads(listing.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        noted = {}
    found: dict[str, Path] = {}
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        entry = noted.get(str(file.resolve()), {})
        if entry.get("sha256") != digest:
            from descent.stage.catalogue import load_scenes

            entry = {"sha256": digest, "scenes": list(load_scenes(file))}
            noted[str(file.resolve())] = entry
            write(listing, json.dumps(noted, indent=1).encode())
        for name in entry["scenes"]:
            if name in found:
                raise DescentError(f"{found[name]} and {file} both define a scene {name}; rename one of them.")
            found[name] = file
    return found
