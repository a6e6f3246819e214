"""Maps and runs are drawn where the data says."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from figure_subjects import BOWL, bowl_run
from matplotlib.colors import to_hex
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR

from descent import BIRD, SURFACES, VALLEY, DescentError, Run, Surface, trace
from descent.figures import loss_map, trajectories
from descent.figures.alt_text import exit_step
from descent.figures.surface_maps import surface_map
from descent.look.palette import LIGHT
from descent.look.relief import compress


def test_a_map_shows_its_surface_where_it_is(ax):
    assert loss_map(BIRD, ax) is ax
    (left, right), (bottom, top) = BIRD.domain
    assert ax.get_xlim() == (left, right)
    assert ax.get_ylim() == (bottom, top)
    assert ax.get_aspect() == 1
    (image,) = ax.images
    x0, x1, y0, y1 = image.get_extent()
    height, width = image.get_array().shape[:2]
    # The first and the last sample lie on the edges, in the middle of their pixels.
    assert x0 + (x1 - x0) / width / 2 == pytest.approx(left)
    assert y1 - (y1 - y0) / height / 2 == pytest.approx(top)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_both_axes_of_a_map_are_numbered_alike(ax, surface):
    loss_map(surface, ax)
    ticks = [
        [t for t in axis.get_majorticklocs() if axis.get_view_interval()[0] <= t <= axis.get_view_interval()[1]]
        for axis in (ax.xaxis, ax.yaxis)
    ]
    assert all(2 <= len(line) <= 8 for line in ticks)
    spacings = {round(gap, 9) for line in ticks for gap in np.diff(line)}
    assert len(spacings) == 1


def test_a_maps_ground_is_dark_where_the_loss_is_low(ax):
    loss_map(VALLEY, ax)
    image = ax.images[0].get_array()[..., :3].mean(axis=2)
    # Row 0 is the top: the valley runs from there on the left to the bottom on the right.
    for low, high in ((image[40, 40], image[40, -40]), (image[-40, -40], image[-40, 40])):
        assert image[len(image) // 2, len(image) // 2] < low < high


@pytest.mark.parametrize("below", [float("nan"), float("inf")])
def test_where_the_loss_is_not_finite_the_ground_is_highest(ax, below):
    walled = Surface("walled", lambda w1, w2: torch.where(w1 < 0, below, w1**2 + w2**2), ((-2, 2), (-2, 2)))
    loss_map(walled, ax)
    ax.figure.draw_without_rendering()
    image = ax.images[0].get_array()[..., :3].mean(axis=2)
    assert np.ptp(image[:, :50]) < 4
    assert image[:, :50].min() > image[:, 260:].min()
    heights = compress([[below, 1.0], [0.0, 2.0]])
    assert heights[0, 0] == heights[1, 1] == 1
    assert heights[1, 0] == 0


def test_contours_are_lines_of_one_loss(ax):
    loss_map(VALLEY, ax)
    (lines,) = ax.collections
    assert len(lines.get_segments()) >= 18
    for segment in lines.get_segments():
        losses = [VALLEY.at(*w) for w in segment]
        assert np.ptp(losses) <= 0.02 * max(losses) + 0.02


def test_every_minimum_is_marked_the_lowest_by_a_star(ax):
    loss_map(BIRD, ax)
    marks = {line.get_marker(): [] for line in ax.lines}
    for line in ax.lines:
        marks[line.get_marker()].append(tuple(line.get_xydata()[0]))
    assert marks["*"] == [BIRD.global_minimum]
    assert sorted(marks["D"]) == sorted(BIRD.minima[1:])


def test_a_run_is_its_iterates_with_start_and_end(ax, traced):
    trajectory = traced("E04")
    assert trajectories([trajectory], ax) == [trajectory]
    trail, dots, start, end = ax.lines
    assert np.array_equal(trail.get_xydata(), trajectory.params)
    assert np.array_equal(dots.get_xydata(), trajectory.params)
    assert np.array_equal(start.get_xydata()[0], trajectory.params[0])
    assert np.array_equal(end.get_xydata()[0], trajectory.params[-1])
    assert trail.get_marker() == "None"
    assert dots.get_linestyle() == "None"
    assert to_hex(start.get_markerfacecolor()) != to_hex(end.get_markerfacecolor()) == LIGHT.runs[0]


def test_a_run_can_be_given_untraced(ax):
    (trajectory,) = trajectories([bowl_run(0.25)], ax)
    assert trajectory.params[:, 0].tolist() == [4, 2, 1, 0.5, 0.25]


def test_a_run_that_ends_outside_has_no_end_mark_and_one_that_returns_has(ax):
    trajectories([bowl_run(1.5, 3)], ax)
    assert len(ax.lines) == 3
    # (3, −3) → (−6, 6), above the view → the minimum.
    back = trace(Run(BOWL, partial(SGD, lr=1.5), (3, -3), 2, partial(StepLR, step_size=1, gamma=1 / 3)))
    assert exit_step(back) == 1
    trajectories([back], ax)
    assert len(ax.lines) == 7


def test_eight_runs_are_told_apart_by_colour_and_marker_and_dash(ax):
    trajectories([bowl_run(0.05 * k) for k in range(1, 9)], ax)
    trails = [line for line in ax.lines if len(line.get_xdata()) == 5 and line.get_marker() == "None"]
    dots = [line for line in ax.lines if line.get_linestyle() == "None" and len(line.get_xdata()) == 5]
    assert len({line.get_color() for line in trails}) == 8
    assert len({line.get_marker() for line in dots}) == 8
    assert len({str(line._unscaled_dash_pattern) for line in trails}) == 4
    with pytest.raises(DescentError, match="at most 8 runs"):
        trajectories([bowl_run(0.1)], ax, first=8)


def test_a_surface_alone_has_room_in_a_strip_and_under_a_note():
    strip = Surface("strip", lambda w1, w2: w1**2 / 1e6 + w2**2, ((-1000, 1000), (-1, 1)))
    noted = replace(BOWL, note="a note of many words, " * 8)
    for surface in (strip, noted):
        figure = surface_map(surface, "A title").figure
        figure.canvas.draw()
        ground = max(figure.axes, key=lambda ax: len(ax.images))
        box = ground.get_window_extent()
        assert box.height > 0.4 * box.width
        above = [text.get_window_extent().y0 for ax in figure.axes for text in ax.texts if "A title" in text.get_text()]
        notes = [text.get_window_extent() for text in ground.texts if "note" in text.get_text()]
        assert all(each.y1 <= min(above, default=np.inf) for each in notes)
