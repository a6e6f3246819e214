"""Paths of which only some steps were kept stand on the clock of their steps, not of their rows."""

from dataclasses import replace

import numpy as np
import pytest

from descent import EXPERIMENTS, trace
from descent.record.outcomes import outcome
from descent.stage.geometry import Box
from descent.stage.maps.loss_map import LossMap
from descent.stage.maps.run_marks import RunMarks
from descent.stage.panels.decision import DecisionPanel
from descent.stage.panels.legend import LossReadout
from descent.stage.panels.step_panel import Series, StepPanel

AT = np.array([0.0, 1, 2, 4, 8, 16])


@pytest.fixture(scope="module")
def kept():
    """Rows 0 to 5 of a run, as if they were those of steps 0, 1, 2, 4, 8 and 16."""
    whole = trace(replace(EXPERIMENTS["E03"], steps=5))
    return replace(whole, at=AT)


def test_the_clock_ends_at_the_last_step_and_between_steps_lies_the_way(kept):
    assert kept.last_step == 16
    assert [kept.row_at(step) for step in (-1, 0, 1, 3, 8, 12, 16, 99)] == [0, 0, 1, 2.5, 4, 4.5, 5, 5]
    every = trace(replace(EXPERIMENTS["E03"], steps=5))
    assert [every.row_at(step) for step in (0, 0.3, 4.999, 7)] == [0, 0.3, 4.999, 5]


def test_ball_curve_and_loss_are_at_the_step(kept):
    loss_map = LossMap(kept.run.surface, Box(-6, 0, -3, 3), axes=False)
    marks = RunMarks(kept, loss_map)
    places = loss_map.to_frame(kept.params)
    np.testing.assert_allclose(marks.position(8), places[4])
    np.testing.assert_allclose(marks.position(12), (places[4] + places[5]) / 2)
    curve, stairs = Series(kept.loss, 0, at=kept.at), Series(kept.lr, 0, stairs=True, at=kept.at)
    assert curve.until(8)[-1].tolist() == [8, kept.loss[4]]
    assert curve.until(6)[-1].tolist() == pytest.approx([6, (kept.loss[3] + kept.loss[4]) / 2])
    assert stairs.until(6)[-1].tolist() == [6, kept.lr[3]]
    assert stairs.vertices()[-1].tolist() == [16, kept.lr[4]]
    panel = StepPanel("loss", [curve], 16, Box(1, 6, -3, 3))
    assert panel.place(curve.vertices())[-1, 0] == pytest.approx(panel.box.right)
    readout = LossReadout(kept, 3, (0, 0, 0))
    shown = [readout.at_step(step).text for step in (4, 7.9)]
    assert shown[0] == shown[1]
    assert readout.at_step(8).text != shown[0]


def test_endings_are_told_in_steps(kept):
    told = outcome(kept)
    every = outcome(replace(kept, at=np.arange(6.0)))
    assert told.ending is every.ending
    assert told.step == AT[every.step]
    assert told.detail == every.detail.replace("5 steps", "16 steps").replace(
        f"step {every.step}", f"step {int(AT[every.step])}"
    )


def test_a_boundary_is_that_of_the_last_row_that_a_step_has() -> None:
    """A recording keeps few of its steps: its rows are counted by them."""
    points, classes = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    rows = [[np.array([[0.0, height], [1.0, height]])] for height in (0.1, 0.5, 0.9)]
    box, span = Box(-3.0, 3.0, -3.0, 3.0), ((0.0, 1.0), (0.0, 1.0))
    panel = DecisionPanel("", points, classes, [rows], box, span, at=[0, 10, 30])
    (line,) = panel.curves()
    for step, height in ((0, 0.1), (9.9, 0.1), (10, 0.5), (29, 0.5), (30, 0.9), (99, 0.9)):
        expected = panel.to_frame(np.array([[0.0, height]]))[0, 1]
        assert line.at_step(step).line.points[:, 1] == pytest.approx(expected), step
