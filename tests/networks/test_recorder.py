"""A training loop of one's own, recorded beside it."""

import errno
import resource
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from own_loop import examples, flat, mse, network, train
from torch import nn
from torch.optim import LBFGS, SGD, Adam, AdamW, Muon
from torch.optim.lr_scheduler import ExponentialLR

from descent.base.errors import DescentError
from descent.networks import CountSketch, Recorder, read
from descent.record.networks.recorder import writer
from descent.record.networks.recorder.recorder import is_kept
from descent.record.networks.recorder.records import Snapshot, records


def test_training_is_the_same_bit_for_bit_with_and_without(tmp_path):
    plain = network()
    rows, losses = train(plain, Adam(plain.parameters(), lr=0.02), 12)
    model = network()
    optimizer = Adam(model.parameters(), lr=0.02)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    with Recorder(tmp_path / "run", model, optimizer, every=5) as run:
        recorded_rows, recorded_losses = train(model, optimizer, 12, run)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    np.testing.assert_array_equal(rows, recorded_rows)
    assert losses == recorded_losses
    for name, buffer in plain.state_dict().items():
        assert torch.equal(buffer, model.state_dict()[name])


def test_what_was_kept_is_what_the_loop_saw(tmp_path):
    model = network()
    optimizer, states = SGD(model.parameters(), lr=0.1, momentum=0.9), []
    scheduler = ExponentialLR(optimizer, 0.5)
    with Recorder(tmp_path / "a run", model, optimizer, every=3) as run:
        states.append({name: value.clone() for name, value in model.state_dict().items()})
        rows, losses = train(
            model,
            optimizer,
            7,
            run,
            scheduler,
            after=lambda _: states.append({n: v.clone() for n, v in model.state_dict().items()}),
        )
    assert run.steps == 7
    found = read(tmp_path / "a run", network(seed=5))
    assert found.at.tolist() == [0, 3, 6, 7]
    np.testing.assert_array_equal(found.params, rows[found.at])
    np.testing.assert_array_equal(found.loss, np.array(losses)[[0, 3, 6, 6]])
    np.testing.assert_allclose(found.rates[:, 0], 0.1 * 0.5 ** np.array([0, 3, 6]))
    assert found.training.all()
    assert found.label == "SGD  lr 0.1  momentum 0.9"
    x, _ = examples()
    for row, step in enumerate(found.at):
        other = network()
        other.load_state_dict(states[step])
        assert torch.equal(found.network(row)(x), other.eval()(x))
    history = found.history
    assert history.step.tolist() == list(range(8))
    np.testing.assert_array_equal(history.loss, [np.nan, *losses])
    np.testing.assert_allclose(history.lr[1:, 0], 0.1 * 0.5 ** np.arange(7))
    assert np.isnan(history.lr[0]).all()
    assert set(history.momentum[1:, 0]) == {0.9}
    assert history.blocks == ("0", "1", "4")
    sizes = [param.numel() for param in model.parameters()]
    sketch = CountSketch(sizes, 256, 0)
    for step, row in enumerate(rows):
        np.testing.assert_allclose(history.sketch[step], sketch.of(torch.from_numpy(row).split(sizes)), atol=1e-5)
    moved = np.split(np.diff(rows, axis=0), [32, 48], axis=1)
    np.testing.assert_allclose(
        history.update[1:], np.stack([np.linalg.norm(part, axis=1) for part in moved], 1), rtol=1e-4
    )


def test_lengths_of_gradients_are_those_that_the_step_used(tmp_path):
    model = network()
    optimizer, seen = SGD(model.parameters(), lr=0.1), []
    hook = optimizer.register_step_pre_hook(
        lambda *_: seen.append(
            [
                sum(float(p.grad.square().sum()) for p in part.parameters()) ** 0.5
                for part in (model[0], model[1], model[4])
            ]
        )
    )
    with Recorder(tmp_path, model, optimizer) as run:
        train(model, optimizer, 4, run)
    hook.remove()
    np.testing.assert_allclose(read(tmp_path).history.grad[1:], seen, rtol=1e-5)


def test_steps_that_are_not_measured_cost_nothing_and_those_that_are_have_the_same_numbers(tmp_path):
    for measure in (1, 3):
        model = network()
        optimizer = SGD(model.parameters(), lr=0.1)
        with Recorder(tmp_path / str(measure), model, optimizer, every=4, measure=measure) as run:
            train(model, optimizer, 8, run)
    every, third = (read(tmp_path / name).history for name in ("1", "3"))
    for name, known in (("grad", [3, 6]), ("update", [3, 6]), ("sketch", [0, 3, 4, 6, 8])):
        found = getattr(third, name)
        assert np.flatnonzero(~np.isnan(found).any(axis=1)).tolist() == known, "steps that are kept have a sketch too"
        np.testing.assert_array_equal(found[known], getattr(every, name)[known])
    np.testing.assert_array_equal(third.loss, every.loss)
    np.testing.assert_array_equal(third.lr, every.lr)


def test_a_large_network_is_measured_now_and_then_and_goes_on_from_any_step_that_it_ended_at(tmp_path, monkeypatch):
    monkeypatch.setattr("descent.record.networks.recorder.recorder._SMALL", 10)
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    for until in (13, 26):
        with Recorder(tmp_path, model, optimizer, every=100) as run:
            train(model, optimizer, 13, run)
        assert run.steps == until
    history = read(tmp_path, model).history
    sketched = history.step[np.isfinite(history.sketch).all(axis=1)].tolist()
    measured = history.step[np.isfinite(history.grad).all(axis=1)].tolist()
    assert (sketched, measured) == ([0, 10, 13, 20, 26], [10, 20])
    assert (history.lr[1:] == 0.1).all()
    assert np.isfinite(history.loss[1:]).all()


@pytest.mark.parametrize(("every", "steps"), [(2, 40), (3, 50)])
def test_a_logarithmic_schedule_keeps_as_many_steps_each_time_that_they_double(every, steps):
    kept = [step for step in range(1, steps) if is_kept(step, every, "log")]
    assert kept[: 2 * every] == list(range(1, 2 * every + 1))
    for j in range(1, 4):
        assert sum(every * 2**j < step <= every * 2 ** (j + 1) for step in kept) == every


def test_accumulated_batches_are_one_step_and_its_loss_that_of_the_last(tmp_path):
    model, (x, y) = network(), examples()
    optimizer, losses = SGD(model.parameters(), lr=0.1), []
    with Recorder(tmp_path, model, optimizer, every=1) as run:
        for number in range(6):
            loss = mse(model(x[number : number + 8]), y[number : number + 8]) / 3
            loss.backward()
            if number % 3 == 2:
                optimizer.step()
                optimizer.zero_grad()
                losses.append(loss.item())
            run.log(loss=loss)
    found = read(tmp_path)
    assert found.at.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found.history.loss[1:], np.float32(losses))


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_a_gradient_scaler_skips_is_no_step(tmp_path, fused):
    """A fused optimizer is called all the same and does nothing; a plain one is not called."""
    model, (x, y) = network(), examples()
    optimizer = Adam(model.parameters(), lr=0.01, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    rows, losses, lengths = [flat(model)], [], []
    with Recorder(tmp_path, model, optimizer, every=1) as run:
        for number in range(6):
            optimizer.zero_grad()
            loss = mse(model(x), y)
            scaler.scale(loss * (float("inf") if number in (0, 3) else 1)).backward()
            scale = scaler.get_scale()
            length = torch.cat([p.grad.flatten() for p in model[0].parameters()]).norm() / scale
            scaler.step(optimizer)
            scaler.update()
            run.log(loss=loss)
            if number not in (0, 3):
                rows.append(flat(model))
                losses.append(loss.item())
                lengths.append(float(length))
    assert run.steps == 4
    found = read(tmp_path)
    np.testing.assert_array_equal(found.params, torch.stack(rows))
    np.testing.assert_array_equal(found.history.loss[1:], np.float32(losses))
    np.testing.assert_allclose(found.history.grad[1:, 0], lengths, rtol=1e-5)


class Compiled(nn.Module):
    """What `torch.compile` makes, without compiling."""

    def __init__(self, inner):
        super().__init__()
        self._orig_mod = inner

    def forward(self, x):
        return self._orig_mod(x)


def test_wrappers_are_seen_through(tmp_path):
    inner = network()
    inner[4] = Compiled(inner[4])
    wrapped = Compiled(nn.DataParallel(inner))
    optimizer = SGD(wrapped.parameters(), lr=0.1)
    with Recorder(tmp_path, wrapped, optimizer, every=1) as run:
        rows, _ = train(wrapped, optimizer, 2, run)
    for reader in (None, network(), wrapped):
        np.testing.assert_array_equal(read(tmp_path, reader).params, rows)
    assert read(tmp_path).history.blocks == ("0", "1", "4")


class Odd(nn.Module):
    """Half precision, a frozen and a shared matrix, one without gradient, buffers of every kind."""

    def __init__(self):
        super().__init__()
        self.first = self.second = nn.Linear(3, 3).to(torch.bfloat16)
        self.frozen = nn.Linear(3, 3).requires_grad_(False).to(torch.float16)
        self.unused = nn.Parameter(torch.ones(2, dtype=torch.float64))
        self.register_buffer("turning", torch.ones(2, dtype=torch.complex64))
        self.register_buffer("count", torch.tensor(0))
        self.register_buffer("short", torch.zeros(2, dtype=torch.bfloat16), persistent=False)
        self.register_buffer("flag", torch.tensor(False))

    def forward(self, x):
        self.count += 1
        self.short += 0.5
        self.flag = ~self.flag
        self.turning = self.turning * 1j
        return self.second(self.first(x)).sum().float()


def test_networks_of_every_kind(tmp_path):
    torch.manual_seed(0)
    model = Odd()
    optimizer, seen = SGD([p for p in model.parameters() if p.requires_grad], lr=0.01), []
    with Recorder(tmp_path, model, optimizer, every=1) as run:
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.ones(2, 3, dtype=torch.bfloat16)).backward()
            optimizer.step()
            seen.append(model.first.weight.detach().clone())
    assert run.steps == 3
    found = read(tmp_path)
    assert found.state["count"].tolist() == [0, 1, 2, 3]
    assert found.state["short"][:, 0].tolist() == [0, 0.5, 1, 1.5]
    assert found.state["flag"].tolist() == [False, True, False, True]
    assert found.state["turning"][:, 0].tolist() == [1, 1j, -1, -1j]
    assert "first" in found.history.blocks
    assert not found.history.update[1:, found.history.blocks.index("frozen")].any()


def test_optimizers_side_by_side_take_one_step_together(tmp_path):
    model, (x, y) = network(), examples()
    matrices, rest = ([p for p in model.parameters() if (p.ndim == 2) == wanted] for wanted in (True, False))
    optimizers = Muon(matrices, lr=0.02), AdamW(rest, lr=0.01, betas=(0.8, 0.99))
    with Recorder(tmp_path, model, optimizers, every=1) as run:
        for _ in range(3):
            loss = mse(model(x), y)
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
            run.log(loss=loss)
    found = read(tmp_path)
    assert run.steps == 3
    assert found.history.lr[1:].tolist() == [[0.02, 0.01]] * 3
    assert found.history.momentum[1:].tolist() == [[0.95, 0.8]] * 3
    assert found.label == "Muon  lr 0.02 · AdamW  lr 0.01  betas (0.8, 0.99)"


def test_a_closure_that_is_called_again_and_again_is_one_step(tmp_path):
    model, (x, y) = nn.Linear(3, 1), examples()
    optimizer = LBFGS(model.parameters(), lr=0.5, max_iter=5)

    def closure():
        optimizer.zero_grad()
        loss = mse(model(x), y)
        loss.backward()
        return loss

    with Recorder(tmp_path, model, optimizer) as run:
        for _ in range(2):
            run.log(loss=optimizer.step(closure))
    assert run.steps == 2


def test_optimizers_in_a_wrapper_are_found(tmp_path):
    """As Accelerate and Lightning hand them out."""

    class Wrapper:
        def __init__(self, optimizer):
            self.optimizer = optimizer

    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, model, Wrapper(Wrapper(optimizer))) as run:
        train(model, optimizer, 2, run)
    assert run.steps == 2


def stopped_at(folder, step, lr=0.1, steps=8):
    """A run that is recorded in two parts: stopped, and resumed from a checkpoint of some step."""
    model = network()
    optimizer, kept = SGD(model.parameters(), lr=lr), {}
    with Recorder(folder, model, optimizer, every=2) as run:
        rows, _ = train(
            model,
            optimizer,
            steps,
            run,
            after=lambda at: kept.update({at: {n: v.clone() for n, v in model.state_dict().items()}}),
        )
    model.load_state_dict(kept[step])
    return model, rows


def test_a_resumed_run_goes_on_where_the_network_is(tmp_path):
    model, rows = stopped_at(tmp_path, 8)
    optimizer = SGD(model.parameters(), lr=0.05)
    with Recorder(tmp_path, model, optimizer, every=2) as run:
        assert run.steps == 8
        more, _ = train(model, optimizer, 3, run, seed=1)
    found = read(tmp_path)
    assert found.at.tolist() == [0, 2, 4, 6, 8, 10, 11]
    np.testing.assert_array_equal(found.params[:5], rows[::2])
    np.testing.assert_array_equal(found.params[5:], more[2:])
    assert found.history.step.tolist() == list(range(12))
    assert found.history.lr[1:, 0].tolist() == [0.1] * 8 + [0.05] * 3


def test_steps_that_are_taken_again_replace_what_was_recorded_of_them(tmp_path):
    """The way of the loop, not of the file: a run that went on from an older checkpoint."""
    model, rows = stopped_at(tmp_path, 5)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.safetensors")}
    optimizer = SGD(model.parameters(), lr=0.02)
    with Recorder(tmp_path, model, optimizer, every=2) as run:
        assert run.steps == 5
        more, _ = train(model, optimizer, 2, run, seed=1)
    found = read(tmp_path)
    assert found.at.tolist() == [0, 2, 4, 6, 7]
    np.testing.assert_array_equal(found.params[:3], rows[[0, 2, 4]])
    np.testing.assert_array_equal(found.params[3:], more[1:])
    assert found.history.step.tolist() == list(range(8))
    assert {name: (tmp_path / name).read_bytes() for name in before} == before, "nothing finished is written over"


def test_a_folder_takes_no_other_run(tmp_path):
    model, _ = stopped_at(tmp_path, 8)
    for other, sentence in (
        (network(seed=9), "at none of them that was measured"),
        (network(), "already; choose another folder"),
        (nn.Linear(3, 1), "another network, without 'weight'"),
    ):
        with pytest.raises(DescentError, match=sentence):
            Recorder(tmp_path, other, SGD(other.parameters(), lr=0.1)).start()
    with pytest.raises(DescentError, match="recorded with sketch=256 and seed=0"):
        Recorder(tmp_path, model, SGD(model.parameters(), lr=0.1), sketch=64).start()
    other = network(seed=9)
    with Recorder(tmp_path, other, SGD(other.parameters(), lr=0.1), step=20) as run:
        assert run.steps == 20
        train(other, run._optimizers[0], 1, run)
    assert read(tmp_path).at.tolist() == [0, 2, 4, 6, 8, 20, 21]


def test_a_folder_has_one_recorder_at_a_time(tmp_path):
    model = network()
    with Recorder(tmp_path, model, SGD(model.parameters(), lr=0.1)) as run:
        with pytest.raises(DescentError, match="another recorder writes into"):
            Recorder(tmp_path, network(), SGD(model.parameters(), lr=0.1)).start()
        with pytest.raises(DescentError, match="records already"):
            run.start()
        train(model, run._optimizers[0], 1, run)


def one_warning(model, folder, steps, **settings):
    """Train with a recorder; the one thing that it says."""
    optimizer = SGD(model.parameters(), lr=0.1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with Recorder(folder, model, optimizer, **settings) as run:
            found = train(model, optimizer, steps, run)
    (only,) = told
    return str(only.message), found


@contextmanager
def files_of_at_most(size):
    """What a file system says when a quota is used up, said by the kernel of this process's files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 3000, 4000])
def test_a_disk_that_takes_no_more_stops_the_recording_and_not_the_training(tmp_path, size):
    """With the index cut in the middle of a record, which is then passed over."""
    plain = network()
    rows, losses = train(plain, SGD(plain.parameters(), lr=0.1), 9)
    with files_of_at_most(size):
        told, found = one_warning(network(), tmp_path, 9, every=2)
    assert "the file grew too large for this disk or account; choose another folder. The training goes on." in told
    np.testing.assert_array_equal(found[0], rows)
    assert found[1] == losses
    assert (tmp_path / "steps.log").stat().st_size == size
    if size:
        run = read(tmp_path)
        assert run.history.step.tolist() == list(range(len(run.history.step)))
        np.testing.assert_array_equal(run.params, rows[run.at])


def test_a_disk_that_fills_up_keeps_what_was_finished(tmp_path, monkeypatch):
    own, room = writer.save, iter(range(3))

    def save(tensors, path):
        own(tensors, path)
        if next(room, None) is None:
            path.write_bytes(path.read_bytes()[:100])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "save", save)
    told, (rows, _) = one_warning(network(), tmp_path, 12, every=2)
    assert "stopped at step" in told
    found = read(tmp_path)
    assert found.at.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(found.params, rows[:5:2])
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".log", *[".safetensors"] * 3]


def test_a_snapshot_is_listed_before_it_takes_its_name(tmp_path, monkeypatch):
    """So that a process that is killed between the two leaves no finished file that nobody knows of."""
    own, seen = Path.replace, []

    def replace(path, target):
        seen.append(target.name in {each.file for each in records(tmp_path) if isinstance(each, Snapshot)})
        return own(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, model, optimizer, every=2) as run:
        train(model, optimizer, 3, run)
    assert seen == [True] * 3


def test_a_disk_that_does_not_answer_is_waited_for_only_so_long(tmp_path, monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(writer, "save", lambda *_: answered.wait(20))
    monkeypatch.setattr(writer.Writer.__init__, "__defaults__", (0.1,))
    try:
        told, (rows, _) = one_warning(network(), tmp_path, 6, every=1)
    finally:
        answered.set()
    assert "the disk has not answered for 0.1 seconds" in told
    assert len(rows) == 7


def test_what_cannot_be_measured_stops_the_recording_and_not_the_training(tmp_path):
    model, (x, y) = nn.Linear(3, 1), examples()
    optimizer = SGD(model.parameters(), lr=0.1)
    run = Recorder(tmp_path, model, optimizer)
    run.start()
    mse(model(x), y).backward()
    optimizer.step()
    model.weight.data, model.weight.grad = torch.ones(2, 1, 5)
    with pytest.warns(UserWarning, match=f"recording into {tmp_path} stopped at step 2: .* The training goes on"):
        optimizer.step()
    optimizer.step()
    run.close()
    assert model.weight.shape == (1, 5)


def test_a_folder_that_cannot_be_written_is_said_before_the_training(tmp_path):
    (tmp_path / "file").write_text("")
    model = network()
    with pytest.raises(DescentError, match="a part of that path is a file"):
        Recorder(tmp_path / "file" / "run", model, SGD(model.parameters(), lr=0.1)).start()


def interrupted(step):
    if step == 3:
        raise KeyboardInterrupt


def test_an_error_in_the_loop_is_its_own_and_the_network_is_kept(tmp_path):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path, model, optimizer) as run:
        train(model, optimizer, 3, run, after=interrupted)
    rows = [flat(model)]
    assert not optimizer._optimizer_step_post_hooks
    found = read(tmp_path)
    assert found.at.tolist() == [0, 3]
    np.testing.assert_array_equal(found.params[-1], rows[-1])


def test_a_loop_without_a_step_is_warned_of(tmp_path):
    model = network()
    with (
        pytest.warns(UserWarning, match="no step of the optimizer was seen"),
        Recorder(tmp_path, model, SGD(model.parameters(), lr=0.1)),
    ):
        pass


def test_only_the_first_process_writes_unless_the_network_is_sharded(tmp_path, monkeypatch):
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    monkeypatch.setattr("torch.distributed.get_world_size", lambda: 2)
    monkeypatch.setattr("torch.distributed.get_rank", lambda: 1)
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path / "run", model, optimizer) as run:
        train(model, optimizer, 2, run)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"every": 0}, "'every' is a whole number, at least 1, not 0"),
        ({"every": 2.5}, "at least 1, not 2.5"),
        ({"measure": 0}, "'measure' is a whole number, at least 1"),
        ({"sketch": 3}, "'sketch' is a whole number, at least 8"),
        ({"sketch": 5000}, "at most 4096 numbers, not 5000"),
        ({"seed": -1}, "'seed' is a whole number"),
        ({"step": True}, "'step' is a whole number"),
        ({"schedule": "cosine"}, "'even' or 'log', not 'cosine'"),
        ({"model": nn.Tanh()}, "no parameters"),
        ({"model": nn.LazyLinear(2)}, "if it is lazy"),
        ({"model": nn.Linear(2, 1, dtype=torch.complex64)}, "The parameter 'weight' is complex"),
        ({"model": "net"}, "needs a torch.nn.Module, not str"),
        ({"optimizer": SGD}, "needs a torch optimizer"),
        ({"optimizer": []}, "not an empty list"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, change, sentence):
    model = network()
    asked = {"model": model, "optimizer": SGD(model.parameters(), lr=0.1)} | change
    with pytest.raises(DescentError, match=sentence) as caught:
        Recorder(tmp_path / "run", asked.pop("model"), asked.pop("optimizer"), **asked)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_folder_is_a_path():
    model = network()
    with pytest.raises(DescentError, match="needs a folder to record into, not 5"):
        Recorder(5, model, SGD(model.parameters(), lr=0.1))


def test_what_is_logged_is_numbers(tmp_path):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, model, optimizer) as run:
        train(model, optimizer, 1)
        for wrong in (torch.ones(2), "high", None):
            with pytest.raises(DescentError, match="a number each, but 'loss'"):
                run.log(loss=wrong)
        run.log(loss=np.float64(0.5), accuracy=torch.tensor([1]), n=3)
        run.log(loss=7, more=2.0)
    logged = read(tmp_path).history.logged
    assert {name: values[1] for name, values in logged.items()} == {"loss": 0.5, "accuracy": 1, "n": 3, "more": 2}
