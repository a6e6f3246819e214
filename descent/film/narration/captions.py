"""Captions: a narrated line split where a reader would pause, as SubRip and WebVTT."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import Any, Final

import srt  # type: ignore[import-untyped]

from descent.base.errors import DescentError

LINE_LENGTH: Final = 42
"""Characters of a caption line; a cue has at most two lines."""

_CUE_LENGTH: Final = 2 * LINE_LENGTH + 1

# What it costs to break between two words, in characters of imbalance between the lines.
_SENTENCE, _CLAUSE, _WORD, _CLOSE, _IN_BRACKETS = 0.0, 8.0, 20.0, 60.0, 300.0
# On the same scale: a cue, leaving it almost empty, and how much more a break between cues disturbs.
_CUE, _EMPTY, _BETWEEN_CUES = 20.0, 100.0, 3.0

_SENTENCE_END: Final = re.compile(r"[.!?…][\"'”’)\]]*$")
_CLAUSE_END: Final = re.compile(r"[,;:—–][\"'”’)\]]*$")
_LEANS_ON_NEXT: Final = re.compile(
    r"(a|an|the|of|to|at|by|in|on|for|from|with|and|or|[=≈<>≤≥×+−·→≠±-])$", re.IGNORECASE
)
_LEANS_ON_PREVIOUS: Final = re.compile(r"[-−(]?\d|[=≈<>≤≥×+−·→≠±-]")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on screen for a while.

    Attributes:
        start: Seconds from the film's start.
        end: Seconds from the film's start.
        text: One or two lines in the written form.
        words: When each of its words is spoken, in seconds from the film's start; none where that is not known.
    """

    start: float
    end: float
    text: str
    words: tuple[float, ...] = ()


def cues(text: str, start: float, duration: float, words: Sequence[float] = ()) -> list[Cue]:
    """Split a narrated line into cues of at most two lines of 42 characters.

    Breaks fall at sentences, then at commas, then between words, but not inside brackets, before numbers or
    after short words where that can be helped. A word longer than a line is cut.

    Args:
        text: The line as it is written; runs of white space count as one space.
        start: Seconds from the film's start.
        duration: Seconds the line is spoken.
        words: When each of its words is spoken, in seconds from ``start``, in order.

    Returns:
        Cues one after the other from ``start`` to ``start + duration``; none for an empty line. Each begins with its
        first word, or, if it is not known when words are spoken, is as long as its share of the characters.

    Raises:
        DescentError: If the start is negative or the duration is not positive.

    >>> [cue.text for cue in cues("It stops here. The loss is 85.8.", start=2.0, duration=3.0)]
    ['It stops here. The loss is 85.8.']
    """
    if not (start >= 0 and 0 < duration < math.inf):
        raise DescentError(
            f"a caption cannot begin at {start} s and last {duration} s: give it a start of 0 or later and a "
            "positive duration."
        )
    pieces = [
        (word[k : k + LINE_LENGTH], number)
        for number, word in enumerate(text.split())
        for k in range(0, len(word), LINE_LENGTH)
    ]
    texts = _split([piece for piece, _ in pieces])
    shares = list(accumulate((len(shown) for shown in texts), initial=0))
    edges = [start + duration * share / max(1, shares[-1]) for share in shares]
    times: list[tuple[float, ...]] = [()] * len(texts)
    if words and texts:
        counts = list(accumulate((len(shown.split()) for shown in texts), initial=0))
        spoken = [start + min(words[number], duration) for _, number in pieces]
        times = [tuple(spoken[first:end]) for first, end in pairwise(counts)]
        begun = [start, *(each[0] for each in times[1:]), start + duration]
        if all(one < other for one, other in pairwise(begun)):
            edges = begun
    return [Cue(*edge, shown, at) for edge, shown, at in zip(pairwise(edges), texts, times, strict=True)]


def to_srt(captions: Iterable[Cue]) -> str:
    """Captions as a SubRip file.

    Args:
        captions: The cues, in order.

    Returns:
        The file's text, times in whole milliseconds.
    """
    return str(srt.compose(subtitles(captions), reindex=False))


def subtitles(captions: Iterable[Cue]) -> list[Any]:
    """Captions as the package srt writes them, numbered from one, times in whole milliseconds."""
    return [
        srt.Subtitle(number, _milliseconds(cue.start), _milliseconds(cue.end), cue.text)
        for number, cue in enumerate(captions, start=1)
    ]


def to_vtt(captions: Iterable[Cue], by_word: bool = False) -> str:
    """Captions as a WebVTT file, with what HTML would read as markup escaped.

    Args:
        captions: The cues, in order.
        by_word: Whether each word but a cue's first has the time at which it is spoken before it, as
            ``<00:00:01.250>``, which some players would show as text.

    Returns:
        The file's text, times in whole milliseconds.

    >>> print(to_vtt([Cue(0.5, 2.0, "w₁ < 3")]))
    WEBVTT
    <BLANKLINE>
    00:00:00.500 --> 00:00:02.000
    w₁ &lt; 3
    <BLANKLINE>
    """
    blocks = (f"\n{_clock(cue.start)} --> {_clock(cue.end)}\n{_marked_up(cue, by_word)}\n" for cue in captions)
    return "WEBVTT\n" + "".join(blocks)


def _marked_up(cue: Cue, by_word: bool) -> str:
    text = html.escape(cue.text, quote=False)
    if not by_word or not cue.words:
        return text
    times = iter(cue.words)

    def timed(word: re.Match[str]) -> str:
        at = next(times)
        return f"<{_clock(at)}>{word[0]}" if cue.start < at < cue.end else word[0]

    return re.sub(r"\S+", timed, text)


def _milliseconds(seconds: float) -> timedelta:
    return timedelta(milliseconds=round(seconds * 1000))


def _clock(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def _split(words: Sequence[str]) -> list[str]:
    """The cheapest sequence of cues, found from the front: every prefix is split as well as it can be."""
    costs = _break_costs(words)
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(words) + 1):
        candidates = []
        for first in range(end - 1, -1, -1):
            layout = _layout(words[first:end], costs[first:end])
            if layout is None:
                break
            torn, shown = layout
            spare = 1 - len(shown) / _CUE_LENGTH
            cost = best[first][0] + _BETWEEN_CUES * costs[first] + torn + _CUE + _EMPTY * spare**2
            candidates.append((cost, [*best[first][1], shown]))
        best.append(min(candidates, key=lambda candidate: candidate[0]))
    return best[-1][1]


def _layout(words: Sequence[str], costs: Sequence[float]) -> tuple[float, str] | None:
    """Words on one line, or on two where they break best, with that break's cost; None if they do not fit."""
    one = " ".join(words)
    if len(one) <= LINE_LENGTH:
        return 0.0, one
    if len(one) > _CUE_LENGTH:
        return None
    splits = [
        (costs[cut] + abs(len(top) - len(bottom)), costs[cut], f"{top}\n{bottom}")
        for cut in range(1, len(words))
        for top, bottom in [(" ".join(words[:cut]), " ".join(words[cut:]))]
        if max(len(top), len(bottom)) <= LINE_LENGTH
    ]
    return min(splits)[1:] if splits else None


def _break_costs(words: Sequence[str]) -> list[float]:
    """What a break before each word costs."""
    costs = [_SENTENCE]
    open_brackets = 0
    for word, following in pairwise(words):
        open_brackets = max(0, open_brackets + word.count("(") - word.count(")"))
        if open_brackets:
            costs.append(_IN_BRACKETS)
        elif _SENTENCE_END.search(word):
            costs.append(_SENTENCE)
        elif _LEANS_ON_NEXT.match(word) or _LEANS_ON_PREVIOUS.match(following):
            costs.append(_CLOSE)
        else:
            costs.append(_CLAUSE if _CLAUSE_END.search(word) else _WORD)
    return costs
