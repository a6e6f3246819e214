"""What several test modules share."""

import functools
from collections.abc import Callable

import pytest

from descent import EXPERIMENTS, Trajectory, trace


@pytest.fixture(scope="session")
def traced() -> Callable[[str], Trajectory]:
    """The notebook's runs by id, each traced once."""
    return functools.cache(lambda name: trace(EXPERIMENTS[name]))
