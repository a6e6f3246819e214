"""What docs/docs-site.md shows of pages works as it stands."""

import re
from pathlib import Path

import pytest
from docs_site import TEXT, blocks, build

from descent.animate.in_docs import race_document
from descent.delivery.find import own_films
from descent.publish.docs import make as making
from descent.publish.docs.asked import OPTIONS, Asked
from descent.publish.docs.fence import options_of
from descent.publish.docs.race import Race
from descent.record.named_surfaces import SURFACES
from descent.record.spec_text import parse_run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What would be made, were it not only read here."""
    found: list[Asked] = []
    monkeypatch.setattr(
        making._Making,
        "_placed",
        lambda self, items: found.extend(item.asked for item in items if item.theme == "light") or [],
    )
    return found


def test_what_is_shown_of_pages_is_read_without_a_warning(tmp_path: Path, asked: list[Asked]) -> None:
    pages = tmp_path / "docs"
    pages.mkdir()
    settings = next(block for block in blocks("python") if "myst_parser" in block)
    (pages / "conf.py").write_text(settings, encoding="utf-8")
    first, *_ = blocks("markdown", "````")
    (rest,) = blocks("rst")
    (pages / "index.md").write_text(f"# Page\n\n{first}\n```{{toctree}}\nother\n```\n", encoding="utf-8")
    (pages / "other.rst").write_text(f"Other\n=====\n\n{rest}", encoding="utf-8")
    assert build(pages, tmp_path / "site").warnings == ""
    films = [(each.scene, each.format.name, each.beats, each.width) for each in asked if each.scene]
    assert films == [("MomentumEscapes", "film", None, 1280), ("MomentumEscapes", "gif", (4, 5), 640)]
    assert "MomentumEscapes" in own_films()
    (race,) = [each for each in asked if each.is_race]
    values = race_document(Race(race.race, None, pages, False)).values
    assert values == {"surface": "bird", "start": [[-12.0, 10.0]], "steps": 25, "runs": values["runs"]}
    assert [parse_run(run) for run in values["runs"]]
    assert "bird" in SURFACES


def test_the_table_of_options_is_whole() -> None:
    table = TEXT.partition("| option | |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r":([a-z]+):", cell)} == {*OPTIONS}


def test_the_block_for_every_reader_is_read(asked: list[Asked]) -> None:
    (block,) = (block for block in blocks("markdown", "````") if "{.descent}" in block)
    lines = block.splitlines()[1:-1]
    assert (lines[0], options_of(tuple(lines[1:]))) == ("MomentumEscapes", {"format": "still"})
