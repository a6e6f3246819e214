"""No picture is stale, and no film is mixed: what is drawn is what was planned, from what there is."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from manim import BLUE, RED, RIGHT, UP, Group, ImageMobject, PMobject, Square
from toys import TOY

from descent.delivery import finish
from descent.delivery.fingerprint import Fingerprint
from descent.delivery.freshness import digest, modified_since, unchanged
from descent.delivery.orders import RenderRequest, RenderResult
from descent.film.sidecar import read_sidecar

Make = Callable[..., RenderResult]

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

MEETS = """
import time
from pathlib import Path

DRAWN, PLANNED = Path(__file__).with_name("drawn elsewhere"), []

class Meets:
    def construct(self):
        if self.voiced:  # as a plan is, and no drawing
            PLANNED.append(self)
            return super().construct()
        end = time.monotonic() + 60
        while PLANNED and not DRAWN.exists() and time.monotonic() < end:
            time.sleep(0.02)
        try:
            super().construct()
        finally:
            DRAWN.mkdir(exist_ok=True)
"""
"""Who has planned a film draws only what another process leaves of it."""

RACE = (
    MEETS
    + """
import random
from functools import partial
from torch.optim import SGD
from descent import Run, Surface
from descent.stage import Beat, ComparisonScene

A = random.uniform(1, 3)
BOWL = Surface("bowl", lambda w1, w2: A * w1**2 + w2**2, ((-5, 5), (-5, 5)), ((0.0, 0.0),))

class Toy(Meets, ComparisonScene):
    title = "A bowl"
    runs = (Run(BOWL, partial(SGD, lr=0.1), (-4.5, -2.0), 3),)
    beats = (Beat("One.", "First"), Beat("Two.", "Second", to=3), Beat("Three.", "Third"))
"""
)
CHANCE = (
    MEETS
    + "import random\nSHIFT = random.uniform(1, 3)\n"
    + TOY.replace("class Toy(", "class Crosses(").replace("shift(3 * RIGHT)", "shift(SHIFT * RIGHT)")
    + "class Toy(Meets, Crosses):\n    pass\n"
)
EACH_TIME = "import random\n" + TOY.replace("shift(3 * LEFT)", "shift(random.uniform(1, 3) * LEFT)")
ADDS_UP = TOY.replace(
    "self.add(square)",
    "square.add_updater(lambda m, dt: m.shift(m.get_center()[0] * dt * RIGHT))\n        self.add(square)",
)


@pytest.mark.parametrize(("source", "told"), [
    (RACE, "Toy has other runs, or another surface, than when it was planned: something is another each time"),
    (CHANCE, "of Toy looks otherwise than when it was planned: something is another each time it is computed"),
    (EACH_TIME, "play 1 of Toy looks otherwise than when it was planned"),
    (ADDS_UP, "make it a function of a tracker"),
], ids=["runs", "file", "construct", "updater"])  # fmt: skip
@pytest.mark.few(1)
def test_a_film_that_differs_between_processes_is_refused(
    source: str, told: str, toy: RenderRequest, made: Make
) -> None:
    toy.scene.file.write_text(source, encoding="utf-8")
    film = made(toy, workers=2)
    assert told in str(film.error)
    assert "random.seed(0)" in str(film.error)
    assert not toy.file(".mp4").exists()


def test_a_film_that_goes_over_to_other_runs_is_drawn(toy: RenderRequest, made: Make) -> None:
    """What it was planned with is what it had to begin with, and all of that."""
    steady = RACE.replace("random.uniform(1, 3)", "2.0").replace(
        "3),)", "3), Run(BOWL, partial(SGD, lr=0.2), (1, 2), 3))"
    )
    goes_over = """
    def lay_out(self):
        self.others = self.trajectories[1:]
        self.trajectories = self.trajectories[:1]
        super().lay_out()

    def construct(self):
        super().construct()
        self.trajectories = self.others
"""
    toy.scene.file.write_text(steady.replace("class Toy(Meets, ", "class Toy(") + goes_over, encoding="utf-8")
    assert made(toy, workers=1).error is None
    note = json.loads(toy.file(".json").read_text(encoding="utf-8"))
    assert len(note["runs"]) == 2


@pytest.mark.matrix
def test_a_seed_makes_it_one_film(toy: RenderRequest, made: Make) -> None:
    toy.scene.file.write_text(CHANCE.replace("import random\n", "import random\nrandom.seed(0)\n"), encoding="utf-8")
    assert made(toy, workers=2).error is None


LOOKS_UP = """def construct(self):
        import os
        from pathlib import Path

        here = Path(__file__).parent
        color = (here / "data.txt").read_text() if (here / "data.txt").exists() else "#00ff00"
        color = os.environ.get("DESCENT_TEST_COLOUR") or color
        count = len(list((here / "folder").iterdir()))"""
READS = TOY.replace("def construct(self):", LOOKS_UP).replace("color=BLUE", "color=color, stroke_width=count")


def test_what_a_scene_reads_is_looked_at(
    toy: RenderRequest, made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESCENT_TEST_COLOUR", raising=False)
    (tmp_path / "folder").mkdir()
    (tmp_path / "data.txt").write_text("#ff0000", encoding="utf-8")
    toy.scene.file.write_text(READS, encoding="utf-8")
    first = made(toy)
    assert first.error is None
    assert unchanged(toy)
    inputs = read_sidecar(toy.file(".json")).inputs
    assert str(tmp_path / "data.txt") in inputs.files
    assert list(inputs.folders) == [str(tmp_path / "folder")]
    assert list(inputs.variables) == ["DESCENT_TEST_COLOUR"]
    monkeypatch.setenv("DESCENT_TEST_COLOUR", "#0000ff")
    assert not unchanged(toy)
    monkeypatch.delenv("DESCENT_TEST_COLOUR")
    assert unchanged(toy)
    (tmp_path / "folder" / "another").touch()
    assert not unchanged(toy)
    (tmp_path / "folder" / "another").unlink()
    (tmp_path / "data.txt").write_text("#ffff00", encoding="utf-8")
    assert not unchanged(toy)
    assert made(toy).drawn == first.drawn
    (tmp_path / "data.txt").unlink()
    assert not unchanged(toy)


def test_a_note_vouches_for_what_was_written_and_not_for_what_lies_there(
    toy: RenderRequest, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another command renders the same film meanwhile, silent."""
    write = finish.write

    def meanwhile(target: Path, data: bytes) -> None:
        if target.suffix == ".txt":
            toy.file(".mp4").write_bytes(b"another film")
        write(target, data)

    monkeypatch.setattr(finish, "write", meanwhile)
    assert made(toy).error is None
    noted = json.loads(toy.file(".json").read_text(encoding="utf-8"))["files"]
    assert noted["Toy.mp4"] != digest(toy.file(".mp4"))
    assert noted["Toy.png"] == digest(toy.file(".png"))
    assert not unchanged(toy)
    monkeypatch.undo()
    assert made(toy).drawn == 0
    assert unchanged(toy)
    assert not unchanged(replace(toy, silent=True))


def test_what_was_written_meanwhile_is_known(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert modified_since(time.time() - 10, [tmp_path / "none", tmp_path / "a"])
    assert not modified_since(time.time() + 10, [tmp_path / "a"])


def test_a_film_whose_file_is_edited_while_it_is_planned_is_planned_again(toy: RenderRequest, made: Make) -> None:
    edits = TOY.replace("class Toy", "from pathlib import Path\nPath(__file__).touch()\n\nclass Toy")
    toy.scene.file.write_text(edits, encoding="utf-8")
    assert made(toy).error is None
    assert not unchanged(toy)


def key(*mobjects: object) -> tuple[str, str]:
    taken = Fingerprint()
    taken.take(mobjects)
    return taken.key, taken.seen


def test_keys_see_where_a_gradient_runs_and_every_point_of_a_cloud() -> None:
    def square(direction: np.ndarray) -> Square:
        return Square().set_fill([BLUE, RED], opacity=1).set_sheen_direction(direction)

    def cloud(x: float, color: str = BLUE, width: int = 4) -> PMobject:
        dots = PMobject(stroke_width=width)
        dots.add_points([(x, 0, 0), (0, 1, 0)], color=color)
        return dots

    def image(order: int) -> ImageMobject:
        return ImageMobject(np.zeros((2, 2, 3), np.uint8)).set_z_index(order)

    looks = [square(UP), square(RIGHT), cloud(0), cloud(1), cloud(0, RED), cloud(0, width=9), image(0), image(1)]
    for place in (0, 1):
        assert len({key(look)[place] for look in looks}) == len(looks)
    assert key(square(UP)) == key(square(UP))
    assert key(square(UP).shift(1e-12 * UP))[1] == key(square(UP))[1], "it does not forgive rounding"
    assert key(square(UP).shift(0.01 * UP))[1] != key(square(UP))[1]


def test_the_key_of_a_gradient_is_that_of_its_family() -> None:
    pair = Square().set_fill([BLUE, RED], opacity=1)
    pair.add(Square().shift(RIGHT))
    wide = Square().set_fill([BLUE, RED], opacity=1)
    wide.add(Square().shift(3 * RIGHT))
    assert key(pair) != key(wide)


def test_what_is_on_stage_twice_is_seen_where_it_is_mentioned_last() -> None:
    one, other = Square(), Square().shift(UP)
    assert key(Group(Group(one), other, Group(one))) == key(Group(Group(), other, Group(one)))
    assert key(Group(Group(one), other, Group(one))) != key(Group(Group(one), other, Group()))
