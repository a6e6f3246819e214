"""The cache: a line is spoken once per voice and version, damage is repaired, a bad folder is told."""

import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from descent.base.errors import DescentError
from descent.film.narration import Clip, ClipCache


@dataclass
class Recorder:
    """A voice that counts: each line is a different ramp, each call is noted."""

    key: str = "test:ramp"
    version: str = "1"
    spoken: list[str] = field(default_factory=list)

    def speak(self, spoken: str) -> Clip:
        self.spoken.append(spoken)
        return Clip(np.linspace(-0.5, 0.7, 10 * len(spoken), dtype=np.float32), 24_000)


def test_a_line_is_spoken_once_and_sounds_the_same_warm_and_cold(tmp_path: Path) -> None:
    voice, cache = Recorder(), ClipCache(tmp_path / "new" / "voice")
    cold, warm = (cache.speak(voice, "lr = 0.01") for _ in range(2))
    assert voice.spoken == ["learning rate equals 0.01"]
    assert np.array_equal(cold.samples, warm.samples)
    assert cold.rate == warm.rate == 24_000
    np.testing.assert_allclose(cold.samples[[0, -1]], [-0.5, 0.7], atol=1e-4)


def test_written_forms_that_sound_alike_share_an_entry(tmp_path: Path) -> None:
    voice, cache = Recorder(), ClipCache(tmp_path)
    for text in ("w₁ moves.", "w_1 moves.", "w 1\nmoves."):
        cache.speak(voice, text)
    assert voice.spoken == ["w 1 moves."]


@pytest.mark.parametrize("other", [Recorder(key="test:other"), Recorder(version="2")])
def test_another_voice_or_version_speaks_itself(tmp_path: Path, other: Recorder) -> None:
    cache = ClipCache(tmp_path)
    cache.speak(Recorder(), "Watch.")
    cache.speak(other, "Watch.")
    assert other.spoken == ["Watch."]


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"\0" * 500, None])
def test_a_damaged_entry_is_spoken_again(tmp_path: Path, damage: bytes | None) -> None:
    voice, cache = Recorder(), ClipCache(tmp_path)
    good = cache.speak(voice, "Watch.")
    (entry,) = tmp_path.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:-1] if damage is None else damage)
    assert np.array_equal(cache.speak(voice, "Watch.").samples, good.samples)
    assert len(voice.spoken) == 2
    assert entry.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [entry]


def test_an_entry_that_holds_another_line_is_spoken_again(tmp_path: Path) -> None:
    voice, cache = Recorder(), ClipCache(tmp_path)
    good = cache.speak(voice, "Watch.")
    (entry,) = tmp_path.iterdir()
    cache.speak(voice, "Watch the other ball.")
    (other,) = set(tmp_path.iterdir()) - {entry}
    entry.write_bytes(other.read_bytes())
    assert np.array_equal(cache.speak(voice, "Watch.").samples, good.samples)
    assert voice.spoken == ["Watch.", "Watch the other ball.", "Watch."]


def test_an_entry_can_be_listened_to(tmp_path: Path) -> None:
    """By whatever plays WAV files, here Python's own reader."""
    clip = ClipCache(tmp_path).speak(Recorder(), "Watch.")
    (entry,) = tmp_path.iterdir()
    with wave.open(str(entry), "rb") as file:
        assert (file.getnframes(), file.getframerate()) == (len(clip.samples), clip.rate)


def test_an_unwritable_folder_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DescentError, match=r"cannot write .*choose another folder"):
        ClipCache(tmp_path / "file").speak(Recorder(), "Watch.")


def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DescentError, match="No space left on device"):
        ClipCache(tmp_path).speak(Recorder(), "Watch.")
    assert list(tmp_path.iterdir()) == []
