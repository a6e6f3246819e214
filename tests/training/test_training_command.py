"""`descent training`: recorded runs become a study, and that a picture, a film or a page."""

import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from descent.animate.make import look_of
from descent.animate.training.gather import Asked, _finite, study_of
from descent.animate.training.make import make
from descent.animate.training.measured import measured, sharpness_of
from descent.animate.training.own_code import code_of
from descent.animate.training.scene import scene_of
from descent.animate.training.story import TrainingStory
from descent.animate.training.study import named, read_study, to_bytes
from descent.base.document import Document
from descent.base.errors import DescentError
from descent.commands.cli import descent
from descent.networks import loss_along, principal_plane, read


@pytest.fixture(scope="module")
def study(recorded_runs):
    code = code_of(f"{recorded_runs / 'pieces.py'}:make")
    return study_of([recorded_runs / "sgd", recorded_runs / "adam"], code, Asked(points=9, sharpness=4))


def test_a_study_is_what_the_runs_are_on_their_plane(recorded_runs, study):
    code = code_of(f"{recorded_runs / 'pieces.py'}:make")
    runs = [read(recorded_runs / name, code.model) for name in ("sgd", "adam")]
    plane = principal_plane(*runs)
    assert study.held == pytest.approx(sum(plane.explained), abs=1e-5)
    for run, course, trajectory in zip(runs, study.courses, study.trajectories, strict=True):
        np.testing.assert_allclose(course.off, plane.distance(run.params), atol=1e-4)
        np.testing.assert_allclose(course.loss, loss_along(run, code.loss, code.data))
        assert trajectory.at.tolist() == run.at.tolist() == [0, 7, 14, 21, 28, 35, 40]
        assert trajectory.last_step == 40
        np.testing.assert_allclose(course.lr, run.history.lr[1:, 0])
    (left, right), (low, high) = study.view
    assert right - left == pytest.approx(high - low)  # so that directions are true
    assert [course.adaptive for course in study.courses] == [False, True]
    assert study.courses[0].limit.tolist() == pytest.approx([20] * 4)
    assert study.courses[1].sharp_at.tolist() == [14, 28, 40]  # at the start, nothing is divided by


def test_a_study_comes_back_from_its_file(study, tmp_path):
    timed = replace(study, seconds={"silence": {"A line.": 1.5}}, words={"silence": {"A line.": (0.0, 0.3)}})
    (tmp_path / "study.npz").write_bytes(to_bytes(timed))
    back = read_study(tmp_path / "study.npz")
    assert to_bytes(back) == to_bytes(timed)
    assert back.words == timed.words
    assert back.surface.at(0.1, 0.2) == study.surface.at(0.1, 0.2)
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(DescentError, match="holds no study"):
        read_study(tmp_path / "bad.npz")


def test_the_film_says_what_the_numbers_are(study):
    story = TrainingStory(study.trajectories, study=study)
    told = [beat.say for beat in story.beats()]
    assert told[0].startswith("A network of 33 weights")
    assert f"{study.held:.0%}".rstrip("%") in told[0] or "over 99" in told[0]
    assert told[1] == "Two runs, from one start."
    assert all(beat.to is None or 0 < beat.to <= 40 for beat in story.beats())
    assert "40 steps" in " ".join([story.title(), *told])  # those of the training, not the seven snapshots
    assert "7 steps" not in " ".join(told)
    sentence = next(say for say in told if "off this plane" in say)
    name, off = re.match(r"(.*) ends ([\d.]+) off", sentence).groups()
    (course,) = (course for course in study.courses if course.name == name)
    assert float(off) == pytest.approx(course.off[-1], rel=0.06)


def test_every_claim_of_the_scene_holds_and_falls_with_another_ending(study, tmp_path):
    (tmp_path / "study.npz").write_bytes(to_bytes(study))
    scene = scene_of(tmp_path / "study.npz", "Trained", __name__)
    assert len(scene.claims) == 2
    assert all(claim.check() for claim in scene.claims)
    assert [beat.to for beat in scene.beats if beat.to][-1] == 40


def test_sharpness_of_other_units_is_shown_as_a_share_of_its_limit(study):
    sgd, adam = study.courses
    bent = sharpness_of(study.courses)
    assert bent.name == "sharpness ÷ its limit"
    np.testing.assert_allclose(bent.values[0], sgd.sharp / 20)
    np.testing.assert_allclose(bent.limits[1], 1)
    assert sharpness_of([sgd]).name == "sharpness"
    assert sharpness_of([adam]).name == "preconditioned sharpness"
    unknown = replace(adam, limit=np.full_like(adam.limit, np.nan))
    assert sharpness_of([sgd, unknown]) is None
    assert sharpness_of([replace(sgd, sharp=np.empty(0))]) is None


def test_a_run_that_left_the_finite_numbers_is_shown_up_to_there_and_said_to_be(recorded_runs, tmp_path, monkeypatch):
    monkeypatch.chdir(recorded_runs)
    words = ["training", "lost", "--code", "pieces.py:make", "--points", "6", "--sharpness", "0"]
    told = CliRunner().invoke(descent, [*words, "-o", str(tmp_path / "a b.html")])
    assert told.exit_code == 0, told.exception
    assert "from step 35 on are not finite" in told.output
    assert (tmp_path / "a b.html").stat().st_size > 50_000


@pytest.mark.parametrize(("rows", "told"), [(2, "holds 2 snapshots, and"), (1, "holds one snapshot before it left")])
def test_a_path_of_too_few_snapshots_is_refused_and_says_why(recorded_runs, rows, told):
    run = read(recorded_runs / "sgd", code_of(f"{recorded_runs / 'pieces.py'}:make").model)
    params = run.params[:2].copy()
    params[rows:] = np.nan
    with pytest.raises(DescentError, match=told):
        _finite(replace(run, params=params), recorded_runs)


def test_the_page_shows_what_was_measured_on_the_clock_of_the_film(study, tmp_path, page):
    look = look_of(Document({"output": str(tmp_path / "page.html")}, typed=frozenset({"output"})))
    make(study, look, 1)
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    assert page.locator(".axes .name").all_text_contents() == ["p₂", "p₁"]
    assert study.holds in page.locator("#scales").text_content()
    bent, off = page.evaluate("page.panels")
    assert [bent["name"], off["name"]] == [each.name for each in measured(study.courses)]
    for k, course in enumerate(study.courses):
        assert off["curves"][k] == {"at": course.at.tolist(), "values": course.off.tolist()}
        assert bent["limits"][k] == {"at": course.sharp_at.tolist(), "values": [1.0] * len(course.sharp_at)}
    ink = """(time) => {
      clock = time; drawAll();
      const canvas = byId("panel-0");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((sum, value, k) => sum + (k % 4 === 3 ? value : 0), 0);
    }"""
    assert page.evaluate(ink, 40) > page.evaluate(ink, 20) > page.evaluate(ink, 0)
    rows = [page.evaluate("(time) => rowAt([10, 20, 40], time)", time) for time in (5, 10, 30, 40, 99)]
    assert rows == [-1, 0, 1.5, 2, 2]
    assert page.locator(".card .why").first.text_content().startswith("Recorded elsewhere, at the steps")


def test_runs_are_named_apart():
    assert named(["Adam  lr 0.1"], ["x"]) == ["Adam, lr 0.1"]
    assert named(["A  lr 1 · B  lr 2", "C"], ["x", "y"]) == ["A, lr 1, B, lr 2", "C"]
    assert len(set(named(["A", "A"], ["x", "x"]))) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("sgd --code pieces.py", "--code names a function"),
        ("sgd --code pieces.py:thing", "is no function"),
        ("sgd --code pieces.py:two", "has to return three things"),
        ("sgd --code pieces.py:lossless", "the second is a int"),
        ("sgd --code pieces.py:fails", "RuntimeError: there is no data."),
        ("sgd --code pieces.py:other", "of another network"),
        ("sgd --code nothing.py:make", "there is no Python file"),
        ("nowhere --code pieces.py:make", "neither a run nor a checkpoint"),
        ("sgd --code pieces.py:make --plane round", "did you mean 'random'"),
        ("sgd --code pieces.py:make --device nowhere", "cannot compute on"),
        ("sgd --code pieces.py:make --keep slice.txt", "ends in .npz"),
        ("sgd --code pieces.py:make -o film.docx", "no kind of file"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_no_file(recorded_runs, monkeypatch, words, sentence):
    monkeypatch.chdir(recorded_runs)
    before = set(recorded_runs.rglob("*.*"))
    told = CliRunner().invoke(descent, ["training", "--sharpness", "0", "--points", "5", *words.split()])
    assert isinstance(told.exception, DescentError), told.output
    assert sentence in str(told.exception)
    assert "\n" not in str(told.exception)
    assert {file for file in set(recorded_runs.rglob("*.*")) - before if file.suffix != ".pyc"} <= set(
        recorded_runs.rglob("__pycache__")
    )


@pytest.mark.matrix
@pytest.mark.parametrize("suffix", [".png", ".mp4", ".pptx"])
def test_pictures_films_and_slides(recorded_runs, tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(recorded_runs)
    monkeypatch.setenv("DESCENT_PROJECT", str(tmp_path))
    target = tmp_path / f"ü{suffix}"
    words = (
        "training sgd adam --code pieces.py:make --points 9 --sharpness 3 --profile preview --voice silence --jobs 1"
    )
    told = CliRunner().invoke(descent, [*words.split(), "-o", str(target)])
    assert told.exit_code == 0, told.exception
    assert target.stat().st_size > 10_000
