"""A film in one's own voice, from the script to the sound."""

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner, Result
from recorded import RATE, record, voice
from toys import TINY, TOY

from descent.commands.cli import descent
from descent.delivery import profiles
from descent.delivery.cluster import recorded_times
from descent.film.narration.recordings import write_script

RACE = """
surface = "valley"
start = [-4, -2]
[[runs]]
optimizer = "SGD(lr=0.1)"
[[beats]]
say = "Schön ^hinab."
to = 50
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "toy.py").write_text(TOY, encoding="utf-8")
    (tmp_path / "race.toml").write_text(RACE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(profiles, "PROFILES", {"docs": TINY, "slides": TINY})
    return lambda *words: CliRunner().invoke(descent, words)


def levels(film: Path) -> Callable[[float, float], float]:
    """The level between two moments of a film's sound, in dBFS."""
    with av.open(str(film)) as source:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in source.decode(audio=0)]).astype(float)
    return lambda start, end: float(20 * np.log10(np.std(sound[round(start * RATE) : round(end * RATE)])))


@pytest.mark.matrix
def test_a_film_is_told_in_ones_own_voice(run: Callable[..., Result], tmp_path: Path) -> None:
    told = run("narrate", "--script")
    assert told.exit_code == 0, told.output
    assert "Toy\n  Toy-01  One.\n  Toy-02  Two.\n" in told.output
    record(tmp_path / "recordings" / "Toy-01.wav", voice(2.0))
    stock = run("narrate", "--voice", "recordings")
    assert stock.exit_code == 0, stock.output
    assert "recordings: 1 of 2 lines are recorded, 2." in stock.output
    assert "Toy-02: no recording of 'Two.'" in stock.output

    made = run("render", "Toy", "--voice", "recordings/", "--profile", "slides", "--jobs", "1")
    assert made.exit_code == 0, made.output
    assert "a line has no recording in recordings, only captions: Toy-02 'Two.'." in made.output
    film = tmp_path / "films" / "slides" / "Toy.mp4"
    first, second = json.loads(film.with_suffix(".json").read_text(encoding="utf-8"))["lines"]
    assert first["seconds"] == pytest.approx(2.0, abs=0.25)
    assert 0.2 < second["seconds"] < 1.5  # “Two.”, guessed
    level = levels(film)
    assert level(first["start"] + 0.2, first["start"] + 1.8) > -25
    assert -75 < level(second["start"] + 0.1, second["start"] + 0.5) < -55

    again = run("render", "Toy", "--voice", "recordings/", "--profile", "slides", "--jobs", "1")
    assert "nothing changed" in again.output
    record(tmp_path / "recordings" / "Toy-02.flac", voice(3.0))
    fuller = run("render", "Toy", "--voice", "recordings/", "--profile", "slides", "--jobs", "1")
    assert "nothing changed" not in fuller.output
    assert "no recording" not in fuller.output
    assert json.loads(film.with_suffix(".json").read_text(encoding="utf-8"))["lines"][1]["seconds"] > 2.7


def test_a_line_that_changes_is_read_anew(run: Callable[..., Result], tmp_path: Path) -> None:
    run("narrate", "--script", "--voice", "me", "Toy")
    record(tmp_path / "me" / "Toy-01.wav", voice(1.0))
    record(tmp_path / "me" / "take 2.wav", voice(1.0))
    scene = tmp_path / "scenes" / "toy.py"
    scene.write_text(TOY.replace('"One."', '"One, or more."'), encoding="utf-8")
    before = run("narrate", "--voice", "me")
    assert "without a number: no recording of 'One, or more.'" in before.output
    assert "Toy-01: recorded for words that are not said now, 'One.'" in before.output
    assert "take 2.wav: its name is no number of the script" in before.output
    told = run("narrate", "--script", "--voice", "me")
    assert "Toy\n  Toy-03  One, or more.\n  Toy-02  Two.\n" in told.output


def test_a_race_has_a_script_too(run: Callable[..., Result], tmp_path: Path) -> None:
    told = run("narrate", "--script", "race.toml")
    assert told.exit_code == 0, told.output
    assert "race\n  race-01  Schön hinab.\n" in told.output
    assert json.loads((tmp_path / "recordings" / "script.json").read_text("utf-8")) == {"race-01": "Schön hinab."}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("narrate", "--script", "--voice", "hibari"), "--script is for a folder of recordings"),
        (("narrate", "--voice", "recordings"), "no voice 'recordings'"),
        (("narrate", "--voice", "recordings/"), "there is no folder of recordings recordings/"),
        (("narrate", "--script", "nothing.toml"), "cannot read 'nothing.toml'"),
        (("narrate", "--voice", "hibari@9"), "a voice's speed is a number from 0.5 to 2"),
        (("narrate", "--voice", "silence@0.9"), "silence has no speed"),
    ],
)
def test_mistakes_are_told(run: Callable[..., Result], words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert said in str(result.exception) + result.output


def test_a_cluster_gets_the_times_and_needs_no_recordings(run: Callable[..., Result], tmp_path: Path) -> None:
    write_script(tmp_path / "me", {"Toy-01": "One.", "Toy-02": "lr = 2"})
    record(tmp_path / "me" / "Toy-02.wav", voice(2.0))
    sent = recorded_times("me")
    assert sent is not None
    found = json.loads(sent)["hibari:heart"]["learning rate equals 2"]
    assert found == pytest.approx(2.0, abs=0.25)
    assert "One." not in json.loads(sent)["hibari:heart"]
    assert [recorded_times(name) for name in ("", "hibari", "silence", "nowhere")] == [None] * 4
