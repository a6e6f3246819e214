"""A film begins with its question and ends with its answer; viewers predict between; words go before others come."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pytest
from manim import FadeIn, FadeOut, Square, tempconfig
from torch.optim import SGD

from descent import VALLEY, Run
from descent.film.asked import Asked
from descent.film.timeline import TICKS_PER_SECOND
from descent.stage import Beat, ComparisonScene, Label, LectureScene, maths
from descent.stage.checks.legibility import shown_by
from descent.stage.checks.lint import lint
from descent.stage.scene.pulse import Pulse
from descent.stage.scene.rehearsal import NullRenderer, rehearse
from descent.stage.scene.runs import PREDICT_WORDS


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCENT_VOICE", "silence")


class Falls(ComparisonScene):
    title = "Here, the ball reaches the valley's floor"
    question = "Where does the ball end?"
    answer = "On the valley's floor."
    formula = "nabla L = 0"
    measured = True
    runs = (Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 5),)
    beats = (
        Beat("High up on a wall stands a ball.", "It stands"),
        Beat("It rolls down to the floor.", "It rolls", to=5, reveal=True),
    )


class Seen(NullRenderer):
    """Notes the words on stage as every play begins, and at its middle."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[list[str]] = []
        self.through: list[tuple[str, str]] = []

    def frame_times(self, run_time: float) -> Sequence[float]:
        return [share * run_time for share in (0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.8)]

    def save_static_frame_data(self, scene: LectureScene, static_mobjects: object) -> None:  # type: ignore[override]
        self.words.append([text.what.text.replace("\n", " ") for text in shown_by(scene).texts])

    def update_frame(self, scene: LectureScene, *args: object, **kwargs: object) -> None:  # type: ignore[override]
        self.through += _through_each_other(scene)


def _through_each_other(scene: LectureScene) -> Iterator[tuple[str, str]]:
    texts = shown_by(scene).texts
    for k, one in enumerate(texts):
        for other in texts[:k]:
            across = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
            up = min(one.box.top, other.box.top) - max(one.box.bottom, other.box.bottom)
            if min(across, up) > 0.02:
                yield other.what.text, one.what.text


def seen(scene_class: type[LectureScene]) -> tuple[LectureScene, Seen]:
    renderer = Seen()
    return rehearse(scene_class, renderer), renderer


def test_the_question_stands_where_the_title_would_and_the_answer_comes_last() -> None:
    film, renderer = seen(Falls)
    *before, last = renderer.words
    held = [words for words in before if Falls.answer not in words]
    assert all(Falls.question in words for words in held[:-1]), "from the first picture on"
    assert not any(Falls.title in words or Falls.answer in words for words in held)
    assert last == [Falls.question, Falls.answer, Falls.formula]
    assert film.timeline.chapters[-1][1] == Falls.answer
    assert len(film.timeline.chapters) == len(film.timeline.lines) + 1
    assert film.script.title == Falls.title


def test_a_film_that_asks_nothing_looks_as_ever() -> None:
    plain = type("Plain", (Falls,), {"question": "", "answer": "", "beats": Falls.beats[:1]})
    film, renderer = seen(plain)
    assert all(Falls.title in words for words in renderer.words)
    assert len(film.timeline.chapters) == 1
    assert not any(play.aside for play in film.timeline.plays)


def test_what_a_course_says_goes_before_what_the_film_says() -> None:
    told = Asked("What next?", "This.", "And then?")
    _, renderer = seen(type("Told", (Falls,), {"asked": told, "formula": ""}))
    assert "What next?" in renderer.words[0]
    assert renderer.words[-1] == ["What next?", "This.", "Next: And then?"]


def test_nobody_speaks_over_the_card_and_it_can_be_read() -> None:
    timeline = rehearse(Falls).timeline
    begins = timeline.chapters[-1][0]
    assert timeline.lines[-1].span[1] <= begins / TICKS_PER_SECOND
    card = [play for play in timeline.plays if play.start >= begins]
    assert all(play.aside for play in card)
    assert sum(play.ticks for play in card if play.still) >= 3 * TICKS_PER_SECOND


def test_viewers_predict_in_silence_before_the_reveal_and_slides_stop_there() -> None:
    film, renderer = seen(Falls)
    timeline = film.timeline
    reveal = timeline.lines[1]
    assert timeline.reveals == {reveal.start}
    assert reveal.start - round(timeline.lines[0].span[1] * TICKS_PER_SECOND) >= 2 * TICKS_PER_SECOND
    pause = [k for k, play in enumerate(timeline.plays) if play.aside and play.start < reveal.start]
    assert timeline.plays[pause[-1]].still
    assert timeline.plays[pause[-1]].start + timeline.plays[pause[-1]].ticks == reveal.start
    assert PREDICT_WORDS in renderer.words[pause[-1]]
    assert not any(PREDICT_WORDS in words for words in renderer.words[pause[-1] + 1 :])
    assert timeline.chapters[1][0] == reveal.start, "so the pause ends the slide before"


def test_a_film_without_title_on_screen_waits_all_the_same() -> None:
    class Bare(LectureScene):
        measured = True

        def construct(self) -> None:
            with self.voiceover("A line.", "A note", reveal=True):
                self.wait(0.2)

    assert [play.aside for play in rehearse(Bare).timeline.plays] == [True, False, False]


def test_what_the_last_picture_showed_is_kept() -> None:
    film = rehearse(Falls)
    assert film.board.map in film.held  # type: ignore[attr-defined]
    assert film.board.map not in film.mobjects  # type: ignore[attr-defined]


@pytest.mark.parametrize("background", ["#0e1116", "#ffffff"])
def test_a_card_of_long_words_is_legible(background: str) -> None:
    long = (
        "Not here: the two lower rates swing around the lowest minimum, the highest stops in a flat one, however far."
    )

    class Card(LectureScene):
        question = "At a constant rate of learning, whose swing around the minimum dies out, RMSprop’s or AdamW’s?"
        answer = long
        formula = "w_(t+1) = w_t - eta hat(m)_t / (sqrt(hat(v)_t) + epsilon) quad hat(m)_t = m_t / (1 - beta_1^t)"
        asked = Asked(following="At too high a rate, who runs away: SGD, RMSprop or Adam, and for how many steps?")

        def construct(self) -> None:
            self.add(Label("Before"))
            self.wait(0.2)

    with tempconfig({"background_color": background}):
        assert lint(Card) == []


@pytest.mark.parametrize("run_time", [0.3, 1.2])
def test_words_that_leave_are_gone_before_others_come_in_their_place(run_time: float) -> None:
    class Change(LectureScene):
        def construct(self) -> None:
            old, new, aside = Label("What was said"), maths("x^2 + y^2"), Square().shift((4, 0, 0))
            self.add(old)
            self.play(FadeOut(old, run_time=0.2), FadeIn(new), FadeIn(aside), run_time=run_time)
            self.along(*self.swap(new, Label("What is said")))
            self.wait(1)

    film, renderer = seen(Change)
    assert renderer.through == []
    assert [play.ticks for play in film.timeline.plays[:1]] == [round(run_time * TICKS_PER_SECOND + 0.4)]


def test_words_apart_come_and_go_together() -> None:
    class Beside(LectureScene):
        def construct(self) -> None:
            old, new = Label("left").shift((-4, 0, 0)), Label("right").shift((4, 0, 0))
            self.add(old)
            self.play(FadeOut(old), FadeIn(new), run_time=1)

    class Together(Seen):
        both = False

        def update_frame(self, scene: LectureScene, *args: object, **kwargs: object) -> None:  # type: ignore[override]
            self.both = self.both or len(shown_by(scene).texts) == 2

    renderer = Together()
    rehearse(Beside, renderer)
    assert renderer.both


def test_a_ring_pulses_around_what_a_line_names_while_nothing_else_moves() -> None:
    class Named(LectureScene):
        measured = True

        def construct(self) -> None:
            word = Label("minimum")
            self.add(word)
            with self.voiceover("This is what it is all about, all of the time.", "It", around=word):
                self.wait(0.4)
            with self.voiceover("And these two points of the frame.", "Two", around=[np.zeros(3), word]):
                pass

    timeline = rehearse(Named).timeline
    first, second = timeline.lines
    still = [play for play in timeline.plays if play.still]
    for line in (first, second):
        begin, end = line.start, line.start + line.seconds * TICKS_PER_SECOND
        rests = sum(max(0, min(end, play.start + play.ticks) - max(begin, play.start)) for play in still)
        assert rests <= 0.4 * TICKS_PER_SECOND + 2
    left = [part for part in rehearse(Named).mobjects if len(part.family_members_with_points())]
    assert [type(part) for part in left] == [Label], "no ring stays"


def test_where_a_ring_is_depends_on_the_moment_alone() -> None:
    one, other = (Pulse(Square(0.3).shift((2, 1, 0)), 3.0) for _ in range(2))
    for alpha in (0.1, 0.9, 0.4, 0.7):
        one.interpolate_mobject(alpha)
    other.interpolate_mobject(0.7)
    assert np.array_equal(one.mobject[0].points, other.mobject[0].points)
    assert np.allclose(one.mobject[0].get_center(), (2, 1, 0), atol=1e-9)


def test_a_picture_comes_when_the_words_in_its_place_are_gone() -> None:
    class Change(LectureScene):
        def construct(self) -> None:
            old, new = Label("What was said"), Square(3.0, fill_opacity=1)
            self.add(old)
            self.play(FadeOut(old), FadeIn(new), run_time=1)

    class Both(Seen):
        seen = False

        def update_frame(self, scene: LectureScene, *args: object, **kwargs: object) -> None:  # type: ignore[override]
            squares = [part for part in scene.mobjects if isinstance(part, Square) and part.get_fill_opacity() > 0.01]
            self.seen = self.seen or bool(squares and shown_by(scene).texts)

    renderer = Both()
    rehearse(Change, renderer)
    assert not renderer.seen
