"""Spoken lines kept as WAV files, so that a voice says each line once."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from descent.base.errors import DescentError
from descent.base.files import write
from descent.film.narration.clips import Clip, from_wav, to_wav
from descent.film.narration.lexicon import paced, respell
from descent.film.narration.voices import SILENCE, Voice


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
        spoken = paced(text) if voice.key == SILENCE else respell(text)
        path = self._path(voice, spoken)
        own = path.stem.encode()
        try:
            data = path.read_bytes()
            if data.endswith(own):
                return from_wav(data.removesuffix(own))
        except (OSError, DescentError):
            pass
        data = to_wav(voice.speak(spoken))
        write(path, data + own)
        return from_wav(data)

    def _path(self, voice: Voice, spoken: str) -> Path:
        identity = json.dumps([voice.key, voice.version, spoken])
        return self.folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.wav"
