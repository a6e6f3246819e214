"""A film as the site tells of it: read from its note and its scene's source, so that nothing is executed for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from descent.delivery.freshness import digest, unchanged
from descent.delivery.orders import RenderRequest
from descent.delivery.profiles import PROFILES
from descent.film.sidecar import Sidecar, SpokenLine, iso_language, read_sidecar
from descent.publish.gallery.source import SceneSource, scene_source

_KINDS = {
    ".mp4": "Film, MP4",
    ".webm": "Film, WebM",
    ".gif": "GIF, silent",
    ".srt": "Captions, SRT",
    ".vtt": "Captions, WebVTT",
    ".png": "Poster, PNG",
    ".txt": "Transcript",
    ".json": "Data, JSON",
}


@dataclass(frozen=True, slots=True)
class Download:
    """A file that visitors can have.

    Attributes:
        name: Its name in the site's media folder.
        kind: What it is, in a few words.
        source: The file, or None if it is made here.
        data: Its content in that case.
        sha: Its content's SHA-256.
    """

    name: str
    kind: str
    source: Path | None
    data: bytes
    sha: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data) if self.source is None else self.source.stat().st_size


@dataclass(frozen=True, slots=True)
class Rendition:
    """A film in one theme: its files by suffix."""

    theme: str
    files: dict[str, Download]

    @property
    def film(self) -> Download:
        """What the player plays."""
        return self.files.get(".mp4") or self.files[".webm"]

    @property
    def poster(self) -> Download:
        """The last picture."""
        return self.files[".png"]

    @property
    def thumbnail(self) -> str:
        """Name of the small poster that the index shows."""
        return f"{Path(self.poster.name).stem}.webp"


@dataclass(frozen=True, slots=True, eq=False)
class GalleryFilm:
    """A film of the site.

    Attributes:
        name: The scene's class.
        lesson: Stem of its file.
        note: What was noted when it was made: title, chapters, lines, claims, runs, …
        source: What its file says.
        renditions: The film per theme, the one it was asked for in first.
        page: A page of its runs to take hold of; None if it has none.
    """

    name: str
    lesson: str
    note: Sidecar
    source: SceneSource
    renditions: tuple[Rendition, ...]
    page: Download | None = None

    @property
    def title(self) -> str:
        """Its claim in a sentence, or its name."""
        return self.note.title or self.name

    @property
    def language(self) -> str:
        """Language of title, captions and transcript, for HTML."""
        return iso_language(self.note.language)

    @property
    def runs(self) -> tuple[str, ...]:
        """Labels of its runs, each once."""
        return tuple(dict.fromkeys(run.label for run in self.note.runs))

    @property
    def tags(self) -> tuple[str, ...]:
        """The optimizers and schedulers that its runs use, each once."""
        return tuple(dict.fromkeys(name for label in self.runs for name in names_in(label)))

    @property
    def words(self) -> str:
        """What a search looks through."""
        claims = (claim.text for claim in self.note.claims)
        return " ".join((self.name, self.title, self.source.summary, *self.runs, *claims)).lower()

    @property
    def holds(self) -> bool:
        """Whether all its claims hold."""
        return all(claim.holds for claim in self.note.claims)


def names_in(label: str) -> list[str]:
    """The optimizer and the scheduler of a run's label.

    >>> names_in("SGD  lr 0.04  momentum 0.6 · StepLR  step_size 5")
    ['SGD', 'StepLR']
    """
    return [part.split("  ")[0].strip() for part in label.split(" · ")]


def read_film(orders: Sequence[RenderRequest], page: Path | None = None) -> GalleryFilm:
    """Read a rendered film.

    Args:
        orders: What it was rendered as, per theme; the first is the main one.
        page: A page of its runs to take hold of.

    Raises:
        DescentError: If its note cannot be read.
    """
    order = orders[0]
    note = read_sidecar(order.file(".json"))
    source = scene_source(order.scene.file.read_text(encoding="utf-8"), order.scene.name)
    renditions = tuple(_rendition(each) for each in orders)
    name = order.scene.name
    found = None if page is None else Download(f"{name}.html", "Page to take hold of, HTML", page, b"", digest(page))
    return GalleryFilm(name, order.scene.file.stem, note, source, renditions, found)


def other_kinds(order: RenderRequest) -> list[RenderRequest]:
    """The same film as other profiles keep it beside this one's folder, where it is there and up to date."""
    folder = order.folder.with_name
    others = [
        replace(order, profile=profile, folder=folder(order.folder.name.replace(order.profile.name, profile.name, 1)))
        for profile in PROFILES.values()
        if profile.name in ("docs", "web") and profile != order.profile
    ]
    return [other for other in others if unchanged(other)]


def lesson_words(stem: str, docstring: str) -> tuple[str, str]:
    """Heading and text of a lesson from its file's docstring, else from the file's name.

    >>> lesson_words("momentum", "Momentum: what a velocity adds.")
    ('Momentum', 'What a velocity adds.')
    >>> lesson_words("warm_up", "")
    ('Warm up', '')
    """
    heading, colon, text = docstring.partition(": ")
    if not colon or len(heading) > 40:
        heading, text = stem.replace("_", " ").strip().capitalize(), docstring
    return heading, text[:1].upper() + text[1:]


def _rendition(order: RenderRequest) -> Rendition:
    stem = order.scene.name if order.theme == "dark" else f"{order.scene.name}-{order.theme}"
    files: dict[str, Download] = {}
    for each in (order, *other_kinds(order)):
        for suffix in _KINDS:
            path = each.file(suffix)
            if suffix not in files and path.is_file() and suffix != ".json":
                files[suffix] = Download(f"{stem}{suffix}", _KINDS[suffix], path, b"", digest(path))
    data = read_sidecar(order.file(".json")).published()
    files[".json"] = Download(f"{stem}.json", _KINDS[".json"], None, data, "")
    return Rendition(order.theme, {suffix: files[suffix] for suffix in _KINDS if suffix in files})


def by_word(line: SpokenLine) -> list[tuple[str, float | None]]:
    """The words of a line, each with its second in the film; None where that is not known.

    >>> by_word(SpokenLine(2.0, 1.0, "It rolls.", (0.0, 0.25)))
    [('It', 2.0), ('rolls.', 2.25)]
    """
    words = line.text.split()
    if len(line.words) != len(words):
        return [(word, None) for word in words]
    return [(word, round(line.start + at, 3)) for word, at in zip(words, line.words, strict=True)]


def clock(seconds: float) -> str:
    """A time as players show it.

    >>> clock(83.4)
    '1:23'
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def spoken(seconds: float) -> str:
    """A time in words, for screen readers.

    >>> spoken(83.4), spoken(60)
    ('1 minute 23 seconds', '1 minute')
    """
    minutes, rest = divmod(round(seconds), 60)
    parts = [f"{n} {unit}{'s' * (n != 1)}" for n, unit in ((minutes, "minute"), (rest, "second")) if n]
    return " ".join(parts) or "0 seconds"


def megabytes(size: int) -> str:
    """A file's size.

    >>> megabytes(2_340_000), megabytes(950), megabytes(10)
    ('2.3 MB', '1 kB', '1 kB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 95_000 else f"{max(1, round(size / 1e3))} kB"
