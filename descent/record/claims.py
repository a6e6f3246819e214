"""Claims: a lesson's sentence as a check on its own data, with the control that lacks its cause.

A claim is data: a predicate with its arguments, the runs it is about and those that lack the cause. As such it can be
listed, sent on and judged elsewhere. A bare function can stand for the predicate where none says what is meant; its
data then only names it.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch

from descent.base.errors import DescentError, nearest
from descent.record.named_surfaces import SURFACES
from descent.record.predicates import Judge, Predicate, judge_data, predicate, written
from descent.record.runs import Run
from descent.record.spec_text import parse, spec_text
from descent.record.surfaces import Surface
from descent.record.torch_specs import label
from descent.record.training import Average, Clipping, GradientNoise, MiniBatches
from descent.record.trajectories import Trajectory, traced

_TRAINING: Mapping[str, Any] = {
    "batches": MiniBatches,
    "noise": GradientNoise,
    "clipping": Clipping,
    "average": Average,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about runs that the tests check and the film states.

    Attributes:
        text: The statement, in words.
        runs: The runs it is about.
        holds: A predicate, or a bare function: takes one trajectory per run, in order, and tells whether the statement
            is true of them.
        control: The same runs without the cause, where the statement gives one: of these it must not be true. Of a
            claim that is about no runs, but about what was recorded elsewhere, a bare function that says the same of
            a recording without the cause.
        says: The phrases of narration, notes and title that rest on it.

    Raises:
        DescentError: If there are not as many runs in the control, or it is a function although there are runs.

    >>> from descent.record.named_surfaces import VALLEY
    >>> from descent.record.predicates import reaches
    >>> from torch.optim import SGD
    >>> fast, slow = (Run(VALLEY, partial(SGD, lr=lr), (-4.5, -2.0), 50) for lr in (0.5, 0.01))
    >>> Claim("Its rate lets it arrive.", (fast,), reaches((0, 0), within=0.1), control=(slow,)).check()
    True
    """

    text: str
    runs: tuple[Run, ...]
    holds: Judge
    control: tuple[Run, ...] | Callable[[], Any] = ()
    says: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.says, str):
            object.__setattr__(self, "says", (self.says,))
        if callable(self.control):
            if self.runs:
                raise DescentError(f"The claim {self.text!r} is about runs; give runs as its control, too.")
        elif self.control and len(self.control) != len(self.runs):
            raise DescentError(
                f"The claim {self.text!r} is about {_runs(len(self.runs))}, but its control has {len(self.control)}."
            )

    @property
    def predicate(self) -> Predicate | None:
        """What it says of its runs, None if that is a bare function."""
        return self.holds if isinstance(self.holds, Predicate) else None

    def holds_for(self, *trajectories: Trajectory) -> bool:
        """Whether the statement is true of trajectories already traced, one per run."""
        if len(trajectories) != len(self.runs):
            raise DescentError(
                f"The claim {self.text!r} is about {_runs(len(self.runs))}, "
                f"but was given {len(trajectories)} trajectories."
            )
        return bool(self.holds(*trajectories))

    def check(self) -> bool:
        """Trace the runs and tell whether the statement is true of them, and not of the control."""
        return self.fault() is None

    def fault(self) -> str | None:
        """What is wrong with it, in a clause; None if it holds."""
        if not self.holds_for(*map(traced, self.runs)):
            return f"the claim “{self.text}” does not hold on its own runs"
        if callable(self.control):
            without = bool(self.control())
        else:
            without = bool(self.control) and self.holds_for(*map(traced, self.control))
        if without:
            return f"the claim “{self.text}” holds without its cause as well, on its control"
        return None

    def data(self) -> dict[str, Any]:
        """The claim as what JSON can hold; `claim_from` reads it, unless it rests on a bare function."""
        return {
            "text": self.text,
            "check": written(self.holds),
            "predicate": judge_data(self.holds),
            "runs": [_run_data(run) for run in self.runs],
            "control": written(self.control) if callable(self.control) else [_run_data(run) for run in self.control],
            "says": list(self.says),
        }


def claim_from(data: Mapping[str, Any], surfaces: Mapping[str, Surface] = SURFACES) -> Claim:
    """A claim from its data.

    Args:
        data: What `Claim.data` gave.
        surfaces: The surfaces that its runs are on, by name.

    Raises:
        DescentError: If it rests on a bare function, or on a surface that is not among these.
    """
    judged = predicate(data["predicate"])
    if isinstance(data.get("control"), str):
        raise DescentError(f"The control of the claim {data['text']!r} is a function, which data cannot hold.")
    runs, control = ([_run(each, surfaces) for each in data.get(part, ())] for part in ("runs", "control"))
    said = tuple(data.get("says", ()))
    return Claim(str(data["text"]), tuple(runs), judged, tuple(control), said)


def _runs(count: int) -> str:
    return f"{count} run{'s' * (count != 1)}"


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "surface": run.surface.name,
        "optimizer": _text(run.optimizer),
        "scheduler": None if run.scheduler is None else _text(run.scheduler),
        "start": [float(w) for w in run.start],
        "steps": run.steps,
        "dtype": str(run.dtype).removeprefix("torch."),
        "groups": [dict(group) for group in run.groups],
        "name": run.name,
        **{name: None if (part := getattr(run, name)) is None else asdict(part) for name in _TRAINING},
    }


def _text(spec: partial[Any]) -> str:
    """A spec as text; of one that text cannot hold, such as a function, its label, which `parse` refuses."""
    try:
        return spec_text(spec)
    except DescentError:
        return label(spec)


def _run(data: Mapping[str, Any], surfaces: Mapping[str, Surface]) -> Run:
    name = str(data["surface"])
    if name not in surfaces:
        raise DescentError(f"There is no surface {name!r} here: {nearest(name, surfaces)}")
    w1, w2 = map(float, data["start"])
    scheduler = data.get("scheduler")
    training: dict[str, Any] = {
        key: None if data.get(key) is None else kind(**data[key]) for key, kind in _TRAINING.items()
    }
    return Run(
        surfaces[name],
        parse(data["optimizer"]),
        (w1, w2),
        data["steps"],
        None if scheduler is None else parse(scheduler),
        getattr(torch, data.get("dtype", "float32")),
        tuple(data.get("groups", ())),
        name=data.get("name", ""),
        **training,
    )
