"""What docs/notebooks.md shows works, cell by cell; films are drawn as their last picture."""

import ast
import re
from pathlib import Path

import pytest

from descent.animate.explore import LivePage
from descent.animate.make import Made
from descent.delivery import films
from descent.delivery.orders import RenderResult
from descent.figures import Picture

PAGE = (Path(__file__).parents[1] / "docs/notebooks.md").read_text(encoding="utf-8")
CELLS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def values(cell: str, session: dict[str, object]) -> list[object]:
    """What a cell's expressions are."""
    found = []
    for line in ast.parse(cell.replace('.mp4"', '.png", width=320')).body:
        if isinstance(line, ast.Expr):
            found.append(eval(compile(ast.Expression(line.value), "cell", "eval"), session))
        else:
            exec(compile(ast.Module([line], []), "cell", "exec"), session)
    return found


def test_the_pages_cells_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(films, "render_stale", lambda orders, jobs: [RenderResult(order, 1, 1) for order in orders])
    session: dict[str, object] = {"__name__": "__main__"}
    shown = [value for cell in CELLS for value in values(cell, session)]
    kinds = [Made, Picture, Picture, Made, Picture, Picture, Picture, type(tmp_path), LivePage, RenderResult]
    assert [type(value) for value in shown] == kinds
    assert [made.file.name for made in shown if isinstance(made, Made)] == ["race.png", "mine.png"]
    picture = shown[1]
    assert isinstance(picture, Picture)
    ends = re.findall(r"loss (\S+) after 50 steps", picture.alt)
    assert float(ends[0]) < float(ends[1]), "the title that the page gives its figure is not true"
