"""What docs/animate.md shows can be typed as it stands."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from descent.animate.make import look_of
from descent.animate.read import read
from descent.base.document import Document
from descent.commands.animate import animate
from descent.record.outcomes import Ending
from descent.record.spec_text import parse_run

PAGE = (Path(__file__).parents[2] / "docs/animate.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\s*\$ descent animate (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_read(command: str) -> None:
    given = animate.make_context("animate", shlex.split(command)).params
    for run in given["runs"]:
        if not run.endswith(".toml"):
            parse_run(run)


def test_every_ending_is_explained() -> None:
    rows = [row.split("|")[1].strip() for row in PAGE.split("| --- | --- |")[1].strip().splitlines()]
    assert sorted(row.split(" at step")[0] for row in rows) == sorted(map(str, Ending))


def test_the_pages_file_is_one(own: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    document = Document(tomllib.loads(text), name="race.toml", source=text)
    assert [entry.steps for entry in read(document).entries] == [40, 40]
    assert look_of(document).theme == "light"
    (own / "words.md").write_text(re.findall(r"```markdown\n(.*?)```", PAGE, re.DOTALL)[0])
    told = read(Document({"surface": "bird", "start": [-12, 10], "runs": ["SGD"], "narrate": "words.md"})).beats
    assert [beat.note for beat in told] == ["Two balls, one slope", "Only one gets out"]
