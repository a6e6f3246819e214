"""Modules and files that a user names: imported once, found beside the user, and never a traceback."""

import sys
from pathlib import Path

import pytest

from descent import DescentError
from descent.base.user_code import import_file, import_module, member


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "beside_me.py").write_text("value = 3\n")
    (tmp_path / "uses_it.py").write_text("import beside_me\nruns = beside_me.value\n")
    (tmp_path / "ends_python.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "lacks_one.py").write_text("import no_such_package_here\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_lies_in_the_current_folder_is_found_and_the_path_left_as_it_was(folder: Path) -> None:
    before = list(sys.path)
    assert member(import_module("uses_it"), "runs") == 3
    assert member(import_file(folder / "uses_it.py"), "runs") == 3
    assert sys.path == before


def test_a_file_is_executed_once(folder: Path) -> None:
    first = import_file(folder / "beside_me.py")
    first.value = 4
    assert import_file(Path("beside_me.py")).value == 4


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ends_python", r"it ends Python \(SystemExit\)"),
        ("lacks_one", r"'?lacks_one'? cannot be imported: No module named 'no_such_package_here'"),
        ("broken", r"cannot be imported: invalid syntax"),
    ],
)
def test_a_module_that_fails_is_told_in_a_sentence(folder: Path, name: str, told: str) -> None:
    with pytest.raises(DescentError, match=told):
        import_module(name)
    with pytest.raises(DescentError, match=told.replace("lacks_one'?", ".*lacks_one.py'")):
        import_file(folder / f"{name}.py")
    assert f"descent_user.{name}" not in sys.modules


def test_what_is_not_there_is_told_with_the_nearest(folder: Path) -> None:
    with pytest.raises(DescentError, match=r"there is no module 'besides'"):
        import_module("besides.more")
    with pytest.raises(DescentError, match=r"beside_me has no 'valeu': did you mean 'value'\?"):
        member(import_file(folder / "beside_me.py"), "valeu")
    with pytest.raises(DescentError, match=r"there is no Python file"):
        import_file(folder / "none.py")
