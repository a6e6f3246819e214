"""Finding films: the scenes that files define, remembered so that unchanged files need not be executed."""

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError, nearest
from descent.base.failures import explain
from descent.base.files import write
from descent.base.project import BUILT_IN
from descent.delivery.freshness import package_digest
from descent.delivery.in_worker import declared
from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.profiles import Profile, find_profile
from descent.film.narration.voices import asked_voice
from descent.look.palette import find_theme


@dataclass(frozen=True, slots=True)
class Listed:
    """A scene as its file declares it.

    Attributes:
        file: Where it is.
        title: What it is called.
        claims: What it claims, as `descent.record.claims.Claim.data` has it.
        error: Why its file cannot be executed; it stands under the file's name then.
    """

    file: Path
    title: str = ""
    claims: tuple[Mapping[str, Any], ...] = ()
    error: Exception | None = None


def listed(files: Sequence[Path], listing: Path) -> dict[str, Listed]:
    """The scenes that files define, by name: from the listing where a file is as it was, else by executing it.

    Args:
        files: Scene files.
        listing: Where what was found is remembered.

    Returns:
        The scenes. A file that cannot be executed stands under its own name, so that it is known and the others can
        go on.

    Raises:
        DescentError: If a file does not exist, or two define one name.
    """
    noted = _read(listing)
    keys = {file: _key(file) for file in files}
    unknown = [file for file in files if noted.get(str(file.resolve()), {}).get("key") != keys[file]]
    failed: dict[Path, Exception] = {}
    if unknown:
        from descent.base.workers import Workers

        with Workers(os.cpu_count() or 1) as workers:
            for file, scenes in workers.run(declared, unknown):
                if isinstance(scenes, Exception):
                    failed[file] = scenes
                else:
                    noted[str(file.resolve())] = {"key": keys[file], "scenes": scenes}
        if not listing.is_file() or failed.keys() != set(unknown):
            with suppress(DescentError):  # where nothing can be written, scenes can still be listed
                write(listing, json.dumps(noted, indent=1, ensure_ascii=False).encode())
    found: dict[str, Listed] = {}
    for file in files:
        if file in failed:
            if not file.is_file():
                raise failed[file]
            found[file.name] = Listed(file, error=failed[file])
            continue
        for name, scene in noted[str(file.resolve())]["scenes"].items():
            if name in found:
                raise DescentError(f"{found[name].file} and {file} both define a scene {name}; rename one of them.")
            found[name] = Listed(file, scene["title"], tuple(scene["claims"]))
    return found


def scenes_in(files: Sequence[Path], listing: Path) -> dict[str, Path]:
    """The file of each scene that files define; see :func:`listed`."""
    return {name: scene.file for name, scene in listed(files, listing).items()}


def requests(
    names: Sequence[str],
    scenes: Path,
    profile: str,
    theme: str,
    output: Path,
    listing: Path,
    *,
    silent: bool = False,
    voice: str = "",
) -> list[RenderRequest]:
    """Orders for scenes by name or file, or for all of a folder if no name is given.

    Where the folder holds no scene file, descent's own films are meant; where it does, they are found by name beside
    those of the folder, which go before them.

    Args:
        names: Scene classes or scene files.
        scenes: Folder of scene files.
        profile: Name of a profile.
        theme: Name of a theme.
        output: Folder; films of a profile and theme share a subfolder.
        listing: A file that remembers which scenes unchanged files define, so that they need not be executed.
        silent: Whether nothing is to be spoken.
        voice: Who speaks; by default whom the environment asks for.

    Raises:
        DescentError: If a name is unknown or there are no scenes.
    """
    look, folder = placed(output, profile, theme)
    named = [Path(name) for name in names if name.endswith(".py")]
    own = sorted(scenes.glob("*.py"))
    known = listed(own if len(named) < len(names) else [] if names else scene_files(scenes), listing)
    if not known and not names:
        raise no_scenes(scenes)
    wanted: dict[str, Path] = {} if names else {name: scene.file for name, scene in known.items()}
    for name in names:
        if name.endswith(".py"):
            wanted |= scenes_in([Path(name)], listing)
        elif name in known:
            wanted[name] = known[name].file
        elif file := own_film(name, listing):
            wanted[name] = file
        else:
            raise unknown(name, scenes, known)
    if not wanted:
        raise DescentError(f"{', '.join(names)} defines no scene; a scene is a subclass of LectureScene.")
    return [
        RenderRequest(SceneRef(file, name, voice or asked_voice()), *look, folder, silent=silent)
        for name, file in wanted.items()
    ]


def placed(output: Path, profile: str, theme: str) -> tuple[tuple[Profile, str], Path]:
    """A profile and a theme's name, and the folder in which films of both are.

    Raises:
        DescentError: If there is no such profile or theme.
    """
    look = find_theme(theme).name
    return (find_profile(profile), look), output / (profile if look == "dark" else f"{profile}-{look}")


def scene_files(scenes: Path) -> list[Path]:
    """The scene files of a folder in alphabetical order; descent's own where it holds none."""
    return sorted(scenes.glob("*.py")) or sorted(BUILT_IN.scenes.glob("*.py"))


def no_scenes(scenes: Path) -> DescentError:
    """The mistake of a folder whose files define no scene."""
    return DescentError(f"no file in {scenes.resolve()} defines a scene; `descent init` writes a first one.")


def own_film(name: str, listing: Path) -> Path | None:
    """The file of descent's own film of a name, if there is one; no other file is executed."""
    file = own_films().get(name)
    return file if file and name in scenes_in([file], listing) else None


def hiding_own(orders: Sequence[RenderRequest]) -> list[str]:
    """A sentence for each film that is taken instead of descent's own of the same name."""
    own = own_films()
    return [
        f"{order.scene.name} is the one in {order.scene.file}, not descent's own film of that name."
        for order in orders
        if order.scene.name in own and own[order.scene.name].resolve() != order.scene.file.resolve()
    ]


@cache
def own_films() -> dict[str, Path]:
    """Where the classes with a base stand that descent's own scene files define: the films; nothing is executed."""
    files = sorted(BUILT_IN.scenes.glob("*.py"))
    return {
        name: file for file in files for name in re.findall(r"^class (\w+)\(", file.read_text("utf-8"), re.MULTILINE)
    }


def unknown(name: str, scenes: Path, known: Mapping[str, Listed]) -> DescentError:
    """The mistake of a name that no scene has; it may be in a file that cannot be read.

    Args:
        name: What was asked for.
        scenes: Folder of scene files.
        known: What these define.
    """
    names = [scene for scene, found in known.items() if found.error is None]
    broken = [found for found in known.values() if found.error is not None]
    if broken and not names:
        why = (broken[0].error and explain(broken[0].error)) or broken[0].error
        return DescentError(f"{broken[0].file} cannot be read, so there is no scene {name!r}: {why}")
    also = f" ({' and '.join(str(each.file) for each in broken)} cannot be read)" if broken else ""
    advice = nearest(name, [*names, *own_films()])
    if "did you mean" not in advice:  # all names of the folder are enough to read
        rest = "descent's own films, which `descent list --built-in` shows."
        advice = f"{nearest(name, names).removesuffix('.')}, or one of {rest}" if names else f"choose one of {rest}"
    return DescentError(f"there is no scene {name!r} in {scenes}{also}: {advice}")


def noted_scenes(listing: Path) -> list[str]:
    """Every scene that a listing remembers, in alphabetical order; nothing is executed."""
    return sorted({name for file, entry in _read(listing).items() if Path(file).is_file() for name in entry["scenes"]})


def noted_file(name: str, listing: Path) -> Path | None:
    """The file that defined a scene when a listing was written; None if it is not there, or none did."""
    files = [Path(file) for file, entry in _read(listing).items() if name in entry["scenes"]]
    return next((file for file in files if file.is_file()), None)


def _key(file: Path) -> str:
    """A digest of a scene's file and of descent, whose words it may use."""
    return hashlib.sha256((file.read_bytes() if file.is_file() else b"") + package_digest().encode()).hexdigest()


def _read(listing: Path) -> dict[str, Mapping[str, Any]]:
    try:
        noted = json.loads(listing.read_text(encoding="utf-8"))
        return {file: entry for file, entry in noted.items() if _is_entry(entry)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _is_entry(entry: Any) -> bool:
    """Whether a file's entry is one that was written here."""
    scenes = entry.get("scenes") if isinstance(entry, dict) else None
    return isinstance(scenes, dict) and all(
        isinstance(scene, dict) and isinstance(scene.get("title"), str) and _are_claims(scene.get("claims"))
        for scene in scenes.values()
    )


def _are_claims(claims: Any) -> bool:
    return isinstance(claims, list) and all(
        isinstance(claim, dict) and isinstance(claim.get("text"), str) and isinstance(claim.get("check"), str)
        for claim in claims
    )
