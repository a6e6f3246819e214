"""What several test modules share."""

import functools
import shutil
import tempfile
from collections.abc import Callable

import hypothesis
import pytest
from manim import config as manim_config

from descent import EXPERIMENTS, Trajectory, trace

pytest_plugins = ("browser",)

collect_ignore_glob = ["conftest.py", "*/conftest.py"]  # by --doctest-modules, which wants one of each name

# The same examples everywhere, and no clock: the first optimizer of a process takes torch seconds to load.
hypothesis.settings.register_profile("descent", derandomize=True, deadline=None)
hypothesis.settings.load_profile("descent")


@pytest.fixture(scope="session")
def traced() -> Callable[[str], Trajectory]:
    """The notebook's runs by id, each traced once."""
    return functools.cache(lambda name: trace(EXPERIMENTS[name]))


def pytest_configure(config: pytest.Config) -> None:
    """Give every process a media folder of its own: Manim and Typst write their text caches in place."""
    config.descent_media = use_media_folder(tempfile.mkdtemp(prefix="descent-media-"))


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.descent_media, ignore_errors=True)


def use_media_folder(folder: str) -> str:
    manim_config.media_dir = folder
    return folder
