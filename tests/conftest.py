"""What several test modules share."""

import functools
from collections.abc import Callable

import hypothesis
import pytest

from descent import EXPERIMENTS, Trajectory, trace

# The same examples everywhere, and no clock: the first optimizer of a process takes torch seconds to load.
hypothesis.settings.register_profile("descent", derandomize=True, deadline=None)
hypothesis.settings.load_profile("descent")


@pytest.fixture(scope="session")
def traced() -> Callable[[str], Trajectory]:
    """The notebook's runs by id, each traced once."""
    return functools.cache(lambda name: trace(EXPERIMENTS[name]))
