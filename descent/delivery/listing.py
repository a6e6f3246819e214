"""Which scenes the files of a folder define, remembered so that unchanged files need not be executed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from descent.errors import DescentError
from descent.files import write


def scenes_in(files: Sequence[Path], listing: Path) -> dict[str, Path]:
    """The scenes that files define, by name: from the listing where a file is as it was, else by executing it.

    Args:
        files: Scene files.
        listing: Where what was found is remembered.

    Returns:
        The file of each scene. A file that cannot be executed stands under its own name, so that it is known and the
        others can go on; whoever loads it meets its error.

    Raises:
        DescentError: If two files define one name.
    """
    noted = _read(listing)
    found: dict[str, Path] = {}
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        entry = noted.get(str(file.resolve()), {})
        if entry.get("sha256") != digest:
            from descent.stage.catalogue import load_scenes

            try:
                entry = {"sha256": digest, "scenes": list(load_scenes(file))}
            except Exception:  # whatever a user's file raises
                if not file.is_file():
                    raise
                found[file.name] = file
                continue
            noted[str(file.resolve())] = entry
            write(listing, json.dumps(noted, indent=1).encode())
        for name in entry["scenes"]:
            if name in found:
                raise DescentError(f"{found[name]} and {file} both define a scene {name}; rename one of them.")
            found[name] = file
    return found


def noted_scenes(listing: Path) -> list[str]:
    """Every scene that a listing remembers, in alphabetical order; nothing is executed."""
    return sorted({name for file, entry in _read(listing).items() if Path(file).is_file() for name in entry["scenes"]})


def _read(listing: Path) -> dict[str, Mapping[str, Any]]:
    try:
        noted = json.loads(listing.read_text(encoding="utf-8"))
        return {str(file): entry for file, entry in noted.items() if isinstance(entry["scenes"], list)}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
