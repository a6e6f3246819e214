"""What is told of training runs on a slice: how each ends, what the plane holds, and what it does not."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from descent.animate.story import Story
from descent.animate.training.study import Course, Study
from descent.animate.wording import count
from descent.base.numbers import quantity
from descent.record.outcomes import outcome
from descent.stage.scene.runs import Beat

_ON = 0.01  # of the way that a path takes: what is no farther off is on the plane, to the eye
_SAME = 0.02  # of the loss: what differs by less is the same, to the eye
_CROSSED = 0.9  # of the limit


@dataclass(frozen=True)
class TrainingStory(Story):
    """The story of runs of a network; see `Story`, whose endings and title are these too.

    Args:
        study: Everything that is shown.
    """

    study: Study | None = None

    @cached_property
    def outcomes(self) -> list:  # type: ignore[type-arg]
        """How each run ended, by its record: nobody knows how it goes on."""
        return [outcome(trajectory, self._loss, 0) for trajectory in self.trajectories]

    def beats(self) -> list[Beat]:
        """What is said, and up to which step the balls roll meanwhile."""
        assert self.study is not None
        told = [self._ground(), self._start(), *self._endings(), *self._bent(), self._off(), *self._end()]
        return [beat for beat in told if beat.say]

    def _ground(self) -> Beat:
        assert self.study is not None
        study, many = self.study, len(self.study.courses)
        held = _percent(study.held)
        what = f"A network of {study.weights:,} weights"
        whose = "the path's" if many == 1 else "the paths'"
        if study.kind == "principal components":
            its = "its path" if many == 1 else "its paths"
            say = f"{what}. This plane through its weights holds {held} of the variance of {its}."
        else:
            say = f"{what}, and a plane through its weights. It holds {held} of {whose} variance."
        return Beat(say, f"A plane that holds {held.replace(' percent', ' %')} of {whose} variance")

    def _start(self) -> Beat:
        first = [float(t.loss[0]) for t in self.trajectories]
        if len(first) == 1:
            say = f"Training begins at a loss of {self._loss(first[0])}."
            return Beat(say, f"Loss {self._loss(first[0])} at the start", max(self._steps // 3, 1))
        together = all(np.allclose(t.params[0], self.trajectories[0].params[0]) for t in self.trajectories)
        number = count(len(first)).capitalize()
        where = "from one start" if together else "from different starts"
        return Beat(f"{number} runs, {where}.", f"{number} runs, {where}", max(self._steps // 3, 1))

    def _bent(self) -> list[Beat]:
        """What the sharpness does beside its limit, where both are known of the first run."""
        assert self.study is not None
        course = self.study.courses[0]
        known = np.isfinite(course.limit)
        if not course.sharp.size or not known.all():
            return []
        share = course.sharp / course.limit
        last, limit = quantity(float(course.sharp[-1])), quantity(float(course.limit[-1]))
        what = "The preconditioned sharpness" if course.adaptive else "The sharpness"
        who = "" if len(self.study.courses) == 1 else f" of {self.names[0]}"
        if share[-1] > _CROSSED:
            say = f"{what}{who} is {last} at the end. From {limit} on, steps on a plain bowl would be unstable."
            note = f"Sharpness {last}, limit {limit}"
        elif share.max() > 1:
            say = f"{what}{who} was over the limit of stable steps on the way, and is {last} at the end, under {limit}."
            note = f"Sharpness {last} at the end, limit {limit}"
        else:
            say = f"{what}{who} stays under {limit}, where steps on a plain bowl would be unstable: {last} at the end."
            note = f"Sharpness stays under its limit of {limit}"
        return [Beat(say, note)]

    def _off(self) -> Beat:
        """How far off the plane the runs end, and what the map shows under their ends."""
        assert self.study is not None
        worst = max(self.study.courses, key=_apart)
        k = self.study.courses.index(worst)
        if _apart(worst) <= _ON:
            return Beat(
                "The path stays on this plane." if len(self.study.courses) == 1 else "The paths stay on this plane.",
                "The path stays on this plane",
            )
        shown = self.study.surface.at(*worst.params[-1].tolist())
        real, below = self._loss(float(worst.loss[-1])), self._loss(shown)
        off = quantity(float(f"{worst.off[-1]:.2g}"))
        who = "The run" if len(self.study.courses) == 1 else f"{self.names[k][:1].upper()}{self.names[k][1:]}"
        if not np.isfinite(worst.loss[-1]) or abs(shown - worst.loss[-1]) <= _SAME * abs(shown) or real == below:
            return Beat(f"{who} ends {off} off this plane.", f"It ends {off} off the plane")
        return Beat(
            f"{who} ends {off} off this plane. Under it, the map shows a loss of {below}; its own is {real}.",
            f"Map: {below}; the network's own loss: {real}",
        )

    def _end(self) -> list[Beat]:
        if len(self.trajectories) == 1:
            return []
        say, note = self._compared()
        return [Beat(say, note)]


def _apart(course: Course) -> float:
    """How far off the plane a run ends, as a share of the length of its way on it."""
    way = float(np.linalg.norm(np.diff(course.params, axis=0), axis=1).sum())
    return float(course.off[-1]) / max(way, 1e-300)


def _percent(share: float) -> str:
    """A share in words: never all where it is not, and never nothing.

    >>> _percent(0.873), _percent(0.9999), _percent(0.001)
    ('87 percent', 'over 99 percent', 'under 1 percent')
    """
    if 0.99 < share < 1:
        return "over 99 percent"
    return "under 1 percent" if share < 0.01 else f"{share:.0%}".replace("%", " percent")
