"""The notebook's two exercises: a line fitted to ten points by gradient descent, as a surface and two runs."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR

from descent.regression import mean_squared_error
from descent.runs import Run
from descent.surfaces import Surface

POINTS: tuple[tuple[float, float], ...] = (
    (-1.5, 100.5),
    (0.2, 110.2),
    (3.4, 133.5),
    (4.1, 141.2),
    (7.8, 172.8),
    (13.4, 225.1),
    (18.0, 251.0),
    (21.5, 278.9),
    (32.0, 366.7),
    (33.5, 369.9),
)
"""The data: ``(x, y)``, to be fitted by ``y = w1 x + w2``."""

REGRESSION = Surface(
    "regression",
    mean_squared_error(POINTS),
    ((-2, 18), (-6, 14)),
    (),
    "1/10 sum_(i=1)^10 (w_1 x_i + w_2 - y_i)^2",
    "The course's exercise: the mean squared error of a line, w1 its weight and w2 its bias.",
)
"""The least-squares line, weight 7.890 and bias 110.514, lies far above this view: with a condition number of 710,
the weight is fitted in a few steps and the bias hardly moves."""

EXERCISES: Mapping[str, Run] = MappingProxyType(
    {
        "X1": Run(REGRESSION, partial(SGD, lr=0.001), (0, 0), 5),
        "X2": Run(REGRESSION, partial(SGD, lr=0.001), (0, 0), 5, partial(ExponentialLR, gamma=0.95)),
    }
)
"""X1 is the first exercise: the update by hand and `SGD` alike. X2 adds the scheduler."""
