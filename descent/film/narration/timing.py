"""How long each line is spoken: a committed table, so that no film's frames depend on an installed voice."""

import json
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from descent.base.errors import DescentError
from descent.base.extras import how_to_install
from descent.base.files import write
from descent.film.narration.clips import SENTENCE_PAUSE
from descent.film.narration.lexicon import paced, respell
from descent.film.narration.voices import DEFAULT_VOICE, SILENCE, Voice, WordsKnown, at_own_pace
from descent.film.narration.words import PER_CHARACTER, PER_DIGIT, aligned, estimated

_Seconds = Mapping[str, Mapping[str, float]]
_Starts = Mapping[str, Mapping[str, Sequence[float]]]

REFRESH: Final = "descent narrate"
"""The command that measures lines."""


class StaleTimingWarning(UserWarning):
    """A narrated line is not in the timing table, so its duration was guessed."""


@dataclass(frozen=True, slots=True)
class TimingTable:
    """The duration of every narrated line, by voice and spoken text, and when its words begin where that was measured.

    Args:
        seconds: Voice key → spoken line → seconds.
        words: Voice key → spoken line → seconds from its beginning at which each of its words begins.

    >>> TimingTable({"hibari:heart": {"w 1 moves.": 1.25}}).duration("hibari:heart", "w₁ moves.")
    1.25
    """

    seconds: _Seconds
    words: _Starts = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "TimingTable":
        """Read a table.

        Args:
            path: Its JSON file; a missing file is an empty table.

        Returns:
            The table.

        Raises:
            DescentError: If the file cannot be read or is not such a table.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls({})
        except (OSError, ValueError) as reason:
            raise DescentError(
                f"cannot read the timing table {path} ({reason}); delete it and run `{REFRESH}`."
            ) from reason
        if not _is_table(content):
            raise DescentError(
                f"the timing table {path} must map voices to lines to positive seconds, or to these and when each word "
                f"begins; delete it and run `{REFRESH}`."
            )
        timed = {voice: {k: v for k, v in lines.items() if isinstance(v, list)} for voice, lines in content.items()}
        return cls(
            {voice: {k: v[0] if isinstance(v, list) else v for k, v in ls.items()} for voice, ls in content.items()},
            {voice: {k: tuple(v[1:]) for k, v in lines.items()} for voice, lines in timed.items() if lines},
        )

    def completed(self, other: "TimingTable") -> "TimingTable":
        """This table, with the lines that only another has.

        >>> TimingTable({"a": {"x": 1.0}}).completed(TimingTable({"a": {"x": 2.0, "y": 3.0}})).seconds
        {'a': {'x': 1.0, 'y': 3.0}}
        """
        voices = dict.fromkeys((*self.seconds, *other.seconds))
        words = {
            voice: {line: at for line, at in lines.items() if line not in self.seconds.get(voice, {})}
            for voice, lines in other.words.items()
        }
        return TimingTable(
            {v: {**other.seconds.get(v, {}), **self.seconds.get(v, {})} for v in voices},
            {v: found for v in voices if (found := {**words.get(v, {}), **self.words.get(v, {})})},
        )

    def text(self) -> str:
        """The table as its file holds it: a line of narration a line, seconds first, then when each word begins."""

        def row(voice: str, line: str, seconds: float) -> str:
            words = self.words.get(voice, {}).get(line)
            return f"    {_json(line)}: {_json(seconds if words is None else [seconds, *words])}"

        def block(voice: str) -> str:
            rows = [row(voice, line, seconds) for line, seconds in sorted(self.seconds[voice].items())]
            return f"  {_json(voice)}: {_braced(rows, '  ')}"

        return _braced([block(voice) for voice in sorted(self.seconds)], "") + "\n"

    def duration(self, voice_key: str, text: str) -> float:
        """Seconds that a voice needs for a line.

        Args:
            voice_key: The voice's key; ``"silence"`` keeps the default voice's pace.
            text: The line as it is written.

        Returns:
            The recorded duration, or :func:`estimate` with a :class:`StaleTimingWarning`.
        """
        spoken = paced(text)
        pace = DEFAULT_VOICE if voice_key == SILENCE else voice_key
        recorded = self.seconds.get(pace, {}).get(spoken)
        if recorded is not None:
            return recorded
        own, speed = at_own_pace(pace)
        guess = round(self.seconds.get(own, {}).get(spoken, estimate(spoken)) / speed, 3)
        warnings.warn(
            f"the timing table has no {spoken!r} by {pace}; guessed {guess} s, `{REFRESH}` measures it.",
            StaleTimingWarning,
            stacklevel=2,
        )
        return guess

    def starts(self, voice_key: str, text: str, seconds: float) -> tuple[float, ...]:
        """When each word of a line begins.

        Args:
            voice_key: The voice's key.
            text: The line as it is written.
            seconds: How long it is spoken.

        Returns:
            Seconds from the line's beginning, one for each of its words: as measured, else estimated from letters.
        """
        spoken = paced(text)
        pace = DEFAULT_VOICE if voice_key == SILENCE else voice_key
        known = self.words.get(pace, {}).get(spoken) or estimated(spoken, seconds)
        return aligned(text.split(), spoken.split(), known, seconds)


def estimate(spoken: str) -> float:
    """A guess of how long a line is spoken.

    0.067 s per character, 0.38 s more per digit, and the pauses between sentences: fitted to hibari on 222 lines of
    films, 219 of them within 20 %.

    Args:
        spoken: The respelled line.

    Returns:
        Seconds, whole milliseconds.

    >>> estimate("Watch the ball.")
    1.005
    """
    digits = sum(character.isdigit() for character in spoken)
    pauses = len(re.findall(r"[.!?]\s", spoken))
    return round(PER_CHARACTER * len(spoken) + PER_DIGIT * digits + SENTENCE_PAUSE * pauses, 3)


def refresh(
    lines: Iterable[str],
    voice: Voice,
    path: Path,
    progress: Callable[[int, int], None] = lambda *_: None,
    keep: bool = False,
) -> TimingTable:
    """Measure every line with a voice and write the table: exactly these lines, other voices untouched.

    Args:
        lines: All narrated lines, as they are written.
        voice: Who speaks them.
        path: The table's JSON file.
        progress: Told (lines measured, in all).
        keep: Whether lines stay that the table has and that are not among these.

    Returns:
        The table as written, durations rounded up to milliseconds; with the beginnings of words by a voice that knows
        them.

    Raises:
        DescentError: If the voice is silence, a line cannot be said or the file cannot be written.
    """
    if voice.key == SILENCE:
        raise DescentError(f"silence has no durations to record; install the voice with {how_to_install('voice')}.")
    every = sorted(set(map(respell, lines)))
    measured, words = {}, {}
    for done, spoken in enumerate(every, 1):
        measured[spoken] = _rounded_up(voice, spoken)
        if isinstance(voice, WordsKnown) and (starts := voice.words(spoken)):
            words[spoken] = starts
        progress(done, len(every))
    known = TimingTable.load(path)
    kept = TimingTable(
        {v: lines for v, lines in known.seconds.items() if keep or v != voice.key},
        {v: lines for v, lines in known.words.items() if keep or v != voice.key},
    )
    table = TimingTable({voice.key: measured}, {voice.key: words}).completed(kept)
    write(path, table.text().encode())
    return table


def _rounded_up(voice: Voice, spoken: str) -> float:
    clip = voice.speak(spoken)
    return -(-len(clip.samples) * 1000 // clip.rate) / 1000


def _braced(rows: Sequence[str], indent: str) -> str:
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}" if rows else "{}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_table(content: object) -> bool:
    return isinstance(content, dict) and all(
        isinstance(lines, dict) and all(_is_time(line, value) for line, value in lines.items())
        for lines in content.values()
    )


def _is_time(line: str, value: Any) -> bool:
    """Whether a value is positive seconds, or these and when each word of the line begins."""
    times = value if isinstance(value, list) else [value]
    if not times or not all(type(each) in (int, float) and math.isfinite(each) for each in times):
        return False
    seconds, *words = times
    whole = not isinstance(value, list) or len(words) == len(line.split())
    return seconds > 0 and whole and all(one <= other for one, other in pairwise([0, *words, seconds]))
