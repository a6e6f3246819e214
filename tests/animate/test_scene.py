"""Scenes made from problems: the words and pictures of any other film, looked over at every beat."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from manim import Rectangle, VGroup

from descent.animate.make import timed
from descent.animate.problem import Problem, Said, from_text, to_text
from descent.animate.scene import before_the_fall, place_apart, scene_of
from descent.base.errors import DescentError
from descent.stage.checks.lint import lint
from descent.stage.geometry import Box
from descent.stage.scene.rehearsal import rehearse

LONG = "SGD(lr=0.02, momentum=0.3, weight_decay=0.001) + CosineAnnealingLR(T_max=30, eta_min=0.001)"
PROBLEMS = {
    "five": (
        ("SGD(lr=0.01)", "SGD(lr=0.06)", "RMSprop(lr=0.4)", "AdamW(lr=0.5)", LONG),
        {"surface": "bird", "start": [-12, 10], "steps": 30, "title": "Five of them, on one and the same surface"},
    ),
    "runs away": (
        ("SGD(lr=0.3)", "SGD(lr=0.01)"),
        {"surface": "losses.py:falls", "start": [1, 2], "steps": 30},
    ),
    "fit with a long name": ((LONG,), {"data": "points.csv", "steps": 30}),
    "fit that diverges": (("SGD(lr=0.2)", "SGD(lr=0.01)"), {"data": "points.csv", "steps": 60}),
}


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
@pytest.mark.matrix
def test_every_beat_can_be_shown(own: Path, described: Callable[..., Problem], problem: tuple) -> None:
    runs, options = problem
    scene_class = scene_of(to_text(timed(described(*runs, **options), "silence")), "Animated", __name__)
    assert lint(scene_class) == []
    assert all(claim.check() for claim in scene_class.claims)


def test_own_words_are_spoken_and_shown(described: Callable[..., Problem]) -> None:
    problem = described("SGD(lr=0.2)", surface="valley", start=[-4, -2], steps=10, title="Down")
    problem = replace(problem, beats=(Said("It rolls.", "Rolling", 4), Said("It rests.", "", 10)))
    film = rehearse(scene_of(to_text(timed(problem, "silence")), "Animated", __name__))
    assert [line.text for line in film.timeline.lines] == ["It rolls.", "It rests."]
    assert [title for _, title in film.timeline.chapters] == ["Rolling", "It rests."]
    assert film.title == "Down"
    assert film.clock.get_value() == 10


def test_notes_are_moved_apart_and_off_the_paths() -> None:
    notes = [VGroup(Rectangle(width=2, height=0.4).move_to((0.3 * k, 2.7, 0))) for k in range(3)]
    path = np.array([(-3.0, 1.0, 0.0), (3.0, 1.5, 0.0)])
    place_apart(notes, Box(-3, 3, -3, 3), [path])
    heights = sorted(float(note.get_center()[1]) for note in notes)
    assert heights[-1] == pytest.approx(2.7)
    assert all(above - below >= 0.44 for below, above in pairwise(heights))
    assert all(height > 1.5 or height < 1 for height in heights)


def test_only_a_fall_without_end_is_cut() -> None:
    falls = np.array([0.0, -1, -2, -4, -8, -1e6, -1e9])
    assert np.isnan(before_the_fall(falls)).tolist() == [False] * 5 + [True] * 2
    for kept in (falls[:5], np.array([5.0, 1, 1, 1, 0.9]), np.array([1.0, 10, 100]), np.array([0.0, -1, -1e9, -2, -3])):
        assert before_the_fall(kept).tolist() == kept.tolist()


def test_a_race_may_ask_predict_and_answer(described: Callable[..., Problem]) -> None:
    beats = [{"say": "It stands."}, {"say": "It rolls.", "to": 10, "reveal": True}]
    asks = {"question": "Will it  rest?", "answer": "It does, <b>here</b>.", "title": "It rests", "beats": beats}
    problem = described("SGD(lr=0.2)", surface="valley", start=[-4, -2], steps=10, **asks)
    assert from_text(to_text(problem)) == problem
    film = rehearse(scene_of(to_text(timed(problem, "silence")), "Animated", __name__))
    assert film.asks_first == "Will it rest?"
    assert film.title == "It rests"
    assert film.timeline.chapters[-1][1] == "It does, <b>here</b>."
    assert film.timeline.reveals == {film.timeline.lines[1].start}
    plain = described("SGD(lr=0.2)", surface="valley", start=[-4, -2], steps=10, title="It rests")
    film = rehearse(scene_of(to_text(timed(plain, "silence")), "Animated", __name__))
    assert film.asks_first == "It rests"
    assert not any(play.aside for play in film.timeline.plays)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"question": 3}, "question must be text, not 3"),
        ({"question": "Why " + "on and on " * 18}, "the question .* does not fit on three lines beside the map"),
        ({"answer": "x" * 161}, "answer has 161 characters; there is room for 160"),
        ({"answer": "a\u0007b"}, "answer has characters that cannot be shown"),
        ({"beats": [{"say": "It rolls.", "reveal": "yes"}]}, "reveal must be true or false, not 'yes'"),
    ],
)
def test_a_question_that_cannot_be_shown_is_told(described: Callable[..., Problem], given: dict, told: str) -> None:
    with pytest.raises(DescentError, match=told):
        described("SGD(lr=0.2)", surface="valley", start=[-4, -2], steps=10, **given)
