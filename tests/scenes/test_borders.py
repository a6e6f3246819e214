"""What the film of basins says after 100 steps is still so when the runs go on; too slow to ask at each rendering."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path("scenes").resolve()))
import basins

sys.path.pop(0)


@pytest.mark.matrix
@pytest.mark.parametrize("times", [5, 25])
def test_momentum_still_ends_lower_when_the_runs_go_on(times: int) -> None:
    plain, heavy = (basins.sgd(momentum, steps=times * basins.STEPS) for momentum in (0, 0.6))
    assert basins.gains(plain, heavy, basins.COARSE)
    assert not basins.gains(plain, plain, basins.COARSE)
