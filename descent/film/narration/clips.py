"""Spoken clips: mono samples, trimmed of silence and brought to one loudness, and their WAV form."""

import io
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError
from descent.film.narration.loudness import turned_down

SENTENCE_PAUSE: Final = 0.6
"""Seconds of silence between two sentences of one clip."""

_WINDOW = 0.005
_FLOOR_DB = -45.0  # below this, relative to the loudest window, a clip's ends count as silence
_LEAD = 0.020
_TAIL = 0.080  # word endings fade out well below the floor
PEAK: Final = 0.89  # just under −1 dBFS: encoding adds a little
_FULL_SCALE = 32767
_HEADER = 44  # bytes of the header that the wave module writes


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A line as it was spoken.

    Args:
        samples: Mono samples in [-1, 1]; copied, float32 and read-only afterwards.
        rate: Samples per second.

    Raises:
        ValueError: If the samples are not one finite row, or the rate is not positive.

    >>> Clip([0.0, 0.5, 0.0], rate=24000).seconds
    0.000125
    """

    samples: npt.NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        samples = np.array(self.samples, dtype=np.float32)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise ValueError("the samples of a clip must be one row of finite numbers.")
        if self.rate <= 0:
            raise ValueError(f"the rate of a clip must be positive, not {self.rate}.")
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)

    @property
    def noted_seconds(self) -> float:
        """Its length as races and sessions note it: in whole milliseconds, and no shorter than it is."""
        return round(self.seconds + 0.0005, 3)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


def trim(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """The part of a recording where something is heard.

    Silence is what lies 45 dB below the loudest 5 ms. About 20 ms are kept before the onset and 80 ms after
    the end, where voices fade.

    Args:
        samples: Mono samples.
        rate: Samples per second.

    Returns:
        A slice of the samples, empty if all of them are zero.
    """
    first, end = _heard(samples, rate)
    return samples[first:end]


def _heard(samples: npt.NDArray[np.float32], rate: int) -> tuple[int, int]:
    """From which sample to which something is heard."""
    window = max(1, round(_WINDOW * rate))
    padded = np.pad(np.asarray(samples, dtype=np.float32), (0, -len(samples) % window))
    power = np.mean(np.square(padded.reshape(-1, window), dtype=np.float64), axis=1)
    heard = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (_FLOOR_DB / 10))
    if not heard.size:
        return 0, 0
    start = int(heard[0]) * window - round(_LEAD * rate)
    end = (int(heard[-1]) + 1) * window + round(_TAIL * rate)
    return max(0, start), min(end, len(samples))


def speech(sentences: Iterable[npt.NDArray[np.float32]], rate: int, gain_db: float) -> Clip:
    """The clip of :func:`placed_speech`."""
    return placed_speech(sentences, rate, gain_db)[0]


def placed_speech(
    sentences: Iterable[npt.NDArray[np.float32]], rate: int, gain_db: float
) -> tuple[Clip, list[tuple[int, int]]]:
    """A clip from an engine's sentences: each trimmed, evenly paused, at one gain.

    The gain is constant, so sentences keep their relative loudness; it is lowered around peaks that would pass −1 dBFS,
    not for the whole clip: a voice that speaks slowly has lone ones.

    Args:
        sentences: Mono samples of each sentence, in order.
        rate: Samples per second of all of them.
        gain_db: What brings the engine to −20 LUFS.

    Returns:
        The clip, empty if nothing was heard; and of each sentence, how many samples it had and by how many it lies
        later in the clip than it was.
    """
    pause = np.zeros(round(SENTENCE_PAUSE * rate), np.float32)
    parts: list[npt.NDArray[np.float32]] = []
    places = []
    for sentence in sentences:
        first, end = _heard(sentence, rate)
        parts += [pause] if parts and end else []
        places.append((len(sentence), sum(map(len, parts)) - first))
        parts += [sentence[first:end]] if end else []
    joined = np.concatenate(parts) if parts else pause[:0]
    return Clip(_limited(joined * np.float32(10 ** (gain_db / 20)), rate), rate), places


def _limited(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """Samples of which none passes the peak, the others as they were."""
    frame = rate // 1000
    frames = np.pad(np.abs(samples), (0, -len(samples) % frame)).reshape(-1, frame).max(axis=1)
    if frames.max(initial=0.0) <= PEAK:
        return samples
    gain = np.interp(np.arange(len(samples)), (np.arange(len(frames)) + 0.5) * frame, turned_down(frames, PEAK))
    return np.asarray(samples * gain, np.float32)


def to_wav(clip: Clip) -> bytes:
    """A clip as a 16-bit mono WAV file.

    Args:
        clip: The clip; what lies outside [-1, 1] is clipped.

    Returns:
        The file's bytes.
    """
    levels = np.rint(np.clip(clip.samples, -1.0, 1.0) * _FULL_SCALE).astype("<i2")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate)
        file.writeframes(levels.tobytes())
    return stream.getvalue()


def from_wav(data: bytes) -> Clip:
    """The clip in a file that :func:`to_wav` wrote.

    Args:
        data: The file's bytes.

    Returns:
        The clip, rounded to 16 bits.

    Raises:
        DescentError: If the bytes are anything but a whole such file.
    """
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            form: Any = file.getparams()
            frames = file.readframes(form.nframes)
    except (EOFError, RuntimeError, wave.Error) as reason:  # RuntimeError: a chunk past the end
        raise DescentError(f"this is not a WAV file: {reason}.") from reason
    whole = len(data) == _HEADER + len(frames) and len(frames) == 2 * form.nframes
    if not whole or form.nchannels != 1 or form.sampwidth != 2 or form.framerate <= 0:
        raise DescentError("this is not a whole 16-bit mono WAV file.")
    return Clip(np.frombuffer(frames, "<i2").astype(np.float32) / np.float32(_FULL_SCALE), form.framerate)
