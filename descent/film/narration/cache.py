"""Spoken lines kept as WAV files, so that a voice says each line once."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from descent.base.errors import DescentError
from descent.base.files import write
from descent.film.narration.clips import Clip, from_wav, to_wav
from descent.film.narration.lexicon import paced, respell
from descent.film.narration.timing import TimingTable, estimate
from descent.film.narration.voices import DEFAULT_VOICE, SILENCE, Voice, WordsKnown, takes_any_text
from descent.film.narration.words import aligned


@dataclass(frozen=True, slots=True)
class ClipCache:
    """A folder of spoken lines, one WAV file each; safe to share between processes and to delete.

    After its sound, where players do not look, a file holds its own name: one that was exchanged for another is found.

    Args:
        folder: Where the files are; created with the first one.
    """

    folder: Path

    def speak(self, voice: Voice, text: str) -> Clip:
        """A line's clip from the folder, or else from the voice.

        A damaged file, or one of another line, is spoken again. What is returned is always what the file holds, so a
        film sounds the same from a cold and from a warm cache.

        Args:
            voice: Who speaks.
            text: The line as it is written.

        Returns:
            The clip.

        Raises:
            DescentError: If the line cannot be said or the folder cannot be written.
        """
        kept = self.kept(voice, text)
        if kept is not None:
            return kept
        spoken, path = self._place(voice, text)
        data = to_wav(voice.speak(spoken))
        write(path, data + path.stem.encode())
        return from_wav(data)

    def kept(self, voice: Voice, text: str) -> Clip | None:
        """A line's clip from the folder; None if it was not spoken yet, or its file is damaged.

        Raises:
            DescentError: If the line cannot be said.
        """
        _, path = self._place(voice, text)
        own = path.stem.encode()
        try:
            data = path.read_bytes()
            return from_wav(data.removesuffix(own)) if data.endswith(own) else None
        except (OSError, DescentError):
            return None

    def _place(self, voice: Voice, text: str) -> tuple[str, Path]:
        """A line as it is spoken, and its file."""
        spoken = paced(text) if takes_any_text(voice) else respell(text)
        return spoken, self._path(voice, spoken)

    def _path(self, voice: Voice, spoken: str) -> Path:
        identity = json.dumps([voice.key, voice.version, spoken])
        return self.folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.wav"


@dataclass(frozen=True, slots=True)
class MeasuringTable(TimingTable):
    """A table that has a line spoken which it does not know, and measures it: for films whose lines no file holds.

    Args:
        voice: Who speaks; lines that nobody says are guessed.
        clips: Where what was spoken is kept.
    """

    voice: Voice = field(kw_only=True)
    clips: ClipCache = field(kw_only=True)

    def duration(self, voice_key: str, text: str) -> float:
        """Seconds that a line takes: as recorded, else as measured now, else guessed."""
        spoken = paced(text)
        recorded = self.seconds.get(DEFAULT_VOICE if voice_key == SILENCE else voice_key, {}).get(spoken)
        if recorded is None and voice_key != SILENCE:
            with suppress(DescentError):  # what cannot be said is told where it is to be heard
                clip = self.clips.speak(self.voice, text)
                recorded = clip.noted_seconds if clip.samples.size else self.seconds.get(DEFAULT_VOICE, {}).get(spoken)
        return estimate(spoken) if recorded is None else recorded

    def starts(self, voice_key: str, text: str, seconds: float) -> tuple[float, ...]:
        """When each word of a line begins: as recorded, else as measured now, else guessed."""
        spoken = paced(text)
        if isinstance(self.voice, WordsKnown) and spoken not in self.seconds.get(voice_key, {}):
            with suppress(DescentError):
                if known := self.voice.words(spoken):
                    return aligned(text.split(), spoken.split(), known, seconds)
        return TimingTable.starts(self, voice_key, text, seconds)
