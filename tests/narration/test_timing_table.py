"""The timing table: exact and complete after a refresh, a warned guess where a line is missing."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from descent.base.errors import DescentError
from descent.film.narration import (
    DEFAULT_VOICE,
    Clip,
    ClipCache,
    Hibari,
    MeasuringTable,
    Silence,
    StaleTimingWarning,
    TimingTable,
    refresh,
    respell,
)
from descent.film.narration.timing import estimate
from descent.stage.scene.lecture import BREATH

SPREAD = 0.050
"""Seconds by which the clips of one line were seen to differ between processors (AVX2 and AVX-512)."""

COMMITTED = Path(__file__).parents[2] / "assets" / "narration.json"


@dataclass
class Metronome:
    """A voice whose clips last a given number of samples."""

    samples: int = 24_001
    rate: int = 24_000
    key: str = DEFAULT_VOICE
    version: str = "1"

    def speak(self, spoken: str) -> Clip:
        return Clip(np.zeros(self.samples, np.float32), self.rate)


def test_refresh_then_load_gives_every_line_its_duration(tmp_path: Path) -> None:
    path = tmp_path / "new" / "narration.json"
    written = refresh(["w₁ moves.", "lr = 0.01", "w₁ moves."], Metronome(), path)
    loaded = TimingTable.load(path)
    assert loaded == written
    assert [loaded.duration(DEFAULT_VOICE, text) for text in ("w₁ moves.", "lr = 0.01")] == [1.001, 1.001]


def test_the_file_is_sorted_and_ends_in_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    refresh(["Zero.", "All.", "More."], Metronome(key="z:z"), path)
    refresh(["Zero.", "All.", "More."], Metronome(), path)
    text = path.read_text()
    content = json.loads(text)
    assert text.endswith("}\n")
    assert list(content) == sorted(content) == [DEFAULT_VOICE, "z:z"]
    assert list(content[DEFAULT_VOICE]) == ["All.", "More.", "Zero."]


def test_refresh_keeps_exactly_the_used_lines_and_other_voices(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    refresh(["Old.", "Kept."], Metronome(), path)
    refresh(["Old."], Metronome(key="piper:joe"), path)
    refresh(["Kept.", "New."], Metronome(), path)
    assert TimingTable.load(path).seconds == {
        DEFAULT_VOICE: {"Kept.": 1.001, "New.": 1.001},
        "piper:joe": {"Old.": 1.001},
    }


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("samples", [1, 16, 22_050, 24_000, 123_457, 999_983])
def test_durations_are_rounded_up_to_a_millisecond(tmp_path: Path, samples: int, rate: int) -> None:
    table = refresh(["Watch."], Metronome(samples, rate), tmp_path / "narration.json")
    recorded = table.duration(DEFAULT_VOICE, "Watch.")
    assert 0 <= recorded - samples / rate < 0.001
    assert recorded == round(recorded, 3)


def test_silence_keeps_the_default_voices_pace() -> None:
    table = TimingTable({DEFAULT_VOICE: {"Watch.": 0.75}, "piper:joe": {"Watch.": 0.9}})
    assert table.duration(Silence().key, "Watch.") == 0.75
    assert table.duration("piper:joe", "Watch.") == 0.9


def test_a_missing_line_is_guessed_with_a_warning_that_names_the_command() -> None:
    table = TimingTable({DEFAULT_VOICE: {"Watch.": 0.75}})
    for voice, text in ((DEFAULT_VOICE, "Look here."), ("piper:joe", "Watch.")):
        with pytest.warns(StaleTimingWarning, match="descent narrate") as caught:
            assert table.duration(voice, text) == estimate(text)
        assert len(caught) == 1
        assert repr(text) in str(caught[0].message)


@pytest.mark.parametrize(
    "line",
    [
        "A narrow ravine makes it bounce from wall to wall, and it hardly advances.",
        "At the end the loss is 2.5, and both weights are close to 0.",
        "Three runs begin together. Two of them leave the picture.",
        "So we make the steps smaller.",
    ],
)
def test_the_guess_is_near_the_voice(line: str) -> None:
    """Lines that the fit has not seen."""
    assert estimate(line) == pytest.approx(Hibari().speak(line).seconds, rel=0.20)


def test_a_refresh_drops_what_is_no_longer_said(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    refresh(["Old.", "Kept."], Metronome(), path)
    refresh(["Kept.", "lr"], Metronome(), path)
    assert set(TimingTable.load(path).seconds[DEFAULT_VOICE]) == {"Kept.", "learning rate"}


def test_a_refresh_of_some_scenes_keeps_the_lines_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    refresh(["Other.", "Kept."], Metronome(), path)
    refresh(["Kept.", "New."], Metronome(), path, keep=True)
    assert list(TimingTable.load(path).seconds[DEFAULT_VOICE]) == ["Kept.", "New.", "Other."]


@dataclass
class Knowing(Metronome):
    """A voice that knows its words."""

    def words(self, spoken: str) -> tuple[float, ...]:
        return tuple(0.25 * k for k in range(len(spoken.split())))


def test_words_stand_beside_the_seconds_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    written = refresh(["w₁ moves.", "Go."], Knowing(), path)
    assert path.read_text() == (
        '{\n  "hibari:heart": {\n    "Go.": [1.001, 0.0],\n    "w 1 moves.": [1.001, 0.0, 0.25, 0.5]\n  }\n}\n'
    )
    assert TimingTable.load(path) == written
    assert written.duration(DEFAULT_VOICE, "w₁ moves.") == 1.001
    assert written.starts(DEFAULT_VOICE, "w₁ moves.", 1.001) == (0.0, 0.5)
    assert written.starts(Silence().key, "w₁ moves.", 1.001) == (0.0, 0.5)
    refresh(["Go."], Metronome(key="piper:joe"), path)
    assert TimingTable.load(path).words == written.words


def test_words_of_a_line_that_no_table_has_are_measured(tmp_path: Path) -> None:
    table = MeasuringTable({DEFAULT_VOICE: {"Go on.": 2.0}}, voice=Knowing(), clips=ClipCache(tmp_path))
    assert table.starts(DEFAULT_VOICE, "w₁ moves.", 1.0) == (0.0, 0.5)
    assert table.starts(DEFAULT_VOICE, "Go on.", 2.0)[1] != 0.25  # its time is another, so its words are


def test_words_of_a_line_go_with_its_seconds() -> None:
    mine = TimingTable({"a": {"x y": 1.0}})
    theirs = TimingTable({"a": {"x y": 2.0, "z": 3.0}}, {"a": {"x y": (0.0, 0.5), "z": (0.0,)}})
    both = mine.completed(theirs)
    assert both.seconds == {"a": {"x y": 1.0, "z": 3.0}}
    assert both.words == {"a": {"z": (0.0,)}}
    assert theirs.completed(mine) == theirs


def test_another_pace_is_guessed_from_the_voices_own() -> None:
    table = TimingTable({DEFAULT_VOICE: {"Watch.": 0.9}})
    with pytest.warns(StaleTimingWarning, match=r"by hibari:heart@0\.9"):
        assert table.duration("hibari:heart@0.9", "Watch.") == 1.0


def test_silence_has_nothing_to_record(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    with pytest.raises(DescentError, match="silence has no durations"):
        refresh(["Watch."], Silence(), path)
    assert not path.exists()


def test_a_voice_that_fails_leaves_the_old_table(tmp_path: Path) -> None:
    path = tmp_path / "narration.json"
    refresh(["Watch."], Metronome(), path)
    before = path.read_bytes()
    with pytest.raises(DescentError, match="nothing to say"):
        refresh(["Other.", "()"], Metronome(), path)
    assert path.read_bytes() == before


def test_a_missing_file_is_an_empty_table(tmp_path: Path) -> None:
    assert TimingTable.load(tmp_path / "none.json").seconds == {}


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", '{"a": 3}', '{"a": {"b": -1}}', '{"a": {"b": NaN}}', '{"a": {"b": true}}', "\xff"),
        *(
            '{"a": {"b c": [1.0, 0.0]}}',
            '{"a": {"b": [1.0, 2.0]}}',
            '{"a": {"b c": [2.0, 1.0, 0.5]}}',
            '{"a": {"b": []}}',
        ),
    ],
)
def test_a_broken_table_is_told_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "narration.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(DescentError, match=re.escape(str(path))):
        TimingTable.load(path)


@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.matrix)])
def test_lines_end_inside_their_beats_whatever_processor_speaks_them(voice_folder: Path, every: int) -> None:
    """A beat lasts as long as the table says, and a breath. One voice's clips differ between processors by ``SPREAD``.

    So a line may be longer than the table says by a breath less the spread: it then ends before the next begins. It
    may be shorter by as much: no pause is longer than two breaths.
    """
    recorded = TimingTable.load(COMMITTED).seconds.get(DEFAULT_VOICE, {})
    voice, clips = Hibari(), ClipCache(voice_folder)
    some = list(recorded.items())[::every]
    off = {spoken: clips.speak(voice, spoken).seconds - seconds for spoken, seconds in some}
    assert {spoken: late for spoken, late in off.items() if abs(late) > BREATH - SPREAD} == {}
    assert [spoken for spoken in recorded if respell(spoken) != spoken] == []


def test_the_committed_table_knows_when_words_are_said() -> None:
    table = TimingTable.load(COMMITTED)
    assert table.words.keys() == {DEFAULT_VOICE}
    assert table.words[DEFAULT_VOICE].keys() == table.seconds[DEFAULT_VOICE].keys()
