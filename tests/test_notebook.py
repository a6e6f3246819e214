"""The lecture notebook runs on `descent.optimizers` as it ran on its own package: cells, values, prints."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from notebook_cells import CALLS, CELLS, EXERCISE, EXERCISE_WITH_SCHEDULER, LOSSES, PANELS
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from descent import EXPERIMENTS, optimizers, trace
from descent.record.lecture_runs import EXERCISES, POINTS

matplotlib.use("Agg")

TRAINING = {
    "loss_fn",
    "epochs",
    "w1_init",
    "w2_init",
    "step_size",
    "optimizer",
    "optimizer_params",
    "scheduler",
    "scheduler_params",
}


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """How many times a figure was shown; as in a notebook, none stays open."""
    shows = []
    monkeypatch.setattr(plt, "show", lambda: shows.append(plt.get_fignums()))
    yield shows
    plt.close("all")


def training(name):
    return {key: value for key, value in CALLS[name].items() if key in TRAINING}


def notebooks_loop(loss_fn, epochs, w1_init, w2_init, step_size=None, optimizer=None, **settings):
    """The notebook's training loop, written out: record, backward, step, schedule."""
    w1 = torch.tensor(w1_init, dtype=torch.float32, requires_grad=True)
    w2 = torch.tensor(w2_init, dtype=torch.float32, requires_grad=True)
    if optimizer is None:
        descent = torch.optim.SGD([w1, w2], lr=step_size)
    else:
        descent = optimizer([w1, w2], **settings["optimizer_params"])
    scheduler = settings.get("scheduler")
    schedule = scheduler(descent, **settings["scheduler_params"]) if scheduler else None
    rows = []
    for epoch in range(1, epochs + 1):
        descent.zero_grad()
        loss = loss_fn(w1, w2)
        rows.append((epoch, w1.item(), w2.item(), loss.item()))
        loss.backward()
        descent.step()
        if isinstance(schedule, ReduceLROnPlateau):
            schedule.step(loss.detach())
        elif schedule:
            schedule.step()
    return rows


@pytest.mark.parametrize("name", CALLS)
def test_train_gives_the_values_of_the_notebooks_loop_to_the_last_bit(name):
    table = optimizers.train(**training(name))
    assert table.tolist() == notebooks_loop(**training(name))
    assert table.dtype.names == ("epoch", "w1", "w2", "loss")


@pytest.mark.parametrize("name", CALLS)
def test_the_recorded_experiments_are_the_notebooks_calls(traced, name):
    table, trajectory = optimizers.train(**training(name)), traced(name)
    assert len(table) == EXPERIMENTS[name].steps
    assert np.array_equal(np.stack([table["w1"], table["w2"]], axis=1), trajectory.params[:-1])
    assert np.array_equal(table["loss"], trajectory.loss[:-1])


@pytest.mark.parametrize("name", LOSSES)
def test_the_cells_that_plot_a_loss_run(shown, name):
    axes = optimizers.plot_loss(**LOSSES[name])
    assert shown == [[axes.figure.number]]


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {name for panel in PANELS for name in panel}))
def test_the_cells_that_plot_one_training_run(shown, name):
    axes = optimizers.plot_train(**CALLS[name])
    assert shown == [[axes.figure.number]]
    assert iterates(axes) == pytest.approx(path(name))


@pytest.mark.parametrize("names", PANELS, ids="-".join)
def test_the_cells_that_plot_trainings_side_by_side_run(shown, names):
    figure, given = plt.subplots(1, len(names), figsize=(6 * len(names), 5))
    for name, axes in zip(names, given, strict=True):
        assert optimizers.plot_train(**CALLS[name], ax=axes) is axes
        assert iterates(axes) == pytest.approx(path(name))
    assert figure.axes == list(given)
    assert shown == []
    figure.canvas.draw()


def path(name):
    table = optimizers.train(**training(name))
    return np.stack([table["w1"], table["w2"]], axis=1)


def iterates(axes):
    return axes.lines[0].get_xydata()


def fit(by_hand, gamma=None):
    """The exercise's program, printing into a text: by hand or by SGD, with a scheduler or without."""
    x, y = torch.tensor(POINTS).unbind(1)
    w, b = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([w, b], lr=0.001)
    scheduler = gamma and ExponentialLR(optimizer, gamma=gamma)
    lines = []
    for epoch in range(5):
        loss = torch.nn.MSELoss()(w * x + b, y)
        optimizer.zero_grad()
        loss.backward()
        if by_hand:
            w.data, b.data = w.data - 0.001 * w.grad, b.data - 0.001 * b.grad
        else:
            optimizer.step()
        if scheduler:
            scheduler.step()
        lines.append(f"Epoch: {epoch}, loss: {loss:.2f}, weight: {w:.3f}, bias: {b:.3f}\n")
    return "".join(lines)


def recorded(run):
    """What the exercise prints, from a traced run: each epoch's loss, and the weights after its step."""
    trajectory = trace(run)
    rows = zip(trajectory.loss, trajectory.params[1:].tolist(), strict=False)
    return "".join(
        f"Epoch: {epoch}, loss: {loss:.2f}, weight: {w:.3f}, bias: {b:.3f}\n"
        for epoch, (loss, (w, b)) in enumerate(rows)
    )


def test_the_first_exercise_prints_the_notebooks_numbers_by_hand_by_sgd_and_as_recorded():
    assert fit(by_hand=True) == fit(by_hand=False) == recorded(EXERCISES["X1"]) == EXERCISE


def test_the_second_exercise_prints_the_same_numbers_by_torch_and_as_recorded():
    assert fit(by_hand=False, gamma=0.95) == recorded(EXERCISES["X2"]) == EXERCISE_WITH_SCHEDULER


def test_code_cells_written_as_in_the_lecture_run(monkeypatch, capsys):
    losses, trainings = spy(monkeypatch, "plot_loss"), spy(monkeypatch, "plot_train")
    namespace = {}
    for cell in CELLS:
        exec(compile(cell, "cell", "exec"), namespace)
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
        plt.close("all")
    assert losses == list(LOSSES.values())
    assert trainings == [CALLS[name] for name in ("E01", "E04", "E06", "E07", "E22", "E25")]
    assert capsys.readouterr().out == EXERCISE


def spy(monkeypatch, name):
    """The settings of every call of an optimizers function from now on, without the axes it draws into."""
    function, calls = getattr(optimizers, name), []

    def call(**settings):
        calls.append({key: value for key, value in settings.items() if key != "ax"})
        return function(**settings)

    monkeypatch.setattr(optimizers, name, call)
    return calls
