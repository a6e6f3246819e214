"""A map puts parameters where they belong, in equal scale, and its key quotes the surface."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import inside

from descent import BIRD, HIMMELBLAU, VALLEY, Surface
from descent.base.numbers import number
from descent.stage.geometry import Box
from descent.stage.maps.key import map_key
from descent.stage.maps.loss_map import LossMap
from descent.stage.text import Formula, Label

BOX = Box(-6.0, 0.0, -3.0, 3.0)
MAPS = {surface.name: LossMap(surface, BOX) for surface in (BIRD, VALLEY)}
EVERY_MAP = pytest.mark.parametrize("terrain", MAPS.values(), ids=MAPS)
SHARES = st.floats(0, 1)


@EVERY_MAP
@given(SHARES, SHARES)
def test_a_point_of_the_map_stands_for_its_parameters(terrain, across, up):
    (x0, x1), (y0, y1) = terrain.surface.domain
    w = x0 + across * (x1 - x0), y0 + up * (y1 - y0)
    point = terrain.to_frame(w)
    assert terrain.to_params(point) == pytest.approx(w)
    assert terrain.box.contains(point)
    box = terrain.box
    assert point[:2] == pytest.approx((box.left + across * box.width, box.bottom + up * box.height))


@EVERY_MAP
def test_both_axes_have_one_scale_and_the_map_fills_its_box_one_way(terrain):
    east, north, here = terrain.to_frame([(-2.0, 1.0), (-3.0, 2.0), (-3.0, 1.0)])
    assert east[0] - here[0] == pytest.approx(north[1] - here[1])
    assert terrain.box.width == pytest.approx(BOX.width) or terrain.box.height == pytest.approx(BOX.height)
    assert terrain.box.width <= BOX.width + 1e-9
    assert terrain.box.height <= BOX.height + 1e-9


@EVERY_MAP
def test_contours_stay_on_the_map(terrain):
    assert len(terrain.contours.points) > 100
    assert inside(terrain.contours, terrain.box)


def test_the_picture_is_the_right_way_up():
    slope = replace(VALLEY, name="slope", loss=lambda w1, w2: w1 + 10 * w2, minima=())
    pixels = LossMap(slope, BOX, axes=False).image.pixel_array[..., :3].mean(axis=-1)
    assert pixels[:20].mean() > pixels[-20:].mean() + 20  # high ground is light, and w2 grows upwards


def test_each_minimum_has_its_mark_and_the_lowest_alone_a_star():
    marks = MAPS[BIRD.name].minimum_marks()
    assert len(marks) == len(BIRD.minima)
    for mark, minimum in zip(marks, BIRD.minima, strict=True):
        assert mark.get_center()[:2] == pytest.approx(MAPS[BIRD.name].to_frame(minimum)[:2], abs=0.02)
    assert [len(mark.points) for mark in marks].count(len(marks[0].points)) == 1


@pytest.mark.parametrize("width", [1.6, 2.4, 6.0])
def test_a_tag_stays_between_the_map_s_sides(width):
    narrow = LossMap(VALLEY, Box(0.0, width, 0.0, width), axes=False)
    for w1 in (-5.0, 0.0, 5.0):
        chip, label = narrow.tag("leaves the view at step 25", (w1, 0.0), (0, 1, 0))
        assert narrow.box.left <= chip.get_left()[0]
        assert chip.get_right()[0] <= narrow.box.right
        assert label.width < chip.width
        assert label.height < chip.height
        assert label.get_center() == pytest.approx(chip.get_center(), abs=0.06)


def test_a_map_says_what_its_surface_notes():
    noted = LossMap(replace(VALLEY, note="slice, training mode"), BOX, axes=False)
    (label,) = (part for part in noted.get_family() if isinstance(part, Label))
    assert label.text == "slice, training mode"
    assert inside(label, noted.box)
    assert not any(isinstance(part, Label) for part in LossMap(VALLEY, BOX, axes=False).get_family())


@pytest.mark.parametrize("surface", [BIRD, HIMMELBLAU, VALLEY], ids=lambda surface: surface.name)
def test_the_key_quotes_the_surface(surface):
    key = map_key(LossMap(surface, BOX, axes=False), Box(0.5, 6.5, -3.0, 3.0))
    texts = [part.text for part in key.get_family() if isinstance(part, Label)]
    losses = [surface.at(*minimum) for minimum in surface.minima]
    assert f"lowest minimum, loss {number(losses[0], 1)}" in texts
    if len(losses) > 1:
        assert f"local minima, loss {number(losses[1], 1)} to {number(losses[-1], 1)}" in texts
    grid = surface.grid(200).loss
    assert number(float(grid.min()), 0) in texts
    assert number(float(grid.max()), 0) in texts


def test_the_colour_bar_s_numbers_grow():
    key = map_key(MAPS[BIRD.name], Box(0.5, 6.5, -3.0, 3.0))
    labels = [part for part in key[-1].get_family() if isinstance(part, Label)]
    numbers = [label for label in labels if label.text.strip("−").isdigit()]
    values = [float(label.text.replace("−", "-")) for label in sorted(numbers, key=lambda each: each.get_center()[0])]
    assert len(values) == 5
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize("wide", [7.0, 4.9e7, 0.7e8, 1.3e8, 2.6e8])
def test_the_name_of_an_axis_stands_clear_of_numbers_of_any_length(wide: float) -> None:
    surface = Surface("wide", lambda w1, w2: w1**2 + w2**2, ((-wide, wide), (-1.43 * wide, 1.43 * wide)))
    loss_map = LossMap(surface, Box(-5.54, -1.37, -2.82, 3.14))
    name = next(part for part in loss_map.get_family() if isinstance(part, Formula))  # w_1 comes first
    texts = [part for part in loss_map.get_family() if isinstance(part, Label)]
    row = [text for text in texts if abs(text.get_y() - name.get_y()) < 0.15]
    assert row
    for text in row:
        assert abs(text.get_x() - name.get_x()) > (text.width + name.width) / 2
