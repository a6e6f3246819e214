"""What a process that constructs a film is told once, when it is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent.delivery.watch.subject import Subject


@dataclass(frozen=True, slots=True)
class StageOrder:
    """What a process is to construct, again and again.

    Attributes:
        subject: The film.
        theme: "dark" or "light".
        settings: Manim's, for that theme.
        place: The server's socket.
        work: A folder of the server's, gone when it ends.
        clips: Folder of lines that were spoken before.
        leads: Whether this process also speaks the lines; one of the themes does.
        strict: Whether sentences are checked too.
    """

    subject: Subject
    theme: str
    settings: dict[str, Any]
    place: Path
    work: Path
    clips: Path
    leads: bool
    strict: bool
