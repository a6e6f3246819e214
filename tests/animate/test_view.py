"""Views that are chosen and minima that are searched."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from descent import BEALE, BIRD, HIMMELBLAU, SADDLE, STYBLINSKI_TANG, VALLEY, DescentError, Surface, trace
from descent.animate.problem import Problem
from descent.animate.view import find_minima
from descent.look.axes import own_scales

SQUARE = ((-3.0, 2.0), (-1.0, 4.0))


@pytest.mark.parametrize("surface", [BIRD, VALLEY, BEALE, HIMMELBLAU, STYBLINSKI_TANG, SADDLE], ids=lambda s: s.name)
def test_the_search_finds_the_known_minima(surface: Surface) -> None:
    found = find_minima(replace(surface, minima=()))
    known = np.array(surface.minima).reshape(-1, 2)
    assert len(found) == len(known)
    for minimum in known:
        assert np.linalg.norm(np.array(found) - minimum, axis=1).min() < 1e-3
    replace(surface, minima=found)  # which refuses minima out of order


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda w1, w2: (w1 - 1) ** 2 + 5 * (w2 - 2) ** 2, [(1, 2)]),
        (lambda w1, w2: w1**2 + 0 * w2, []),  # a valley with a level floor has no lowest point
        (lambda w1, w2: w1 + w2, []),
        (lambda w1, w2: w1 * 0 + w2 * 0, []),
        (lambda w1, w2: w1.abs() + w2.abs(), [(0, 0)]),
        (lambda w1, w2: (w1 - 9) ** 2 + w2**2, []),  # outside
        (lambda w1, w2: (w1.log() - 0.5) ** 2 + (w2 - 1) ** 2, [(np.exp(0.5), 1)]),  # NaN on the left
    ],
)
def test_minima_of_simple_grounds(loss: Callable[..., object], expected: list[tuple[float, float]]) -> None:
    found = find_minima(Surface("own", loss, SQUARE))  # type: ignore[arg-type]
    assert np.array(found).reshape(-1, 2) == pytest.approx(np.array(expected).reshape(-1, 2), abs=1e-3)


def test_a_view_holds_the_runs_and_is_no_strip(own: Path, described: Callable[..., Problem]) -> None:
    problem = described("SGD(lr=0.1)", "Adam(lr=0.3)", surface="losses.py:bowl", start=[4, 3], steps=30)
    surface = problem.landscape()
    assert all(surface.contains(*point) for run in problem.runs() for point in trace(run).params)
    assert problem.minima == (pytest.approx((1, -2), abs=1e-4),)
    (left, right), (bottom, top) = problem.domain
    assert 0.5 < (right - left) / (top - bottom) < 2
    moved = described("SGD(lr=0.1)", "Adam(lr=0.3)", surface="losses:bowl", start=[4, 3], steps=30)
    assert (moved.domain, moved.minima) == (problem.domain, problem.minima)


def test_a_run_that_runs_away_does_not_blow_up_the_view(own: Path, described: Callable[..., Problem]) -> None:
    problem = described("SGD(lr=0.3)", "SGD(lr=0.01)", surface="losses.py:falls", start=[1, 2], steps=30)
    assert max(abs(edge) for side in problem.domain for edge in side) < 1e4


def test_a_fit_sees_its_best_line(own: Path, described: Callable[..., Problem]) -> None:
    problem = described("SGD(lr=0.01)", data="points.csv", steps=20)
    assert problem.minima == (pytest.approx((2, 1), abs=0.1),)
    assert problem.landscape().gradient(*problem.minima[0]) == pytest.approx([0, 0], abs=1e-9)


def test_a_known_surface_keeps_its_minima_in_a_piece_of_its_view(described: Callable[..., Problem]) -> None:
    here = {"surface": "bird", "start": [-4, 0], "steps": 3}
    assert described("SGD(lr=0.01)", **here).minima is None
    piece = described("SGD(lr=0.01)", domain=[-8, 0, -6, 3], **here)
    assert piece.minima == tuple(m for m in BIRD.minima if -8 <= m[0] <= 0 and -6 <= m[1] <= 3)
    wider = described("SGD(lr=0.01)", domain=[-16, 4, -8, 14], **here)
    assert wider.searched
    assert len(wider.minima) > len(BIRD.minima)


def test_a_surface_object_keeps_its_view(own: Path, described: Callable[..., Problem]) -> None:
    problem = described("SGD(lr=0.3)", surface="losses.py:HILL", start=[1, 1], steps=10)
    assert (problem.landscape().name, problem.landscape().minima) == ("hill", ((0.0, 0.0),))


@pytest.mark.parametrize(
    ("surface", "told"),
    [
        ("losses.py:noisy", r"surface 'noisy' gives other values each time; it must not draw at random"),
        ("losses.py:one", r"Surface 'one' could not compute its loss"),
        ("losses.py:total", r"Surface 'total' must be elementwise"),
        ("losses.py:fails", r"Surface 'fails' could not compute its loss .*: no, no"),
        ("losses.py:number", r"Surface 'number' must return a torch tensor, but its loss gave float"),
        ("losses.py:flat", r"Surface 'flat' is not differentiable"),
        ("losses.py:text", r"is str, not a function of two tensors"),
        ("losses.py:bwol", r"losses has no 'bwol': did you mean 'bowl'\?"),
        ("loses.py:bowl", r"there is no Python file '.*loses.py'"),
        ("nowhere.losses:bowl", r"there is no module 'nowhere'"),
        ("bowl", r"A function of your own is written package.module:function or file.py:function"),
    ],
)
def test_functions_that_are_no_loss_are_refused(
    own: Path, described: Callable[..., Problem], surface: str, told: str
) -> None:
    with pytest.raises(DescentError, match=told):
        described("SGD(lr=0.01)", surface=surface, start=[1, 2], steps=3)


def test_a_view_holds_what_goes_up_and_comes_back(described: Callable[..., Problem]) -> None:
    """Adam overshoots, to losses above the first and back: it never leaves a view that was chosen from it."""
    runs, ground = ("Adam(lr=8)", "SGD(lr=0.05)"), "tests.animate.scaled:bowl_0_0_0"
    problem = described(*runs, surface=ground, start=[2, -1.5], steps=30)
    surface = problem.landscape()
    assert max(t.loss[1:].max() / t.loss[0] for t in problem.trajectories()) > 2
    assert all(surface.contains(*w) for t in problem.trajectories() for w in t.params.tolist())


@pytest.mark.parametrize("powers", ["0_3_0", "0_0_3"])
def test_axes_have_their_own_scales_where_one_would_hide_the_run(
    described: Callable[..., Problem], powers: str
) -> None:
    problem = described("LBFGS(lr=0.5)", surface=f"tests.animate.scaled:bowl_{powers}", start=[0, 0], steps=4)
    (trajectory,) = problem.trajectories()
    surface = problem.landscape()
    assert own_scales(surface.domain)
    assert all(surface.contains(*w) for w in trajectory.params.tolist())
    sides = np.array([high - low for low, high in surface.domain])
    assert (np.ptp(trajectory.params, axis=0) > 0.5 * sides).all()


def test_swings_across_a_long_valley_are_seen(described: Callable[..., Problem]) -> None:
    problem = described("AdamW(lr=30)", surface="tests.animate.scaled:bowl_0_0_3", start=[2, 1000], steps=20)
    (left, right), (bottom, top) = problem.domain
    assert own_scales(problem.domain)
    assert right - left < 0.2 * (top - bottom)


def test_one_scale_shows_a_run_whose_other_parameter_hardly_counts(described: Callable[..., Problem]) -> None:
    flat = described("SGD(lr=0.1)", surface="tests.animate.grounds:gutter", start=[3, 2], steps=20)
    drift = described("SGD(lr=0.1)", surface="tests.animate.scaled:bowl_0_0_5", start=[3, 2], steps=20)
    assert not own_scales(flat.domain)
    assert not own_scales(drift.domain)


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6, 1e12])
def test_the_unit_of_the_parameters_does_not_choose_the_view(described: Callable[..., Problem], size: float) -> None:
    power = round(np.log10(size))
    name = f"tests.animate.scaled:wells_0_{power}_{power}".replace("_-", "_m")
    usual = described("SGD(lr=0.1)", surface="tests.animate.scaled:wells_0_0_0", start=[2, 1], steps=12)
    other = described(f"SGD(lr={0.1 * size**2})", surface=name, start=[2 * size, size], steps=12)
    assert np.array(other.domain) / size == pytest.approx(np.array(usual.domain), rel=0.02, abs=0.02)
    assert np.array(other.minima) / size == pytest.approx(np.array(usual.minima), abs=1e-5)


@pytest.mark.parametrize("power", [-12, 12])
def test_minima_are_found_whatever_the_unit_of_the_loss(power: int) -> None:
    surface = Surface("own", lambda w1, w2: 10.0**power * ((w1 - 1) ** 2 + 5 * (w2 - 2) ** 2), SQUARE)
    assert find_minima(surface) == (pytest.approx((1, 2), abs=1e-5),)


def test_a_view_without_a_move_has_a_size(described: Callable[..., Problem]) -> None:
    for start in ([0, 0], [1e9, 0], [1e-9, 1e9]):
        problem = described("SGD(lr=0.0)", surface="tests.animate.scaled:falls_0_0_0", start=start, steps=2)
        assert problem.landscape().contains(*start)
