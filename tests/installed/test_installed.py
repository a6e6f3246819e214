"""From the wheel alone: descent's own films, a project of one's own, and everything that is made of its scene."""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Installed = Callable[..., "subprocess.CompletedProcess[str]"]
PREVIEW = ("--profile", "preview")


def done(ended: "subprocess.CompletedProcess[str]") -> str:
    """What a command printed that did its work and warned of nothing."""
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


@pytest.fixture(scope="session")
def rendered(descent: Installed, course: Path) -> str:
    """What the workflow's own steps print: films are checked, then rendered."""
    workflow = (course / ".github" / "workflows" / "films.yml").read_text(encoding="utf-8")
    steps = re.findall(r"^ +run: (descent .*)$", workflow, re.MULTILINE)
    assert [step.split()[1] for step in steps] == ["check", "render"]
    return "".join(done(descent("bash", "-euc", step, cwd=course)) for step in steps)


def test_the_wheel_carries_the_films_and_what_a_project_begins_with(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    found = (path for kind in ("courses/*.toml", "scenes/*.py") for path in ROOT.glob(kind))
    carried = ["manim.cfg", "assets/narration.json", "course.toml", *(str(path.relative_to(ROOT)) for path in found)]
    assert {name for name in names if name.startswith("descent/builtin/")} == {f"descent/builtin/{c}" for c in carried}
    for folder in ROOT.glob("descent/**/templates"):
        for template in (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            assert template.relative_to(ROOT).as_posix() in names
    assert {name.partition("/")[0] for name in names} == {"descent", "descent_films-0.1.0.dist-info"}


def test_an_index_page_shows_nothing_broken(wheel: Path) -> None:
    text = zipfile.ZipFile(wheel).read("descent_films-0.1.0.dist-info/METADATA").decode()
    metadata, _, readme = text.partition("\n\n")
    assert readme.startswith("# descent")
    assert re.findall(r"\]\((?!https?://)[^)]*\)", readme) == []
    assert "<img" not in readme
    assert "Typing :: Typed" in metadata
    assert "Project-URL" not in metadata, "no address is invented"


def test_an_sdist_has_all_that_the_wheel_needs_and_no_part_of_the_tests(checkout: Path, tmp_path: Path) -> None:
    code = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, check=True)
    (archive,) = tmp_path.iterdir()
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"setup.py", "manim.cfg", "assets/narration.json", "README.md", "LICENSE"} <= names
    assert {f"scenes/{path.name}" for path in ROOT.glob("scenes/*.py")} <= names
    assert [name for name in names if name.startswith(("tests", "benchmarks"))] == []


def test_descents_own_films_are_there_in_an_empty_folder(descent: Installed, tmp_path: Path) -> None:
    done(descent("still", "PlateauSettles", "--width", "96", "-o", "title.png", cwd=tmp_path))
    assert (tmp_path / "title.png").is_file()
    told = descent("still", "MomentumEscape", cwd=tmp_path)
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "did you mean 'MomentumEscapes'" in told.stderr


@pytest.mark.matrix
def test_a_first_scene_is_checked_and_rendered_with_measured_times_and_no_warning(rendered: str) -> None:
    found, line = (line for line in rendered.splitlines() if ": advice: " not in line)
    assert found == "no faults in 1 film"
    assert re.fullmatch(r"films/preview/RMSpropSwingsLess\.mp4  \((\d+) of \1 frames drawn\)", line)


@pytest.mark.matrix
def test_from_a_folder_inside_it_is_the_same_project(descent: Installed, course: Path, rendered: str) -> None:
    inside = course / "notes"
    inside.mkdir()
    again = done(descent("render", "RMSpropSwingsLess", *PREVIEW, cwd=inside))
    assert again == "../films/preview/RMSpropSwingsLess.mp4  (nothing changed)\n"
    assert done(descent("list", cwd=inside)) == "RMSpropSwingsLess  Here, RMSprop swings less than SGD\n"
    assert list(inside.iterdir()) == []


@pytest.mark.matrix
def test_workers_have_manims_settings_of_the_project_from_a_folder_inside_it(
    descent: Installed, course: Path, tmp_path: Path
) -> None:
    inside = tmp_path / "course" / "week 1"
    inside.mkdir(parents=True)
    config = (course / "manim.cfg").read_text(encoding="utf-8").replace("crf = 18", "crf = 31")
    (tmp_path / "course" / "manim.cfg").write_text(config, encoding="utf-8")
    code = """
from descent.base.workers import Workers
if __name__ == "__main__":
    config = "__import__('manim').config"
    wanted = f"{config}.assets_dir, {config}.video_encoder_options['crf'], __import__('os').getcwd()"
    with Workers(1) as workers:
        print(*(found for _, found in workers.run(eval, [wanted])))
"""
    shown = done(descent("python", "-c", code, cwd=inside))
    assert shown.strip() == f"('../assets', '31', {str(inside)!r})"


def test_the_hook_runs_what_the_workflow_runs(course: Path) -> None:
    hook = (course / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (entry,) = re.findall(r"entry: (.*)", hook)
    assert f"run: {entry}\n" in (course / ".github" / "workflows" / "films.yml").read_text(encoding="utf-8")


def test_nothing_is_overwritten(descent: Installed, course: Path) -> None:
    before = {path: path.read_bytes() for path in course.rglob("*.*") if path.is_file()}
    told = descent("init", cwd=course)
    assert (told.returncode, told.stderr) == (
        1,
        "Error: manim.cfg exists already, so nothing was written; take another folder.\n",
    )
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.matrix
def test_decks_and_pages_are_made_of_it(descent: Installed, course: Path, rendered: str) -> None:
    deck = done(descent("slides", "RMSpropSwingsLess", *PREVIEW, "-o", "talks", cwd=course))
    assert deck.splitlines()[-1].startswith("talks/RMSpropSwingsLess.pptx  (4 slides")
    done(descent("gallery", "RMSpropSwingsLess", *PREVIEW, cwd=course))
    assert "Here, RMSprop swings less than SGD" in (course / "site" / "index.html").read_text(encoding="utf-8")


@pytest.mark.matrix
def test_a_race_is_made_in_it(descent: Installed, course: Path) -> None:
    race = ("animate", "--surface", "bird", "--start", "-12,10", "--steps", "2", "SGD(lr=0.01)", "--width", "320")
    assert done(descent(*race, "-o", "race.png", cwd=course)).startswith("race.png\n")
    assert (course / "race.png").stat().st_size > 5_000


@pytest.mark.matrix
@pytest.mark.parametrize("suffix", ["mp4", "webm", "mov", "gif", "webp", "avif", "png", "pdf", "pptx", "html"])
def test_a_race_becomes_a_file_of_every_kind(descent: Installed, course: Path, suffix: str) -> None:
    race = ("animate", "--surface", "bird", "--start", "-12,10", "--steps", "2", "SGD(lr=0.01)", "--width", "320")
    done(descent(*race, "--voice", "silence", "-o", f"race.{suffix}", cwd=course))
    assert (course / f"race.{suffix}").stat().st_size > 1_000


@pytest.mark.matrix
def test_the_demo_is_made_in_an_empty_folder(descent: Installed, tmp_path: Path) -> None:
    told = done(descent("demo", cwd=tmp_path))
    made = [path for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".gif") and "media" not in path.parts]
    assert sorted(path.suffix for path in made) == [".gif", ".mp4"]
    assert all(path.name in told for path in made)


@pytest.mark.matrix
def test_the_cache_is_measured_and_pruned_and_films_stay(descent: Installed, course: Path, rendered: str) -> None:
    (course / "media" / "segments" / "mine.mp4").write_bytes(b"not yours")
    rows = {row["kind"]: row for row in json.loads(done(descent("cache", "--json", cwd=course)))["kinds"]}
    assert rows["drawn parts of films"]["count"] > 4
    assert rows["drawn parts of films"]["bytes"] > 10_000
    assert "media: 0 removed" in done(descent("cache", "prune", cwd=course))
    assert " 0 removed" not in done(descent("cache", "prune", "--all", cwd=course))
    assert all(row["count"] == 0 for row in json.loads(done(descent("cache", "--json", cwd=course)))["kinds"])
    assert (course / "media" / "segments" / "mine.mp4").is_file()
    assert (course / "films" / "preview" / "RMSpropSwingsLess.mp4").is_file()


@pytest.mark.matrix
def test_a_film_of_descents_own_is_copied_to_be_changed(descent: Installed, tmp_path: Path) -> None:
    copied = done(descent("copy", "MomentumEscapes3D", cwd=tmp_path)).splitlines()
    assert copied == ["scenes/landscapes.py", "scenes/momentum.py"]
    again = descent("copy", "MomentumEscapes3D", cwd=tmp_path)
    assert "scenes/landscapes.py exists already, so nothing was copied" in again.stderr
    for name in copied:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_pages_find_what_they_need_of_it(descent: Installed, tmp_path: Path) -> None:
    code = (
        "from importlib.metadata import entry_points as points; print(*points(group='mkdocs.plugins', name='descent'))"
    )
    assert "descent.mkdocs:DescentPlugin" in done(descent("python", "-c", code, cwd=tmp_path))
    found = done(descent("media", "--filter", cwd=tmp_path)).strip()
    assert Path(found).read_text(encoding="utf-8").startswith("--- Films")
    assert "/an environment/" in found


@pytest.mark.matrix
def test_pages_of_sphinx_and_mkdocs_have_a_picture_of_the_first_scene(descent: Installed, course: Path) -> None:
    docs = course / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(
        "# Page\n\n```{descent} RMSpropSwingsLess\n:format: still\n:width: 96\n```\n", "utf-8"
    )
    (docs / "conf.py").write_text('extensions = ["myst_parser", "descent.sphinx"]\n', encoding="utf-8")
    settings = "site_name: Page\nplugins:\n  - descent: {media_dir: docs/_descent}\n"
    (course / "mkdocs.yml").write_text(settings, encoding="utf-8")
    done(descent("python", "-m", "sphinx", "-q", "-W", "docs", "site-sphinx", cwd=course))
    assert (course / "site-sphinx/_descent/RMSpropSwingsLess-still-96-dark.webp").is_file()
    made = (docs / "_descent/media.json").stat().st_mtime_ns
    ended = descent("python", "-m", "mkdocs", "build", "-q", "--strict", "-d", "site-mkdocs", cwd=course)
    assert ended.returncode == 0, ended.stderr
    assert 'src="_descent/RMSpropSwingsLess-still-96-light.webp"' in (course / "site-mkdocs/index.html").read_text(
        "utf-8"
    )
    assert (docs / "_descent/media.json").stat().st_mtime_ns == made, "both share it"
