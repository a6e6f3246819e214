"""Scenes of runs: what they refuse, what stands where, and that the picture follows the data to the end."""

from dataclasses import replace
from itertools import combinations

import pytest
from manim import ImageMobject
from pictures import inside

from descent import BIRD, EXPERIMENTS, HIMMELBLAU, ROSENBROCK, VALLEY, Claim, DescentError, Run, reaches
from descent.stage import Beat, ComparisonScene, Map, SideBySideScene
from descent.stage.geometry import SAFE
from descent.stage.scene.layout import compose, compose_row
from descent.stage.scene.rehearsal import rehearse
from descent.stage.scene.side_by_side import OwnStep

STEADY, OTHER = EXPERIMENTS["E06"], EXPERIMENTS["E07"]
EITHER = pytest.mark.parametrize("kind", [ComparisonScene, SideBySideScene])
pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")


def film(kind, **declared):
    return type("Film", (kind,), {"title": "A claim", **declared})


@EITHER
@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"runs": ()}, "compares 0 runs; give 1 to"),
        ({"runs": (STEADY,) * 9}, "compares 9 runs; give 1 to"),
        (
            {"runs": (STEADY,), "claims": (Claim("It never arrives.", (STEADY,), lambda trajectory: False),)},
            "the claim “It never arrives.” does not hold",
        ),
    ],
    ids=["no runs", "too many runs", "a false claim"],
)
def test_a_film_that_cannot_be_shown_is_refused_in_one_sentence(kind, declared, told):
    with pytest.raises(DescentError, match=told) as error:
        rehearse(film(kind, **declared))
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_one_map_shows_one_surface():
    with pytest.raises(DescentError, match=r"different surfaces; one map shows one surface\.$"):
        rehearse(film(ComparisonScene, runs=(STEADY, EXPERIMENTS["E03"])))


@EITHER
def test_a_film_tells_its_beats_and_ends_on_the_last_step(kind):
    beats = (Beat("First we look.", "Look"), Beat("Then they roll.", "Roll", to=20), Beat("They stop.", "Stop", to=50))
    claims = (Claim("Both arrive.", (STEADY,), reaches((0.0, 0.0), within=0.1)),)
    scene = rehearse(film(kind, runs=(STEADY, OTHER), claims=claims, beats=beats))
    assert [line.text for line in scene.timeline.lines] == [beat.say for beat in beats]
    assert [note for _, note in scene.timeline.chapters] == [beat.note for beat in beats]
    assert scene.clock.get_value() == 50
    alone = kind is ComparisonScene
    for k, (marks, trajectory) in enumerate(
        zip(scene.board.marks if alone else scene.marks, scene.trajectories, strict=True)
    ):
        on = scene.board.map if alone else scene.maps[k]
        assert marks in scene.mobjects
        assert marks.ball[-2].get_center() == pytest.approx(on.to_frame(trajectory.params[-1]), abs=1e-9)


def test_a_closer_map_has_the_names_of_the_one_that_it_comes_from():
    class Closer(ComparisonScene):
        title, runs, ground = "A claim", (STEADY,), Map(names=("a", "b"))

        def construct(self):
            self.play(*self.board.reveal())
            self.board.zoom((0.0, 0.0), 2.0)

    scene = rehearse(Closer)
    assert scene.board.map.names == ("a", "b")
    assert scene.board.map.surface.domain[0] == pytest.approx((-1.0, 1.0))
    images = [part for each in scene.mobjects for part in each.get_family() if isinstance(part, ImageMobject)]
    assert images == [scene.board.map.image]  # the map that it comes from does not lie under it


def overlap(one, other):
    across = min(one.right, other.right) - max(one.left, other.left)
    up = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > 1e-9 and up > 1e-9


@pytest.mark.parametrize("surface", [BIRD, VALLEY, ROSENBROCK, HIMMELBLAU], ids=lambda surface: surface.name)
@pytest.mark.parametrize("runs", range(1, 9))
def test_the_boxes_of_a_comparison_are_in_the_safe_frame_and_apart(surface, runs):
    frame = compose(surface, runs)
    boxes = [frame.map, frame.title, frame.loss, frame.rate, frame.legend]
    assert all(box.width > 0.8 and box.height > 0.4 for box in boxes)
    for box in boxes:
        assert SAFE.contains((box.left, box.bottom))
        assert SAFE.contains((box.right, box.top))
    assert not any(overlap(*pair) for pair in combinations(boxes, 2))


@pytest.mark.parametrize("surface", [BIRD, VALLEY, ROSENBROCK], ids=lambda surface: surface.name)
@pytest.mark.parametrize("count", [2, 3, 4])
def test_maps_in_a_row_are_in_the_safe_frame_apart_and_equally_high(surface, count):
    row = compose_row([surface] * count, top=2.3)
    boxes = [*row.maps, *row.headings]
    (x0, x1), (y0, y1) = surface.domain
    for box in boxes:
        assert SAFE.contains((box.left, box.bottom))
        assert SAFE.contains((box.right, box.top))
    for box in row.maps:
        assert box.height == pytest.approx(row.maps[0].height)
        assert box.width / box.height == pytest.approx((x1 - x0) / (y1 - y0))
    gaps = [right.left - left.right for left, right in zip(row.maps, row.maps[1:], strict=False)]
    assert gaps == pytest.approx([gaps[0]] * (count - 1))
    assert min(gaps) > 0.6  # room for the numbers at a map's left
    assert not any(overlap(*pair) for pair in combinations([*boxes, row.loss], 2))


@pytest.fixture(scope="module")
def row_of_three():
    runs = [replace(STEADY, steps=steps) for steps in (12, 30, 50)]
    return rehearse(film(SideBySideScene, runs=runs, beats=(Beat("They roll.", "Roll", to=50),)))


def test_side_by_side_every_run_stops_at_its_own_end(row_of_three):
    scene = row_of_three
    for step in (0, 5, 12, 12.5, 31, 50):
        scene.clock.set_value(step)
        for k, trajectory in enumerate(scene.trajectories):
            at = int(min(step, trajectory.steps))
            own, loss = scene.headings[k].readouts
            for moving in (own, loss, scene.curves[k]):
                moving.update()
            assert own.text == str(at)
            whole, _, places = loss.text.replace("−", "-").partition(".")
            assert len(places) >= 2
            assert float(f"{whole}.{places}") == pytest.approx(trajectory.loss[at], abs=0.5001 * 10.0 ** -len(places))
            reached = min(step, trajectory.steps)
            assert scene.curves[k].marker.get_center()[0] == pytest.approx(scene.loss_panel.point(reached, 1.0)[0])


def test_side_by_side_all_is_inside_the_safe_frame(row_of_three):
    scene = row_of_three
    for part in (scene.heading, scene.loss_panel, *scene.maps, *(each.words for each in scene.headings)):
        assert inside(part, SAFE, slack=0.01)


def test_a_ghost_stands_under_the_runs_and_is_told_apart(row_of_three):
    scene = row_of_three
    ghost = scene.ghost(OTHER, 0)
    assert scene.mobjects.index(ghost) < min(map(scene.mobjects.index, scene.marks))
    assert ghost.trail.get_stroke_color() != scene.marks[0].trail.get_stroke_color()
    scene.clock.set_value(7)
    ghost.update()
    assert ghost.ball[-2].get_center() == pytest.approx(scene.maps[0].to_frame(ghost.trajectory.params[7]), abs=1e-9)


def test_own_steps_depend_on_the_step_alone(row_of_three):
    trajectory = row_of_three.trajectories[0]
    used = OwnStep(trajectory, (0, 0, 0))
    for step in (3.7, 99, 0.0, 11.999999999):
        assert used.at_step(step).text == OwnStep(trajectory, (0, 0, 0)).at_step(step).text
    assert used.text == "12"


def test_headings_name_what_differs(row_of_three):
    runs = [Run(VALLEY, replace_rate(rate), (-4.5, -2.0), 3) for rate in (0.1, 0.25)]
    scene = rehearse(film(SideBySideScene, runs=runs, beats=(Beat("They roll.", "Roll"),)))
    assert [heading.words[1].text for heading in scene.headings] == ["lr 0.1", "lr 0.25"]


def replace_rate(rate):
    return type(STEADY.optimizer)(STEADY.optimizer.func, lr=rate, momentum=0.5)
