"""What runs are called in a sentence: no more of their settings than tells them apart."""

from collections.abc import Sequence

from descent.base.errors import DescentError
from descent.base.numbers import short_point
from descent.film.narration import respell
from descent.look.fonts import text_width
from descent.record.runs import Run
from descent.record.torch_specs import label

_WIDEST = 12.0  # a word, as a multiple of the text's size: no line of a title or of a note has room for more
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def names(runs: Sequence[Run]) -> list[str]:
    """A name for each run, different ones for different runs.

    >>> from dataclasses import replace
    >>> from functools import partial
    >>> from torch.optim import SGD, Adam
    >>> from descent import BIRD
    >>> def run(*spec, **settings): return Run(BIRD, partial(*spec, **settings), (-12, 10), 5)
    >>> names([run(SGD, lr=0.01), run(SGD, lr=0.01, momentum=0.6)])
    ['plain SGD', 'SGD with momentum 0.6']
    >>> names([run(SGD, lr=0.01), run(Adam, lr=0.01)])
    ['SGD', 'Adam']
    >>> names([run(SGD, lr=0.01, momentum=0.9), run(SGD, lr=0.01, momentum=0.9, nesterov=True)])
    ['SGD with momentum 0.9', 'SGD with nesterov']
    >>> names([run(SGD, lr=0.01)])
    ['SGD with lr 0.01']
    >>> names([replace(run(SGD, lr=0.01), name="slow"), run(SGD, lr=0.1)])
    ['slow', 'SGD with lr 0.1']
    """
    apart = len({run.start for run in runs}) > 1
    settings = [_settings(run) for run in runs]
    shared = set.intersection(*map(set, settings)) if len(runs) > 1 else set()
    kinds = [label(run.optimizer).split("  ")[0] for run in runs]
    found, full = [], []
    for run, kind, own in zip(runs, kinds, settings, strict=True):
        start = f" from {short_point(run.start)}" if apart else ""
        if run.name:
            found.append(run.name + start)
            full.append(run.name + start)
            continue
        told = [setting for setting in own if setting not in shared]
        if not told and not apart and kinds.count(kind) > 1:
            others = [setting for setting in own if not setting.startswith("lr ")]
            found.append((_sentence(kind, others) if others else f"plain {kind}") + start)
        else:
            found.append(_sentence(kind, told) + start)
        full.append(_sentence(kind, own) + start)
    return next(
        (each for each in (found, full) if len(set(each)) == len(each)),
        [f"the {ordinal(k)} run" if full.count(name) > 1 else name for k, name in enumerate(full)],
    )


def can_be_told(name: str) -> bool:
    """Whether a run's own name can be a part of sentences: a voice can say it, and no word of it is too long.

    >>> can_be_told("fast, β = 0.9"), can_be_told("学习"), can_be_told("a" * 40)
    (True, False, False)
    """
    try:
        respell(name)
    except DescentError:
        return False
    return all(text_width(word) <= _WIDEST for word in name.split())


def count(number: int) -> str:
    """A small number in words."""
    return _COUNTS[number] if number < len(_COUNTS) else str(number)


def ordinal(index: int) -> str:
    """The place of a run in its list, from 0, in words."""
    return ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")[index]


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _settings(run: Run) -> list[str]:
    """Settings of the optimizer, and its scheduler as one of them."""
    _, *settings = label(run.optimizer).split("  ")
    return (
        settings if run.scheduler is None else [*settings, label(run.scheduler).replace("  ", " ").replace(" · ", ", ")]
    )


def _sentence(kind: str, settings: Sequence[str]) -> str:
    return (f"{kind} with {listed(settings)}" if settings else kind).replace("-", "−")
