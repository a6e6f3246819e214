"""Every film rendered once for all tests that look at it; tests of one film run next to each other."""

import pytest
from showing import Showing, show

from descent.stage.scene.catalogue import all_scenes
from descent.stage.scene.lecture import LectureScene


@pytest.fixture(scope="session", params=all_scenes().values(), ids=lambda film: film.__name__)
def scene_class(request: pytest.FixtureRequest) -> type[LectureScene]:
    """One film after the other."""
    found: type[LectureScene] = request.param
    return found


@pytest.fixture(scope="session")
def showing(scene_class: type[LectureScene], tmp_path_factory: pytest.TempPathFactory) -> Showing:
    """The film, rendered once with sound and captions."""
    return show(scene_class, tmp_path_factory.mktemp(scene_class.__name__))
