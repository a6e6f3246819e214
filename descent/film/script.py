"""What is told in a film, apart from its pictures: title, timeline and voice, and the sound and captions they make."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from descent.film.mux import SOUND_RATE, Score
from descent.film.narration import Clip, ClipCache, Cue, Voice, cues, mastered, mix
from descent.film.timeline import TICKS_PER_SECOND, Timeline


@dataclass(frozen=True, slots=True)
class Script:
    """A film's words and times.

    Attributes:
        title: What it is called.
        timeline: What happened when.
        voice: Who speaks; None for a film without a sound track.
    """

    title: str
    timeline: Timeline
    voice: Voice | None

    def score(self, clips: Path) -> Score:
        """Sound, captions and chapters of the film that is written.

        Args:
            clips: Folder of lines that were spoken before.
        """
        return Score(
            sound=None if self.voice is None else self._sound(self.voice, ClipCache(clips)),
            cues=self.captions(),
            chapters=[(at, name) for at, name, _ in self.chapters()],
            length=self.timeline.length,
            title=self.title,
        )

    def speak(self, clips: Path) -> None:
        """Have the lines spoken that are heard and were not spoken before, and keep them in a folder."""
        if self.voice is not None:
            for line in self.timeline.spoken:
                ClipCache(clips).speak(self.voice, line.text)

    def captions(self) -> list[Cue]:
        """The captions of the film that is written, in the written form of what is said."""
        found: list[Cue] = []
        for line in self.timeline.lines:
            for cue in cues(line.text, line.span[0], line.seconds, line.words):
                for at, source, kept in self.timeline.output_spans(cue.start, cue.end):
                    found.append(Cue(at, at + kept, cue.text, tuple(at + word - source for word in cue.words)))
        return found

    def chapters(self) -> list[tuple[float, str, bool]]:
        """The chapters of which something is written: where that begins, its name, and whether it loops in a deck."""
        chapters = self.timeline.chapters
        ends = [*(tick / TICKS_PER_SECOND for tick, _ in chapters[1:]), np.inf][: len(chapters)]
        return [
            (at, name, tick in self.timeline.looping)
            for (tick, name), end in zip(chapters, ends, strict=True)
            for at, _, _ in list(self.timeline.output_spans(tick / TICKS_PER_SECOND, end))[:1]
        ]

    def _sound(self, voice: Voice, cache: ClipCache) -> np.ndarray[Any, np.dtype[np.float32]]:
        placed: list[tuple[float, Clip]] = []
        free = 0.0  # a line whose time was only guessed may still be spoken when the next one is due
        for line in self.timeline.lines:
            clip = cache.speak(voice, line.text)
            begin, _ = line.span
            for at, source, kept in self.timeline.output_spans(begin, begin + clip.seconds):
                start = max(at, free)
                first = round((source - begin) * clip.rate)
                last = first + round(min(kept, self.timeline.length - start) * clip.rate)
                part = Clip(clip.samples[first:last], clip.rate)
                placed.append((start, part))
                free = start + part.seconds
        return mastered(mix(placed, self.timeline.length, SOUND_RATE))
