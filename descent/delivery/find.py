"""Which scenes the files of a folder define, remembered so that unchanged files need not be executed."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError
from descent.base.files import write
from descent.delivery.freshness import package_digest


@dataclass(frozen=True, slots=True)
class Listed:
    """A scene as its file declares it.

    Attributes:
        file: Where it is.
        title: What it is called.
        claims: What it claims.
        error: Why its file cannot be executed; it stands under the file's name then.
    """

    file: Path
    title: str = ""
    claims: tuple[str, ...] = ()
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


def declared(file: Path) -> dict[str, dict[str, Any]]:
    """What a file declares, found by executing it in a worker, which has Manim loaded."""
    from descent.stage.scene.catalogue import load_scenes

    return {
        name: {"title": scene.title, "claims": [claim.text for claim in getattr(scene, "claims", ())]}
        for name, scene in load_scenes(file).items()
    }


def noted_scenes(listing: Path) -> list[str]:
    """Every scene that a listing remembers, in alphabetical order; nothing is executed."""
    return sorted({name for file, entry in _read(listing).items() if Path(file).is_file() for name in entry["scenes"]})


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
        isinstance(scene, dict) and isinstance(scene.get("title"), str) and isinstance(scene.get("claims"), list)
        for scene in scenes.values()
    )
