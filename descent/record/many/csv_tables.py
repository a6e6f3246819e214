"""Basins and sweeps as CSV: a line per run, for whoever draws them otherwise."""

import csv
import io
from collections.abc import Iterable, Sequence

from descent.record.many.basins import DIVERGED, MOVING, Basins
from descent.record.many.sweeps import OUTCOMES, Sweep

_WITHOUT = {MOVING: "still moving", DIVERGED: "diverged"}


def basins_csv(found: Sequence[Basins]) -> str:
    """Optimizer, start, ending, and the minimum with its loss where there is one."""

    def lines() -> Iterable[Sequence[object]]:
        for each in found:
            losses = [each.run.surface.at(*minimum) for minimum in each.minima]
            label = " ".join(each.run.label.split())
            for row, w2 in zip(each.minimum.tolist(), each.w2.tolist(), strict=True):
                for k, w1 in zip(row, each.w1.tolist(), strict=True):
                    end = (*each.minima[k], losses[k]) if k >= 0 else ("", "", "")
                    yield label, w1, w2, _WITHOUT.get(k, "minimum"), *end

    return _csv(("optimizer", "start_w1", "start_w2", "ending", "w1", "w2", "loss"), lines())


def sweep_csv(found: Sweep) -> str:
    """The settings of each run, how it ended, when it arrived, and its last loss."""

    def lines() -> Iterable[Sequence[object]]:
        settings = zip(*(column.tolist() for column in found.columns.values()), strict=True)
        ends = zip(
            found.outcome.ravel().tolist(), found.steps.ravel().tolist(), found.loss.ravel().tolist(), strict=True
        )
        for values, (outcome, steps, loss) in zip(settings, ends, strict=True):
            yield *values, OUTCOMES[outcome], steps if steps >= 0 else "", loss

    return _csv((*found.columns, "outcome", "steps", "loss"), lines())


def _csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    with io.StringIO() as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(lines)
        return text.getvalue()
