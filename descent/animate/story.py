"""The story of some runs, written from their record: title, beats and claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from descent.animate.wording import count, listed, names, ordinal
from descent.base.numbers import loss_text, number, short_point
from descent.record.claims import Claim
from descent.record.measures import loss_decimals
from descent.record.outcomes import Ending, Outcome, lowest, outcome, quantity, radius
from descent.record.torch_specs import torch_class
from descent.record.trajectories import Trajectory
from descent.stage.scene.runs import Beat

_MANY = {
    Ending.DIVERGES: "diverge",
    Ending.LEAVES: "leave the view",
    Ending.RESTLESS: "have not come to rest",
    Ending.SWINGS: "keep swinging",
    Ending.DESCENDS: "are still going down",
    Ending.RESTS: "come to rest at no minimum",
    Ending.LOCAL: "get stuck in a local minimum",
    Ending.NEAR: "end near the lowest minimum",
    Ending.LOWEST: "reach the lowest minimum",
}
_LONGEST_TITLE = 60
_NAMED = 3  # more runs are counted, not named
_WORDS = 10  # that names may take of a sentence
_SEEN = 3  # steps that a run is followed past its last in the view
_TIED = 1e-4  # of the range of all losses: nobody sees it


@dataclass(frozen=True, slots=True)
class Story:
    """What a film of some runs tells.

    Args:
        trajectories: The runs, traced.
        points: How many data points the loss is over, 0 for a plain surface.
        searched: Whether the minima were found by a search.
    """

    trajectories: Sequence[Trajectory]
    points: int = 0
    searched: bool = False

    @property
    def outcomes(self) -> list[Outcome]:
        """How each run ended."""
        return [outcome(trajectory, self._loss) for trajectory in self.trajectories]

    @property
    def names(self) -> list[str]:
        """What each run is called; by its place in the legend, where its settings would fill a sentence."""
        own = names([trajectory.run for trajectory in self.trajectories])
        return [
            name
            if len(name.split()) <= _WORDS
            else f"the {ordinal(k)} run"
            if len(own) > 1
            else name.split(" with ")[0]
            for k, name in enumerate(own)
        ]

    def title(self) -> str:
        """What the runs show, in a sentence that is true of them."""
        endings = [each.ending for each in self.outcomes]
        if len(endings) == 1:
            return self._worded(f"{_kind(self.trajectories[0])} {endings[0]}")
        if len(set(endings)) == 1:
            many = "Both runs" if len(endings) == 2 else f"All {count(len(endings))} runs"
            return self._worded(f"{many} {_MANY[endings[0]]}")
        best = max(endings, key=list(Ending).index)
        who = [name for name, ending in zip(self.names, endings, strict=True) if ending is best]
        told = [f"{name} {ending}" for name, ending in zip(self.names, endings, strict=True)]
        both = _capital(", ".join(told)) if len(told) == 2 else ""
        only = f"Only {who[0]} {best}" if len(who) == 1 else ""
        verb = best if len(who) == 1 else _MANY[best]
        some = f"{_capital(count(len(who)))} of {count(len(endings))} runs {verb}"
        return next(self._worded(each) for each in (both, only, some) if each and len(each) <= _LONGEST_TITLE)

    def claims(self) -> list[Claim]:
        """A claim for each run's ending; together they make the title true."""
        return [
            Claim(self._worded(f"{_capital(name)} {each.ending}{each.detail}."), (trajectory.run,), each.holds)
            for name, each, trajectory in zip(self.names, self.outcomes, self.trajectories, strict=True)
        ]

    def beats(self) -> list[Beat]:
        """What is said, and up to which step the balls roll meanwhile."""
        told = [self._ground(), self._start(), *self._endings(), *self._averages(), self._close()]
        return [Beat(self._worded(beat.say), self._worded(beat.note), beat.to) for beat in told]

    def _ground(self) -> Beat:
        if self.points:
            return Beat(
                f"{self.points} points, and a line. Its slope is called weight, its height bias. "
                "Together they are one spot on the map.",
                "Every line is one spot on the map",
            )
        say = "A loss of two parameters, seen from above. Dark ground is low."
        minima = self.trajectories[0].run.surface.minima
        if not minima:
            return Beat(f"{say} No minimum is known in this view.", "A loss of two parameters, seen from above")
        shared = len(lowest(self.trajectories[0].run.surface))
        if shared > 1:
            found = "Of those found," if self.searched else ""
            who = f"{count(shared)}{'' if found else ' minima'}"
            rest = f"{found} {who} share the lowest loss; the star marks one.".strip()
            return Beat(f"{say} {_capital(rest)}", f"{_capital(count(shared))} lowest minima")
        star = " The star is the lowest minimum that a search of this view found."
        known = star if self.searched else " The star is the lowest minimum."
        note = f"Seen from above{'; minima found by a search of this view' if self.searched else ''}"
        return Beat(say + known, note)

    def _start(self) -> Beat:
        runs = [trajectory.run for trajectory in self.trajectories]
        loss = self._loss(self.trajectories[0].loss[0])
        if len(runs) == 1:
            where = f"starts at {short_point(runs[0].start)}, at a loss of {loss}"
            return Beat(f"{_capital(self.names[0])} {where}.", f"Loss {loss} at the start", self._together())
        who = f": {listed(self.names)}" if self._short(self.names) else ""
        number = _capital(count(len(runs)))
        if len({run.start for run in runs}) > 1:
            return Beat(f"{number} runs, from different starts{who}.", f"{number} runs, different starts")
        where = f"start together at {short_point(runs[0].start)}, at a loss of {loss}"
        return Beat(f"{number} runs {where}{who}.", f"{number} runs, one start: loss {loss}", self._together())

    def _endings(self) -> list[Beat]:
        """A beat for each way of ending, in the order in which they are seen; the last rolls to the end."""
        found = list(enumerate(self.outcomes))
        groups = [[k for k, each in found if each.ending is ending] for ending in Ending]
        groups = sorted(filter(None, groups), key=self._seen)
        return [
            Beat(*self._ended(group), self._steps if group is groups[-1] else self._seen(group)) for group in groups
        ]

    def _seen(self, group: Sequence[int]) -> int:
        """The step at which it is seen how all of a group end."""
        gone = self.outcomes[group[0]].ending in (Ending.DIVERGES, Ending.LEAVES)
        return min(max(self.outcomes[k].step for k in group) + _SEEN * gone, self._steps)

    def _ended(self, group: Sequence[int]) -> tuple[str, str]:
        ends = [self.outcomes[k] for k in group]
        ending, who = ends[0].ending, [self.names[k] for k in group]
        if len(group) == 1:
            note = f"{_capital(who[0])} {ending}"
            return f"{_capital(who[0])} {ending}{ends[0].detail}.", note if len(note) <= _LONGEST_TITLE else _capital(
                ending
            )
        number = f"{count(len(group))} of {count(len(self.trajectories))} runs"
        if len(group) == len(self.trajectories):
            number = "both runs" if len(group) == 2 else f"all {count(len(group))} runs"
        say = f"{_capital(listed(who) if self._short(who) else number)} {_MANY[ending]}"
        if ending is Ending.LOWEST:
            steps = [each.step for each in ends]
            say += (
                f", at steps {listed(list(map(str, steps)))}"
                if self._short(who)
                else f", the first at step {min(steps)}"
            )
        elif ending not in (Ending.DIVERGES, Ending.SWINGS) and self._short(who):
            losses = list(dict.fromkeys(self._loss(self.trajectories[k].loss[-1]) for k in group))
            say += f", at {'losses' if len(losses) > 1 else 'a loss'} of {listed(losses)}"
        return f"{say}.", f"{_capital(number)} {_MANY[ending]}"

    def _averages(self) -> list[Beat]:
        """Schedule-free optimizers answer with an average that the record does not hold."""
        kinds = {torch_class(t.run.optimizer) for t in self.trajectories}
        free = sorted(kind.__name__ for kind in kinds if hasattr(kind, "train") and hasattr(kind, "eval"))
        if not free:
            return []
        say = f"{listed(free)} is drawn where it takes its gradients. The average it would answer with is not shown."
        return [Beat(say, "Shown: where the gradients are taken")]

    def _close(self) -> Beat:
        if len(self.trajectories) == 1:
            (one,) = self.trajectories
            first, last = self._loss(one.loss[0]), self._loss(one.loss[-1])
            say = f"{one.steps} steps, from a loss of {first} to {last}. Another start may end elsewhere."
            return Beat(say, f"{one.steps} steps: loss {first} to {last}")
        finals = np.array([t.loss[-1] if t.diverged_at is None else np.inf for t in self.trajectories])
        best, loss = int(finals.argmin()), self._loss(finals.min())
        told = np.concatenate([t.loss[np.isfinite(t.loss)] for t in self.trajectories])
        tied = [
            name for name, final in zip(self.names, finals, strict=True) if final - finals.min() <= _TIED * np.ptp(told)
        ]
        if len(tied) == 1:
            say, note = f"The lowest loss at the end is {loss}, by {self.names[best]}.", f"Lowest at the end: {loss}"
        else:
            loss = number(float(finals.min()), loss_decimals(self.trajectories))
            who = "Both" if len(tied) == len(finals) == 2 else _capital(count(len(tied)))
            say = f"{who if len(tied) < len(finals) or len(tied) == 2 else 'All'} runs end at a loss of about {loss}"
            say, note = (
                f"{say}, the lowest." if len(tied) < len(finals) else f"{say}.",
                f"Lowest at the end: about {loss}",
            )
        return Beat(f"{say} Another start may end elsewhere.", note)

    def _together(self) -> int | None:
        """The step up to which runs from one start stay together; for a run alone, a third of its way."""
        if len(self.trajectories) == 1:
            return max(self._steps // 3, 1)
        apart = 10 * radius(self.trajectories[0].run.surface)
        rows = min(len(t.params) for t in self.trajectories)
        pairs = combinations([np.nan_to_num(t.params[:rows], nan=np.inf) for t in self.trajectories], 2)
        away = [np.flatnonzero(~(np.abs(a - b).max(axis=1) <= apart)) for a, b in pairs]
        first = min((int(each[0]) for each in away if each.size), default=rows - 1)
        return min(first, self._steps // 2) or None

    @property
    def _steps(self) -> int:
        return max(trajectory.run.steps for trajectory in self.trajectories)

    def _loss(self, value: float) -> str:
        """A loss as the legend shows it, but where that takes too many figures."""
        plain = 1e-3 <= abs(value) < 1e4
        return loss_text(float(value), loss_decimals(self.trajectories)) if plain else quantity(value)

    @staticmethod
    def _short(names: Sequence[str]) -> bool:
        """Whether names fit into a sentence, and say something there."""
        return (
            not any(name.startswith("the ") for name in names)
            and len(names) <= _NAMED
            and len(" ".join(names).split()) <= _WORDS
        )

    def _worded(self, text: str) -> str:
        """The words of a regression, where the minimum is a line, and of a surface with several lowest minima."""
        if self.points:
            return text.replace("the lowest minimum", "the best line")
        several = len(lowest(self.trajectories[0].run.surface)) > 1
        return text.replace("the lowest minimum", "a lowest minimum") if several else text


def _kind(trajectory: Trajectory) -> str:
    return torch_class(trajectory.run.optimizer).__name__


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
