"""Where a recording begins in a folder: at the start, or at the step of a run there that the network stands at."""

from pathlib import Path

import numpy as np

from descent.base.errors import DescentError
from descent.record.networks.recorder.records import VERSION, Begin, Layout, Record, Step, way
from descent.record.surfaces import Array

_SAME = 1e-5  # as a share of its length: how far off a sketch of the same parameters may be, computed elsewhere


def next_session(
    folder: Path, layout: tuple[Layout, ...], seed: int, sketch: Array, asked: int | None
) -> tuple[int, int]:
    """The number of the session that begins now, and the step that it begins at.

    Raises:
        DescentError: If the folder holds another run, or the network is at none of its steps.
    """
    found = way(folder)
    begins = [each for each in found if isinstance(each, Begin)]
    if not begins:
        return 1, asked or 0
    last = begins[-1]
    _check_alike(folder, last, layout, seed, len(sketch))
    if asked is not None:
        return last.session + 1, asked
    taken = max(each.step for each in found)
    step = _step_of(found, sketch)
    if step is None:
        raise DescentError(
            f"{folder} holds a run of {taken} steps, and the network is at none of them that was measured: choose "
            "another folder, load the checkpoint that the run is to go on from, or say step=… to go on all the same."
        )
    if step == 0 < taken:
        raise DescentError(
            f"{folder} holds a run of {taken} steps already; choose another folder, or say step=0 to take them again."
        )
    return last.session + 1, step


def _check_alike(folder: Path, last: Begin, layout: tuple[Layout, ...], seed: int, k: int) -> None:
    if last.version > VERSION:
        raise DescentError(f"{folder} was recorded by a newer descent; choose another folder.")
    if last.layout != layout:
        first = next((ours for ours in layout if ours not in last.layout), None)
        what = f"{first.name!r} of shape {list(first.shape)}" if first else f"{len(layout)} parameters only"
        raise DescentError(f"{folder} holds a run of another network, without {what}; choose another folder.")
    if (last.k, last.seed) != (k, seed):
        raise DescentError(
            f"{folder} holds a run recorded with sketch={last.k} and seed={last.seed}; give the same, or choose "
            "another folder."
        )


def _step_of(found: list[Record], sketch: Array) -> int | None:
    """The latest step of those whose sketch is nearest, if it is that of the same parameters."""
    known = {each.step: each.sketch for each in found if isinstance(each, Begin | Step) and each.sketch}
    off = {step: np.linalg.norm(np.frombuffer(own, "<f4") - sketch) for step, own in known.items()}
    nearest = min(off.values())
    if not nearest <= _SAME * np.linalg.norm(sketch):
        return None
    return max(step for step, distance in off.items() if distance == nearest)
