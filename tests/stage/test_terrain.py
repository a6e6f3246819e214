"""Landscapes on stage: the same data as on the map, drawn only when asked for, named without being drawn."""

from dataclasses import replace

import numpy as np
import pytest
from every_frame import EveryFrame
from manim import RIGHT, FadeIn, Scene, Succession, Wait, tempconfig

from descent import BIRD, EXPERIMENTS, DescentError, trace
from descent.delivery.fingerprint import SamplingRenderer
from descent.look.opengl import renderer
from descent.stage import OVERVIEW, Box, ComparisonScene, Fly, Label, Landscape, Terrain, View
from descent.stage.checks.legibility import shown_by
from descent.stage.drawing.fade import CheapFadeIn
from descent.stage.geometry import FRAME
from descent.stage.landscape.run import TerrainRun
from descent.stage.scene.rehearsal import rehearse

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")
RUNS = (replace(EXPERIMENTS["E03"], steps=6), replace(EXPERIMENTS["E04"], steps=6))
BOX = Box(-6, 1, -3, 3)


@pytest.fixture
def terrain():
    return Terrain(BIRD, BOX)


def trace_of():
    return trace(RUNS[0])


def no_drawing(shot):
    raise AssertionError("a picture was drawn")


class Told(ComparisonScene):
    """A film of two beats, one of which flies."""

    title = "A claim"
    runs = RUNS
    ground = Landscape(lambda terrain: [terrain.fit(replace(OVERVIEW, azimuth=angle)) for angle in (34, 60)])
    ends = 3.5

    def construct(self):
        with self.voiceover("The land.", "Land"):
            self.board.open()
            self.board.fly(1, 0.8)
        with self.voiceover("They roll.", "Roll"):
            self.play(*self.board.settle(), *self.board.enter(0, 1), run_time=0.4)
            self.roll(self.ends, 0.8)


def test_where_a_point_of_the_ground_is_seen(terrain):
    middle = np.mean(BIRD.domain, axis=1)
    assert BOX.contains(terrain.to_frame(middle))
    high = terrain.to_frame(middle, above=0.2)
    assert high[1] > terrain.to_frame(middle)[1]
    many = terrain.to_frame([middle, (-12, 10)])
    np.testing.assert_allclose(many[0], terrain.to_frame(middle))


def test_the_whole_block_stands_in_its_box(terrain):
    x, y = terrain.land.span / 2
    corners = [(a, b, c) for a in (-x, x) for b in (-y, y) for c in (0, 0.6)]
    seen = terrain.seen(corners)
    assert all(BOX.contains(point) for point in seen)


@pytest.mark.parametrize("step", [0.0, 1.0, 2.4, 6.0])
def test_map_and_landscape_show_the_same_data_at_the_same_step(step):
    flat = rehearse(type("Flat", (ComparisonScene,), {"title": "A claim", "runs": RUNS}))
    deep = rehearse(
        type("Deep", (ComparisonScene,), {"title": "A claim", "runs": RUNS, "ground": Landscape(inset=False)})
    )
    (x0, x1), (y0, y1) = BIRD.domain
    for on_map, on_land in zip(flat.board.marks, deep.board.marks, strict=True):
        data = flat.board.map.to_params(on_map.position(step))
        (centre,), _ = on_land.track.rolling.at(step)
        share = centre[:2] / deep.board.map.land.span + 0.5
        assert (x0 + share[0] * (x1 - x0), y0 + share[1] * (y1 - y0)) == pytest.approx(data, abs=1e-9)
        np.testing.assert_allclose(on_land.position(step), deep.board.map.seen(centre))


def test_a_landscape_and_its_small_map_are_on_one_clock():
    board = rehearse(Told).board
    for together in board.marks:
        land, above = together.submobjects
        assert above.ball[-2].get_center() == pytest.approx(above.position(3.5), abs=1e-9)
        assert land.step == 3.5


def test_a_film_that_opens_has_no_title_and_no_note_until_it_settles():
    class Opening(Told):
        def construct(self):
            with self.voiceover("The land.", "Land"):
                self.board.open()
                self.wait(0.2)
                self.bare = not any(isinstance(part, Label) for each in self.mobjects for part in each.get_family())
                self.play(*self.board.settle(), run_time=0.4)

    scene = rehearse(Opening)
    assert scene.bare
    assert scene.heading in scene.mobjects
    assert scene.note in scene.mobjects


def test_runs_go_on_in_a_piece_of_the_land_and_on_the_small_map():
    class Down(Told):
        def construct(self):
            self.play(*self.board.reveal([0]), run_time=0.2)
            self.board.descend(BIRD.minima[0], 4.0, lambda terrain: [terrain.fit(OVERVIEW)])
            self.roll(3, 0.2)

    scene = rehearse(Down)
    (land, *_), (above, *_) = scene.board.marks, scene.board.inset.marks
    assert [each.step for each in scene.board.map.shot().runs] == [3] == [land.step]
    assert above in scene.mobjects
    assert above.ball[-2].get_center() == pytest.approx(above.position(3), abs=1e-9)


def test_a_film_is_planned_without_drawing(monkeypatch):
    monkeypatch.setattr(renderer, "draw", no_drawing)
    keys = []
    for ends in (3.5, 3.5, 4.0):
        sampling = SamplingRenderer()
        rehearse(type("Told", (Told,), {"ends": ends}), sampling)
        keys.append(sampling.keys)
    assert keys[0] == keys[1] != keys[2]
    assert keys[0][0] == keys[2][0]
    assert keys[0][-1] != keys[2][-1]


def test_a_tag_that_comes_in_during_a_flight_is_the_same_whichever_frames_came_before():
    class Tagged(Told):
        def construct(self):
            self.board.fly(1, 1.4)
            self.along(Succession(Wait(0.5), FadeIn(self.board.map.tag("here", BIRD.minima[0], RIGHT)), run_time=1.4))
            self.wait(1.4)

    planned, drawn = SamplingRenderer(), EveryFrame()
    for sampling in (planned, drawn):
        rehearse(Tagged, sampling)
    assert planned.seen == drawn.seen


def test_a_picture_is_named_by_what_it_shows(terrain):
    run = TerrainRun(trace_of(), terrain, 0)
    names = [terrain.picture.digest]
    assert terrain.picture.digest == names[0]
    for change in (
        lambda: run.at_step(2.5),
        lambda: run.fill_rgbas.__setitem__((0, 3), 0.5),
        lambda: terrain.fly([View(10, 30, 3)]),
        lambda: terrain.picture.tint.__setitem__((0, 3), 0.5),
    ):
        change()
        names.append(terrain.picture.digest)
    with tempconfig({"background_color": "#ffffff"}):
        names.append(terrain.picture.digest)
    assert len(set(names)) == len(names)


def test_only_what_is_in_the_scene_is_in_the_picture(terrain):
    scene, run, other = Scene(), *(TerrainRun(trace_of(), terrain, k) for k in range(2))
    assert len(terrain.shot().runs) == 2
    terrain.watch(scene)
    assert not terrain.shot().runs
    scene.add(run)
    assert [running.track for running in terrain.shot().runs] == [run.track]
    scene.add(other).remove(run)
    assert [running.track for running in terrain.shot().runs] == [other.track]


def test_runs_and_landscape_fade(terrain):
    run = TerrainRun(trace_of(), terrain, 0)
    for mobject, opacity in ((run, lambda: run.opacity), (terrain, lambda: terrain.picture.tint[0, 3])):
        animation = CheapFadeIn(mobject, rate_func=lambda share: share)
        animation.begin()
        animation.interpolate(0.25)
        assert opacity() == pytest.approx(0.25)
        animation.interpolate(1)
        assert opacity() == 1
    terrain.picture.tint[0, 3] = 0.5
    with tempconfig({"pixel_width": 160, "pixel_height": 90}):
        pixels = terrain.picture.get_pixel_array()
    assert pixels.shape == (90, 160, 4)
    assert (pixels[..., 3] == 128).all()


def test_flying_starts_where_the_camera_is_and_ends_where_it_is_told(terrain):
    terrain.fly([View(0, 30, 3), View(40, 50, 2), View(60, 40, 3)])
    terrain.place.set_value(0.5)
    flight = Fly(terrain, 2, rate_func=lambda share: share)
    flight.begin()
    places = []
    for share in (0, 0.5, 1):
        flight.interpolate(share)
        places.append(terrain.place.get_value())
    assert places == pytest.approx([0.5, 1.25, 2])
    assert terrain.view() == View(60, 40, 3)


def test_a_label_stays_with_its_point(terrain):
    terrain.fly([terrain.fit(OVERVIEW), terrain.fit(replace(OVERVIEW, azimuth=70))])
    tag = terrain.tag("the lowest", BIRD.minima[0], (0, 1, 0))
    for place in (0.0, 0.6, 1.0, 0.0):
        terrain.place.set_value(place)
        tag.update()
        point = terrain.to_frame(BIRD.minima[0])
        assert tag.get_center()[0] == pytest.approx(point[0], abs=1e-9)
        assert 0 < tag.get_bottom()[1] - point[1] < 0.3


def test_the_scale_stands_at_the_edge_with_each_loss_at_its_height(terrain):
    scale = terrain.axes
    labels = [part for part in scale.get_family() if getattr(part, "text", "").lstrip("−").isdigit()]
    assert len(labels) >= 4
    heights = dict(zip(terrain.land.levels.tolist(), terrain.land.level_heights.tolist(), strict=True))
    foot = scale._foot
    for label in labels:
        place = terrain.seen((*foot, heights[float(label.text.replace("−", "-"))]))
        assert label.get_center()[1] == pytest.approx(place[1], abs=0.05)
        assert label.get_right()[0] < place[0]


def test_the_scale_is_not_shown_where_its_corner_is_not(terrain):
    terrain.fly([terrain.fit(OVERVIEW), View(OVERVIEW.azimuth, 40, 1.0)])
    shown = []
    for place in (0.0, 1.0, 0.0):
        terrain.place.set_value(place)
        shown.append(len(terrain.axes.update().submobjects) > 0)
    assert shown == [True, False, True]


def test_pictures_lie_on_whole_pixels():
    with tempconfig({"pixel_width": 854, "pixel_height": 480}):
        third = Terrain(BIRD, Box(-2, 2, -3, 3), region=Box(-2.3, 2.41, -4, 4), scale=False)
        width, height = third.shot().size
        per_unit = 854 / FRAME.width
        corners = third.picture.points[:, :2] * per_unit + (427, 240)
    np.testing.assert_allclose(corners, np.round(corners), atol=1e-9)
    assert np.ptp(corners, axis=0) == pytest.approx((width, height))


def test_text_over_a_landscape_is_looked_over_with_it():
    scene = rehearse(Told)
    assert any(part is scene.board.map.picture for part in shown_by(scene).parts)


def test_a_film_on_a_map_cannot_fly():
    class Flat(ComparisonScene):
        title = "A claim"
        runs = RUNS

        def construct(self):
            self.board.fly(1, 1.0)

    with pytest.raises(DescentError, match=r"ground = Landscape\(\)"):
        rehearse(Flat)
