"""A run's steps, put together from its records."""

from collections.abc import Sequence

import numpy as np

from descent.record.networks.history import History
from descent.record.networks.recorder.records import Begin, Logged, Record, Step
from descent.record.surfaces import Array, read_only


def history_of(records: Sequence[Record]) -> History:
    """The steps of a way, each once."""
    begins = [each for each in records if isinstance(each, Begin)]
    steps = {each.step: each for each in records if isinstance(each, Step)}
    sketches = {each.step: each.sketch for each in records if isinstance(each, Begin | Step) and each.sketch}
    order = sorted({each.step for each in records if isinstance(each, Begin | Step)})
    row = {step: k for k, step in enumerate(order)}
    groups = max((len(each.lr) for each in steps.values()), default=1)
    blocks = begins[-1].blocks

    def table(name: str, width: int) -> Array:
        values = np.full((len(order), width), np.nan)
        for step, each in steps.items():
            own = getattr(each, name)
            values[row[step], : len(own)] = own
        return read_only(values)

    sketch = np.full((len(order), begins[-1].k), np.nan)
    for step, own in sketches.items():
        sketch[row[step]] = np.frombuffer(own, "<f4")
    logged: dict[str, Array] = {}
    for each in records:
        if isinstance(each, Logged) and each.step in row:
            for name, value in each.values.items():
                logged.setdefault(name, np.full(len(order), np.nan))[row[each.step]] = value
    return History(
        read_only(np.array(order, dtype=np.int64)),
        {name: read_only(values) for name, values in logged.items()},
        table("lr", groups),
        table("momentum", groups),
        blocks,
        table("grad", len(blocks)),
        table("update", len(blocks)),
        read_only(sketch),
    )
