"""Finding films: the lecture scenes that the files of a folder define."""

import importlib.util
import inspect
import sys
import traceback
from pathlib import Path

from descent.base.errors import DescentError, reason
from descent.base.user_code import execute
from descent.stage.scene.lecture import LectureScene


def load_scenes(file: Path) -> dict[str, type[LectureScene]]:
    """The films that a scene file defines, by class name, in the order they stand in it.

    Args:
        file: A Python file; it is executed.

    Returns:
        Its own subclasses of :class:`LectureScene`, without what it only imports.

    Raises:
        DescentError: If the file does not exist, or fails as it is executed.
    """
    name = f"descent_scenes.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise DescentError(f"there is no scene file {file}; give the path of a Python file that defines scenes.")
    folder = str(file.parent.resolve())
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)  # as Manim does: scene files may import from their neighbours, which go first
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look their module up
    try:
        execute(module, file)
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(
            f"the scene file {file} cannot be executed{_line_of(error, file)}: {reason(error)}."
        ) from error
    return {
        key: value
        for key, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, LectureScene) and value.__module__ == name
    }


def _line_of(error: Exception, file: Path) -> str:
    """Where in a file an error came up, to go on a sentence with; nothing if it did elsewhere, or says so itself."""
    there = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file.resolve()]
    lines = [frame.lineno for frame in there]
    return f", line {lines[-1]}" if lines else ""
