"""What README and CONTRIBUTING show works as shown."""

import ast
import doctest
import json
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from descent.base.project import BUILT_IN
from descent.commands.init import project_files
from descent.delivery.find import Listed, listed
from descent.delivery.freshness import digest
from descent.delivery.outline import read_course
from descent.film.narration import paced
from descent.publish.docs.embed import alt_text, picture
from descent.stage.checks.sentences import rules
from descent.stage.scene.catalogue import load_scenes
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
    with pytest.warns(UserWarning, match="descent narrate"):
        scene = rehearse(scene_class)
    assert [line.text for line in scene.timeline.lines] == [beat.say for beat in scene_class.beats]
    assert rules(scene.timeline, scene_class) == []


def test_a_project_begins_with_the_first_block_of_contributing_and_its_lines_are_measured() -> None:
    files = project_files()
    first, shown = files["scenes/rates.py"].decode(), blocks("CONTRIBUTING.md", "python")[0]
    assert ast.dump(ast.parse(first)) == ast.dump(ast.parse(shown)), "only its lines may be broken elsewhere"
    lines = re.findall(r'Beat\("([^"]+)"', first)
    (measured,) = json.loads(files["assets/narration.json"]).values()
    assert sorted(measured) == sorted(map(paced, lines))


def test_nothing_recommends_a_package_that_is_not_published() -> None:
    """Where descent will be is not decided: what it is called there is nobody's to install yet."""
    told = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("descent/**/*"), *ROOT.glob("setup/*")]
    texts = {path: path.read_text("utf-8") for path in told if path.suffix in (".md", ".py", ".html", ".sh", ".yml")}
    assert len(texts) > 200
    assert [path for path, text in texts.items() if re.search(r"descent-films\[|install '?descent-films", text)] == []


def test_the_figure_of_the_page_about_figures_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("docs/figures.md", "python")
    exec(code, {})
    assert (tmp_path / "momentum.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_sessions_print_what_they_show(document: str) -> None:
    failed, _ = doctest.testfile(str(ROOT / document), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", "docs/basins.md", "docs/course.md", "docs/films.md", "docs/install.md"],
)
def test_links_and_pictures_exist(document: str) -> None:
    file = ROOT / document
    text = re.sub(r"```.*?```|`[^`]*`", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not link.startswith("http") and not (file.parent / link).exists()] == []


GALLERY, POSTERS = ROOT / "assets" / "gallery", ROOT / "docs" / "posters"
NOTED = json.loads((GALLERY / "gifs.json").read_text(encoding="utf-8"))
GIFS = sorted(GALLERY.glob("*.gif"))
CELL = re.compile(
    r"\[!\[(?P<alt>[^]]+)\]\((?P<picture>\S+)\)\]\((?P<scene>\S+)\)(?:<br>\*(?P<question>[^*]+)\*<br>(?P<answer>[^<]+))?"
    r"<br>\*\*(?P<title>.+?)\*\*(?:<br>`(?P<words>[^`]+)`)?"
)
"""A film in a table: its picture leads to its scene, its title and what to type stand below."""


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def cells(document: str) -> list[re.Match[str]]:
    text = (ROOT / document).read_text(encoding="utf-8")
    found = list(CELL.finditer(text))
    assert len(found) == text.count("<br>**"), "a cell is written in another way"
    return found


def test_few_moving_pictures_are_committed_and_they_are_small() -> None:
    """Each version of each stays in the history for good."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (hero,) = re.findall(r"^!\[[^\]]+\]\((\S+\.gif)\)", readme, re.MULTILINE)
    shown = [ROOT / hero, *(ROOT / cell["picture"] for cell in cells("README.md"))]
    assert sorted(shown) == GIFS, "the README shows all that are there, each once"
    assert len(GIFS) <= 8
    sizes = {path: path.stat().st_size for path in GIFS}
    assert sizes[ROOT / hero] <= 1_500_000
    assert {path.name: size for path, size in sizes.items() if size > 600_000 and path != ROOT / hero} == {}
    assert sum(sizes.values()) < 5_000_000
    assert {path for path in tracked("*.gif") if path not in GIFS} == set()
    for kind in ("*.mp4", "*.webm", "*.mov", "*.avif"):
        assert tracked(kind) == []


@pytest.mark.parametrize("gif", GIFS, ids=lambda path: path.stem)
def test_a_gif_of_the_readme_is_an_excerpt_of_6_to_12_seconds(gif: Path) -> None:
    with Image.open(gif) as moving:
        assert 6 <= sum(frame.info["duration"] for frame in ImageSequence.Iterator(moving)) / 1000 <= 12
        assert moving.width <= NOTED["settings"]["width"]
    assert "beats" in NOTED["gifs"][gif.name]


def test_gifs_json_lists_the_gifs_that_are_there() -> None:
    assert sorted(NOTED["gifs"]) == [path.name for path in GIFS]
    for name, noted in NOTED["gifs"].items():
        assert digest(GALLERY / name) == noted["sha256"], f"{name} is not the one that was noted"


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Listed]:
    return listed(sorted((ROOT / "scenes").glob("*.py")), tmp_path_factory.mktemp("listing") / "scenes.json")


def test_every_film_is_listed_with_its_poster_its_scene_and_what_makes_it(films: dict[str, Listed]) -> None:
    shown = cells("docs/films.md")
    course = read_course(ROOT / "course.toml", BUILT_IN).films
    ordered = [film.name for film in course]
    assert [(cell["question"], cell["answer"]) for cell in shown] == [(film.question, film.answer) for film in course]
    assert [cell["words"] for cell in shown] == [f"descent render {name}" for name in ordered]
    assert sorted(ordered) == sorted(films)
    for cell in shown:
        name = cell["words"].rpartition(" ")[2]
        assert cell["picture"] == f"posters/{name}.webp"
        assert cell["title"] == cell["alt"] == films[name].title
        assert cell["scene"] == f"../scenes/{films[name].file.name}"
    assert sorted(path.stem for path in POSTERS.iterdir()) == sorted(films)


def test_the_readmes_films_are_called_what_they_are_called(films: dict[str, Listed]) -> None:
    for cell in cells("README.md"):
        assert cell["title"] == cell["alt"] == films[Path(cell["picture"]).stem].title


def test_docs_show_what_embed_prints(films: dict[str, Listed]) -> None:
    (shown,) = (block for block in blocks("docs/docs-site.md", "html") if block.startswith("<picture>"))
    film = films["MomentumEscapes"]
    files = {theme: f"loops/MomentumEscapes{end}" for theme, end in (("dark", ""), ("light", "-light"))}
    moving = {theme: [f"{file}.avif", f"{file}.webp"] for theme, file in files.items()}
    stills = {theme: f"{file}-still.webp" for theme, file in files.items()}
    alt = alt_text(film.title, (claim["text"] for claim in film.claims))
    assert shown == picture(moving, stills, alt, (800, 450)) + "\n"


def test_posters_are_light_webps() -> None:
    for path in POSTERS.iterdir():
        assert path.stat().st_size <= 40_000, path.name
        with Image.open(path) as poster:
            assert (poster.format, poster.width * 9) == ("WEBP", poster.height * 16)
            corner = poster.convert("RGB").getpixel((0, poster.height - 1))
            assert max(corner) < 60, f"{path.name} is not dark"


def test_ci_runs_the_readmes_check() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\$ (descent gif .*--check)", readme, re.MULTILINE)
    assert f".venv/bin/{line}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
