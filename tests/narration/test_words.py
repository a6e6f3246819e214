"""Words: marks, estimates from letters, and what hibari's own model says of when it says them."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.film.narration import Hibari, TimingTable, respell, unmarked
from descent.film.narration.hibari_words import _session
from descent.film.narration.timing import estimate
from descent.film.narration.words import aligned, estimated

PLAIN = st.lists(st.from_regex(r"[a-z]{1,9}[.,!?]?|[0-9]{1,3}", fullmatch=True), min_size=1, max_size=25)


@pytest.mark.parametrize(
    ("marked", "text", "places"),
    [
        ("It rolls.", "It rolls.", ()),
        ("^It rolls ^down.", "It rolls down.", (0, 2)),
        ("so w^2 and 10^-3 ^grow", "so w^2 and 10^-3 grow", (4,)),
        ("(^minus 12)", "(minus 12)", (0,)),
        ("a “^big” ^step", "a “big” step", (1, 2)),
        ("  two\n ^lines", "  two\n lines", (1,)),
        ("a ^ b ^. ^", "a ^ b ^. ^", ()),
        ("^Überall", "Überall", (0,)),
        ("^w₁ moves", "w₁ moves", (0,)),
    ],
)
def test_a_mark_is_taken_off_and_its_word_is_known(marked: str, text: str, places: tuple[int, ...]) -> None:
    assert unmarked(marked) == (text, places)


@given(PLAIN, st.sets(st.integers(0, 24)))
@settings(max_examples=30)
def test_marks_on_any_words_come_off(words: list[str], marks: set[int]) -> None:
    marked = " ".join(f"^{word}" if k in marks else word for k, word in enumerate(words))
    assert unmarked(marked) == (" ".join(words), tuple(sorted(k for k in marks if k < len(words))))


@given(PLAIN, st.floats(0.1, 60))
def test_an_estimate_begins_with_the_line_and_stays_inside(words: list[str], seconds: float) -> None:
    starts = estimated(" ".join(words), seconds)
    assert len(starts) == len(words)
    assert starts[0] == 0
    assert list(starts) == sorted(starts)
    assert starts[-1] < seconds


def test_an_estimate_gives_time_to_letters_digits_and_pauses() -> None:
    """By hand: 0.067 s a character with its space, 0.38 s a digit, 0.6 s a full stop."""
    spoken = "Ab. 12 c"
    parts = (4 * 0.067 + 0.6, 3 * 0.067 + 2 * 0.38, 2 * 0.067)
    whole = sum(parts)
    assert estimated(spoken, whole) == pytest.approx((0, parts[0], parts[0] + parts[1]), abs=1e-3)


@given(PLAIN)
def test_words_that_are_said_as_they_are_written_begin_when_they_are_said(words: list[str]) -> None:
    starts = tuple(float(k) for k in range(len(words)))
    assert aligned(words, words, starts, float(len(words))) == starts


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("RMSprop swings.", (0, 4)),
        ("With lr = 0.01, w₁ leaps.", (0, 1, 3, 4, 5, 7)),
        ("from (−12, 10) on", (0, 1, 3, 4)),
        ("θ → 0", (0, 1, 2)),
        ("CosineAnnealingLR it is", (0, 4, 5)),
    ],
)
def test_a_written_word_begins_with_the_first_of_its_spoken_ones(written: str, expected: tuple[float, ...]) -> None:
    spoken = respell(written).split()
    found = aligned(written.split(), spoken, tuple(map(float, range(len(spoken)))), float(len(spoken)))
    assert found == expected


@given(st.text(max_size=80), st.floats(0.1, 20))
def test_any_line_at_all_gets_a_start_for_every_word_in_order(text: str, seconds: float) -> None:
    starts = TimingTable({}).starts("silence", text, seconds)
    assert len(starts) == len(text.split())
    assert list(starts) == sorted(starts)
    assert all(0 <= start <= seconds for start in starts)


SAID = (
    "Watch the ball.",
    "RMSprop and AdamW divide each step by the recent size of the gradient.",
    "It stops in the first valley it meets. The loss is 85.8, and the gradient is almost zero.",
    "25,200 starts on one map, and from each a run. Once it stays, its start takes the colour of w₁.",
    "Why? Step L R. Then it stops at (−12, 10).",
)


@pytest.mark.parametrize("line", SAID)
def test_hibari_knows_when_it_says_each_word(line: str) -> None:
    spoken = respell(line)
    starts = Hibari().words(spoken)
    seconds = Hibari().speak(spoken).seconds
    assert starts is not None
    assert len(starts) == len(spoken.split())
    assert list(starts) == sorted(starts)
    assert 0 <= starts[0] < 0.2
    assert starts[-1] < seconds - 0.1


def test_a_word_begins_where_the_pause_before_it_ends() -> None:
    """Between sentences lies 0.6 s of silence: the sound itself says where the second begins."""
    spoken = "It stops in the first valley. The loss is small."
    clip, starts = Hibari().speak(spoken), Hibari().words(spoken)
    window = clip.rate // 100
    level = np.abs(clip.samples[: len(clip.samples) // window * window]).reshape(-1, window).max(axis=1)
    silent = np.flatnonzero(level == 0)
    resumed = (silent[-1] + 1) / 100
    assert starts is not None
    assert starts[6] == pytest.approx(resumed, abs=0.15)


def test_words_take_longer_when_hibari_speaks_slowly() -> None:
    spoken = respell("It stops in the first valley it meets.")
    own, slow = (Hibari(speed).words(spoken) for speed in (1.0, 0.8))
    assert own is not None
    assert slow is not None
    assert slow[-1] / own[-1] == pytest.approx(1 / 0.8, rel=0.15)  # its sounds last whole units


def test_another_model_is_told_apart_and_does_not_stop_anything(tmp_path, monkeypatch) -> None:
    """A hibari whose graph has other names speaks as ever; its words are estimated."""
    broken = tmp_path / "other.onnx"
    broken.write_bytes(b"\x08\x07")
    assert _session(str(broken)) is None
    monkeypatch.setattr("descent.film.narration.hibari_words._session", lambda model: None)
    assert Hibari().words("This line is said here alone.") is None


@pytest.mark.parametrize("line", SAID)
def test_an_estimate_is_near_what_was_measured(line: str) -> None:
    spoken = respell(line)
    seconds = Hibari().speak(spoken).seconds
    measured = Hibari().words(spoken)
    assert measured is not None
    assert np.abs(np.subtract(estimated(spoken, seconds), measured)).max() < 1.2
    assert not re.search(r"\d", spoken) or estimate(spoken) > 0
