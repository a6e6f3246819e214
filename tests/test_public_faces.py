"""What others import stands in few places; what is behind them may move."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS_WITH_FACES = ("stage", "figures", "networks", "animate", "optimizers", "testing", "sphinx", "mkdocs")
FACES = ("descent", *(f"descent.{room}" for room in ROOMS_WITH_FACES))
OUTSIDE = [*sorted(ROOT.glob("scenes/*.py")), *sorted(ROOT.glob("docs/*.md")), ROOT / "README.md"]
ROOMS = [file for file in sorted((ROOT / "descent").rglob("*.py")) if "commands" not in file.parts]


def imported(text: str) -> list[tuple[str, str]]:
    """Every ``from descent… import name`` of a text, in code or in prose, as module and name."""
    found = re.findall(r"from (descent[\w.]*) import (\([^)]*\)|[^\n(`]+)", text)
    return [(module, name) for module, names in found for name in re.findall(r"\w+", names)]


@pytest.mark.parametrize("file", OUTSIDE, ids=lambda file: file.name)
def test_scenes_and_docs_import_from_public_faces_alone(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert [(module, name) for module, name in imported(text) if module not in FACES] == []
    assert re.findall(r"^\s*import (descent\.[\w.]+)", text, re.M) == []


@pytest.mark.parametrize("file", [file for file in OUTSIDE if file.suffix == ".md"], ids=lambda file: file.name)
def test_names_that_docs_mention_are_there(file: Path) -> None:
    """``descent.figures.step_parts`` in prose is a module that is public, and a name that it offers."""
    for dotted in re.findall(r"`(descent(?:\.\w+)+)\b", file.read_text(encoding="utf-8")):
        module, name = dotted.rsplit(".", 1)
        if dotted in FACES:
            continue
        assert module in FACES, dotted
        namespace: dict[str, object] = {}
        exec(f"from {module} import {name}", namespace)
        assert name in namespace


@pytest.mark.parametrize("file", ROOMS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_room_imports_the_lazy_root(file: Path) -> None:
    """It hides from import-linter what is imported through it. (ruff's banned-api would ban every module below too.)"""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "descent", ast.unparse(node)
            assert node.level == 0, ast.unparse(node)
        if isinstance(node, ast.Import):
            assert all(alias.name != "descent" for alias in node.names), ast.unparse(node)
