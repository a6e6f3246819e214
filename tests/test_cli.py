"""The command answers a person with sentences, a script with JSON and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from descent.base.project import Project
from descent.commands import doctor
from descent.commands.cli import descent, main
from descent.delivery.profiles import PROFILES
from descent.record.predicates import predicate

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(ROOT)
    return lambda *words: CliRunner().invoke(descent, list(words))


def test_every_command_explains_itself(run: Callable[..., Result]) -> None:
    assert run("--help").exit_code == 0
    for name in descent.commands:
        help_text = run(name, "--help")
        assert help_text.exit_code == 0
        assert len(help_text.output) > 150


def test_list_names_every_film_and_what_it_claims(run: Callable[..., Result]) -> None:
    films = {row["scene"]: row for row in json.loads(run("list", "--json").output)}
    assert films["MomentumEscapes"]["title"] == "Here, momentum carries the ball through a local minimum"
    assert all(isinstance(claim, str) for claim in films["MomentumEscapes"]["claims"])
    assert all(name in run("list").output for name in films)


def test_list_tells_claims_as_data(run: Callable[..., Result]) -> None:
    films = {row["scene"]: row["claims"] for row in json.loads(run("list", "--claims", "--json").output)}
    assert all(claims for claims in films.values())
    known = [claim for claims in films.values() for claim in claims if "bare function" not in claim["check"]]
    assert len(known) > 50
    assert all(predicate(claim["predicate"]).name == claim["predicate"]["name"] for claim in known[:5])
    assert "[stalls(near=(" in run("list", "--claims").output


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from descent.stage import *\nx = nope\n", "cannot be executed, line 2: name 'nope' is not defined."),
        ("def f(:\n", "cannot be executed: invalid syntax (mine.py, line 1)."),
    ],
)
def test_a_scene_file_that_fails_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "mine.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    fine = "from descent.stage import LectureScene\nclass Fine(LectureScene):\n    title = 'All is well'\n"
    (tmp_path / "scenes" / "fine.py").write_text(fine, encoding="utf-8")
    for _ in range(2):  # what failed is not remembered
        told = CliRunner().invoke(descent, ["list"], catch_exceptions=False)
        assert told.exit_code == 1
        assert told.stdout == "Fine  All is well\n"
        assert said in told.stderr


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.few(1)
def test_figure_of_runs_and_of_a_scene(run: Callable[..., Result], tmp_path: Path, ending: str) -> None:
    for names in (["E12"], ["E03", "E04"], ["MomentumEscapes"]):
        target = tmp_path / f"{names[0]}.{ending}"
        result = run("figure", *names, "-o", str(target))
        assert result.exit_code == 0
        assert target.stat().st_size > 5000
        assert "SGD" in result.output


def test_figure_of_basins_and_of_sweeps(run: Callable[..., Result], tmp_path: Path) -> None:
    png, table = tmp_path / "b.png", tmp_path / "b.csv"
    basins = ("figure", "basins", "--surface", "himmelblau", "--grid", "12", "--steps", "60", "SGD(lr=0.01)")
    result = run(*basins, "-o", str(png), "--csv", str(table))
    assert result.exit_code == 0
    assert "144 starts, 60 steps" in result.output
    assert png.stat().st_size > 5000
    assert len(table.read_text().splitlines()) == 145
    common = ("figure", "sweep", "--surface", "valley", "--start", "-4.5,-2", "--x", "lr=0.1:0.6:6", "-o", str(png))
    assert "of 6 runs" in run(*common, "SGD").output
    result = run(*common, "--y", "momentum=0:0.8:5", "--sample", "0.3,0.2", "--csv", str(table), "SGD")
    assert "of 30 runs" in result.output
    assert table.read_text().startswith("lr,momentum,outcome,steps,loss\n0.1,0.0,")


def test_doctor_finds_a_whole_machine_whole(run: Callable[..., Result]) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0
    rows = json.loads(result.output)
    assert {row["name"] for row in rows if row["needed"]} == {
        *("cairo", "pango", "font", "Typst"),
        *("H.264", "AAC", "GIF", "AV1", "VP9", "ProRes", "Opus", "WebP", "AVIF"),
    }
    assert {row["name"] for row in rows if not row["needed"]} == {"voice", "EGL", "reveal.js", "cluster", "browser"}
    assert [row["name"] for row in rows if not row["healthy"] and row["name"] != "browser"] == []


def test_doctor_says_how_to_mend(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise OSError("no such font")

    monkeypatch.setattr(doctor, "_font", broken)
    result = run("doctor")
    assert result.exit_code == 1
    assert "BAD  font       no such font: run `make setup`" in result.output


def test_doctor_tells_what_is_missed_from_what_is_needed(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor.Path, "is_dir", lambda path: False)
    result = run("doctor")
    assert result.exit_code == 0
    assert "no   reveal.js  the package sphinx-revealjs, which carries it, is missing: pip install" in result.output
    assert "no   cluster    the package distributed is missing: pip install" in result.output
    assert "no   browser    there is no Chromium or Chrome: install" in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(run: Callable[..., Result], shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert f"_DESCENT_COMPLETE={shell}_complete" in result.output


def test_completion_knows_scenes_profiles_and_themes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell asks for it; the names of scenes come from the listing alone."""
    scene = tmp_path / "scenes" / "toy.py"
    scene.parent.mkdir()
    scene.write_text("raise AssertionError('a scene file was executed')\n", encoding="utf-8")
    listing = Project(tmp_path).listing
    listing.parent.mkdir(parents=True)
    noted = {str(tmp_path / "gone.py"): {"key": "", "scenes": {"Gone": {}}}}
    noted[str(scene)] = {"key": "", "scenes": {name: {"title": "", "claims": []} for name in ("Tock", "Tick")}}
    listing.write_text(json.dumps(noted), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def complete(*words: str) -> list[str]:
        monkeypatch.setenv("_DESCENT_COMPLETE", "zsh_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["descent", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        monkeypatch.setattr("sys.argv", ["descent"])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().out.splitlines()[1::3]

    assert complete("render", "T") == ["Tick", "Tock"]
    assert complete("gif", "Ti") == ["Tick"]
    assert complete("render", "--profile", "l") == ["lecture"]
    assert complete("render", "--theme", "") == ["dark", "light"]
    assert {"render", "gif", "doctor"} <= set(complete(""))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["render"], "name the scenes to render, or give --all"),
        (["render", "Momentum"], "did you mean 'MomentumEscapes'?"),
        (["render", "MomentumEscapes", "--profile", "slide"], "did you mean 'slides'?"),
        (["render", "MomentumEscapes", "--theme", "drak"], "did you mean 'dark'?"),
        (["gif", "MomentumEscapes", "--theme", "drak"], "did you mean 'dark'?"),
        (["gif"], "name the scenes to make GIFs of, or give --all"),
        (["gif", "--all", "-o", "one.gif"], "one.gif is one file for"),
        (["gif", "MomentumEscapes", "-o", "one.gif", "--check"], "give a folder, not one.gif"),
        (["figure", "E99"], "The notebook has no run 'E99'"),
        (["figure", "E01", "-o", "a.jpg"], ".jpg"),
        (["figure", "basins", "--surface", "birdy", "SGD"], "did you mean 'bird'"),
        (["figure", "basins", "--surface", "bird", "--grid", "1", "SGD"], "--grid takes a whole number from 2"),
        (["figure", "basins", "--surface", "bird", "SGDD"], "did you mean 'SGD'"),
        (["figure", "sweep", "--surface", "valley", "--start", "1,1", "--x", "lr=1:0:5", "SGD"], "--x takes a setting"),
        (["figure", "sweep", "--surface", "valley", "--start", "1,1", "--x", "lr:1", "SGD"], "--x takes a setting"),
        (["figure", "sweep", "--surface", "valley", "--start", "1", "--x", "lr=0:1:5", "SGD"], "--start takes 2"),
        (["figure", "sweep", "--surface", "saddle", "--start", "1,1", "--x", "lr=0:1:5", "SGD"], "knows no minimum"),
    ],
)
def test_mistakes_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["descent", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1
    errors = capsys.readouterr().err
    assert errors.startswith("Error: ")
    assert len(errors.strip().splitlines()) == 1
    assert told in errors


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rendr"], "Did you mean 'render'?"),
        (["render", "--profil", "slides"], "Did you mean '--profile'?"),
        (["render", "Toy", "--jobs", "0"], "0 is not in the range x>=1"),
        (["gif", "Toy", "--width", "wide"], "'wide' is not a valid integer"),
    ],
)
def test_a_line_that_is_not_understood_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    monkeypatch.setattr("sys.argv", ["descent", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert told in capsys.readouterr().err


def test_help_names_every_exit_status_and_profile(run: Callable[..., Result]) -> None:
    for status in ("0 all is done", "1 something failed", "2 the command line", "130 stopped"):
        assert status in " ".join(run("--help").output.split())
    shown = run("render", "--help").output
    assert all(f"\n  {name} " in shown for name in PROFILES)
