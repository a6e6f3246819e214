"""Colours that are seen together look different: by CIEDE2000, at least 20 apart."""

from itertools import combinations

import pytest
from ciede2000 import apart, difference

from descent.look.palette import DARK, LIGHT, Theme

ENOUGH = 20.0


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.0, 2.0), (50, 0, 0), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_is_the_published_one(
    one: tuple[float, float, float], other: tuple[float, float, float], known: float
) -> None:
    """Pairs of Sharma, Wu and Dalal's table 1."""
    assert difference(one, other) == pytest.approx(known, abs=5e-5)
    assert difference(other, one) == pytest.approx(known, abs=5e-5)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_runs_and_the_parts_of_a_step_look_different(theme: Theme) -> None:
    parts = {"gradient": theme.gradient, "velocity": theme.velocity, "update": theme.update}
    colours = {**{f"run {k}": colour for k, colour in enumerate(theme.runs)}, **parts}
    pairs = {
        (a, b): apart(one, other)
        for (a, one), (b, other) in combinations(colours.items(), 2)
        if apart(one, other) < ENOUGH
    }
    assert pairs == {}
