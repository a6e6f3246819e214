"""Everything a film could depend on, as one key: if none of it changed, nothing needs to be looked at again."""

import hashlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from descent.base.errors import DescentError
from descent.base.files import PACKAGE
from descent.base.project import BUILT_IN, PACKED, READ, project
from descent.base.user_code import belongs_to_a_project
from descent.film.narration.voices import voice_inputs
from descent.film.sidecar import read_sidecar
from descent.look.fonts import own_font

if TYPE_CHECKING:
    from descent.delivery.orders import RenderRequest


@dataclass(frozen=True, slots=True)
class Read:
    """What was read.

    Attributes:
        files: Files, as paths.
        folders: Folders that were listed.
        variables: Names of variables of the environment.
    """

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Files, folders and variables."""
        return self.files, self.folders, self.variables

    def digest(self) -> str:
        """A digest of all of it as it is now."""
        sha = hashlib.sha256()
        for name in self.files:
            sha.update(f"{name}:{digest(Path(name)) if Path(name).is_file() else '-'}\n".encode())
        for name in self.folders:
            listed = sorted(os.listdir(name)) if Path(name).is_dir() else "-"  # noqa: PTH208 -- names are enough
            sha.update(f"{name}:{listed}\n".encode(errors="surrogateescape"))
        for name in self.variables:
            sha.update(f"{name}={os.environ.get(name)!r}\n".encode(errors="surrogateescape"))
        return sha.hexdigest()


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
    own = own_font()
    sha.update(own.read_bytes() if own else b"-")
    sha.update(repr(_installed()).encode())
    root = project().root
    files = [scene_file, *modules, *(root / name for name in READ), BUILT_IN.timings, *package_files()]
    for file in dict.fromkeys(path.resolve() for path in files):
        sha.update(f"{file.name}:".encode())
        sha.update(file.read_bytes() if file.is_file() else b"-")
    return sha.hexdigest()


@cache
def _installed() -> list[tuple[str, str]]:
    return sorted((d.name, d.version) for d in distributions())


def order_key(order: "RenderRequest", modules: Iterable[Path], read: str) -> str:
    """The :func:`inputs_key` of an order, with a digest of what its scene reads."""
    asked = (order.profile, order.theme, voice_inputs(order.voice), order.silent, order.scene.asked, read)
    return inputs_key(order.scene.file, modules, repr(asked))


def modified_since(moment: float, files: Iterable[Path]) -> bool:
    """Whether a file was written after a moment of the system's clock, or so shortly before that it cannot be told."""
    return any(file.is_file() and file.stat().st_mtime > moment - 0.02 for file in files)


def unchanged(order: "RenderRequest") -> bool:
    """Whether the finished film is there, whole, and nothing it was made from has changed since."""
    try:
        noted = read_sidecar(order.file(".json"))
        inputs = noted.inputs
        read = Read(tuple(inputs.files), tuple(inputs.folders), tuple(inputs.variables))
        key = order_key(order, [Path(path) for path in inputs.modules], read.digest())
        return inputs.key == key and all(digest(order.folder / name) == sha for name, sha in noted.files.items())
    except (DescentError, OSError):
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_of(file: Path) -> bytes:
    """A file's text, whatever line ends a clone of it has; a dash if there is none."""
    return file.read_bytes().replace(b"\r\n", b"\n") if file.is_file() else b"-"


def package_files() -> list[Path]:
    """The files of descent's own code; the films that an installed descent carries are none of it."""
    return sorted(file for file in PACKAGE.rglob("*.py") if file.relative_to(PACKAGE).parts[0] != PACKED)


@cache
def package_digest() -> str:
    """SHA-256 of descent's own code, in hex."""
    sha = hashlib.sha256()
    for file in package_files():
        sha.update(file.relative_to(PACKAGE).as_posix().encode() + text_of(file))
    return sha.hexdigest()


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
