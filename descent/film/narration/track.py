"""One sound track from clips placed in time."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from descent.base.errors import DescentError
from descent.film.narration.clips import Clip
from descent.film.narration.timing import REFRESH

_SLACK: Final = 0.001  # seconds that rounding to samples and milliseconds may make clips touch


def mix(placed: Sequence[tuple[float, Clip]], length: float, rate: int = 48_000) -> npt.NDArray[np.float32]:
    """Lay clips on a silent track.

    Args:
        placed: (start in seconds, clip) pairs in any order; a clip begins at sample round(start · rate).
        length: Seconds of the track.
        rate: Samples per second of the track; clips of another rate are resampled.

    Returns:
        Exactly round(length · rate) samples in [-1, 1].

    Raises:
        DescentError: If clips overlap, or one begins before the track or ends after it.
    """
    track = np.zeros(round(length * rate), np.float32)
    in_order = sorted(((start, clip) for start, clip in placed if clip.samples.size), key=lambda pair: pair[0])
    for (start, clip), (following, _) in pairwise(in_order):
        if start + clip.seconds > following + _SLACK:
            raise DescentError(
                f"the line at {start:.2f} s is spoken until {start + clip.seconds:.2f} s, but the next one "
                f"begins at {following:.2f} s; `{REFRESH}` measures the lines again."
            )
    for start, clip in in_order:
        if start < -_SLACK or start + clip.seconds > length + _SLACK:
            raise DescentError(
                f"the line from {start:.2f} s to {start + clip.seconds:.2f} s does not fit into a film of "
                f"{length:.2f} s; `{REFRESH}` measures the lines again."
            )
        first = max(0, round(start * rate))
        samples = _at_rate(clip, rate)[: max(0, len(track) - first)]
        track[first : first + len(samples)] = samples
    return track


def _at_rate(clip: Clip, rate: int) -> npt.NDArray[np.float32]:
    if clip.rate == rate:
        samples = clip.samples
    else:
        # scipy.signal takes a second to import, and only films with sound need it.
        from scipy.signal import resample_poly  # type: ignore[import-untyped]

        samples = resample_poly(clip.samples, rate, clip.rate)
    # Between the old samples the band-limited curve may pass full scale.
    return np.asarray(samples / max(1.0, float(np.abs(samples).max())), dtype=np.float32)
