"""Cameras as data: projection, fitting, flights that stay above the ground."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lands import SIZE, WINDOW, hills, hit

from descent.base.errors import DescentError
from descent.look.opengl.camera import CLEARANCE, Flight, View, Window, fitted, project
from descent.look.opengl.land import BASE, RISE, Land

views = st.builds(
    View,
    azimuth=st.floats(-180, 180),
    elevation=st.floats(15, 85),
    distance=st.floats(1.5, 6),
    at=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.3, 0.3), st.floats(0, 0.4)),
)


@settings(max_examples=25)
@given(views, st.floats(-0.9, 0.9), st.floats(-0.9, 0.9))
def test_what_a_line_of_sight_meets_is_projected_to_where_it_came_from(view: View, x: float, y: float) -> None:
    met = hit(hills(1), view, x, y)
    if met is not None:
        seen = project(met, view, WINDOW)
        np.testing.assert_allclose(seen[:2], (x, y), atol=1e-6)
        assert seen[2] > 0


@given(views)
def test_the_point_looked_at_is_in_the_middle_of_the_box(view: View) -> None:
    window = Window(-3.0, 1.0, -1.5, 1.2, 0.8)
    x, y, depth = project(view.at, view, window)
    assert ((x + 1) / 2 * 4 - 3, (1 - y) / 2 * 2.7 - 1.5) == pytest.approx((0, 0), abs=1e-9)
    assert depth == pytest.approx(view.distance)


def test_up_in_the_world_is_up_in_the_picture() -> None:
    view = View(20, 30, 3)
    low, high = project([(0, 0, 0), (0, 0, 0.3)], view, WINDOW)
    assert high[1] < low[1]
    left, right = project([(-0.3, 0, 0), (0.3, 0, 0)], View(0, 30, 3), WINDOW)
    assert left[0] < right[0]


@settings(max_examples=30)
@given(st.floats(-180, 180), st.floats(15, 80))
def test_a_fitted_view_fills_the_box_and_no_more(azimuth: float, elevation: float) -> None:
    land = hills(1)
    view = fitted(View(azimuth, elevation, 4), land, WINDOW, fill=0.9)
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (BASE, RISE)]
    seen = project(np.array(corners) * (*(land.span / 2), 1), view, WINDOW)[:, :2]
    assert np.abs(seen).max() == pytest.approx(0.9, abs=2e-3)
    np.testing.assert_allclose(seen.min(axis=0) + seen.max(axis=0), 0, atol=2e-3)


low_views = st.builds(
    View,
    azimuth=st.floats(-400, 400),
    elevation=st.floats(-20, 89),
    distance=st.floats(0.05, 3),
    at=st.tuples(st.floats(-1, 1), st.floats(-0.6, 0.6), st.floats(-0.1, 0.5)),
)


@settings(max_examples=40)
@given(st.lists(low_views, min_size=1, max_size=4))
def test_a_flight_never_goes_through_the_ground(found: list[View]) -> None:
    land, flight = hills(2), Flight(tuple(found))
    for place in np.linspace(0, len(found) - 1, 30):
        view = flight.at(float(place), land)
        if (np.abs(view.eye[:2]) <= land.span / 2).all():
            assert view.eye[2] >= land.height(view.eye[:2]) + 0.95 * CLEARANCE


def test_a_flight_passes_its_views_and_swings_past_none(land: Land) -> None:
    found = (View(0, 40, 4), View(50, 60, 2), View(50, 30, 3, curtain=0))
    flight = Flight(found)
    assert [flight.at(k, land) for k in (-1, 0, 1, 2, 9)] == [found[0], *found, found[2]]
    between = [flight.at(float(place), land) for place in np.linspace(0, 2, 60)]
    assert all(0 <= view.azimuth <= 50 and 30 <= view.elevation <= 60 and 2 <= view.distance <= 4 for view in between)
    assert max(abs(a.azimuth - b.azimuth) for a, b in pairwise(between)) < 5


def test_a_flight_without_views_is_refused() -> None:
    with pytest.raises(DescentError, match="at least one view"):
        Flight(())


def test_the_same_places_have_the_same_pixels_whatever_the_picture_shows_beside_them() -> None:
    """A wider picture around the same box only shows more."""
    view, point = View(20, 35, 3), (0.2, -0.1, 0.2)
    wide = Window(-4.0, 2.0, -1.0, 1.0, WINDOW.aspect)
    x, wider = (float(project(point, view, window)[0]) for window in (WINDOW, wide))
    assert (x * WINDOW.right, (wider + 1) / 2 * 6 - 4) == pytest.approx((x * WINDOW.right,) * 2)
    assert SIZE[0] / SIZE[1] == pytest.approx(WINDOW.aspect)
