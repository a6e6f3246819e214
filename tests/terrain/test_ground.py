"""The ground as arrays: levels, light, triangles, and what a ball rides on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lands import hills

from descent import BIRD, ROSENBROCK, VALLEY
from descent.look.opengl.contour_levels import roundest
from descent.look.opengl.ground_mesh import ground, levels, lines, reach, walls
from descent.look.opengl.land import BASE, RISE, Land, land_of
from descent.look.opengl.light import ambient, sunlight
from descent.record.surfaces import Surface


@pytest.mark.parametrize("surface", [BIRD, ROSENBROCK, VALLEY], ids=lambda surface: surface.name)
def test_contour_levels_are_round_losses_about_evenly_high(surface: Surface) -> None:
    land = land_of(surface)
    assert len(land.levels) >= 12
    steps = np.diff(land.level_heights)
    assert steps.min() > 0.01
    assert steps.max() < 3.6 * np.median(steps)
    for loss in land.levels:
        assert float(f"{loss:.2g}") == loss


def test_a_level_is_as_high_as_the_ground_of_its_loss(land: Land) -> None:
    grid = land.surface.grid(len(land.heights))
    for loss, height in zip(land.levels, land.level_heights, strict=True):
        near = np.abs(grid.loss - loss) < 1e-2
        assert np.abs(land.heights[near] - height).max(initial=0) < 5e-3


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_roundest_number_lies_in_its_interval(low: float, width: float) -> None:
    found = roundest(low, low + width)
    slack = 1e-6 * max(1.0, abs(low))
    assert low - slack <= found <= low + width + slack


def test_flat_ground_sees_all_the_sky_and_all_the_sun() -> None:
    flat, span = np.zeros((80, 80)), np.array((2.0, 2.0))
    assert ambient(flat, span).min() == pytest.approx(1)
    assert sunlight(flat, span).min() == pytest.approx(1)


def test_a_pit_is_dark_and_a_wall_throws_a_shadow_away_from_the_sun() -> None:
    y, x = np.mgrid[-1:1:120j, -1:1:120j]
    pit = -0.5 * np.exp(-(x**2 + y**2) / 0.02)
    span = np.array((2.0, 2.0))
    assert ambient(pit, span)[60, 60] < 0.6 < 0.97 < ambient(pit, span)[5, 5]
    wall = 0.4 * np.exp(-((x / 0.05) ** 2))
    seen = sunlight(wall, span)
    assert seen[60, 75] < 0.2 < 0.9 < seen[60, 45]  # the sun stands at the left


def test_constant_loss_is_flat_land() -> None:
    land = land_of(Surface("constant", lambda w1, w2: 0 * w1 + 3.7, ((-1, 1), (-1, 1))))
    assert not land.heights.any()
    assert np.isfinite(ground(land, 90)[0]).all()


def test_lands_are_known_by_what_they_are() -> None:
    assert hills(1).digest != hills(2).digest
    assert land_of(BIRD) is land_of(BIRD)


def test_the_triangles_are_the_ground(land: Land) -> None:
    corners, triangles = ground(land, lines(1080))
    np.testing.assert_allclose(land.height(corners[:, :2]), corners[:, 2], atol=1e-6)
    assert np.abs(corners[:, :2]).max(axis=0) == pytest.approx(land.span / 2)
    (ax, ay), (bx, by) = np.diff(corners[triangles][..., :2].astype(float), axis=1).transpose(1, 2, 0)
    area = ax * by - ay * bx
    assert area.sum() / 2 == pytest.approx(land.span.prod(), rel=1e-4)
    assert (area > 0).all()
    middle = corners[triangles][:, :, :3].mean(axis=1)
    assert np.abs(land.height(middle[:, :2]) - middle[:, 2]).max() < 2e-3


def test_the_cut_sides_meet_the_ground_and_the_bottom(land: Land) -> None:
    corners, _ = walls(land, 90)
    tops = corners[corners[:, 2] != np.float32(BASE)]
    np.testing.assert_allclose(land.height(tops[:, :2]), tops[:, 2], atol=1e-6)
    assert (np.abs(corners[:, :2]) == (land.span / 2).astype(np.float32)).any(axis=1).all()


def test_the_table_of_levels_is_whole_at_the_levels(land: Land) -> None:
    table, (low, high) = levels(land, 2048), reach(2048)
    places = (np.arange(2048) + 0.5) / 2048 * (high - low) + low
    found = np.interp(land.level_heights, places, table)
    np.testing.assert_allclose(found, np.arange(1, len(land.levels) + 1), atol=2e-3)
    assert (np.diff(table) >= 0).all()
    assert low < BASE < RISE < high


@settings(max_examples=30)
@given(st.integers(1, 3), st.floats(-0.9, 0.9), st.floats(-0.55, 0.55), st.floats(0.02, 0.2))
def test_a_ball_lies_on_the_ground_and_not_in_it(seed: int, x: float, y: float, radius: float) -> None:
    land = hills(seed)
    centre = np.array((x, y, float(land.riding((x, y), radius))))
    turns, rings = np.meshgrid(np.linspace(0, 2 * np.pi, 60), np.linspace(0, 1.4 * radius, 40))
    around = centre[:2] + np.stack([rings * np.cos(turns), rings * np.sin(turns)], axis=-1).reshape(-1, 2)
    away = np.linalg.norm(np.column_stack([around, land.height(around)]) - centre, axis=1)
    assert away.min() == pytest.approx(radius, rel=0.03)
