"""What a film says, held to what it claims: causes have controls, universal words have checks, endings last.

A sentence with a causal word (*because*, *so*, *lets*, …) rests on a claim with a control; one with a universal word
(*every*, *only*, *never*, …) on a claim; a title that does not say *here* on a claim that holds beside the film's
settings, too. A claim says on which words it bears: ``Claim(…, says="so each hops by its rate")`` quotes a phrase of
the sentence, the word included. A claim that speaks of an ending holds for longer runs, or says after how many steps.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from descent.base.errors import DescentError
from descent.film.timeline import Timeline
from descent.record.claims import Claim
from descent.record.runs import Run
from descent.record.tails import LENGTHS, continued
from descent.record.trajectories import Trajectory, traced
from descent.stage.scene.lecture import LectureScene

CAUSAL = re.compile(
    r"\b(because|so(?! far\b)|lets|keeps?|makes?|thanks to|therefore|thus|hence|causes?|is why|due to|leads? to|"
    r"forces?|prevents?)\b",
    re.IGNORECASE,
)
UNIVERSAL = re.compile(
    r"\b(every|everywhere|everything|only|never|cannot|always|nearest|same|all|any|no|none|neither|nothing|nowhere)\b",
    re.IGNORECASE,
)
HERE = re.compile(r"\bhere\b", re.IGNORECASE)
ENDING = re.compile(
    r"\b(ends?|settles?|rests?|stays?|stops?|stalls?|sticks?|lands?|keeps?|goes on|die out|diverges?|swings out|"
    r"runs away|still \w+(?:s|ing))\b",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d[\d,]*|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty)"
DATED = re.compile(
    rf"\b{_NUMBER} steps?\b|\b(?:steps?|rows?) {_NUMBER}\b|\bto {_NUMBER} times\b",
    re.IGNORECASE,
)
"""A statement that says when: "after 100 steps", "by step 16", "for 50 steps"."""

_ENDINGS = {"settles", "stalls", "escapes", "diverges", "oscillates"}
STARTS, SHIFT, RATES = 50, 0.05, (0.9, 1.1)
"""Neighbours of a film: so many seeded starts, within this share of the view, and rates times these."""
ENOUGH = 0.8
"""The share of neighbouring starts at which a title without *here* has to hold."""


def sentences(text: str) -> list[str]:
    """The sentences of a text; a clause behind a semicolon or a colon is one of its own.

    >>> sentences("It falls; the other stays. Why? A cause: rounding.")
    ['It falls;', 'the other stays.', 'Why?', 'A cause:', 'rounding.']
    """
    return [part for part in re.split(r"(?<=[.?!;:])\s+", text.strip()) if part]


def rules(timeline: Timeline, film: type[LectureScene]) -> list[str]:
    """What a film says that it should not: a line for every fault.

    Args:
        timeline: Of the film, rehearsed.
        film: Its class.
    """
    claims = getattr(film, "claims", ())
    said = [film.title, *(line.text for line in timeline.lines), *(note for _, note in timeline.chapters)]
    return [*unfounded(said, claims), *unsaid(said, claims), *fleeting(claims), *local(film.title, claims)]


def unfounded(said: Iterable[str], claims: Sequence[Claim]) -> Iterator[str]:
    """A line for every sentence with a causal or universal word that no claim bears.

    Args:
        said: Title, narration and notes.
        claims: What the film claims.
    """
    for text in dict.fromkeys(said):
        for sentence in sentences(text):
            for word in CAUSAL.finditer(sentence):
                if not any(claim.control for claim in _bearing(sentence, word, claims)):
                    yield f"“{sentence}” gives a cause ({word[0]}), but no claim with a control says that phrase."
            for word in UNIVERSAL.finditer(sentence):
                if not _bearing(sentence, word, claims):
                    yield f"“{sentence}” says “{word[0]}”, but no claim says that phrase."


def unsaid(said: Sequence[str], claims: Sequence[Claim]) -> Iterator[str]:
    """A line for every phrase that a claim says and the film does not."""
    everything = [sentence.lower() for text in said for sentence in (text, *sentences(text))]
    for claim in claims:
        for phrase in claim.says:
            if not any(phrase.lower() in sentence for sentence in everything):
                yield f"the claim “{claim.text}” says “{phrase}”, which the film does not."


def fleeting(claims: Sequence[Claim]) -> Iterator[str]:
    """A line for every claim about an ending that does not hold at 5 or 25 times the steps, and does not say when.

    Args:
        claims: What the film claims.
    """
    for claim in claims:
        if not _is_of_an_ending(claim) or _lasts_by_itself(claim):
            continue
        for length in (5, LENGTHS):
            if not claim.holds_for(*(_longer(run, length) for run in claim.runs)):
                yield f"the claim “{claim.text}” is about an ending, but does not hold at {length} times its steps."
                break


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What becomes of a claim beside its settings.

    Attributes:
        rates: The factors of the learning rates at which it does not hold.
        share: The share of the neighbouring starts at which it holds.
    """

    rates: tuple[float, ...]
    share: float


def neighbours(claim: Claim, starts: int = STARTS) -> Neighbours:
    """Whether a claim holds for rates and starts beside its own: all its runs are moved together.

    Args:
        claim: One that is about runs.
        starts: How many starts to try, of a fixed seed.
    """
    lost = tuple(factor for factor in RATES if not _holds(claim, partial(_at_rate, factor=factor)))
    shifts = np.random.default_rng(0).uniform(-SHIFT, SHIFT, (starts, 2))
    held = [_holds(claim, partial(_moved, shift=shift)) for shift in shifts]
    return Neighbours(lost, float(np.mean(held)))


def local(title: str, claims: Sequence[Claim], starts: int = STARTS) -> Iterator[str]:
    """A line for every fault of a title that does not say *here*: no claim bears it, or not beside its settings."""
    if HERE.search(title):
        return
    found = bearing(title, claims)
    if not found:
        yield f"the title “{title}” does not say “here”, and no claim says a phrase of it."
    for claim in found:
        if not claim.runs:
            yield f"the title “{title}” rests on “{claim.text}”, which is not about runs: let it say “here”."
            continue
        beside = neighbours(claim, starts)
        for factor in beside.rates:
            yield f"the title “{title}” does not hold for rates times {factor:g}: “{claim.text}”"
        if beside.share < ENOUGH:
            yield f"the title “{title}” holds for {beside.share:.0%} of the starts beside the film's: “{claim.text}”"


def bearing(title: str, claims: Sequence[Claim]) -> list[Claim]:
    """The claims on which a title rests: they say a phrase of it."""
    return [claim for claim in claims if any(phrase.lower() in title.lower() for phrase in claim.says)]


def _bearing(sentence: str, word: re.Match[str], claims: Sequence[Claim]) -> list[Claim]:
    """The claims that say a phrase of the sentence around a word."""
    return [claim for claim in claims if any(_covers(phrase, sentence, word) for phrase in claim.says)]


def _covers(phrase: str, sentence: str, word: re.Match[str]) -> bool:
    found = re.finditer(re.escape(phrase), sentence, re.IGNORECASE)
    return any(place.start() <= word.start() and word.end() <= place.end() for place in found)


def _is_of_an_ending(claim: Claim) -> bool:
    if not claim.runs or DATED.search(claim.text):
        return False
    parts = claim.predicate.parts() if claim.predicate else ()
    return bool(ENDING.search(claim.text)) or any(
        part.name in _ENDINGS and part.arguments.get("until") is None for part in parts
    )


def _lasts_by_itself(claim: Claim) -> bool:
    return claim.predicate is not None and any(part.name == "lasting" for part in claim.predicate.parts())


def _longer(run: Run, length: int) -> Trajectory:
    """So many times as long a run; a schedule, which may end, goes on as its last step left it."""
    if run.scheduler is not None:
        return continued(traced(run), length)
    return traced(replace(run, steps=length * run.steps))


def _holds(claim: Claim, change: Callable[[Run], Run]) -> bool:
    try:
        return bool(claim.holds(*(traced(change(run)) for run in claim.runs)))
    except (DescentError, ArithmeticError, LookupError, ValueError):
        return False  # a start outside the view, a schedule that does not take the rate, nothing to judge it by


def _at_rate(run: Run, factor: float) -> Run:
    optimizer = run.optimizer
    keywords = {**optimizer.keywords, "lr": run.lr * factor}
    groups = tuple({**group, "lr": group["lr"] * factor} if "lr" in group else group for group in run.groups)
    return replace(run, optimizer=partial(optimizer.func, *optimizer.args, **keywords), groups=groups)


def _moved(run: Run, shift: Sequence[float]) -> Run:
    sides = [high - low for low, high in run.surface.domain]
    w1, w2 = (float(w) + side * by for w, side, by in zip(run.start, sides, shift, strict=True))
    return replace(run, start=(w1, w2))
