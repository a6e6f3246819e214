"""One's own voice: recordings are found by the script's numbers, trimmed, levelled, timed; what is missing is named."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest
from recorded import RATE, record, voice

from descent.base.errors import DescentError
from descent.film.narration import ClipCache, MeasuringTable, Recordings, find_voice, lacking, recordings, voice_inputs
from descent.film.narration.recordings import numbered, printed, read_script, write_script

SCRIPT = {"Roll-01": "Watch the ball.", "Roll-02": "RMSprop swings, at lr = 0.01.", "Rest-01": "Überall ist Ruhe."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "my “recordings” ü#"
    write_script(found, SCRIPT)
    return found


@pytest.mark.parametrize(
    ("name", "rate", "layout"),
    [
        ("Roll-01.wav", 44_100, "stereo"),
        ("Roll-01.flac", 48_000, "mono"),
        ("roll 1.mp3", 44_100, "mono"),
        ("Roll/01.M4A", 44_100, "stereo"),
        ("ROLL_001.ogg", 48_000, "mono"),
    ],
)
def test_a_recording_of_any_kind_is_trimmed_levelled_and_timed(folder: Path, name: str, rate: int, layout: str) -> None:
    samples = voice(2.0)
    at = np.arange(round(len(samples) * rate / RATE)) * RATE / rate
    record(folder / name, np.interp(at, np.arange(len(samples)), samples), rate, layout)
    clip = find_voice(str(folder)).speak("Watch the ball.")
    assert clip.rate == RATE
    assert clip.seconds == pytest.approx(2.0, abs=0.25)
    assert pyloudnorm.Meter(RATE).integrated_loudness(clip.samples.astype(float)) == pytest.approx(-20, abs=0.3)


@pytest.mark.parametrize("level", [0.003, 0.05, 0.9])
def test_quiet_and_loud_recordings_become_alike(folder: Path, level: float) -> None:
    record(folder / "Roll-01.wav", voice(2.0, level))
    clip = Recordings.read(folder).speak("Watch the ball.")
    assert pyloudnorm.Meter(RATE).integrated_loudness(clip.samples.astype(float)) == pytest.approx(-20, abs=0.3)
    assert np.abs(clip.samples).max() < 0.9


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.01])
def test_ends_are_found_in_a_room_that_is_not_silent(folder: Path, noise: float) -> None:
    record(folder / "Roll-01.wav", voice(2.0, 0.3, before=1.5, after=1.0, noise=noise))
    assert Recordings.read(folder).speak("Watch the ball.").seconds == pytest.approx(2.0, abs=0.25)


def test_a_click_of_the_key_that_ends_a_recording_is_cut_off(folder: Path) -> None:
    samples = voice(2.0, 0.3, after=1.0)
    samples[-RATE // 10 : -RATE // 10 + 200] = 0.8
    record(folder / "Roll-01.wav", samples)
    assert Recordings.read(folder).speak("Watch the ball.").seconds == pytest.approx(2.0, abs=0.25)


def test_a_constant_that_a_sound_card_adds_is_taken_off(folder: Path) -> None:
    record(folder / "Roll-01.wav", voice(2.0, 0.3) + 0.2)
    clip = Recordings.read(folder).speak("Watch the ball.")
    assert clip.seconds == pytest.approx(2.0, abs=0.25)
    assert abs(clip.samples.mean()) < 0.01


def test_a_short_word_is_no_click(folder: Path) -> None:
    record(folder / "Roll-01.wav", voice(0.12))
    assert 0.1 < Recordings.read(folder).speak("Watch the ball.").seconds < 0.4


def test_a_line_is_known_by_its_words_alone(folder: Path) -> None:
    record(folder / "Roll-02.wav", voice(1.0))
    mine = Recordings.read(folder)
    same = ["RMSprop swings at lr = 0.01!", "R M S prop swings, at learning rate equals 0.01."]
    other = ["RMSprop swings, at lr = 0.02.", "RMSprop swings at lr"]
    assert [mine.speak(line).samples.size > 0 for line in (*same, *other)] == [True, True, False, False]


def test_lines_of_any_language_are_fine(folder: Path) -> None:
    record(folder / "Rest-01.wav", voice(1.0))
    mine = find_voice(str(folder))
    clips = ClipCache(folder / "clips")
    assert clips.speak(mine, "Überall ist Ruhe.").seconds == pytest.approx(1.0, abs=0.25)
    assert clips.speak(mine, "下降").samples.size == 0


def test_a_line_takes_as_long_as_its_recording_else_as_by_the_default_voice(folder: Path) -> None:
    record(folder / "Roll-01.wav", voice(3.0))
    mine = Recordings.read(folder)
    table = MeasuringTable({"hibari:heart": {"Look.": 0.75}}, voice=mine, clips=ClipCache(folder / "clips"))
    assert table.duration(mine.key, "Watch the ball.") == pytest.approx(3.0, abs=0.25)
    assert table.duration(mine.key, "Look.") == 0.75
    assert table.duration(mine.key, "Nobody said this.") > 0.5


def test_what_is_missing_is_named_in_one_sentence(folder: Path) -> None:
    record(folder / "Roll-01.wav", voice(1.0))
    mine = Recordings.read(folder)
    assert lacking(mine, ["Watch the ball."]) == ""
    told = lacking(mine, ["Watch the ball.", SCRIPT["Roll-02"], "A new line."])
    assert told.startswith(f"2 lines have no recording in {folder}, only captions: Roll-02 ")
    assert "'A new line.'" in told
    assert "descent narrate --script" in told
    assert "\n" not in told
    assert lacking(mine, [SCRIPT["Roll-02"]]).startswith("a line has no recording")
    assert lacking(find_voice("silence"), ["A new line."]) == ""


def test_a_changed_line_gets_a_new_number_and_its_old_recording_is_told(folder: Path) -> None:
    record(folder / "Roll-01.wav", voice(1.0))
    now = ["First of all.", "Watch that ball.", SCRIPT["Roll-02"]]
    script = numbered(read_script(folder), {"Roll": now})
    assert script == {**SCRIPT, "Roll-03": "First of all.", "Roll-04": "Watch that ball."}
    write_script(folder, script)
    mine = Recordings.read(folder)
    assert mine.outdated(now, ["Roll"]) == ["Roll-01"]
    assert mine.outdated(now, ["Rest"]) == []
    assert mine.missing(now) == {
        "First of all.": "Roll-03",
        "Watch that ball.": "Roll-04",
        SCRIPT["Roll-02"]: "Roll-02",
    }
    assert printed(script, {"Roll": now}).splitlines() == [
        "Roll",
        "  Roll-03  First of all.",
        "  Roll-04  Watch that ball.",
        "  Roll-02  RMSprop swings, at lr = 0.01.",
    ]


def test_a_line_that_two_films_say_is_read_once() -> None:
    script = numbered({}, {"A": ["Look.", "Go."], "B": ["Go.", "Look!", "Stop."]})
    assert script == {"A-01": "Look.", "A-02": "Go.", "B-01": "Stop."}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b""), "is no recording that can be read"),
        (lambda path: path.write_bytes(b"RIFF" + os.urandom(500)), "is no recording that can be read"),
        (lambda path: path.write_text("a letter to my mother"), "is no recording that can be read"),
        (lambda path: record(path, np.zeros(RATE)), "nothing is heard in"),
        (lambda path: record(path, np.zeros(10)), "nothing is heard in"),
        (lambda path: record(path, voice(3.0)), "and a line at most 3"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], object], said: str
) -> None:
    monkeypatch.setattr(recordings, "_LONGEST", 3.0)
    spoil(folder / "Roll-01.wav")
    with pytest.raises(DescentError, match=rf"{re.escape(str(folder / 'Roll-01.wav'))}.*{said}|{said}.*Roll-01\.wav"):
        Recordings.read(folder).speak("Watch the ball.")


def test_a_picture_with_a_recordings_name_is_named(folder: Path) -> None:
    with av.open(str(folder / "Roll-01.m4a"), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        out.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        out.mux(stream.encode(None))
    with pytest.raises(DescentError, match="is no recording that can be read"):
        Recordings.read(folder).speak("Watch the ball.")


def test_two_recordings_of_a_line_and_strangers_are_told(folder: Path) -> None:
    record(folder / "Roll-01.wav", voice(0.5))
    record(folder / "take two.wav", voice(0.5))
    (folder / "notes.txt").write_text("…")
    for hidden in ("._Roll-01.wav", "Roll/._01.wav", ".trash/Roll-01.wav"):
        (folder / hidden).parent.mkdir(exist_ok=True)
        (folder / hidden).write_bytes(b"no sound")
    assert Recordings.read(folder).strays == (folder / "take two.wav",)
    record(folder / "roll" / "1.flac", voice(0.5))
    with pytest.raises(DescentError, match="are both recordings of Roll-01; keep one"):
        Recordings.read(folder)


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": ""}', "\ufeff{", None])
def test_a_folder_without_a_whole_script_is_told(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "script.json").write_text(content, encoding="utf-8")
    with pytest.raises(DescentError, match=r"script\.json"):
        find_voice(str(tmp_path))


@pytest.mark.parametrize("name", ["recordings/", "no/such/folder", "./mine"])
def test_a_folder_that_is_not_there_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DescentError, match=f"there is no folder of recordings {re.escape(name)}"):
        find_voice(name)


def test_what_a_film_depends_on_changes_with_every_recording(folder: Path) -> None:
    seen = [voice_inputs(str(folder))]
    for name, seconds in (("Roll-01.wav", 1.0), ("Roll-01.wav", 1.0001), ("Roll-02.wav", 1.0)):
        record(folder / name, voice(seconds))
        seen.append(voice_inputs(str(folder)))
    assert len(set(seen)) == 4
    assert Recordings.read(folder).version != ""
    assert voice_inputs(str(folder)) == seen[-1]
    assert [voice_inputs(name) for name in ("", "hibari", "hibari@0.9", "silence")] == [
        "",
        "hibari",
        "hibari@0.9",
        "silence",
    ]


def test_a_recording_that_is_replaced_is_heard(folder: Path) -> None:
    clips = ClipCache(folder / "clips")
    record(folder / "Roll-01.wav", voice(1.0))
    before = clips.speak(find_voice(str(folder)), "Watch the ball.").seconds
    record(folder / "Roll-01.wav", voice(2.0))
    assert clips.speak(find_voice(str(folder)), "Watch the ball.").seconds > before + 0.8


def test_the_script_is_readable_json(folder: Path) -> None:
    assert json.loads((folder / "script.json").read_text(encoding="utf-8")) == SCRIPT
    assert "Überall" in (folder / "script.json").read_text(encoding="utf-8")
