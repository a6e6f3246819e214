"""A film of three beats, made without Manim: every frame has a grey of its own, every beat a tone of its own."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from descent.film.mux import SOUND_RATE, Score, assemble
from descent.film.narration import cues
from descent.film.narration.words import estimated

RATE, SIZE = 15, (160, 90)
TITLE = "A “claim” with <b>marks</b> & more"
BEATS = (
    ("First, the ground", "One beat. It has two sentences."),
    (
        "<script>alert(1)</script>",
        "Here 3 < 5 & so on: a line that is too long for one caption, and is therefore shown as two of them.",
    ),
    ("The end", "Done."),
)
FRAMES = (20, 31, 16)
TONES = (440.0, 1000.0, 2000.0)  # hertz
PAUSE = 0.35  # seconds of silence at a beat's end
STARTS = tuple(sum(FRAMES[:k]) / RATE for k in range(len(FRAMES)))
SECONDS = sum(FRAMES) / RATE


def make_film(folder: Path, **changes: object) -> Path:
    """Write the film and its note; returns the note. ``changes`` replace values of the note."""
    greys = iter(np.linspace(30, 220, sum(FRAMES)).astype(int))
    segments = [_segment(folder / f"{k}.mp4", [next(greys) for _ in range(n)]) for k, n in enumerate(FRAMES)]
    spoken = [n / RATE - PAUSE for n in FRAMES]
    captions = [
        cue
        for (_, line), start, seconds in zip(BEATS, STARTS, spoken, strict=True)
        for cue in cues(line, start, seconds, estimated(line, seconds))
    ]
    chapters = [(start, title) for (title, _), start in zip(BEATS, STARTS, strict=True)]
    film = folder / "Film.mp4"
    assemble(segments, film, Score(_sound(spoken), captions, chapters, SECONDS, TITLE))
    note = {
        "scene": "Film",
        "title": TITLE,
        "theme": "dark",
        "size": SIZE,
        "rate": RATE,
        "seconds": SECONDS,
        "language": "eng",
        "chapters": [{"start": start, "title": title} for start, title in chapters],
        "lines": [
            {"start": start, "seconds": seconds, "text": line, "words": estimated(line, seconds)}
            for (_, line), start, seconds in zip(BEATS, STARTS, spoken, strict=True)
        ],
        "claims": [{"text": "It <i>holds</i>.", "holds": True}, {"text": "It does not.", "holds": False}],
        "runs": [{"label": "SGD  lr 0.1", "digest": ""}, {"label": "Adam  lr 0.1", "digest": ""}],
    }
    film.with_suffix(".json").write_text(json.dumps(note | changes), encoding="utf-8")
    return film.with_suffix(".json")


def pictures(film: Path) -> np.ndarray:
    """All frames."""
    with av.open(str(film)) as source:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)])


def samples(film: Path) -> np.ndarray:
    """The sound as it is heard, edit list and all."""
    with av.open(str(film)) as source:
        frames = list(source.decode(audio=0))
    assert frames[0].pts == 0
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def _segment(target: Path, greys: list[int]) -> Path:
    with av.open(str(target), "w") as film:
        stream = film.add_stream("libx264", rate=RATE, options={"g": "60", "bf": "0", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for grey in greys:
            frame = np.full((SIZE[1], SIZE[0], 3), grey, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        film.mux(stream.encode(None))
        assert stream.time_base <= Fraction(1, RATE)
    return target


def _sound(spoken: list[float]) -> np.ndarray:
    track = np.zeros(round(SECONDS * SOUND_RATE), np.float32)
    for start, seconds, tone in zip(STARTS, spoken, TONES, strict=True):
        first, count = round(start * SOUND_RATE), round(seconds * SOUND_RATE)
        track[first : first + count] = 0.5 * np.sin(2 * np.pi * tone * np.arange(count) / SOUND_RATE)
    return track
