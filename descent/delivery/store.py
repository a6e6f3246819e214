"""Drawn plays of films: each is one video segment, kept under the key of what it shows."""

import json
from pathlib import Path

from descent.base.files import write
from descent.delivery.freshness import digest


class SegmentStore:
    """A folder of drawn plays; an entry counts only while its bytes are those that were written.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the segment of a key is, or would be."""
        return self.folder / f"{key}.mp4"

    def has(self, key: str) -> bool:
        """Whether there is an undamaged segment of a key; its note names the key, so that none passes for another's."""
        try:
            noted = json.loads(self._note(key).read_text(encoding="utf-8"))
            return bool(noted == {"key": key, "sha256": digest(self.path(key))})
        except (OSError, ValueError, RecursionError):
            return False

    def add(self, key: str, segment: Path) -> None:
        """Take over a finished segment."""
        sha = digest(segment)
        segment.replace(self.path(key))
        write(self._note(key), json.dumps({"key": key, "sha256": sha}).encode())

    def _note(self, key: str) -> Path:
        return self.folder / f"{key}.json"
