"""A run on the map is where the data says, whatever was drawn before, and never leaves its map."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import ValueTracker
from pictures import inside, same
from torch.optim import SGD

from descent import EXPERIMENTS, VALLEY, Run, trace
from descent.look.palette import DARK, DASHES, LIGHT, MARKERS, MAX_RUNS
from descent.stage.geometry import FRAME, Box
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.run_marks import RunMarks

BOX = Box(-6.0, -1.0, -3.0, 3.0)
STEADY, LEAVING = trace(EXPERIMENTS["E06"]), trace(EXPERIMENTS["E09"])
BLOWN_UP = trace(Run(VALLEY, partial(SGD, lr=1e12), (-4.5, -2.0), 20))


@pytest.fixture(scope="module")
def terrain():
    return LossMap(VALLEY, BOX)


def test_the_ball_is_at_the_recorded_iterate(terrain):
    marks = RunMarks(STEADY, terrain)
    for step, params in enumerate(STEADY.params):
        marks.at_step(step)
        rim = marks.ball[-2]
        assert rim.get_center() == pytest.approx(terrain.to_frame(params), abs=1e-9)
        assert marks.ball in marks.submobjects


@given(st.floats(0, STEADY.steps, exclude_max=True))
@settings(max_examples=30)
def test_between_two_iterates_the_ball_is_on_their_segment(step):
    terrain = _terrain()
    row = int(step)
    where = (1 - (step - row)) * STEADY.params[row] + (step - row) * STEADY.params[row + 1]
    assert RunMarks(STEADY, terrain).position(step) == pytest.approx(terrain.to_frame(where), abs=1e-9)


@pytest.mark.parametrize("trajectory", [STEADY, LEAVING, BLOWN_UP], ids=["steady", "leaving", "blown up"])
@pytest.mark.parametrize("index", [0, 1, 7])
@given(visited=st.lists(st.floats(-1, 60), max_size=4), step=st.floats(0, 60))
@settings(max_examples=8)
@pytest.mark.few(4)
def test_a_frame_does_not_depend_on_the_frames_before_it(trajectory, index, visited, step):
    marks = RunMarks(trajectory, _terrain(), index)
    for earlier in visited:
        marks.at_step(earlier)
    assert same(marks.at_step(step), RunMarks(trajectory, _terrain(), index).at_step(step))


def test_iterates_stay_visible_and_only_those_passed(terrain):
    marks = RunMarks(STEADY, terrain, index=1)
    one = len(RunMarks(STEADY, terrain, index=1).at_step(0).fresh[0].points)
    for step in (0, 3, 6.5, 20):
        marks.at_step(step)
        drawn = sum(len(part.points) for part in (marks.old, *marks.fresh))
        assert drawn == one * (int(step) + 1)
    shades = [part.get_fill_opacity() for part in (*marks.fresh, marks.old)]
    assert shades == sorted(shades, reverse=True)
    assert shades[-1] > 0.3


def test_a_run_rests_at_its_own_end(terrain):
    marks = RunMarks(STEADY, terrain)
    assert same(marks.at_step(STEADY.steps + 40), RunMarks(STEADY, terrain).at_step(STEADY.steps))


@pytest.mark.parametrize("trajectory", [LEAVING, BLOWN_UP], ids=["leaving", "blown up"])
def test_a_run_that_leaves_is_cut_at_the_edge_and_says_when(trajectory, terrain):
    marks = RunMarks(trajectory, terrain)
    out = next(k for k, w in enumerate(trajectory.params) if not VALLEY.contains(*w))
    assert marks.exit_step == out
    for step in np.linspace(0, trajectory.steps, 40):
        marks.at_step(step)
        assert inside(marks.trail, BOX)
        assert all(BOX.contains(part.get_center()) for part in (marks.old, *marks.fresh) if len(part.points))
    assert marks.ball not in marks.submobjects
    assert not FRAME.contains(marks.ball.get_center())  # Manim goes on drawing what was there when the play began
    assert marks.note in marks.submobjects
    assert marks.note[1].text.replace("\n", " ") == f"leaves the view at step {out}"
    assert inside(marks.note, BOX)


def test_the_ball_comes_back_with_the_clock(terrain):
    marks = RunMarks(LEAVING, terrain).at_step(LEAVING.steps).at_step(0)
    assert marks.ball in marks.submobjects
    assert marks.ball[-2].get_center() == pytest.approx(terrain.to_frame(LEAVING.params[0]), abs=1e-9)


def test_marks_follow_a_clock(terrain):
    clock = ValueTracker(0.0)
    marks = RunMarks(STEADY, terrain).follow(clock)
    clock.set_value(7.25)
    marks.update()
    assert same(marks, RunMarks(STEADY, terrain).at_step(7.25))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_eight_runs_are_told_apart_without_colour(theme):
    assert len(theme.runs) == len(set(theme.runs)) == MAX_RUNS == 8
    assert len(set(MARKERS)) == MAX_RUNS
    assert len(set(zip(DASHES, MARKERS, strict=True))) == MAX_RUNS


def test_eight_runs_are_drawn(terrain):
    pictures = [RunMarks(STEADY, terrain, index).at_step(9) for index in range(MAX_RUNS)]
    for k, one in enumerate(pictures):
        assert all(not same(one, other) for other in pictures[k + 1 :])


def test_equal_runs_have_equal_keys_for_manims_cache_and_others_do_not(terrain):
    again = trace(EXPERIMENTS["E06"])
    other = trace(replace(EXPERIMENTS["E06"], steps=51))
    digests = [RunMarks(t, terrain).digest for t in (STEADY, again, other)]
    assert digests[0] == digests[1] != digests[2]


_TERRAIN = []


def _terrain():
    """The map, for tests that hypothesis calls many times."""
    if not _TERRAIN:
        _TERRAIN.append(LossMap(VALLEY, BOX))
    return _TERRAIN[0]


@pytest.mark.parametrize(("far", "crosses"), [(1e3, True), (1e7, True), (1e12, False), (1e200, False)])
def test_a_run_that_flies_off_leaves_and_crosses_the_map_in_its_direction(terrain, far, crosses):
    """From (1, 0) to a point far away, and back and forth on the line through both: the trail is on that line.

    Between points so far off that numbers around them are farther apart than the map is wide, where it crosses is no
    part of the record.
    """
    there, back = (1 + 2 * far, far), (1 - 2 * far, -far)
    params = np.array([(1.0, 0.0), there, *([back, there] if crosses else [])])
    thrown = replace(STEADY, params=params, loss=STEADY.loss[: len(params)])
    seen = RunMarks(thrown, terrain).at_step(3).trail.points
    along = terrain.to_frame((3.0, 1.0)) - terrain.to_frame((1.0, 0.0))
    away = (seen - terrain.to_frame((1.0, 0.0)))[terrain.box.holds(seen)]
    assert np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]).max() / np.linalg.norm(along) < 1e-5
    assert np.ptp(away[:, 0]) > (0.9 if crosses else 0.35) * terrain.box.width
