"""Everything a film could depend on, as one key: if none of it changed, nothing needs to be looked at again."""

import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import distributions
from pathlib import Path

import descent

_PACKAGE = Path(descent.__file__).parent
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
    sha.update(repr(sorted((d.name, d.version) for d in distributions())).encode())
    files = [scene_file, *modules, *map(Path, _READ), *sorted(_PACKAGE.rglob("*.py"))]
    for file in dict.fromkeys(path.resolve() for path in files):
        sha.update(f"{file.name}:".encode())
        sha.update(file.read_bytes() if file.is_file() else b"-")
    return sha.hexdigest()


def project_modules() -> Sequence[Path]:
    """Files of imported modules that belong neither to an installed package nor to Python nor to descent."""
    installed = tuple(str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix))
    found = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file:
            continue
        path = Path(file).resolve()
        if not str(path).startswith(installed) and not path.is_relative_to(_PACKAGE):
            found.add(path)
    return sorted(found)
