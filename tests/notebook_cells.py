"""What the lecture notebook's cells ask of `descent.optimizers`, as facts: views, starts, settings, panels."""

from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from descent import optimizers
from descent.record.lecture_runs import POINTS

SIN = {"loss_fn": optimizers.sin_loss_fn, "w1min": -14, "w1max": 0, "w2min": -6, "w2max": 12, "nsteps": 100}
REG = {"loss_fn": optimizers.reg_loss_fn, "w1min": -5, "w1max": 5, "w2min": -5, "w2max": 5, "nsteps": 100}
LOSSES = {"sin": SIN, "reg": REG}

_NEAR = SIN | {"w1_init": -6.5, "w2_init": 4.5}
_FAR = SIN | {"w1_init": -12.0, "w2_init": 10.0}
_SIDE = REG | {"w1_init": -4.5, "w2_init": -2.0, "optimum": (0.0, 0.0)}


def _call(place, epochs, optimizer, optimizer_params, scheduler=None, scheduler_params=None):
    call = place | {"epochs": epochs, "optimizer": optimizer, "optimizer_params": optimizer_params}
    return call if scheduler is None else call | {"scheduler": scheduler, "scheduler_params": scheduler_params}


CALLS = {
    "E01": _NEAR | {"epochs": 30, "step_size": 0.01},
    "E02": _call(_NEAR, 30, SGD, {"lr": 0.01}),
    "E03": _call(_FAR, 30, SGD, {"lr": 0.01}),
    "E04": _call(_FAR, 25, SGD, {"lr": 0.01, "momentum": 0.6}),
    "E05": _call(_FAR, 15, SGD, {"lr": 0.01, "momentum": 0.8}),
    "E06": _call(_SIDE, 50, SGD, {"lr": 0.5}),
    "E07": _call(_SIDE, 50, RMSprop, {"lr": 0.5}),
    "E08": _call(_SIDE, 80, AdamW, {"lr": 0.5}),
    "E09": _call(_SIDE, 10, SGD, {"lr": 0.6}),
    "E10": _call(_SIDE, 50, RMSprop, {"lr": 0.6}),
    "E11": _call(_SIDE, 70, Adam, {"lr": 0.6}),
    "E12": _call(_FAR, 60, SGD, {"lr": 0.03}),
    "E13": _call(_FAR, 100, SGD, {"lr": 0.05}),
    "E14": _call(_FAR, 60, SGD, {"lr": 0.07}),
    "E15": _call(_FAR, 60, RMSprop, {"lr": 0.3}),
    "E16": _call(_FAR, 60, RMSprop, {"lr": 0.5}),
    "E17": _call(_FAR, 60, RMSprop, {"lr": 0.6}),
    "E18": _call(_FAR, 150, AdamW, {"lr": 0.2}),
    "E19": _call(_FAR, 50, AdamW, {"lr": 0.5}),
    "E20": _call(_FAR, 35, AdamW, {"lr": 1.0}),
    "E21": _call(_FAR, 250, SGD, {"lr": 0.04}),
    "E22": _call(_FAR, 30, SGD, {"lr": 0.04}, ExponentialLR, {"gamma": 0.95}),
    "E23": _call(_FAR, 20, SGD, {"lr": 0.04}, ReduceLROnPlateau, {"patience": 0, "factor": 0.8}),
    "E24": _call(_FAR, 150, RMSprop, {"lr": 0.4}),
    "E25": _call(_FAR, 30, RMSprop, {"lr": 0.4}, ReduceLROnPlateau, {"patience": 0, "factor": 0.9}),
    "E26": _call(_FAR, 50, AdamW, {"lr": 0.5}),
}

PANELS = (
    ("E06", "E07"),
    ("E09", "E10", "E11"),
    ("E12", "E13", "E14"),
    ("E15", "E16", "E17"),
    ("E18", "E19", "E20"),
)
"""The calls that a cell draws next to each other, into axes of its own."""

EXERCISE = """\
Epoch: 0, loss: 55261.49, weight: 7.982, bias: 0.430
Epoch: 1, loss: 11868.83, weight: 10.838, bias: 0.648
Epoch: 2, loss: 6292.87, weight: 11.859, bias: 0.789
Epoch: 3, loss: 5568.87, weight: 12.221, bias: 0.904
Epoch: 4, loss: 5467.40, weight: 12.349, bias: 1.008
"""
"""What the exercise's training code prints, whether the update is written by hand or left to `SGD`."""

EXERCISE_WITH_SCHEDULER = """\
Epoch: 0, loss: 55261.49, weight: 7.982, bias: 0.430
Epoch: 1, loss: 11868.83, weight: 10.695, bias: 0.637
Epoch: 2, loss: 6446.73, weight: 11.699, bias: 0.768
Epoch: 3, loss: 5637.41, weight: 12.098, bias: 0.870
Epoch: 4, loss: 5491.60, weight: 12.267, bias: 0.958
"""
"""The same with `ExponentialLR` of gamma 0.95, as plain torch prints it."""

CELLS = (
    """
import matplotlib.pyplot as plt
import torch
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from descent import optimizers
from descent.optimizers import plot_loss, train
""",
    """
optimizers.plot_loss(
    w1min=-14, w1max=0, w2min=-6, w2max=12, loss_fn=optimizers.sin_loss_fn, nsteps=100
)
""",
    """
optimizers.plot_loss(
    w1min=-5, w1max=5, w2min=-5, w2max=5, loss_fn=optimizers.reg_loss_fn, nsteps=100
)
""",
    """
sines = dict(w1min=-14, w1max=0, w2min=-6, w2max=12, loss_fn=optimizers.sin_loss_fn, nsteps=100)
optimizers.plot_train(**sines, epochs=30, w1_init=-6.5, w2_init=4.5, step_size=0.01)
""",
    """
far = dict(w1_init=-12.0, w2_init=10.0)
optimizers.plot_train(
    **sines, **far, epochs=25, optimizer=SGD, optimizer_params={"lr": 0.01, "momentum": 0.6}
)
""",
    """
valley = dict(w1min=-5, w1max=5, w2min=-5, w2max=5, loss_fn=optimizers.reg_loss_fn, nsteps=100)
side = dict(w1_init=-4.5, w2_init=-2.0, optimum=(0.0, 0.0))
figure, axes = plt.subplots(1, 2, figsize=(12, 5))
for ax, optimizer in zip(axes, (SGD, RMSprop)):
    optimizers.plot_train(
        **valley, **side, epochs=50, optimizer=optimizer, optimizer_params={"lr": 0.5}, ax=ax
    )
""",
    """
for epochs, optimizer, rate, scheduler, settings in (
    (30, SGD, 0.04, ExponentialLR, {"gamma": 0.95}),
    (30, RMSprop, 0.4, ReduceLROnPlateau, {"patience": 0, "factor": 0.9}),
):
    optimizers.plot_train(
        **sines,
        **far,
        epochs=epochs,
        optimizer=optimizer,
        optimizer_params={"lr": rate},
        scheduler=scheduler,
        scheduler_params=settings,
    )
""",
    f"""
points = torch.tensor({POINTS})
w, b = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
descent = SGD([w, b], lr=0.001)
for epoch in range(5):
    loss = torch.nn.functional.mse_loss(w * points[:, 0] + b, points[:, 1])
    descent.zero_grad()
    loss.backward()
    descent.step()
    print(f"Epoch: {{epoch}}, loss: {{loss:.2f}}, weight: {{w:.3f}}, bias: {{b:.3f}}")
""",
)
"""Cells that ask of `descent.optimizers` what the lecture's ask, in the ways in which a lecturer writes them."""
