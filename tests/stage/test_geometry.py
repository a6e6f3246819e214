"""Laws of drawn paths: partial paths, clipping, dashes, Bézier corners, ticks."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from descent.stage.geometry import Box, clip, dashed, finite_rows, joined, nice_ticks, path_until

BOX = Box(-2.0, 3.0, -1.0, 2.0)
COORDINATES = st.integers(-80, 80).map(lambda n: n / 10)
PATHS = st.lists(st.tuples(COORDINATES, COORDINATES, st.just(0.0)), min_size=2, max_size=12).map(np.array)
INSIDE = st.lists(
    st.tuples(st.sampled_from(np.linspace(-2, 3, 14)), st.sampled_from(np.linspace(-1, 2, 11)), st.just(0.0)),
    min_size=2,
    max_size=12,
).map(np.array)


def length(path):
    return np.linalg.norm(np.diff(path, axis=0), axis=1).sum()


def distance(point, start, end):
    """From a point to a segment."""
    span = end - start
    share = np.clip((point - start) @ span / max(span @ span, 1e-300), 0, 1)
    return np.linalg.norm(start + share * span - point)


@given(PATHS, st.floats(0, 1))
def test_a_partial_path_keeps_the_vertices_passed_and_ends_on_the_segment_reached(path, share):
    step = share * (len(path) - 1)
    whole = int(step)
    reached = path_until(path, step)
    assert np.array_equal(reached[: whole + 1], path[: whole + 1])
    assert len(reached) == whole + 1 + (step > whole)
    following = path[min(whole + 1, len(path) - 1)]
    assert reached[-1] == pytest.approx(path[whole] + (step - whole) * (following - path[whole]))


@given(PATHS, st.floats(0, 1), st.floats(0, 1))
def test_a_partial_path_never_shrinks(path, one, other):
    low, high = sorted((one, other))
    last = len(path) - 1
    assert length(path_until(path, low * last)) <= length(path_until(path, high * last)) + 1e-9


@given(PATHS)
def test_a_partial_path_is_held_at_both_ends(path):
    assert np.array_equal(path_until(path, -3.0), path[:1])
    assert np.array_equal(path_until(path, 1e9), path)


@given(INSIDE)
def test_clipping_leaves_a_path_inside_the_box_alone(path):
    (piece,) = clip(path, BOX)
    assert np.array_equal(piece, path)


@given(PATHS)
def test_what_clipping_keeps_lies_inside_the_box_and_on_the_path(path):
    for piece in clip(path, BOX):
        for point in piece:
            assert BOX.contains(point)
            assert min(distance(point, a, b) for a, b in pairwise(path)) < 1e-9


@given(PATHS, INSIDE, st.floats(0, 1))
def test_clipping_keeps_every_point_of_the_path_that_is_inside(around, inside, share):
    path = np.vstack([around[:1], inside, around[1:]])
    point = path_until(inside, share * (len(inside) - 1))[-1]
    pieces = clip(path, BOX)
    assert min(distance(point, a, b) for piece in pieces for a, b in pairwise(piece)) < 1e-9


def test_a_path_beside_the_box_leaves_nothing_and_one_that_crosses_is_cut_at_both_edges():
    assert clip(np.array([[4.0, -9, 0], [4.0, 9, 0]]), BOX) == []
    (piece,) = clip(np.array([[-10.0, 0, 0], [10.0, 0, 0]]), BOX)
    assert piece.tolist() == [[BOX.left, 0, 0], [BOX.right, 0, 0]]


def test_a_path_that_leaves_and_comes_back_is_two_pieces():
    pieces = clip(np.array([[0.0, 0, 0], [0.0, 9, 0], [1.0, 9, 0], [1.0, 0, 0]]), BOX)
    assert [piece[[0, -1]].tolist() for piece in pieces] == [[[0, 0, 0], [0, 2, 0]], [[1, 2, 0], [1, 0, 0]]]


@example(np.array([(0.0, 0.9, 0.0), (0.0, 2.1, 0.0)]), 0.5, 0.1)
@given(PATHS, st.floats(0.1, 2.0), st.floats(0.1, 2.0))
def test_dashes_are_as_long_as_asked_and_begin_at_even_distances(path, dash, gap):
    assume(length(path) > 0.1)
    dashes = dashed(path, dash, gap)
    *whole, last = [length(piece) for piece in dashes]
    assert whole == pytest.approx([dash] * len(whole))
    assert last <= dash + 1e-9
    assert len(dashes) == np.ceil(length(path) / (dash + gap) - 1e-12)


@settings(max_examples=40)
@given(PATHS, st.floats(0, 1))
def test_dashes_stand_still_while_a_path_grows(path, share):
    assume(length(path) > 0.1)
    now, later = dashed(path_until(path, share * (len(path) - 1)), 0.3, 0.2), dashed(path, 0.3, 0.2)
    for early, late in zip(now[:-1], later, strict=False):
        assert early[[0, -1]] == pytest.approx(late[[0, -1]], abs=1e-9)


@given(PATHS)
def test_joined_polylines_are_straight_segments(path):
    pieces = [path, path[:1], path[:0], path[::-1]]
    start, first, second, end = (joined(pieces)[k::4] for k in range(4))
    assert np.array_equal(start, np.vstack([path[:-1], path[:0:-1]]))
    assert np.array_equal(end, np.vstack([path[1:], path[-2::-1]]))
    for share in (0.25, 0.5, 0.9):
        rest = 1 - share
        curve = rest**3 * start + 3 * rest**2 * share * first + 3 * rest * share**2 * second + share**3 * end
        assert curve == pytest.approx(rest * start + share * end, abs=1e-9)


@given(PATHS, PATHS)
def test_polylines_joined_at_once_are_those_joined_one_by_one(one, other):
    assert np.array_equal(joined([one, other]), np.concatenate([joined([one]), joined([other])]))


def test_joining_no_pieces_is_an_empty_path():
    assert joined([]).shape == (0, 3)
    assert joined([np.zeros((1, 3))]).shape == (0, 3)


@given(st.integers(1, 6), st.integers(0, 6), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_finite_rows_counts_up_to_the_first_bad_one(good, after, bad):
    assert finite_rows(np.array([1.0] * good + [bad] + [2.0] * after)) == good
    assert finite_rows(np.ones((good, 2))) == good


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_are_few_evenly_spaced_and_inside(low, span, most):
    high = low + span
    assume(high - low > 1e-9 * abs(low))
    ticks = nice_ticks(low, high, most)
    assert 1 <= len(ticks) <= most + 1
    slack = 1e-6 * span
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    gaps = np.diff(ticks)
    assert (gaps > 0).all()
    assert gaps == pytest.approx([gaps.mean()] * len(gaps) if len(gaps) else [], rel=1e-6, abs=1e-6 * span)


def test_a_box_holds_its_edge_but_nothing_beyond():
    assert BOX.contains((BOX.left, BOX.top))
    assert BOX.contains((0.0, 0.0, 0.0))
    assert not BOX.contains((BOX.left - 0.01, 0.0))
    assert not BOX.contains((0.0, BOX.top + 0.01))
    assert (BOX.width, BOX.height) == (5.0, 3.0)
