"""How fast a film talks, how long it stands still, and whether it answers before it has asked.

`descent check` advises on it; with ``--strict``, it is a fault.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from descent.film.timeline import TICKS_PER_SECOND, Timeline

STILL = 3.0
"""So many seconds at a stretch may a picture stand still while somebody speaks."""
WORDS = 150.0
"""So many words a minute may a line have."""
GAP = 0.8
"""So many seconds lie between two lines at least, each being an idea."""
NUMBERS = 3
"""So many numbers may a film speak."""
PAUSE = 2.0
"""So many seconds of silence lie before a beat that answers, at least."""
TOLD = 0.75
"""A text that has this share of an answer's own words gives it away."""

_SHORT, _FEW = 3, 3  # letters of a word that says little; words that say nothing together
_WORD = re.compile(r"[^\W_]+(?:[.,'’\-][^\W_]+)*")
_NUMBER = re.compile(
    r"(?<![\w.])\d[\d,]*(?:\.\d+)?|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|"
    r"forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """A film's pace, as its timeline has it.

    Attributes:
        still: The longest time in seconds that the picture stands still while a line is spoken.
        still_from: When that begins, in seconds of the film.
        words: Words a minute, while somebody speaks.
        fastest: Words a minute of the fastest line, and that line.
        gap: The shortest time in seconds between two lines; infinite where there are fewer.
        numbers: How many numbers are spoken.
        pause: The shortest silence in seconds before a beat that answers; infinite where none is marked as that.
    """

    still: float
    still_from: float
    words: float
    fastest: tuple[float, str]
    gap: float
    numbers: int
    pause: float = float("inf")


def pace(timeline: Timeline) -> Pace:
    """Measure a film's pace.

    Args:
        timeline: Of the film, rehearsed.
    """
    lines = [line for line in timeline.lines if line.seconds > 0]
    still, still_from = max(_still(timeline), default=(0.0, 0.0), key=lambda each: each[0])
    seconds = sum(line.seconds for line in lines)
    counts = [len(_WORD.findall(line.text)) for line in lines]
    speeds = [(60 * count / line.seconds, line.text) for count, line in zip(counts, lines, strict=True)]
    gaps = [later.span[0] - earlier.span[1] for earlier, later in pairwise(lines)]
    return Pace(
        still,
        still_from,
        60 * sum(counts) / seconds if seconds else 0.0,
        max(speeds, default=(0.0, "")),
        min(gaps, default=float("inf")),
        sum(len(_NUMBER.findall(line.text)) for line in lines),
        min(
            (gap for gap, line in zip(gaps, lines[1:], strict=True) if line.start in timeline.reveals), default=math.inf
        ),
    )


def advice(measured: Pace) -> Iterator[str]:
    """A sentence for whatever makes a film hard to follow.

    Args:
        measured: The film's pace.
    """
    if measured.still > STILL:
        yield (
            f"from {measured.still_from:.1f} s on the picture stands still under talk for {measured.still:.1f} s; "
            f"let something move within {STILL:g}."
        )
    if measured.words > WORDS:
        speed, line = measured.fastest
        yield (
            f"it speaks {measured.words:.0f} words a minute, and {speed:.0f} in “{line}”; "
            f"{WORDS:.0f} are easy to follow."
        )
    if measured.gap < GAP - 1e-3:  # what is left of adding up
        yield f"{max(measured.gap, 0.0):.1f} s lie between two of its lines; leave {GAP:g} s between ideas."
    if measured.numbers > NUMBERS:
        yield f"it speaks {measured.numbers} numbers; listeners keep {NUMBERS}."
    if measured.pause < PAUSE:
        yield f"{max(measured.pause, 0.0):.1f} s lie before a beat that answers; leave {PAUSE:g} s to predict."


def early(timeline: Timeline, answer: str, question: str, shown: Iterable[tuple[int, str]]) -> Iterator[str]:
    """A sentence for whatever gives the answer away before the beat that is marked to reveal it.

    Args:
        timeline: Of the film, rehearsed.
        answer: The film's, in a sentence.
        question: What it asks; its words give nothing away.
        shown: (tick, text) of what stands on screen.
    """
    own = _own_words(answer) - _own_words(question)
    if not timeline.reveals or len(own) < _FEW:
        return
    reveal = min(timeline.reveals)
    notes = [(tick, f"the note “{note}”") for tick, note in timeline.chapters]
    lines = [(line.start, f"the line “{line.text}”") for line in timeline.lines]
    texts = [(tick, f"“{' '.join(text.split())}” on screen") for tick, text in shown]
    for told in dict.fromkeys(told for tick, told in (*notes, *lines, *texts) if tick < reveal):
        if len(own & _own_words(told)) >= TOLD * len(own):
            yield f"{told} gives the answer away before the beat that reveals it."


def _own_words(text: str) -> set[str]:
    """What a text is about: its longer words, in small letters."""
    return {word.lower() for word in _WORD.findall(text) if len(word) > _SHORT}


def _still(timeline: Timeline) -> Iterator[tuple[float, float]]:
    """How long each stretch without movement lasts under each line, and when it begins."""
    stretches: list[tuple[float, float]] = []
    for play in timeline.plays:
        begin, end = play.start / TICKS_PER_SECOND, (play.start + play.ticks) / TICKS_PER_SECOND
        if play.still and stretches and abs(stretches[-1][1] - begin) < 1e-9:
            stretches[-1] = (stretches[-1][0], end)
        elif play.still:
            stretches.append((begin, end))
    for line in timeline.lines:
        for begin, end in stretches:
            low, high = max(begin, line.span[0]), min(end, line.span[1])
            if low < high:
                yield high - low, low
