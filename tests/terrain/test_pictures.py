"""Pictures of landscapes against what walking along lines of sight says must be seen."""

import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from lands import SIZE, WINDOW, hills, hit, shot_of

from descent.base.errors import DescentError
from descent.look.opengl import renderer
from descent.look.opengl.camera import View, fitted, project
from descent.look.opengl.land import Land, land_of
from descent.look.opengl.renderer import Pixels, draw
from descent.look.opengl.rolling import BALL, Rolling, Track
from descent.look.opengl.shot import Running, Shot
from descent.look.relief import contour_lines
from descent.record.surfaces import Surface

MAGENTA = (1.0, 0.0, 1.0)
LARGE = (3 * SIZE[0], 3 * SIZE[1])


def ball_at(land: Land, xy: np.ndarray, radius: float) -> Running:
    """A ball at a world point, of a run whose start and way are past."""
    low, high = np.array(land.surface.domain).T
    place = (low + high) / 2 + xy / land.span * (high - low)
    np.testing.assert_allclose(land.world(place[None])[0], xy, atol=1e-9)
    return Running(Track(land, np.stack([place, place]), MAGENTA, size=radius / BALL), 1.0, tail=0)


def seen_at(points: np.ndarray, shot: Shot) -> np.ndarray:
    """Where world points are in a picture, in pixels: column and row, fractions kept."""
    return (project(points, shot.view, shot.window)[..., :2] + 1) / 2 * shot.size


def magenta(picture: Pixels) -> np.ndarray:
    red, green, blue = (picture[..., c].astype(int) for c in range(3))
    return (np.minimum(red, blue) - green) > 60


def random_view(seed: int) -> View:
    draw_ = np.random.default_rng(seed)
    return View(float(draw_.uniform(-180, 180)), float(draw_.uniform(18, 50)), float(draw_.uniform(2.5, 4)))


@pytest.mark.parametrize("seed", range(6))
def test_a_ball_is_seen_where_it_is_or_hidden_by_the_hill_before_it(seed: int) -> None:
    land, view, radius = hills(1 + seed % 3), random_view(seed), 0.05
    places = np.random.default_rng(seed).uniform(-0.9, 0.9, (12, 2)) * land.span / 2
    told = {True: 0, False: 0}
    for xy in places:
        (centre,), _ = Rolling.of(land, xy[None, None], radius).at(0)
        ahead = (view.eye - centre) / np.linalg.norm(view.eye - centre)
        walk = centre + np.linspace(radius, np.linalg.norm(view.eye - centre), 3000)[:, None] * ahead
        inside = (np.abs(walk[:, :2]) < land.span / 2).all(axis=1)
        clear = np.min((walk[:, 2] - land.height(walk[:, :2]))[inside], initial=1.0)
        shot = shot_of(land, view, runs=(ball_at(land, xy, radius),))
        column, row = np.floor(seen_at(centre, shot)).astype(int)
        if abs(clear) < 0.02 or not (0 <= column < SIZE[0] and 0 <= row < SIZE[1]):
            continue  # too near to the hill's edge to say
        shown = bool(magenta(draw(shot))[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].any())
        assert shown == (clear > 0), (xy, clear)
        told[shown] += 1
    assert told[True]


def test_a_ball_behind_a_ridge_leaves_no_trace() -> None:
    ridge = land_of(Surface("ridge", lambda w1, w2: 5 * torch.exp(-8 * w1**2) + 0 * w2, ((-2, 2), (-1, 1))))
    ball, far = np.array((-0.6, 0.0)), View(90, 12, 4)
    hidden, empty = shot_of(ridge, far, runs=(ball_at(ridge, ball, 0.05),)), shot_of(ridge, far)
    np.testing.assert_array_equal(draw(hidden), draw(empty))
    before = shot_of(ridge, replace(far, azimuth=-90), runs=(ball_at(ridge, ball, 0.05),))
    assert magenta(draw(before)).any()


@pytest.mark.parametrize("seed", range(4))
def test_a_ball_is_drawn_around_its_centre_to_a_pixel(seed: int) -> None:
    land, view = hills(1), View(40.0 * seed, 62, 3)
    xy = np.random.default_rng(seed).uniform(-0.4, 0.4, 2)
    (centre,), _ = Rolling.of(land, xy[None, None], 0.06).at(0)
    shot = shot_of(land, view, runs=(ball_at(land, xy, 0.06),))
    redder = draw(shot)[..., 0].astype(int) - draw(replace(shot, runs=()))[..., 0]  # its shadow only darkens
    rows, columns = np.nonzero(redder > 8)
    middle = np.array(((columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2))
    assert np.abs(middle - seen_at(centre, shot)).max() < 1.0


def redness(shot: Shot) -> np.ndarray:
    """How much redder than bare ground each pixel gets by red contour lines."""
    lined, bare = (
        draw(replace(shot, ink=replace(shot.ink, line=(1.0, 0.0, 0.0), line_opacity=opacity))).astype(int)
        for opacity in (1.0, 0.0)
    )
    change = lined - bare
    return change[..., 0] - change[..., 1]


def test_contour_lines_lie_at_their_losses(land: Land) -> None:
    view = fitted(View(10, 80, 4), land, WINDOW)
    shot = shot_of(land, view, line=2.0)
    red = redness(shot)
    strong = np.argwhere(red > 90)
    assert len(strong) > 300
    for row, column in strong[:: len(strong) // 40]:
        met = hit(land, view, (column + 0.5) / SIZE[0] * 2 - 1, (row + 0.5) / SIZE[1] * 2 - 1)
        if met is None or (np.abs(met[:2]) > land.span / 2 - 0.03).any():
            continue
        loss = float(land.surface.at(*(met[:2] / land.span * np.diff(land.surface.domain).ravel())))
        height = float(land.height(met[:2]))
        pixel = view.distance * 2 * np.tan(np.radians(15)) / SIZE[1]
        steep = np.hypot(*(land.height(met[:2] + 1e-3 * np.eye(2)) - height) / 1e-3)
        assert np.abs(land.level_heights - height).min() < 1.5 * pixel * steep + 2e-3, loss


def test_every_contour_level_is_drawn(land: Land) -> None:
    view = fitted(View(10, 85, 4), land, WINDOW)
    shot = replace(shot_of(land, view, line=2.0), size=LARGE)
    red = redness(shot)
    rows, columns = land.heights.shape
    x, y = (np.linspace(-half, half, n) for half, n in zip(land.span / 2, (columns, rows), strict=True))
    for height in land.level_heights:
        (line, *_) = sorted(contour_lines(x, y, land.heights, [float(height)]), key=len, reverse=True) or [None]
        if line is None or len(line) < 60:
            continue
        at = np.floor(seen_at(np.column_stack([line, np.full(len(line), height)]), shot)).astype(int)
        inside = (at > 1).all(axis=1) & (at < np.array(LARGE) - 2).all(axis=1)
        near = [red[r - 1 : r + 2, c - 1 : c + 2].max() > 40 for c, r in at[inside][::10]]
        assert np.mean(near) > 0.95


def moving(land: Land) -> list[Shot]:
    track = Track(land, np.array([(-2.5, 1.5), (0.0, 0.5), (2.0, -1.5)]), (1.0, 0.6, 0.1), dash=(0.05, 0.03))
    view = View(30, 40, 3.2)
    still = [shot_of(land, view, runs=(Running(track, step),)) for step in (0.0, 0.7, 1.4, 2.0)]
    faded = [shot_of(land, view, runs=(Running(track, 1.4, opacity=0.4, tail=1),)), shot_of(land, view)]
    flown = [replace(shot, view=View(39 + 9 * k, 40, 3.2)) for k, shot in enumerate(still)]
    return [*still, *faded, *flown, *(replace(shot, pins=((0.0, 0.0), (1.0, 1.0))) for shot in still)]


def test_a_picture_is_the_same_whatever_was_drawn_before_it(land: Land) -> None:
    shots = moving(land)
    forwards = [draw(shot) for shot in shots]
    backwards = [draw(shot) for shot in shots[::-1]][::-1]
    order = np.random.default_rng(0).permutation(len(shots))
    for k in order:
        np.testing.assert_array_equal(draw(shots[k]), forwards[k])
    for one, other in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len({picture.tobytes() for picture in forwards}) == len(shots)


def test_another_thread_draws_the_same(land: Land) -> None:
    shots = moving(land)[1:7:3]
    elsewhere: list[Pixels] = []
    thread = threading.Thread(target=lambda: elsewhere.extend(map(draw, shots)))
    thread.start()
    thread.join()
    for shot, picture in zip(shots, elsewhere, strict=True):
        np.testing.assert_array_equal(draw(shot), picture)


def test_what_moves_is_all_within_what_is_drawn_again(land: Land) -> None:
    """Drawn with all of the picture redrawn, it is the same."""
    for shot in moving(land):
        parted = draw(shot)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(renderer, "dirty_box", lambda shot: (0, 0, *shot.size))
            np.testing.assert_array_equal(draw(shot), parted)


def test_equal_keys_are_equal_pictures(land: Land) -> None:
    keys = [shot.key for shot in moving(land)]
    again = [shot.key for shot in moving(land)]
    assert keys == again
    assert len(set(keys)) == len(keys)


def test_lands_that_share_a_frame_keep_their_own_ground() -> None:
    one, other = shot_of(hills(1), View(20, 40, 3)), shot_of(hills(2), View(20, 40, 3))
    first, second = draw(one), draw(other)
    for _ in range(2):
        np.testing.assert_array_equal(draw(one), first)
        np.testing.assert_array_equal(draw(other), second)


def test_beyond_the_land_is_the_backdrop_and_all_is_opaque(land: Land) -> None:
    shot = shot_of(land, View(20, 40, 6))
    picture = draw(shot)
    backdrop = np.round(np.array(shot.ink.backdrop) * 255)
    np.testing.assert_allclose(picture[[0, 0, -1, -1], [0, -1, 0, -1], :3], np.tile(backdrop, (4, 1)), atol=1)
    assert (picture[..., 3] == 255).all()


def test_a_curtain_hides_what_is_right_of_the_box(land: Land) -> None:
    view = View(20, 40, 1.2, curtain=0)
    beside = replace(WINDOW, left=-1.0, right=2.6, aspect=0.9)
    opened = draw(replace(shot_of(land, view), window=beside))
    closed = draw(replace(shot_of(land, replace(view, curtain=1)), window=beside))
    column = int((0.9 + 1.0) / 3.6 * SIZE[0])
    soft = 14
    np.testing.assert_allclose(closed[:, : column - soft].astype(int), opened[:, : column - soft], atol=1)
    assert np.ptp(closed[:, column + soft :, :3].reshape(-1, 3), axis=0).max() <= 2


def test_a_dashed_trail_has_gaps_that_stand_still(land: Land) -> None:
    params = np.array([(-2.0, 0.0), (2.0, 0.2)])
    view = View(0, 70, 3)
    dashes = [Track(land, params, (1.0, 0.0, 1.0), dash=dash) for dash in (None, (0.08, 0.08))]
    solid, dashed = (magenta(draw(shot_of(land, view, runs=(Running(each, 1.0),)))).sum() for each in dashes)
    assert dashed < 0.9 * solid
    early, late = (magenta(draw(shot_of(land, view, runs=(Running(dashes[1], step),)))) for step in (0.4, 0.8))
    ball = 30  # columns near the ball, which has moved
    reached = int(np.flatnonzero(early.any(axis=0))[-1]) - ball
    np.testing.assert_array_equal(early[:, :reached], late[:, :reached])


def test_a_ball_shows_that_it_rolls(land: Land) -> None:
    track = Track(land, np.array([(-1.0, 0.0), (1.0, 0.0)]), (0.2, 0.4, 1.0), size=2.5)
    view = View(0, 60, 2)
    faces = []
    for step in (0.30, 0.34):
        shot = shot_of(land, view, runs=(Running(track, step, tail=0),))
        column, row = np.round(seen_at(track.rolling.at(step)[0][0], shot)).astype(int)
        faces.append(draw(shot)[row - 5 : row + 6, column - 5 : column + 6, :3].astype(int))
    assert np.abs(np.diff(faces, axis=0)).max() > 60


def test_without_opengl_there_is_a_sentence_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import moderngl

    def refuse(**options: object) -> None:
        raise Exception("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(DescentError, match=r"landscapes need OpenGL.*libegl1 libgl1-mesa-dri"):
        renderer.Renderer()


def test_steps_between_steps_move_on(land: Land) -> None:
    track = Track(land, np.array([(-2.0, 0.0), (2.0, 0.2)]), (1.0, 0.0, 1.0))
    pictures = [draw(shot_of(land, View(0, 70, 3), runs=(Running(track, step),))) for step in (0.2, 0.4, 0.6)]
    reached = [np.flatnonzero(magenta(picture).any(axis=0))[-1] for picture in pictures]
    assert all(before < after for before, after in pairwise(reached))
