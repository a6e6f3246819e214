"""Surfaces: known values, derivatives against differences, minima that are minima and all of them."""

import math

import numpy as np
import pytest
import torch
import typst
from hypothesis import assume, given
from hypothesis import strategies as st

from descent import ACKLEY, BIRD, SADDLE, SURFACES, DescentError, Surface, find_surface

VIEW = ((-5.0, 5.0), (-5.0, 5.0))
ZOO = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)


@pytest.mark.parametrize(
    ("name", "point", "loss"),
    [
        ("bird", (0, 0), math.e**2),
        ("bird", (math.pi, math.pi / 2), math.e**4 - 1 + math.pi**2 / 4),
        ("valley", (1, 1), 3.8),
        ("valley", (1, -1), 0.2),
        ("rosenbrock", (0, 0), 1),
        ("rosenbrock", (-1, 2), 104),
        ("himmelblau", (0, 0), 170),
        ("himmelblau", (1, 2), 68),
        ("beale", (0, 0), 14.203125),
        ("beale", (1, 2), 2.5**2 + 5.25**2 + 9.625**2),
        ("styblinski-tang", (1, -1), -15),
        ("rastrigin", (0.5, 1), 21.25),
        ("ackley", (1, 1), 20 * (1 - math.exp(-0.2))),
        ("three-hump camel", (1, 2), 2 - 1.05 + 1 / 6 + 2 + 4),
        ("saddle", (2, 1), 3),
    ],
)
def test_the_loss_has_the_value_computed_by_hand(name, point, loss):
    assert SURFACES[name].at(*point) == pytest.approx(loss, abs=1e-12)


@given(st.sampled_from(list(SURFACES.values())), st.floats(0, 1), st.floats(0, 1))
def test_gradient_and_hessian_agree_with_central_differences(surface, across, up):
    (left, right), (bottom, top) = surface.domain
    w1, w2 = left + across * (right - left), bottom + up * (top - bottom)
    assume(surface is not ACKLEY or math.hypot(w1, w2) > 0.1)
    h = 1e-5
    slopes = [
        (surface.at(w1 + h, w2) - surface.at(w1 - h, w2)) / (2 * h),
        (surface.at(w1, w2 + h) - surface.at(w1, w2 - h)) / (2 * h),
    ]
    curvature = [
        (surface.gradient(w1 + h, w2) - surface.gradient(w1 - h, w2)) / (2 * h),
        (surface.gradient(w1, w2 + h) - surface.gradient(w1, w2 - h)) / (2 * h),
    ]
    scale = 1 + abs(surface.at(w1, w2))
    assert surface.gradient(w1, w2) == pytest.approx(slopes, rel=1e-5, abs=1e-5 * scale)
    assert surface.hessian(w1, w2) == pytest.approx(np.array(curvature), rel=1e-5, abs=1e-4 * scale)


@given(st.floats(-14, 0), st.floats(-6, 12))
def test_the_bird_repeats_along_its_diagonal(w1, w2):
    assert BIRD.at(w1 + math.tau, w2 + math.tau) == pytest.approx(BIRD.at(w1, w2), rel=1e-9, abs=1e-9)


@ZOO
def test_minima_are_minima_inside_the_view_best_first(surface):
    for point in surface.minima:
        assert surface.contains(*point)
        assert np.abs(surface.gradient(*point)).max() < 1e-9
        if surface is not ACKLEY or point != (0, 0):
            assert np.linalg.eigvalsh(surface.hessian(*point)).min() > 0
    losses = [surface.at(*point) for point in surface.minima]
    assert losses == pytest.approx(sorted(losses), abs=1e-12)
    assert surface.global_minimum == (surface.minima[0] if surface.minima else None)


def test_ackleys_global_minimum_is_the_tip_of_a_cone():
    assert ACKLEY.at(0, 0) == pytest.approx(0, abs=1e-12)
    for angle in np.linspace(0, math.tau, 16):
        assert ACKLEY.at(1e-6 * math.cos(angle), 1e-6 * math.sin(angle)) == pytest.approx(4e-6 / math.sqrt(2), rel=1e-3)


def polished(surface, point):
    """Where Newton's method leads from a point, or None if not to a minimum inside the view."""
    for _ in range(50):
        hessian = surface.hessian(*point)
        if not np.isfinite(hessian).all():
            return None
        step = np.linalg.solve(hessian, surface.gradient(*point))
        point = point - step
        if np.abs(step).max() < 1e-12:
            break
    smooth = np.abs(surface.gradient(*point)).max() < 1e-9 and np.linalg.eigvalsh(hessian).min() > 0
    return point if smooth and surface.contains(*point) else None


@ZOO
@pytest.mark.few(3)
def test_no_minimum_of_the_view_is_missing(surface):
    grid = surface.grid(301)
    inner = grid.loss[1:-1, 1:-1]
    neighbours = [
        grid.loss[1 + down : 300 + down, 1 + right : 300 + right]
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        if down or right
    ]
    valleys = np.argwhere(np.all([inner < other for other in neighbours], axis=0)) + 1
    ends = [polished(surface, np.array([grid.w1[column], grid.w2[row]])) for row, column in valleys]
    found = {(round(end[0], 6) + 0.0, round(end[1], 6) + 0.0) for end in ends if end is not None}
    tip = {(0.0, 0.0)} if surface is ACKLEY else set()
    assert found == {(round(w1, 6) + 0.0, round(w2, 6) + 0.0) for w1, w2 in surface.minima} - tip


def test_a_grid_is_one_vectorised_call_with_rows_for_w2():
    calls = []

    def tilted(w1, w2):
        calls.append(w1.shape)
        return w1 + 10 * w2

    surface = Surface("tilted", tilted, ((0, 2), (5, 6)))
    calls.clear()
    grid = surface.grid(3)
    assert calls == [(3, 3)]
    assert grid.w1.tolist() == [0, 1, 2]
    assert grid.w2.tolist() == [5, 5.5, 6]
    assert grid.loss.tolist() == [[50, 51, 52], [55, 56, 57], [60, 61, 62]]


@ZOO
def test_grids_agree_with_single_points_and_cannot_be_written(surface):
    grid = surface.grid(5)
    assert grid.loss.dtype == np.float64
    for row, w2 in enumerate(grid.w2):
        for column, w1 in enumerate(grid.w1):
            assert grid.loss[row, column] == pytest.approx(surface.at(w1, w2), rel=1e-12, abs=1e-12)
    for array in (grid.w1, grid.w2, grid.loss):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@ZOO
def test_every_formula_is_typst_maths(surface):
    assert typst.compile(f"$ {surface.formula} $".encode(), format="svg").startswith(b"<svg")
    assert surface.source.endswith(".")


def test_the_view_includes_its_edges():
    assert SADDLE.contains(-2, 2)
    assert not SADDLE.contains(-2.0001, 0)
    assert not SADDLE.contains(0, 2.0001)


def test_a_users_function_may_ignore_a_parameter():
    trough = Surface("trough", lambda w1, w2: w2**2, VIEW)
    assert trough.gradient(1, 3).tolist() == [0, 6]
    assert trough.hessian(1, 3).tolist() == [[0, 0], [0, 2]]


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda w1, w2: (w1 + w2).sum(), r"'mine' must be elementwise.* \(2, 3\) its loss has shape \(\)"),
        (lambda w1, w2: torch.stack([w1, w2]), r"'mine' must be elementwise"),
        (lambda w1, w2: 1.0, r"'mine' must return a torch tensor, but its loss gave float"),
        (lambda w1, w2: w1.detach() + w2.detach(), r"'mine' is not differentiable"),
        (lambda w1, w2: w1 if w1 > 0 else w2, r"'mine' could not compute its loss on tensors of shape"),
        (lambda w1: w1, r"'mine' could not compute its loss"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(loss, message):
    with pytest.raises(DescentError, match=message):
        Surface("mine", loss, VIEW)


@pytest.mark.parametrize(
    "domain",
    [((0, 0), (0, 1)), ((1, 0), (0, 1)), ((0, math.inf), (0, 1)), ((0, math.nan), (0, 1)), (0, 1), None],
)
def test_an_empty_view_is_refused(domain):
    with pytest.raises(DescentError, match=r"'mine' needs a view"):
        Surface("mine", lambda w1, w2: w1 + w2, domain)


def test_minima_outside_the_view_or_out_of_order_are_refused():
    with pytest.raises(DescentError, match=r"minimum \(6, 0\) outside its view"):
        Surface("mine", lambda w1, w2: w1 + w2, VIEW, ((6, 0),))
    with pytest.raises(DescentError, match=r"lowest loss first, but \(0, 0\) comes too late"):
        Surface("mine", lambda w1, w2: w1 + w2, VIEW, ((1, 0), (0, 0)))


def test_a_grid_of_one_point_is_refused():
    with pytest.raises(DescentError, match=r"at least 2 × 2"):
        BIRD.grid(1)


def test_an_unknown_surface_names_the_nearest():
    with pytest.raises(DescentError, match=r"no surface 'rosenbrok': did you mean 'rosenbrock'\?"):
        find_surface("rosenbrok")
