"""What README and CONTRIBUTING show works as shown."""

import doctest
import re
from pathlib import Path

import pytest

from descent.stage.scene.catalogue import all_scenes, load_scenes
from descent.stage.scene.rehearsal import rehearse

ROOT = Path(__file__).parents[1]


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


def test_the_first_block_of_contributing_is_a_film_in_under_20_lines(tmp_path: Path) -> None:
    source = blocks("CONTRIBUTING.md", "python")[0]
    assert len([line for line in source.splitlines() if line.strip()]) < 20
    file = tmp_path / "rates.py"
    file.write_text(source, encoding="utf-8")
    (scene_class,) = load_scenes(file).values()
    with pytest.warns(UserWarning, match="make narration"):
        scene = rehearse(scene_class)
    assert [line.text for line in scene.timeline.lines] == [beat.say for beat in scene_class.beats]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_sessions_print_what_they_show(document: str) -> None:
    failed, _ = doctest.testfile(str(ROOT / document), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/basins.md", "docs/films.md"])
def test_links_and_pictures_exist(document: str) -> None:
    file = ROOT / document
    text = re.sub(r"```.*?```|`[^`]*`", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not link.startswith("http") and not (file.parent / link).exists()] == []


def test_the_readmes_film_is_small_enough_to_load() -> None:
    (hero,) = re.findall(r"^!\[[^\]]+\]\((\S+\.gif)\)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert (ROOT / hero).stat().st_size < 2_000_000


def test_the_list_names_every_film_and_shows_every_published_gif() -> None:
    films = set(all_scenes(ROOT / "scenes"))
    listed = (ROOT / "docs" / "films.md").read_text(encoding="utf-8")
    assert set(re.findall(r"<br>`(\w+)`", listed)) == films
    shown = set(re.findall(r"assets/gallery/(\w+)\.gif", listed))
    assert shown <= films
    assert {path.stem for path in (ROOT / "assets" / "gallery").glob("*.gif")} == shown
