"""The lint catches what it is for, one deliberately broken film per fault, and says so in a sentence."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from manim import DOWN, RIGHT, Circle, Dot, Rectangle, Square, Text, TracedPath, ValueTracker, tempconfig

from descent import BIRD, EXPERIMENTS, Trajectory, trace
from descent.look.contrast import contrast, luminance
from descent.stage import SAFE, Box, Label, LectureScene, LossMap, Readout, RunMarks, Series, StepPanel, maths
from descent.stage.checks.lint import lint
from descent.stage.panels.legend import LossReadout, StepReadout

pytestmark = pytest.mark.filterwarnings("ignore::descent.film.narration.StaleTimingWarning")

RUN = replace(EXPERIMENTS["E03"], steps=6)


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return trace(RUN)


@pytest.fixture(scope="module")
def terrain() -> LossMap:
    return LossMap(BIRD, Box(-5, 1, -3, 3))


def faults_of(arrange: Callable[[LectureScene], None], step: float = 4.0) -> list[str]:
    """What the lint says of a film of one beat, whose picture a function arranges."""

    class Sketch(LectureScene):
        def construct(self) -> None:
            self.clock = ValueTracker(step)
            with self.voiceover("A line.", "A note"):
                arrange(self)
                self.wait(0.2)

    return lint(Sketch)


def only_fault_of(arrange: Callable[[LectureScene], None]) -> str:
    faults = faults_of(arrange)
    assert len(faults) == 1, faults
    return faults[0]


def test_a_sound_picture_has_no_faults(trajectory: Trajectory, terrain: LossMap) -> None:
    def arrange(scene: LectureScene) -> None:
        panel = StepPanel("loss", [Series(trajectory.loss, 0)], RUN.steps, Box(1.5, 6.5, -2, 2))
        curve, marks = panel.curves()[0].follow(scene.clock), RunMarks(trajectory, terrain).follow(scene.clock)
        loss = LossReadout(trajectory, 3, (6, 3, 0)).follow(scene.clock)
        count = StepReadout(RUN.steps, (3, 3, 0)).follow(scene.clock)
        words = [Label("Words").move_to((-5, -3.4, 0)), maths("x^2").move_to((0, 3.4, 0))]
        scene.add(terrain, panel, *words, marks, curve, loss, count)

    assert faults_of(arrange, 3.5) == []


def test_the_sentence_names_film_beat_note_and_text() -> None:
    fault = only_fault_of(lambda scene: scene.add(Label("Lost words").move_to((0, 9, 0))))
    assert fault.startswith("Sketch, at the end of beat 1 (“A note”): “Lost words” ")


@pytest.mark.parametrize(
    ("edge", "direction"),
    [
        ((SAFE.left, 0, 0), "left"),
        ((SAFE.right, 0, 0), "right"),
        ((0, SAFE.bottom, 0), "bottom"),
        ((0, SAFE.top, 0), "top"),
    ],
)
def test_text_outside_the_safe_frame(edge: tuple[float, float, float], direction: str) -> None:
    fault = only_fault_of(lambda scene: scene.add(Label("Far out").move_to(edge)))
    assert "leaves the safe frame" in fault
    assert fault.endswith(f"at the {direction}.")


@pytest.mark.parametrize(
    "other", [lambda: maths("w_1"), lambda: Label("below"), lambda: Readout((0, 0, 0)).set_text("12.5")]
)
def test_texts_that_overlap(other: Callable[[], Label]) -> None:
    def arrange(scene: LectureScene) -> None:
        label = Label("above")
        scene.add(label, other().move_to(label).shift(0.1 * DOWN))

    assert "overlap by" in only_fault_of(arrange)


def test_texts_side_by_side_and_shapes_behind_are_fine() -> None:
    def arrange(scene: LectureScene) -> None:
        left = Label("left")
        scene.add(Rectangle(fill_color="#000000", fill_opacity=1), left, Label("right").next_to(left, RIGHT, buff=0.05))

    assert faults_of(arrange) == []


@pytest.mark.parametrize("turn", [0.0, np.pi / 2])
@pytest.mark.parametrize(
    "make", [lambda: Label("Fine print"), lambda: maths("a + b"), lambda: Readout((1, 0, 0)).set_text("3.14")]
)
def test_text_too_small_as_drawn(make: Callable[[], Label], turn: float) -> None:
    """A size that is right where the text is made counts for nothing once it is scaled."""

    def sized(px: float) -> Callable[[LectureScene], None]:
        return lambda scene: scene.add((text := make()).scale(px / text.px).rotate(turn))

    assert "is set at 19.5 px, and needs 20" in only_fault_of(sized(19.5))
    assert faults_of(sized(20.5)) == []


def test_text_of_too_little_contrast_on_the_background() -> None:
    # On #0e1116 (luminance 0.0056), #737373 has a contrast of 4.0 and #808080 of 4.8.
    assert "has a contrast of 4.0" in only_fault_of(lambda scene: scene.add(Label("Dim", color="#737373")))
    assert faults_of(lambda scene: scene.add(Label("Clear", color="#808080"))) == []


def test_what_lies_behind_is_what_counts() -> None:
    """Fading, chips and map images change the contrast; things in front of the text or elsewhere do not."""

    def on(ground: Square, ink: str, opacity: float = 1.0) -> Callable[[LectureScene], None]:
        return lambda scene: scene.add(ground, Label("Words", color=ink).set_opacity(opacity))

    bright = Square(4, fill_color="#ffffff", fill_opacity=1)
    assert "contrast" in only_fault_of(on(bright, "#f2f5f8"))
    assert faults_of(on(bright, "#14191f")) == []
    assert faults_of(on(bright.copy().shift(5 * RIGHT), "#f2f5f8")) == []
    assert "contrast" in only_fault_of(on(bright.copy().set_fill(opacity=0.5), "#f2f5f8"))
    assert "contrast" in only_fault_of(on(bright.copy().set_fill(opacity=0), "#f2f5f8", opacity=0.4))


def test_a_map_behind_text_counts(terrain: LossMap) -> None:
    def name_it(chip: bool) -> Callable[[LectureScene], None]:
        heights = terrain.surface.grid(60)
        row, column = np.unravel_index(np.argmax(heights.loss), heights.loss.shape)
        at = np.clip(terrain.to_frame((heights.w1[column], heights.w2[row])), -2.4, 2.4)
        where = terrain.to_params(at)
        tag = terrain.tag("High ground", where, (0, 0, 0))
        return lambda scene: scene.add(terrain, tag if chip else Label("High ground", color="#8090a0").move_to(tag))

    assert "contrast" in only_fault_of(name_it(chip=False))
    assert faults_of(name_it(chip=True)) == []


def test_the_light_theme_has_its_own_ground() -> None:
    with tempconfig({"background_color": "#ffffff"}):
        assert "contrast" in only_fault_of(lambda scene: scene.add(Label("Words", color="#f2f5f8")))


def test_foreign_text_and_traced_paths() -> None:
    assert "there is a Text" in only_fault_of(lambda scene: scene.add(Text("system font")))
    assert "there is a TracedPath" in faults_of(lambda scene: scene.add(TracedPath(Dot().get_center)))[0]


def test_a_ball_outside_its_map(trajectory: Trajectory, terrain: LossMap) -> None:
    def arrange(scene: LectureScene) -> None:
        marks = RunMarks(trajectory, terrain).at_step(4.0)
        marks.ball.shift(9 * DOWN)
        scene.add(terrain, marks)

    assert only_fault_of(arrange).endswith(f"the ball of {RUN.label} is outside its map.")


def test_a_ball_away_from_its_iterate(trajectory: Trajectory, terrain: LossMap) -> None:
    def arrange(scene: LectureScene) -> None:
        scene.add(terrain, RunMarks(trajectory, terrain).at_step(2.0).add_updater(lambda marks: marks))

    assert "is not where step 4 puts it" in only_fault_of(arrange)


def test_a_marker_outside_its_panel(trajectory: Trajectory) -> None:
    def arrange(scene: LectureScene) -> None:
        panel = StepPanel("loss", [Series(trajectory.loss, 0)], RUN.steps, Box(0, 6, -2, 2))
        curve = panel.curves()[0].at_step(4.0)
        curve.marker.shift(4 * DOWN)
        scene.add(panel, curve)

    assert only_fault_of(arrange).endswith("the marker of curve 1 is outside its panel.")


def test_a_picture_that_lags_behind_its_clock() -> None:
    class Late(LectureScene):
        def construct(self) -> None:
            self.clock = ValueTracker(2.0)
            with self.voiceover("A line.", "A note") as beat:
                self.wait(beat.remaining)
                dot = Circle()
                self.add(dot)
                dot.add_updater(lambda circle: circle.set_x(self.clock.get_value()))

    assert "a Circle lags behind its clock" in lint(Late)[0]


@pytest.mark.parametrize("step", [0.0, 3.0, 3.999, 6.0])
def test_a_loss_that_is_not_the_data(trajectory: Trajectory, step: float) -> None:
    """The readout was set at one step and stands still while the clock goes on."""
    shown = LossReadout(trajectory, 2, (0, 0, 0)).at_step(step)
    assert faults_of(lambda scene: scene.add(shown), step) == []
    fault = faults_of(lambda scene: scene.add(shown), step + 1.0 if step < 5 else 2.0)
    assert len(fault) == 1
    assert f"a loss reads {shown.text}, but at step" in fault[0]


def test_a_loss_of_too_few_digits_or_a_wrong_one(trajectory: Trajectory) -> None:
    shown = LossReadout(trajectory, 2, (0, 0, 0)).at_step(4.0)
    true = shown.text
    wrong = true[:-1] + str((int(true[-1]) + 1) % 10)
    assert "a loss reads" in only_fault_of(lambda scene: scene.add(shown.set_text(wrong)))


def test_a_step_that_is_not_the_clock() -> None:
    fault = only_fault_of(lambda scene: scene.add(StepReadout(6, (0, 0, 0)).at_step(2.0)))
    assert fault.endswith("the step reads “2 of 6”, but it is 4 of 6.")


@pytest.mark.parametrize("part", ["map", "panel", "logarithmic panel"])
def test_a_number_on_an_axis_beside_another_value(trajectory: Trajectory, terrain: LossMap, part: str) -> None:
    def arrange(scene: LectureScene) -> None:
        if part == "map":
            axes = LossMap(BIRD, Box(-3, 3, -3, 3))
        else:
            values = np.geomspace(1e-4, 1.0, 7) if part.startswith("log") else trajectory.loss
            axes = StepPanel("loss", [Series(values, 0)], RUN.steps, Box(-3, 3, -2, 2))
        numbers = [
            label for label in axes.get_family() if isinstance(label, Label) and label.text[-1] in "0123456789⁰¹²³⁴⁻"
        ]
        assert len(numbers) > 3
        scene.add(axes)
        numbers[-1].shift((0.06, 0.06, 0))

    assert "on an axis stands" in only_fault_of(arrange)


def test_faults_are_reported_once_and_in_the_last_picture_too() -> None:
    class Slip(LectureScene):
        def construct(self) -> None:
            label = Label("Out").move_to((0, 9, 0))
            self.add(label)
            for _ in range(2):
                with self.voiceover("A line.", "A note"):
                    self.wait(0.2)
            label.move_to((0, 0, 0))
            self.add(Label("Late").move_to((9, 0, 0)))
            self.wait(0.2)

    first, last = lint(Slip)
    assert first.startswith("Slip, at the end of beat 1")
    assert last.startswith("Slip, in the last picture: “Late”")


def test_contrast_of_known_colours() -> None:
    """Values worked out by hand from the definition."""
    assert contrast([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]) == pytest.approx(1.0)
    assert luminance([0.0, 1.0, 0.0]) == pytest.approx(0.7152)
    assert luminance([10 / 255 / 12.92 * 12.92, 0, 0]) == pytest.approx(0.2126 * 10 / 255 / 12.92)
    assert contrast([1, 1, 1], [1, 0, 0]) == pytest.approx(1.05 / 0.2626)
    assert contrast([1, 0, 0], [1, 1, 1]) == contrast([1, 1, 1], [1, 0, 0])
