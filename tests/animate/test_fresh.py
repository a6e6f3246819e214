"""A surface is its file as it is, in a notebook too, and the same one in every process."""

import importlib
import os
from pathlib import Path

import pytest

from descent import DescentError
from descent.animate.make import SCENE
from descent.animate.problem import Problem, from_text, to_text
from descent.animate.read import read
from descent.animate.scene import scene_of
from descent.animate.view import settle
from descent.base.document import Document
from descent.base.user_code import forget

OWN = "from the_place import X\ndef bowl(w1, w2): return (w1 - X) ** 2 + (w2 + 1) ** 2\n"
READS = "import numpy as np\nX = float(np.loadtxt('x.txt'))\ndef bowl(w1, w2): return (w1 - X) ** 2 + (w2 + 1) ** 2\n"
CHANCE = "import random\nA = random.uniform(1, 3)\ndef bowl(w1, w2): return A * w1**2 + w2**2\n"


def settled(surface: str) -> Problem:
    values = {
        "surface": surface,
        "start": [3, 2],
        "steps": 3,
        "domain": [-5, 5, -5, 5],
        "runs": ["SGD(lr=0.1)"],
        "voice": "silence",
    }
    return settle(read(Document(values)))


def minimum(surface: str) -> float:
    (found,) = settled(surface).minima or ()
    return round(found[0], 3)


@pytest.mark.parametrize("surface", ["my_ground.py:bowl", "my_ground:bowl"])
def test_an_edited_file_is_read_again(own: Path, surface: str) -> None:
    """What it imports too, however soon the edit comes: within a second, and with as many letters."""
    edited = (own / "my_ground.py", own / "the_place.py")
    for place in (1, 2):
        edited[0].write_text(OWN, encoding="utf-8")
        edited[1].write_text(f"X = {place}.0\n", encoding="utf-8")
        for file in edited:
            os.utime(file, (1e9, 1e9))
        assert minimum(surface) == place
    edited[0].write_text(OWN.replace("w1 - X", "w1 + X"), encoding="utf-8")
    assert minimum(surface) == -2


def test_a_file_of_data_is_read_again(own: Path) -> None:
    (own / "from_data.py").write_text(READS, encoding="utf-8")
    for place in (1, 2):
        (own / "x.txt").write_text(f"{place}\n", encoding="utf-8")
        assert minimum("from_data.py:bowl") == place


def test_a_module_that_a_notebook_has_imported_is_taken_as_it_is(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(own)
    (own / "in_a_notebook.py").write_text("X = 1.0\n" + OWN.split("\n", 1)[1], encoding="utf-8")
    importlib.import_module("in_a_notebook")
    assert minimum("in_a_notebook:bowl") == 1
    (own / "in_a_notebook.py").write_text("X = 2.5\n" + OWN.split("\n", 1)[1], encoding="utf-8")
    assert minimum("in_a_notebook:bowl") == 2.5


def test_a_surface_that_draws_at_random_as_it_is_imported_is_refused(own: Path) -> None:
    (own / "chance.py").write_text(CHANCE, encoding="utf-8")
    problem = settled("chance.py:bowl")
    assert from_text(to_text(problem)) == problem
    scene_of(to_text(problem), SCENE, __name__)
    forget()  # as in another process
    with pytest.raises(
        DescentError, match=r"chance.py:bowl is another one in each process .* such as random.seed\(0\)"
    ):
        scene_of(to_text(problem), SCENE, __name__)
    (own / "chance.py").write_text(CHANCE.replace("A =", "random.seed(0); A ="), encoding="utf-8")
    problem = settled("chance.py:bowl")
    forget()
    scene_of(to_text(problem), SCENE, __name__)
