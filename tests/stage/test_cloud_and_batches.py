"""A cloud's ring is as wide as its iterates lie, and the points that light up are those that the step asks."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from pictures import same
from torch.optim import SGD

from descent import POINTS, VALLEY, DescentError, GradientNoise, MiniBatches, Run, trace
from descent.record.lecture_runs import EXERCISES
from descent.stage import BatchPoints, Box, Cloud, FitPanel, LossMap

GROUND = LossMap(VALLEY, Box(-6.0, 0.0, -3.0, 3.0), axes=False)
NOISY = trace(Run(VALLEY, partial(SGD, lr=0.3), (0.0, 0.0), 60, noise=GradientNoise(1.0)))
ON_SOME = trace(replace(EXERCISES["X1"], batches=MiniBatches(3)))
PANEL = FitPanel(np.array(POINTS), [ON_SOME], Box(0.0, 6.0, -3.0, 1.5), decimals=None)


def pictures():
    return [Cloud(NOISY, GROUND, 0, (0.0, 0.0), since=5, least=10), BatchPoints(PANEL, ON_SOME, 0)]


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("step", [0, 2.5, 4, 20.3, 60])
def test_the_picture_is_the_steps_alone(kind, step):
    fresh, used = pictures()[kind], pictures()[kind]
    for before in (60, 0, 3.3):
        used.at_step(before)
    assert same(fresh.at_step(step), used.at_step(step))
    assert not same(pictures()[kind].at_step(1.0), pictures()[kind].at_step(30.0))


def test_a_ring_is_the_root_mean_square_of_the_distances_shown():
    cloud = pictures()[0].at_step(30.7)
    away = np.hypot(*NOISY.params[5:31].T)
    assert cloud.radius(30.7) == pytest.approx(np.sqrt((away**2).mean()))
    ring = np.array([GROUND.to_params(point) for point in cloud.ring.points[::4]])
    assert np.hypot(*ring.T) == pytest.approx(cloud.radius(30.7), abs=1e-9)
    assert cloud.dots.points.reshape(26, -1, 3).mean(axis=1) == pytest.approx(
        GROUND.to_frame(NOISY.params[5:31]), abs=1e-9
    )


def test_a_cloud_has_no_ring_of_a_few_iterates_and_no_dots_before_it_begins():
    cloud = pictures()[0]
    assert not len(cloud.at_step(4).dots.points)
    assert cloud.radius(13) == 0 < cloud.radius(14)
    assert not len(cloud.at_step(13).ring.points)


def test_what_lies_outside_the_map_is_not_drawn():
    far = replace(NOISY, params=NOISY.params * 1e6)
    assert len(Cloud(far, GROUND, 0, (0.0, 0.0)).at_step(60).ring.points) == 0


@pytest.mark.parametrize(("step", "row"), [(0, 0), (0.4, 0), (1, 0), (1.2, 1), (2, 1), (5, 4), (9, 4)])
def test_the_points_of_the_step_under_way_light_up(step, row):
    picture = BatchPoints(PANEL, ON_SOME, 0).at_step(step)
    seen = MiniBatches(3).of_step(row, len(POINTS))
    places = PANEL.place(np.array(POINTS)[seen])
    assert picture.lit.points.reshape(len(seen), -1, 3).mean(axis=1) == pytest.approx(places, abs=1e-9)
    weight, bias = ON_SOME.params[row]
    x = np.array(POINTS)[seen][:, 0]
    feet = PANEL.place(np.stack([x, weight * x + bias], axis=1))
    assert picture.gaps.points[3::4] == pytest.approx(feet, abs=1e-9)


def test_a_run_without_batches_asks_all_points():
    picture = BatchPoints(PANEL, trace(EXERCISES["X1"]), 0)
    assert picture.lit.points.reshape(len(POINTS), -1, 3).mean(axis=1) == pytest.approx(PANEL.place(np.array(POINTS)))


def test_batches_of_other_points_are_refused():
    other = FitPanel(np.array(POINTS) + 1.0, [ON_SOME], Box(0.0, 6.0, -3.0, 1.5), decimals=None)
    with pytest.raises(DescentError, match="are not of the panel's 10 points"):
        BatchPoints(other, ON_SOME, 0)
