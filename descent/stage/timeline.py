"""What happens when in a film: plays, spoken lines and chapters, and where they land in the output."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from descent.stage.clock import TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Play:
    """A stretch of film drawn by one ``play``; ``written`` is false where Manim skips it (``-n``, ``-s``)."""

    start: int
    ticks: int
    written: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A narrated line that starts at a tick; ``seconds`` is the time its speech takes."""

    start: int
    text: str
    seconds: float


@dataclass(slots=True)
class Timeline:
    """The record a scene keeps while it is constructed, in ticks of 1/15 s from the film's start."""

    plays: list[Play] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    chapters: list[tuple[int, str]] = field(default_factory=list)
    now: int = 0

    def play(self, ticks: int, written: bool) -> None:
        """Note a play of so many ticks and move on."""
        self.plays.append(Play(self.now, ticks, written))
        self.now += ticks

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
