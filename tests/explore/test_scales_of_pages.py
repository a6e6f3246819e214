"""The page's scales are those of descent/look/axes.py, though they are computed while settings move."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from playwright.sync_api import Browser, Page

import descent
from descent.look.axes import loss_range, losses_are_logarithmic, near, rate_range, rates_are_logarithmic
from descent.publish.explore.axes import map_axes

SCALES = (Path(descent.__file__).parent / "publish" / "explore" / "templates" / "scales.js").read_text("utf-8")
LOSSES = st.lists(
    arrays(float, st.integers(1, 7), elements=st.floats(-1e6, 1e6) | st.floats(1e-9, 1e9)), min_size=1, max_size=4
)
RATES = st.lists(
    arrays(float, st.integers(1, 7), elements=st.floats(0, 10) | st.floats(1e-9, 1e3)), min_size=1, max_size=4
)
POINT = st.tuples(st.floats(-1e308, 1e308), st.floats(-1e308, 1e308) | st.floats(-10, 10))


@pytest.fixture(scope="module")
def rules(browser: Browser) -> Page:
    page = browser.new_page()
    page.evaluate(f"() => {{ {SCALES}; Object.assign(window, {{ lossScale, rateScale, near, clipped, lowest }}); }}")
    return page


@settings(max_examples=40)
@given(curves=LOSSES)
def test_losses(rules: Page, curves: list[np.ndarray]) -> None:
    found = rules.evaluate("curves => lossScale(curves)", [curve.tolist() for curve in curves])
    low, high = loss_range(curves)
    log, room = losses_are_logarithmic(curves), 0.05 * (high - low)
    wanted = (low / 1.6, high * 1.6) if log else (low - room, high + room)
    assert found["log"] == log
    assert (found["low"], found["high"]) == pytest.approx(wanted, rel=1e-12, abs=1e-300)


@settings(max_examples=25)
@given(curves=RATES)
def test_rates(rules: Page, curves: list[np.ndarray]) -> None:
    found = rules.evaluate("curves => rateScale(curves)", [curve.tolist() for curve in curves])
    log = rates_are_logarithmic(curves)
    assert found["log"] == log
    top = max(float(curve.max()) for curve in curves)
    low, high = rate_range(curves) if log else (0.0, 0.75 * top or 0.625)
    assert (found["low"], found["high"]) == pytest.approx((low / 1.6, high * 1.6))


@settings(max_examples=25)
@given(points=st.lists(POINT, min_size=1, max_size=9), views=st.sampled_from([10.0, 1e9]))
def test_points_far_off_stay_in_their_direction(rules: Page, points: list[tuple[float, float]], views: float) -> None:
    domain = ((-3.0, 1.0), (0.0, 2000.0))
    found = rules.evaluate(
        "([points, domain, views]) => points.map(point => near(point, domain, views))", [points, domain, views]
    )
    np.testing.assert_allclose(np.array(found, dtype=float), near(points, domain, views), rtol=1e-9, atol=1e-9)


def test_lines_are_cut_at_a_box(rules: Page) -> None:
    cut = "([a, b]) => clipped(a, b, [0, 0, 10, 10])"
    assert rules.evaluate(cut, [[-5, 5], [15, 5]]) == [[0, 5], [10, 5]]
    assert rules.evaluate(cut, [[2, 3], [4, 5]]) == [[2, 3], [4, 5]]
    assert rules.evaluate(cut, [[5, 5], [5, 1e9]]) == [[5, 5], [5, 10]]
    assert rules.evaluate(cut, [[-5, 0], [0, -5]]) is None
    assert rules.evaluate(cut, [[-1, 20], [11, 20]]) is None


def test_a_long_run_overflows_no_stack(rules: Page) -> None:
    assert rules.evaluate("() => lowest(Array.from({ length: 1e6 }, (_, k) => 7 - k % 3))") == 5


def test_a_strip_has_a_scale_for_each_axis() -> None:
    strip, square = map_axes(((0, 3000), (-0.5, 0.5))), map_axes(((-14, 0), (-6, 12)))
    assert (strip.own, strip.ratio) == (True, 1.25)
    assert [text for _, text in strip.numbers[1]] == ["−0.4", "−0.2", "0", "0.2", "0.4"]
    assert strip.numbers[0][-1] == (1.0, "3000")
    assert (square.own, square.ratio) == (False, 14 / 18)
    for numbers, (low, high) in zip(square.numbers, ((-14, 0), (-6, 12)), strict=True):
        assert [low + share * (high - low) for share, _ in numbers] == pytest.approx(
            [float(text.replace("−", "-")) for _, text in numbers]
        )


def test_numbers_of_an_axis_fit_beside_each_other_on_a_phone() -> None:
    wide = map_axes(((123456.0, 123457.0), (0.0, 1.0))).numbers[0]
    assert 1 <= len(wide) <= 4
