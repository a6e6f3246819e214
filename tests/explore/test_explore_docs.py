"""What docs/explore.md shows works as shown."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from descent.commands.explore import explore

PAGE = (Path(__file__).parents[2] / "docs" / "explore.md").read_text("utf-8")


def test_the_example_makes_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("descent.publish.explore.page._map", lambda *_: "data:,")  # it takes seconds
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(source, "explore.md", "exec"), {})
    text = (tmp_path / "kink.html").read_text("utf-8")
    assert ">Over the kink</h1>" in text
    data = json.loads(text.partition('<script type="application/json" id="page">')[2].partition("</script>")[0])
    assert [(run["why"], run["code"] >= 0) for run in data["runs"]] == [("", True)] * 2  # both are live


def test_the_commands_can_be_typed() -> None:
    lines = re.findall(r"^\$ descent explore (.*)$", PAGE, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        context = explore.make_context("explore", shlex.split(line))
        assert isinstance(context, click.Context)
        assert context.params["runs"]
