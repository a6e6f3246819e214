"""A scene file that cannot be read stops nothing of what others define."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from descent.commands.cli import descent
from descent.film import narration
from descent.film.narration import DEFAULT_VOICE, Clip

GOOD = """
from functools import partial

from torch.optim import SGD

from descent import VALLEY, Claim, Run, reaches
from descent.stage import Beat, ComparisonScene

RUN = Run(VALLEY, partial(SGD, lr=0.2), (-4, -2), 5)


class Good(ComparisonScene):
    title = "It goes down"
    runs = (RUN,)
    claims = (Claim("It starts far away.", (RUN,), reaches((0, 0), 9)),)
    beats = (Beat("It rolls.", "It rolls", 5),)
"""


class Metronome:
    """A voice that needs a second for every line."""

    key, version, rate = DEFAULT_VOICE, "1", 24_000

    def speak(self, spoken: str) -> Clip:
        return Clip(np.zeros(self.rate, np.float32), self.rate)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "scenes" / "bad.py").write_text("nothing = 1 / 0\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(descent, list(words))


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (("figure", "Good", "-o", "good.png"), "good.png"),
        (("still", "Good", "--width", "128", "--jobs", "1", "-o", "still.png"), "still.png"),
    ],
)
def test_figures_and_stills_of_the_others_are_made(project: Path, words: tuple[str, ...], made: str) -> None:
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert (project / made).is_file()


def test_the_others_are_measured_and_no_line_is_lost(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "assets").mkdir()
    table = project / "assets" / "narration.json"
    table.write_text(json.dumps({DEFAULT_VOICE: {"Of the broken one.": 2.5}}), encoding="utf-8")
    monkeypatch.setattr(narration, "find_voice", lambda _: Metronome())
    result = run("narrate")
    assert result.exit_code == 1
    assert "bad.py" in result.output
    assert "line 1" in result.output
    assert json.loads(table.read_text(encoding="utf-8")) == {
        DEFAULT_VOICE: {"It rolls.": 1.0, "Of the broken one.": 2.5}
    }
