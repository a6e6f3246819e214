"""The film of two solutions: the same from other seeds, and its curve by hand."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path("scenes").resolve()))
import valley

sys.path.pop(0)


def test_the_curve_is_the_bezier_curve_of_weight_space_and_its_losses_those_of_networks_there() -> None:
    found = valley.study()
    a, b = (run.params[-1].astype(float) for run in found.runs)
    points, classes = valley.two_moons()
    for k in (0, 13, 20, 40):
        t = found.between.curve.at[k]
        weights = (1 - t) ** 2 * a + 2 * t * (1 - t) * found.between.middle + t**2 * b
        network = valley.network(0)
        torch.nn.utils.vector_to_parameters(torch.tensor(weights, dtype=torch.float32), network.parameters())
        with torch.no_grad():
            truth = float(valley.loss(network(points), classes))
        assert found.between.curve.loss[k] == pytest.approx(truth, rel=1e-4)
        placed = valley.bend(found.plane, [a, b], found.between)[k]
        np.testing.assert_allclose(found.plane.lift(placed), weights, atol=1e-6)


@pytest.mark.matrix
@pytest.mark.parametrize("seeds", [(2, 3), (4, 5), (6, 7)])
def test_other_seeds_have_a_barrier_a_valley_and_none_if_they_part_late(seeds: tuple[int, int]) -> None:
    found = valley.study_of(seeds)
    assert found.between.straight.barrier > 0.1
    assert found.between.curve.barrier < 0.2 * found.between.straight.barrier
    assert found.parted.barrier < 0.05 * found.between.straight.barrier
