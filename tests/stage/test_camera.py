"""A frame drawn from what changed has the very bytes of one drawn anew by Manim's own camera."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import (
    BLUE,
    RED,
    Camera,
    Circle,
    Dot,
    Group,
    ImageMobject,
    Line,
    Mobject,
    PointCloudDot,
    Polygon,
    Square,
    ValueTracker,
    VMobject,
    config,
)

from descent.stage.drawing.camera import FilmCamera
from descent.stage.drawing.canvas import TILE, rectangles
from descent.stage.drawing.soft_disc import SoftDisc

SIZE = {"pixel_width": 240, "pixel_height": 136}


def speckle(seed: int, opaque: bool) -> ImageMobject:
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 7, 4), dtype=np.uint8)
    if opaque:
        pixels[..., 3] = 255
    return ImageMobject(pixels).scale(9)


def pieces() -> list[Mobject]:
    """Things of every kind that is drawn, some of them hard: mitres, gradients, alpha, thick lines, images, groups."""
    return [
        speckle(1, opaque=True),
        Circle(1.4, stroke_width=9, fill_opacity=0.5),
        Polygon((-3, -1, 0), (3, -0.8, 0), (-3, -0.6, 0), stroke_width=14),  # corners reach far beyond the path
        Square(2.2).set_fill([RED, BLUE], 0.7),
        Dot(radius=0.3).set_z_index(2),
        Line((-6, 3, 0), (6, -3, 0)).set_stroke([BLUE, RED], 3),
        speckle(2, opaque=False),
        Group(Dot((1, 1, 0)), Circle(0.4).shift((1, 1, 0)), ValueTracker(3)),
        VMobject(stroke_width=2).set_points_smoothly(np.random.default_rng(5).uniform(-3, 3, (20, 3))),
        VMobject(),
    ]


def edit(parts: list[Mobject], kind: int, which: int, x: float, y: float) -> None:
    """Change something about what is shown."""
    if not parts:
        return
    part = parts[which % len(parts)]
    match kind % 8:
        case 0:
            part.shift((x, y, 0))
        case 1:
            part.rotate(x).scale(1 + y / 9)
        case 2:
            parts.remove(part)
        case 3:
            parts.append(parts.pop(which % len(parts)))
        case 4:
            parts.append(part.copy())
        case 5:
            for piece in part.get_family():
                if isinstance(piece, VMobject):
                    piece.set_stroke(width=abs(x), opacity=abs(y) / 4)
                    piece.set_fill(opacity=abs(x) / 4)
        case 6:
            part.set_z_index(which)
        case _:
            grow(part, x, y)


def grow(part: Mobject, x: float, y: float) -> None:
    """A path goes on, loses its end, begins anew, or is closed, as trails, dashes and markers do."""
    if not isinstance(part, VMobject) or len(part.points) < 4:
        return
    if x < -2:
        part.points = part.points[: 4 * round(len(part.points) / 4 * abs(y) / 3)]
    elif x < 0:
        part.start_new_path(np.array((x, y, 0)))
        part.add_line_to(np.array((y, x, 0)))
    elif x < 3:
        part.add_line_to(np.array((x, y, 0)))
    else:
        part.close_path()


edits = st.tuples(st.integers(0, 7), st.integers(0, 9), st.floats(-4, 4), st.floats(-3, 3))


def anew(still: list[Mobject], moving: list[Mobject]) -> np.ndarray:
    camera = Camera(**SIZE)
    camera.capture_mobjects(still)
    camera.capture_mobjects(moving)
    return camera.pixel_array


@settings(max_examples=40)
@given(st.lists(st.tuples(st.lists(edits, max_size=3), st.integers(0, 9)), min_size=1, max_size=6))
def test_frames_are_those_of_a_full_redraw(frames: list[tuple[list[tuple[int, int, float, float]], int]]) -> None:
    camera, parts, patched = FilmCamera(**SIZE), pieces(), np.zeros((136, 240, 4), np.uint8)
    for changes, cut in frames:
        for change in changes:
            edit(parts, *change)
        still, moving = parts[:cut], parts[cut:]
        camera.hold(still)
        camera.show(moving)
        for nudge in (0.0, 0.037):
            for part in moving[-2:]:
                part.shift((nudge, -nudge, 0))
            camera.show(moving)
            assert np.array_equal(camera.pixel_array, anew(still, moving))
            for area, pixels in camera.patches():
                patched[area] = pixels
            assert np.array_equal(patched, camera.pixel_array)


def test_a_path_that_grows_is_redrawn_only_in_the_rows_of_its_end() -> None:
    camera, path = (
        FilmCamera(**SIZE),
        VMobject(stroke_width=4).set_points_as_corners([(-6, 3, 0), (-5, -3, 0), (4.5, 3, 0), (5, 3, 0)]),
    )
    camera.show([path])
    camera.patches()
    path.add_line_to(np.array((5.2, 2.8, 0)))
    camera.show([path])
    patches = camera.patches()
    assert np.array_equal(camera.pixel_array, anew([], [path]))
    assert max(area[0].stop for area, _ in patches) <= 2 * TILE


@pytest.mark.parametrize("scale", [9.0, 3.21])
def test_an_image_that_fades_is_resampled_once(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    image, under = speckle(1, opaque=True).scale(scale / 9), Circle(1.4, fill_opacity=0.5)
    camera, drawn = FilmCamera(**SIZE), []
    draws = FilmCamera.display_image_mobject
    monkeypatch.setattr(FilmCamera, "display_image_mobject", lambda *given: (drawn.append(1), draws(*given))[1])
    for opacity in (0, 40, 255, 254, 3):
        image.pixel_array[..., 3] = opacity
        camera.show([under, image])
        assert len(drawn) == 1
        np.testing.assert_allclose(camera.pixel_array.astype(int), anew([], [under, image]), atol=2)
    image.pixel_array[0, 0, 0] ^= 255
    image.pixel_array[..., 3] = 200
    camera.show([under, image])
    np.testing.assert_allclose(camera.pixel_array.astype(int), anew([], [under, image]), atol=2)


def test_a_soft_disc_is_even_in_its_core_and_gone_at_its_edge() -> None:
    disc, camera = SoftDisc(2.0, core=0.5, opacity=0.5, color="#ffffff"), FilmCamera(**SIZE)
    for _ in range(2):  # as it comes, and where it has moved to
        camera.show([disc])
        across = camera.pixel_array[68, :, 0].astype(int) - int(camera.background[0, 0, 0])
        middle, reach = round(120 + disc.get_center()[0] * 240 / camera.frame_width), 240 / camera.frame_width * 2
        assert across[middle - int(reach * 0.4) : middle + int(reach * 0.4)] == pytest.approx(
            121, abs=2
        )  # half of white over the ground
        assert across[middle + int(reach * 0.75)] == pytest.approx(60, abs=8)
        assert not across[: middle - int(reach) - 1].any()
        fresh = FilmCamera(**SIZE)
        fresh.show([disc])
        assert np.array_equal(camera.pixel_array, fresh.pixel_array)
        disc.shift((1.0, 0, 0))


def test_nothing_changed_gives_no_patch() -> None:
    camera, parts = FilmCamera(**SIZE), pieces()
    camera.show(parts)
    assert camera.patches()
    camera.show(parts)
    assert not camera.patches()


def test_a_small_change_gives_a_small_patch() -> None:
    camera, dot = FilmCamera(**SIZE), Dot(radius=0.1)
    camera.show([*pieces(), dot])
    camera.patches()
    camera.show([dot])  # all but the dot gone
    camera.patches()
    dot.shift((0.1, 0, 0))
    camera.show([dot])
    (area, pixels), *others = camera.patches()
    assert not others
    assert pixels.shape[0] <= 2 * TILE
    assert pixels.shape[1] <= 2 * TILE
    assert area[0].start % TILE == 0 == area[1].start % TILE


def test_what_the_canvas_cannot_draw_is_drawn_as_manim_does() -> None:
    cloud, ring = PointCloudDot(radius=0.5), Circle()
    camera = FilmCamera(**SIZE)
    for parts in ([ring], [cloud, ring], [ring, cloud], [ring]):
        camera.show(parts)
        assert np.array_equal(camera.pixel_array, anew([], parts))
        assert camera.patches()
        ring.shift((0.1, 0, 0))


def test_a_moved_view_and_another_background_are_seen() -> None:
    camera, ring, plain = FilmCamera(**SIZE), Circle(), Camera(**SIZE)
    camera.show([ring])
    for shown in (camera, plain):
        shown.frame_center = np.array((1.0, 0.5, 0))
        shown.background_color = RED
        shown.reset()
    camera.show([ring])
    plain.capture_mobjects([ring])
    assert np.array_equal(camera.pixel_array, plain.pixel_array)


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6))
def test_rectangles_cover_each_cell_once(cells: list[list[bool]]) -> None:
    grid = np.array(cells)
    count = np.zeros(grid.shape, int)
    for area in rectangles(grid):
        count[area] += 1
    assert np.array_equal(count, grid.astype(int))


@pytest.mark.parametrize("points", [np.full((4, 3), np.nan), np.full((8, 3), 1e9), np.zeros((4, 3))])
def test_strange_points_do_not_matter(points: np.ndarray) -> None:
    odd, camera = VMobject(stroke_width=3).set_points(points), FilmCamera(**SIZE)
    for _ in range(2):
        camera.show([Circle(), odd])
        assert np.array_equal(camera.pixel_array, anew([], [Circle(), odd]))


def test_an_image_that_lies_pixel_on_pixel_is_redrawn_only_where_it_differs() -> None:
    """The picture of a landscape is such an image."""
    pixels = np.random.default_rng(3).integers(0, 256, (136, 240, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    image = ImageMobject(pixels)
    image.stretch_to_fit_width(config.frame_width).stretch_to_fit_height(config.frame_width * 136 / 240).center()
    camera, over = FilmCamera(**SIZE), Circle(1.2, fill_opacity=0.4)
    camera.show([image, over])
    camera.patches()
    image.pixel_array = pixels.copy()
    image.pixel_array[40, 200, 1] ^= 255
    camera.show([image, over])
    anew, manims = FilmCamera(**SIZE), Camera(**SIZE)
    anew.show([image, over])
    manims.capture_mobjects([image, over])
    np.testing.assert_array_equal(camera.pixel_array, anew.pixel_array)
    np.testing.assert_allclose(camera.pixel_array.astype(int), manims.pixel_array, atol=1)  # Manim resamples it
    assert [area for area, _ in camera.patches()] == [(slice(TILE, 2 * TILE), slice(6 * TILE, 7 * TILE))]


def test_an_image_changed_in_place_is_seen() -> None:
    pixels = np.full((136, 240, 4), 255, np.uint8)
    image = ImageMobject(pixels)
    image.stretch_to_fit_width(config.frame_width).stretch_to_fit_height(config.frame_width * 136 / 240).center()
    camera = FilmCamera(**SIZE)
    camera.show([image])
    for column in (3, 200):
        image.pixel_array[7, column, :3] = 0
        camera.show([image])
        assert not camera.pixel_array[7, column, :3].any()
