"""The story of some runs, written from their record: title, beats and claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from descent.animate.names import count, listed, names, place
from descent.animate.outcomes import Ending, Outcome, lowest, outcome, quantity, radius
from descent.claims import Claim
from descent.partials import torch_class
from descent.stage.run_scene import Beat
from descent.trajectories import Trajectory

_MANY = {
    Ending.DIVERGES: "diverge",
    Ending.LEAVES: "leave the view",
    Ending.LOCAL: "get stuck in a local minimum",
    Ending.SWINGS: "keep swinging",
    Ending.DESCENDS: "are still going down",
    Ending.ENDS: "come to an end elsewhere",
    Ending.NEAR: "end near the lowest minimum",
    Ending.LOWEST: "reach the lowest minimum",
}
_LONGEST_TITLE = 60
_NAMED = 3  # more runs are counted, not named


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
        return [outcome(trajectory) for trajectory in self.trajectories]

    @property
    def names(self) -> list[str]:
        """What each run is called."""
        return names([trajectory.run for trajectory in self.trajectories])

    def title(self) -> str:
        """What the runs show, in a sentence that is true of them."""
        endings = [each.ending for each in self.outcomes]
        best = max(endings, key=list(Ending).index)
        who = [name for name, ending in zip(self.names, endings, strict=True) if ending is best]
        if len(set(endings)) == 1:
            many = "Both runs" if len(endings) == 2 else f"All {count(len(endings))} runs"
            full = f"{self._kind(0)} {best}" if len(endings) == 1 else f"{many} {_MANY[best]}"
            return self._worded(full)
        full = f"Only {who[0]} {best}" if len(who) == 1 else ""
        if not full or len(full) > _LONGEST_TITLE:
            verb = best if len(who) == 1 else _MANY[best]
            full = f"{count(len(who)).capitalize()} of {count(len(endings))} runs {verb}"
        return self._worded(full)

    def claims(self) -> list[Claim]:
        """A claim for each run's ending; together they make the title true."""
        return [
            Claim(self._worded(f"{_capital(name)} {each.ending}, {each.detail}."), (trajectory.run,), each.holds)
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
            found = " Of those a search found," if self.searched else ""
            rest = f"{count(shared)} minima share the lowest loss; the star marks one."
            return Beat(f"{say}{found} {rest if found else _capital(rest)}", f"{_capital(count(shared))} lowest minima")
        star = " The star is the lowest minimum that a search of this view found."
        known = star if self.searched else " The star is the lowest minimum."
        note = f"Seen from above{'; minima found by a search of this view' if self.searched else ''}"
        return Beat(say + known, note)

    def _start(self) -> Beat:
        runs = [trajectory.run for trajectory in self.trajectories]
        loss = quantity(self.trajectories[0].loss[0])
        if len(runs) == 1:
            where = f"starts at {place(runs[0].start)}, at a loss of {loss}"
            return Beat(f"{_capital(self.names[0])} {where}.", f"Loss {loss} at the start", self._together())
        who = f": {listed(self.names)}" if len(runs) <= _NAMED and len(" ".join(self.names).split()) <= 12 else ""
        number = count(len(runs)).capitalize()
        if len({run.start for run in runs}) > 1:
            return Beat(f"{number} runs, from different starts{who}.", f"{number} runs, different starts")
        where = f"start together at {place(runs[0].start)}, at a loss of {loss}"
        return Beat(f"{number} runs {where}{who}.", f"{number} runs, one start: loss {loss}", self._together())

    def _endings(self) -> list[Beat]:
        """A beat for each way of ending, in the order in which they are seen; the last rolls to the end."""
        found = list(enumerate(self.outcomes))
        groups = [[k for k, each in found if each.ending is ending] for ending in Ending]
        groups = sorted(filter(None, groups), key=lambda group: max(self.outcomes[k].step for k in group))
        beats = []
        for number, group in enumerate(groups):
            last = number == len(groups) - 1
            to = self._steps if last else min(max(self.outcomes[k].step for k in group) + 0, self._steps)
            beats.append(Beat(*self._ended(group), to))
        return beats

    def _ended(self, group: Sequence[int]) -> tuple[str, str]:
        ending = self.outcomes[group[0]].ending
        who, details = [self.names[k] for k in group], [self.outcomes[k].detail for k in group]
        if len(group) == 1:
            return f"{_capital(who[0])} {ending}, {details[0]}.", f"{_capital(self._short(group[0]))} {ending}"
        short = len(group) <= _NAMED and len(" ".join(who).split()) <= 12
        number = f"{count(len(group))} of {count(len(self.trajectories))} runs"
        if len(group) == len(self.trajectories):
            number = "both runs" if len(group) == 2 else f"all {count(len(group))} runs"
        say = f"{_capital(listed(who) if short else number)} {_MANY[ending]}"
        same = len(set(details)) == 1
        if same or (short and len(" ".join([say, *details]).split()) <= 24):
            say += f", {details[0] if same else listed(details)}"
        elif ending is Ending.LOWEST:
            first = min(group, key=lambda k: self.outcomes[k].step)
            say += f", the first {self.outcomes[first].detail}"
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
            first, last = quantity(one.loss[0]), quantity(one.loss[-1])
            say = f"{one.steps} steps, from a loss of {first} to {last}. Another start may end elsewhere."
            return Beat(say, f"{one.steps} steps: loss {first} to {last}")
        finals = [float(t.loss[-1]) if t.diverged_at is None else np.inf for t in self.trajectories]
        best = int(np.argmin(finals))
        loss = quantity(finals[best])
        if [quantity(each) for each in finals].count(loss) > 1:
            say, note = (
                f"The lowest loss at the end is {loss}, and more than one run has it.",
                f"Lowest at the end: {loss}",
            )
        else:
            say = f"The lowest loss at the end is {loss}, by {self.names[best]}."
            note = f"Lowest at the end: {loss}"
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

    def _kind(self, index: int) -> str:
        return self.names[index].split(" with ")[0].split(" from ")[0]

    def _short(self, index: int) -> str:
        name = self.names[index]
        return name if len(name) <= 40 else f"run {index + 1}"

    def _worded(self, text: str) -> str:
        """The words of a regression, where the minimum is a line, and of a surface with several lowest minima."""
        if self.points:
            return text.replace("the lowest minimum", "the best line")
        several = len(lowest(self.trajectories[0].run.surface)) > 1
        return text.replace("the lowest minimum", "a lowest minimum") if several else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
