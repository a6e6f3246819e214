"""The count-sketch: by its formula, its moments, and in parts."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.networks import CountSketch
from descent.record.networks.recorder.pieces import Piece


def by_formula(tensors, k, seed):
    """The sum of the docstring, number by number."""
    rows = [-(-len(x) // k) for x in tensors]
    drawn = [int(each) for each in np.random.PCG64(seed).random_raw(sum(rows) + k)]
    turn, sign = [(each >> 1) % k for each in drawn], [-1 if each & 1 else 1 for each in drawn]
    found, row = [0.0] * k, 0
    for x in tensors:
        for place, value in enumerate(x):
            r, c = row + place // k, place % k
            found[(c + turn[r]) % k] += sign[r] * sign[sum(rows) + c] * float(value)
        row += -(-len(x) // k)
    return found


@settings(max_examples=25)
@given(sizes=st.lists(st.integers(1, 300), min_size=1, max_size=5), k=st.integers(8, 17), seed=st.integers(0, 2**32))
def test_the_sketch_is_its_formula(sizes, k, seed):
    values = np.random.default_rng(seed)
    tensors = [torch.tensor(values.normal(size=size), dtype=torch.float32) for size in sizes]
    np.testing.assert_allclose(CountSketch(sizes, k, seed).of(tensors), by_formula(tensors, k, seed), atol=1e-4)


@pytest.mark.parametrize("vector", ["normal", "constant", "one column"])
def test_lengths_are_kept_on_average_and_off_by_what_the_docstring_says(vector):
    """Also where numbers lie in the way of the rows: all alike, or all in one column of the layout."""
    k, size = 32, 4000
    x = torch.randn(size, generator=torch.Generator().manual_seed(0))
    if vector == "constant":
        x = torch.ones(size)
    if vector == "one column":
        x = torch.zeros(size)
        x[5::k] = 1.0
    ratios = np.array(
        [float(CountSketch([size], k, seed).of([x]).square().sum() / x.square().sum()) for seed in range(120)]
    )
    assert ratios.mean() == pytest.approx(1, abs=5 * (2 / k) ** 0.5 / 11)
    assert 0.6 * (2 / k) < ratios.var() < 2 * (2 / k)


def test_angles_are_kept_on_average():
    x, y = torch.randn(2, 3000, generator=torch.Generator().manual_seed(2))
    y = y + x
    found = [float(s.of([x]) @ s.of([y])) for s in (CountSketch([3000], 64, seed) for seed in range(200))]
    assert np.mean(found) == pytest.approx(float(x @ y), rel=0.05)


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 700), min_size=1, max_size=4), k=st.sampled_from([8, 16]), seed=st.integers(0, 99))
def test_sketches_of_parts_add_up_to_that_of_the_whole(cuts, k, seed):
    """As the shards of several processes do, wherever they were cut."""
    sizes = [700, 9]
    whole = [torch.arange(700.0), torch.linspace(-1, 1, 9)]
    edges = sorted({0, 700, *cuts})
    parts = torch.zeros(k)
    for number, (first, last) in enumerate(pairwise(edges)):
        pieces = [Piece(first, last - first), Piece(0, 9, number == 0)]
        parts += CountSketch(sizes, k, seed, pieces).of([whole[0][first:last], whole[1]])
    torch.testing.assert_close(parts, CountSketch(sizes, k, seed).of(whole), rtol=1e-5, atol=1e-2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_precision_and_order_in_memory(dtype):
    x = torch.randn(40, 50, generator=torch.Generator().manual_seed(0)).to(dtype)
    sketch = CountSketch([2000], 16, 3)
    expected = sketch.of([x.float()])
    torch.testing.assert_close(sketch.of([x]), expected)
    torch.testing.assert_close(sketch.of([x.T.contiguous().T]), expected)
