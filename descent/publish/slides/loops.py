"""Which beats of a deck begin again at their end until one advances."""

import re
from collections.abc import Collection
from dataclasses import replace

from descent.base.errors import DescentError, shown
from descent.publish.slides.deck import Deck


def slide_numbers(text: str) -> range | frozenset[int]:
    """The slides that somebody names.

    Args:
        text: "all", or numbers and ranges of them, counted from 1 as the deck counts its slides.

    Raises:
        DescentError: If it is anything else.

    >>> sorted(slide_numbers("3, 5-7"))
    [3, 5, 6, 7]
    """
    if text.strip().lower() == "all":
        return range(1, 10**9)
    found = [re.fullmatch(r"\s*(\d{1,6})\s*(?:[-–]\s*(\d{1,6})\s*)?", piece) for piece in text.split(",")]
    spans = [(int(piece[1]), int(piece[2] or piece[1])) for piece in found if piece]
    if len(spans) < len(found) or any(not 0 < first <= last for first, last in spans):
        raise DescentError(f"--loop takes numbers of slides, as in 3,5-7, or all, not {shown(text)}.")
    return frozenset(number for first, last in spans for number in range(first, last + 1))


def looping(deck: Deck, numbers: Collection[int]) -> Deck:
    """The deck with more of its beats repeated.

    Args:
        deck: It.
        numbers: Slides to repeat, as :func:`slide_numbers` gives them.

    Raises:
        DescentError: If one of them is no slide of a beat.
    """
    first, lessons, beats = 1, [], set()
    for lesson in deck.lessons:
        numbered = list(enumerate(lesson.sections, first + 1))
        sections = (replace(section, loops=section.loops or k in numbers) for k, section in numbered)
        lessons.append(replace(lesson, sections=tuple(sections)))
        beats |= {k for k, _ in numbered}
        first += lesson.slides
    for number in sorted(set(numbers) - beats) if isinstance(numbers, frozenset) else ():
        what = "shows no beat" if number <= deck.slides else f"is not in this deck of {deck.slides} slides"
        raise DescentError(f"slide {number} cannot loop: it {what}.")
    return replace(deck, lessons=tuple(lessons))
