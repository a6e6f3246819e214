"""How loud sound is, by ITU-R BS.1770-4; and a film's track at one loudness, with room tone, its peaks held down."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

RATE: Final = 48_000
"""Samples a second of all that is measured here: the standard gives its filters for this rate."""

TARGET: Final = -16.0
"""Integrated loudness of a film, in LUFS."""

CEILING: Final = -2.2
"""No sample of a track, nor the curve between two, is above this, in dBFS: −1.5 is wanted, and AAC adds to peaks."""

ROOM_TONE: Final = -62.0
"""Level of the quiet noise that lies under a track, in dBFS: digital silence between two lines sounds like a fault."""

# Tables 1 and 2 of the standard as second-order sections: a shelf for the head, a high pass.
_FILTERS = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621),
)
_FRAME = RATE // 1000
_BLOCK, _HOP = 400, 100  # frames
_QUIET, _BELOW = -70.0, 10.0  # blocks that do not count: below this in LUFS, or so much below the others' mean

_REACH = 20  # frames before and after a peak over which the limiter turns down and up again
_OFF = 0.02  # LU that a track may be off its target
_TONE_POLE = 0.9  # of the room tone's low pass: a corner near 800 Hz
_TONE_SECONDS = 8  # before it begins again


def loudness(samples: npt.ArrayLike) -> float:
    """Integrated loudness: the mean of what is not silence, as ears weigh it.

    −0.691 + 10 log₁₀ of the mean square, behind two filters, of the blocks of 0.4 s that are above −70 LUFS and above
    their own mean less 10 LU.

    Args:
        samples: Mono samples at 48 kHz; of less than 0.4 s, all are one block.

    Returns:
        LUFS; −inf where nothing is heard.

    >>> round(loudness(np.sin(2 * np.pi * 997 * np.arange(48_000) / 48_000)), 2)
    -3.01
    """
    return _gated(_powers(np.asarray(samples, np.float64)))


def _powers(samples: Sound | Floats) -> Floats:
    """The mean square of each millisecond behind the standard's filters."""
    from scipy.signal import sosfilt  # type: ignore[import-untyped]

    weighed = sosfilt(_FILTERS, np.asarray(samples, np.float64)) if len(samples) else np.zeros(0)
    return np.asarray(np.pad(weighed**2, (0, -len(weighed) % _FRAME)).reshape(-1, _FRAME).mean(axis=1))


def _gated(powers: Floats) -> float:
    """The loudness of frames of such powers."""
    sums = np.concatenate([[0.0], np.cumsum(powers)])
    block = min(_BLOCK, len(powers))
    starts = np.arange(0, len(sums) - block, _HOP)
    means = (sums[starts + block] - sums[starts]) / max(1, block)
    heard = means[means > 10 ** ((_QUIET + 0.691) / 10)]
    if heard.size:
        heard = heard[heard > heard.mean() * 10 ** (-_BELOW / 10)]
    return float(-0.691 + 10 * np.log10(heard.mean())) if heard.size else -np.inf


def mastered(track: Sound) -> Sound:
    """A film's track at one loudness, no peak above the ceiling, room tone under all of it.

    Args:
        track: Mono samples at 48 kHz.

    Returns:
        As many samples; a track on which nothing is heard stays as it is.
    """
    powers = _powers(track)
    gain = TARGET - _gated(powers)
    if gain == np.inf:
        return track
    peaks, place = true_peaks(track), (np.arange(len(powers)) + 0.5) * _FRAME
    wanted = TARGET
    tone = np.resize(_room_tone(), len(track))
    for _ in range(2):  # with the tone, pauses count as sound, a little: the made track is measured, too
        for _ in range(20):  # the limiter takes a little loudness, which is given back
            factor = 10 ** (gain / 20)
            down = turned_down(peaks * factor)
            off = wanted - _gated(powers * (factor * down) ** 2)
            if abs(off) < _OFF:
                break
            gain += off
        made = track * (factor * np.interp(np.arange(len(track)), place, down)) + tone
        wanted += TARGET - loudness(made)
    return np.asarray(made, np.float32)


def true_peaks(track: Sound) -> Floats:
    """The highest absolute value in each millisecond, of the samples and of the curve between them."""
    from scipy.signal import resample_poly

    padded = np.pad(track, (0, -len(track) % _FRAME))
    return np.asarray(np.abs(resample_poly(padded, 4, 1)).reshape(-1, 4 * _FRAME).max(axis=1), np.float64)


def turned_down(peaks: Floats, ceiling: float = 10 ** (CEILING / 20)) -> Floats:
    """The factor for each frame that keeps all peaks below a ceiling and begins before them, without a jump.

    Each is a mean over frames of minima that reach one frame farther, so neither it nor its neighbours' is higher than
    the frame asks.

    Args:
        peaks: The highest absolute value in each frame of a millisecond.
        ceiling: What none of them may pass.
    """
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    windows = np.lib.stride_tricks.sliding_window_view
    lowest = windows(np.pad(wanted, 2 * _REACH + 1, constant_values=1.0), 2 * _REACH + 3).min(axis=1)
    weights = np.hanning(2 * _REACH + 3)[1:-1]
    return np.asarray(windows(lowest, len(weights)) @ (weights / weights.sum()))


@cache
def _room_tone() -> Floats:
    """Some seconds of noise like that of a quiet room, the same every time."""
    from scipy.signal import lfilter

    noise = np.random.default_rng(0).standard_normal(_TONE_SECONDS * RATE)
    level = np.sqrt((1 - _TONE_POLE) / (1 + _TONE_POLE))  # of white noise behind the filter
    return np.asarray(lfilter([1 - _TONE_POLE], [1, -_TONE_POLE], noise) * 10 ** (ROOM_TONE / 20) / level)
