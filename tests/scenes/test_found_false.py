"""What was found false in a film is not said in it again, in these words or in ones near them."""

import re

import golden
import pytest

FALSE = {
    "AdamWNeedsNoSchedule": r"comes? to rest",
    "AdamWTurnsGently": r"averages its gradients. No step",
    "ANetworkOnASlice": r"\d+ times less",
    "ConstantRateOscillates": r"[Ee]very step overshoots|never comes to rest|foretold",
    "EachAtItsBestRate": r"AdamW would come last",
    "ErrorSplitsByEigenvector": r"loss is (their sum|a sum of two parts)",
    "HeavyBallIsASpring": r"On it, heavy ball",
    "MomentumOvershoots": r"pulls, but too late|with much momentum",
    "OnlyPlainDescentDiverges": r"[Bb]oth come to rest",
    "RaceOnThreeLandscapes": r"wins everywhere|% of the loss",
    "RMSpropDampsOscillation": r"step size of its own",
    "RMSpropSwingsByItsRate": r"follows the gradient's size",
    "SGDHangsOnTheRate": r"[Ee]ach step leaps",
    "StabilityHasALine": r"lost loss|foretells?",
    "SteepBeforeFlat": r"slope first|times steeper",
    "WarmUpSavesTheRun": r"what the curvature allows",
}
"""What was said, by film. Why each is false stands in the film's claims."""


@pytest.mark.parametrize("film", FALSE)
def test_what_was_found_false_is_not_said_again(film: str) -> None:
    said = golden.golden_words()[film]
    assert [text for part in ("title", "lines", "notes") for text in said[part] if re.search(FALSE[film], text)] == []
