"""Reading runs, and checkpoints that others wrote."""

import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from own_loop import examples, flat, mse, network, train
from safetensors.torch import save_file
from torch import nn
from torch.optim import SGD, Adam

from descent.base.errors import DescentError
from descent.figures import comparison
from descent.networks import (
    Recorder,
    loss_along,
    loss_on_plane,
    principal_plane,
    random_plane,
    read,
    slice_surface,
    to_trajectory,
)
from descent.record.networks.recorder.frames import contents, frame
from descent.record.networks.recorder.records import INDEX, records


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with a run of 40 steps, and the parameters before each."""
    folder = tmp_path_factory.mktemp("runs") / "a"
    model = network()
    optimizer = Adam(model.parameters(), lr=0.05)
    with Recorder(folder, model, optimizer, every=10, sketch=8) as run:
        rows, losses = train(model, optimizer, 40, run)
    return folder, rows, losses


def test_a_run_is_seen_on_a_map_of_its_own(recorded, tmp_path):
    """From the loop to the figure, whose axes count the steps of the loop and not the rows that were kept."""
    folder, _, losses = recorded
    run = read(folder, network())
    data = examples()
    plane = principal_plane(run)
    surface = slice_surface([run], plane, mse, data, n=9)
    path = to_trajectory(run, plane, surface)
    assert path.at.tolist() == [0, 10, 20, 30, 40]
    picture = comparison([path], "An own loop")
    picture.save(tmp_path / "own.png")
    loss, rate = (axes.lines[0].get_xydata() for axes in picture.figure.axes[-2:])
    np.testing.assert_allclose(loss, [[step, losses[min(step, 39)]] for step in (0, 10, 20, 30, 40)], rtol=1e-6)
    assert rate[:, 0].tolist() == [0, 10, 20, 30, 40]
    assert "after 40 steps" in picture.alt
    assert (tmp_path / "own.png").stat().st_size > 10_000
    measured = loss_along(run, mse, data)
    assert to_trajectory(run, plane, surface, measured).loss.tolist() == measured.tolist()


def test_the_map_at_the_path_s_points_is_the_loss_of_the_network_there(recorded):
    folder, rows, _ = recorded
    run, (x, y) = read(folder, network()), examples()
    for row, step in enumerate(run.at):
        model = run.network(row)
        np.testing.assert_array_equal(flat(model), rows[step])
        plane = random_plane(run)
        at = plane.project(run.params[row])
        truth = mse(run.network(row)(x), y).item()
        if row == len(run.at) - 1:
            found = loss_on_plane(run, mse, (x, y), plane, at[None], mode="eval")
            assert found == pytest.approx(truth, rel=1e-5)


def test_pictures_name_the_step_whose_statistics_they_use(recorded):
    run = read(recorded[0], network())
    surface = slice_surface([run], principal_plane(run), mse, examples(), n=5, row=2, mode="eval")
    assert surface.note.endswith("statistics at step 20")


def test_some_steps_only_and_without_the_network(recorded):
    folder, rows, _ = recorded
    run = read(str(folder), steps=[10, 30, 31])
    assert run.at.tolist() == [10, 30]
    np.testing.assert_array_equal(run.params, rows[[10, 30]])
    assert set(run.state) == {"1.running_mean", "1.running_var", "1.num_batches_tracked"}
    with pytest.raises(DescentError, match=r"read without its network; give it: read\(folder, model\)"):
        run.network()
    with pytest.raises(DescentError, match="none are of these steps"):
        read(folder, steps=[3])


def test_a_run_without_losses_says_so(tmp_path):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, model, optimizer, every=1):
        train(model, optimizer, 4)
    run, data = read(tmp_path, network()), examples()
    plane = principal_plane(run)
    surface = slice_surface([run], plane, mse, data, n=5)
    with pytest.raises(DescentError, match="No loss was logged of this run; give one for every row"):
        to_trajectory(run, plane, surface)
    assert to_trajectory(run, plane, surface, loss_along(run, mse, data)).steps == 4


def test_losses_that_are_logged_now_and_then_hold_until_the_next(tmp_path):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, model, optimizer, every=1) as run:
        train(model, optimizer, 6, after=lambda step: step % 2 == 0 and run.log(loss=step))
    assert read(tmp_path).loss.tolist() == [2, 2, 2, 4, 4, 6, 6]


def test_a_run_whose_loss_left_the_numbers_is_said_to_have(tmp_path):
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1)
    with Recorder(tmp_path, model, optimizer, every=2) as run:
        train(model, optimizer, 6, after=lambda step: run.log(loss=[1, 0.5, 0.25, 0.2, 0.1, float("nan")][step - 1]))
    run, data = read(tmp_path, network()), examples()
    np.testing.assert_array_equal(run.loss, [1, 0.25, 0.1, np.nan])
    plane = principal_plane(run)
    picture = comparison([to_trajectory(run, plane, slice_surface([run], plane, mse, data, n=5))])
    assert "diverges: loss not finite at step 6" in picture.alt
    assert picture.figure.axes[-2].lines[0].get_xydata().tolist() == [[0, 1], [2, 0.25], [4, 0.1]]


@pytest.mark.parametrize("damage", ["cut", "emptied", "gone", "another shape"])
def test_a_damaged_snapshot_is_named_and_the_rest_is_read(recorded, tmp_path, damage):
    folder = shutil.copytree(recorded[0], tmp_path / "b")
    (file,) = folder.glob("step-*20.1.*")
    if damage == "gone":
        file.unlink()
        assert read(folder).at.tolist() == [0, 10, 30, 40]
        return
    file.write_bytes({"cut": file.read_bytes()[:-9], "emptied": b""}.get(damage, b""))
    if damage == "another shape":
        save_file({name: torch.ones(2) for name in network().state_dict()}, file)
    with pytest.warns(UserWarning, match=r"left out .*20\.1\.safetensors \(it.*\)\.$") as told:
        assert read(folder, network()).at.tolist() == [0, 10, 30, 40]
    assert len(told) == 1


def test_another_network_is_refused(recorded):
    with pytest.raises(DescentError, match="was recorded of another network than this model: it has no parameter '9"):
        read(recorded[0], nn.Sequential(*[nn.Identity()] * 9, nn.Linear(3, 8)))
    with pytest.raises(DescentError, match=r"its '0.weight' has the shape \[8, 3\], not \[8, 4\]"):
        read(recorded[0], nn.Sequential(nn.Linear(4, 8)))


# The index


@settings(max_examples=60)
@given(data=st.data())
def test_an_index_that_is_cut_anywhere_has_all_records_before_and_takes_more_behind(recorded, data):
    whole = (recorded[0] / INDEX).read_bytes()
    found = list(contents(whole))
    size = sum(len(frame(content)) for content in found[-4:])
    cut = data.draw(st.integers(len(whole) - size, len(whole)))
    ends = np.cumsum([len(frame(content)) for content in found])
    before = found[: int((ends <= cut).sum())]
    assert list(contents(whole[:cut])) == before
    assert list(contents(whole[:cut] + frame(b"more") + frame(b"and more"))) == [*before, b"more", b"and more"]


@settings(max_examples=60)
@given(data=st.data())
def test_bytes_that_a_disk_lost_cost_the_records_that_they_were_in(recorded, data):
    whole = (recorded[0] / INDEX).read_bytes()
    found = list(contents(whole))
    ends = np.cumsum([len(frame(content)) for content in found])
    first = data.draw(st.integers(0, len(whole) - 1))
    last = min(len(whole), first + data.draw(st.integers(1, 2000)))
    lost = range(int((ends <= first).sum()), int((ends < last).sum()) + 1)
    hurt = whole[:first] + bytes(255 - byte for byte in whole[first:last]) + whole[last:]
    assert list(contents(hurt)) == [content for k, content in enumerate(found) if k not in lost]


@given(junk=st.binary(max_size=200))
def test_an_index_of_anything_is_read(junk):
    assert list(contents(junk + frame(junk))) == [*contents(junk), junk] or junk[-20:]


def test_a_record_of_a_later_version_is_passed_over(recorded, tmp_path):
    folder = shutil.copytree(recorded[0], tmp_path / "b")
    with (folder / INDEX).open("ab") as file:
        file.write(frame(b"\x81\xa4type\xa5dance") + frame(b"\xff\xff"))
    assert len(list(records(folder))) == len(list(records(recorded[0])))


def test_a_folder_without_records(tmp_path):
    (tmp_path / INDEX).write_bytes(b"\xd5dr")
    with pytest.raises(DescentError, match="holds no step yet"):
        read(tmp_path)


# Checkpoints


def saved(kind, state, path, step):
    """A checkpoint as others write it."""
    if kind == "state_dict":
        torch.save(state, path / f"model_{step}.pt")
    elif kind == "with more":
        torch.save(
            {"epoch": step, "model_state_dict": state, "optimizer_state_dict": {"state": {}}}, path / f"e{step}.pth"
        )
    elif kind == "lightning":
        held = {"state_dict": {f"net.{name}": value for name, value in state.items()}, "global_step": step, "epoch": 1}
        held |= {
            "hyper_parameters": {"lr": 0.1},
            "pytorch-lightning_version": "2.6.6",
            "callbacks": {"a": {"best": None}},
        }
        torch.save(held, path / f"epoch=1-val=0.{step}.ckpt")
    elif kind == "safetensors":
        save_file(state, path / f"step-{step}.safetensors")
    elif kind == "distributed":
        torch.save({f"module.{name}": value for name, value in state.items()}, path / f"{step}.bin")
    elif kind == "compiled":
        torch.save({f"_orig_mod.{name}": value for name, value in state.items()}, path / f"{step}.bin")
    else:
        folder = path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
        torch.save({"state": {}}, folder / "optimizer.pt")
        if kind == "hugging face":
            save_file(state, folder / "model.safetensors", {"format": "pt"})
        elif kind == "older hugging face":
            torch.save(state, folder / "pytorch_model.bin")
        else:
            halves = [dict(list(state.items())[place::2]) for place in (0, 1)]
            names = [f"model-0000{place}-of-00002.safetensors" for place in (1, 2)]
            for name, half in zip(names, halves, strict=True):
                save_file(half, folder / name)
            where = {key: name for name, half in zip(names, halves, strict=True) for key in half}
            (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))


KINDS = (
    "state_dict",
    "with more",
    "lightning",
    "safetensors",
    "distributed",
    "compiled",
    "hugging face",
    "older hugging face",
    "hugging face in parts",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.few(4)
def test_checkpoints_of_every_kind_in_the_order_of_their_steps(tmp_path, kind):
    path, model = tmp_path / "my checkpoints", network()
    path.mkdir()
    steps = (0, 9, 10, 100)
    states = {}
    optimizer = SGD(model.parameters(), lr=0.1)
    for step in steps:
        states[step] = {name: value.clone() for name, value in model.state_dict().items()}
        train(model, optimizer, 2)
    for step in (100, 9, 0, 10):
        saved(kind, states[step], path, step)
    for where in (path, f"{path}/*"):
        run = read(where, network(seed=4))
        assert run.at.tolist() == list(steps)
        assert run.label == "my checkpoints"
        for row, step in enumerate(steps):
            for name, value in run.network(row).state_dict().items():
                assert torch.equal(value, states[step][name]), name
    data = examples()
    plane = principal_plane(run)
    losses = loss_along(run, mse, data, "eval")
    path = to_trajectory(run, plane, slice_surface([run], plane, mse, data, n=5, mode="eval"), losses)
    picture = comparison([path])
    assert picture.figure.axes[-1].get_title("left") == "distance to the next point"


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_no_code_in_a_checkpoint_is_run_and_what_is_bad_is_named(tmp_path):
    state = network().state_dict()
    for step in (1, 2, 3):
        saved("state_dict", {name: value + step for name, value in state.items()}, tmp_path, step)
    torch.save({"state_dict": state, "hparams": Evil(tmp_path / "owned")}, tmp_path / "step4.ckpt")
    (tmp_path / "step5.pt").write_bytes((tmp_path / "model_1.pt").read_bytes()[:500])
    (tmp_path / "step6.pt").write_bytes(b"")
    (tmp_path / "step7.pt").write_bytes(pickle.dumps(Evil(tmp_path / "owned")))
    torch.save(state, tmp_path / "best.pt")
    torch.save([1, 2], tmp_path / "step8.pt")
    torch.save({name: value[:1] for name, value in state.items() if value.ndim}, tmp_path / "step9.pt")
    torch.save({"0.weight": state["0.weight"]}, tmp_path / "step10.pt")
    torch.save(state, tmp_path / "other-3.pt")
    save_file({"a": torch.ones(1)}, tmp_path / "step11.safetensors")
    (tmp_path / "step12.safetensors").write_bytes(b"\xff" * 20)
    (tmp_path / "checkpoint-13").mkdir()
    (tmp_path / "checkpoint-13" / "model.safetensors.index.json").write_text(
        '{"weight_map": {"0.weight": "../model_1.pt"}}'
    )
    (tmp_path / "notes 14.txt").write_text("no checkpoint")
    with pytest.warns(UserWarning, match="left out") as told:
        run = read(tmp_path, network())
    assert run.at.tolist() == [1, 2, 3]
    assert not (tmp_path / "owned").exists()
    (text,) = [str(each.message) for each in told]
    for name, why in (
        ("step4.ckpt", "more than tensors, which could run code; save the state_dict alone"),
        ("step5.pt", "cannot be read"),
        ("step6.pt", "cannot be read"),
        ("step7.pt", "more than tensors"),
        ("best.pt", "neither its name nor what it holds tells its step"),
        ("step8.pt", "it holds a list, not a state_dict"),
        ("step9.pt", "has the shape"),
        ("step10.pt", "it has no parameter '0.bias'"),
        ("other-3.pt", "another one is of step 3 too"),
        ("step11.safetensors", "it has no parameter"),
        ("step12.safetensors", "cannot be read"),
        ("checkpoint-13", "names no files beside it"),
    ):
        assert f"{tmp_path / name} (" in text
        assert why in text.split(f"{tmp_path / name} (")[1].split(f" ({tmp_path}")[0]
    assert "\n" not in text


def test_the_same_checkpoint_twice_is_one_row(tmp_path):
    for name in ("epoch=0-step=5.ckpt", "last.ckpt"):
        torch.save({"state_dict": network().state_dict(), "global_step": 5}, tmp_path / name)
    assert read(tmp_path, network()).at.tolist() == [5]


def test_layers_that_share_a_matrix_may_be_saved_under_either_name(tmp_path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.into, self.out = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
            self.out.weight = self.into.weight

    torch.save({"out.weight": torch.ones(5, 3)}, tmp_path / "1.pt")
    torch.save({"into.weight": torch.zeros(5, 3)}, tmp_path / "2.pt")
    assert read(tmp_path, Tied()).params.sum(axis=1).tolist() == [15, 0]


@pytest.mark.parametrize(
    ("path", "model", "sentence"),
    [
        ("nowhere/*", network(), "There is neither a run nor a checkpoint at nowhere"),
        ("nowhere", None, "holds no run of a Recorder; to read checkpoints, give the model too"),
        (None, network(), "a folder or a pattern, such as 'runs/a', not None"),
        (".", "net", "for a torch.nn.Module, not str"),
        (".", network(), "At . no parameters can be read: bad.pt"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, monkeypatch, path, model, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pt").write_text("nothing")
    with pytest.raises(DescentError, match=sentence) as caught:
        read(path, model)
    assert "\n" not in str(caught.value)
