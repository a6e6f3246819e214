"""Panels of a learning-rate sweep, and of many schedules at once."""

import numpy as np
import pytest

from descent.record.torch_schedulers import SCHEDULER_PAGES
from descent.stage.geometry import Box
from descent.stage.panels.loss_by_rate import LossByRate
from descent.stage.panels.schedule_grid import schedule_grid
from descent.stage.panels.step_panel import Series

RATES = np.geomspace(1e-4, 1, 9)
BOX = Box(0, 5, 0, 3)


@pytest.fixture
def panel():
    return LossByRate("loss", RATES, [Series(np.append(np.geomspace(1, 0.01, 5), [np.inf] * 4), 0)], BOX)


def test_rates_stand_evenly_on_a_logarithmic_scale(panel):
    across = [panel.at_rate(rate, 0.1)[0] for rate in (1e-4, 1e-3, 1e-2, 1e-1, 1)]
    np.testing.assert_allclose(np.diff(across), (panel.box.right - panel.box.left) / 4)
    assert across[0] == pytest.approx(panel.box.left)


def test_a_curve_ends_where_its_runs_diverge(panel):
    (curve,) = panel.curves()
    curve.at_step(8)
    assert curve.marker.get_center()[0] == pytest.approx(panel.at_rate(RATES[4], 0.01)[0])


def test_a_grid_stays_in_its_box_and_each_cell_below_its_name():
    pages = list(SCHEDULER_PAGES.values())[:6]
    cells = schedule_grid([p.name for p in pages], [p.trace()[0] for p in pages], [0] * 6, BOX)
    for cell in cells:
        assert BOX.contains((cell.get_left()[0], cell.get_bottom()[1]))
        assert BOX.contains((cell.get_right()[0], cell.get_top()[1]))
    assert cells[0].get_right()[0] < cells[1].get_left()[0]
    assert cells[0].get_bottom()[1] > cells[3].get_top()[1]
