"""What the tests of figures draw: a bowl whose runs are known by heart, and three schedules."""

from functools import partial

from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, StepLR

from descent import Run, Schedule, Surface

# A bowl without known minima, on which gradient descent multiplies both parameters by 1 − 2·lr.
BOWL = Surface("bowl", lambda w1, w2: w1**2 + w2**2, ((-8, 8), (-4, 4)))
SCHEDULES = [
    Schedule(partial(StepLR, step_size=5, gamma=0.5), lr=0.1, steps=20),
    Schedule(partial(ExponentialLR, gamma=0.9), lr=0.1, steps=20),
    Schedule(partial(CosineAnnealingLR, T_max=20), lr=0.1, steps=20),
]


def bowl_run(lr, steps=4, start=(4, -2)):
    return Run(BOWL, partial(SGD, lr=lr), start, steps)
