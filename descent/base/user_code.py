"""Importing what a user names: a module by its dotted path or a Python file, and something in it."""

import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

from descent.base.errors import DescentError, nearest, reason
from descent.base.files import PACKAGE
from descent.base.project import BUILT_IN


def import_module(name: str) -> ModuleType:
    """A module by its dotted path, looked for in the current folder too.

    It is executed, as every import is: only call this with what the user typed. One that somebody else has imported is
    taken as it is loaded, unless its file was written since.

    Raises:
        DescentError: If there is none of that name, or it fails as it is imported.
    """
    loaded = sys.modules.get(name)
    if loaded is not None and name not in _imported and belongs_to_a_project(name, loaded) and _is_newer(loaded):
        del sys.modules[name]
    try:
        with _current_folder_on_path(), _remembering():
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise DescentError(
                f"there is no module {error.name!r} here: install the package that has it, or mend the name."
            ) from error
        raise DescentError(f"the module {name!r} cannot be imported: {reason(error)}.") from error
    except (Exception, SystemExit) as error:
        raise DescentError(f"the module {name!r} cannot be imported: {_told(error)}.") from error


def import_file(file: Path) -> ModuleType:
    """A Python file as a module; the same file is executed once until :func:`forget`.

    Raises:
        DescentError: If there is no such file, or it fails as it is executed.
    """
    name = f"descent_user.{file.stem}"
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(file.resolve()):
        return known
    spec = importlib.util.spec_from_file_location(name, file.resolve())
    if not file.is_file() or spec is None or spec.loader is None:
        raise DescentError(f"there is no Python file {str(file)!r}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _imported.add(name)
    try:
        with _current_folder_on_path(), _remembering():
            execute(module, file)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise DescentError(f"the file {str(file)!r} cannot be imported: {_told(error)}.") from error
    return module


@contextmanager
def holding(file: Path, values: Mapping[str, object]) -> Iterator[None]:
    """Have a file count as imported in this process, with values under their names, for the block.

    Args:
        file: What :func:`import_file` will be asked for; it need not be there.
        values: What it defines.
    """
    module = ModuleType(f"descent_user.{file.stem}")
    vars(module).update(values, __file__=str(file.resolve()))
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.modules.pop(module.__name__, None)


def execute(module: ModuleType, file: Path) -> None:
    """Execute a module's file as it is now: Python's own cache takes what was edited within a second for the same."""
    exec(compile(file.read_bytes(), str(file.resolve()), "exec", dont_inherit=True), vars(module))


def forget() -> None:
    """Have what users' names imported until now, and what that imported of their projects, executed anew when asked."""
    for name in _imported:
        file = getattr(sys.modules.pop(name, None), "__file__", None)
        if file and file.endswith(".py"):
            Path(importlib.util.cache_from_source(file)).unlink(missing_ok=True)
    _imported.clear()
    importlib.invalidate_caches()
    global _times_forgotten
    _times_forgotten += 1


def times_forgotten() -> int:
    """How often :func:`forget` was called: what was made of users' code is another after it."""
    return _times_forgotten


def member(module: ModuleType, name: str) -> object:
    """Something that a module defines.

    Raises:
        DescentError: If it does not; the nearest name is given.
    """
    if not hasattr(module, name):
        known = [each for each in vars(module) if not each.startswith("_")]
        advice = nearest(name, known) if 0 < len(known) <= 40 else "mend the name."
        raise DescentError(f"{module.__name__.removeprefix('descent_user.')} has no {name!r}: {advice}")
    return getattr(module, name)


def belongs_to_a_project(name: str, module: object) -> bool:
    """Whether a module belongs neither to an installed package nor to Python nor to descent.

    Args:
        name: What it is imported as.
        module: The module; a package without a file of its own is where its folders are.
    """
    if name.startswith("__"):
        return False
    file = getattr(module, "__file__", None)
    places = [os.path.abspath(place) for place in ([file] if file else getattr(module, "__path__", ()))]  # noqa: PTH100
    return bool(places) and all(not _installed(place, *_own_prefixes()) and Path(place).exists() for place in places)


@cache  # there are thousands of modules, and they are asked about for every film
def _installed(place: str, *prefixes: str) -> bool:
    return installed_here(Path(place).resolve())


def _own_prefixes() -> tuple[str, str]:
    return sys.prefix, sys.base_prefix


def installed_here(path: Path) -> bool:
    """Whether a path is part of Python, of the virtual environment, or of descent; its films are a project's."""
    if path.is_relative_to(BUILT_IN.scenes):
        return False
    if not _PACKAGES.isdisjoint(path.parts):
        return True
    return any(path.is_relative_to(prefix) for prefix in _prefixes(*_own_prefixes()))


@cache
def _prefixes(*names: str) -> tuple[Path, ...]:
    named = list(map(Path, names))
    return (PACKAGE, *named, *(prefix.resolve() for prefix in named))


_PACKAGES = {"site-packages", "dist-packages"}
"""Folders of packages, wherever they are: those of `pip install --user` lie in the home folder."""

_imported: set[str] = set()
_times_forgotten = 0
_STARTED = time.time()


@contextmanager
def _remembering() -> Iterator[None]:
    """Remember what of a project is imported in the block."""
    before = dict(sys.modules)
    try:
        yield
    finally:
        new = [(name, module) for name, module in list(sys.modules.items()) if before.get(name) is not module]
        _imported.update(name for name, module in new if belongs_to_a_project(name, module))


def _is_newer(module: ModuleType) -> bool:
    """Whether a module's file was written since descent was imported."""
    file = Path(module.__file__ or "")
    return file.is_file() and file.stat().st_mtime > _STARTED


@contextmanager
def _current_folder_on_path() -> Iterator[None]:
    """As `python -m` has it; a console script alone would look only beside itself."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def _told(error: BaseException) -> str:
    return reason(error) if isinstance(error, Exception) else f"it ends Python ({type(error).__name__})"
