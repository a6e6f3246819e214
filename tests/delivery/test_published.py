"""A committed GIF is fresh wherever it is looked at, and stale as soon as its film would look different."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageSequence
from toys import TOY

from descent.base.errors import DescentError
from descent.commands.cli import descent
from descent.delivery import committed_gifs, freshness, in_worker
from descent.delivery.committed_gifs import Published
from descent.delivery.gif_settings import GifSettings
from descent.delivery.orders import RenderRequest, SceneRef

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two films."""
    folder = two_films(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a project with its GIFs made; only to be copied."""
    folder = two_films(tmp_path_factory.mktemp("once") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert states(gif("--all", "-o", "gifs")) == {"Toy": "made", "Other": "made"}
    return folder


@pytest.fixture
def settled(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two films with their GIFs."""
    folder = tmp_path / "project"
    shutil.copytree(once, folder)
    monkeypatch.chdir(folder)
    return folder


def two_films(folder: Path) -> Path:
    (folder / "scenes").mkdir(parents=True)
    (folder / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    (folder / "scenes" / "other.py").write_text(TOY.replace("class Toy", "class Other"), encoding="utf-8")
    return folder


def plain(*words: str) -> Result:
    return CliRunner().invoke(descent, ["gif", *words, "--jobs", "1", "--json"])


def gif(*words: str) -> Result:
    return plain(*words, "--width", "96")


def states(result: Result) -> dict[str, str]:
    return {row["scene"]: row["state"] for row in json.loads(result.output)}


def reasons(result: Result) -> dict[str, str]:
    """Why each stale GIF is stale; no other row has a reason."""
    assert result.exit_code == 1, result.output
    rows = json.loads(result.output)
    assert all((row["state"] == "stale") == ("reason" in row) for row in rows)
    return {row["scene"]: row["reason"] for row in rows if row["state"] == "stale"}


def test_only_what_is_stale_is_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gif("--all", "-o", "gifs", "--check").exit_code == 1
    assert not (project / "gifs").exists()
    made = gif("--all", "-o", "gifs")
    assert (made.exit_code, states(made)) == (0, {"Toy": "made", "Other": "made"})
    assert sorted(path.name for path in (project / "gifs").iterdir()) == ["Other.gif", "Toy.gif", "gifs.json"]

    def never(*_: object) -> None:
        raise AssertionError("something was planned")

    with monkeypatch.context() as patch:
        patch.setattr(in_worker, "gif_content_key", never)
        fresh = gif("--all", "-o", "gifs", "--check")
    assert (fresh.exit_code, states(fresh)) == (0, {"Toy": "fresh", "Other": "fresh"})

    file = project / "scenes" / "toy.py"
    file.write_text(TOY.replace("BLUE, fill", "'#ff0000', fill"), encoding="utf-8")
    stale = gif("--all", "-o", "gifs", "--check")
    assert (stale.exit_code, states(stale)) == (1, {"Toy": "stale", "Other": "fresh"})
    assert states(gif("--all", "-o", "gifs")) == {"Toy": "made", "Other": "fresh"}
    assert gif("--all", "-o", "gifs", "--check").exit_code == 0


def test_a_change_that_does_not_show_is_noted_but_nothing_is_made(settled: Path) -> None:
    before = (settled / "gifs" / "Toy.gif").stat().st_mtime_ns
    (settled / "scenes" / "toy.py").write_text(TOY + "\n# a remark\n", encoding="utf-8")
    assert gif("--all", "-o", "gifs", "--check").exit_code == 0
    note = (settled / "gifs" / "gifs.json").read_text()
    assert states(gif("--all", "-o", "gifs")) == {"Toy": "fresh", "Other": "fresh"}
    assert (settled / "gifs" / "gifs.json").read_text() != note, "next time it would be planned again"
    assert (settled / "gifs" / "Toy.gif").stat().st_mtime_ns == before


def test_a_clone_elsewhere_is_fresh(settled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = tmp_path / "a clone"
    shutil.copytree(settled, clone, ignore=shutil.ignore_patterns("media"))
    for file in (clone / "scenes").iterdir():  # other times, other line ends
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.chdir(clone)
    monkeypatch.setattr(freshness, "_installed", list)  # another set of packages that films do not need
    assert gif("--all", "-o", "gifs", "--check").exit_code == 0


def test_another_version_of_what_draws_is_another_source(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = committed_gifs.package_versions()
    assert {"manim", "torch", "numpy", "typst"} <= {name for name, _ in versions}
    assert not any("+" in version for _, version in versions)
    order = RenderRequest(SceneRef(Path("scenes/toy.py"), "Toy"), GifSettings().profile(), "dark", tmp_path)
    order.films[0].write_bytes(b"a GIF")
    folder = Published(tmp_path)
    folder.add(order, committed_gifs.GifKey("look", ()), GifSettings())
    assert folder.changed(order) == []
    monkeypatch.setattr(committed_gifs, "package_versions", lambda: [*versions[:-1], (versions[-1][0], "99")])
    monkeypatch.setattr(committed_gifs, "package_digest", lambda: "other")
    order = replace(order, scene=replace(order.scene, voice="silence"))
    (project / "assets").mkdir()
    for file in ("scenes/toy.py", "assets/narration.json", "manim.cfg"):
        (project / file).write_text("{}", encoding="utf-8")
    assert Published(tmp_path).changed(order) == [
        "the narration's times (assets/narration.json)",
        "descent",
        "manim.cfg",
        f"packages ({versions[-1][0]} {versions[-1][1]} → 99)",
        "scenes/toy.py",
        "the voice (DESCENT_VOICE)",
    ]


def test_every_stale_gif_says_why(settled: Path) -> None:
    assert reasons(gif("--all", "-o", "new", "--check")) == {"Toy": "not made yet", "Other": "not made yet"}
    file = settled / "gifs" / "Toy.gif"
    whole = file.read_bytes()
    file.write_bytes(b"GIF89a")
    assert reasons(plain("-o", "gifs", "--check")) == {"Toy": "the file is not the one that was noted"}
    file.unlink()
    assert reasons(plain("-o", "gifs", "--check")) == {"Toy": "the file is missing"}
    file.write_bytes(whole)
    (settled / "gifs" / "gifs.json").write_text('{"settings": {"width": 96}, "gifs": {}}', encoding="utf-8")
    assert reasons(plain("Toy", "-o", "gifs", "--check")) == {"Toy": "gifs.json does not say what it was made from"}


def test_a_gif_whose_pictures_differ_names_what_changed(project: Path) -> None:
    (project / "scenes" / "colours.py").write_text("ONE = '#00ff00'\n", encoding="utf-8")
    toy = TOY.replace("color=BLUE", "color=ONE").replace("from manim", "from colours import ONE\nfrom manim", 1)
    (project / "scenes" / "toy.py").write_text(toy, encoding="utf-8")
    gif("--all", "-o", "gifs")
    (project / "scenes" / "colours.py").write_text("ONE = '#ff0000'\n", encoding="utf-8")
    (project / "scenes" / "other.py").write_text(
        (project / "scenes" / "other.py").read_text() + "# a remark\n", encoding="utf-8"
    )
    told = "its pictures would differ; changed since it was made: scenes/colours.py"
    assert reasons(plain("-o", "gifs", "--check")) == {"Toy": told}
    said = CliRunner().invoke(descent, ["gif", "-o", "gifs", "--check", "--jobs", "1"])
    assert said.output.splitlines() == ["gifs/Other.gif  (nothing changed)", f"gifs/Toy.gif  (stale: {told})"]


def test_a_folder_keeps_its_settings(project: Path) -> None:
    """They are the defaults of whoever comes later; changing one makes the other GIFs stale."""
    assert plain("Toy", "-o", "gifs", "--width", "97", "--rate", "25", "--budget", "1.5").exit_code == 0
    note = json.loads((project / "gifs" / "gifs.json").read_text())
    assert note["settings"] == {"width": 96, "theme": "dark", "budget": 1.5, "rate": 25, "formats": ["gif"]}
    assert states(plain("Other", "-o", "gifs")) == {"Other": "made"}
    for name in ("Toy", "Other"):
        with Image.open(project / "gifs" / f"{name}.gif") as moving:
            assert (moving.width, moving.info["duration"]) == (96, 40)
    assert states(plain("-o", "gifs", "--check")) == {"Other": "fresh", "Toy": "fresh"}
    told = "made with other settings: width 96, now 128; theme dark, now light"
    assert reasons(plain("-o", "gifs", "--check", "--width", "128", "--theme", "light")) == {"Other": told, "Toy": told}
    assert json.loads((project / "gifs" / "gifs.json").read_text())["settings"] == note["settings"]
    assert states(plain("Toy", "-o", "gifs", "--width", "128")) == {"Toy": "made"}
    told = "made with other settings: width 96, now 128"
    assert reasons(plain("-o", "gifs", "--check")) == {"Other": told}
    assert states(plain("-o", "gifs")) == {"Other": "made", "Toy": "fresh"}
    assert plain("-o", "gifs", "--check").exit_code == 0


def test_a_gif_keeps_its_beats(project: Path) -> None:
    def seconds() -> float:
        with Image.open(project / "gifs" / "Toy.gif") as moving:
            return sum(frame.info["duration"] for frame in ImageSequence.Iterator(moving)) / 1000

    gif("Toy", "-o", "gifs")
    whole = seconds()
    told = "made with other settings: beats as the scene says, now 2-2"
    assert reasons(plain("Toy", "-o", "gifs", "--beats", "2", "--check")) == {"Toy": told}
    assert states(plain("Toy", "-o", "gifs", "--beats", "2-2")) == {"Toy": "made"}
    second = seconds()
    assert 0 < second < 0.7 * whole
    (project / "gifs" / "Toy.gif").unlink()
    assert states(plain("-o", "gifs")) == {"Toy": "made"}
    assert seconds() == pytest.approx(second)
    assert states(plain("Toy", "-o", "gifs", "--beats", "1-2")) == {"Toy": "made"}
    assert seconds() == pytest.approx(whole)
    failed = plain("Toy", "-o", "gifs", "--beats", "2-3")
    assert failed.exit_code == 1
    assert json.loads(failed.output)[0]["error"] == "beats 2-3 of Toy were asked for, but it has 2 beats."


def test_what_is_no_span_of_beats_is_told(project: Path) -> None:
    ended = plain("Toy", "-o", "gifs", "--beats", "3-2")
    assert ended.exit_code == 2
    assert "beats are named as FIRST-LAST, such as 3-4" in ended.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "gifs"], "or a folder whose gifs.json lists some (gifs has none)"),
        (["-o", "gifs", "--check"], "or a folder whose gifs.json lists some (gifs has none)"),
        (["Toy", "--all", "-o", "gifs"], "name the scenes to make GIFs of, or give --all;"),
        (["-o", "one.gif"], "name the scenes to make GIFs of, or give --all;"),
        (["--all", "-o", "gifs", "--beats", "1"], "--beats names the beats of one film; give one scene, not 2."),
        (["Toy", "-o", "gifs", "--theme", "drak"], "did you mean 'dark'?"),
        (["Toy", "-o", "gifs", "--budget", "nan"], "budget is nan, but takes a number from 0.01 to 1000."),
    ],
)
def test_mistakes_are_told(project: Path, words: list[str], told: str) -> None:
    ended = plain(*words)
    assert isinstance(ended.exception, DescentError)
    assert told in str(ended.exception)
    assert not (project / "gifs").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1, 2", "is no note of GIFs"),
        ("[]", "is no note of GIFs"),
        ("{}", "is no note of GIFs (no 'gifs')"),
        ("[" * 100_000, "is no note of GIFs"),
        ("\0", "is no note of GIFs"),
        ('{"settings": {}, "gifs": 3}', "is no note of GIFs"),
        ('{"settings": {"width": "640"}, "gifs": {}}', "width is '640', but takes a whole number from 64 to 3840."),
        ('{"settings": {}, "gifs": {"Toy.gif": 3}}', "holds of 'Toy.gif' cannot be read"),
        ('{"settings": {}, "gifs": {"Toy.gif": {}}}', "holds of 'Toy.gif' cannot be read"),
        ('{"settings": {}, "gifs": {"Toy.gif": {"beats": "2-1"}}}', "holds of 'Toy.gif' cannot be read"),
        ('{"settings": {}, "gifs": {"../Toy.gif": {}}}', "its name is not that of a moving picture in this folder"),
    ],
)
def test_a_damaged_note_is_told_and_left_as_it_is(project: Path, text: str, told: str) -> None:
    file = project / "gifs" / "gifs.json"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    for words in (["-o", "gifs"], ["Toy", "-o", "gifs"], ["--all", "-o", "gifs", "--check"]):
        ended = plain(*words)
        assert isinstance(ended.exception, DescentError)
        assert str(Path("gifs/gifs.json")) in str(ended.exception)
        assert told in str(ended.exception)
        assert "\n" not in str(ended.exception)
    assert file.read_text(encoding="utf-8") == text


def test_a_scene_that_is_gone_is_told_and_the_others_are_looked_at(
    settled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = settled / "scenes" / "toy.py"
    scene.write_text(TOY.replace("class Toy", "class Toys"), encoding="utf-8")
    ended = plain("-o", "gifs", "--check")
    assert (ended.exit_code, states(ended)) == (1, {"Toy": "failed", "Other": "fresh"})
    (told,) = (row["error"] for row in json.loads(ended.output) if "error" in row)
    assert told == (
        f"{Path('gifs/gifs.json')} lists it, but there is no such scene: did you mean 'Toys'? "
        "Delete its entry there and its file."
    )
    scene.write_text("1 / 0\n", encoding="utf-8")
    ended = plain("-o", "gifs", "--check")
    assert (ended.exit_code, states(ended)) == (1, {"Toy": "failed", "Other": "fresh"})
    assert "the scene file scenes/toy.py cannot be executed, line 1" in ended.output
    (settled / "elsewhere").mkdir()
    with monkeypatch.context() as patch:
        patch.chdir(settled / "elsewhere")
        ended = plain("-o", str(settled / "gifs"), "--check")
    assert (ended.exit_code, states(ended)) == (1, {"Toy": "failed", "Other": "fresh"}), "it is the same project there"
    scene.unlink()
    (settled / "scenes" / "renamed.py").write_text(TOY, encoding="utf-8")
    assert states(plain("-o", "gifs", "--check")) == {"Toy": "fresh", "Other": "fresh"}


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
    assert list(json.loads((project / "gifs" / "gifs.json").read_text())["gifs"]) == ["Other.gif", "Toy.gif"]
    assert set(Published(Path("gifs")).scenes) == {"Toy", "Other"}
