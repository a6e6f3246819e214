"""A film's entry names what its own file imports, whatever else the same process has planned."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from toys import TINY, TOY

from descent.base.errors import DescentError
from descent.base.workers import Workers
from descent.delivery import freshness as inputs
from descent.delivery.freshness import project_modules
from descent.delivery.in_worker import gif_content_key
from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.own_modules import OwnModules
from descent.delivery.planning import scene_class

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

IMPORTS_LATE = TOY.replace("Toy", "Late").replace(
    "        square =", "        from base import NAME\n        import late_only\n        square ="
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Scenes: One imports base, Two nothing, Three a folder without __init__.py, Late imports as it is constructed."""
    scenes = tmp_path / "scenes"
    (scenes / "folder").mkdir(parents=True)
    (scenes / "base.py").write_text("NAME = []\n", encoding="utf-8")
    (scenes / "late_only.py").write_text("", encoding="utf-8")
    (scenes / "folder" / "inner.py").write_text("NAME = 3\n", encoding="utf-8")
    films = {
        "one": "from base import NAME\n" + TOY.replace("Toy", "One"),
        "two": TOY.replace("Toy", "Two"),
        "three": "from folder import inner\n" + TOY.replace("Toy", "Three"),
        "four": "from folder import inner\n" + TOY.replace("Toy", "Four"),
        "late": IMPORTS_LATE,
    }
    for name, text in films.items():
        (scenes / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    yield scenes
    sys.path[:] = path


def order(name: str) -> RenderRequest:
    return RenderRequest(SceneRef(Path("scenes") / f"{name.lower()}.py", name), TINY, "dark", Path("out"))


def test_a_film_names_its_own_imports_only(project: Path) -> None:
    names = ("One", "Two", "Three", "Late", "Four", "One", "Two")
    with Workers(1) as workers:
        noted = [(o.scene.name, look) for o, look in workers.run(gif_content_key, [order(name) for name in names])]
    assert [(name, getattr(look, "modules", look)) for name, look in noted] == [
        ("One", ("scenes/base.py",)),
        ("Two", ()),
        ("Three", ("scenes/folder/inner.py",)),
        ("Late", ("scenes/base.py", "scenes/late_only.py")),
        ("Four", ("scenes/folder/inner.py",)),
        ("One", ("scenes/base.py",)),
        ("Two", ()),
    ]


def test_a_file_finds_the_modules_again_that_it_had(project: Path) -> None:
    one, late = (order(name).scene for name in ("One", "Late"))
    with scene_class(one) as first:
        base = sys.modules["base"]
    assert "base" not in sys.modules
    with scene_class(late):
        other = import_module("base")
    with scene_class(one) as again:
        same = import_module("base")
    assert again is first
    assert base is same
    assert other is not base
    assert first.construct.__globals__["NAME"] is base.NAME


def test_what_was_loaded_before_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(sys.modules)
    modules = OwnModules()
    monkeypatch.syspath_prepend(project)
    with modules.turn():
        import_module("base")
        import_module("this")
    assert set(modules.loaded) == {"base"}
    assert {name: module for name, module in sys.modules.items() if name in before} == before
    sys.modules["base"] = ours = type(sys)("base")
    try:
        with modules.turn():
            assert sys.modules["base"] is modules.loaded["base"]
        assert sys.modules["base"] is ours
    finally:
        del sys.modules["base"]


def test_a_project_beside_its_virtual_environment_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is p/v, the project p/v-films: one path begins with the other's letters."""
    for folder in ("v-films", "v/lib"):
        (tmp_path / folder).mkdir(parents=True)
    for file, module in (("v-films/ours_here.py", "ours_here"), ("v/lib/theirs_here.py", "theirs_here")):
        (tmp_path / file).write_text("", encoding="utf-8")
        loaded = type(sys)(module)
        loaded.__file__ = str(tmp_path / file)
        monkeypatch.setitem(sys.modules, module, loaded)
    monkeypatch.setattr(inputs.sys, "prefix", str(tmp_path / "v"))
    found = project_modules()
    assert "ours_here.py" in found
    assert "theirs_here.py" not in found


def test_a_scene_that_its_file_no_longer_defines_is_named(project: Path) -> None:
    file = project / "one.py"
    with pytest.raises(DescentError, match=r"defines no scene 'Renamed': "), scene_class(SceneRef(file, "Renamed")):
        pass
