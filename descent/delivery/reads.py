"""What the user's code reads beside its modules, noticed while a film is planned: files, folders and the environment.

Seen is what passes through Python: files that it opens, folders that it lists, and variables that a project's own code
looks up. What comes over the network, from a clock, a database or a library that opens files by itself is not; delete a
film's ``.json`` to have it looked at again.
"""

import importlib.metadata
import os
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from descent.base.user_code import installed_here
from descent.delivery.freshness import Read


@dataclass(slots=True)
class Watched:
    """What has been read so far, and which files were written meanwhile."""

    files: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    def read(self, ours: Sequence[Path], *others: "Watched") -> Read:
        """What is still there of it and of what others have seen, but for what lies in folders of ours."""
        files, folders, variables = (
            set().union(*sets)
            for sets in zip(*((each.files, each.folders, each.variables) for each in (self, *others)), strict=True)
        )
        own = [folder.resolve() for folder in ours]
        kept = [
            sorted({str(path) for path in map(Path, names) if there(path) and not _lies_in(path.resolve(), own)})
            for names, there in ((files, Path.is_file), (folders, Path.is_dir))
        ]
        return Read(tuple(kept[0]), tuple(kept[1]), tuple(sorted(variables)))


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


@contextmanager
def watching(watched: Watched) -> Iterator[None]:
    """Note what is read in the block; for one thread of a worker at a time."""
    global _now
    _listen()
    environment: Any = type(os.environ)
    look_up, before = environment.__getitem__, _now

    def noted(self: Any, name: str) -> Any:
        if self is os.environ and _of_a_project(_asker()):
            watched.variables.add(name)
        return look_up(self, name)

    environment.__getitem__, _now = noted, watched
    try:
        yield
    finally:
        environment.__getitem__, _now = look_up, before


_now: Watched | None = None
_PYTHONS = ("<frozen", os.__file__, MutableMapping.get.__code__.co_filename)
"""Where Python's own code for looking up a variable is."""
_FINDERS = ("<frozen importlib", os.path.dirname(importlib.metadata.__file__))  # noqa: PTH120 -- as code objects have it


@cache
def _listen() -> None:
    """Listen to what Python opens, once a process: a listener cannot be removed."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _now is None or event not in ("open", "os.listdir", "os.scandir", "os.rename"):
        return
    named = arguments[1] if event == "os.rename" else arguments[0]
    if not isinstance(named, str | os.PathLike):
        return
    path = os.path.abspath(named)  # noqa: PTH100 -- links stay as they are called
    if path.endswith(".pyc") or path.startswith(("/proc/", "/dev/", "/sys/")) or installed_here(Path(path)):
        return
    if event == "os.rename":
        _now.written.add(path)
    elif event == "open":
        mode, flags = arguments[1:3]
        writes = (
            any(letter in mode for letter in "wax") if isinstance(mode, str) else flags & (os.O_WRONLY | os.O_CREAT)
        )
        (_now.written if writes else _now.files).add(path)
    elif not _imports():
        _now.folders.add(path)


def _imports() -> bool:
    """Whether Python itself is looking for a module, or for a package's version."""
    frame = sys._getframe(2)
    for _ in range(4):
        if frame is None:
            return False
        if frame.f_code.co_filename.startswith(_FINDERS):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _asker() -> str:
    """The file of the code that looks something up, behind Python's own."""
    frame = sys._getframe(2)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith("<frozen")
        or frame.f_code.co_filename.endswith(("/os.py", "_collections_abc.py"))
    ):
        frame = frame.f_back
    return frame.f_code.co_filename


@cache
def _of_a_project(file: str) -> bool:
    path = Path(file)
    return path.is_file() and not installed_here(path.resolve())
