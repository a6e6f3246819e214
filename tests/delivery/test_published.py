"""A committed GIF is fresh wherever it is looked at, and stale as soon as its film would look different."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from toys import TOY

from descent.commands.cli import descent
from descent.delivery import committed_gifs as published
from descent.delivery import freshness as inputs
from descent.delivery import in_worker as looks
from descent.delivery.committed_gifs import Published

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two films."""
    folder = tmp_path / "project"
    (folder / "scenes").mkdir(parents=True)
    (folder / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    (folder / "scenes" / "other.py").write_text(TOY.replace("class Toy", "class Other"), encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def gif(*words: str) -> Result:
    return CliRunner().invoke(descent, ["gif", *words, "--width", "96", "--jobs", "1", "--json"])


def states(result: Result) -> dict[str, str]:
    return {row["scene"]: row["state"] for row in json.loads(result.output)}


def test_only_what_is_stale_is_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gif("--all", "-o", "gifs", "--check").exit_code == 1
    assert not (project / "gifs").exists()
    made = gif("--all", "-o", "gifs")
    assert (made.exit_code, states(made)) == (0, {"Toy": "made", "Other": "made"})
    assert sorted(path.name for path in (project / "gifs").iterdir()) == ["Other.gif", "Toy.gif", "gifs.json"]

    def never(*_: object) -> None:
        raise AssertionError("something was planned")

    with monkeypatch.context() as patch:
        patch.setattr(looks, "look_of", never)
        fresh = gif("--all", "-o", "gifs", "--check")
    assert (fresh.exit_code, states(fresh)) == (0, {"Toy": "fresh", "Other": "fresh"})

    file = project / "scenes" / "toy.py"
    file.write_text(TOY.replace("BLUE, fill", "'#ff0000', fill"), encoding="utf-8")
    stale = gif("--all", "-o", "gifs", "--check")
    assert (stale.exit_code, states(stale)) == (1, {"Toy": "stale", "Other": "fresh"})
    assert states(gif("--all", "-o", "gifs")) == {"Toy": "made", "Other": "fresh"}
    assert gif("--all", "-o", "gifs", "--check").exit_code == 0


def test_a_change_that_does_not_show_is_noted_but_nothing_is_made(project: Path) -> None:
    gif("--all", "-o", "gifs")
    before = (project / "gifs" / "Toy.gif").stat().st_mtime_ns
    (project / "scenes" / "toy.py").write_text(TOY + "\n# a remark\n", encoding="utf-8")
    assert gif("--all", "-o", "gifs", "--check").exit_code == 0
    note = (project / "gifs" / "gifs.json").read_text()
    assert states(gif("--all", "-o", "gifs")) == {"Toy": "fresh", "Other": "fresh"}
    assert (project / "gifs" / "gifs.json").read_text() != note, "next time it would be planned again"
    assert (project / "gifs" / "Toy.gif").stat().st_mtime_ns == before


def test_a_clone_elsewhere_is_fresh(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gif("--all", "-o", "gifs")
    clone = tmp_path / "a clone"
    shutil.copytree(project, clone, ignore=shutil.ignore_patterns("media"))
    for file in (clone / "scenes").iterdir():  # other times, other line ends
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.chdir(clone)
    monkeypatch.setattr(inputs, "_installed", list)  # another set of packages that films do not need
    assert gif("--all", "-o", "gifs", "--check").exit_code == 0


def test_another_version_of_what_draws_is_another_source(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from descent.delivery.orders import place

    (order, *_) = place(["Toy"], Path("scenes"), "docs", "dark", Path("gifs"), Path("media/scenes.json"))
    key = published.source_key(order, [])
    versions = published._versions()
    assert {"manim", "torch", "numpy", "typst"} <= {name for name, _ in versions}
    assert not any("+" in version for _, version in versions)
    monkeypatch.setattr(published, "_versions", lambda: [*versions, ("manim", "0.23")])
    assert published.source_key(order, []) != key
    monkeypatch.undo()
    assert published.source_key(replace(order, theme="light"), []) != key


def test_a_damaged_gif_is_stale(project: Path) -> None:
    gif("Toy", "-o", "gifs")
    for name, data in (("Toy.gif", b"GIF89a"), ("gifs.json", b"[1, 2")):
        file = project / "gifs" / name
        whole = file.read_bytes()
        file.write_bytes(data)
        assert states(gif("Toy", "-o", "gifs", "--check")) == {"Toy": "stale"}
        file.write_bytes(whole)
        assert states(gif("Toy", "-o", "gifs", "--check")) == {"Toy": "fresh"}
    (project / "gifs" / "Toy.gif").unlink()
    assert states(gif("Toy", "-o", "gifs", "--check")) == {"Toy": "stale"}


def test_a_film_that_fails_is_named_and_the_others_are_made(project: Path) -> None:
    bad = TOY.replace("class Toy", "class Bad").replace("square.animate", "circle.animate")
    (project / "scenes" / "bad.py").write_text(bad, encoding="utf-8")
    result = gif("--all", "-o", "gifs")
    assert result.exit_code == 1
    assert states(result) == {"Bad": "failed", "Toy": "made", "Other": "made"}


def test_a_single_gif_needs_no_note(project: Path) -> None:
    assert gif("Toy", "-o", "one.gif").exit_code == 0
    assert sorted(path.name for path in project.iterdir() if path.suffix) == ["one.gif"]


def test_notes_of_other_gifs_stay(project: Path) -> None:
    gif("Toy", "-o", "gifs")
    gif("Other", "-o", "gifs")
    assert list(json.loads((project / "gifs" / "gifs.json").read_text())) == ["Other.gif", "Toy.gif"]
    assert Published(Path("gifs"))._noted["Toy.gif"]["modules"] == []
