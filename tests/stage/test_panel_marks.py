"""Marks in panels and pieces of maps stand where the data puts them, whatever step was shown before."""

import numpy as np
import pytest

from descent import BIRD, EXPERIMENTS, trace
from descent.record.measures import rate_cuts
from descent.record.theory.step_sizes import step_sizes
from descent.stage import Box, LossMap, RunMarks, Series, StepPanel
from descent.stage.maps.loss_map import crop
from descent.stage.panels.marks import DottedCurve, FiringMarks, best_so_far
from descent.stage.panels.per_parameter import ParameterPanel

CUT = trace(EXPERIMENTS["E23"])
BOX = Box(0.0, 6.0, -1.0, 1.5)


def panel(values, **settings):
    return StepPanel("values", [Series(values, 0)], len(CUT.lr), BOX, **settings)


def test_a_firing_is_a_rate_that_falls_after_it():
    for row in range(CUT.steps - 1):
        assert (row in rate_cuts(CUT)) == (CUT.lr[row + 1] < CUT.lr[row])
    assert rate_cuts(trace(EXPERIMENTS["E21"])) == []


@pytest.mark.parametrize("row", rate_cuts(CUT))
def test_a_cut_is_marked_from_the_step_it_takes_effect_and_its_loss_one_step_before(row):
    marks = FiringMarks(CUT, panel(CUT.loss), panel(CUT.lr, from_zero=True))
    count = rate_cuts(CUT).index(row)
    for step in (CUT.steps, row):  # backwards too
        marks.at_step(step)
    per_mark = len(FiringMarks(CUT, panel(CUT.loss), panel(CUT.lr)).at_step(rate_cuts(CUT)[0]).seen.points)
    assert len(marks.seen.points) == per_mark * (count + 1)
    before = sum(later <= row for later in np.array(rate_cuts(CUT)) + 1)
    per_cut = len(marks.at_step(rate_cuts(CUT)[0] + 1).cuts.points)
    assert len(marks.at_step(row).cuts.points) == per_cut * before


def test_the_best_so_far_is_drawn_at_the_lowest_loss_reached():
    losses = panel(CUT.loss)
    line = best_so_far(CUT, losses)
    for step in (18, 3, 12):
        lowest = losses.point(step, CUT.loss[: step + 1].min())[1]
        assert line.at_step(step).points[:, 1].min() >= lowest - 1e-9


def test_a_dotted_curve_ends_at_the_panel():
    losses = panel(CUT.loss, ceiling=200.0)
    line = DottedCurve(CUT.loss, losses).at_step(CUT.steps)
    assert len(line.points)
    assert all(losses.box.contains(point) for point in line.points)


def test_equal_step_sizes_are_one_curve_and_different_ones_two():
    sizes = [step_sizes(trace(EXPERIMENTS[name])) for name in ("E06", "E07")]
    plain, adaptive = ParameterPanel("step size", sizes, 50, BOX).curves()
    assert (len(plain.parts), len(adaptive.parts)) == (1, 2)


def test_a_piece_keeps_the_proportions_of_its_box_and_the_minima_inside():
    piece = crop(BIRD, BIRD.minima[0], 4.0, Box(0, 2, 0, 3))
    (x0, x1), (y0, y1) = piece.domain
    assert (x1 - x0, y1 - y0) == pytest.approx((4.0, 6.0))
    assert piece.minima == BIRD.minima[:1]


def test_a_tail_shows_the_last_steps_only():
    piece = LossMap(crop(BIRD, BIRD.minima[0], 20.0, BOX), BOX, axes=False)
    whole, short = (RunMarks(CUT, piece, 0, announce=False, tail=tail) for tail in (None, 5))
    for step in (20, 4, 11.5):
        assert np.allclose(whole.at_step(step).position(step), short.at_step(step).position(step))
        expected = piece.to_frame(CUT.params[max(0, int(step) - 5)])
        if piece.box.contains(expected):
            assert np.allclose(short.trail.points[0], expected)
