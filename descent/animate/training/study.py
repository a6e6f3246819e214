"""Everything that a picture of training runs shows, as arrays in one file, for any process to draw."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from descent.base.errors import DescentError
from descent.record.networks.splines import interpolated
from descent.record.recorded_paths import recorded
from descent.record.runs import Run
from descent.record.surfaces import Array, Domain, Surface, read_only
from descent.record.trajectories import Trajectory

_VERSION = 1
_ARRAYS = ("at", "params", "loss", "lr_at", "lr", "off", "sharp_at", "sharp", "limit")


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One run, seen on the slice.

    Attributes:
        name: What it is called.
        at: ``[n+1]``, the steps of its rows.
        params: ``[n+1, 2]``, its rows on the plane.
        loss: ``[n+1]``, the network's own loss at them, on the slice's data.
        lr_at: ``[s+1]``, the steps at which rates begin, and where the last ends.
        lr: ``[s]``, the learning rate of each; empty where it is not known.
        off: ``[n+1]``, how far each row is off the plane.
        sharp_at: ``[m]``, the steps at which the sharpness was measured.
        sharp: ``[m]``, the sharpness.
        limit: ``[m]``, the one at which steps become unstable, NaN where that is not known.
        adaptive: Whether the sharpness is that of an adaptive optimizer.
        cut: The step from which on rows were left out, since they are not finite; −1 if none were.
    """

    name: str
    at: Array
    params: Array
    loss: Array
    lr_at: Array
    lr: Array
    off: Array
    sharp_at: Array
    sharp: Array
    limit: Array
    adaptive: bool = False
    cut: int = -1


@dataclass(frozen=True)
class Study:
    """Training runs on one slice.

    Attributes:
        courses: The runs.
        view: What part of the plane pictures show.
        ends: Where the table of losses begins and ends.
        table: ``[c, c]``, the losses on the plane, whole.
        note: What pictures say of the slice.
        kind: What plane it is.
        held: The share of the paths' variance that lies along it.
        axes: The share of each axis, where the axes are principal components; empty otherwise.
        weights: How many parameters the network has.
        title: The title that was asked for; empty if it is to be written.
        seconds: How long each line is spoken, by voice.
        words: When each word of it begins, by voice.
    """

    courses: tuple[Course, ...]
    view: Domain
    ends: Domain
    table: Array
    note: str
    kind: str
    held: float
    axes: tuple[float, ...]
    weights: int
    title: str = ""
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    words: dict[str, dict[str, tuple[float, ...]]] = field(default_factory=dict)

    @property
    def holds(self) -> str:
        """What plane it is and how much of the paths it holds, for pictures."""
        share = "over 99 %" if 0.99 < self.held < 1 else "under 1 %" if self.held < 0.01 else f"{100 * self.held:.0f} %"
        words = f"{self.kind}: {share} of the variance"
        if not self.axes:
            return words
        one, two = (f"{axis:.0%}".replace("%", " %") for axis in self.axes)
        return f"{words} ({one} across, {two} up)"

    @cached_property
    def surface(self) -> Surface:
        """The slice."""
        return Surface("slice", interpolated(self.table, self.ends), self.view, (), note=self.note)

    @cached_property
    def trajectories(self) -> list[Trajectory]:
        """The runs as the stage draws them: their path on the slice, with the network's own losses."""
        return [self._trajectory(course) for course in self.courses]

    def _trajectory(self, course: Course) -> Trajectory:
        start = (float(course.params[0, 0]), float(course.params[0, 1]))
        run = Run(self.surface, recorded(course.params, "Path"), start, len(course.params) - 1, name=course.name)
        n = len(course.params) - 1
        known = np.full(n, np.nan)
        if course.lr.size:
            known = course.lr[np.maximum(np.searchsorted(course.lr_at[:-1], course.at[:-1], side="right") - 1, 0)]
        unknown = read_only(np.full((n + 1, 2), np.nan))
        update = read_only(np.diff(course.params, axis=0))
        return Trajectory(run, course.params, course.loss, unknown, read_only(known), update, {}, at=course.at)


def to_bytes(study: Study) -> bytes:
    """A study as a file, .npz."""
    told = {
        "version": _VERSION,
        "courses": [{"name": c.name, "adaptive": c.adaptive, "cut": c.cut} for c in study.courses],
        **asdict_of(study),
    }
    arrays = {f"{k}.{name}": getattr(c, name) for k, c in enumerate(study.courses) for name in _ARRAYS}
    with io.BytesIO() as file:
        np.savez(file, told=np.array(json.dumps(told)), table=study.table, **arrays)
        return file.getvalue()


def asdict_of(study: Study) -> dict[str, object]:
    """What is no array of a study."""
    names = ("view", "ends", "note", "kind", "held", "axes", "weights", "title", "seconds", "words")
    return {name: getattr(study, name) for name in names}


@lru_cache(maxsize=8)
def read_study(file: Path) -> Study:
    """The study that a file holds.

    Raises:
        DescentError: If it is none.
    """
    try:
        with np.load(file, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            arrays = {name: read_only(kept[name]) for name in kept.files if name != "told"}
    except Exception as error:
        raise DescentError(f"{file} holds no study of training runs; start again.") from error
    courses = tuple(
        Course(**each, **{name: arrays[f"{k}.{name}"] for name in _ARRAYS}) for k, each in enumerate(told["courses"])
    )
    (left, right), (low, high) = told["view"]
    (first, last), (bottom, top) = told["ends"]
    return Study(
        courses,
        ((left, right), (low, high)),
        ((first, last), (bottom, top)),
        arrays["table"],
        told["note"],
        told["kind"],
        told["held"],
        tuple(told["axes"]),
        told["weights"],
        told["title"],
        told["seconds"],
        {voice: {line: tuple(at) for line, at in lines.items()} for voice, lines in told["words"].items()},
    )


def named(labels: Sequence[str], folders: Sequence[str]) -> list[str]:
    """What runs are called: their optimizers, as a sentence has them; with their folders where that tells them apart.

    >>> named(["SGD  lr 0.1", "SGD  lr 0.1"], ["a", "b"])
    ['a: SGD, lr 0.1', 'b: SGD, lr 0.1']
    """
    told = [", ".join(label.replace(" · ", "  ").split("  ")) for label in labels]
    if len(set(told)) < len(told):
        told = [f"{folder}: {label}" for folder, label in zip(folders, told, strict=True)]
    return [name if told.count(name) == 1 else f"{name} ({k})" for k, name in enumerate(told, 1)]
