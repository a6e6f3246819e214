"""What was measured of runs beside their loss and rate, as curves: for films, pictures and pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from descent.animate.training.study import Course
from descent.record.surfaces import Array

LIMIT = "limit of stable steps"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A panel.

    Attributes:
        name: What is shown.
        at: ``[m]`` per run, the steps at which it is known.
        values: ``[m]`` per run.
        limits: ``[m]`` per run, where steps become unstable, NaN where that is not known; empty for what has none.
        ceiling: The highest value shown; None for what the data decide.
    """

    name: str
    at: Sequence[Array]
    values: Sequence[Array]
    limits: Sequence[Array] = ()
    ceiling: float | None = None

    @property
    def alike(self) -> bool:
        """Whether all runs have the same limits."""
        return all(np.array_equal(limit, self.limits[0]) for limit in self.limits)


def measured(courses: Sequence[Course]) -> list[Measured]:
    """Every panel, the upper ones first: sharpness, where it is known, and how far off the plane the runs are."""
    bent = sharpness_of(courses)
    off = Measured("distance from the plane", [c.at for c in courses], [c.off for c in courses])
    return [off] if bent is None else [bent, off]


def sharpness_of(courses: Sequence[Course]) -> Measured | None:
    """What is shown of the sharpness: of runs whose kinds of sharpness differ, its share of the limit; None of nothing.

    The sharpness of an adaptive optimizer is measured in other units than that of a plain one.
    """
    if not all(course.sharp.size for course in courses):
        return None
    values, limits = [course.sharp for course in courses], [course.limit for course in courses]
    name = "preconditioned sharpness" if courses[0].adaptive else "sharpness"
    if len({course.adaptive for course in courses}) > 1:
        if not all(np.isfinite(limit).all() for limit in limits):
            return None
        values = [value / limit for value, limit in zip(values, limits, strict=True)]
        limits, name = [np.ones(len(limit)) for limit in limits], "sharpness ÷ its limit"
    highest = max(float(value.max()) for value in values)
    seen = [each for limit in limits for each in limit.tolist() if each <= 3 * highest]  # others would squash it
    ceiling = 1.2 * max([highest, *seen]) if highest > 0 else None
    return Measured(name, [course.sharp_at for course in courses], values, limits, ceiling)
