"""Runs on the land: where they are, how they roll, how their trails are cut."""

import numpy as np
import pytest
from lands import hills

from descent.look.opengl.land import Land, land_of
from descent.look.opengl.rolling import BALL, Rolling, Track, along
from descent.look.opengl.solids import solid
from descent.record.surfaces import Surface

ORANGE = (1.0, 0.6, 0.1)


@pytest.fixture
def track(land: Land) -> Track:
    return Track(land, np.array([(-2.0, 1.0), (0.0, 0.5), (1.0, -1.5), (9.0, 9.0)]), ORANGE)


def test_a_ball_is_straight_above_its_data_point(track: Track) -> None:
    for step in (0.0, 0.4, 1.0, 1.75, 2.0):
        (centre,), _ = track.rolling.at(step)
        data = along(track.params, step)
        np.testing.assert_allclose(centre[:2], track.land.world(data), atol=1e-12)
        assert centre[2] >= track.land.height(centre[:2]) + 0.99 * BALL


def test_on_flat_ground_a_ball_turns_by_its_way_over_its_radius() -> None:
    flat = land_of(Surface("flat", lambda w1, w2: 0 * w1 + 1, ((-1, 1), (-1, 1))))
    rolling = Rolling.of(flat, np.array([[(0.0, 0.0)], [(0.3, 0.0)]]), 0.1)
    for step, way in ((0.5, 0.15), (1.0, 0.3)):
        turned = rolling.at(step)[1].as_rotvec().reshape(3)
        np.testing.assert_allclose(turned, (0, way / 0.1, 0), atol=1e-9)  # to the right, over the top


def test_turning_goes_on_from_step_to_step(track: Track) -> None:
    for step in (1.0, 2.0):
        before, after = (track.rolling.at(step + d)[1] for d in (-1e-7, 1e-7))
        assert (before * after.inv()).magnitude().item() < 1e-4


def test_the_way_of_many_is_the_way_of_each(land: Land) -> None:
    xy = np.random.default_rng(0).uniform(-0.6, 0.6, (4, 5, 2))
    together, step = Rolling.of(land, xy, 0.03), 1.3
    for k in range(5):
        (centre,), spin = Rolling.of(land, xy[:, k : k + 1], 0.03).at(step)
        centres, spins = together.at(step)
        np.testing.assert_allclose(centres[k], centre)
        np.testing.assert_allclose(spins[k].as_quat().reshape(4), spin.as_quat().reshape(4))


def test_a_trail_lies_along_the_segments_on_the_ground(track: Track) -> None:
    xy, passed = track.spine()
    for point, (step, _) in zip(xy[::40], passed[::40], strict=True):
        np.testing.assert_allclose(point, along(track.xy, step), atol=1e-9)
    corners = track.tube()
    inside = (np.abs(corners[:, :2]) < track.land.span / 2 - 0.05).all(axis=1)
    off = corners[inside, 2] - track.land.height(corners[inside, :2])
    assert -0.03 < off.min() < off.max() < 0.05
    np.testing.assert_allclose(np.linalg.norm(corners[:, 3:6], axis=1), 1, atol=1e-5)


def test_iterates_are_marked_once_where_they_are(land: Land) -> None:
    params = np.array([(-2.0, 1.0), (-2.0, 1.0001), (0.0, 0.0), (30.0, 0.0)])
    centres, steps = Track(land, params, ORANGE).studs
    assert steps.tolist() == [0, 2]
    np.testing.assert_allclose(centres[:, :2], land.world(params[[0, 2]]))


def test_what_is_not_finite_is_left_out(land: Land) -> None:
    track = Track(land, np.array([(0.0, 0.0), (1.0, 1.0), (np.inf, 0.0), (0.0, 0.0)]), ORANGE)
    assert track.last == 1
    assert np.isfinite(track.tube()).all()


def test_tracks_are_known_by_what_they_look_like(track: Track) -> None:
    same = Track(track.land, track.params.copy(), ORANGE)
    others = [
        Track(hills(2), track.params, ORANGE),
        Track(track.land, track.params + 1e-9, ORANGE),
        Track(track.land, track.params, (1.0, 0.6, 0.2)),
        Track(track.land, track.params, ORANGE, dash=(0.1, 0.1)),
    ]
    assert same.digest == track.digest
    assert len({track.digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize("name", ["circle", "ball", "square", "triangle", "diamond", "cross", "plus", "hexagon"])
def test_solids_are_closed_and_face_outwards(name: str) -> None:
    triangles = solid(name).reshape(-1, 3, 6).astype(float)
    places, normals = triangles[..., :3], triangles[..., 3:]
    facing = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
    whole = np.linalg.norm(facing, axis=1) > 1e-6
    assert (np.einsum("ij,ij->i", facing, places.mean(axis=1))[whole] > 0).all()
    assert (np.einsum("ij,ij->i", facing, normals.mean(axis=1))[whole] > 0).all()
    np.testing.assert_allclose(facing.sum(axis=0), 0, atol=1e-5)
