"""Captions: short cues that cover the line and its time, in files that parse back."""

import html
import re

import pytest
import srt
from hypothesis import given
from hypothesis import strategies as st

from descent.base.errors import DescentError
from descent.film.narration import Cue, cues, to_srt, to_vtt

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=42)
LINES = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
STARTS = st.floats(0, 5000)
DURATIONS = st.floats(0.01, 100)


@given(LINES, STARTS, DURATIONS)
def test_cues_are_short_and_cover_the_line_exactly(text: str, start: float, duration: float) -> None:
    shown = cues(text, start, duration)
    rows = [cue.text.split("\n") for cue in shown]
    assert all(len(lines) <= 2 for lines in rows)
    assert all(0 < len(line) <= 42 for lines in rows for line in lines)
    assert " ".join(line for lines in rows for line in lines) == text


@given(LINES, STARTS, DURATIONS)
def test_cues_fill_the_time_without_gaps_in_proportion_to_characters(text: str, start: float, duration: float) -> None:
    shown = cues(text, start, duration)
    edges = [start, *(cue.end for cue in shown)]
    assert edges == sorted(edges)
    assert edges[-1] == pytest.approx(start + duration)
    assert [cue.start for cue in shown] == edges[:-1]
    total = sum(len(cue.text) for cue in shown)
    for cue in shown:
        assert cue.end - cue.start == pytest.approx(duration * len(cue.text) / total, abs=1e-9)


@given(LINES, st.integers(0, 5000), st.floats(1, 100))
def test_cues_begin_with_their_words_where_these_are_known(text: str, start: int, duration: float) -> None:
    count = len(text.split())
    words = [duration * (k / count) ** 2 for k in range(count)]
    shown = cues(text, start, duration, words)
    assert [at for cue in shown for at in cue.words] == [start + at for at in words]
    assert [len(cue.words) for cue in shown] == [len(cue.text.split()) for cue in shown]
    assert [cue.start for cue in shown[1:]] == [cue.words[0] for cue in shown[1:]]
    assert shown[0].start == start
    assert shown[-1].end == start + duration


def test_words_that_begin_together_do_not_make_empty_cues() -> None:
    text = "So it goes. " * 20
    shown = cues(text, 1.0, 9.0, [0.0] * 60)
    assert all(cue.start < cue.end for cue in shown)


def test_times_of_words_stand_in_a_page_s_captions() -> None:
    cue = Cue(1.0, 3.0, "w₁ < 3,\nso it stops.", (1.0, 1.25, 1.5, 2.0, 2.5, 3.5))
    assert to_vtt([cue]) == "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nw₁ &lt; 3,\nso it stops.\n"
    assert to_vtt([cue], by_word=True).splitlines()[3:] == [
        "w₁ <00:00:01.250>&lt; <00:00:01.500>3,",
        "<00:00:02.000>so <00:00:02.500>it stops.",
    ]
    assert to_vtt([Cue(1.0, 3.0, "so it stops.")], by_word=True).endswith("\nso it stops.\n")


@given(st.text(max_size=300))
def test_any_text_at_all_loses_only_white_space(text: str) -> None:
    shown = cues(text, 0.0, 1.0)
    assert "".join("".join(cue.text.split()) for cue in shown) == "".join(text.split())
    assert all(len(line) <= 42 for cue in shown for line in cue.text.split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Here it stays.", ["Here it stays."]),
        (
            "It stops in the first valley it meets. The loss is 85.8, and the gradient is almost zero.",
            ["It stops in the first valley it meets.", "The loss is 85.8,\nand the gradient is almost zero."],
        ),
        (
            "Nothing else changed: same start, same learning rate, same steps.",
            ["Nothing else changed: same start,\nsame learning rate, same steps."],
        ),
    ],
)
def test_breaks_fall_where_a_reader_pauses(text: str, expected: list[str]) -> None:
    assert [cue.text for cue in cues(text, 0.0, 1.0)] == expected


@pytest.mark.parametrize("prefix", range(0, 90, 3))
def test_a_point_is_never_torn(prefix: int) -> None:
    text = ("abcdefghi " * 9)[:prefix].strip() + " it ends at (−12, 10) and stays there for ever and ever."
    assert any("(−12, 10)" in line for cue in cues(text, 0.0, 1.0) for line in cue.text.split("\n"))


@pytest.mark.parametrize(("start", "duration"), [(-1.0, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, float("inf"))])
def test_impossible_times_are_told(start: float, duration: float) -> None:
    with pytest.raises(DescentError, match="positive duration"):
        cues("Watch.", start, duration)


@given(LINES, STARTS, DURATIONS)
def test_srt_parses_back(text: str, start: float, duration: float) -> None:
    shown = cues(text, start, duration)
    parsed = list(srt.parse(to_srt(shown)))
    assert [found.content for found in parsed] == [cue.text for cue in shown]
    assert [found.index for found in parsed] == list(range(1, len(shown) + 1))
    for found, cue in zip(parsed, shown, strict=True):
        assert found.start.total_seconds() == pytest.approx(cue.start, abs=0.0006)
        assert found.end.total_seconds() == pytest.approx(cue.end, abs=0.0006)


VTT_BLOCK = re.compile(r"(\d\d+):([0-5]\d):([0-5]\d\.\d{3}) --> (\d\d+):([0-5]\d):([0-5]\d\.\d{3})\n(.+(?:\n.+)?)")


@given(LINES, STARTS, DURATIONS)
def test_vtt_parses_back(text: str, start: float, duration: float) -> None:
    shown = cues(text, start, duration)
    header, *blocks = to_vtt(shown).rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    for block, cue in zip(blocks, shown, strict=True):
        match = VTT_BLOCK.fullmatch(block)
        assert match is not None
        times = [
            sum(float(part) * unit for part, unit in zip(match.groups()[k : k + 3], (3600, 60, 1), strict=True))
            for k in (0, 3)
        ]
        assert times == pytest.approx([cue.start, cue.end], abs=0.0006)
        assert html.unescape(match.group(7)) == cue.text
        assert not re.search("[<>]", match.group(7))


def test_files_hold_the_written_form_and_escape_only_what_they_must() -> None:
    shown = [Cue(3661.5, 3662.0, 'lr < "2/λ" & w₁ > 0\n--> next')]
    assert to_srt(shown) == '1\n01:01:01,500 --> 01:01:02,000\nlr < "2/λ" & w₁ > 0\n--> next\n\n'
    assert to_vtt(shown) == ('WEBVTT\n\n01:01:01.500 --> 01:01:02.000\nlr &lt; "2/λ" &amp; w₁ &gt; 0\n--&gt; next\n')


def test_no_captions_are_still_a_file() -> None:
    assert to_srt([]) == ""
    assert to_vtt([]) == "WEBVTT\n"
