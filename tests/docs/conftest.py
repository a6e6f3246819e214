"""One small project whose pages are built once, for all tests of media in pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docs_site import Built, build, write_project


@dataclass(frozen=True, slots=True)
class Pages:
    """A folder of pages, and its first build."""

    folder: Path
    built: Built

    @property
    def media(self) -> Path:
        return self.folder / "_descent"


@pytest.fixture(scope="session")
def voiceless() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESCENT_VOICE", "silence")
        patch.delenv("READTHEDOCS", raising=False)
        yield


@pytest.fixture(scope="session")
def pages(voiceless: None, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The pages, built by Sphinx with all that is asked for made."""
    folder = write_project(tmp_path_factory.mktemp("a “course” & 100% ü#"))
    return Pages(folder, build(folder, folder.parent / "site"))
