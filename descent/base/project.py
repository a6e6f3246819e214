"""One's own project: its folder, found from any folder inside it, and where everything of it lies."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from descent.base.errors import DescentError
from descent.base.files import PACKAGE

PROJECT = "DESCENT_PROJECT"
"""The variable of the environment that names a project's folder, wherever one stands."""

CONFIG, TIMINGS = "manim.cfg", "assets/narration.json"
READ = (CONFIG, TIMINGS)
"""What every film of a project is made from, as paths in it."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project's files lie.

    Attributes:
        root: Its folder; relative where it was found from the current one, so that paths stay short to read.
    """

    root: Path

    @property
    def scenes(self) -> Path:
        """Folder of scene files."""
        return self.root / "scenes"

    @property
    def assets(self) -> Path:
        """Folder of what is committed beside the scenes."""
        return self.root / "assets"

    @property
    def timings(self) -> Path:
        """The table of how long each narrated line takes; `descent narrate` writes it, films read it."""
        return self.root / TIMINGS

    @property
    def course(self) -> Path:
        """The order of its films, and what each of them asks."""
        return self.root / "course.toml"

    @property
    def courses(self) -> Path:
        """Folder of other courses."""
        return self.root / "courses"

    @property
    def config(self) -> Path:
        """Manim's settings."""
        return self.root / CONFIG

    @property
    def films(self) -> Path:
        """Folder of rendered films."""
        return self.root / "films"

    @property
    def site(self) -> Path:
        """Folder of pages."""
        return self.root / "site"

    @property
    def media(self) -> Path:
        """Folder of what a second rendering need not do again."""
        return self.root / "media"

    @property
    def segments(self) -> Path:
        """Folder of drawn parts of films."""
        return self.media / "segments"

    @property
    def clips(self) -> Path:
        """Folder of spoken lines."""
        return self.media / "voice"

    @property
    def races(self) -> Path:
        """Folder of scene files that are made for workers, of races and of what a session defines."""
        return self.media / "animate"

    @property
    def pages(self) -> Path:
        """Folder of films' pages to take hold of."""
        return self.media / "explore"

    @property
    def listing(self) -> Path:
        """A file that remembers which scenes unchanged files define."""
        return self.segments / "scenes.json"

    def name_of(self, file: Path) -> str:
        """A file's path in the project, the same in every clone; of one that lies elsewhere, its whole path."""
        whole, root = file.resolve(), self.root.resolve()
        return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


PACKED = "builtin"
"""Folder of an installed package that holds its films; a clone has none."""

_HOME = PACKAGE.resolve()

BUILT_IN = Project(_HOME / PACKED if (_HOME / PACKED).is_dir() else _HOME.parent)
"""Descent's own films: a folder of the installed package, laid out as a project is; in a clone, the clone itself."""


def project() -> Project:
    """The project that the current folder is in.

    It is the nearest folder upwards, from the current one to the root of its repository, that holds a `scenes` folder
    with Python files, a `manim.cfg`, or a `pyproject.toml` with a table `[tool.descent]`; without one, the current
    folder. Neither the home folder nor the root of the disk is taken for one unless it is the current folder. The
    variable `DESCENT_PROJECT` goes before all that.

    Returns:
        The project.

    Raises:
        DescentError: If the variable names no folder.
    """
    if named := os.environ.get(PROJECT):
        if not Path(named).is_dir():
            raise DescentError(f"{PROJECT} names {named!r}, which is no folder; name your project's, or unset it.")
        return Project(Path(named))
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the current folder was removed
        return Project(Path())
    found = project_around(here)
    return Project(Path() if found is None else Path(os.path.relpath(found.root, here)))


def project_around(here: Path) -> Project | None:
    """The project that a folder is in, if a marked one is found upwards as :func:`project` says.

    Args:
        here: The folder, as a whole path.
    """
    for folder in (here, *here.parents):
        if folder != here and folder in (Path(os.path.expanduser("~")), Path(folder.anchor)):  # noqa: PTH111 -- never fails
            break
        if _is_root(folder):
            return Project(folder)
        if (folder / ".git").exists():
            break
    return None


@contextmanager
def working_in(root: Path) -> Iterator[None]:
    """Take a folder for the project's meanwhile, wherever one stands; worker processes do so too."""
    before = os.environ.get(PROJECT)
    os.environ[PROJECT] = str(root)
    try:
        yield
    finally:
        if before is None:
            del os.environ[PROJECT]
        else:
            os.environ[PROJECT] = before


def _is_root(folder: Path) -> bool:
    """Whether a folder is marked as a project's."""
    return (folder / CONFIG).is_file() or any((folder / "scenes").glob("*.py")) or _has_table(folder / "pyproject.toml")


def _has_table(file: Path) -> bool:
    """Whether a project file has a table of ours; one that cannot be read is of another's concern."""
    try:
        return isinstance(tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["descent"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return False
