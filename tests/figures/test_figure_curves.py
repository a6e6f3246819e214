"""Curves against the step: the values, and scales that show them."""

from functools import partial

from figure_subjects import bowl_run
from matplotlib.figure import Figure
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR

from descent import Run, Schedule, Surface, trace, trace_lr
from descent.figures import loss_curves, lr_curves


def test_a_loss_curve_is_the_loss_against_the_step(ax):
    run = trace(bowl_run(0.25))
    assert loss_curves([run], ax) is ax
    curve, end = ax.lines
    assert curve.get_xydata().tolist() == [[0, 20], [1, 5], [2, 1.25], [3, 0.3125], [4, 0.078125]]
    assert end.get_xydata().tolist() == [[4, 0.078125]]
    assert ax.get_yscale() == "log"


def test_losses_that_span_little_or_reach_below_zero_are_on_a_linear_scale(ax, traced):
    loss_curves([traced("E04")], ax)
    assert ax.get_yscale() == "linear"
    low, high = ax.get_ylim()
    assert low < traced("E04").loss.min() < traced("E04").loss.max() < high


def test_a_runaway_does_not_squash_the_others(ax):
    tilted = Surface("tilted", lambda w1, w2: w1**2 + w2, ((-8, 8), (-40, 4)))
    calm, runaway = (trace(Run(tilted, partial(SGD, lr=lr), (4, 0), 8)) for lr in (0.1, 1.5))
    loss_curves([calm, runaway], ax)
    span = calm.loss[0] - min(calm.loss.min(), runaway.loss.min())
    assert runaway.loss.max() > 1000
    assert ax.get_ylim()[1] <= calm.loss[0] + 3.2 * span


def test_several_axes_can_share_one_scale(traced):
    runs = [traced("E12"), traced("E14")]
    first, second = Figure().subplots(1, 2)
    loss_curves(runs[:1], first, among=runs)
    loss_curves(runs[1:], second, first=1, among=runs)
    assert first.get_ylim() == second.get_ylim()


def test_a_rate_is_a_staircase(ax):
    curve = trace_lr(Schedule(partial(StepLR, step_size=2, gamma=0.5), lr=0.8, steps=5))
    lr_curves([curve], ax)
    (stairs,) = ax.lines
    assert stairs.get_drawstyle() == "steps-post"
    assert stairs.get_xydata().tolist() == [[0, 0.8], [1, 0.8], [2, 0.4], [3, 0.4], [4, 0.2], [5, 0.2]]
    assert ax.get_ylim()[0] == 0
    assert ax.get_yscale() == "linear"


def test_rates_of_different_size_share_a_logarithmic_axis(ax):
    lr_curves([trace(bowl_run(0.001)), trace(bowl_run(0.2))], ax)
    low, high = ax.get_ylim()
    assert ax.get_yscale() == "log"
    assert low < 0.001 < 0.2 < high
