"""Lamps: a film's claims that are about the page's runs, as data that the page can judge of what is on screen.

A claim is data already. The page judges those whose every word is in `templates/lamps.js`; tests compare its verdicts
with those of `descent.record.predicates`. Claims that rest on a function are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from descent.record.claims import Claim
from descent.record.predicates import Predicate
from descent.record.runs import Run

JUDGED = frozenset(
    {"reaches", "settles", "stalls", "escapes", "oscillates", "diverges", "lasting", "each", "none", "same"}
)
"""The predicates that the page knows."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """A claim.

    Attributes:
        text: Its statement.
        runs: Which of the page's runs it is about, in order.
        check: Its predicate, as data.
    """

    text: str
    runs: tuple[int, ...]
    check: Mapping[str, Any]


def lamps(claims: Sequence[Claim], runs: Sequence[Run]) -> tuple[Lamp, ...]:
    """The claims that the page can judge.

    Args:
        claims: Of the film.
        runs: Of the page.
    """
    found = []
    for claim in claims:
        places = [next((k for k, run in enumerate(runs) if run == each), -1) for each in claim.runs]
        if places and min(places) >= 0 and claim.predicate is not None and _is_known(claim.predicate):
            found.append(Lamp(claim.text, tuple(places), claim.predicate.data()))
    return tuple(found)


def _is_known(predicate: Predicate) -> bool:
    arguments = predicate.arguments.values()
    return predicate.name in JUDGED and all(
        _is_known(value) if isinstance(value, Predicate) else not callable(value) for value in arguments
    )
