"""Every film states claims, they hold on its own runs, and they could have failed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from other_worlds import refuted_elsewhere

from descent import EXPERIMENTS, Claim, Run, Trajectory, reaches
from descent.base.errors import DescentError
from descent.record.surfaces import Array
from descent.record.trajectories import traced
from descent.stage import ComparisonScene
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import rehearse


def test_every_film_states_what_it_teaches(scene_class: type[LectureScene]) -> None:
    claims = scene_class.claims
    assert claims, f"{scene_class.__name__} claims nothing."
    assert all(claim.text.strip().endswith(".") for claim in claims)
    assert len({claim.text for claim in claims}) == len(claims)
    assert scene_class.title.strip()


LONG = 1400
"""A claim whose runs, with those of its control, take more steps than this together waits for `make matrix`."""
SHORT = 250
"""What is told to be refutable in every run takes no more steps than this."""
SLOW = {
    "ANetworkOnASlice": ("The plane holds four fifths",),
    "ACosineGoesOnPastItsEnd": ("A rate that ends below the limit", "Carried on, line and power"),
    "AdamWForgivesTheRate": ("Half the lowest rate stays", "After 150 steps, each rate"),
    "ClippingHoldsTheBallAtTheCliff": ("It stays there when the run goes on",),
    "EachAtItsBestRate": ("No pick is at an end",),
    "LossUpStillDown": ("At a sixth of the rate", "After 1000 steps"),
    "MomentumMovesTheBorders": (
        "At two rates beside it",
        "With less momentum or more",
        "After 100 steps under a third",
    ),
    "MuonMakesTheStepRound": ("They stay there", "At 24 settings"),
    "OnlyPlainDescentDiverges": ("RMSprop and Adam stay in the valley", "Adam comes to rest"),
    "RMSpropHangsOnTheRate": ("The lowest rate is caught", "The middle rate goes on"),
    "RaceOnThreeLandscapes": ("On each grid momentum and AdamW",),
    "SGDHangsOnTheRate": ("The lowest rate goes on",),
    "SharpnessRisesToTwoOverEta": (
        "Up to step 160",
        "It passes two over the rate",
        "In the burst",
        "From step",
        "At half the rate",
    ),
    "ShrinkingTooSoonStaysBehind": (
        "Four settle at the star",
        "At the full rate for five steps",
        "Three settle in the local minimum",
        "The one that rises is over three times",
    ),
    "TheMeanIsNearerThanTheRun": ("After 300 steps the mean", "From step 150 to 300", "An exponential average"),
    "TwiceTheBatchTwiceTheRate": ("From step 60 to 1200 one point",),
    "WarmUpDecidesWhereDecayHowNear": ("Over 1200 steps the constant rate",),
}
"""How the claims begin that take a second or more for their steps, as those of endings do: they wait as well."""


def steps_of(claim: Claim) -> int:
    control = () if callable(claim.control) else claim.control
    return sum(run.steps for run in (*claim.runs, *control))


def waits(scene_class: type[LectureScene], claim: Claim) -> bool:
    """Whether a claim is asked by `make matrix` alone."""
    return steps_of(claim) > LONG or claim.text.startswith(SLOW.get(scene_class.__name__, ()))


EVERY_RUN_OR_MATRIX = pytest.mark.parametrize(
    "waiting", [False, pytest.param(True, marks=pytest.mark.matrix)], ids=["short", "long"]
)


@EVERY_RUN_OR_MATRIX
def test_its_claims_hold_on_its_runs(scene_class: type[LectureScene], waiting: bool) -> None:
    """Of its own runs each is true, and not of its control."""
    asked = [claim for claim in scene_class.claims if waits(scene_class, claim) == waiting]
    assert waiting or asked
    assert [fault for claim in asked if (fault := claim.fault())] == []


@EVERY_RUN_OR_MATRIX
def test_its_claims_are_able_to_fail(scene_class: type[LectureScene], waiting: bool) -> None:
    """What has no control is refuted by other runs: exchanged, backwards, nailed, slow, wild, or begun in a minimum."""
    asked = [
        claim
        for claim in scene_class.claims
        if not claim.control and (waits(scene_class, claim) or steps_of(claim) > SHORT) == waiting
    ]
    assert [claim.text for claim in asked if not refuted(claim)] == []


def test_what_waits_is_claimed(scene_class: type[LectureScene]) -> None:
    texts = [claim.text for claim in scene_class.claims]
    assert [
        begun for begun in SLOW.get(scene_class.__name__, ()) if not any(text.startswith(begun) for text in texts)
    ] == []


def refuted(claim: Claim) -> bool:
    """Whether some other trajectories make a claim false; those that it cannot judge do not count."""
    if not claim.runs:
        return refuted_elsewhere(claim)
    for trajectories in other_trajectories(claim.runs):
        try:
            if not claim.holds_for(*trajectories):
                return True
        except (ArithmeticError, DescentError, LookupError, RuntimeWarning, ValueError):
            continue
    return False


def other_trajectories(runs: tuple[Run, ...]) -> Iterator[list[Trajectory]]:
    """Trajectories that differ from those of the runs, the cheap ones first."""
    own = [traced(run) for run in runs]
    yield own[::-1]
    yield [backwards(trajectory) for trajectory in own]
    yield [standing(trajectory) for trajectory in own]
    if any(run.scheduler for run in runs):
        yield [traced(replace(run, scheduler=None)) for run in runs]
    if any(trajectory.hidden.size for trajectory in own):
        yield [replace(trajectory, hidden=np.ones_like(trajectory.hidden)) for trajectory in own]
    yield [own[0]] * len(own)
    yield [own[-1]] * len(own)
    for scale in (1e-9, 1e-3, 100.0, 3.0, 0.3):
        yield [traced(at_rate(run, scale)) for run in runs]
        yield [traced(at_rate(runs[0], scale)), *own[1:]]
    for start in runs[0].surface.minima:
        yield [traced(replace(run, start=start)) for run in runs]


def backwards(trajectory: Trajectory) -> Trajectory:
    """The record played backwards, uphill."""
    params, loss, grad = (values[::-1] for values in (trajectory.params, trajectory.loss, trajectory.grad))
    return recorded(trajectory, params, loss, grad)


def standing(trajectory: Trajectory) -> Trajectory:
    """The record of a ball that is nailed to its start."""
    params, loss, grad = (
        np.repeat(values[:1], len(values), axis=0) for values in (trajectory.params, trajectory.loss, trajectory.grad)
    )
    return recorded(trajectory, params, loss, grad)


def recorded(trajectory: Trajectory, params: Array, loss: Array, grad: Array) -> Trajectory:
    """The record with another path, and so other updates; its rates and buffers stay."""
    return replace(trajectory, params=params, loss=loss, grad=grad, update=np.diff(params, axis=0))


def at_rate(run: Run, scale: float) -> Run:
    """The run with its learning rate scaled."""
    optimizer = run.optimizer
    keywords = {**optimizer.keywords, "lr": run.lr * scale}
    return replace(run, optimizer=partial(optimizer.func, *optimizer.args, **keywords))


@pytest.mark.parametrize("holds", [lambda trajectory: True, lambda trajectory: len(trajectory.loss) > 0])
def test_a_claim_that_cannot_fail_is_found_out(holds: Callable[..., bool]) -> None:
    assert not refuted(Claim("It is so.", (replace(EXPERIMENTS["E03"], steps=3),), holds))


def test_a_film_of_runs_is_not_made_if_a_claim_is_false() -> None:
    still = replace(EXPERIMENTS["E03"], steps=3)

    class Untrue(ComparisonScene):
        title = "Here, it arrives"
        runs = (still,)
        claims = (Claim("It arrives.", (still,), reaches((0, 0), within=0.1)),)

    with pytest.raises(DescentError, match=r"“It arrives\.” does not hold on its own runs; change one of them"):
        rehearse(Untrue)
