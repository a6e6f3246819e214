"""The story of some runs, written from their record: title, beats and claims."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from descent.animate.wording import can_be_told, count, listed, names, ordinal
from descent.base.numbers import loss_text, number, quantity, short_point
from descent.record.claims import Claim
from descent.record.minima import lowest, lowest_level
from descent.record.outcomes import NEAR, Ending, Outcome, climbs, outcome, steps, upward
from descent.record.tails import budgets
from descent.record.torch_specs import torch_class
from descent.record.trajectories import Trajectory
from descent.stage.scene.comparison import title_fits
from descent.stage.scene.runs import Beat

_MANY = {
    Ending.UNDEFINED: "end with an undefined loss",
    Ending.DIVERGES: "diverge",
    Ending.FALLS: "go down without end",
    Ending.LEAVES: "leave the view",
    Ending.OUTSIDE: "are outside the view",
    Ending.CHAOTIC: "are chaotic here",
    Ending.RESTLESS: "have not come to rest",
    Ending.SWINGING: "are still swinging",
    Ending.SWINGS: "keep swinging",
    Ending.UNMOVED: "have hardly moved",
    Ending.STANDS: "stand still for now",
    Ending.DESCENDS: "are still going down",
    Ending.RESTS: "come to rest at no minimum",
    Ending.FLAT: "come to rest on flat ground",
    Ending.LOCAL: "get stuck in a local minimum",
    Ending.NEAR: "end near the lowest minimum",
    Ending.STAYS: "stay at the minimum where they start",
    Ending.LOWEST: "reach the lowest minimum",
}
_GONE = {Ending.DIVERGES, Ending.FALLS, Ending.LEAVES}
_AT_A_LOSS = set(Ending) - {Ending.UNDEFINED, Ending.DIVERGES, Ending.FALLS, Ending.SWINGS, Ending.CHAOTIC}
_FOUND = {Ending.LOWEST, Ending.LOCAL, Ending.STAYS, Ending.FLAT}
_NOW = {ending for ending in Ending if ending.passing} - {Ending.NEAR}
_LOST = {Ending.UNDEFINED, Ending.DIVERGES, Ending.FALLS}
_OTHERWISE = {
    Ending.RESTS: _LOST | {Ending.SWINGS},
    Ending.FLAT: _LOST | {Ending.SWINGS, Ending.RESTS},
    Ending.LOCAL: _LOST | {Ending.SWINGS, Ending.RESTS, Ending.FLAT},
    Ending.STAYS: _LOST | {Ending.SWINGS, Ending.RESTS, Ending.FLAT, Ending.LOCAL, Ending.LEAVES},
}
"""What is no ending of the same kind, nor may become one, by ending; for the lowest minimum, losses tell."""
_LONGEST_TITLE = 60
_NAMED = 3  # more runs are counted, not named
_WORDS = 10  # that names may take of a sentence
_SEEN = 3  # steps that a run is followed past its last in the view


@dataclass(frozen=True)
class Story:
    """What a film of some runs tells.

    Args:
        trajectories: The runs, traced.
        points: How many data points the loss is over, 0 for a plain surface.
        searched: Whether the minima were found by a search.
        standardized: Whether the data were brought to mean 0 and deviation 1.
    """

    trajectories: Sequence[Trajectory]
    points: int = 0
    searched: bool = False
    standardized: bool = False

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """How each run ended."""
        runs = [trajectory.run for trajectory in self.trajectories]
        return [
            outcome(trajectory, self._loss, most)
            for trajectory, most in zip(self.trajectories, budgets(runs), strict=True)
        ]

    @cached_property
    def names(self) -> list[str]:
        """What each run is called; by its place in the legend, where its settings or its own name fit no sentence."""
        runs = [trajectory.run for trajectory in self.trajectories]
        return [
            name
            if len(name.split()) <= _WORDS and (not run.name or can_be_told(name))
            else f"the {ordinal(k)} run"
            if len(runs) > 1
            else "the run"
            if run.name
            else name.split(" with ")[0]
            for k, (name, run) in enumerate(zip(names(runs), runs, strict=True))
        ]

    def title(self) -> str:
        """What the runs show, in a sentence that is true of them."""
        outcomes = self.outcomes
        told, lengths = [each.told for each in outcomes], {t.last_step for t in self.trajectories}
        after = f" after {steps(max(lengths))}" if len(lengths) == 1 else " so far"
        if len(told) == 1:
            (run,) = (trajectory.run for trajectory in self.trajectories)
            name = _capital(self.names[0]) if run.name else torch_class(run.optimizer).__name__
            titles = [f"{who} {told[0]}{after if outcomes[0].ending in _NOW else ''}" for who in (name, "The run")]
            return next(each for each in map(self._worded, titles) if title_fits(each))
        if len(set(told)) == 1:
            many = "Both runs" if len(told) == 2 else f"All {count(len(told))} runs"
            if outcomes[0].ending is Ending.RESTLESS:
                return f"{'Neither' if len(told) == 2 else 'No'} run has come to rest{after}"
            return self._worded(f"{many} {_many(outcomes[0])}{after if outcomes[0].ending in _NOW else ''}")
        best = max(outcomes, key=lambda each: list(Ending).index(each.ending))
        who = [name for name, words in zip(self.names, told, strict=True) if words == best.told]
        nows = [after if each.ending in _NOW else "" for each in outcomes]
        pairs = [f"{name} {words}{now}" for name, words, now in zip(self.names, told, nows, strict=True)]
        both = _capital(", ".join(pairs)) if len(pairs) == 2 else ""
        only_one = f"Only {who[0]} {best.told}" if len(who) == 1 and self._alone(best) else ""
        verb = best.told if len(who) == 1 else _many(best)
        some = f"{_capital(count(len(who)))} of {count(len(told))} runs {verb}" if self._apart(best) else ""
        if some and best.ending is Ending.LOWEST and not self._alone(best):
            some += f" in {steps(self._steps)}"
        if best.ending in _GONE and not any(each.ending is Ending.UNDEFINED for each in outcomes):
            some = "No run stays in the view"
        starts = {trajectory.run.start for trajectory in self.trajectories}
        plain = f"{_capital(count(len(told)))} runs from {'different starts' if len(starts) > 1 else 'one start'}"
        titles = [self._worded(each) for each in (both, only_one, some, plain) if each]
        return next(each for each in titles if len(each) <= _LONGEST_TITLE and title_fits(each))

    def _alone(self, best: Outcome) -> bool:
        """Whether what is told of the best holds of no other run, however long they go on."""
        if best.ending is Ending.LOWEST and any(each.later for each in self.outcomes if each.told != best.told):
            return False
        return not best.ending.passing and self._apart(best)

    def _apart(self, best: Outcome) -> bool:
        """Whether no other run does as the best, told in other words: some are told by where they are.

        Who is beside the lowest minimum, or at its loss, but not told to reach it, has been there too.
        """
        others = [(told, t) for told, t in zip(self.outcomes, self.trajectories, strict=True) if told.told != best.told]
        if any(told.climbs != best.climbs for told, _ in others):
            return False  # who climbs may come to rest where the others do, and is told of it in other words
        if best.ending is Ending.LOWEST:
            finals = [loss for each in self.outcomes if each.told == best.told for loss in each.losses]
            return all(self._is_higher(t, finals) for _, t in others)
        return all(told.ending in _OTHERWISE.get(best.ending, ()) for told, _ in others)

    def _is_higher(self, trajectory: Trajectory, finals: Sequence[float]) -> bool:
        """Whether the last quarter of a run is clearly above losses at which others end, and away from the minima."""
        sign = -1 if climbs(trajectory) else 1
        level = max(sign * loss for loss in finals)
        height = max(sign * each.loss[0] for each in self.trajectories) - level
        last = slice(3 * trajectory.steps // 4, None)
        above = np.nan_to_num(sign * trajectory.loss[last], nan=np.inf).min() - level
        surface = trajectory.run.surface
        sides = np.array([high - low for low, high in surface.domain])
        gaps = [np.hypot(*((trajectory.params[last] - place) / sides).T) for place in lowest(surface) if sign > 0]
        nearest = min((float(np.nan_to_num(gap, nan=np.inf).min()) for gap in gaps), default=0.0)
        return bool(height > 0 and (above > 1e-2 * height or (above > 1e-4 * height and nearest > 5 * NEAR)))

    def claims(self) -> list[Claim]:
        """A claim for each run's ending; together they make the title true."""
        return [
            Claim(self._worded(f"{_capital(name)} {each.told}{each.detail}."), (trajectory.run,), each.holds)
            for name, each, trajectory in zip(self.names, self.outcomes, self.trajectories, strict=True)
        ]

    def beats(self) -> list[Beat]:
        """What is said, and up to which step the balls roll meanwhile."""
        told = [self._ground(), self._start(), *self._endings(), *self._averages(), self._close()]
        return [Beat(self._worded(beat.say), self._worded(beat.note), beat.to) for beat in told]

    def _ground(self) -> Beat:
        if self.points:
            points = f"{self.points} standardized points" if self.standardized else f"{self.points} points"
            return Beat(
                f"{points}, and a line. Its slope is called weight, its height bias. "
                "Together they are one spot on the map.",
                "Every line is one spot on the map",
            )
        say = "A loss of two parameters, seen from above. Dark ground is low."
        surface = self.trajectories[0].run.surface
        if not surface.minima:
            there = math.isfinite(lowest_level(surface)) or any(
                each.ending in _FOUND and not each.climbs for each in self.outcomes
            )
            known = "No single point is marked as its lowest." if there else "No minimum is known in this view."
            return Beat(f"{say} {known}", "A loss of two parameters, seen from above")
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
        found = list(enumerate(each.told for each in self.outcomes))
        told = dict.fromkeys(words for _, words in found)
        groups = [[k for k, each in found if each == words] for words in told]
        groups = sorted(groups, key=self._seen)
        return [
            Beat(*self._ended(group), self._steps if group is groups[-1] else self._seen(group)) for group in groups
        ]

    def _seen(self, group: Sequence[int]) -> int:
        """The step at which it is seen how all of a group end."""
        gone = self.outcomes[group[0]].ending in _GONE
        return min(max(self.outcomes[k].step for k in group) + _SEEN * gone, self._steps)

    def _ended(self, group: Sequence[int]) -> tuple[str, str]:
        ends = [self.outcomes[k] for k in group]
        first, who = ends[0], [self.names[k] for k in group]
        if len(group) == 1:
            note = f"{_capital(who[0])} {first.told}"
            note = note if len(note) <= _LONGEST_TITLE else _capital(first.told)
            return f"{_capital(who[0])} {first.told}{first.detail}.", note
        number = f"{count(len(group))} runs"
        if len(group) == len(self.trajectories):
            number = "both runs" if len(group) == 2 else f"all {count(len(group))} runs"
        short, agreed = self._short(who), all(each.agreed for each in ends)
        counted = f"{_capital(number)} {_many(first)}"
        if first.ending is Ending.RESTLESS and len(group) == len(self.trajectories):
            counted = f"{'Neither' if len(group) == 2 else 'No'} run has come to rest"
        say = f"{_capital(listed(who))} {_many(first)}" if short else counted
        lengths = {self.trajectories[k].last_step for k in group}
        if first.ending in _NOW and len(lengths) == 1:
            say += f" after {steps(lengths.pop())}"
        if first.ending is Ending.LOWEST and agreed:
            when = [each.step for each in ends]
            alike = f", at step {when[0]}" if len(set(when)) == 1 else f", at steps {listed(list(map(str, when)))}"
            say += alike if short or len(set(when)) == 1 else f", the first at step {min(when)}"
        elif first.ending in _AT_A_LOSS and agreed and short:
            losses = list(dict.fromkeys(self._loss(self.trajectories[k].loss[-1]) for k in group))
            say += f", at {'losses' if len(losses) > 1 else 'a loss'} of {listed(losses)}"
        return f"{say}.", counted

    def _averages(self) -> list[Beat]:
        """Schedule-free optimizers answer with an average that the record does not hold."""
        kinds = {torch_class(t.run.optimizer) for t in self.trajectories}
        free = sorted(kind.__name__ for kind in kinds if hasattr(kind, "train") and hasattr(kind, "eval"))
        if not free:
            return []
        say = f"{listed(free)} is drawn where it takes its gradients. The average it would answer with is not shown."
        return [Beat(say, "Shown: where the gradients are taken")]

    def _close(self) -> Beat:
        say, note = self._compared() if len(self.trajectories) > 1 else self._one()
        cut = [each.followed for each in self.outcomes if not each.whole]
        last = f"Followed only to step {min(cut):,}." if cut else "Another start may end elsewhere."
        return Beat(f"{say} {last}".strip(), note)

    def _one(self) -> tuple[str, str]:
        (one,), (told,) = self.trajectories, self.outcomes
        first, last, taken = self._loss(one.loss[0]), self._loss(one.loss[-1]), steps(int(one.at[-1]))
        if not self._steady(told):
            return f"{taken}, from a loss of {first}.", f"{taken} from a loss of {first}"
        last = "one that is undefined" if math.isnan(one.loss[-1]) else last
        return f"{taken}, from a loss of {first} to {last}.", f"{taken}: loss {first} to {last}"

    def _compared(self) -> tuple[str, str]:
        """Who has the lowest loss at the end, as far as the digits shown and all neighbours tell."""
        outcomes, climbing = self.outcomes, {each.climbs for each in self.outcomes}
        finite = [k for k, each in enumerate(outcomes) if all(map(math.isfinite, each.losses))]
        if not finite:
            return "No run ends at a finite loss.", "No run ends at a finite loss"
        if len(climbing) > 1 or any(each.ending is Ending.FALLS for each in outcomes):
            return "", "Another start may end elsewhere"  # up is good for some, or no finite loss is the lowest
        up = climbing.pop()
        worded = upward if up else str
        finals = {k: outcomes[k].losses for k in finite}
        best = (max if up else min)(finite, key=lambda k: finals[k][0])
        ways = (self._loss, self._tie)  # the digits shown elsewhere, and those compared in
        tied = [k for k in finite if any(way(finals[k][0]) == way(finals[best][0]) for way in ways)]
        others = [loss for k in finite if k not in tied for loss in finals[k]]
        ahead = all(loss > other if up else loss < other for k in tied for loss in finals[k] for other in others)
        steady = all(self._steady(outcomes[k]) for k in tied)
        if not ahead or (len(tied) > 1 and not steady):
            return "", "Another start may end elsewhere"
        if len(tied) == 1:
            (only,) = tied
            name, loss = self.names[only], self._loss(finals[only][0])
            if not steady:
                return worded(f"The lowest loss at the end is that of {name}."), worded(f"Lowest at the end: {name}")
            return worded(f"The lowest loss at the end is {loss}, by {name}."), worded(f"Lowest at the end: {loss}")
        shown = [way(finals[best][0]) for way in ways if len({way(finals[k][0]) for k in tied}) == 1]
        loss = shown[0] if shown else self._loss(finals[best][0])
        every = len(tied) == len(outcomes)
        who = ("Both" if len(tied) == 2 else "All") if every else _capital(count(len(tied)))
        say = f"{who} runs end at a loss of about {loss}{'' if every else ', the lowest'}."
        return worded(say), worded(f"Lowest at the end: about {loss}")

    def _steady(self, told: Outcome) -> bool:
        """Whether the run's neighbours end at its loss, in the digits shown."""
        return len({self._tie(loss) for loss in told.losses}) == len({self._loss(loss) for loss in told.losses}) == 1

    def _tie(self, loss: float) -> str:
        """A loss in as many digits as runs are compared in: about a thousandth of what the losses move in."""
        decimals = self._decimals
        return number(loss, decimals) if decimals <= 3 and abs(loss) < 1e6 else quantity(round(loss, decimals))

    def _together(self) -> int | None:
        """The step up to which runs from one start stay together; for a run alone, a third of its way."""
        if len(self.trajectories) == 1:
            return max(self._steps // 3, 1)
        view = np.array([high - low for low, high in self.trajectories[0].run.surface.domain])
        rows = min(len(t.params) for t in self.trajectories)
        with np.errstate(all="ignore"):
            pairs = combinations([np.nan_to_num(t.params[:rows], nan=np.inf) / view for t in self.trajectories], 2)
            away = [np.flatnonzero(~(np.abs(a - b).max(axis=1) <= 10 * NEAR)) for a, b in pairs]
        first = min((int(each[0]) for each in away if each.size), default=rows - 1)
        return min(first, self._steps // 2) or None

    @property
    def _steps(self) -> int:
        return max(trajectory.last_step for trajectory in self.trajectories)

    def _loss(self, value: float) -> str:
        """A loss as the legend shows it, but where that takes too many figures."""
        plain = 1e-3 <= abs(value) < 1e4
        return loss_text(float(value), min(self._decimals, 3)) if plain else quantity(value)

    @cached_property
    def _decimals(self) -> int:
        """Decimals that tell losses apart: fewer the wider the range they move in, in the runs that stay."""
        stayed = [t.loss for t in self.trajectories if np.isfinite(t.loss).all() and self._stayed(t)]
        losses = np.concatenate(stayed or [t.loss[np.isfinite(t.loss)] for t in self.trajectories])
        size = math.floor(math.log10(wide)) if (wide := float(np.ptp(losses))) > 0 else 0
        return max(1, 3 - size)

    @staticmethod
    def _stayed(trajectory: Trajectory) -> bool:
        return trajectory.run.surface.contains(*trajectory.params[-1].tolist())

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
        if several or any(each.several for each in self.outcomes if each.ending is Ending.LOWEST):
            text = re.sub(r"(each|eaches|near) the lowest", r"\1 a lowest", text)
        return text


def _many(told: Outcome) -> str:
    """An ending's words for several runs."""
    return upward(_MANY[told.ending]) if told.climbs else _MANY[told.ending]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
