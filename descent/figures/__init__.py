"""Figures for papers, slides and lecture notes, of the same runs as the films.

`comparison`, `side_by_side`, `schedule_curves`, `experiment`, `step_parts`, `error_bands`, `phase_planes`,
`basin_maps`, `sweep_map` and `regimes` make whole figures with their alt text, and `Picture.save` writes them as PNG,
SVG or PDF. `loss_map`, `trajectories`, `loss_curves` and `lr_curves` draw into matplotlib axes of your own, and
`alt_text` puts them into words. Nothing of matplotlib's is changed for anybody else.
"""

from descent.figures.alt_text import alt_text
from descent.figures.basins import basin_maps
from descent.figures.comparisons import comparison, experiment, schedule_curves, side_by_side
from descent.figures.curves import loss_curves, lr_curves
from descent.figures.maps import loss_map, trajectories
from descent.figures.picture import Picture
from descent.figures.step_parts import error_bands, phase_planes, step_parts
from descent.figures.sweeps import regimes, sweep_map

__all__ = [
    "Picture",
    "alt_text",
    "basin_maps",
    "comparison",
    "error_bands",
    "experiment",
    "loss_curves",
    "loss_map",
    "lr_curves",
    "phase_planes",
    "regimes",
    "schedule_curves",
    "side_by_side",
    "step_parts",
    "sweep_map",
    "trajectories",
]
