"""How fast a film talks and how long it stands still: what `descent check` advises on and does not judge."""

import re
from collections.abc import Iterator
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
    """

    still: float
    still_from: float
    words: float
    fastest: tuple[float, str]
    gap: float
    numbers: int


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
    if measured.gap < GAP:
        yield f"{max(measured.gap, 0.0):.1f} s lie between two of its lines; leave {GAP:g} s between ideas."
    if measured.numbers > NUMBERS:
        yield f"it speaks {measured.numbers} numbers; listeners keep {NUMBERS}."


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
