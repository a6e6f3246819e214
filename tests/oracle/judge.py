"""Every sentence that a story can tell, and whether it is true: by what a plain loop does, knowing nothing of descent.

``PATTERNS`` holds a judge for each sentence; one that matches none is a new sentence, which needs an oracle.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from oracle.plain import LENGTHS, Ground, Way

NUMBERS = {"no": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
LOSS = r"(?:−?[\d,]+(?:\.\d+)?(?:e−?\d+| × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|−?∞|undefined)"
SIZE = 0.012  # of the view: near, with room for other people's ways of measuring


@dataclass(frozen=True)
class Race:
    """What was run, and what its runs are called."""

    ways: Sequence[Way]
    names: Sequence[str]
    stars: Sequence[tuple[float, float]]
    points: int = 0


# Numbers as they are written


def value(text: str) -> float:
    if text.lstrip("−") == "∞":
        return -math.inf if text.startswith("−") else math.inf
    if text == "undefined":
        return math.nan
    plain = text.replace("−", "-").replace(",", "")
    factor, _, power = plain.partition(" × 10")
    if power:
        return float(f"{factor}e{power.translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789'))}")
    return float(plain)


def agrees(text: str, number: float) -> bool:
    """Whether a written number is another, rounded to the digits written."""
    told = value(text)
    if not math.isfinite(told):
        return told == number or (math.isnan(told) and math.isnan(number))
    if text == "0":
        return number == 0
    digits = re.match(r"−?([\d,]+)(?:\.(\d+))?", text)
    assert digits is not None
    exponent = 0
    if "e" in text or "×" in text:
        exponent = round(math.log10(abs(told) / float(digits[0].replace("−", "").replace(",", ""))))
    unit = 10.0 ** (exponent - len(digits[2] or ""))
    figures = 10.0 ** (math.floor(math.log10(abs(told))) - 2) if told else 0  # three figures of a whole number
    return abs(told - number) <= 0.51 * max(
        unit, figures if digits[2] is None and abs(told) >= 1e4 else 0
    ) + 1e-12 * abs(number)


# How a run ends


def lost(way: Way) -> bool:
    w, loss = way.record
    return not (np.isfinite(loss[-1]) and np.isfinite(w[-1]).all())


def apart(way: Way, w: np.ndarray, point: np.ndarray) -> np.ndarray:
    return np.hypot(*((w - point) / way.ground.sides).T)


def stays_from(way: Way, step: int) -> np.ndarray | None:
    """The place by which the run stays from a step on to 25 times its length, if there is one."""
    w, loss = way.tail
    if not np.isfinite(loss[-1]) or len(loss) <= LENGTHS * way.steps:
        return None
    home = np.median(w[-max(len(w) // 5, 1) :], axis=0)
    return home if apart(way, w[step:], home).max() <= 2 * SIZE else None


def moved(way: Way) -> float:
    w, _ = way.record
    return float(apart(way, w, w[0]).max())


def home_of(way: Way, step: int | None, strict: bool = False) -> np.ndarray | None:
    """The minimum to which it came, and where it stays, having come from farther away; strictly: much farther."""
    home = stays_from(way, way.steps if step is None else step)
    if home is None or step == 0 or lost(way):
        return None
    w, _ = way.tail
    start = apart(way, w[:1], home)[0]
    reach = max(SIZE / 1.2, 1e-9) if start > 5 * SIZE else start / 5
    if apart(way, w[way.steps :], home).max() > (min(start / 12, SIZE / 2) if strict else start / 3):
        return None
    foot, _ = way.ground.slid(home, 1.2 * reach)  # one that stopped beside a minimum has come to it as well
    low = any(way.ground.is_minimum(place, reach) for place in (home, foot))
    return home if low or way.ground.is_flat(home, reach) else None


def reaches(way: Way, step: str | None = None, the: str = "the") -> bool:
    at = None if step is None else int(step)
    home = home_of(way, at)
    if home is None or (at is not None and at > way.steps):
        return False
    _, low = way.ground.slid(home, SIZE)
    if way.ground.lower_than(low):
        return False
    alike = [pit for pit, height in way.ground.pits if height <= low + 1e-9 * way.ground.range]
    elsewhere = [pit for pit in alike if np.hypot(*((pit - home) / way.ground.sides)) > 4 * SIZE]
    if at is not None and at > 1:
        w, _ = way.record
        before, after = apart(way, w[at - 1 : at + 1], home)
        if before < after / 2:
            return False
    return the == "a" or not elsewhere


def stuck(way: Way, loss: str | None = None) -> bool:
    home = home_of(way, None)
    if home is None:
        return False
    _, low = way.ground.slid(home, SIZE)
    return way.ground.lower_than(low) and ends_at(way, loss)


def on_flat(way: Way, loss: str | None = None) -> bool:
    home = stays_from(way, way.steps)
    return home is not None and way.ground.is_flat(home, SIZE / 2) and moved(way) > 0 and ends_at(way, loss)


def stays_put(way: Way, loss: str | None = None) -> bool:
    w, _ = way.tail
    return bool(apart(way, w, w[0]).max() <= 2e-3) and way.ground.is_minimum(w[0], 2e-3) and ends_at(way, loss)


def rests_nowhere(way: Way, loss: str | None = None) -> bool:
    home = stays_from(way, way.steps)
    if home is None or lost(way):
        return False
    return not way.ground.is_minimum(way.tail[0][-1], SIZE / 2) and ends_at(way, loss)


def turns(values: np.ndarray, size: float) -> int:
    """How often values that went one way by ``size`` go the other way by as much."""
    count, way, low, high = 0, 0, values[0], values[0]
    for now in values:
        low, high = min(low, now), max(high, now)
        if way <= 0 and now - low >= size:
            count, way, high = count + 1, 1, now
        elif way >= 0 and high - now >= size:
            count, way, low = count + 1, -1, now
    return count


def keeps_swinging(
    way: Way, last: str | None = None, low: str | None = None, high: str | None = None, level: str | None = None
) -> bool:
    low, high = low or level, high or level
    w, loss = way.tail
    if len(loss) <= LENGTHS * way.steps or not np.isfinite(loss).all():
        return False
    if last is not None and low is not None and high is not None:
        ends = way.ground.sign * loss[way.steps - number(last) : way.steps + 1]
        if not (agrees(low, ends.min()) and agrees(high, ends.max())):
            return False
    blocks = [way.record[0], *np.array_split(w[way.steps :], 8)]
    return all(max(turns(b[:, k] / way.ground.sides[k], 0.045) for k in (0, 1)) >= 2 for b in blocks)


def diverges(way: Way) -> bool:
    w, loss = way.record
    if lost(way):
        return loss[-1] == np.inf or overflows(way)
    if way.ground.inside(w[-1])[0] or loss[-1] <= loss[0]:
        return False
    _, loss = way.tail
    if len(loss) <= LENGTHS * way.steps:
        return loss[-1] == np.inf or math.isnan(loss[-1])
    n = way.steps
    return bool(loss[n] < loss[5 * n] < loss[-1])


def overflows(way: Way) -> bool:
    """Whether numbers are lost because they are too large for single precision, and not because there are none."""
    w, loss = way.record
    before, there = w[-2], w[-1]
    if not np.isfinite(there).all():
        return bool(np.isinf(there).any()) or np.abs(before).max() > 1e6
    point = [torch.tensor(x, dtype=torch.float64) for x in there]
    return math.isfinite(way.ground.loss(*point).item()) or bool(np.isinf(loss[-1])) or np.abs(there).max() > 1e6


def falls(way: Way, step: str | None = None, to: str | None = None) -> bool:
    _, loss = way.record
    return lost(way) and (loss[-1] == -np.inf or (overflows(way) and loss[-2] < loss[0]))


def undefined(way: Way, step: str | None = None) -> bool:
    _, loss = way.record
    return lost(way) and math.isnan(loss[-1]) and not overflows(way) and step in (None, str(len(loss) - 1))


def leaves(way: Way, step: str | None = None, loss: str | None = None) -> bool:
    w, _ = way.tail
    out = ~way.ground.inside(w)
    at = way.steps if step is None else int(step)
    before = step is None or not out[at - 1]
    return bool(out[min(at, len(out) - 1) :].all()) and before and ends_at(way, loss)


def ends_at(way: Way, loss: str | None) -> bool:
    return loss is None or agrees(loss, way.ground.sign * way.record[1][-1])


# Where a run is


def after(judge: Callable[[Way], bool]) -> Callable[..., bool]:
    """A sentence about now, perhaps with the step and the loss."""

    def judged(way: Way, steps: str | None = None, loss: str | None = None) -> bool:
        if lost(way) or (steps is not None and number(steps) != way.steps):
            return False
        return judge(way) and ends_at(way, loss)

    return judged


def outside(way: Way) -> bool:
    return not way.ground.inside(way.record[0][-1])[0]


def goes_down(way: Way) -> bool:
    _, loss = way.to(way.steps + 1)
    falling = np.diff(loss[max(way.steps - 5, 0) :])
    return bool((falling < 0).all())


def swings_now(way: Way) -> bool:
    w, _ = way.record
    part = w[-(3 * len(w) // 4 + 1) :]
    return max(turns(part[:, k] / way.ground.sides[k], 0.045) for k in (0, 1)) >= 3


def hardly_moved(way: Way) -> bool:
    return moved(way) <= SIZE


def stands(way: Way) -> bool:
    w, _ = way.record
    moves = np.hypot(*(np.diff(w[-4:], axis=0) / way.ground.sides).T)
    return bool(moves.max() * way.steps <= 1.2 * SIZE)


def restless(way: Way) -> bool:
    w, _ = way.to(way.steps + 2)
    return bool((np.diff(w[-5:], axis=0) != 0).any())


def near_lowest(way: Way, loss: str | None = None, the: str = "the") -> bool:
    w, _ = way.record
    if not way.ground.pits:
        return False
    low = way.ground.pits[0][1]
    pits = [pit for pit, height in way.ground.pits if height <= low + 1e-6 * way.ground.range]
    if the == "the" and any(apart(way, pits[0][None], pit)[0] > 4 * SIZE for pit in pits):
        return False
    near, height = way.ground.slid(w[-1], 0.06)
    closer = apart(way, w[-1:], near)[0] < apart(way, w[:1], near)[0]
    return height <= low + 1e-6 * way.ground.range and closer and ends_at(way, loss)


def chaotic(way: Way) -> bool:
    w, _ = way.tail
    eps = float(np.finfo(np.float32).eps)
    for nudge, factor in ((1, 1.0), (-1, 1.0), (0, 1 + eps), (0, 1 - eps), (1, 1 + eps), (-1, 1 - eps)):
        other, _ = replace(way, nudge=nudge, factor=factor, seen={}).tail
        rows = min(len(w), len(other))
        if len(w) != len(other) or apart(way, w[:rows], other[:rows]).max() > SIZE / 2:
            return True
    return False


def number(words: str) -> int:
    return int(re.sub(r"\D", "", words))


N, S = r"(\d[\d,]*) steps?", r"(\d+)"
ENDINGS: list[tuple[str, Callable[..., bool]]] = [
    # (what is said of one run; the same of several, judge); {L} is a loss
    (rf"reach(?:es)? (?P<the>the|a) lowest minimum(?: at step (?P<step>{S[1:-1]}))?", reaches),
    (rf"gets? stuck in a local minimum(?:, at a loss of (?P<loss>{LOSS}))?", stuck),
    (rf"comes? to rest on flat ground(?:, at a loss of (?P<loss>{LOSS}))?", on_flat),
    (rf"comes? to rest at no minimum(?:, at a loss of (?P<loss>{LOSS}))?", rests_nowhere),
    (rf"stays? at the minimum where (?:it starts|they start)(?:, at a loss of (?P<loss>{LOSS}))?", stays_put),
    (
        r"keeps? swinging(?:, in the last (?P<last>[\d,]+ steps?) "
        rf"(?:between losses of (?P<low>{LOSS}) and (?P<high>{LOSS})|at a loss of (?P<level>{LOSS})))?",
        keeps_swinging,
    ),
    (rf"leaves? the view(?: at step (?P<step>\d+), and ends at a loss of (?P<loss>{LOSS}))?", leaves),
    (r"ends? with an undefined loss(?:: at step (?P<step>\d+) it is not a number)?", undefined),
    (
        rf"ends? near (?P<the>the|a) lowest minimum(?:, at a loss of (?P<loss>{LOSS}))?(?: after [\d,]+ steps?)?",
        near_lowest,
    ),
    (r"(?:is|are) chaotic here(?:: with one last digit changed, it goes another way)?", chaotic),
]
_NOW = rf"(?: after (?P<steps>[\d,]+ steps?))?(?: so far)?(?:, at a loss of (?P<loss>{LOSS}))?"
ENDINGS += [
    (rf"(?:is|are) outside the view{_NOW}", after(outside)),
    (rf"(?:is|are) still going down{_NOW}", after(goes_down)),
    (rf"(?:is|are) still swinging{_NOW}", after(swings_now)),
    (rf"ha(?:s|ve) hardly moved{_NOW}", after(hardly_moved)),
    (rf"stands? still for now{_NOW}", after(stands)),
    (rf"ha(?:s|ve) not come to rest{_NOW}", after(restless)),
]


def _diverging(way: Way, step: str | None = None, to: str | None = None, grown: str | None = None) -> bool:
    _, loss = way.record
    if grown is not None and not (ends_at(way, grown) and loss[-1] > loss[0]):
        return False
    if step is not None and int(step) != len(loss) - 1:
        return False
    return diverges(way) and (to is None or agrees(to, way.ground.sign * loss[-1]))


_LOST = rf"(?:: at step (?P<step>\d+) (?:its numbers overflow|its loss is (?P<to>{LOSS})))?"
ENDINGS += [
    (rf"diverges?(?:: its loss has (?:grown|fallen) to (?P<grown>{LOSS}))?{_LOST}", _diverging),
    (rf"go(?:es)? down without end{_LOST}", falls),
]


def ending(words: str) -> Callable[[Way], bool]:
    """The judge of what is said of a run."""
    down = words
    for up, other in (("maxim", "minim"), ("highest", "lowest"), ("goes up", "goes down"), ("going up", "going down")):
        down = down.replace(up, other)
    down = down.replace("climbs without", "goes down without").replace("climb without", "go down without")
    for pattern, judge in ENDINGS:
        if found := re.fullmatch(pattern, down):
            given = {key: text for key, text in found.groupdict().items() if text is not None}
            return lambda way: judge(way, **given)
    raise LookupError(f"no oracle for {words!r}")


# Sentences


def who(race: Race, words: str) -> list[int] | None:
    """The runs of a list of names; None if it is none."""
    names = {name.lower(): k for k, name in enumerate(race.names)}
    left, found = words.lower(), []
    while left:
        starts = [name for name in names if left.startswith(name)]
        if not starts:
            return None
        name = max(starts, key=len)
        found.append(names[name])
        left = left[len(name) :]
        left = re.sub(r"^(, | and )", "", left)
    return found


def of_runs(race: Race, text: str) -> bool | None:
    """A sentence of the form: these runs, do that."""
    text = text.removesuffix(".")
    count = len(race.ways)
    for split in [m.start() for m in re.finditer(" ", text)][::-1]:
        head, rest = text[:split], text[split + 1 :]
        if (runs := who(race, head)) is not None:
            return each(race, runs, rest)
    if found := re.fullmatch(r"(?:Both runs|All (\w+) runs) (.*)", text):
        told = NUMBERS[found[1]] if found[1] else 2
        return told == count and each(race, range(count), found[2])
    if found := re.fullmatch(r"(\w+) of (\w+) runs (.*?)(?: in ([\d,]+ steps?))?", text):
        doing = [k for k, way in enumerate(race.ways) if ending(found[3])(way)]
        right = NUMBERS[found[2]] == count and len(doing) == NUMBERS[found[1].lower()]
        return right and all(not as_good(race, k, doing, found[3]) for k in range(count) if k not in doing)
    if found := re.fullmatch(r"(\w+) runs (.*)", text):
        words = re.sub(r", (at step \d+)$", r" \1", _first_only(found[2]))
        judge, told = ending(words), NUMBERS[found[1].lower()]
        return told < count and sum(map(judge, race.ways)) >= told
    if found := re.fullmatch(r"(?:Neither|No) run has come to rest(?: after ([\d,]+ steps?)| so far)?", text):
        return all(after(restless)(way, found[1]) for way in race.ways)
    return None


def as_good(race: Race, k: int, doing: Sequence[int], words: str) -> bool:
    """Whether a run does as others do, as a viewer sees it: it is at their loss, or may come to such a place later."""
    way = race.ways[k]
    if lost(way):
        return False
    _, loss = way.record
    if re.search("lowest|highest", words):
        worst = max(race.ways[j].record[1][-1] for j in doing)
        top = max(each.record[1][0] for each in race.ways)
        return bool(loss[-1] <= worst + 1e-5 * (top - worst))
    tail, _ = way.tail
    if not np.isfinite(tail[-1]).all() or keeps_swinging(way):
        return False
    low = way.ground.slid(tail[-1], SIZE)[1]
    rests = apart(way, tail[-len(tail) // 5 :], tail[-1]).max() <= SIZE
    inside = bool(way.ground.inside(tail[-1])[0])
    if "local" in words or "stuck" in words:
        return bool(rests and way.ground.is_minimum(tail[-1]) and (not inside or way.ground.lower_than(low)))
    return not rests


def _first_only(words: str) -> str:
    return re.sub(r", the first at step \d+$", "", words)


def each(race: Race, runs: Sequence[int], words: str) -> bool:
    if len(runs) == 1:
        return ending(words)(race.ways[runs[0]])
    if found := re.fullmatch(r"(.*), at steps? (.*)", words):
        steps = re.split(r", | and ", found[2])
        steps = steps * len(runs) if len(steps) == 1 else steps
        return all(ending(f"{found[1]} at step {step}")(race.ways[k]) for k, step in zip(runs, steps, strict=True))
    if found := re.fullmatch(r"(.*), the first at step (\d+)", words):
        judge = ending(found[1])
        whole = all(judge(race.ways[k]) for k in runs)
        return whole and any(ending(f"{found[1]} at step {found[2]}")(race.ways[k]) for k in runs)
    if found := re.fullmatch(r"(.*), at (?:losses|a loss) of (.*)", words):
        losses = re.findall(LOSS, found[2])
        judge = ending(found[1])
        finals = [race.ways[k].ground.sign * race.ways[k].record[1][-1] for k in runs]
        return all(judge(race.ways[k]) for k in runs) and all(any(agrees(t, x) for t in losses) for x in finals)
    return all(ending(words)(race.ways[k]) for k in runs)


def title(race: Race, text: str) -> bool | None:
    count = len(race.ways)
    kind = race.names[0].split(" ")[0]
    if text == "No run stays in the view":
        return all(not way.ground.inside(way.record[0][-1])[0] or lost(way) for way in race.ways)
    if count == 1 and text.startswith(f"{kind} "):
        return ending(text.removeprefix(f"{kind} "))(race.ways[0])
    if text.startswith("Only "):
        for k, (name, way) in enumerate(zip(race.names, race.ways, strict=True)):
            if text.lower().startswith(f"only {name.lower()} "):
                words = text[len(f"Only {name} ") :]
                judge, others = ending(words), [j for j in range(count) if j != k]
                return judge(way) and not any(judge(race.ways[j]) or as_good(race, j, [k], words) for j in others)
        return None
    if found := re.fullmatch(r"(\w+) runs from (one start|different starts)", text):
        starts = {tuple(way.start) for way in race.ways}
        return NUMBERS[found[1].lower()] == count and (len(starts) == 1) == (found[2] == "one start")
    if found := re.fullmatch(r"(\w+) of (\w+) runs (reach(?:es)? .*) in ([\d,]+ steps?)", text):
        judge, told_ = ending(found[3]), NUMBERS[found[1].lower()]
        surely = sum(judge(way) and home_of(way, None, strict=True) is not None for way in race.ways)
        doing = [k for k, way in enumerate(race.ways) if judge(way)]
        alone = not any(as_good(race, k, doing, found[3]) for k in range(count) if k not in doing)
        return surely <= told_ <= len(doing) and number(found[4]) == max(w.steps for w in race.ways) and alone
    if count == 2 and not text.startswith(("Both", "Neither", "One")):
        for cut in [m.start() for m in re.finditer(", ", text)]:
            first, second = text[:cut], text[cut + 2 :]
            names = race.names
            if first.lower().startswith(f"{names[0].lower()} ") and second.lower().startswith(f"{names[1].lower()} "):
                both = (first[len(names[0]) + 1 :], second[len(names[1]) + 1 :])
                try:
                    judges = [ending(words) for words in both]
                except LookupError:
                    continue
                return all(judge(way) for judge, way in zip(judges, race.ways, strict=True))
    return of_runs(race, text)


def _finals(race: Race) -> list[float]:
    return [way.ground.sign * way.record[1][-1] for way in race.ways]


def lowest_by(race: Race, best: str, loss: str | None, name: str) -> bool:
    found = who(race, name)
    if found is None or len(found) != 1:
        return False
    finals, mine = _finals(race), _finals(race)[found[0]]
    others = [x for k, x in enumerate(finals) if k != found[0] and not math.isnan(x)]
    ahead = all(mine < x for x in others) if best == "lowest" else all(mine > x for x in others)
    return ahead and (loss is None or agrees(loss, mine))


def tie(race: Race, number_: str, loss: str, rest: str | None) -> bool:
    finals = [x for x in _finals(race) if math.isfinite(x)]
    top = max(way.ground.sign * way.record[1][0] for way in race.ways)
    alike = [x for x in finals if (abs(x) <= 1e-3 * abs(top) if value(loss) == 0 else agrees(loss, x))]
    told = len(race.ways) if number_ in ("All", "Both") else NUMBERS[number_.lower()]
    if not alike or (rest and (-math.inf if rest == "lowest" else math.inf) in _finals(race)):
        return False
    better = [x for x in finals if x not in alike and (x < min(alike) if rest != "highest" else x > max(alike))]
    return len(alike) == told and not (rest and better)


def _about(text: str, x: float) -> bool:
    return agrees(text, x) or (value(text) == 0 and abs(x) < 1e-3)


def start(race: Race, name: str, x: str, y: str, loss: str) -> bool:
    found = who(race, name)
    return found is not None and starts_at(race.ways[found[0]], x, y, loss)


def starts_at(way: Way, x: str, y: str, loss: str) -> bool:
    near = all(f"{s:g}".replace("-", "−") == t for s, t in zip(way.start, (x, y), strict=True))
    return near and agrees(loss, way.ground.sign * way.record[1][0])


def together(race: Race, count: str, x: str, y: str, loss: str, names: str | None) -> bool:
    listed = names is None or who(race, names) == list(range(len(race.ways)))
    return NUMBERS[count.lower()] == len(race.ways) and listed and all(starts_at(w, x, y, loss) for w in race.ways)


def scattered(race: Race, count: str, names: str | None) -> bool:
    listed = names is None or who(race, names) == list(range(len(race.ways)))
    return NUMBERS[count.lower()] == len(race.ways) and listed and len({way.start for way in race.ways}) > 1


def went(race: Race, steps: str, first: str, last: str | None) -> bool:
    (way,) = race.ways
    _, loss = way.record
    sign = way.ground.sign
    ends = last is None or (math.isnan(loss[-1]) if last == "one that is undefined" else agrees(last, sign * loss[-1]))
    return number(steps) == len(loss) - 1 and agrees(first, sign * loss[0]) and ends


def down(race: Race) -> Ground:
    return race.ways[0].ground if race.ways[0].ground.sign == 1 else replace(race.ways[0].ground, sign=1)


def star(race: Race) -> bool:
    """The first star is a minimum, and no other that is known is lower."""
    heights = down(race).at(np.array(race.stars))
    return (
        down(race).is_minimum(np.array(race.stars[0]), 0.003) and heights[0] <= heights.min() + 1e-9 * down(race).range
    )


def shared(race: Race, words: str) -> bool:
    heights = down(race).at(np.array(race.stars))
    return NUMBERS.get(words.lower(), words) in (
        n := int((heights <= heights.min() + 1e-8 * down(race).range).sum()),
        str(n),
    )


def none_known(race: Race) -> bool:
    return not race.stars and not any(down(race).is_minimum(pit, 0.005) for pit, _ in down(race).pits[:3])


L, P = f"({LOSS})", r"\((−?[\d.e+−]+), (−?[\d.e+−]+)\)"
Judge = Callable[..., Any]
PATTERNS: list[tuple[str, Judge]] = [
    (r"A loss of two parameters, seen from above", lambda r: True),
    (r"Dark ground is low\.", lambda r: True),
    (r"A loss of two parameters, seen from above\.", lambda r: True),
    (r"(?:Seen from above|Seen from above; minima found by a search of this view)", lambda r: True),
    (r"The star is the lowest minimum(?: that a search of this view found)?\.", star),
    (r"(?:Of those found, )?(\S+?)(?: minima)? share the lowest loss; the star marks one\.", shared),
    (r"(\S+) lowest minima", shared),
    (r"No minimum is known in this view\.", none_known),
    (r"No single point is marked as its lowest\.", lambda r: not r.stars),
    (r"(\d+)(?: standardized)? points, and a line\.", lambda r, n: int(n) == r.points),
    (r"Its slope is called weight, its height bias\.", lambda r: r.points > 0),
    (r"Together they are one spot on the map\.", lambda r: r.points > 0),
    (r"Every line is one spot on the map", lambda r: r.points > 0),
    (rf"Loss {L} at the start", lambda r, loss: agrees(loss, _signed_start(r))),
    (rf"(.+) starts at {P}, at a loss of {L}\.", start),
    (rf"(\w+) runs start together at {P}, at a loss of {L}(?:: (.*))?\.", together),
    (
        rf"(\w+) runs, one start: loss {L}",
        lambda r, n, loss: NUMBERS[n.lower()] == len(r.ways) and agrees(loss, _signed_start(r)),
    ),
    (r"(\w+) runs, from different starts(?:: (.*))?\.", scattered),
    (r"(\w+) runs, different starts", lambda r, n: scattered(r, n, None)),
    (rf"([\d,]+ steps?), from a loss of {L}(?: to ({LOSS}|one that is undefined))?\.", went),
    (rf"([\d,]+ steps?): loss {L} to ({LOSS}|one that is undefined)", went),
    (rf"([\d,]+ steps?) from a loss of {L}", lambda r, n, first: went(r, n, first, None)),
    (r"Another start may end elsewhere\.?", lambda r: True),
    (r"Followed only to step ([\d,]+)\.", lambda r, n: number(n) < LENGTHS * max(w.steps for w in r.ways)),
    (r"No run ends at a finite loss\.?", lambda r: not any(map(math.isfinite, _finals(r)))),
    (rf"The (lowest|highest) loss at the end is {L}, by (.+)\.", lowest_by),
    (r"The (lowest|highest) loss at the end is that of (.+)\.", lambda r, best, name: lowest_by(r, best, None, name)),
    (rf"(?:Lowest|Highest) at the end: (?:about )?{L}", lambda r, loss: any(_about(loss, x) for x in _finals(r))),
    (r"(Lowest|Highest) at the end: (.+)", lambda r, best, name: lowest_by(r, best.lower(), None, name)),
    (rf"(\w+) runs end at a loss of about {L}(?:, the (lowest|highest))?\.", tie),
]


def _signed_start(race: Race) -> float:
    return race.ways[0].ground.sign * race.ways[0].record[1][0]


def sentences(text: str) -> list[str]:
    """A line's sentences; a point in a number ends none."""
    return re.split(r"(?<=[.])\s+(?=[A-Z\d])", text)


def verdict(race: Race, text: str, is_title: bool = False) -> bool:
    """Whether a sentence is true.

    Raises:
        LookupError: If there is no oracle for it.
    """
    text = text.replace("the best line", "the lowest minimum")
    if is_title:
        found = title(race, text)
    else:
        for pattern, judge in PATTERNS:
            if match := re.fullmatch(pattern, text):
                return bool(judge(race, *match.groups()))
        found = _ending_alone(race, text)
        found = of_runs(race, text) if found is None else found
    if found is None:
        raise LookupError(f"no oracle for {text!r}")
    return found


def _ending_alone(race: Race, text: str) -> bool | None:
    """A note that names no run, since its name was too long."""
    try:
        judge = ending(text[:1].lower() + text[1:])
    except LookupError:
        return None
    return any(map(judge, race.ways))
