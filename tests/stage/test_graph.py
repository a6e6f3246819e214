"""Axes of one quantity against another: places, numbers where they belong, and curves between two steps."""

import numpy as np
import pytest

from descent.stage import Box, Graph, GraphPanel, Label
from descent.stage.geometry import Floats

PANEL = GraphPanel("height", (-2.0, 2.0), (0.0, 10.0), Box(-6.0, 0.0, -3.0, 3.0), "way")
AT = np.array([0.0, 4.0])


def parabolas() -> Floats:
    x = np.linspace(-2, 2, 21)
    return np.stack([np.stack([x, bend * x**2], axis=1) for bend in (1.0, 2.0)])


def test_numbers_stand_where_their_values_are() -> None:
    found = {part.text: part for part in PANEL if isinstance(part, Label)}
    assert "2" not in found  # the axis is named there
    assert found["1"].get_center()[0] == pytest.approx(PANEL.abscissa(1), abs=1e-6)
    assert found["−2"].get_center()[0] == pytest.approx(PANEL.abscissa(-2), abs=1e-6)
    assert PANEL.place(np.array([[0.0, 5.0]]))[0] == pytest.approx(PANEL.box.centre)
    assert PANEL.ordinate(10) == pytest.approx(PANEL.box.top)


@pytest.mark.parametrize(("step", "bend"), [(0, 1.0), (1, 1.25), (4, 2.0), (9, 2.0)])
def test_a_curve_between_two_steps_lies_in_between(step: float, bend: float) -> None:
    points = Graph(PANEL, parabolas(), AT, "#ffffff").at_step(step).line.points
    at_one = points[np.isclose(points[:, 0], PANEL.abscissa(1))]
    assert at_one[:, 1] == pytest.approx(PANEL.ordinate(bend), abs=1e-6)


def test_a_ball_is_on_its_way_and_goes_where_the_panel_ends() -> None:
    way = np.array([[-1.0, 1.0], [1.0, 3.0]])
    graph = Graph(PANEL, parabolas(), AT, "#ffffff", ball=way)
    assert graph.at_step(2).marker.get_center() == pytest.approx(PANEL.place(np.array([[0.0, 2.0]]))[0])
    assert graph.trail.points[0] == pytest.approx(PANEL.place(way[:1])[0])
    away = Graph(PANEL, parabolas(), AT, "#ffffff", ball=way * (1, 9)).at_step(4)
    assert away.marker not in away.submobjects


def test_curves_that_differ_are_known_apart() -> None:
    """Manim's cache reads the digest."""
    one, other = Graph(PANEL, parabolas(), AT, "#ffffff"), Graph(PANEL, 1.5 * parabolas(), AT, "#ffffff")
    assert one.digest != other.digest
    assert one.digest == Graph(PANEL, parabolas(), AT, "#ffffff").digest
