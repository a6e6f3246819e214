"""Importing what a user names: a module by its dotted path or a Python file, and something in it."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from descent.base.errors import DescentError, nearest, reason


def import_module(name: str) -> ModuleType:
    """A module by its dotted path, looked for in the current folder too.

    It is executed, as every import is: only call this with what the user typed.

    Raises:
        DescentError: If there is none of that name, or it fails as it is imported.
    """
    try:
        with _current_folder_on_path():
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
    """A Python file as a module; the same file is executed once a process.

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
    try:
        with _current_folder_on_path():
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise DescentError(f"the file {str(file)!r} cannot be imported: {_told(error)}.") from error
    return module


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
