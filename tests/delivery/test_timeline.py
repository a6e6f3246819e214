"""Laws of film time: whole frames at every rate, and where a stretch lands when plays are skipped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manim import Wait

from descent.film.timeline import TICKS_PER_SECOND, Timeline, ticks
from descent.stage.scene.lecture import LectureScene

PLAYS = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=10)
MOMENTS = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted)


def film(plays):
    timeline = Timeline()
    for length, written in plays:
        timeline.play(length, written)
    return timeline


@given(st.floats(0.001, 600))
def test_ticks_are_the_fewest_that_last_long_enough(seconds):
    whole = ticks(seconds)
    assert whole / TICKS_PER_SECOND >= seconds - 1e-6
    assert whole == 1 or (whole - 1) / TICKS_PER_SECOND < seconds


@given(st.integers(1, 3000))
def test_a_whole_number_of_ticks_stays_as_it_is(whole):
    assert ticks(whole / TICKS_PER_SECOND) == whole


@pytest.mark.parametrize("rate", [15, 30, 60])
@given(seconds=st.floats(0.02, 90))
def test_a_play_has_the_same_length_in_frames_at_every_rate(rate, seconds):
    scene = object.__new__(LectureScene)  # a play's length depends on nothing but its animations
    run_time = scene.get_run_time([Wait(run_time=seconds)])
    frames = len(np.arange(0, run_time, 1 / rate))  # as Manim counts them
    assert frames == ticks(seconds) * rate / TICKS_PER_SECOND


@given(PLAYS, MOMENTS)
def test_spans_cover_what_is_written_of_a_stretch_and_nothing_else(plays, stretch):
    timeline = film(plays)
    first, last = stretch
    source = [tick for play in timeline.plays if play.written for tick in range(play.start, play.start + play.ticks)]
    expected = {place: tick for place, tick in enumerate(source) if first <= tick < last}
    found = {}
    for at, begin, kept in timeline.output_spans(first / TICKS_PER_SECOND, last / TICKS_PER_SECOND):
        for k in range(round(kept * TICKS_PER_SECOND)):
            found[round(at * TICKS_PER_SECOND) + k] = round(begin * TICKS_PER_SECOND) + k
    assert found == expected


@given(PLAYS)
def test_spans_are_as_few_as_there_are_breaks(plays):
    timeline = film(plays)
    runs = sum(now and not before for (_, before), (_, now) in zip([(0, False), *plays], plays, strict=False))
    assert len(list(timeline.output_spans(0, np.inf))) == runs


@given(PLAYS)
def test_a_film_is_as_long_as_what_is_written(plays):
    timeline = film(plays)
    assert timeline.length == pytest.approx(sum(length for length, written in plays if written) / TICKS_PER_SECOND)
    assert timeline.now == sum(length for length, _ in plays)
