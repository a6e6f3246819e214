"""Recordings for tests, in files as programs for recording write them."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
RATE = 48_000
_CODECS = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".m4a": "aac", ".ogg": "libopus"}


def voice(seconds: float, level: float = 0.3, before: float = 0.5, after: float = 0.7, noise: float = 0.0) -> Samples:
    """Something like a voice in a quiet room."""
    samples = np.zeros(round((before + seconds + after) * RATE))
    at = np.arange(round(seconds * RATE)) / RATE
    first = round(before * RATE)
    samples[first : first + len(at)] = level * np.sin(2 * np.pi * 220 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * at))
    return samples + noise * np.random.default_rng(3).standard_normal(len(samples))


def record(path: Path, samples: Samples, rate: int = RATE, layout: str = "mono") -> None:
    """Write a file as programs for recording do; the suffix says what kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = 2 if layout == "stereo" else 1
    with av.open(str(path), "w") as out:
        stream = out.add_stream(_CODECS[path.suffix.lower()], rate=rate, layout=layout)
        rows = np.tile(samples.astype(np.float32), (channels, 1))
        whole = av.AudioFrame.from_ndarray(rows, format="fltp", layout=layout)
        whole.sample_rate = rate
        resampler = av.AudioResampler(stream.format, layout, rate, frame_size=stream.codec_context.frame_size or None)
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
