"""Measures against their definitions on runs whose answers are known."""

import numpy as np
import pytest

from descent import EXPERIMENTS, Trajectory, trace
from descent.record.measures import (
    cuts_follow_plateaus,
    distances,
    longest_moves,
    path_length,
    rate_cuts,
    settled_from,
    turns,
)


@pytest.fixture(scope="module")
def swinging() -> Trajectory:
    return trace(EXPERIMENTS["E06"])


def test_distances_are_euclidean(swinging: Trajectory) -> None:
    assert distances(swinging, (0.0, 0.0))[0] == pytest.approx(np.hypot(4.5, 2.0))
    assert distances(swinging, tuple(swinging.params[7]))[7] == 0


def test_settled_from_is_the_row_after_the_last_outside(swinging: Trajectory) -> None:
    row = settled_from(swinging, (0.0, 0.0), 0.1)
    away = distances(swinging, (0.0, 0.0))
    assert away[row - 1] > 0.1
    assert (away[row:] <= 0.1).all()
    assert settled_from(swinging, (9.0, 9.0), 0.1) == swinging.steps + 1
    assert settled_from(swinging, (0.0, 0.0), 100.0) == 0


def test_path_and_moves_come_from_the_updates(swinging: Trajectory) -> None:
    lengths = np.sqrt((np.diff(swinging.params, axis=0) ** 2).sum(axis=1))
    assert path_length(swinging) == pytest.approx(lengths.sum())
    assert longest_moves(swinging)[0] == pytest.approx(6.3, abs=0.01)


def test_turns_are_angles_between_steps(swinging: Trajectory) -> None:
    first, second = swinging.update[:2]
    cosine = first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
    assert turns(swinging)[1] == pytest.approx(np.degrees(np.arccos(cosine)))
    assert turns(swinging)[0] == 0
    assert turns(swinging).max() <= 180


def test_cuts_of_a_plateau_scheduler() -> None:
    cut = trace(EXPERIMENTS["E23"])
    assert all(cut.lr[row + 1] == pytest.approx(0.8 * cut.lr[row]) for row in rate_cuts(cut))
    assert cuts_follow_plateaus(cut)
    assert not cuts_follow_plateaus(trace(EXPERIMENTS["E22"]))
    assert rate_cuts(trace(EXPERIMENTS["E21"])) == []
