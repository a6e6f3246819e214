"""Crowds on a landscape, and bars that count them."""

import numpy as np
import pytest

from descent import BIRD
from descent.stage.geometry import Box
from descent.stage.landscape.crowd import Tally, TerrainCrowd
from descent.stage.landscape.terrain import Terrain


def test_a_crowd_is_its_runs_at_its_step():
    terrain = Terrain(BIRD, Box(-3, 3, -3, 3), scale=False)
    params = np.array([[(-12.0, 10.0), (-3.0, 3.0)], [(-10.0, 8.0), (-3.0, 1.0)]])
    crowd = TerrainCrowd(terrain, params, ["#ff0000", "#00ff00"]).at_step(0.5)
    centres, _ = crowd.shown().rolling.at(0.5)
    np.testing.assert_allclose(centres[:, :2], terrain.land.world(params.mean(axis=0)))
    np.testing.assert_allclose(crowd.shown().colours, [[1, 0, 0], [0, 1, 0]])


def test_crowds_that_look_alike_have_one_name():
    terrain = Terrain(BIRD, Box(-3, 3, -3, 3), scale=False)
    params = np.array([[(-12.0, 10.0)], [(-10.0, 8.0)]])
    one, same, other = (TerrainCrowd(terrain, params, [c]).shown().digest for c in ("#ff0000", "#ff0000", "#00ff00"))
    assert one == same != other


def test_a_bar_is_as_long_as_its_count():
    tally = Tally("#ff0000", [0, 5, 20], 20, Box(0, 5, 0, 0.3))
    lengths = [tally.at_step(step).bar.width for step in (1.9, 2)]
    assert lengths[1] == pytest.approx(4 * lengths[0])
    assert tally.number.text == "20"
