"""Maps of thousands of runs on stage: every picture is the data at a step, in whatever order steps are drawn."""

from functools import partial

import numpy as np
import pytest
from manim import ValueTracker
from pictures import same
from torch.optim import SGD

from descent import BIRD, Run, trace
from descent.look.basin_colours import ending_key
from descent.look.palette import DARK, rgb
from descent.stage import Box, LossMap
from descent.stage.maps.basin_map import Balls, BasinTint, ChangeTint, growing
from descent.stage.maps.settings_map import LossTint, SettingsMap, loss_colours
from descent.stage.scene.basins import BestShare

RUN = Run(BIRD, partial(SGD, lr=0.01), (-12, 10), 60)
SHAPE = (18, 22)
BOX = Box(-3, 3, -2, 2)


@pytest.fixture(scope="module")
def grown():
    return growing(RUN, SHAPE)


@pytest.fixture(scope="module")
def key(grown):
    return ending_key([grown.basins.endings], BIRD, DARK)


def test_a_start_arrives_when_its_own_run_does(grown):
    for row, column in ((0, 0), (5, 4), (13, 16), (21, 17)):
        start = (float(grown.basins.w1[column]), float(grown.basins.w2[row]))
        trajectory = trace(Run(BIRD, RUN.optimizer, start, RUN.steps))
        ending = grown.basins.minimum[row, column]
        far = np.linalg.norm(trajectory.params - grown.basins.minima[ending], axis=1) > grown.basins.endings.within
        arrived = len(far) - far[::-1].argmax() if ending >= 0 else RUN.steps + 1
        assert grown.arrival[row, column] == arrived


def test_the_tint_shows_those_that_have_arrived(grown, key):
    tint = BasinTint(grown, key, BOX)
    for step in (60, 0, 12.5, 5):
        shown = tint.at_step(step).pixel_array[::-1, :, 3] > 0
        assert np.array_equal(shown, (grown.arrival <= step) | (step >= 60))
    classes = key.classes(grown.basins.endings).reshape(grown.arrival.shape)
    assert np.array_equal(tint.at_step(60).pixel_array[::-1], key.tints(classes))


def test_a_picture_on_the_clock_follows_it(grown, key):
    clock = ValueTracker(0)
    tint = BasinTint(grown, key, BOX).follow(clock)
    before = tint.pixel_array.copy()
    clock.set_value(30)
    tint.update()
    assert not np.array_equal(tint.pixel_array, before)
    assert np.array_equal(tint.pixel_array, BasinTint(grown, key, BOX).at_step(30).pixel_array)


def test_the_share_counts_those_that_have_arrived_at_the_lowest_loss(grown, key):
    share = BestShare(grown, key, BOX)
    for step in (60, 7):
        there = grown.arrival <= step
        lowest = there & (grown.losses() < BIRD.at(*BIRD.minima[0]) + 0.1)
        assert share.at_step(step).text == f"{100 * lowest.mean():.0f}"
    assert lowest.any()


def test_changes_are_the_starts_that_end_lower_or_higher_once_both_have_arrived(grown):
    after = growing(Run(BIRD, partial(SGD, lr=0.01, momentum=0.8), (-12, 10), 60), SHAPE)
    tint = ChangeTint(grown, after, BOX)
    before, now = grown.losses(), after.losses()
    change = np.select([now < before - 0.1, now > before + 0.1], [1, 2])
    assert {*change.ravel()} == {0, 1, 2}
    for step in (60, 9):
        there = (grown.arrival <= step) & (after.arrival <= step)
        pixels = tint.at_step(step).pixel_array[::-1]
        for k, colour in ((1, tint.lower), (2, tint.higher)):
            shown = (pixels[..., :3] == rgb(colour)).all(axis=-1) & (pixels[..., 3] > 0)
            assert (shown == ((change == k) & there)).all()
    assert not ChangeTint(grown, grown, BOX).pixels(60).any()


def test_balls_are_on_the_segments_of_their_steps(grown):
    loss_map = LossMap(BIRD, BOX, axes=False)
    balls = Balls(grown.paths, loss_map)
    assert len(grown.paths) > 50
    middle = Balls(grown.paths[:, [0, 0]] / 2 + grown.paths[:, [1, 1]] / 2, loss_map)
    assert same(balls.at_step(0.5), middle.at_step(0))
    assert same(balls.at_step(99), balls.at_step(60))


def test_cells_are_coloured_by_what_their_runs_gained_or_lost():
    lost, same_loss, gained, gone = loss_colours(np.array([-2.0, 0.0, 2.0, np.inf]))
    assert lost[2] > lost[0]
    assert len(set(same_loss[:3].tolist())) == 3
    assert gained[0] > gained[2]
    assert gone[0] > 2 * gone[2]
    losses = np.array([[[4.0, 1.0, 0.25], [4.0, 8.0, np.inf]]])
    tint = LossTint(losses, 0.0, BOX)
    assert np.array_equal(tint.at_step(2).pixel_array[0, 0], loss_colours(np.array(np.log10(0.25 / 4))))
    assert np.array_equal(tint.at_step(0.5).pixel_array[0, 0], loss_colours(np.array(np.log10(2 / 4))))


def test_marks_and_line_stand_at_their_settings():
    x, y = np.linspace(0.1, 1.0, 10), np.linspace(0, 0.9, 10)
    panel = SettingsMap(("lr", "momentum"), x, y, [(0.4, 0.3)], BOX)
    (mark,) = panel.curves()
    assert np.allclose(mark[0].get_center(), panel.point(0.4, 0.3))
    (left, bottom, _), (right, top, _) = panel.point(0.05, -0.05), panel.point(1.05, 0.95)
    assert np.allclose((left, right, bottom, top), (panel.box.left, panel.box.right, panel.box.bottom, panel.box.top))
    line = panel.line(np.array([-1.0, 2.0]), np.array([0.2, 0.2]), "#ffffff")
    assert line.get_left()[0] == pytest.approx(left)
    assert line.get_center()[1] == pytest.approx(panel.point(0.5, 0.2)[1])
