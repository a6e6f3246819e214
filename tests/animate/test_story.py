"""What a film says of its runs is true of them, and fits."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch.optim import SGD, Adam, RMSprop

from descent import BIRD, HIMMELBLAU, ROSENBROCK, SADDLE, VALLEY, Run, Surface
from descent.animate.problem import Problem
from descent.animate.read import _noted
from descent.animate.story import Story
from descent.animate.wording import names
from descent.base.numbers import quantity
from descent.film.narration import respell
from descent.record.outcomes import Ending, outcome
from descent.record.trajectories import traced
from descent.stage.scene.comparison import title_fits

FAR = (-12, 10)


@pytest.mark.parametrize(
    ("run", "ending", "step"),
    [
        (Run(BIRD, partial(SGD, lr=0.01), FAR, 30), Ending.LOCAL, 12),
        (Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), FAR, 40), Ending.LOWEST, 27),
        (Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), FAR, 22), Ending.NEAR, 22),
        (Run(BIRD, partial(SGD, lr=0.04), FAR, 100), Ending.SWINGS, 100),
        (Run(BIRD, partial(SGD, lr=0.01, momentum=0.8), FAR, 60), Ending.LEAVES, 14),
        (Run(VALLEY, partial(SGD, lr=0.6), (-4.5, -2), 10), Ending.DIVERGES, 1),
        (Run(VALLEY, partial(SGD, lr=0.6), (-4.5, -2), 300), Ending.DIVERGES, 173),
        (Run(ROSENBROCK, partial(SGD, lr=0.001), (-1.5, 2), 50), Ending.DESCENDS, 50),
        (Run(SADDLE, partial(SGD, lr=0.1), (1.5, 0), 60), Ending.RESTS, 60),
        (Run(HIMMELBLAU, partial(SGD, lr=0.01), (-1, 4), 40), Ending.LOWEST, 6),
    ],
    ids=lambda value: str(value) if isinstance(value, Ending) else "",
)
@pytest.mark.few(3)
def test_endings(run: Run, ending: Ending, step: int) -> None:
    found = outcome(traced(run))
    assert (found.ending, found.step) == (ending, pytest.approx(step, abs=3))
    assert found.holds(traced(run))


def test_the_step_told_is_the_first_from_which_the_run_stays() -> None:
    trajectory = traced(Run(BIRD, partial(SGD, lr=0.01), FAR, 30))
    found = outcome(trajectory)
    away = ((trajectory.params - BIRD.minima[4]) ** 2).sum(axis=1) ** 0.5
    assert (away[found.step :] <= 0.1).all()
    assert away[found.step - 1] > 0.1


def test_a_run_that_is_told_of_another_ending_is_found_out() -> None:
    stuck, escaped = (traced(Run(BIRD, partial(SGD, lr=0.01, momentum=m), FAR, 40)) for m in (0, 0.6))
    assert not outcome(stuck).holds(escaped)
    assert not outcome(escaped).holds(stuck)


RACES = {
    "two": (BIRD, FAR, 40, [partial(SGD, lr=0.01), partial(SGD, lr=0.01, momentum=0.6)]),
    "one": (BIRD, FAR, 30, [partial(SGD, lr=0.01)]),
    "alike": (VALLEY, (-4.5, -2), 80, [partial(RMSprop, lr=0.1), partial(RMSprop, lr=0.05)]),
    "blown up": (VALLEY, (-4.5, -2), 180, [partial(SGD, lr=0.6), partial(SGD, lr=0.1)]),
    "swings": (VALLEY, (-4.5, -2), 20, [partial(SGD, lr=0.6), partial(RMSprop, lr=0.6)]),
    "eight": (BIRD, FAR, 30, [partial(SGD, lr=0.01, momentum=k / 10) for k in range(1, 9)]),
    "wordy": (BIRD, FAR, 30, [partial(Adam, lr=0.5, betas=(0.9, b), eps=1e-7, amsgrad=True) for b in (0.99, 0.9)]),
    "no minimum": (SADDLE, (1.5, 0.01), 60, [partial(SGD, lr=0.05), partial(Adam, lr=0.05)]),
    "slow": (VALLEY, (-4.5, -2), 100, [partial(SGD, lr=0.3), partial(SGD, lr=0.01), partial(SGD, lr=0.02)]),
    "four": (HIMMELBLAU, (0, 0), 60, [partial(SGD, lr=0.01), partial(Adam, lr=0.2), partial(SGD, lr=0.02)]),
}


@pytest.mark.parametrize("searched", [False, pytest.param(True, marks=pytest.mark.matrix)])
@pytest.mark.parametrize(
    "race",
    [
        pytest.param(race, id=name, marks=() if name in ("two", "blown up", "wordy", "four") else pytest.mark.matrix)
        for name, race in RACES.items()
    ],
)
@pytest.mark.few(1)
def test_lines_can_be_said_and_notes_fit(race: tuple, searched: bool) -> None:
    surface, start, steps, optimizers = race
    story = Story([traced(Run(surface, optimizer, start, steps)) for optimizer in optimizers], 0, searched)
    for beat in story.beats():
        assert respell(beat.say)
        assert len(beat.say.split()) <= 25
        assert _noted(beat.note) == beat.note
        assert beat.to is None or 0 < beat.to <= steps
    assert title_fits(story.title())
    assert max(beat.to or 0 for beat in story.beats()) == steps
    assert all(claim.check() for claim in story.claims())


BOWL = Surface("bowl", lambda a, b: a**2 + b**2, ((-5, 5), (-5, 5)))
TWO_PITS = Surface("two pits", lambda a, b: (a**2 - 1) ** 2 + 0.05 * a + b**2, ((-2, 2), (-2, 2)))
ALIKE = {
    "beside it": [Run(VALLEY, kind, (-4.5, -2), 50) for kind in (partial(SGD, lr=0.5), partial(RMSprop, lr=0.5))],
    "nearer": [Run(BOWL, kind, (3, 2), 60) for kind in (partial(SGD, lr=0.98), partial(RMSprop, lr=0.5))],
    "later": [
        Run(TWO_PITS, partial(SGD, lr=lr, momentum=m), (1.9, 1), 60) for lr, m in ((0.05, 0), (0.05, 0.9), (0.24, 0))
    ],
    "beyond the view": [Run(BIRD, partial(SGD, lr=0.01, momentum=m), FAR, n) for m, n in ((0, 30), (0.8, 60))],
    "as low beyond the view": [Run(BIRD, partial(SGD, lr=0.005), at, 60) for at in ((-3, -1), (-13.65, -5.55))],
    "hardly moved": [Run(BOWL, partial(SGD, lr=lr), (3, 2), 40) for lr in (0.01, 5e-5)],
    "diverging": [
        Run(BOWL, kind, (4, 0.1), 10) for kind in (partial(SGD, lr=0.02, momentum=0.98), partial(SGD, lr=1.1))
    ],
}


@pytest.mark.parametrize("runs", ALIKE.values(), ids=ALIKE)
@pytest.mark.few(2)
def test_a_title_sets_no_run_apart_from_one_that_does_as_much(runs: list[Run]) -> None:
    assert not re.match(r"Only|One of", Story([traced(run) for run in runs]).title())


@pytest.mark.matrix
def test_there_always_is_a_title() -> None:
    down = [Run(VALLEY, partial(SGD, lr=lr), (-4.5, -2), 100) for lr in (0.3, 0.001, 0.002)]
    up = [Run(HIMMELBLAU, partial(SGD, lr=lr, maximize=True), (-1, -1), 150) for lr in (0.001, 1e-6, 2e-6)]
    for runs in (down, up):
        assert 0 < len(Story([traced(run) for run in runs]).title()) <= 60


def test_what_climbs_is_highest_on_screen_too() -> None:
    hill = Surface("hill", lambda a, b: 10 * torch.exp(-(a**2 + b**2) / 2), ((-5, 5), (-5, 5)))
    kinds = (partial(SGD, lr=0.05, maximize=True), partial(Adam, lr=0.05, maximize=True))
    story = Story([traced(Run(hill, kind, (2, 1), 100)) for kind in kinds])
    assert "lowest" not in " ".join(part for beat in story.beats() for part in (beat.say, beat.note)).lower()


def test_equal_numbers_are_said_once() -> None:
    say = " ".join(beat.say for beat in Story([traced(Run(BOWL, partial(SGD, lr=1.0), (3, 2), 9))]).beats())
    assert "in the last 3 steps at a loss of 13.000." in say
    pair = [traced(Run(BOWL, partial(SGD, lr=0.1, momentum=m), (3, 2), 30)) for m in (0, 0.0)]
    assert "the first at" not in " ".join(beat.say for beat in Story(pair).beats())


@pytest.mark.matrix
def test_titles() -> None:
    def title(name: str) -> str:
        surface, start, steps, optimizers = RACES[name]
        return Story([traced(Run(surface, optimizer, start, steps)) for optimizer in optimizers]).title()

    assert title("two") == "Only SGD with momentum 0.6 reaches the lowest minimum"
    assert title("one") == "SGD gets stuck in a local minimum"
    assert title("blown up") == "Only SGD with lr 0.1 reaches the lowest minimum"
    assert title("swings") == "SGD diverges, RMSprop is still going down after 20 steps"
    assert title("no minimum") == "Both runs leave the view"
    assert title("four") == "Three runs from one start"
    assert title("slow") == "One of three runs reaches the lowest minimum in 100 steps"


def test_a_tie_is_no_win() -> None:
    optimizers = [partial(SGD, lr=0.25), partial(SGD, lr=0.2)]
    close = Story([traced(Run(VALLEY, optimizer, (-4.5, -2), 300)) for optimizer in optimizers]).beats()[-1]
    assert close.say == "Both runs end at a loss of about 0.00. Another start may end elsewhere."


def test_a_tie_at_a_small_loss_shows_its_figures() -> None:
    flat = Surface("flat", lambda a, b: 9.5e-7 + 0 * (a + b), ((-5, 5), (-5, 5)))
    pair = [traced(Run(flat, partial(SGD, lr=lr), (1, 1), 1)) for lr in (0.1, 0.2)]
    assert "at a loss of about 9.5 × 10⁻⁷" in Story(pair).beats()[-1].say


def test_numbers_in_the_story_are_those_of_the_run() -> None:
    trajectory = traced(Run(BIRD, partial(SGD, lr=0.01), FAR, 30))
    told = " ".join(beat.say for beat in Story([trajectory]).beats())
    assert f"{trajectory.loss[0]:.1f}" in told
    assert f"{trajectory.loss[-1]:.1f}" in told


def test_schedule_free_optimizers_are_told_where_they_are_shown(own: Path, described: Callable[..., Problem]) -> None:
    problem = described("SGD(lr=0.1)", "schedulefree.SGDScheduleFree(lr=0.1)", surface="valley", start=[2, 1], steps=9)
    beats = Story([traced(run) for run in problem.runs()]).beats()
    assert [beat.note for beat in beats if "average" in beat.say] == ["Shown: where the gradients are taken"]


@pytest.mark.parametrize("value", [0.0, 1e-320, 9.99e-4, 1e-3, 0.9996, 999.96, 1e6, 1e308, -3.5])
def test_quantities_round_to_three_figures(value: float) -> None:
    text = quantity(value).replace("−", "-").replace(",", "")
    if "×" in text:
        factor, _, power = text.partition(" × 10")
        text = f"{factor}e{power.translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789'))}"
    assert float(text) == pytest.approx(value, rel=0.06 if "e" in text else 6e-3)


def test_names_tell_runs_apart() -> None:
    def named(*runs: tuple) -> list[str]:
        return names([Run(BIRD, optimizer, start, 5) for optimizer, start in runs])

    slow, fast = partial(SGD, lr=0.01), partial(SGD, lr=0.02)
    assert named((slow, FAR), (fast, FAR)) == ["SGD with lr 0.01", "SGD with lr 0.02"]
    assert named((slow, FAR), (slow, (-6, 4))) == ["SGD from (−12, 10)", "SGD from (−6, 4)"]
    three = named((slow, FAR), (partial(SGD, lr=0.01, nesterov=False), FAR), (partial(Adam, lr=0.01), FAR))
    assert three == ["plain SGD", "SGD with nesterov False", "Adam"]
