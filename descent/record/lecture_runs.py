"""The 26 runs of the lecture notebook "Optimizers and schedulers", in its order, and its two exercises."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from descent.record.named_surfaces import BIRD, VALLEY
from descent.record.regression import mean_squared_error
from descent.record.runs import Run
from descent.record.surfaces import Surface

_NEAR, _FAR, _SIDE = (-6.5, 4.5), (-12.0, 10.0), (-4.5, -2.0)

EXPERIMENTS: Mapping[str, Run] = MappingProxyType(
    {
        "E01": Run(BIRD, partial(SGD, lr=0.01), _NEAR, 30),
        "E02": Run(BIRD, partial(SGD, lr=0.01), _NEAR, 30),
        "E03": Run(BIRD, partial(SGD, lr=0.01), _FAR, 30),
        "E04": Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), _FAR, 25),
        "E05": Run(BIRD, partial(SGD, lr=0.01, momentum=0.8), _FAR, 15),
        "E06": Run(VALLEY, partial(SGD, lr=0.5), _SIDE, 50),
        "E07": Run(VALLEY, partial(RMSprop, lr=0.5), _SIDE, 50),
        "E08": Run(VALLEY, partial(AdamW, lr=0.5), _SIDE, 80),
        "E09": Run(VALLEY, partial(SGD, lr=0.6), _SIDE, 10),
        "E10": Run(VALLEY, partial(RMSprop, lr=0.6), _SIDE, 50),
        "E11": Run(VALLEY, partial(Adam, lr=0.6), _SIDE, 70),
        "E12": Run(BIRD, partial(SGD, lr=0.03), _FAR, 60),
        "E13": Run(BIRD, partial(SGD, lr=0.05), _FAR, 100),
        "E14": Run(BIRD, partial(SGD, lr=0.07), _FAR, 60),
        "E15": Run(BIRD, partial(RMSprop, lr=0.3), _FAR, 60),
        "E16": Run(BIRD, partial(RMSprop, lr=0.5), _FAR, 60),
        "E17": Run(BIRD, partial(RMSprop, lr=0.6), _FAR, 60),
        "E18": Run(BIRD, partial(AdamW, lr=0.2), _FAR, 150),
        "E19": Run(BIRD, partial(AdamW, lr=0.5), _FAR, 50),
        "E20": Run(BIRD, partial(AdamW, lr=1.0), _FAR, 35),
        "E21": Run(BIRD, partial(SGD, lr=0.04), _FAR, 250),
        "E22": Run(BIRD, partial(SGD, lr=0.04), _FAR, 30, partial(ExponentialLR, gamma=0.95)),
        "E23": Run(BIRD, partial(SGD, lr=0.04), _FAR, 20, partial(ReduceLROnPlateau, patience=0, factor=0.8)),
        "E24": Run(BIRD, partial(RMSprop, lr=0.4), _FAR, 150),
        "E25": Run(BIRD, partial(RMSprop, lr=0.4), _FAR, 30, partial(ReduceLROnPlateau, patience=0, factor=0.9)),
        "E26": Run(BIRD, partial(AdamW, lr=0.5), _FAR, 50),
    }
)
"""Runs "E01" … "E26". E01 gives only a step size, for which the notebook's ``train`` takes plain SGD. E11 is
Adam, as the notebook's code has it, where its text says AdamW."""

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
"""The exercises' data: ``(x, y)``, to be fitted by ``y = w1 x + w2``."""

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
