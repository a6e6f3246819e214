"""No sentence that a story tells is false, as a plain loop and a sampled surface see it."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import judge
from oracle.plain import Way, ground
from oracle.races import drawn

from descent import DescentError, Run
from descent.animate.story import _MANY, Story
from descent.record.outcomes import Ending, upward
from descent.record.trajectories import traced

SMALL = 12  # races that every test run judges
MANY = 500


class Dice:
    """What `drawn` draws from, made of Python's generator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choice(self, of: Sequence[Any]) -> Any:
        return self._random.choice(of)

    def integer(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def real(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


class Drawn:
    """The same, made of what hypothesis draws."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def choice(self, of: Sequence[Any]) -> Any:
        return of[self._data.draw(st.integers(0, len(of) - 1))]

    def integer(self, low: int, high: int) -> int:
        return self._data.draw(st.integers(low, high))

    def real(self, low: float, high: float) -> float:
        return self._data.draw(st.floats(low, high))


def told(runs: Sequence[Run], points: int = 0) -> tuple[Story, list[tuple[str, bool]]] | None:
    """A story and its sentences, each with whether it is the title; None if a run cannot be traced."""
    try:
        trajectories = [traced(run) for run in runs]
    except DescentError:
        return None
    story = Story(trajectories, points, searched=runs[0].surface.source == "")
    said = [part for beat in story.beats() for part in (*judge.sentences(beat.say), beat.note)]
    said += [part for claim in story.claims() for part in [claim.text]]
    return story, [(story.title(), True), *((each, False) for each in dict.fromkeys(said))]


def race_of(runs: Sequence[Run], story: Story, points: int = 0) -> judge.Race:
    surface = runs[0].surface
    signs = [-1 if run.optimizer.keywords.get("maximize") else 1 for run in runs]
    ways = [
        Way(ground(surface.loss, surface.domain, sign), run.optimizer, run.start, run.steps, run.scheduler)
        for run, sign in zip(runs, signs, strict=True)
    ]
    return judge.Race(ways, story.names, surface.minima, points)


def false_sentences(runs: Sequence[Run]) -> list[str]:
    found = told(runs) if runs else None
    if found is None:
        return []
    story, sentences = found
    race = race_of(runs, story)
    with np.errstate(all="ignore"):
        return [text for text, is_title in sentences if not judge.verdict(race, text, is_title)]


def described(runs: Sequence[Run]) -> str:
    return f"{runs[0].surface.name}: " + "; ".join(f"{run.label} from {run.start}, {run.steps} steps" for run in runs)


@pytest.mark.parametrize("words", [*map(str, Ending), *_MANY.values()])
def test_every_ending_has_an_oracle(words: str) -> None:
    for told in (words, upward(words), words.replace("the lowest", "a lowest")):
        assert judge.ending(told)


def test_a_new_sentence_has_none() -> None:
    runs = drawn(Dice(1), most=5)
    found = told(runs)
    assert found is not None
    race = race_of(runs, found[0])
    for text in ("SGD wins.", "The lowest loss is a surprise."):
        with pytest.raises(LookupError, match="no oracle"):
            judge.verdict(race, text)
    try:  # of another number of runs it is false already
        assert not judge.verdict(race, "Both runs sing")
    except LookupError as error:
        assert "no oracle" in str(error)  # noqa: PT017 -- either answer stops it


@pytest.mark.parametrize("seed", range(SMALL))
@pytest.mark.few(2)
def test_no_sentence_of_a_short_race_is_false(seed: int) -> None:
    runs = drawn(Dice(seed), most=12)
    assert false_sentences(runs) == [], described(runs)


@pytest.mark.oracle
@settings(max_examples=MANY, suppress_health_check=list(HealthCheck), print_blob=True)
@given(st.data())
def test_no_sentence_is_false(data: st.DataObject) -> None:
    runs = drawn(Drawn(data), most=data.draw(st.sampled_from([20, 60, 200, 500])))
    assert false_sentences(runs) == [], described(runs)
