"""Everything a film could depend on, as one key: if none of it changed, nothing needs to be looked at again."""

import hashlib
import os
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from descent.base.errors import DescentError
from descent.base.files import PACKAGE
from descent.film.sidecar import read_sidecar
from descent.look.fonts import own_font

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest

_READ = ("manim.cfg", "assets/narration.json")
_ENVIRONMENT = ("DESCENT_VOICE",)


def inputs_key(scene_file: Path, modules: Iterable[Path], settings: str) -> str:
    """A digest of all a film is made from: sources, settings, installed packages.

    It is coarser than the keys of segments: any change anywhere makes a film be planned again, which then draws only
    what will look different.

    Args:
        scene_file: The scene's file.
        modules: Further project files it imports.
        settings: Profile, theme and whatever else was asked for.

    Returns:
        A hex digest.
    """
    sha = hashlib.sha256(settings.encode())
    sha.update(repr([(name, os.environ.get(name)) for name in _ENVIRONMENT]).encode())
    own = own_font()
    sha.update(own.read_bytes() if own else b"-")
    sha.update(repr(_installed()).encode())
    files = [scene_file, *modules, *map(Path, _READ), *sorted(PACKAGE.rglob("*.py"))]
    for file in dict.fromkeys(path.resolve() for path in files):
        sha.update(f"{file.name}:".encode())
        sha.update(file.read_bytes() if file.is_file() else b"-")
    return sha.hexdigest()


@cache
def _installed() -> list[tuple[str, str]]:
    return sorted((d.name, d.version) for d in distributions())


def order_key(order: "RenderRequest", modules: Iterable[Path]) -> str:
    """The :func:`inputs_key` of an order."""
    return inputs_key(order.scene.file, modules, repr((order.profile, order.theme, order.silent)))


def unchanged(order: "RenderRequest") -> bool:
    """Whether the finished film is there, whole, and nothing it was made from has changed since."""
    try:
        noted = read_sidecar(order.file(".json"))
        modules = [Path(path) for path in noted.inputs.modules]
        return noted.inputs.key == order_key(order, modules) and all(
            digest(order.folder / name) == sha for name, sha in noted.files.items()
        )
    except (DescentError, OSError):
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_of(file: Path) -> bytes:
    """A file's text, whatever line ends a clone of it has; a dash if there is none."""
    return file.read_bytes().replace(b"\r\n", b"\n") if file.is_file() else b"-"


@cache
def package_digest() -> str:
    """SHA-256 of descent's own code, in hex."""
    sha = hashlib.sha256()
    for file in sorted(PACKAGE.rglob("*.py")):
        sha.update(file.relative_to(PACKAGE).as_posix().encode() + text_of(file))
    return sha.hexdigest()


def belongs_to_a_project(name: str, module: object) -> bool:
    """Whether a module belongs neither to an installed package nor to Python nor to descent.

    Args:
        name: What it is imported as.
        module: The module; a package without a file of its own is where its folders are.
    """
    if name.startswith("__"):
        return False
    file = getattr(module, "__file__", None)
    places = [Path(place).resolve() for place in ([file] if file else getattr(module, "__path__", ()))]
    return bool(places) and all(place.exists() and not _installed_here(place) for place in places)


def project_modules() -> dict[str, Path]:
    """Files of the modules that are loaded and belong to a project; see :func:`belongs_to_a_project`.

    Scene files are not among them: one that merely was loaded before is nothing to another.

    Returns:
        File by path below Python's path, in alphabetical order.
    """
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and not name.startswith("descent_scenes.") and belongs_to_a_project(name, module):
            path, place = Path(file).resolve(), name.replace(".", "/")
            found[f"{place}/__init__.py" if path.name == "__init__.py" else f"{place}.py"] = path
    return dict(sorted(found.items()))


def _installed_here(path: Path) -> bool:
    """Whether a path is part of Python, of the virtual environment, or of descent."""
    prefixes = (PACKAGE, *(Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)))
    return any(path.is_relative_to(prefix) for prefix in prefixes)
