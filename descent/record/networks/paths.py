"""A recorded path on a slice, as the stage draws paths."""

import numpy as np

from descent.base.errors import DescentError
from descent.record.networks.planes import Plane
from descent.record.networks.recording import MODES, Recording
from descent.record.recorded_paths import recorded
from descent.record.runs import Run
from descent.record.surfaces import Array, Surface, read_only
from descent.record.trajectories import Trajectory


def to_trajectory(recording: Recording, plane: Plane, surface: Surface, losses: Array | None = None) -> Trajectory:
    """A recorded path as the stage draws paths: projected on a plane, with the losses that were measured on the way.

    The losses are those of the network, not of the surface below the projected points, and the run's label says in
    which mode, unless the surface does; gradients are not projected and NaN.

    Args:
        recording: The path.
        plane: What it is projected on.
        surface: The loss there, as of `slice_surface`.
        losses: Other losses ``[n+1]``, measured in the same mode, such as those of all data, by `loss_along`.

    Raises:
        DescentError: If no losses are known.
    """
    loss = recording.loss if losses is None else losses
    if len(loss) != len(recording.params) or (losses is None and np.isnan(loss).all()):
        raise DescentError(
            "No loss was logged of this run; give one for every row: "
            "to_trajectory(run, plane, surface, loss_along(run, loss, data))."
        )
    told, measured = recording.label, MODES[recording.mode()]
    if measured not in told + surface.note:
        told += f" · loss in {measured}"
    params = plane.project(recording.params)
    start = (float(params[0, 0]), float(params[0, 1]))
    optimizer = recorded(params, "Path") if recording.optimizer is None else recording.optimizer
    run = Run(surface, optimizer, start, recording.steps, recording.scheduler, name=told)
    unknown, at = read_only(np.full_like(params, np.nan)), read_only(recording.at.astype(float))
    loss, update = read_only(loss.astype(float)), read_only(np.diff(params, axis=0))
    return Trajectory(run, read_only(params), loss, unknown, recording.lr, update, {}, at=at)
