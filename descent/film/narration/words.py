"""When each word of a line is spoken: as measured in the voice, or estimated from letters; and marks on words."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

import numpy as np

from descent.film.narration.clips import SENTENCE_PAUSE
from descent.film.narration.lexicon import paced

PER_CHARACTER: Final = 0.067
PER_DIGIT: Final = 0.38
"""Seconds that a character takes, and a digit more than that: fitted to hibari on 222 lines of films."""

# Before a word: after white space or an opening bracket or quote; so w^2 has none.
_MARK: Final = re.compile(r"""(?<![^\s(\["'“‘])\^(?=[^\s.,;:!?)\]^])""")


def unmarked(text: str) -> tuple[str, tuple[int, ...]]:
    """A line without its marks, and which of its words had one, counted from 0.

    A ``^`` before a word says that something begins when that word is spoken.

    >>> unmarked("The ball ^leaps to w^2.")
    ('The ball leaps to w^2.', (2,))
    """
    places = [len(text[: found.start()].split()) for found in _MARK.finditer(text)]
    inside = [found.start() > 0 and not text[found.start() - 1].isspace() for found in _MARK.finditer(text)]
    return _MARK.sub("", text), tuple(place - within for place, within in zip(places, inside, strict=True))


def estimated(spoken: str, seconds: float) -> tuple[float, ...]:
    """A guess of when each word of a line begins: letters, digits and pauses between sentences share its time.

    Args:
        spoken: The respelled line.
        seconds: How long it is spoken.

    Returns:
        Seconds from the line's beginning, one a word.

    >>> estimated("It rolls.", 1.2)
    (0.0, 0.36)
    """
    words = spoken.split()
    parts = [
        PER_CHARACTER * (len(word) + 1)
        + PER_DIGIT * sum(map(str.isdigit, word))
        + SENTENCE_PAUSE * bool(re.search(r"[.!?]$", word) and k + 1 < len(words))
        for k, word in enumerate(words)
    ]
    ends = np.cumsum(parts)
    return tuple(round(float(at), 3) for at in np.concatenate([[0.0], ends[:-1]]) * seconds / ends[-1]) if words else ()


def aligned(words: Sequence[str], spoken: Sequence[str], starts: Sequence[float], seconds: float) -> tuple[float, ...]:
    """When the words of a line begin in one form, from when they begin in another.

    What both forms share is matched; what lies between is spread evenly.

    Args:
        words: The line's words as they are written.
        spoken: Its words as they are said.
        starts: When each of those begins, in order.
        seconds: How long the line is spoken.

    Returns:
        One start a written word, none before the one in front of it.

    >>> aligned(["RMSprop", "swings."], ["R", "M", "S", "prop", "swings."], (0, 0.1, 0.2, 0.3, 0.6), 1.0)
    (0.0, 0.6)
    """
    said = [[bare for part in paced(word).split() if (bare := _bare(part))] for word in words]
    firsts = np.cumsum([0, *map(len, said)])[:-1]
    flat = [part for parts in said for part in parts]
    pairs = []
    for block in SequenceMatcher(None, flat, [_bare(word) for word in spoken], autojunk=False).get_matching_blocks():
        pairs += [(block.a + k, block.b + k) for k in range(block.size + 1)]
    anchors = {len(flat): len(spoken), 0: 0, **(dict(pairs) if flat else {})}
    ours, theirs = zip(*sorted(anchors.items()), strict=True)
    places = np.interp(firsts, ours, theirs)
    times = np.interp(places, np.arange(len(spoken) + 1), [*starts, seconds])
    return tuple(min(round(float(at), 3), seconds) for at in np.maximum.accumulate(times)) if words else ()


def _bare(word: str) -> str:
    """A word without what is not heard."""
    return re.sub(r"[^\w.]", "", word.lower()).strip(".")
