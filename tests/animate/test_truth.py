"""Races of which a story once said something false, each with what is true: cases of kinds, from shared/truth.md."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from descent import DescentError
from descent.animate.problem import Problem
from descent.animate.story import Story
from descent.record.trajectories import traced

OWN = "tests.animate.grounds:"
SQUARE = [-5, 5, -5, 5]
RACES: dict[str, tuple[dict, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # name: options, runs, what must be said, what must not
    "none is grammatical": (
        {"surface": "beale", "start": [-3, 3]},
        ("SGD(lr=0.001)", "SGD(lr=0.0012)"),
        ("Both runs diverge", "No run ends at a finite loss."),
        ("∞, the lowest", "No runs"),
    ),
    "circling": (
        {"surface": "valley", "start": [-4, -2], "steps": 50},
        ("SGD(lr=0.01, momentum=0.9)",),
        ("SGD has not come to rest after 50 steps",),
        ("comes to rest",),
    ),
    "moving over flat ground": (
        {"surface": f"{OWN}plateau", "start": [1, 0], "steps": 40},
        ("SGD(lr=0.5, momentum=0.99)",),
        (),
        ("rest at", "stuck", "stands still"),
    ),
    "hinge": (
        {"surface": f"{OWN}hinge", "domain": SQUARE, "start": [-2, -3]},
        ("SGD(lr=0.2)",),
        ("SGD reaches a lowest minimum",),
        ("no minimum", "No minimum"),
    ),
    "gutter": (
        {"surface": f"{OWN}gutter", "domain": SQUARE, "start": [-2, -3]},
        ("SGD(lr=0.2)",),
        ("SGD reaches a lowest minimum",),
        ("no minimum", "No minimum"),
    ),
    "curve": (
        {"surface": f"{OWN}hyperbola", "domain": SQUARE, "start": [2, 2]},
        ("SGD(lr=0.05)",),
        ("SGD reaches a lowest minimum",),
        ("no minimum", "No minimum"),
    ),
    "constant": (
        {"surface": f"{OWN}constant", "domain": SQUARE, "start": [-2, -3]},
        ("SGD(lr=0.2)",),
        ("SGD stays at the minimum where it starts",),
        ("no minimum", "No minimum", "reaches"),
    ),
    "a minimum that no list has": (
        {"surface": f"{OWN}egg", "domain": [-25, 25, -25, 25], "start": [19.5, 19.5], "steps": 60},
        ("SGD(lr=0.5)",),
        ("SGD gets stuck in a local minimum",),
        ("no minimum",),
    ),
    "frozen by its schedule": (
        {"surface": f"{OWN}steep", "domain": SQUARE, "start": [4, 1], "steps": 50},
        ("SGD(lr=0.0395) + MultiStepLR(milestones=[40], gamma=0.000001)",),
        ("comes to rest at no minimum",),
        ("swing", "5.86"),
    ),
    "not plain": (
        {"surface": "valley", "start": [-4, -2], "steps": 50},
        ("SGD(lr=0.01, momentum=0.9)", "SGD(lr=0.01, momentum=0.9, nesterov=True)"),
        ("SGD with momentum 0.9 and SGD with nesterov",),
        ("plain",),
    ),
    "undefined": (
        {"surface": f"{OWN}logs", "domain": [0.01, 4, 0.01, 4], "start": [3, 3]},
        ("SGD(lr=0.3, momentum=0.9)",),
        ("SGD ends with an undefined loss",),
        ("diverges", "∞"),
    ),
    "hardly moved": (
        {"surface": f"{OWN}bowl", "domain": SQUARE, "start": [0.0101, 0]},
        ("SGD(lr=0.000001)",),
        ("SGD has hardly moved",),
        ("reaches", "step 0"),
    ),
    "hardly moved, near a minimum": (
        {"surface": "bird", "start": [-9.2, 4.5]},
        ("SGD(lr=0.000001)",),
        ("SGD has hardly moved",),
        ("stuck",),
    ),
    "one step": (
        {"surface": "valley", "start": [-4, -2], "steps": 1},
        ("SGD(lr=0.1)",),
        ("after 1 step", "1 step, from"),
        ("1 steps",),
    ),
    "a tie in the digits shown": (
        {"surface": "valley", "start": [-4, -2], "steps": 1},
        ("SGD(lr=1e-6)", "SGD(lr=2e-6)"),
        ("Both runs end at a loss of about 34.4.",),
        ("lowest loss at the end",),
    ),
    "to the top of a hill": (
        {"surface": f"{OWN}hill", "domain": SQUARE, "start": [1, 1]},
        ("SGD(lr=0.1, maximize=True)",),
        ("SGD reaches the highest maximum",),
        ("comes to rest", "lowest", "diverges"),
    ),
    "no finite loss is lower than minus infinity": (
        {"surface": f"{OWN}falls", "domain": SQUARE, "start": [1, 2], "steps": 30},
        ("SGD(lr=0.3)", "SGD(lr=0.01)"),
        ("No run stays in the view", "SGD with lr 0.3 goes down without end"),
        ("lowest loss at the end",),
    ),
    "only one arrives, or only one so soon": (
        {"surface": f"{OWN}gutter", "domain": SQUARE, "start": [3.79, 0.02], "steps": 35},
        ("SGD(lr=0.2)", "Adam(lr=0.3) + OneCycleLR(max_lr=0.3, total_steps=35, cycle_momentum=False)", "SGD(lr=1.2)"),
        (),
        ("Only",),
    ),
    "up and away": (
        {"surface": "valley", "start": [-4, -2]},
        ("SGD(lr=0.1, maximize=True)",),
        ("SGD leaves the view",),
        ("diverges",),
    ),
    "a loss of small units": (
        {"surface": f"{OWN}faint", "domain": [-2, 2, -2, 2], "start": [1, 1]},
        ("SGD(lr=1e8)", "Adam(lr=0.1)"),
        ("SGD with lr 1e+08 reaches the lowest minimum at step 15", "in 50 steps"),
        ("no minimum", "Only"),
    ),
    "no tie across a blow-up": (
        {"surface": "rosenbrock", "start": [-1.9, 3], "steps": 300},
        ("SGD(lr=0.0027)", "SGD(lr=0.0005)", "SGD(lr=0.0005, momentum=0.9)"),
        ("SGD with lr 0.0027 diverges", "lowest loss at the end is 2.58, by SGD with lr 0.0005 and momentum 0.9"),
        ("Two runs end at",),
    ),
}


def story_of(problem: Problem) -> Story:
    return Story([traced(run) for run in problem.runs()], len(problem.points), problem.searched)


def words(story: Story) -> str:
    beats = story.beats()
    return " | ".join(
        [story.title(), *(b.say for b in beats), *(b.note for b in beats), *(c.text for c in story.claims())]
    )


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
@pytest.mark.few(5)
def test_what_is_true_is_said(described: Callable[..., Problem], race: tuple) -> None:
    options, runs, said, unsaid = race
    story = story_of(described(*runs, **options))
    told = words(story)
    assert [phrase for phrase in said if phrase not in told] == [], told
    assert [phrase for phrase in unsaid if phrase in told] == [], told
    assert all(claim.check() for claim in story.claims())


@pytest.mark.matrix
def test_data_of_years_is_a_crawl(own: Path, described: Callable[..., Problem]) -> None:
    x = np.arange(1960, 2021, 5)
    y = 0.02 * (x - 1990) + np.sin(x)
    (own / "years.csv").write_text("x,y\n" + "\n".join(f"{a},{b:.3f}" for a, b in zip(x, y, strict=True)))
    told = words(story_of(described("Adam(lr=0.5)", "SGD(lr=1e-7)", data="years.csv", steps=80)))
    assert "comes to rest at no minimum" not in told
    assert "Only" not in told


def test_the_same_run_twice_is_refused(described: Callable[..., Problem]) -> None:
    for first, second in (
        ("SGD(lr=0.1)", "SGD(lr=0.10)"),
        ("SGD(lr=0.1)", "SGD(lr=0.1, momentum=0)"),
        ("Adam(lr=0.1)", "Adam(lr=0.1, betas=(0.9, 0.999))"),
    ):
        with pytest.raises(DescentError, match="is there twice"):
            described(first, second, surface="valley", start=[-4, -2], steps=5)
    described("SGD(lr=0.1)", "SGD(lr=0.1, momentum=0.1)", surface="valley", start=[-4, -2], steps=5)
