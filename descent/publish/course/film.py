"""One film of many: their pictures and the cards between them copied as they are, the sound laid anew over all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import av
import msgspec
import numpy as np

from descent.base.errors import DescentError
from descent.base.files import write
from descent.base.project import project
from descent.delivery.freshness import digest
from descent.delivery.orders import RenderRequest, SceneRef
from descent.film.course import Course, CourseFilm
from descent.film.mux import SOUND_RATE, Score, assemble
from descent.film.narration import Cue, Voice, to_srt, to_vtt
from descent.film.script import Script
from descent.film.sidecar import Chapter, Inputs, Sidecar, SpokenLine, read_sidecar, write_sidecar
from descent.film.timeline import TICKS_PER_SECOND, Line, Play, Timeline
from descent.publish.course.pages import Card, chapter_card, closing_card, opening_card


@dataclass(frozen=True, slots=True)
class Part:
    """A film of the whole: what its chapter is called, and where it is rendered."""

    title: str
    order: RenderRequest


def parts_of(course: Course, titles: Mapping[str, str], films: Mapping[str, RenderRequest]) -> list[Part]:
    """The films of a course with the cards between them, in order.

    Args:
        course: It.
        titles: Titles of its films.
        films: What they are to be rendered as, all alike.
    """
    opening, closing = opening_card(course), closing_card(course, titles)
    chapters = [chapter_card(chapter, titles) for chapter in course.chapters]
    cards = [*([] if course.excerpt else [opening]), *chapters, closing]
    orders = {order.scene.name: order for order in _card_orders(cards, next(iter(films.values())))}

    def card(shown: Card) -> Part:
        return Part(shown.title, orders[shown.name])

    def film(shown: CourseFilm) -> Part:
        return Part("  ".join(filter(None, (shown.number, titles[shown.name]))), films[shown.name])

    parts = [] if course.excerpt else [card(opening)]
    parts += [] if course.opening is None else [film(course.opening)]
    for chapter, shown in zip(course.chapters, chapters, strict=True):
        parts += [card(shown), *map(film, chapter.films)]
    return [*parts, card(closing)]


def _card_orders(cards: Sequence[Card], like: RenderRequest) -> list[RenderRequest]:
    """What to render for cards: scenes of a file that is made for workers; the same cards give the same file."""
    text = msgspec.json.encode(cards).decode()
    source = (
        '"""Made by `descent course`; it holds cards as text, and is made anew when these change."""\n\n'
        "from descent.publish.course.cards import card_scenes\n\n"
        f"globals().update(card_scenes(\n    {text!r},\n    __name__,\n))\n"
    )
    file = project().races / sha256(text.encode()).hexdigest()[:16] / "cards.py"
    if not file.is_file() or file.read_text(encoding="utf-8") != source:
        write(file, source.encode())
    folder = file.parent / f"{like.profile.name}-{like.profile.width}-{like.theme}"
    return [RenderRequest(SceneRef(file, card.name, like.voice), like.profile, like.theme, folder) for card in cards]


def write_film(title: str, parts: Sequence[Part], target: Path, voice: Voice | None) -> bool:
    """Join rendered films into one, without encoding their pictures again.

    Lines are spoken from the folder of what was spoken before, so that the sound is encoded once, as in each film, and
    lies where it lies there to the sample.

    Args:
        title: What the whole is called.
        parts: The films, in order, all of one profile and theme; each becomes a chapter.
        target: An MP4; captions, transcript and a note go beside it.
        voice: Who speaks; None for a film without a sound track.

    Returns:
        Whether it was written; not if it is there already, made of the same films.

    Raises:
        DescentError: If films were encoded in different ways, or a file cannot be written.
    """
    films = [part.order.films[0] for part in parts]
    names = [(part.title, digest(film)) for part, film in zip(parts, films, strict=True)]
    key = sha256(repr((title, names, voice and voice.key)).encode()).hexdigest()
    if _is_there(target, key):
        return False
    _check_alike(films)
    notes = [read_sidecar(part.order.file(".json")) for part in parts]
    scores = [_score(note, voice) for note in notes]
    score = chained(scores, [part.title for part in parts], title)
    made: dict[str, str] = {}
    assemble(films, target, score, look=lambda written: made.update({target.name: digest(written)}))
    starts = _starts(scores)
    for suffix, words in (
        (".srt", to_srt(score.cues)),
        (".vtt", to_vtt(score.cues)),
        (".txt", _transcript(title, parts, notes)),
    ):
        write(beside := target.with_suffix(suffix), data := words.encode())
        made[beside.name] = sha256(data).hexdigest()
    write_sidecar(target.with_suffix(".json"), _sidecar(title, parts, notes, score, starts, key, made))
    return True


def chained(scores: Sequence[Score], titles: Sequence[str], title: str) -> Score:
    """What accompanies films one after the other: a chapter each, captions and sound moved to where each begins.

    Args:
        scores: Of each film; lengths are whole ticks, so that each begins at a whole sample.
        titles: Of the chapters.
        title: Of the whole.
    """
    starts = _starts(scores)
    length = starts[-1] + scores[-1].length
    sound = None
    if any(score.sound is not None for score in scores):
        sound = np.zeros(round(length * SOUND_RATE), np.float32)
        for start, score in zip(starts, scores, strict=True):
            if score.sound is not None:
                first = round(start * SOUND_RATE)
                sound[first : first + len(score.sound)] = score.sound
    return Score(
        sound,
        [
            Cue(at + cue.start, at + cue.end, cue.text)
            for at, score in zip(starts, scores, strict=True)
            for cue in score.cues
        ],
        list(zip(starts, titles, strict=True)),
        length,
        title,
        scores[0].language,
    )


def _starts(scores: Sequence[Score]) -> list[float]:
    ticks = accumulate((round(score.length * TICKS_PER_SECOND) for score in scores), initial=0)
    return [tick / TICKS_PER_SECOND for tick in list(ticks)[:-1]]


def _score(note: Sidecar, voice: Voice | None) -> Score:
    """What accompanies a finished film, from what it says of itself."""
    length = round(note.seconds * TICKS_PER_SECOND)
    lines = [Line(round(line.start * TICKS_PER_SECOND), line.text, line.seconds) for line in note.lines if line.seconds]
    timeline = Timeline([Play(0, length, True)], lines, now=length)
    return Script(note.title, timeline, voice if note.voiced else None).score(project().clips)


def _check_alike(films: Sequence[Path]) -> None:
    """Packets go into one track only where one decoder can read them all."""
    kinds = {}
    for film in films:
        with av.open(str(film)) as opened:
            video = opened.streams.video[0]
            kinds[film] = video.codec_context.name, video.width, video.height, video.codec_context.extradata
    for film, kind in kinds.items():
        if kind != kinds[films[0]]:
            raise DescentError(
                f"{film} was encoded in another way than {films[0]}, so they cannot be joined; delete both, and "
                "they are rendered again."
            )


def _is_there(target: Path, key: str) -> bool:
    try:
        noted = read_sidecar(target.with_suffix(".json"))
        return noted.inputs.key == key and all(digest(target.parent / n) == sha for n, sha in noted.files.items())
    except (DescentError, OSError):
        return False


def _transcript(title: str, parts: Sequence[Part], notes: Sequence[Sidecar]) -> str:
    told = [[part.title, *(line.text for line in note.lines)] for part, note in zip(parts, notes, strict=True)]
    return "\n\n\n".join(["\n\n".join(paragraphs) for paragraphs in ([title], *told)]) + "\n"


def _sidecar(
    title: str,
    parts: Sequence[Part],
    notes: Sequence[Sidecar],
    score: Score,
    starts: Sequence[float],
    key: str,
    files: Mapping[str, str],
) -> Sidecar:
    first, order = notes[0], parts[0].order
    moved = zip(starts, notes, strict=True)
    return Sidecar(
        scene="course",
        title=title,
        profile=order.profile.name,
        theme=order.theme,
        size=first.size,
        rate=first.rate,
        seconds=score.length,
        language=score.language,
        voiced=score.sound is not None,
        chapters=[Chapter(start, name) for start, name in score.chapters],
        lines=[SpokenLine(start + line.start, line.seconds, line.text) for start, note in moved for line in note.lines],
        claims=[claim for note in notes for claim in note.claims],
        runs=[run for note in notes for run in note.runs],
        tools=first.tools,
        inputs=Inputs(key),
        files=dict(files),
    )
