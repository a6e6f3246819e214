"""Honest pictures, films and figures of real torch optimizers.

A `Surface` is a loss of two parameters; a `Run` describes, as frozen data, one torch optimizer (and
scheduler) on it from one start; `trace` drives the real optimizer and returns a `Trajectory` of read-only
arrays; a `Claim` checks a lesson's sentence against such trajectories. Everything downstream (the Manim
stage, the narration, the delivery, the figures) only reads these arrays and never steps an optimizer. This
package, imported on its own, loads neither manim nor matplotlib.
"""

from descent.claims import (
    Claim,
    diverges,
    escapes,
    first_step_within,
    oscillates,
    reaches,
    settles,
    stalls,
)
from descent.errors import DescentError
from descent.experiments import EXPERIMENTS
from descent.runs import Run
from descent.schedules import LRCurve, Schedule, chained, sequential, trace_lr
from descent.specs import OPTIMIZERS, SCHEDULERS, parse, spec_text
from descent.surfaces import Domain, Grid, Surface
from descent.trajectories import Trajectory, trace
from descent.zoo import (
    ACKLEY,
    BEALE,
    BIRD,
    HIMMELBLAU,
    RASTRIGIN,
    ROSENBROCK,
    SADDLE,
    STYBLINSKI_TANG,
    SURFACES,
    THREE_HUMP_CAMEL,
    VALLEY,
    find_surface,
)

__all__ = [
    "ACKLEY",
    "BEALE",
    "BIRD",
    "EXPERIMENTS",
    "HIMMELBLAU",
    "OPTIMIZERS",
    "RASTRIGIN",
    "ROSENBROCK",
    "SADDLE",
    "SCHEDULERS",
    "STYBLINSKI_TANG",
    "SURFACES",
    "THREE_HUMP_CAMEL",
    "VALLEY",
    "Claim",
    "DescentError",
    "Domain",
    "Grid",
    "LRCurve",
    "Run",
    "Schedule",
    "Surface",
    "Trajectory",
    "chained",
    "diverges",
    "escapes",
    "find_surface",
    "first_step_within",
    "oscillates",
    "parse",
    "reaches",
    "sequential",
    "settles",
    "spec_text",
    "stalls",
    "trace",
    "trace_lr",
]
