"""Real networks: record how a module trains, and look at it on a slice of its loss.

:func:`record` trains a copy of a network itself; a :class:`Recorder` records a training loop of one's own into a
folder, and :func:`read` reads it, or checkpoints.

A network has more weights than a picture has axes. A :class:`Plane` cuts a slice out of weight space, along the
principal components of its own path (:func:`principal_plane`) or along random directions scaled to the network's
filters (:func:`random_plane`); :func:`slice_surface` computes the loss there. What a path does off the plane is not in
the picture: :meth:`Plane.distance` says how far off it is, and :func:`loss_along` what the loss is on the path itself.

:func:`sharpness` measures how curved the loss is along a path, :func:`loss_between` and :func:`connect` what it is on
the way from one network to another, :func:`loss_to_truth` on the way from the plane to the path. :func:`scan_slice`
computes a slice in a given time, on a :func:`sample_of` the data with its error.
"""

from descent.record.networks.batches import ModelLoss
from descent.record.networks.curvature import hessian_plane, sharpness
from descent.record.networks.decisions import decision_lines
from descent.record.networks.history import History
from descent.record.networks.norms import BlockNorms, block_norms
from descent.record.networks.paths import to_trajectory
from descent.record.networks.planes import Plane, plane_through, principal_plane, random_plane
from descent.record.networks.recorder.callbacks import lightning_callback, trainer_callback
from descent.record.networks.recorder.reading import read
from descent.record.networks.recorder.recorder import Recorder
from descent.record.networks.recorder.sketch import CountSketch
from descent.record.networks.recording import Recording
from descent.record.networks.samples import Sample, sample_of
from descent.record.networks.scans import LossSlice, scan_slice
from descent.record.networks.segments import Connection, LossLine, connect, loss_between, loss_to_truth
from descent.record.networks.slices import loss_along, loss_on_plane, slice_surface
from descent.record.networks.stability import stability_limit
from descent.record.networks.training import record

__all__ = [
    "BlockNorms",
    "Connection",
    "CountSketch",
    "History",
    "LossLine",
    "LossSlice",
    "ModelLoss",
    "Plane",
    "Recorder",
    "Recording",
    "Sample",
    "block_norms",
    "connect",
    "decision_lines",
    "hessian_plane",
    "lightning_callback",
    "loss_along",
    "loss_between",
    "loss_on_plane",
    "loss_to_truth",
    "plane_through",
    "principal_plane",
    "random_plane",
    "read",
    "record",
    "sample_of",
    "scan_slice",
    "sharpness",
    "slice_surface",
    "stability_limit",
    "to_trajectory",
    "trainer_callback",
]
