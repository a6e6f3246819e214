"""What a finished film says of itself: the ``.json`` beside it, of one type, written and read here alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from descent.base.errors import DescentError, reason
from descent.base.files import write


@dataclass(frozen=True, slots=True)
class Chapter:
    """Where a beat begins, in seconds, its name, and whether a deck of slides repeats it until one advances."""

    start: float
    title: str
    loops: bool = False


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A narrated line: when it begins and how long it is spoken, in seconds; none where it is only shown.

    ``words`` holds when each of its words begins, in seconds from ``start``; nothing where that is not known.
    """

    start: float
    seconds: float
    text: str
    words: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedClaim:
    """What a film claims, and whether it held when the film was made."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run: its settings, and SHA-256 of its record."""

    label: str
    digest: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a film was made from: a digest of all, and what of it is the project's own.

    Attributes:
        key: The digest; empty if something changed while the film was made.
        modules: The project's modules that its scene imports.
        files: Files that these read.
        folders: Folders that they listed.
        variables: Variables of the environment that they looked up.
    """

    key: str = ""
    modules: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """A finished film.

    Attributes:
        scene: Name of the scene.
        source: Its file.
        title: The film's claim in a sentence; empty if it has none.
        profile: What it was rendered for.
        theme: "dark" or "light".
        size: (width, height) of a frame in pixels.
        rate: Frames a second.
        seconds: Its length.
        language: ISO 639-2 code of voice and captions.
        voiced: Whether it has a sound track.
        chapters: Its beats, in order.
        lines: What is said, in order.
        claims: What it claims.
        runs: The runs it shows.
        tools: Versions of what computed, drew and encoded it, and the level of the processor that torch used.
        inputs: What it was made from.
        files: SHA-256 of each file that belongs to it, by name.
    """

    scene: str
    title: str
    theme: str
    size: tuple[int, int]
    rate: Annotated[int, msgspec.Meta(gt=0)]
    seconds: float
    language: str
    chapters: list[Chapter]
    lines: list[SpokenLine]
    claims: list[StatedClaim]
    runs: list[ShownRun]
    source: str = ""
    profile: str = ""
    voiced: bool = True
    tools: Mapping[str, str] = field(default_factory=dict)
    inputs: Inputs = field(default_factory=Inputs)
    files: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """As it stands in a file."""
        return _text(self)

    def published(self) -> bytes:
        """The same for others: without what names folders of the machine it was made on."""
        values = msgspec.to_builtins(self)
        for private in ("source", "inputs", "files"):
            del values[private]
        return _text(values)


def _text(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def write_sidecar(path: Path, sidecar: Sidecar) -> None:
    """Write it, whole or not at all."""
    write(path, sidecar.as_json())


def read_sidecar(path: Path) -> Sidecar:
    """Read what stands beside a film.

    Args:
        path: Its ``.json``.

    Raises:
        DescentError: If there is none, or it is no such file; what is wrong with it is named.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Sidecar)
    except (OSError, ValueError, RecursionError) as error:  # msgspec's own errors are ValueErrors
        raise DescentError(f"{path} is not the note of a finished film ({reason(error)}); render it again.") from None


def iso_language(code: str) -> str:
    """A language as web pages and PowerPoint name it.

    >>> iso_language("eng")
    'en'
    """
    return {"eng": "en", "deu": "de", "fra": "fr", "spa": "es", "ita": "it", "por": "pt"}.get(code, code)
