"""GIFs that are committed with a project: which of them are stale, on this machine or in a fresh clone.

``gifs.json`` beside them notes two keys for each. If its *sources* are the same, a GIF is fresh and nothing is
executed: text of the scene, of what it imports, of descent, and the versions of the packages that the two require;
nothing of the machine. If they are not, the *look* decides, a digest of what the film would show.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from re import match
from typing import Any

from descent.base.files import write
from descent.delivery.freshness import digest, package_digest, text_of
from descent.delivery.orders import Order

_READ = ("manim.cfg", "assets/narration.json")


class Published:
    """A folder of GIFs and what is noted about them.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "gifs.json"
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            noted = {}
        self._noted: dict[str, Any] = noted if isinstance(noted, dict) else {}

    def unchanged(self, order: Order) -> bool:
        """Whether a GIF is there and made from the sources as they are."""
        noted = self._entry(order)
        try:
            modules = [Path(name) for name in noted["modules"]]
            return bool(self._whole(order) and noted["sources"] == source_key(order, modules))
        except (KeyError, TypeError, OSError):
            return False

    def looks_the_same(self, order: Order, look: "Look") -> bool:
        """Whether a GIF is there and shows what its film would show now."""
        return self._whole(order) and self._entry(order).get("look") == look.digest

    def add(self, order: Order, look: "Look") -> None:
        """Note what a GIF was made from."""
        file = order.films[0]
        self._noted[file.name] = {
            "scene": order.scene.name,
            "look": look.digest,
            "sources": source_key(order, [Path(name) for name in look.modules]),
            "modules": look.modules,
            "sha256": digest(file),
        }
        text = json.dumps(dict(sorted(self._noted.items())), indent=1, ensure_ascii=False)
        write(self._file, f"{text}\n".encode())

    def _entry(self, order: Order) -> Mapping[str, Any]:
        found = self._noted.get(order.films[0].name)
        return found if isinstance(found, dict) else {}

    def _whole(self, order: Order) -> bool:
        try:
            return bool(self._entry(order).get("sha256") == digest(order.films[0]))
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Look:
    """What a film would show, as a digest, and the project's modules that it imports."""

    digest: str
    modules: tuple[str, ...]


def source_key(order: Order, modules: Iterable[Path]) -> str:
    """A digest of the text that a film is made from, the same on every machine with the same packages."""
    sha = hashlib.sha256(repr((settings_of(order), os.environ.get("DESCENT_VOICE"), _versions())).encode())
    for file in (order.scene.file, *modules, *map(Path, _READ)):
        sha.update(file.name.encode() + text_of(file))
    sha.update(package_digest().encode())
    return sha.hexdigest()


def settings_of(order: Order) -> tuple[Any, ...]:
    """What was asked for, beside the scene."""
    return tuple(asdict(order.profile).items()), order.theme


@cache
def _versions() -> list[tuple[str, str]]:
    """What descent and Manim require, without what depends on the system, and without a build's own mark (+cpu)."""
    found = set()
    for package in ("descent-films", "manim"):
        for line in requires(package) or ():
            named = match(r"[\w.-]+", line)
            if ";" not in line and named:
                found.add(named[0].lower())
    known = []
    for name in sorted(found):
        try:
            known.append((name, version(name).partition("+")[0]))
        except PackageNotFoundError:
            known.append((name, "-"))
    return known
