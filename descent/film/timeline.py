"""What happens when in a film: plays, spoken lines and chapters, in whole frames, and where they land in the output."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

TICKS_PER_SECOND = 15
"""Durations are multiples of 1/15 s: whole frames at 15, 30 and 60 frames a second."""


def ticks(seconds: float) -> int:
    """The fewest ticks that last at least ``seconds``, and at least one.

    >>> ticks(0.9), ticks(1.0), ticks(0.0)
    (14, 15, 1)
    """
    return max(1, math.ceil(seconds * TICKS_PER_SECOND - 1e-6))


@dataclass(frozen=True, slots=True)
class Play:
    """A stretch of film drawn by one ``play``.

    ``written`` is false where Manim skips it (``-n``, ``-s``); ``still`` is true where nothing moves; ``aside`` where
    it is for viewers of the whole film, as a pause to predict, or the card with the answer: excerpts leave it out.
    """

    start: int
    ticks: int
    written: bool
    still: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A narrated line that starts at a tick.

    Attributes:
        start: The tick.
        text: What is said, as it is written.
        seconds: How long it is spoken.
        words: When each of its words begins, in seconds from its own beginning; none where that is not known.
    """

    start: int
    text: str
    seconds: float
    words: tuple[float, ...] = ()

    @property
    def span(self) -> tuple[float, float]:
        """When it begins and ends, in seconds of the whole film."""
        begin = self.start / TICKS_PER_SECOND
        return begin, begin + self.seconds


@dataclass(slots=True)
class Timeline:
    """The record a scene keeps while it is constructed, in ticks of 1/15 s from the film's start.

    ``looping`` holds where chapters begin that a deck of slides shows again and again; ``reveals`` where a beat begins
    that answers what viewers were asked to predict.
    """

    plays: list[Play] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    chapters: list[tuple[int, str]] = field(default_factory=list)
    looping: set[int] = field(default_factory=set)
    reveals: set[int] = field(default_factory=set)
    now: int = 0

    def play(self, ticks: int, written: bool, still: bool = False, aside: bool = False) -> None:
        """Note a play of so many ticks and move on."""
        self.plays.append(Play(self.now, ticks, written, still, aside))
        self.now += ticks

    def only(self, part: Collection[int]) -> Self:
        """The same, with no plays written but some of those that are, by their numbers."""
        plays = [replace(play, written=play.written and k in part) for k, play in enumerate(self.plays)]
        return replace(self, plays=plays)

    @property
    def spoken(self) -> list[Line]:
        """The lines that are heard in what is written, in part at least."""
        return [line for line in self.lines if any(self.output_spans(*line.span))]

    @property
    def length(self) -> float:
        """Seconds of film written."""
        return sum(play.ticks for play in self.plays if play.written) / TICKS_PER_SECOND

    def output_spans(self, start: float, end: float) -> Iterable[tuple[float, float, float]]:
        """Where a stretch of the whole film lies in what is written.

        Args:
            start: Seconds from the start of the whole film.
            end: Likewise.

        Yields:
            (first second in the output, its second in the whole film, seconds kept), one per unbroken piece.
        """
        out, piece = 0.0, None
        for play in self.plays:
            if not play.written:
                continue
            first, last = play.start / TICKS_PER_SECOND, (play.start + play.ticks) / TICKS_PER_SECOND
            low, high = max(first, start), min(last, end)
            if low < high:
                at = out + low - first
                if piece and abs(piece[1] + piece[2] - low) < 1e-9:
                    piece = (piece[0], piece[1], piece[2] + high - low)
                else:
                    if piece:
                        yield piece
                    piece = (at, low, high - low)
            out += last - first
        if piece:
            yield piece
