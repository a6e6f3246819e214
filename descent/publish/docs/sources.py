"""What media are made from, alike in every clone: files of one's own as seen from the pages, and versions of tools."""

import os
import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from descent.base.files import PACKAGE
from descent.base.project import BUILT_IN, READ, project
from descent.delivery.committed_gifs import package_versions
from descent.delivery.find import own_films
from descent.delivery.freshness import digest, package_digest, text_of
from descent.film.narration.voices import asked_voice, voice_inputs
from descent.publish.docs.asked import Asked
from descent.publish.docs.folder import Entry, MediaFolder
from descent.publish.frames import templates_digest


def is_fresh(entry: Entry, asked: Asked, folder: MediaFolder, base: Path) -> bool:
    """Whether a medium is the one that was noted, and all it was made from is what it was; nothing is executed."""
    place = None if asked.is_race else base / asked.file if asked.file else film_file(asked.scene)
    needed = named_files(asked) | ({seen_from(base, place)} if place and not is_built_in(place) else set())
    return (
        all(digest(folder.path / name) == sha for name, sha in entry.files.items())
        and needed <= {*entry.sources}
        and entry.sources == texts(base, entry.sources)
        and entry.tools == tools(place, asked)
    )


def named_files(asked: Asked) -> set[str]:
    """The files that a page names itself, seen from the folder of the pages."""
    race = dict(asked.race)
    surface, _, _ = race.get("surface", "").rpartition(":")
    named = {asked.file, race.get("data", ""), race.get("narrate", ""), surface if surface.endswith(".py") else ""}
    return named - {""}


def is_own(file: Path, base: Path) -> bool:
    """Whether a file that was read belongs to the project or the pages, and is not among what :func:`tools` knows."""
    root, whole = project().root.resolve(), file.resolve()
    apart = [root / name for name in READ] + [
        root / "media",
        PACKAGE,
        *([] if root == BUILT_IN.root else [BUILT_IN.root]),
    ]
    inside = whole.is_relative_to(root) or whole.is_relative_to(base)
    return inside and not any(whole.is_relative_to(each.resolve()) for each in apart)


def texts(base: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files, by their paths from the folder of the pages."""
    return {name: sha256(text_of(base / name)).hexdigest() for name in sorted(names)}


def seen_from(base: Path, file: Path) -> str:
    """A file's path from the folder of the pages."""
    return Path(os.path.relpath(file.resolve(), base.resolve())).as_posix()


def tools(place: Path | None, asked: Asked) -> dict[str, str]:
    """What makes a medium besides one's own files: descent, packages, settings, the voice; descent's films for these.

    Args:
        place: The film's file; None for a race.
        asked: What the page asks for.
    """
    root = project().root
    found = {name: sha256(text_of(root / name)).hexdigest() for name in READ if (root / name).is_file()}
    found |= {
        "descent": package_digest(),
        "packages": sha256(repr(package_versions()).encode()).hexdigest(),
        "voice": voice_inputs(asked_voice()),
    }
    found |= {"page": templates_digest()} if asked.format.page else {}
    return found | ({"films": _own_films()} if place and is_built_in(place) else {})


def film_file(name: str) -> Path | None:
    """Where a film seems to stand: its class is looked for in the text of scene files, the project's first."""
    pattern = re.compile(rf"^class {re.escape(name)}\b", re.MULTILINE)
    for file in sorted(project().scenes.glob("*.py")):
        if pattern.search(file.read_text("utf-8", errors="replace")):
            return file
    return own_films().get(name)


def is_built_in(file: Path) -> bool:
    """Whether a film is descent's own, shown in another project."""
    return file.resolve().is_relative_to(BUILT_IN.scenes) and project().root.resolve() != BUILT_IN.root.resolve()


@cache
def _own_films() -> str:
    return sha256(b"".join(map(text_of, [BUILT_IN.timings, *sorted(BUILT_IN.scenes.glob("*.py"))]))).hexdigest()
