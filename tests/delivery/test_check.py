"""`descent check` names every fault of a film in a line, and says with its exit status whether there is one."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from descent.commands.cli import descent

HEAD = """
from manim import *

from descent.stage import Label, LectureScene, ComparisonScene, Beat


class Film(LectureScene):
    title = "A film"

    def construct(self):
        with self.voiceover("A line.", "A note"):
            {body}
            self.wait(0.2)
"""
SOUND = 'self.add(Label("Words"))'
OUTSIDE = 'self.add(Label("Words").shift(9 * RIGHT), Label("More"))'
PALE = 'self.add(Label("Words", color="#f2f5f8"))'  # ink of the dark theme, on white too
FALSE = """
from functools import partial

from torch.optim import SGD

from descent import VALLEY, Claim, Run, reaches
from descent.stage import Beat, ComparisonScene

RUN = Run(VALLEY, partial(SGD, lr=0.2), (-4, -2), 5)


class Film(ComparisonScene):
    title = "It is there at once"
    runs = (RUN,)
    claims = (
        Claim("It is there at once.", (RUN,), reaches((0, 0), 0.01, by=1)),
        Claim("It starts there.", (RUN,), reaches((0, 0), 0.01, by=0)),
    )
    beats = (Beat("It rolls.", "It rolls", 5),)
"""


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenes").mkdir()
    return tmp_path / "scenes"


def check(*words: str) -> Result:
    return CliRunner().invoke(descent, ["check", *words, "--jobs", "1"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.format(body=OUTSIDE), ["leaves the safe frame"]),
        (HEAD.format(body=PALE), ["in the light theme", "contrast"]),
        (FALSE, ["“It is there at once.” does not hold", "“It starts there.” does not hold"]),
        ("nothing = 1 / 0\n", ["line 1"]),
    ],
)
def test_faults_are_lines_and_status_1(scenes: Path, text: str, said: list[str]) -> None:
    (scenes / "film.py").write_text(text, encoding="utf-8")
    result = check("--all")
    assert result.exit_code == 1, result.output
    for words in said:
        assert words in result.output
    assert all(line.startswith("scenes/film.py: ") for line in result.output.splitlines()[:-1])


def test_a_sound_film_has_no_faults_and_status_0(scenes: Path) -> None:
    (scenes / "film.py").write_text(HEAD.format(body=SOUND), encoding="utf-8")
    result = check("Film", "--json")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.output)
    assert (row["scene"], row["file"], row["faults"]) == ("Film", "scenes/film.py", [])


def test_a_theme_can_be_chosen(scenes: Path) -> None:
    (scenes / "film.py").write_text(HEAD.format(body=PALE), encoding="utf-8")
    assert check("Film", "--theme", "dark").exit_code == 0
    assert check("Film", "--theme", "light").exit_code == 1


SAID = FALSE
for old, new in (
    ("It is there at once", "Every ball arrives"),
    ("0.01, by=1", "2"),
    ("0.01, by=0", "3"),
    ("It rolls.", "It arrives because it rolls."),
):
    SAID = SAID.replace(old, new)


def test_strictly_what_a_film_says_is_looked_at_too(scenes: Path) -> None:
    (scenes / "film.py").write_text(SAID, encoding="utf-8")
    assert check("Film").exit_code == 0
    faults = json.loads(check("Film", "--strict", "--json").output)[0]["faults"]
    said = ["says “Every”", "gives a cause (because)", "does not say “here”", " words a minute, and "]
    for fault, words in zip(faults, said, strict=True):
        assert words in fault


def test_what_is_hard_to_follow_is_advice_and_no_fault(scenes: Path) -> None:
    body = 'self.add(Label("Words"))\n            self.wait(9)'
    (scenes / "film.py").write_text(HEAD.format(body=body).replace("A line.", "One and 2 and 3 and four and 5. " * 9))
    result = check("Film")
    assert result.exit_code == 0, result.output
    assert "the picture stands still under talk for " in result.output
    assert result.output.splitlines()[-1] == "no faults in 1 film"
    strict = check("Film", "--strict")
    assert strict.exit_code == 1
    assert "advice" not in strict.output
    assert "the picture stands still under talk for " in strict.output
