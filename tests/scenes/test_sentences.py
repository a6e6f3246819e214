"""What films say rests on what they claim, holds beyond their settings, and is the same on every machine."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import golden
import numpy as np
import pytest
import torch
from films import FILMS
from showing import Rehearsal
from torch.optim import SGD

from descent import VALLEY, Claim, Run, lasting, none, oscillates, reaches, same, settles
from descent.stage.checks import sentences
from descent.stage.checks.lint import follows
from descent.stage.scene.lecture import LectureScene

LEVELS = ("DEFAULT", "AVX2", "AVX512")


def said(rehearsal: Rehearsal) -> list[str]:
    found = golden.words(rehearsal.scene)
    return [text for part in ("title", "lines", "notes") for text in found[part]]


def test_its_causes_have_controls_and_its_universal_words_claims(
    scene_class: type[LectureScene], rehearsal: Rehearsal
) -> None:
    told = said(rehearsal)
    answered = [*told, *(note for _, note in rehearsal.scene.timeline.chapters)]  # the last one is the answer
    assert [*sentences.unfounded(answered, scene_class.claims), *sentences.unsaid(answered, scene_class.claims)] == []


def test_it_is_easy_to_follow(rehearsal: Rehearsal) -> None:
    """As `descent check --strict` has it: pace, standstill, pauses, spoken numbers, and no answer before its beat."""
    assert list(follows(rehearsal.scene)) == []


@pytest.mark.matrix
def test_its_endings_last(scene_class: type[LectureScene]) -> None:
    assert list(sentences.fleeting(scene_class.claims)) == []


@pytest.mark.matrix
def test_its_title_says_here_or_holds_beside_its_settings(scene_class: type[LectureScene]) -> None:
    for claim in sentences.bearing(scene_class.title, scene_class.claims):
        found = sentences.neighbours(claim)
        print(f"{scene_class.__name__}: {found.share:.0%} of {sentences.STARTS} starts: {claim.text}")  # noqa: T201
    assert list(sentences.local(scene_class.title, scene_class.claims)) == []


def test_its_words_are_those_that_were_accepted(scene_class: type[LectureScene], rehearsal: Rehearsal) -> None:
    """On whatever processor this runs; `make golden` accepts others."""
    assert golden.words(rehearsal.scene) == golden.golden_words()[scene_class.__name__]


def check_elsewhere(names: Sequence[str], level: str, *options: str) -> None:
    """Films claim and say the same under a level of the processor; with ``--moved``, with losses off by a bit."""
    environment = os.environ | {"ATEN_CPU_CAPABILITY": level.lower(), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-W", "ignore", "tests/scenes/words.py", *options, *names]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found: Mapping[str, Any] = json.loads(ended.stdout)
    assert found["level"] == level
    films = found["films"]
    assert {name: film.pop("faults") for name, film in films.items()} == {name: [] for name in names}
    assert films == {name: golden.golden_words()[name] for name in names}


OWN = torch.backends.cpu.get_cpu_capability()
OTHERS = LEVELS[: LEVELS.index(OWN)] if OWN in LEVELS else ()
"""The levels that this processor has besides its own; the first differs most, the others wait for `make matrix`."""


@pytest.mark.parametrize("level", OTHERS[:1] or [OWN])
def test_words_and_claims_are_the_same_on_other_processors_and_in_another_last_bit(level: str) -> None:
    """One film, and claims of few steps; `make matrix` asks all of all, and follows the runs on."""
    check_elsewhere(["ExponentialLRSettles"], level, "--moved", "1", "--brief")


@pytest.mark.matrix
@pytest.mark.parametrize("options", [(), ("--moved", "2"), ("--moved", "3")], ids=["exact", "moved", "moved again"])
@pytest.mark.parametrize("level", [*OTHERS, OWN])
def test_words_and_claims_are_the_same_everywhere(level: str, options: tuple[str, ...]) -> None:
    check_elsewhere([*FILMS], level, *options)


# The rules themselves, on films made up.

FAST, SLOW = (Run(VALLEY, partial(SGD, lr=lr), (-4.5, -2.0), 50) for lr in (0.4, 0.01))
ARRIVES = reaches((0, 0), within=0.1)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("It arrives because its rate is higher.", "because"),
        ("The rate is higher, so it arrives.", "so"),
        ("A higher rate lets it arrive.", "lets"),
        ("That is why it arrives.", "is why"),
        ("Momentum keeps it going.", "keeps"),
    ],
)
def test_a_cause_needs_a_claim_with_a_control(sentence: str, word: str) -> None:
    bare = Claim("It arrives.", (FAST,), ARRIVES, says=sentence.rstrip("."))
    controlled = Claim("It arrives.", (FAST,), ARRIVES, control=(SLOW,), says=word)
    assert word in next(sentences.unfounded([sentence], [bare]))
    assert list(sentences.unfounded([sentence], [controlled])) == []
    assert list(sentences.unfounded(["So far, it falls.", "It also arrives."], [])) == []


@pytest.mark.parametrize("word", ["every", "only", "never", "nearest", "same", "all", "no", "cannot", "neither"])
def test_a_universal_word_needs_a_claim_that_says_it(word: str) -> None:
    sentence = f"It is {word.upper()} that."
    claim = Claim("It arrives.", (FAST,), ARRIVES, says=f"is {word}")
    assert len(list(sentences.unfounded([sentence, sentence], []))) == 1
    assert list(sentences.unfounded([sentence], [claim])) == []
    elsewhere_said = Claim("It arrives.", (FAST,), ARRIVES, says="It is")
    assert len(list(sentences.unfounded([sentence], [elsewhere_said]))) == 1, "its phrase lacks the word"
    assert list(sentences.unfounded(["Noting else, allow, nose."], [])) == []


def test_a_phrase_that_is_not_said_bears_nothing() -> None:
    claim = Claim("It arrives.", (FAST,), ARRIVES, says=("it arrives", "it flies"))
    assert list(sentences.unsaid(["Look: it arrives at last."], [claim])) == [
        "the claim “It arrives.” says “it flies”, which the film does not."
    ]


def test_a_claim_of_an_ending_holds_for_longer_or_says_when() -> None:
    early = replace(SLOW, steps=10)
    stays = settles((-4.14, -0.2), within=1.0)
    assert len(list(sentences.fleeting([Claim("It stays there.", (early,), stays)]))) == 1
    assert len(list(sentences.fleeting([Claim("It is there.", (early,), stays)]))) == 1, "settling is an ending"
    assert len(list(sentences.fleeting([Claim("At every step it stays.", (early,), stays)]))) == 1, "that is no date"
    assert list(sentences.fleeting([Claim("After 10 steps it stays there.", (early,), stays)])) == []
    assert list(sentences.fleeting([Claim("By step 10 it stays there.", (early,), stays)])) == []
    assert list(sentences.fleeting([Claim("It stays there.", (FAST,), settles((0, 0), within=0.1))])) == []
    assert list(sentences.fleeting([Claim("It rests.", (FAST,), lasting(settles((0, 0), within=0.1)))])) == []


def test_a_swing_at_the_end_is_an_ending_and_one_on_the_way_is_not() -> None:
    swings = replace(FAST, optimizer=partial(SGD, lr=0.52), steps=30)
    at_the_end = Claim("It swings.", (swings,), oscillates(0.5, last=20))
    assert at_the_end.check()
    assert len(list(sentences.fleeting([at_the_end]))) == 1
    assert list(sentences.fleeting([Claim("It swings.", (swings,), oscillates(0.5, last=20, until=30))])) == []


def test_a_title_without_here_holds_for_its_neighbours() -> None:
    robust = Claim("It arrives.", (FAST,), ARRIVES, says="the ball arrives")
    assert list(sentences.local("Downhill, the ball arrives", [robust])) == []
    assert len(list(sentences.local("Downhill, the ball arrives", []))) == 1
    assert list(sentences.local("Here, the ball flies", [])) == []
    narrow = replace(robust, holds=reaches((0, 0), within=1e-9), says=("arrives",))
    assert sentences.neighbours(narrow, 5).share < sentences.ENOUGH
    assert list(sentences.local("It arrives", [narrow], 5)) != []
    study = Claim("It is so.", (), lambda: True, says="arrives")
    assert "not about runs" in next(sentences.local("It arrives", [study]))


def test_neighbours_are_moved_together_and_the_same_ones_every_time() -> None:
    pair = Claim("They share a start.", (FAST, SLOW), same("start"), says="x")
    assert sentences.neighbours(pair, 5) == sentences.Neighbours((), 1.0)
    apart = Claim("They do not.", (FAST, SLOW), none(lambda t: bool(np.allclose(t.params[0], (-4.5, -2)))), says="x")
    assert sentences.neighbours(apart, 5).share == 1.0
