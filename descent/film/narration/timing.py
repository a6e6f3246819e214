"""How long each line is spoken: a committed table, so that no film's frames depend on an installed voice."""

import json
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from descent.base.errors import DescentError
from descent.base.extras import how_to_install
from descent.base.files import write
from descent.film.narration.clips import SENTENCE_PAUSE
from descent.film.narration.lexicon import paced, respell
from descent.film.narration.voices import DEFAULT_VOICE, SILENCE, Voice

_Seconds = Mapping[str, Mapping[str, float]]

REFRESH: Final = "descent narrate"
"""The command that measures lines."""


class StaleTimingWarning(UserWarning):
    """A narrated line is not in the timing table, so its duration was guessed."""


@dataclass(frozen=True, slots=True)
class TimingTable:
    """The duration of every narrated line, by voice and spoken text.

    Args:
        seconds: Voice key → spoken line → seconds.

    >>> TimingTable({"hibari:heart": {"w 1 moves.": 1.25}}).duration("hibari:heart", "w₁ moves.")
    1.25
    """

    seconds: _Seconds

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
                f"the timing table {path} must map voices to lines to positive seconds; delete it and run `{REFRESH}`."
            )
        return cls(content)

    def completed(self, other: "TimingTable") -> "TimingTable":
        """This table, with the lines that only another has.

        >>> TimingTable({"a": {"x": 1.0}}).completed(TimingTable({"a": {"x": 2.0, "y": 3.0}})).seconds
        {'a': {'x': 1.0, 'y': 3.0}}
        """
        voices = dict.fromkeys((*self.seconds, *other.seconds))
        return TimingTable({v: {**other.seconds.get(v, {}), **self.seconds.get(v, {})} for v in voices})

    def text(self) -> str:
        """The table as its file holds it."""
        ordered = {voice: dict(sorted(lines.items())) for voice, lines in sorted(self.seconds.items())}
        return json.dumps(ordered, indent=2, ensure_ascii=False) + "\n"

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
        guess = estimate(spoken)
        warnings.warn(
            f"the timing table has no {spoken!r} by {pace}; guessed {guess} s, `{REFRESH}` measures it.",
            StaleTimingWarning,
            stacklevel=2,
        )
        return guess


def estimate(spoken: str) -> float:
    """A guess of how long a line is spoken.

    0.12 s, 0.053 s per character, 0.28 s more per digit, and the pauses between sentences: fitted to hibari on 28
    lines of lectures, all within 20 %.

    Args:
        spoken: The respelled line.

    Returns:
        Seconds, whole milliseconds.

    >>> estimate("Watch the ball.")
    0.915
    """
    digits = sum(character.isdigit() for character in spoken)
    pauses = len(re.findall(r"[.!?]\s", spoken))
    return round(0.12 + 0.053 * len(spoken) + 0.28 * digits + SENTENCE_PAUSE * pauses, 3)


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
        The table as written, durations rounded up to milliseconds.

    Raises:
        DescentError: If the voice is silence, a line cannot be said or the file cannot be written.
    """
    if voice.key == SILENCE:
        raise DescentError(f"silence has no durations to record; install the voice with {how_to_install('voice')}.")
    every = sorted(set(map(respell, lines)))
    measured = {}
    for done, spoken in enumerate(every, 1):
        measured[spoken] = _rounded_up(voice, spoken)
        progress(done, len(every))
    known = TimingTable.load(path).seconds
    kept = known.get(voice.key, {}) if keep else {}
    table = TimingTable({**known, voice.key: {**kept, **measured}})
    write(path, table.text().encode())
    return table


def _rounded_up(voice: Voice, spoken: str) -> float:
    clip = voice.speak(spoken)
    return -(-len(clip.samples) * 1000 // clip.rate) / 1000


def _is_table(content: object) -> bool:
    return isinstance(content, dict) and all(
        isinstance(lines, dict)
        and all(type(value) in (int, float) and math.isfinite(value) and value > 0 for value in lines.values())
        for lines in content.values()
    )
