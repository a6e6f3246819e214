"""A problem as data: a loss, runs on it, what is said of them; and as text, so that any process can make its film."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from descent.base.document import InFile
from descent.base.errors import DescentError, nearest, shown
from descent.base.user_code import import_file, import_module, member, times_forgotten
from descent.record.named_surfaces import SURFACES
from descent.record.regression import mean_squared_error
from descent.record.runs import Run
from descent.record.spec_text import parse_run
from descent.record.surfaces import Domain, Point, Surface
from descent.record.torch_specs import label
from descent.record.trajectories import Trajectory, traced

_GROUND = 33  # points a side at which a surface is looked at


@dataclass(frozen=True, slots=True)
class Entry:
    """A run as it was asked for.

    Attributes:
        text: Optimizer and perhaps scheduler, as `settings_of` reads them.
        start: The first ``(w1, w2)``.
        steps: How many steps to take.
        name: What the film calls it, instead of its settings.
    """

    text: str
    start: Point
    steps: int
    name: str = ""

    @property
    def told(self) -> str:
        """The text as it was typed; of what stands in a file of descent's, what it is."""
        return label(settings_of(self.text)["optimizer"]) if isinstance(self.text, InFile) else self.text

    @property
    def settings(self) -> Mapping[str, Any]:
        """What its `Run` is made of besides surface, start and steps."""
        found = settings_of(self.text)
        return {**found, "name": self.name} if self.name else found


@dataclass(frozen=True, slots=True)
class Said:
    """A beat in the user's own words.

    Attributes:
        say: What is spoken.
        note: What is written.
        to: The step that the balls roll to.
        reveal: Whether viewers are asked to predict before it.
    """

    say: str
    note: str
    to: int
    reveal: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that the film depends on.

    Attributes:
        entries: The runs.
        surface: A surface of the zoo, or a function as ``module:function`` or ``file.py:function``; empty with points.
        points: The data of a regression, as (x, y).
        standardized: Whether their columns were brought to mean 0 and deviation 1.
        domain: The view; by default the zoo's own, or chosen by `settle`.
        minima: Minima inside the view, lowest first; None where they are the zoo's.
        title: The film's title; written from the runs if empty.
        question: What the film asks, in the title's place; the title stands there if empty.
        answer: What its last card answers; there is none if empty.
        beats: The user's words; written from the runs if there are none.
        seconds: How long each line is spoken, by voice.
        words: When each word of it begins, by voice, where the voice knows.
        ground: A digest of the surface and of the runs on it, for every process to check that it has the same.
    """

    entries: tuple[Entry, ...]
    surface: str = ""
    points: tuple[Point, ...] = ()
    standardized: bool = False
    domain: Domain | None = None
    minima: tuple[Point, ...] | None = None
    title: str = ""
    question: str = ""
    answer: str = ""
    beats: tuple[Said, ...] = ()
    seconds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)
    ground: str = ""

    @property
    def searched(self) -> bool:
        """Whether the minima come from a search and not from knowledge."""
        return self.minima is not None and not self.points

    def landscape(self) -> Surface:
        """The surface, in the problem's view.

        Raises:
            DescentError: If there is no such surface or function, or it is not a differentiable loss of two tensors.
        """
        known = SURFACES.get(self.surface)
        if known is None:
            known = self._own()
        if self.domain is None:
            return known
        return replace(known, domain=self.domain, minima=self.minima or ())

    def runs(self) -> list[Run]:
        """The runs, on one surface.

        Raises:
            DescentError: If one of them does not fit, in one sentence.
        """
        surface = self.landscape()
        return [Run(surface=surface, start=entry.start, steps=entry.steps, **entry.settings) for entry in self.entries]

    def trajectories(self) -> list[Trajectory]:
        """The record of each run, traced once a process whatever the view.

        Raises:
            DescentError: If one of the runs does not fit, in one sentence.
        """
        return [traced(run) for run in self.runs()]

    def _own(self) -> Surface:
        domain = self.domain or around([entry.start for entry in self.entries])
        if self.points:
            formula = "1/n sum_(i=1)^n (w x_i + b - y_i)^2"
            return Surface("regression", mean_squared_error(self.points), domain, (), formula)
        found = own_function(self.surface)
        if isinstance(found, Surface):
            return replace(found, domain=self.domain or found.domain, minima=() if self.domain else found.minima)
        return Surface(self.surface.rpartition(":")[2], found, domain)  # type: ignore[arg-type]


def around(points: list[Point]) -> Domain:
    """A provisional view of some points, a unit wide on every side."""
    w1, w2 = zip(*points, strict=True)
    return (min(w1) - 1, max(w1) + 1), (min(w2) - 1, max(w2) + 1)


def settings_of(text: str) -> Mapping[str, Any]:
    """What a `Run` is made of besides surface, start and steps, by name.

    Args:
        text: An optimizer, with a scheduler behind a plus if it has one, as `parse_run` reads them; or
            ``file.py:name``, where such settings are in a file, as what a session defined is handed on.

    Raises:
        DescentError: If the text is anything else.
    """
    return _settings_of(text, times_forgotten())


@lru_cache(maxsize=256)
def _settings_of(text: str, _: int) -> Mapping[str, Any]:
    """The same objects for the same text: runs made of them are equal, and traced once."""
    file, colon, name = text.rpartition(":")
    if colon and file.endswith(".py") and isinstance(found := member(import_file(Path(file)), name), Mapping):
        return found
    optimizer, scheduler = parse_run(text)
    return {"optimizer": optimizer, "scheduler": scheduler}


def own_function(name: str) -> object:
    """What ``module:function`` or ``file.py:function`` names; its module is imported.

    Raises:
        DescentError: If it names nothing that can be called.
    """
    module, colon, function = name.rpartition(":")
    if not colon or not module or not function:
        raise DescentError(
            f"there is no surface {shown(name)}: {nearest(name, SURFACES)} "
            "A function of your own is written package.module:function or file.py:function."
        )
    found = member(import_file(Path(module)) if module.endswith(".py") else import_module(module), function)
    if not callable(found):
        raise DescentError(f"{shown(name)} is {type(found).__name__}, not a function of two tensors (w1, w2).")
    return found


def ground(problem: Problem) -> str:
    """A digest of a problem's surface in its view, and of the runs on it."""
    sha = sha256(problem.landscape().grid(_GROUND).loss.tobytes())
    for trajectory in problem.trajectories():
        sha.update(trajectory.digest.encode())
    return sha.hexdigest()


def to_text(problem: Problem) -> str:
    """The problem as one line of JSON; :func:`from_text` reads it back."""
    return json.dumps(asdict(problem), sort_keys=True)


def from_text(text: str) -> Problem:
    """The problem that :func:`to_text` wrote."""
    values = json.loads(text)
    (left, right), (bottom, top) = values["domain"] or ((0, 0), (0, 0))
    return Problem(
        entries=tuple(
            Entry(each["text"], tuple(each["start"]), each["steps"], each["name"]) for each in values["entries"]
        ),
        surface=values["surface"],
        points=tuple((x, y) for x, y in values["points"]),
        standardized=values["standardized"],
        domain=((left, right), (bottom, top)) if values["domain"] else None,
        minima=None if values["minima"] is None else tuple((w1, w2) for w1, w2 in values["minima"]),
        title=values["title"],
        question=values["question"],
        answer=values["answer"],
        beats=tuple(Said(**each) for each in values["beats"]),
        seconds=values["seconds"],
        words={v: {line: tuple(at) for line, at in lines.items()} for v, lines in values["words"].items()},
        ground=values["ground"],
    )
