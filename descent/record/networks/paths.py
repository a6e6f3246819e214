"""A recorded path on a slice, as the stage draws paths."""

import numpy as np

from descent.record.networks.planes import Plane
from descent.record.networks.recording import MODES, Recording
from descent.record.runs import Run
from descent.record.surfaces import Surface, read_only
from descent.record.trajectories import Trajectory


def to_trajectory(recording: Recording, plane: Plane, surface: Surface) -> Trajectory:
    """A recorded path as the stage draws paths: projected on a plane, with the losses that were measured on the way.

    The losses are those of the network, not of the surface below the projected points, and the run's label says in
    which mode, unless the surface does; gradients are not projected and NaN.
    """
    told, measured = recording.label, MODES[recording.mode()]
    if measured not in told + surface.note:
        told += f" · loss in {measured}"
    params = plane.project(recording.params)
    start = (float(params[0, 0]), float(params[0, 1]))
    run = Run(surface, recording.optimizer, start, recording.steps, recording.scheduler, name=told)
    unknown = read_only(np.full_like(params, np.nan))
    loss, update = read_only(recording.loss.astype(float)), read_only(np.diff(params, axis=0))
    return Trajectory(run, read_only(params), loss, unknown, recording.lr, update, {})
