"""The recorder where others have the loop, compile the network, or share it among processes."""

import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from own_loop import flat, network, train
from sharded import steps, whole
from torch.optim import SGD

from descent.base.errors import DescentError
from descent.commands.cli import descent
from descent.networks import CountSketch, Recorder, lightning_callback, read, trainer_callback

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "training.md").read_text(encoding="utf-8")


def blocks(word=""):
    """The page's Python, those blocks in which a word stands."""
    return [block for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.S | re.M) if word in block]


def test_the_page_does_what_it_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    foreign = ("lightning", "transformers", "accelerate")
    own = [
        block
        for block in blocks()
        if not any(f"{how} {name}" in block for name in (*foreign, "train") for how in ("import", "from"))
        and "__main__" not in block
    ]
    assert len(own) == 3
    with torch.random.fork_rng(devices=[]):
        for block in own:
            exec(block, {})
    told = capsys.readouterr().out.split()
    assert "200]" in told
    assert float(told[-1]) == pytest.approx(1, abs=0.15)
    assert all((tmp_path / name).stat().st_size > 10_000 for name in ("own-loop.png", "checkpoints.png"))


def test_the_page_about_looking_does_what_it_says(tmp_path, monkeypatch, capsys):
    (code,) = blocks("__main__")
    first, second = blocks("from train import")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "train.py").write_text(code)
    with torch.random.fork_rng(devices=[]):
        exec(code, {"__name__": "__main__"})
        exec(first, {})
        held, off, *note = capsys.readouterr().out.split()
        assert 0.8 < float(held) < 1
        assert float(off) > 0
        assert " ".join(note).startswith("slice, training mode, on 64 of 128 examples, ±")
        exec(second, {})
    sharp, barriers, truth, _ = capsys.readouterr().out.splitlines()
    numbers = [float(each) for each in re.findall(r"[\d.]+", sharp)]
    assert numbers[-1] == pytest.approx(2 / 0.3)
    assert all(0 < each < 3 * numbers[-1] for each in numbers[:-1])
    straight, bent = map(float, barriers.split())
    assert bent <= straight
    under, own = (float(each) for each in re.findall(r"[\d.e-]+", truth))
    assert own != under
    monkeypatch.delitem(sys.modules, "train")
    said = CliRunner().invoke(
        descent, shlex.split("training runs/slow runs/fast --code train.py:make --points 9 -o page.html")
    )
    assert said.exit_code == 0, said.exception
    page = (tmp_path / "page.html").read_text()
    assert "principal components: " in page
    assert "of the variance" in page
    for command in re.findall(r"^\$ descent (training .*?)(?:  +#.*)?$", PAGE, re.M):
        descent.commands["training"].make_context("training", shlex.split(command)[1:])  # as it is understood


# Stand-ins: what the trainers call, in the order in which they do.


class Callback:
    """The base class of either library."""


def test_lightning_s_hooks_record(tmp_path, monkeypatch):
    library = ModuleType("lightning.pytorch")
    library.Callback = Callback
    monkeypatch.setitem(sys.modules, "lightning", ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", library)
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    callback = lightning_callback(tmp_path, every=2)

    trainer = SimpleNamespace(global_step=0, optimizers=[optimizer])

    class Log:
        def log(self, loss):
            callback.on_train_batch_end(trainer, model, {"loss": loss}, None, 0)

    callback.on_train_start(trainer, model)
    _, losses = train(model, optimizer, 3, Log())
    callback.on_train_end(trainer, model)
    found = read(tmp_path)
    assert found.at.tolist() == [0, 2, 3]
    assert found.history.loss[1:].tolist() == losses
    callback = lightning_callback(tmp_path, every=2)
    trainer.global_step = 3
    callback.on_train_start(trainer, model)
    train(model, optimizer, 1, Log())
    callback.on_exception(trainer, model, KeyboardInterrupt())
    assert read(tmp_path).at.tolist() == [0, 2, 3, 4]
    lightning_callback(tmp_path).on_exception(trainer, model, KeyboardInterrupt())


def test_hugging_face_s_hooks_record(tmp_path, monkeypatch):
    library = ModuleType("transformers")
    library.TrainerCallback = Callback
    monkeypatch.setitem(sys.modules, "transformers", library)
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    callback = trainer_callback(tmp_path, every=2)

    class State:
        global_step = 0

    class Log:
        def log(self, loss):
            callback.on_log(None, State, None, logs={"loss": loss.item(), "epoch": 1}, model=model)
            callback.on_log(None, State, None, logs={"train_runtime": 3.0}, model=model)

    callback.on_train_begin(None, State, None, model=model, optimizer=optimizer)
    _, losses = train(model, optimizer, 3, Log())
    callback.on_train_end(None, State, None, model=model)
    found = read(tmp_path)
    assert found.at.tolist() == [0, 2, 3]
    assert found.history.loss[1:].tolist() == losses


@pytest.mark.parametrize(("make", "name"), [(lightning_callback, "lightning"), (trainer_callback, "transformers")])
def test_a_library_that_is_not_there_is_told(tmp_path, monkeypatch, make, name):
    for module in (name, f"{name}.pytorch"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DescentError, match=f"{name} is not installed; install it"):
        make(tmp_path)


# The real ones


def shown(word, tmp_path):
    """Run an example of the page in a process of its own, as its reader does; what it prints."""
    (block,) = blocks(word)
    (tmp_path / "example.py").write_text(block, encoding="utf-8")
    done = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("[")]


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("word", "printed"),
    [
        ("import lightning", ["[ 0  5 10 15 16]", "[16]"]),
        ("from transformers", ["[ 0  5 10]", "[ 5 10]"]),
        ("from accelerate", ["[ 0  5 10]"]),
    ],
)
def test_the_example_of_a_framework_prints_the_steps_that_were_kept(tmp_path, word, printed):
    assert shown(word, tmp_path) == printed


@pytest.mark.matrix
def test_a_compiled_network_is_recorded_under_its_own_names(tmp_path):
    model = network()
    compiled = torch.compile(model, backend="eager")
    optimizer = SGD(compiled.parameters(), lr=0.1)
    with Recorder(tmp_path, compiled, optimizer, every=1) as run:
        rows, _ = train(compiled, optimizer, 3, run)
    found = read(tmp_path, compiled)
    np.testing.assert_array_equal(found.params, rows)
    assert [name for name, _ in found.network().named_parameters()] == [
        name for name, _ in network().named_parameters()
    ]


@pytest.mark.matrix
def test_two_processes_that_share_a_network_record_what_one_does(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, HERE / "sharded.py", tmp_path / "two"]
    both = [subprocess.Popen([*command, str(rank), port], stdout=subprocess.PIPE, text=True) for rank in (0, 1)]
    told = [each.communicate(timeout=300)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert all("recorded with sketch=16 and seed=0" in each for each in told)
    model = whole()
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    with Recorder(tmp_path / "one", model, optimizer, every=2, sketch=16) as run:
        steps(model, optimizer, run)
        steps(model, optimizer, run)
    one, two = (read(tmp_path / name, whole()) for name in ("one", "two"))
    assert two.at.tolist() == one.at.tolist() == [0, 2, 4, 6, 8]
    np.testing.assert_allclose(two.params, one.params, atol=1e-5)
    np.testing.assert_array_equal(two.params[-1], flat(two.network()))
    for name in ("grad", "update", "sketch", "loss", "lr"):
        np.testing.assert_allclose(getattr(two.history, name), getattr(one.history, name), rtol=1e-3, atol=1e-5)
    sizes = [param.numel() for param in model.parameters()]
    for row, step in enumerate(two.at):
        expected = CountSketch(sizes, 16, 0).of(torch.from_numpy(two.params[row].copy()).split(sizes))
        np.testing.assert_allclose(two.history.sketch[step], expected, atol=1e-4)
