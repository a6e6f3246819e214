"""The notebook's API beyond the notebook: its table, its axes, its refusals."""

import inspect

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas
import polars
import pytest
import torch
from matplotlib.colors import to_rgb
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from descent import DescentError
from descent.optimizers import plot_loss, plot_train, reg_loss_fn, sin_loss_fn, train

matplotlib.use("Agg")

VIEW = {"w1min": -5, "w1max": 5, "w2min": -4, "w2max": 4, "loss_fn": reg_loss_fn, "nsteps": 20}
START = {"w1_init": -4.5, "w2_init": -2.0}


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    shows = []
    monkeypatch.setattr(plt, "show", lambda: shows.append(plt.get_fignums()))
    yield shows
    plt.close("all")


@pytest.fixture
def ax():
    return plt.subplots()[1]


def bowl(w1, w2):
    return w1**2 + w2**2


def test_the_losses_are_their_formulas():
    w1, w2 = torch.tensor([0.3, -2.0], dtype=torch.float64), torch.tensor([1.1, 0.4], dtype=torch.float64)
    a, b = w1.numpy(), w2.numpy()
    bird = np.sin(b) * np.exp(2 * (1 - np.cos(a))) + np.cos(a) * np.exp(2 * (1 - np.sin(b))) + (a - b) ** 2
    assert sin_loss_fn(w1, w2).numpy() == pytest.approx(bird)
    assert reg_loss_fn(w1, w2).numpy() == pytest.approx(a**2 + b**2 + 1.8 * a * b)


def test_the_plots_take_their_arguments_in_the_notebooks_order():
    names = ["w1min", "w1max", "w2min", "w2max", "loss_fn", "nsteps", "ax"]
    assert list(inspect.signature(plot_loss).parameters) == names
    settings = inspect.signature(plot_train).parameters
    assert list(settings)[:5] == names[:5]
    assert settings["nsteps"].default == inspect.signature(plot_loss).parameters["nsteps"].default == 8
    assert settings.keys() - set(names) == inspect.signature(train).parameters.keys() - {"loss_fn"} | {"optimum"}


# A bowl's gradient step multiplies both parameters by 1 − 2·lr.
def test_a_table_holds_what_was_before_each_step():
    table = train(bowl, 4, 8, -4, step_size=0.25)
    assert table["epoch"].tolist() == [1, 2, 3, 4]
    assert table["w1"].tolist() == [8, 4, 2, 1]
    assert table["w2"].tolist() == [-4, -2, -1, -0.5]
    assert table["loss"].tolist() == [80, 20, 5, 1.25]
    assert table["w1"].dtype == np.float32
    assert not table.flags.writeable


def test_without_an_optimizer_the_step_size_is_the_rate_of_plain_sgd():
    by_step_size = train(reg_loss_fn, 9, **START, step_size=0.3)
    by_optimizer = train(reg_loss_fn, 9, **START, optimizer=SGD, optimizer_params={"lr": 0.3})
    assert np.array_equal(by_step_size, by_optimizer)


def test_an_optimizer_without_params_keeps_torchs_defaults():
    assert np.array_equal(
        train(bowl, 5, 1, 1, optimizer=AdamW),
        train(bowl, 5, 1, 1, optimizer=AdamW, optimizer_params={"lr": 1e-3, "betas": (0.9, 0.999)}),
    )


def test_a_scheduler_changes_the_rate_of_the_next_epoch():
    table = train(
        bowl,
        3,
        8,
        0,
        optimizer=SGD,
        optimizer_params={"lr": 0.25},
        scheduler=ExponentialLR,
        scheduler_params={"gamma": 2},
    )
    assert table["w1"].tolist() == [8, 4, 0]


def test_the_plateau_scheduler_sees_the_loss():
    settings = {"optimizer": SGD, "optimizer_params": {"lr": 1.0}, "scheduler": ReduceLROnPlateau}
    table = train(bowl, 4, 8, 0, **settings, scheduler_params={"patience": 0, "factor": 0.5})
    # At rate 1 the step only changes sign; once the loss has not fallen, half the rate lands on the minimum.
    assert table["w1"].tolist() == [8, -8, 8, 0]


def test_a_diverging_run_ends_with_its_first_loss_that_is_not_finite():
    table = train(bowl, 100, 1, 1, step_size=1e10)
    assert 1 < len(table) < 100
    assert np.isfinite(table["loss"][:-1]).all()
    assert not np.isfinite(table["loss"][-1])


@pytest.mark.parametrize("frame", [pandas.DataFrame, polars.DataFrame])
def test_data_frames_take_the_table_as_it_is(frame):
    table = train(bowl, 4, 8, -4, step_size=0.25)
    data = frame(table)
    assert list(data.columns) == ["epoch", "w1", "w2", "loss"]
    for name in table.dtype.names:
        assert np.array_equal(data[name].to_numpy(), table[name])
        assert data[name].to_numpy().dtype == table[name].dtype


def test_a_plot_without_axes_makes_one_figure_and_shows_it(shown):
    axes = plot_loss(**VIEW)
    assert shown == [[axes.figure.number]] == [plt.get_fignums()]
    plt.close("all")
    axes = plot_train(**VIEW, **START, epochs=3, step_size=0.1)
    assert shown[1:] == [[axes.figure.number]]


def test_a_plot_into_axes_draws_there_and_shows_nothing(shown):
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_loss(**VIEW, ax=left) is left
    assert plot_train(**VIEW, **START, epochs=3, step_size=0.1, ax=right) is right
    assert figure.axes == [left, right]
    assert left.collections
    assert right.collections
    assert shown == []
    assert plt.get_fignums() == [figure.number]


def test_a_plot_shows_the_view_that_was_asked_for_in_true_proportion(ax):
    plot_train(**VIEW, **START, epochs=8, step_size=0.6, ax=ax)
    assert ax.get_xlim() == (-5, 5)
    assert ax.get_ylim() == (-4, 4)
    assert ax.get_aspect() == 1


def test_contours_have_about_30_levels_from_blue_to_red(ax):
    plot_loss(**VIEW | {"nsteps": 60}, ax=ax)
    (contours,) = ax.collections
    assert 25 <= len(contours.levels) <= 32
    low, high = (np.array(contours.cmap(end)[:3]) for end in (0.0, 1.0))
    assert low.argmax() == 2
    assert high.argmax() == 0


def test_nsteps_is_the_grid(ax):
    asked = []

    def watched(w1, w2):
        asked.append(tuple(w1.shape))
        return bowl(w1, w2)

    plot_loss(**VIEW | {"loss_fn": watched, "nsteps": 17}, ax=ax)
    assert (17, 17) in asked


def test_epochs_are_joined_points_whose_colour_is_their_time(ax):
    plot_train(**VIEW, **START, epochs=12, step_size=0.1, ax=ax)
    table = train(reg_loss_fn, 12, **START, step_size=0.1)
    path = np.stack([table["w1"], table["w2"]], axis=1)
    points = next(part for part in ax.collections if len(part.get_offsets()) == 12)
    assert ax.lines[0].get_xydata() == pytest.approx(path)
    assert np.asarray(points.get_offsets()) == pytest.approx(path)
    brightness = points.get_facecolors()[:, :3].sum(axis=1)
    assert (np.diff(brightness) < 0).all()


def test_the_legend_tells_the_first_and_the_last_epoch_and_the_optimum(ax):
    plot_train(**VIEW, **START, epochs=12, step_size=0.1, optimum=(0.0, 0.0), ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["epoch 1", "epoch 12", "optimum"]
    assert ax.lines[1].get_xydata().tolist() == [[0, 0]]


def test_a_single_epoch_is_told_once(ax):
    plot_train(**VIEW, **START, epochs=1, step_size=0.1, ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["epoch 1"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"step_size": 0.01}, "step_size 0.01"),
        ({"optimizer": SGD, "optimizer_params": {"lr": 0.01, "momentum": 0.6}}, "SGD  lr 0.01  momentum 0.6"),
        (
            {
                "optimizer": AdamW,
                "optimizer_params": {"lr": 0.5},
                "scheduler": ExponentialLR,
                "scheduler_params": {"gamma": 0.95},
            },
            "AdamW  lr 0.5\nExponentialLR  gamma 0.95",
        ),
    ],
)
def test_the_title_names_the_settings_and_the_result(ax, settings, told):
    plot_train(**VIEW, **START, epochs=7, **settings, ax=ax)
    last = train(reg_loss_fn, 7, **START, **settings)[-1]["loss"]
    assert ax.get_title() == f"{told}\n7 epochs, last loss {last:.5g}"


def test_a_run_may_leave_the_view_and_the_legend_says_so(ax):
    plot_train(**VIEW, **START, epochs=9, step_size=0.6, ax=ax)
    assert ax.get_legend().get_texts()[1].get_text() == "epoch 9, outside the view"
    ax.figure.canvas.draw()


def test_a_run_may_start_outside_the_view(ax):
    plot_train(**VIEW, w1_init=-9, w2_init=7, epochs=5, step_size=0.1, ax=ax)
    assert ax.get_legend().get_texts()[0].get_text() == "epoch 1, outside the view"
    assert ax.get_xlim() == (-5, 5)


@pytest.mark.filterwarnings("error")
def test_a_run_that_leaves_the_finite_numbers_is_drawn_until_then(ax):
    plot_train(**VIEW, **START, epochs=99, step_size=1e10, ax=ax)
    ax.figure.canvas.draw()
    assert "last loss inf" in ax.get_title()


def test_a_loss_that_is_not_finite_everywhere_is_drawn_where_it_is(ax):
    plot_loss(-1, 1, -1, 1, lambda w1, w2: torch.log(w1) + w2, nsteps=20, ax=ax)
    ax.figure.canvas.draw()


def test_nothing_global_changes(ax):
    before = dict(matplotlib.rcParams)
    plot_train(**VIEW, **START, epochs=3, step_size=0.1, ax=ax)
    assert dict(matplotlib.rcParams) == before


def test_colours_of_the_first_and_the_last_epoch_are_those_of_the_legend(ax):
    plot_train(**VIEW, **START, epochs=5, step_size=0.1, ax=ax)
    points = next(part for part in ax.collections if len(part.get_offsets()) == 5)
    first, last = ax.get_legend().legend_handles
    for handle, row in ((first, 0), (last, -1)):
        assert to_rgb(handle.get_facecolor()[0]) == pytest.approx(points.get_facecolors()[row, :3])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "Give a step_size, or an optimizer"),
        ({"optimizer": SGD, "step_size": 0.1}, "no step_size"),
        ({"step_size": 0.1, "optimizer_params": {"lr": 0.1}}, "optimizer_params are given without the optimizer"),
        ({"step_size": 0.1, "scheduler_params": {"gamma": 1}}, "scheduler_params are given without the scheduler"),
        ({"optimizer": "SGD"}, "must be a class, such as torch.optim.SGD, not 'SGD'"),
        ({"optimizer": ExponentialLR}, "must be a class, such as torch.optim.SGD"),
        ({"step_size": 0.1, "scheduler": SGD}, "such as torch.optim.lr_scheduler.ExponentialLR"),
        ({"optimizer": SGD, "optimizer_params": {"lrr": 0.1}}, "did you mean 'lr'"),
        ({"step_size": -1.0}, "Invalid learning rate"),
        ({"step_size": 0.1, "epochs": 0}, "at least 1"),
        ({"step_size": 0.1, "w1_init": float("nan")}, "finite"),
        ({"step_size": 0.1, "loss_fn": lambda w1, w2: (w1 + w2).sum()}, "elementwise"),
        ({"step_size": 0.1, "loss_fn": lambda w1, w2: w1.detach()}, "not differentiable"),
    ],
)
def test_mistakes_are_told_in_one_sentence(settings, told):
    with pytest.raises(DescentError, match=told) as refusal:
        train(**{"loss_fn": bowl, "epochs": 3, "w1_init": 1, "w2_init": 1} | settings)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("change", "told"), [({"w1min": 5}, "view"), ({"nsteps": 1}, "grid of at least 2")])
def test_a_view_that_cannot_be_drawn_is_told_and_leaves_no_figure(change, told):
    with pytest.raises(DescentError, match=told):
        plot_loss(**VIEW | change)
    assert plt.get_fignums() == []
