"""Beats and words: a motion begins on a marked word, nobody sees the mark, and the picture comes before the voice."""

from functools import partial

import pytest
from manim import Dot, FadeIn
from torch.optim import SGD

from descent import VALLEY, Run
from descent.base.errors import DescentError
from descent.film.timeline import TICKS_PER_SECOND
from descent.stage import Beat, ComparisonScene
from descent.stage.scene.lecture import BREATH, LEAD_IN, LectureScene
from descent.stage.scene.rehearsal import rehearse


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCENT_VOICE", "silence")


class Leaps(ComparisonScene):
    title = "Here, it leaps"
    measured = True
    runs = (Run(VALLEY, partial(SGD, lr=0.1), (-4.5, -2.0), 5),)
    beats = (
        Beat("High up on a wall stands a ball.", "It stands"),
        Beat("For a while it waits, and then the ball ^leaps down.", "It leaps", to=3),
        Beat("It ^rolls on.", "It rolls", to=5),
    )

    def roll(self, to, seconds, **kwargs):
        self.rolled = [*getattr(self, "rolled", []), (self.timeline.now, seconds)]
        super().roll(to, seconds, **kwargs)


def test_a_roll_begins_on_its_word_and_nobody_sees_the_mark() -> None:
    film = rehearse(Leaps)
    _, leaps, rolls = film.timeline.lines
    assert leaps.text == "For a while it waits, and then the ball leaps down."
    assert not any("^" in cue.text for cue in film.script.captions())
    for line, word, (at, seconds) in zip((leaps, rolls), ("leaps", "rolls"), film.rolled, strict=True):
        spoken = line.start / TICKS_PER_SECOND + line.words[line.text.split().index(word)]
        assert 0 <= spoken - at / TICKS_PER_SECOND < 1 / TICKS_PER_SECOND
        assert at / TICKS_PER_SECOND + seconds <= line.span[1] + BREATH or seconds == 1.0


def test_without_a_mark_a_roll_begins_with_the_line() -> None:
    plain = type("Plain", (Leaps,), {"beats": (Leaps.beats[0], Beat("Now it leaps down.", "It leaps", to=3))})
    film = rehearse(plain)
    assert film.rolled[0][0] == film.timeline.lines[1].start


def test_the_first_line_comes_after_the_picture_and_the_first_chapter_with_it() -> None:
    timeline = rehearse(Leaps).timeline
    assert timeline.chapters[0][0] == 0
    assert timeline.lines[0].start / TICKS_PER_SECOND == pytest.approx(LEAD_IN, abs=1 / TICKS_PER_SECOND)
    assert timeline.lines[0].start / TICKS_PER_SECOND >= LEAD_IN
    assert [line.start for line in timeline.lines[1:]] == [tick for tick, _ in timeline.chapters[1:]]


@pytest.mark.parametrize(
    "beat", [Beat("It ^stands.", "It stands"), Beat("The ^ball ^rolls.", "It rolls", to=3)], ids=["no roll", "two"]
)
def test_a_mark_that_nothing_follows_is_told(beat: Beat) -> None:
    with pytest.raises(DescentError, match=r"marks \d words; a beat has one motion"):
        rehearse(type("Wrong", (Leaps,), {"beats": (Leaps.beats[0], beat)}))


class Points(LectureScene):
    measured = True

    def construct(self) -> None:
        with self.voiceover("Here comes the ^first, and a good while later the ^second.", "Two") as speech:
            self.begun = []
            for number in (0, 1, 0):
                speech.await_word(number)
                self.begun.append(self.timeline.now)
                self.play(FadeIn(Dot()), run_time=0.2)
            with pytest.raises(DescentError, match="has 2 marked words"):
                speech.await_word(2)


def test_a_scene_of_ones_own_waits_for_any_of_its_marks() -> None:
    film = rehearse(Points)
    (line,) = film.timeline.lines
    words = line.text.split()
    first, second = (
        int(line.start + line.words[words.index(word)] * TICKS_PER_SECOND + 1e-6) for word in ("first,", "second.")
    )
    assert film.begun == [first, second, second + 3]
