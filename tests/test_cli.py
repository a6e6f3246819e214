"""The command answers a person with sentences, a script with JSON and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from descent import doctor
from descent.cli import descent, main

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
    assert films["MomentumEscapes"]["title"] == "Momentum carries the ball through a local minimum"
    assert len(films["MomentumEscapes"]["claims"]) == 4
    assert all(name in run("list").output for name in films)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figure_of_runs_and_of_a_scene(run: Callable[..., Result], tmp_path: Path, ending: str) -> None:
    for names in (["E12"], ["E03", "E04"], ["MomentumEscapes"]):
        target = tmp_path / f"{names[0]}.{ending}"
        result = run("figure", *names, "-o", str(target))
        assert result.exit_code == 0
        assert target.stat().st_size > 5000
        assert "SGD" in result.output


def test_doctor_finds_a_whole_machine_whole(run: Callable[..., Result]) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0
    assert {row["name"]: row["healthy"] for row in json.loads(result.output)} == dict.fromkeys(
        ["cairo", "pango", "font", "Typst", "H.264", "AAC", "GIF", "voice"], True
    )


def test_doctor_says_how_to_mend(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise OSError("no such font")

    monkeypatch.setattr(doctor, "_font", broken)
    result = run("doctor")
    assert result.exit_code == 1
    assert "BAD  font    no such font: run `make setup`" in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["render"], "name the scenes to render, or give --all"),
        (["render", "Momentum"], "did you mean 'MomentumEscapes'?"),
        (["render", "MomentumEscapes", "--profile", "slide"], "did you mean 'slides'?"),
        (["render", "MomentumEscapes", "--theme", "drak"], "did you mean 'dark'?"),
        (["gif", "MomentumEscapes", "--theme", "drak"], "did you mean 'dark'?"),
        (["figure", "E99"], "The notebook has no run 'E99'"),
        (["figure", "E01", "-o", "a.jpg"], ".jpg"),
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
