"""A line among its points, sweeps and basins: what is drawn is where the data say."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from torch.optim import SGD

from descent import BIRD, Run, Surface, trace
from descent.base.numbers import number
from descent.record.lecture_runs import EXERCISES, POINTS, REGRESSION
from descent.record.many.basins import basins
from descent.stage import Box, LossMap, OutcomeBySetting, basin
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.fit import FitPanel

BOX = Box(0.0, 6.0, -3.0, 1.5)
DATA = np.array(POINTS)
RUN = trace(EXERCISES["X1"])


@pytest.fixture
def panel():
    return FitPanel(DATA, [RUN, trace(EXERCISES["X2"])], BOX)


@pytest.mark.parametrize("step", [0, 0.25, 1, 3.5, 5])
def test_a_line_has_the_weights_of_its_step(panel, step):
    line = panel.curves()[0].at_step(step)
    row = min(int(step), RUN.steps - 1)
    weight, bias = RUN.params[row] + (step - row) * RUN.update[row]
    drawn = line.line.points
    origin, unit_x, unit_y = panel.place(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    x, y = (drawn[:, 0] - origin[0]) / (unit_x - origin)[0], (drawn[:, 1] - origin[1]) / (unit_y - origin)[1]
    assert y == pytest.approx(weight * x + bias, abs=1e-6)


@pytest.mark.parametrize("index", [0, 1])
def test_the_table_shows_the_weights_of_the_last_whole_step(panel, index):
    line = panel.curves()[index]
    for step in (5, 0, 2, 2.9):
        line.at_step(step)
        expected = [number(value, 3) for value in panel.trajectories[index].params[int(step)]]
        assert [readout.text for readout in line.weights] == expected


def test_a_panel_may_do_without_its_table():
    bare = FitPanel(DATA, [RUN], BOX, decimals=None)
    assert not bare.curves()[0].at_step(3).weights.submobjects


def test_the_picture_of_a_step_does_not_depend_on_what_was_shown_before(panel):
    line = panel.curves()[1]
    line.gaps = True
    seen = [line.at_step(step).line.points.copy() for step in (0, 2.5, 5)]
    again = [line.at_step(step).line.points.copy() for step in (5, 2.5, 0)]
    assert all(np.array_equal(a, b) for a, b in zip(seen, again[::-1], strict=True))


def test_gaps_reach_from_the_points_to_the_line(panel):
    line = panel.curves()[0]
    assert not line.residuals.points.size
    line.gaps = True
    sticks = line.at_step(0).residuals.points.reshape(len(DATA), 4, 3)
    assert sticks[:, 0] == pytest.approx(panel.place(DATA))
    assert sticks[:, 3] == pytest.approx(panel.place(np.stack([DATA[:, 0], 0 * DATA[:, 0]], axis=1)))


def test_nothing_leaves_the_panel_even_for_a_steep_line():
    steep = replace(EXERCISES["X1"], optimizer=partial(SGD, lr=0.003), steps=8)
    panel = FitPanel(DATA, [trace(steep)], BOX)
    line = panel.curves()[0]
    line.gaps = True
    for step in np.linspace(0, 8, 33):
        line.at_step(float(step))
        for part in (line.line, line.residuals):
            assert all(panel.box.contains(point) for point in part.points)


def test_a_stretched_map_fills_its_box_and_keeps_its_parameters():
    ground = LossMap(replace(REGRESSION, domain=((-1, 17), (-12, 130))), BOX, stretch=True)
    assert ground.box == BOX
    for w in ((-1, -12), (17, 130), (7.5, 60)):
        assert ground.to_params(ground.to_frame(w)) == pytest.approx(w)


def test_sweep_dots_stand_at_their_values():
    settings, values = np.array([0.0, 0.5, 0.9]), np.array([80.0, -107.0, 3.0])
    panel = OutcomeBySetting("loss", "momentum", settings, values, ["#ffffff"] * 3, BOX)
    centres = np.array([dot.get_center() for dot in panel.dots])
    assert all(panel.box.contains(centre) for centre in centres)
    across, up = np.ptp(settings) / np.ptp(centres[:, 0]), np.ptp(values) / np.ptp(centres[:, 1])
    assert np.diff(centres[:, 0]) * across == pytest.approx(np.diff(settings))
    assert np.diff(centres[:, 1]) * up == pytest.approx(np.diff(values))


def test_a_basin_is_drawn_up_to_the_ridge():
    wells = Surface("wells", lambda w1, w2: (w1**2 - 1) ** 2 + w2**2, ((-2, 2), (-1, 1)), ((-1, 0), (1, 0)))
    ground = LossMap(wells, BOX)
    found = basins(Run(wells, partial(SGD, lr=0.02), (1, 0), 400), (40, 20))
    edges = [np.array([ground.to_params(p) for p in basin(found, k, ground, "#ffffff").points]) for k in (0, 1)]
    assert edges[0].min(axis=0) == pytest.approx((-2, -1))
    assert edges[1].max(axis=0) == pytest.approx((2, 1))
    assert edges[0][:, 0].max() == pytest.approx(0, abs=1e-6)
    assert edges[1][:, 0].min() == pytest.approx(0, abs=1e-6)


def test_marks_that_would_hide_each_other_are_drawn_once():
    crawl = trace(Run(BIRD, partial(SGD, lr=0.01), (-12, 10), 60))  # at rest from about step 20
    marks = RunMarks(crawl, LossMap(BIRD, BOX))
    at_rest = marks.at_step(60).old.points.size
    assert marks.at_step(40).old.points.size == at_rest
    assert marks.at_step(12).old.points.size < at_rest
