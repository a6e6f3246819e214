"""What the tests of landscapes share."""

import pytest
from lands import hills

from descent.look.opengl.land import Land


@pytest.fixture(scope="session")
def land() -> Land:
    """Some hills."""
    return hills(1)
