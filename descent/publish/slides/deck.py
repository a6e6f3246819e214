"""What a deck of slides holds: films and their sections, read from what `descent render` wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from descent.base.errors import DescentError
from descent.film.narration import Cue, cues
from descent.film.sidecar import Chapter, Sidecar, SpokenLine, read_sidecar
from descent.look.palette import Theme, find_theme

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
        claims: (what is claimed, whether it held when the film was made), in order.
        runs: Labels of the runs it shows.
        language: ISO 639-2 code of voice and captions.
        film: Its MP4.
        size: (width, height) of a frame in pixels.
        sections: Its beats, in order; they cover the film without gaps.
    """

    name: str
    title: str
    claims: tuple[tuple[str, bool], ...]
    runs: tuple[str, ...]
    language: str
    film: Path
    size: tuple[int, int]
    sections: tuple[Section, ...]

    def clip_name(self, number: int) -> str:
        """The file name, without ending, of the section of a number."""
        return f"{self.name}-{number + 1:02}"


@dataclass(frozen=True, slots=True)
class Deck:
    """Slides of films: for each a title slide, then a slide a section.

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
        return sum(1 + len(lesson.sections) for lesson in self.lessons)


def read_deck(notes: Sequence[Path], title: str = "", silent: bool = False) -> Deck:
    """A deck of finished films.

    Args:
        notes: The JSON that `descent render` writes beside each film, in the deck's order.
        title: The deck's title; a single film's own by default.
        silent: Whether it does without the films' sound.

    Raises:
        DescentError: If a note or its film is missing or damaged, or the films differ in their theme.
    """
    if not notes:
        raise DescentError("a deck needs at least one film.")
    read = [_read(path) for path in notes]
    themes = sorted({theme for _, theme in read})
    if len(themes) > 1:
        raise DescentError(f"the films of a deck share one theme, but these are {' and '.join(themes)}.")
    lessons = tuple(lesson for lesson, _ in read)
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
