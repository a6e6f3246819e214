from .base.errors import DescentError
from .record.claims import (
    Claim,
    diverges,
    escapes,
    first_step_within,
    oscillates,
    reaches,
    settles,
    stalls,
)
from .record.lecture_runs import EXPERIMENTS
from .record.named_surfaces import (
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
from .record.runs import Run
from .record.schedules import LRCurve, Schedule, chained, sequential, trace_lr
from .record.spec_text import OPTIMIZERS, SCHEDULERS, parse, spec_text
from .record.surfaces import Domain, Grid, Surface
from .record.trajectories import Trajectory, trace

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
