"""From recorded runs, and the network and data that the user names, to a study."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from descent.animate.training.own_code import Code
from descent.animate.training.study import Course, Study, named
from descent.base.errors import DescentError, nearest, shown
from descent.base.progress import Progress
from descent.look.palette import MAX_RUNS
from descent.record.networks.batches import Data, Loss
from descent.record.networks.curvature import hessian_plane, sharpness
from descent.record.networks.planes import Plane, plane_through, principal_plane, random_plane
from descent.record.networks.recorder.reading import read
from descent.record.networks.recorder.records import INDEX
from descent.record.networks.recording import Mode, Recording
from descent.record.networks.samples import sample_of
from descent.record.networks.scans import around, scan_slice
from descent.record.networks.slices import loss_along
from descent.record.networks.stability import is_adaptive, stability_limit
from descent.record.networks.weights import State
from descent.record.surfaces import Array, read_only

PLANES = ("principal", "ends", "random", "hessian")


@dataclass(frozen=True, slots=True)
class Asked:
    """How the runs are to be looked at.

    Attributes:
        plane: Which plane: one of `PLANES`.
        points: Points along each axis of the slice.
        seconds: How long the slice may be computed; None for as long as it takes.
        examples: How many examples of the data to use; None for all.
        sharpness: At how many rows of each run the sharpness is measured; 0 for none.
        mode: The mode of the network; None for the one that it trained in.
        device: Where to compute, as torch names it.
        seed: Of what is drawn at random.
        title: Instead of the one that is written.
        keep: A file for what is known of the slice, to go on with; None for none.
    """

    plane: str = "principal"
    points: int = 41
    seconds: float | None = None
    examples: int | None = None
    sharpness: int = 12
    mode: Mode | None = None
    device: str | None = None
    seed: int = 0
    title: str = ""
    keep: Path | None = None


def study_of(folders: Sequence[Path], code: Code, asked: Asked, progress: Progress = lambda *_: None) -> Study:
    """Read runs, and look at them on a plane.

    Args:
        folders: Where recorders wrote, one a run.
        code: Network, loss, data.
        asked: How to look.
        progress: Told (how much is done, how much there is, what is going on).

    Raises:
        DescentError: If something does not fit together.
    """
    if asked.plane not in PLANES:
        raise DescentError(f"there is no plane {shown(asked.plane)}: {nearest(asked.plane, PLANES)}")
    if not 1 <= len(folders) <= MAX_RUNS:
        raise DescentError(f"one to {MAX_RUNS} runs are looked at together, not {len(folders)}.")
    progress(0, 0, "reading")
    runs, cuts = [], []
    for folder in folders:
        run, cut = _finite(read(folder, code.model, stream=(folder / INDEX).is_file()), folder)
        runs.append(run)
        cuts.append(cut)
    data = code.data if asked.examples is None else sample_of(code.data, asked.examples, asked.seed)
    mode = asked.mode or runs[0].mode()
    plane = _plane(runs, code.loss, data, asked, mode)
    paths = [plane.project(run.params) for run in runs]
    found = scan_slice(
        runs,
        plane,
        code.loss,
        data,
        asked.points,
        mode=mode,
        seed=asked.seed,
        view=around(paths, square=True),
        seconds=asked.seconds,
        keep=asked.keep,
        device=asked.device,
        progress=progress,
    )
    names = named([run.label for run in runs], [folder.name for folder in folders])
    courses = []
    for run, path, name, cut in zip(runs, paths, names, cuts, strict=True):
        courses.append(_course(run, path, plane, name, cut, code.loss, data, asked, mode, progress))
    surface = found.surface()
    return Study(
        tuple(courses),
        found.view,
        found.ends,
        found.table(),
        surface.note,
        plane.kind,
        plane.held(*(run.params for run in runs)),
        plane.explained or (),
        plane.origin.size,
        asked.title,
    )


def _finite(run: Recording, folder: Path) -> tuple[Recording, int]:
    """A run up to its last row of finite parameters, and the step of the first row left out, or −1.

    Raises:
        DescentError: If that leaves fewer than three rows.
    """
    rows = next((k for k, row in enumerate(run.params) if not np.isfinite(row).all()), len(run.params))
    if rows < 3:
        lost = "" if rows == len(run.params) else f" before it left the finite numbers by step {run.at[rows]}"
        what = "one snapshot" if rows == 1 else f"{rows or 'no'} snapshots"
        raise DescentError(
            f"{folder} holds {what}{lost}, and a path on a slice takes three at least; record with a smaller every=…."
        )
    if rows == len(run.params):
        return run, -1
    few = slice(rows)
    state: State = {name: values[few] for name, values in run.state.items()}
    cut = replace(
        run,
        params=np.asarray(run.params[few]),
        loss=run.loss[few],
        training=run.training[few],
        state=state,
        rates=run.rates[: rows - 1],
        at=run.at[few],
        preconditioner=None if run.preconditioner is None else np.asarray(run.preconditioner[few]),
    )
    return cut, int(run.at[rows])


def _plane(runs: Sequence[Recording], loss: Loss, data: Data, asked: Asked, mode: Mode) -> Plane:
    if asked.plane == "random":
        return random_plane(runs[0], asked.seed)
    if asked.plane == "hessian":
        return hessian_plane(runs[0], loss, data, mode=mode, seed=asked.seed, device=asked.device)
    if asked.plane == "ends":
        if len(runs) > 1:
            points = [runs[0].params[0], runs[0].params[-1], runs[1].params[-1]]
        else:
            points = [runs[0].params[k] for k in (0, -1, len(runs[0].params) // 2)]
        return plane_through(*points)
    return principal_plane(*runs)


def _course(
    run: Recording,
    path: Array,
    plane: Plane,
    name: str,
    cut: int,
    loss: Loss,
    data: Data,
    asked: Asked,
    mode: Mode,
    progress: Progress,
) -> Course:
    losses = loss_along(run, loss, data, mode, asked.seed, asked.device)
    count = len(run.params)
    rows = sorted({round(k) for k in np.linspace(0, count - 1, min(asked.sharpness, count))}) if asked.sharpness else []
    adaptive = is_adaptive(run) and run.preconditioner is not None
    told = sharpness(
        run,
        loss,
        data,
        rows,
        preconditioned=adaptive,
        mode=mode,
        seed=asked.seed,
        device=asked.device,
        progress=progress,
    )
    limit = stability_limit(run)[rows] if rows else np.empty(0)
    if is_adaptive(run) and not adaptive:
        limit = np.full(len(rows), np.nan)  # 2/η is about another sharpness than this one
    known = np.isfinite(told)
    lr_at, lr = _rates(run)
    return Course(
        name,
        read_only(run.at.astype(float)),
        read_only(path),
        read_only(np.asarray(losses, dtype=float)),
        lr_at,
        lr,
        read_only(plane.distance(run.params)),
        read_only(run.at[rows].astype(float)[known] if rows else np.empty(0)),
        read_only(told[known]),
        read_only(limit[known]),
        adaptive,
        cut,
    )


def _rates(run: Recording) -> tuple[Array, Array]:
    """The steps at which learning rates begin, with where the last one ends, and the rates; empty if one is unknown."""
    history = run.history
    if history is None or len(history.step) < 2:
        rates, edges = run.lr, run.at.astype(float)
    else:
        rates, edges = history.lr[1:, 0], np.append(history.step[1:] - 1, history.step[-1]).astype(float)
    few = edges[:-1] < run.at[-1]
    edges, rates = np.append(edges[:-1][few], run.at[-1]), rates[few]
    if not np.isfinite(rates).all():
        return read_only(np.empty(0)), read_only(np.empty(0))
    return read_only(edges.astype(float)), read_only(np.asarray(rates, dtype=float).copy())
