"""One small project whose pages are built once, for all tests of media in pages."""

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


def hush(patch: pytest.MonkeyPatch) -> None:
    """Have films made without a voice, as on a machine of one's own."""
    patch.setenv("DESCENT_VOICE", "silence")
    patch.delenv("READTHEDOCS", raising=False)


@pytest.fixture(autouse=True)
def voiceless(monkeypatch: pytest.MonkeyPatch) -> None:
    hush(monkeypatch)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The pages, built by Sphinx with all that is asked for made."""
    folder = write_project(tmp_path_factory.mktemp("a “course” & 100% ü#"))
    with pytest.MonkeyPatch.context() as patch:  # and no longer: other films of this process are heard
        hush(patch)
        return Pages(folder, build(folder, folder.parent / "site"))
