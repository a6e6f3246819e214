"""Which axis values go on, in films and in figures alike: linear or logarithmic, and from where to where."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from descent.record.surfaces import Domain

Floats = npt.NDArray[np.float64]

_DECADES = 100.0  # positive values that span more than this go on a logarithmic axis
_APART = 10.0  # learning rates whose peaks differ by more do
_BEYOND = 3.0  # a run whose loss ends this many times the start's height above the start is cut

_LEVEL = 1e-6  # of a loss: what is less are its last digits in single precision
_EXACT = 1e9  # views
_SIDES = 3.0  # a view of which one side is more times as long as the other has a scale for each


def own_scales(domain: Domain) -> bool:
    """Whether each axis of a map has a scale of its own, since the view would be a strip in one scale.

    >>> own_scales(((0, 3), (0, 1))), own_scales(((0, 3000), (0, 1)))
    (False, True)
    """
    (left, right), (bottom, top) = domain
    return max(right - left, top - bottom) > _SIDES * min(right - left, top - bottom)


def near(points: npt.ArrayLike, domain: Domain, views: float = _EXACT) -> Floats:
    """Points of which none is farther from a view than so many times its size, each in its own direction.

    A run that runs away crosses the map between two points far off: where it does depends on their directions.

    Args:
        points: Parameters, finite, shape (n, 2).
        domain: The view.
        views: How many; by default as many as leave the cut of a line at the edge exact.

    Returns:
        The points; those farther away have been brought nearer on the line to the middle of the view.

    >>> near([(1, 0), (4000, 2000)], ((-1, 1), (-1, 1)), 10.0).tolist()
    [[1.0, 0.0], [20.0, 10.0]]
    """
    low, high = np.transpose(np.asarray(domain, dtype=float))
    centre, size = (low + high) / 2, high - low
    given = np.asarray(points, dtype=float)
    bounded = given / np.maximum(np.abs(given).max(axis=1, keepdims=True) / 1e150, 1)  # times a scale, it stays finite
    far = np.abs((bounded - centre) / size).max(axis=1, keepdims=True)
    nearer = centre + (bounded - centre) * (views / np.maximum(far, views))
    return np.asarray(np.where(far > views, nearer, given))


def losses_are_logarithmic(curves: Sequence[Floats]) -> bool:
    """Whether losses are all positive and span over two decades.

    Args:
        curves: The finite losses of each run, shape (n,).
    """
    low, high = min(float(curve.min()) for curve in curves), max(float(curve.max()) for curve in curves)
    return low > 0 and high / low > _DECADES


def loss_range(curves: Sequence[Floats]) -> tuple[float, float]:
    """Lowest and highest loss that is shown: all losses, but of runs that blow up, which would squash the others.

    Args:
        curves: The finite losses of each run, shape (n,).
    """
    low = min(float(curve.min()) for curve in curves)
    start = max(float(curve[0]) for curve in curves)
    cap = start + _BEYOND * (start - low)
    stay = [bool(curve[-1] <= cap) for curve in curves]
    if start <= low or not any(stay):  # all rise: there is nobody to squash
        stay = [True] * len(curves)
    tops = (curve if stays else curve[curve <= cap] for curve, stays in zip(curves, stay, strict=True))
    high = max(float(top.max(initial=start)) for top in tops)
    level = high - low <= _LEVEL * abs(low)
    return low, low + (abs(low) or 1.0) if level else high


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
