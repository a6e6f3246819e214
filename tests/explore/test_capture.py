"""What is captured is what torch does, bit for bit, and what cannot be is refused, saying why."""

import math
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, Adam, Optimizer, RAdam

from descent import OPTIMIZERS, POINTS, SURFACES, Surface
from descent.publish.explore.capture import Regime, capture_step, capture_surface
from descent.publish.explore.emit import javascript_regime, javascript_surface
from descent.publish.explore.graph import Block, Leaf, Node
from descent.publish.explore.programs import optimizer_code, surface_code
from descent.publish.explore.recorder import Recorder
from descent.publish.explore.replay import check_step, check_surface
from descent.publish.explore.symbols import STATE, Number, Tape, UncapturableError
from descent.record.regression import mean_squared_error

CAPTURED = {
    "SGD": {"momentum": 0.6, "nesterov": True}, "RMSprop": {"centered": True, "momentum": 0.3}, "Adagrad": {},
    "Adadelta": {}, "Adam": {"amsgrad": True, "weight_decay": 0.1}, "AdamW": {}, "NAdam": {}, "RAdam": {},
    "Adamax": {}, "Rprop": {}, "ASGD": {"t0": 3},
}  # fmt: skip


@pytest.mark.parametrize("name", CAPTURED)
def test_every_elementwise_optimizer_is_captured_to_the_last_bit(name: str) -> None:
    for keywords, dtype in (({}, torch.float32), (CAPTURED[name], torch.float64)):
        spec = partial(OPTIMIZERS[name], **keywords)
        regime = capture_step(spec, dtype)
        check_step(regime, spec, dtype)
        check_step(regime, partial(spec.func, **{**keywords, "lr": 0.0371}), dtype, steps=6)


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - set(CAPTURED)))
def test_others_say_what_keeps_them(name: str) -> None:
    with pytest.raises(
        UncapturableError, match=r"^(uses torch's \w+, which|takes|computes|cannot be followed: |has|keeps)"
    ):
        optimizer_code(partial(OPTIMIZERS[name], **({"lr": 0.1})), torch.float32, 10)


@pytest.mark.parametrize("name", ["SGDScheduleFree", "AdamWScheduleFree"])
def test_a_third_partys_numbers_in_its_group_are_state(name: str) -> None:
    import schedulefree

    spec = partial(getattr(schedulefree, name), lr=0.3, warmup_steps=4)
    regime = capture_step(spec, torch.float32)
    assert dict(regime.state)["k"] == 0
    check_step(regime, spec, torch.float32)


def changed(block: Block, op: str, to: str) -> Block:
    nodes = tuple(replace(node, op=to) if node.op == op else node for node in block.nodes)
    assert nodes != block.nodes
    return replace(block, nodes=nodes)


@pytest.mark.parametrize(
    ("op", "to"), [("sqrt", "abs"), ("addcdiv", "addcmul"), ("py.pow", "py.mul"), ("lerp", "dropped")]
)
def test_a_broken_capture_is_refused(op: str, to: str) -> None:
    spec = partial(Adam, lr=0.1)
    regime = capture_step(spec, torch.float32)
    broken = replace(regime, steps=(regime.steps[0], changed(regime.steps[-1], op, to)))
    with pytest.raises((UncapturableError, AttributeError)):
        check_step(broken, spec, torch.float32)


def test_a_capture_that_drops_the_update_is_refused() -> None:
    """As torch.compile's capture of 0-dimensional float64 parameters does."""
    spec = partial(SGD, lr=0.1)
    regime = capture_step(spec, torch.float64)
    block = regime.steps[0]
    inputs = {node.text: k for k, node in enumerate(block.nodes) if node.op == "input"}
    idle = replace(block, end=Leaf((("w.0", inputs["w.0"]), ("w.1", inputs["w.1"]))))
    with pytest.raises(UncapturableError, match="moves otherwise than its capture in step 1"):
        check_step(replace(regime, steps=(idle,)), spec, torch.float64)


class Odd(Optimizer):
    """A plain descent with something odd about it."""

    def __init__(self, params: Any, lr: float = 0.1, how: str = "") -> None:
        super().__init__(params, {"lr": lr})
        self.how, self.count, self.kept = how, 0, torch.tensor(2.0)

    def step(self, closure: Any = None) -> Any:  # type: ignore[override]
        loss = closure()
        self.count += 1
        for group in self.param_groups:
            for p in group["params"]:
                rate = group["lr"]
                if self.how == "counts":
                    rate = rate / self.count
                elif self.how == "hides":
                    rate = float(f"{rate}")
                elif self.how == "keeps":
                    p.data.mul_(self.kept)
                elif self.how == "draws":
                    p.data.add_(torch.randn(()))
                elif self.how == "asks":
                    loss = closure()
                elif self.how == "later" and self.count > 4:
                    rate = 2 * rate
                p.data.add_(p.grad, alpha=-rate)
        return loss


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("counts", "takes other steps each of the first 8 times"),
        ("keeps", "computes with a tensor that it keeps outside its state"),
        ("draws", "draws at random, by torch's randn"),
        ("asks", "computes the loss more than once a step"),
        ("later", "moves otherwise than its capture in step 5"),
    ],
)
def test_what_is_not_in_its_state_is_refused(how: str, why: str) -> None:
    with pytest.raises(UncapturableError, match=why):
        optimizer_code(partial(Odd, how=how), torch.float32, 10)


def test_a_setting_that_the_capture_loses_is_not_offered() -> None:
    assert [each.name for each in optimizer_code(partial(Odd), torch.float32, 10).sliders] == ["lr"]
    assert optimizer_code(partial(Odd, how="hides"), torch.float32, 10).sliders == ()


def test_settings_that_decide_have_their_own_programs() -> None:
    programs = optimizer_code(partial(SGD, lr=0.1, momentum=0.6), torch.float32, 10)
    assert len(programs.family.regimes) == 4  # momentum or none, weight decay or none
    assert {each.name for each in programs.sliders} == {"lr", "momentum", "dampening", "weight_decay"}
    assert optimizer_code(partial(SGD, lr=0.1, momentum=0.6, nesterov=True), torch.float32, 10).sliders[1].low > 0


def test_ways_that_its_state_opens_later_are_there_from_the_second_step() -> None:
    regime = capture_step(partial(RAdam), torch.float32)  # it begins to divide by its scale at step 6
    assert [len(list(step.leaves())) for step in regime.steps] == [1, 4]
    check_step(regime, partial(RAdam), torch.float32, steps=12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_is_captured(name: str, dtype: torch.dtype) -> None:
    check_surface(capture_surface(SURFACES[name], dtype), SURFACES[name], dtype)


STEEPNESS = torch.tensor([1.0, 2.5])
VIEW = ((-3.0, 3.0), (-3.0, 3.0))


def branches(w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
    return torch.where(w1 > 0.5, w1**3, w1.abs()) + torch.clamp(w2, min=-1, max=2) ** 2 + torch.maximum(w1, 2 * w2)


def constants(w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
    return STEEPNESS[0] * w1**2 + STEEPNESS[1] * w2**2 + torch.tensor(0.25) * w1 * w2


def rows(w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
    return torch.stack([w1 * STEEPNESS[0], torch.sin(w2), w1 * w2]).square().sum(0)


@pytest.mark.parametrize("loss", [branches, constants, rows, mean_squared_error(POINTS)])
def test_own_surfaces_are_captured(loss: Any) -> None:
    surface = Surface("own", loss, VIEW)
    javascript, glsl = surface_code(surface, torch.float32)
    assert "f32(" in javascript
    assert "vec3 surface(float w0, float w1)" in glsl
    assert "f32(" not in surface_code(surface, torch.float64)[0]


def test_an_unknown_operation_is_named() -> None:
    surface = Surface("own", lambda w1, w2: torch.erf(w1) + w2**2, VIEW)
    with pytest.raises(UncapturableError, match="uses torch's erf, which the page cannot compute"):
        surface_code(surface, torch.float64)
    sorted_ones = Surface("own", lambda w1, w2: torch.stack([w1, w2]).sort(dim=0).values[0] ** 2, VIEW)
    with pytest.raises(UncapturableError, match="uses torch's sort, which is not elementwise"):
        surface_code(sorted_ones, torch.float64)


def test_a_broken_surface_is_refused() -> None:
    block = capture_surface(SURFACES["valley"], torch.float64)
    with pytest.raises(UncapturableError, match="gives another loss than its capture"):
        check_surface(changed(block, "add", "sub"), SURFACES["valley"], torch.float64)


def test_numbers_note_what_pythons_own_arithmetic_does() -> None:
    tape = Tape()
    x = Number(0.25, tape, tape.input("x", "double", STATE))
    with Recorder(tape, closed=True).recording():
        value = math.sqrt(1 - x**2) / max(1, x) + abs(-x) % 2
    assert isinstance(value, Number)
    assert float(value) == math.sqrt(1 - 0.25**2) + 0.25
    assert [node.op for node in tape.nodes if node.op.startswith("py.")] == [
        "py.pow", "py.sub", "py.sqrt", "py.gt", "py.truediv", "py.neg", "py.abs", "py.mod", "py.add",
    ]  # fmt: skip
    assert math.sqrt.__module__ == "math"  # as it was


def test_code_names_nothing_of_the_users() -> None:
    """Names reach a page as data; the code has places instead."""
    regime = capture_step(partial(Adam), torch.float32)
    name = "lr'];alert(1)//"
    block = Block((Node("input", (), "double", name),), Leaf((("w.0", 0),)))
    odd = Regime(((name, 0.1),), (), (block,), ())
    assert "alert" not in javascript_regime(odd)
    assert "exp_avg" in javascript_regime(regime)
    surface = Surface("</script>", SURFACES["bird"].loss, SURFACES["bird"].domain)
    assert "script" not in javascript_surface(capture_surface(surface, torch.float32))


@settings(max_examples=6)
@given(
    lr=st.floats(1e-4, 2), momentum=st.floats(0, 1), decay=st.sampled_from([0.0, 0.01, 0.7]), dampening=st.floats(0, 1)
)
def test_other_settings_take_the_captured_ways(lr: float, momentum: float, decay: float, dampening: float) -> None:
    spec = partial(SGD, lr=lr, momentum=momentum, weight_decay=decay, dampening=dampening)
    regime = capture_step(
        partial(SGD, lr=0.1, momentum=float(momentum > 0) / 2, weight_decay=float(decay > 0)), torch.float64
    )
    check_step(regime, spec, torch.float64, steps=6)
