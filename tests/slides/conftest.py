"""One small film, and its deck, for all tests of slides."""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from short_film import make_film

from descent.publish.slides import Deck, read_deck


@pytest.fixture(scope="session")
def film_note(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="session")
def deck(film_note: Path) -> Deck:
    return read_deck([film_note])


@pytest.fixture
def shown(page: Page, file: Path) -> Page:
    """A deck's page, begun; `file` is that of the module that asks."""
    page.goto(file.as_uri())
    page.wait_for_function("Reveal.isReady()")
    return page
