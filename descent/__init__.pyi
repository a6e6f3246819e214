from .claims import (
    Claim,
    diverges,
    escapes,
    first_step_within,
    oscillates,
    reaches,
    settles,
    stalls,
)
from .errors import DescentError
from .experiments import EXPERIMENTS
from .runs import Run
from .schedules import LRCurve, Schedule, chained, sequential, trace_lr
from .specs import OPTIMIZERS, SCHEDULERS, parse, spec_text
from .surfaces import Domain, Grid, Surface
from .trajectories import Trajectory, trace
from .zoo import (
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
