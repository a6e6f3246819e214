"""A deck replaces only what descent wrote and nobody changed since."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation

from descent.base.errors import DescentError
from descent.publish.slides import FORMATS, Deck, check_replaceable, write_deck


@pytest.fixture(scope="module")
def written(deck: Deck, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A deck of every kind, as written."""
    folder = tmp_path_factory.mktemp("written")
    for ending in FORMATS:
        write_deck(deck, folder / f"deck{ending}")
    return {ending: (folder / f"deck{ending}").read_bytes() for ending in FORMATS}


@pytest.mark.parametrize("ending", FORMATS)
def test_a_deck_as_descent_wrote_it_is_replaced(
    written: dict[str, bytes], deck: Deck, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"a “deck” #1{ending.upper()}"
    target.write_bytes(written[ending])
    check_replaceable(target)
    if ending != ".pdf":  # which takes seconds
        write_deck(deck, target)
        check_replaceable(target)


def edited_by_hand(file: Path) -> None:
    data = file.read_bytes()
    at = data.index(b"<h1" if file.suffix == ".html" else b"endobj")
    file.write_bytes(data[:at] + b" " + data[at:])


def annotated(file: Path) -> None:
    """As viewers keep notes in a PDF: behind its end, with a table of their own."""
    with file.open("ab") as end:
        end.write(b"9 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< >>\nstartxref\n99\n%%EOF\n")


def changed_words(file: Path) -> None:
    show: Any = Presentation(str(file))
    show.slides[1].notes_slide.notes_text_frame.text = "My own words."
    show.save(str(file))


def saved_by_another_program(file: Path) -> None:
    show: Any = Presentation(str(file))
    show.core_properties.identifier = ""
    show.save(str(file))


def a_slide_more(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("ppt/slides/slide99.xml", "<a/>")


def somebody_elses(file: Path) -> None:
    file.write_bytes(b"startxref </html> my only copy")


@pytest.mark.parametrize(
    ("ending", "change"),
    [
        (".html", edited_by_hand),
        (".pdf", edited_by_hand),
        (".pdf", annotated),
        (".pptx", changed_words),
        (".pptx", saved_by_another_program),
        (".pptx", a_slide_more),
        *((ending, somebody_elses) for ending in FORMATS),
    ],
)
def test_what_somebody_changed_or_made_is_kept_unless_it_is_forced(
    written: dict[str, bytes], deck: Deck, tmp_path: Path, ending: str, change: Callable[[Path], None]
) -> None:
    target = tmp_path / f"deck{ending}"
    target.write_bytes(written[ending])
    change(target)
    theirs = target.read_bytes()
    with pytest.raises(DescentError, match=rf"deck\{ending} is there already .*: name another file"):
        write_deck(deck, target)
    assert target.read_bytes() == theirs
    assert list(tmp_path.iterdir()) == [target], "nor is anything put beside it"
    if change is somebody_elses and ending != ".pdf":
        write_deck(deck, target, force=True)
        check_replaceable(target)


@pytest.mark.parametrize("ending", FORMATS)
def test_an_empty_file_holds_nothing_to_lose(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"deck{ending}").touch()
    check_replaceable(tmp_path / f"deck{ending}")


def test_a_mark_is_read_over_by_who_reads_the_file(written: dict[str, bytes]) -> None:
    page, handout = written[".html"].decode(), written[".pdf"]
    assert page.count("<!-- descent ") == 1
    assert page.rstrip().endswith("</html>")
    table = int(handout.rpartition(b"startxref")[2].split()[0])
    assert handout[table:].startswith(b"xref")
    assert handout.rstrip().endswith(b"%%EOF")
