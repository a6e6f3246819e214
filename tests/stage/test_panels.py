"""Curves show the recorded values up to the step, markers stand on them, and nothing leaves its panel."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from pictures import inside, same
from torch.optim.lr_scheduler import StepLR

from descent import EXPERIMENTS, Schedule, trace, trace_lr
from descent.figures import lr_curves
from descent.look.axes import loss_range
from descent.stage.geometry import FRAME, Box
from descent.stage.panels.step_panel import Series, StepPanel
from descent.stage.text import Label

BOX = Box(0.0, 6.0, -2.0, 2.0)
LOSS = trace(EXPERIMENTS["E06"]).loss
BLOWN_UP = np.array([3.0, 40.0, 2e3, 1e9, 1e300, np.inf])
RATES = np.array([0.4, 0.4, 0.2, 0.1])
VALUES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30).map(np.array)


@given(VALUES)
def test_a_curve_reaches_each_recorded_value_at_its_step(values):
    series = Series(values, 0)
    for step, value in enumerate(values):
        assert series.until(step)[-1].tolist() == [step, value]
        assert len(series.until(step)) == step + 1


@given(VALUES, st.sampled_from([0.0, 0.25, 0.999]))
def test_a_rate_holds_during_its_step(values, share):
    series = Series(values, 0, stairs=True)
    for step, value in enumerate(values):
        assert series.until(step + share)[-1].tolist() == [
            step + share,
            value if share or not step else values[step - 1],
        ]


@given(VALUES)
def test_a_rate_changes_in_upright_steps_only(values):
    corners = np.diff(Series(values, 0, stairs=True).until(len(values)), axis=0)
    assert ((corners[:, 0] == 0) | (corners[:, 1] == 0)).all()


def test_a_curve_stops_where_the_numbers_do():
    assert Series(BLOWN_UP, 0).until(99)[-1].tolist() == [4, 1e300]


@pytest.mark.parametrize("values", [LOSS, BLOWN_UP], ids=["falling", "blown up"])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("ceiling", [None, 2.5])
def test_nothing_leaves_its_panel(values, log, ceiling):
    panel = StepPanel("loss", [Series(LOSS, 0), Series(values, 1)], 50, BOX, log=log, ceiling=ceiling)
    assert inside(panel, BOX)
    (_, curve) = panel.curves()
    for step in np.linspace(0, 50, 60):
        curve.at_step(step)
        assert inside(curve.line, panel.box, slack=1e-4)
        if curve.marker in curve.submobjects:
            assert panel.box.contains(curve.marker.get_center())
        else:
            assert not FRAME.contains(curve.marker.get_center())


def test_the_marker_stands_on_the_recorded_value():
    panel = StepPanel("loss", [Series(LOSS, 0)], 50, BOX)
    (curve,) = panel.curves()
    for step, value in enumerate(LOSS):
        assert curve.at_step(step).marker.get_center() == pytest.approx(panel.point(step, value), abs=1e-9)


@given(visited=st.lists(st.floats(-2, 70), max_size=4), step=st.floats(0, 60))
@settings(max_examples=20)
def test_a_frame_does_not_depend_on_the_frames_before_it(visited, step):
    panel = _panel()
    curve, fresh = panel.curves()[1], panel.curves()[1]
    for earlier in visited:
        curve.at_step(earlier)
    assert same(curve.at_step(step), fresh.at_step(step))


def test_a_run_that_blows_up_does_not_squash_the_others():
    low, high = loss_range([LOSS, BLOWN_UP[np.isfinite(BLOWN_UP)]])
    assert low == pytest.approx(LOSS.min())
    assert high < 5 * LOSS.max()


def test_a_run_that_only_rises_is_shown_whole():
    low, high = loss_range([np.array([0.0, 7.0, 10.0])])
    assert (low, high) == (0.0, 10.0)


@pytest.mark.parametrize("last", [2.0, 11.0])
def test_a_loss_that_rises_above_the_first_and_comes_back_is_held(last):
    low, high = loss_range([np.array([10.0, 500.0, last]), np.array([10.0, 5.0, 4.0])])
    assert (low, high) == (min(last, 4.0), 500.0)


def test_a_loss_of_one_value_has_a_panel_whatever_its_size():
    for value in (1e-12, -1e12, 0.0):
        low, high = loss_range([np.full(5, value)])
        assert low == value
        assert high - low == (abs(value) or 1.0)


@pytest.mark.parametrize("height", [0.75, 1.0, 1.9, 3.5])
@pytest.mark.parametrize("size", [1e-12, 1e-3, 1.0, 1e8, 1e12])
@pytest.mark.parametrize("shape", ["linear", "raised", "decades"])
def test_numbers_beside_a_panel_stand_apart_and_are_short(height, size, shape):
    values = {"linear": np.linspace(0, 7, 9), "raised": 1e3 + np.linspace(0, 1, 9), "decades": np.geomspace(3, 4e3, 9)}
    box = Box(0, 6, 0, height)
    panel = StepPanel("learning rate", [Series(size * values[shape], 0, stairs=True)], 9, box)
    numbers = [label for label in panel if isinstance(label, Label) and label.get_right()[0] < panel.box.left]
    heights = sorted(label.get_center()[1] for label in numbers)
    assert numbers
    assert all(above - below > 0.17 for below, above in pairwise(heights))
    assert max(label.width for label in numbers) < 1.5
    assert len({label.text for label in numbers}) == len(numbers)


def test_a_rate_of_a_hundred_million_is_a_power():
    panel = StepPanel("learning rate", [Series(np.full(5, 1e8), 0, stairs=True)], 5, BOX, from_zero=True)
    texts = {label.text for label in panel if isinstance(label, Label)}
    assert any("10⁸" in text for text in texts)
    assert not any("0000" in text for text in texts)


def test_positive_values_over_decades_get_a_logarithmic_axis_and_others_do_not():
    assert StepPanel("loss", [Series(np.geomspace(1, 1e-6, 20), 0)], 19, BOX).log
    assert not StepPanel("loss", [Series(np.linspace(-1, 1e3, 20), 0)], 19, BOX).log
    assert not StepPanel("loss", [Series(np.linspace(1, 5, 20), 0)], 19, BOX).log


def test_equal_factors_are_equal_distances_on_a_logarithmic_axis():
    panel = StepPanel("loss", [Series(np.geomspace(1, 1e-6, 20), 0)], 19, BOX)
    heights = [panel.point(0, value)[1] for value in (1.0, 1e-2, 1e-4)]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2])


def test_a_rate_is_shown_from_zero():
    panel = StepPanel("learning rate", [Series(RATES, 0, stairs=True)], 4, BOX, from_zero=True)
    assert panel.point(0, 0.0)[1] == pytest.approx(panel.box.bottom)


def test_a_constant_series_has_a_panel():
    panel = StepPanel("loss", [Series(np.full(9, 3.0), 0)], 8, BOX)
    assert panel.box.contains(panel.point(8, 3.0))


def test_panels_of_one_gutter_have_equal_steps_above_each_other():
    curves = [Series(LOSS * 1000, 0)], [Series(RATES, 0, stairs=True)]
    gutter = max(StepPanel("", series, 50, BOX).gutter for series in curves)
    one, other = (StepPanel("", series, 50, BOX, gutter=gutter) for series in curves)
    assert one.point(20, 0.0)[0] == pytest.approx(other.point(20, 0.1)[0])


def test_a_ceiling_cuts_the_axis_there():
    panel = StepPanel("loss", [Series(LOSS, 0)], 50, BOX, log=False, ceiling=2.0)
    assert panel.box.bottom < panel.point(0, 2.0)[1] <= panel.box.top < panel.point(0, LOSS.max())[1]


def test_the_axis_numbers_stand_at_their_values():
    panel = StepPanel("loss", [Series(np.array([0.0, 7.0, 10.0]), 0)], 2, BOX)
    labels = {label.text: label.get_center()[1] for label in panel if isinstance(label, Label)}
    assert {"loss", "step"} < labels.keys()
    for text in ("4", "8"):
        assert labels[text] == pytest.approx(panel.point(0, float(text))[1], abs=0.03)


_PANEL = []


def _panel():
    if not _PANEL:
        _PANEL.append(StepPanel("loss", [Series(LOSS, 0), Series(BLOWN_UP, 1)], 50, BOX))
    return _PANEL[0]


@pytest.mark.parametrize(("other", "logarithmic"), [(0.1, False), (0.02, True)])
def test_film_and_figure_put_the_same_rates_on_the_same_axis(other, logarithmic):
    curves = [trace_lr(Schedule(partial(StepLR, step_size=9), lr, 4)) for lr in (0.5, other)]
    ax = lr_curves(curves, Figure().subplots())
    series = [Series(curve.lr, k, stairs=True) for k, curve in enumerate(curves)]
    panel = StepPanel("learning rate", series, 4, BOX, from_zero=True)
    assert panel.log == (ax.get_yscale() == "log") == logarithmic
