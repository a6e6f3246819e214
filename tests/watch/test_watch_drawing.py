"""What is drawn in any order is what the film shows, landscapes too; and a TOML file is watched like a scene."""

import io
import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from manim import tempconfig
from PIL import Image
from watch_film import ROOT, Watching, end, listening, start

from descent.delivery.profiles import find_profile
from descent.delivery.still import OnePictureRenderer
from descent.film.asked import NOTHING_ASKED
from descent.stage.scene.catalogue import load_scenes
from descent.stage.scene.rehearsal import rehearse

RATE = find_profile("preview").rate
TOML = """
surface = "bird"
start = [-12, 10]
steps = 8

[[runs]]
optimizer = "SGD(lr=0.01)"
"""


@pytest.fixture
def land(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "scenes").mkdir()
    for name in ("scenes/landscapes.py", "scenes/momentum.py", "manim.cfg"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "assets", tmp_path / "assets", ignore=shutil.ignore_patterns("gallery"))
    found = start(tmp_path, "MomentumEscapes3D", "--profile", "preview", DESCENT_VOICE="silence")
    yield found
    end(found.process)


@pytest.mark.matrix
def test_a_landscape_drawn_in_any_order_is_the_films(land: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(land.address) as ear:
        film = ear.told("film")
        moments = [30.2, 5.0, 2.0, 12.6, 40.0, 12.2]  # in the first play, one animation follows another
        seen = [np.asarray(ear.picture(round(seconds * RATE)), dtype=float) for seconds in moments]
    scene_class = load_scenes(ROOT / "scenes" / "landscapes.py")["MomentumEscapes3D"]
    monkeypatch.setattr(scene_class, "asked", NOTHING_ASKED)  # as in the copied project, which has no course
    with tempconfig({**find_profile("preview").manim("dark"), "assets_dir": str(ROOT / "assets")}):
        for seconds, picture in zip(moments, seen, strict=True):
            moment = OnePictureRenderer(round(seconds * RATE) / RATE)
            scene = rehearse(scene_class, moment)
            assert moment.picture is not None
            with io.BytesIO() as out:
                moment.picture.save(out, "webp", quality=88, method=0)
                wanted = np.asarray(Image.open(out).convert("RGB"), dtype=float)
            assert np.abs(picture - wanted).mean() < 0.2, f"at {seconds} s"
    assert film["seconds"] == scene.timeline.now / 15
    assert [beat["note"] for beat in film["beats"]] == [note for _, note in scene.timeline.chapters]
    differences = [np.abs(one - other).mean() for one, other in pairwise(seen)]
    assert min(differences) > 1.5  # so that one for another would be seen


@pytest.mark.matrix
def test_a_toml_file_is_watched_with_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "race.toml"
    file.write_text(TOML, encoding="utf-8")
    watching = start(tmp_path, "race.toml", "--profile", "preview", DESCENT_VOICE="silence")
    try:
        with listening(watching.address) as ear:
            assert ear.told("subject")["name"] == "race.toml"
            first = ear.told("film")
            ear.picture(20)
            file.write_text(TOML.replace("steps = 8", 'steps = "many"'), encoding="utf-8")
            while (state := ear.told("state"))["broken"] is None:
                pass
            assert state["broken"]["text"].startswith("race.toml, line 4: ")
            ear.picture(25)  # of the last good film
            file.write_text('title = "Another race"' + TOML, encoding="utf-8")
            second = ear.told("film")
            assert (second["title"], second["generation"]) == ("Another race", first["generation"] + 2)
            ear.picture(20, "light")
    finally:
        end(watching.process)


def test_a_file_that_a_scene_imports_is_watched(tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "words.py").write_text('TITLE = "One"\n', encoding="utf-8")
    (tmp_path / "numbers.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "scenes" / "two.py").write_text(
        """
import json
from pathlib import Path

from words import TITLE

from descent.stage import Label, LectureScene


class Two(LectureScene):
    title = TITLE

    def construct(self):
        self.add(Label(str(json.loads(Path("numbers.json").read_text())), 40))
        self.wait(1)
""",
        encoding="utf-8",
    )
    watching = start(tmp_path, "scenes/two.py", "--profile", "preview", DESCENT_VOICE="silence")
    try:
        with listening(watching.address) as ear:
            assert ear.told("film")["title"] == "One"
            before = ear.picture(0)
            while not ear.told("found")["checked"]:  # what it is made of is known by then
                pass
            (tmp_path / "scenes" / "words.py").write_text('TITLE = "Two"\n', encoding="utf-8")
            assert ear.told("film")["title"] == "Two"
            assert ear.told("fresh")["generation"] == 1
            assert ear.picture(0) == before
            while not ear.told("found")["checked"]:
                pass
            (tmp_path / "numbers.json").write_text(json.dumps([1, 2, 3]), encoding="utf-8")
            assert ear.told("film")["generation"] == 2
            assert ear.picture(0) != before
    finally:
        end(watching.process)
