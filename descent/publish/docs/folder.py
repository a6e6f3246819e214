"""The folder of media that pages show: committed or not, it says of each what it shows and what it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from descent.base.errors import DescentError, reason
from descent.base.files import write
from descent.publish.docs.asked import Asked

NOTE = "media.json"


@dataclass(frozen=True, slots=True)
class Medium:
    """What was made of a request in one theme.

    Attributes:
        theme: "light" or "dark".
        file: Name of the film or picture in the folder.
        width: Of its pictures in pixels.
        height: Of its pictures in pixels.
        alt: What it shows, in words.
        still: Name of a picture that stands in for it where nothing moves; empty for a picture.
        captions: Name of its captions; empty without.
        language: Of captions and words, as HTML wants it.
    """

    theme: str
    file: str
    width: int
    height: int
    alt: str
    still: str = ""
    captions: str = ""
    language: str = "en"

    @property
    def names(self) -> tuple[str, ...]:
        """Its files."""
        return tuple(filter(None, (self.file, self.still, self.captions)))


@dataclass(frozen=True, slots=True)
class Entry:
    """What the note holds of it.

    Attributes:
        shows: The medium.
        files: SHA-256 of each of its files, by name.
        sources: SHA-256 of each file of one's own that it was made from, by its path from the folder of the pages.
        tools: Digests and versions of what made it, by name.
    """

    shows: Medium
    files: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)


class MediaFolder:
    """A folder of media.

    Args:
        path: The folder; it need not be there.

    Raises:
        DescentError: If there is a note that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path / NOTE
        self._entries: dict[str, Entry] = {}
        if not self._note.exists():
            return
        try:
            self._entries = msgspec.json.decode(self._note.read_bytes(), type=dict[str, Entry])
        except (OSError, ValueError, RecursionError) as error:
            raise DescentError(
                f"{self._note} is no note of media ({reason(error)}); restore it, or delete it to have all made anew."
            ) from None
        for key, entry in self._entries.items():
            if any(Path(name).name != name for name in entry.shows.names):
                raise DescentError(f"what {self._note} holds of {key!r} names a file of another folder; delete it.")

    def entry(self, asked: Asked, theme: str) -> Entry | None:
        """What is noted of a request, if its files are there."""
        found = self._entries.get(asked.stem_in(theme))
        return found if found and all((self.path / name).is_file() for name in found.shows.names) else None

    def add(self, asked: Asked, entry: Entry) -> None:
        """Note what was made."""
        self._entries[asked.stem_in(entry.shows.theme)] = entry
        data = msgspec.json.encode(dict(sorted(self._entries.items())))
        write(self._note, msgspec.json.format(data, indent=1) + b"\n")
