"""One small film, and its deck, for all tests of slides."""

from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page
from short_film import TITLE, make_film
from torch.optim import SGD

from descent import VALLEY, Run
from descent.publish.explore import explore
from descent.publish.slides import Deck, read_deck


@pytest.fixture(scope="session")
def film_note(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="session")
def deck(film_note: Path) -> Deck:
    return read_deck([film_note])


@pytest.fixture(scope="session")
def trying(film_note: Path, tmp_path_factory: pytest.TempPathFactory) -> Deck:
    """The deck with a page of runs to take hold of behind its film."""
    target = tmp_path_factory.mktemp("page") / "page.html"
    with pytest.MonkeyPatch.context() as patch:  # the relief takes seconds, and is not looked at here
        nothing = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
        patch.setattr("descent.publish.explore.page._map", lambda *_: nothing)
        explore([Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 9)], target, TITLE)
    return read_deck([film_note], pages={film_note: target})


@pytest.fixture
def shown(page: Page, file: Path) -> Page:
    """A deck's page, begun; `file` is that of the module that asks."""
    page.goto(file.as_uri())
    page.wait_for_function("Reveal.isReady()")
    return page
