"""What several test modules share."""

import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from manim import config as manim_config

from descent.delivery.torch_compiler import put_off_compiler
from descent.record import trajectories
from descent.record.trajectories import Trajectory

pytest_plugins = ("browser", "own_process")

collect_ignore_glob = ["conftest.py", "*/conftest.py"]  # by --doctest-modules, which wants one of each name

_TOGETHER = ("tests/docs/", "tests/embed/", "tests/gallery/", "tests/installed/", "tests/slides/", "tests/watch/")
"""Folders whose tests share what takes long to make, and so run on one worker."""

put_off_compiler()  # as descent's commands do, before anything builds an optimizer: it takes each process seconds

# The same examples everywhere, and no clock.
hypothesis.settings.register_profile("descent", derandomize=True, deadline=None)
hypothesis.settings.load_profile("descent")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: some wait for a browser or for a command while the others compute."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def traced() -> Callable[[str], Trajectory]:
    """The notebook's runs by id, each traced once: what is made of it in the same process asks for that very record."""
    from descent import EXPERIMENTS

    return lambda name: trajectories.traced(EXPERIMENTS[name])


@pytest.fixture(scope="session")
def voice_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where lines that films speak are kept, so that all processes of a run speak each of them once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "voice"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what shares a set-up to one worker: the tests of a film, of a file, or of a folder with a common site.

    The folders come first: each takes a minute, and what is short and many is shared out evenly in the end.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(_TOGETHER))
    met: Counter[str] = Counter()
    for item in items:
        if few := item.get_closest_marker("few"):
            test = item.nodeid.partition("[")[0]
            met[test] += 1
            if met[test] > few.args[0]:
                item.add_marker(pytest.mark.matrix)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def pytest_collection_finish() -> None:
    """Have what was imported and collected never searched for garbage again."""
    gc.collect()
    gc.freeze()


def _group(item: pytest.Item) -> str:
    chosen = getattr(getattr(item, "callspec", None), "params", {})
    if "scene_class" in chosen:
        return str(chosen["scene_class"].__name__)
    if "rendering" in chosen:
        name = chosen["rendering"][0]
        return "commands" if name == "PlateauSettles" else name
    if "loaded" in getattr(item, "fixturenames", ()):
        return "commands"
    file = item.nodeid.partition("::")[0]
    return next((folder for folder in _TOGETHER if file.startswith(folder)), file)


def pytest_configure(config: pytest.Config) -> None:
    """Give every process a media folder of its own: Manim and Typst write their text caches in place."""
    config.descent_media = use_media_folder(tempfile.mkdtemp(prefix="descent-media-"))


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.descent_media, ignore_errors=True)


def use_media_folder(folder: str) -> str:
    manim_config.media_dir = folder
    return folder
