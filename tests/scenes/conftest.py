"""Every film rehearsed once for all tests that look at it, and a few rendered; tests of one film run together."""

from pathlib import Path

import pytest
from films import FILMS, MAP, RENDERED
from showing import Rehearsal, Showing, rehearsed, show

from descent.stage.scene.lecture import LectureScene


def _renderings() -> list[object]:
    """What is rendered: a few films, and all others whole where `make matrix` asks for them."""
    few = [pytest.param((name, opening), id=name) for name, opening in RENDERED.items()]
    rest = [name for name in FILMS if RENDERED.get(name, 0) is not None]
    return few + [pytest.param((name, None), id=f"{name}-whole", marks=pytest.mark.matrix) for name in rest]


@pytest.fixture(scope="session", params=FILMS.values(), ids=FILMS)
def scene_class(request: pytest.FixtureRequest) -> type[LectureScene]:
    """One film after the other."""
    found: type[LectureScene] = request.param
    return found


@pytest.fixture(scope="session")
def rehearsal(scene_class: type[LectureScene], voice_folder: Path) -> Rehearsal:
    """The film, rehearsed once in the dark theme."""
    return rehearsed(scene_class, voice_folder)


@pytest.fixture(scope="session", params=_renderings())
def rendering(request: pytest.FixtureRequest) -> tuple[type[LectureScene], int | None]:
    """A film that is rendered, and how many of its beats."""
    name, opening = request.param
    return FILMS[name], opening


@pytest.fixture(scope="session")
def whole(voice_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Showing:
    """The film on a map, rendered whole."""
    return show(FILMS[MAP], tmp_path_factory.mktemp(MAP), voice_folder)


@pytest.fixture(scope="session")
def showing(
    rendering: tuple[type[LectureScene], int | None],
    request: pytest.FixtureRequest,
    voice_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Showing:
    """The film, rendered once with sound and captions."""
    scene_class, opening = rendering
    if scene_class is FILMS[MAP]:
        found: Showing = request.getfixturevalue("whole")
        return found
    return show(scene_class, tmp_path_factory.mktemp(scene_class.__name__), voice_folder, opening)
