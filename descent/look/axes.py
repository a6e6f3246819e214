"""Which axis values go on, in films and in figures alike: linear or logarithmic, and from where to where."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_DECADES = 100.0  # positive values that span more than this go on a logarithmic axis
_APART = 10.0  # learning rates whose peaks differ by more do
_BEYOND = 3.0  # a run whose loss climbs this many times the start's height above the lowest is cut


def losses_are_logarithmic(curves: Sequence[Floats]) -> bool:
    """Whether losses are all positive and span over two decades.

    Args:
        curves: The finite losses of each run, shape (n,).
    """
    low, high = min(float(curve.min()) for curve in curves), max(float(curve.max()) for curve in curves)
    return low > 0 and high / low > _DECADES


def loss_range(curves: Sequence[Floats], log: bool) -> tuple[float, float]:
    """Lowest and highest loss that is shown; runs that blow up do not squash the others.

    Args:
        curves: The finite losses of each run, shape (n,).
        log: Whether they go on a logarithmic axis.
    """
    low = min(float(curve.min()) for curve in curves)
    start = max(float(curve[0]) for curve in curves)
    cap = start + _BEYOND * (start - low) if start > low else np.inf  # all rise: there is nobody to squash
    high = max(float(curve[curve <= cap].max(initial=start)) for curve in curves)
    return low, high if high > low else low + max(abs(low), 1e-3 if not log else low)


def rates_are_logarithmic(curves: Sequence[Floats]) -> bool:
    """Whether the peaks of learning rates differ so much that on a linear axis the lower ones would lie on its foot.

    Args:
        curves: The rates of each run, shape (n,).
    """
    peaks = [float(curve.max()) for curve in curves]
    return min(peaks) > 0 and max(peaks) / min(peaks) > _APART


def rate_range(curves: Sequence[Floats]) -> tuple[float, float]:
    """Lowest and highest learning rate of a logarithmic axis: no lower than two decades under the least peak.

    Args:
        curves: The rates of each run, shape (n,), some of each positive.
    """
    peaks = [float(curve.max()) for curve in curves]
    lowest = min(float(curve[curve > 0].min()) for curve in curves)
    return max(lowest, min(peaks) / _DECADES), max(peaks)
