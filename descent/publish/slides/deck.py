"""What a deck of slides holds: films and their sections, read from what `descent render` wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from descent.base.errors import DescentError
from descent.film.narration import Cue, cues
from descent.film.sidecar import Chapter, Sidecar, SpokenLine, read_sidecar
from descent.look.palette import Theme, find_theme

NO_PAGES: Mapping[Path, Path] = MappingProxyType({})
_HAIR = 1e-6  # seconds that rounding may move a time by


@dataclass(frozen=True, slots=True)
class Section:
    """A beat of a film, which becomes a slide.

    Attributes:
        title: The beat in a few words.
        start: Seconds from the film's start.
        end: Seconds from the film's start.
        lines: What is said.
        captions: The same as captions, in seconds from the section's start.
        loops: Whether it begins again at its end, until one advances.
    """

    title: str
    start: float
    end: float
    lines: tuple[str, ...]
    captions: tuple[Cue, ...]
    loops: bool = False

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.end - self.start

    @property
    def notes(self) -> str:
        """What is said, as speaker notes: a paragraph a line."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class DeckFilm:
    """A film and its sections.

    Attributes:
        name: The scene.
        title: The film's claim in a sentence.
        claims: (what is claimed, whether it held when the film was made), in order; on a slide of words, (line, None).
        runs: Labels of the runs it shows.
        language: ISO 639-2 code of voice and captions.
        film: Its MP4.
        size: (width, height) of a frame in pixels.
        sections: Its beats, in order; they cover the film without gaps. None for a slide of words.
        page: A page of its runs to take hold of, which follows it; None for none.
        aside: Speaker notes of its first slide; None for its claims and runs.
        chapter: The part of the deck that begins with it; empty if none does.
    """

    name: str
    title: str
    claims: tuple[tuple[str, bool | None], ...]
    runs: tuple[str, ...]
    language: str
    film: Path
    size: tuple[int, int]
    sections: tuple[Section, ...]
    page: Path | None = None
    aside: str | None = None
    chapter: str = ""

    @property
    def slides(self) -> int:
        """How many slides it has: its claims, its beats, and its page."""
        return 1 + len(self.sections) + (self.page is not None)

    @property
    def page_name(self) -> str:
        """The name of the file that its page is, beside a deck."""
        return f"{self.name}-try.html"

    def clip_name(self, number: int) -> str:
        """The file name, without ending, of the section of a number."""
        return f"{self.name}-{number + 1:02}"


@dataclass(frozen=True, slots=True)
class Deck:
    """Slides of films: for each a title slide, a slide a section, then one of its page, if it has one.

    Attributes:
        title: For the window and the file's properties.
        theme: The films' look, which is the deck's too.
        lessons: The films, in order.
        silent: Whether it has no sound: somebody speaks.
    """

    title: str
    theme: Theme
    lessons: tuple[DeckFilm, ...]
    silent: bool = False

    @property
    def slides(self) -> int:
        """How many slides it has."""
        return sum(lesson.slides for lesson in self.lessons)


def read_deck(
    notes: Sequence[Path], title: str = "", silent: bool = False, pages: Mapping[Path, Path] = NO_PAGES
) -> Deck:
    """A deck of finished films.

    Args:
        notes: The JSON that `descent render` writes beside each film, in the deck's order.
        title: The deck's title; a single film's own by default.
        silent: Whether it does without the films' sound.
        pages: Pages of their runs to take hold of, by their note, of those that have one.

    Raises:
        DescentError: If a note or its film is missing or damaged, or the films differ in their theme.
    """
    if not notes:
        raise DescentError("a deck needs at least one film.")
    read = [_read(path) for path in notes]
    themes = sorted({theme for _, theme in read})
    if len(themes) > 1:
        raise DescentError(f"the films of a deck share one theme, but these are {' and '.join(themes)}.")
    lessons = tuple(replace(lesson, page=pages.get(note)) for note, (lesson, _) in zip(notes, read, strict=True))
    return Deck(title or lessons[0].title, find_theme(themes[0]), lessons, silent)


def _read(path: Path) -> tuple[DeckFilm, str]:
    """A film, and its theme."""
    note = read_sidecar(path)
    film = DeckFilm(
        name=note.scene,
        title=note.title or note.scene,
        claims=tuple((claim.text, claim.holds) for claim in note.claims),
        runs=tuple(run.label for run in note.runs),
        language=note.language,
        film=path.with_suffix(".mp4"),
        size=note.size,
        sections=_sections(note),
    )
    if not film.film.is_file():
        raise DescentError(f"there is no film {film.film}: slides are cut from an MP4; render the film again.")
    return film, note.theme


def _sections(note: Sidecar) -> tuple[Section, ...]:
    """Where the chapters cut a film. What comes before the first belongs to it; a film of none is one section."""
    seconds, frame = note.seconds, 1 / note.rate
    named = {chapter.start: chapter for chapter in note.chapters}
    begun = [chapter for start, chapter in sorted(named.items()) if start < seconds - frame / 2]
    begun = begun or [Chapter(0.0, note.title or note.scene)]
    edges = [0.0, *(chapter.start for chapter in begun[1:]), seconds]
    return tuple(
        _section(chapter, start, end, note.lines) for chapter, (start, end) in zip(begun, pairwise(edges), strict=True)
    )


def _section(chapter: Chapter, start: float, end: float, lines: Sequence[SpokenLine]) -> Section:
    within = [line for line in lines if start - _HAIR <= line.start < end - _HAIR]
    captions = tuple(
        Cue(cue.start, min(cue.end, end - start), cue.text, cue.words)
        for line in within
        if line.seconds > 0
        for cue in cues(line.text, max(0.0, line.start - start), line.seconds, line.words)
        if cue.start < end - start
    )
    return Section(chapter.title, start, end, tuple(line.text for line in within), captions, chapter.loops)
