"""Replay: a captured program computed by torch again, to be compared with what the optimizer itself does.

This is what makes a capture believed: six steps and more, bit for bit, for other gradients than those it was made with.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from descent.publish.explore.capture import Regime, built, group_numbers, state_numbers
from descent.publish.explore.graph import DOUBLE, Block, Leaf, Node
from descent.publish.explore.symbols import FUNCTIONS, UncapturableError
from descent.record.surfaces import Surface, differentiating

STEPS = 12
"""Steps that a capture is compared for."""

_PYTHON: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "mod", "pow", "floordiv")},
        **{name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "neg", "abs")},
        **{name: getattr(math, name) for name in FUNCTIONS if name != "pow"},
    }
)


class LeftError(Exception):
    """A program came to a way that was never captured."""


def run_block(block: Block, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a program gives for its inputs: floats, and tensors of one element.

    Raises:
        LeftError: If its numbers lead where it was not captured.
    """
    values: list[Any] = []
    while True:
        for node in block.nodes:
            values.append(_value(node, values, inputs))
        if isinstance(block.end, Leaf):
            return {name: values[ref] for name, ref in block.end.outputs}
        way = block.end.yes if bool(values[block.end.condition]) else block.end.no
        if way is None:
            raise LeftError
        block = way


def _value(node: Node, values: Sequence[Any], inputs: Mapping[str, Any]) -> Any:
    if node.op == "input":
        given = inputs[node.text]
        return given if node.dtype == DOUBLE or isinstance(given, Tensor) else _tensor(given, node.dtype)
    if node.op == "const":
        value = node.text == "True" if node.dtype == "bool" else float(node.text)
        return value if node.dtype == DOUBLE else _tensor(value, node.dtype)
    args = {name: values[ref] for name, ref in node.args}
    if node.op == "cast":
        return _tensor(args["self"], node.dtype)
    if node.op.startswith("py."):
        try:
            return _PYTHON[node.op[3:]](*(float(each) for each in args.values()))
        except (ArithmeticError, ValueError):
            return math.nan
    name, _, mode = node.op.partition(":")
    if mode:
        args["rounding_mode" if name == "div" else "approximate"] = mode
    return getattr(torch.ops.aten, name)(**args)


def _tensor(value: Any, dtype: str) -> Tensor:
    return torch.as_tensor(value, dtype=getattr(torch, dtype))


def check_step(regime: Regime, spec: partial[Any], dtype: torch.dtype, steps: int = STEPS) -> None:
    """Refuse a capture that takes other steps than the optimizer, by a single bit.

    Args:
        regime: The capture.
        spec: The optimizer with settings that take the regime's branches, not those that it was captured with alone.
        dtype: The parameters' precision.
        steps: How many.

    Raises:
        UncapturableError: Telling the first step that differs.
    """
    optimizer, leaves = built(spec, dtype)
    numbers = group_numbers(optimizer)
    settings = {name: numbers[name] for name, _ in regime.settings}
    numbers |= state_numbers(optimizer, leaves)
    held: dict[str, Any] = {name: numbers[name] for name, _ in regime.state}
    held |= {f"w.{k}": leaf.detach().clone() for k, leaf in enumerate(leaves)}
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        slopes = torch.randn(3, generator=generator, dtype=torch.float64).to(dtype)
        loss = slopes[2].abs()
        for k, leaf in enumerate(leaves):
            leaf.grad = slopes[k].clone()
        given = {"g.0": slopes[0].clone(), "g.1": slopes[1].clone(), "loss": loss.clone()}
        with torch.no_grad():
            optimizer.step(lambda loss=loss: loss)  # type: ignore[misc]
            program = regime.steps[min(step, len(regime.steps) - 1)]
            try:
                held = run_block(program, {**settings, **held, **given})
            except (LeftError, KeyError) as error:
                raise UncapturableError(f"takes a way in step {step + 1} that was not captured") from error
        for k, leaf in enumerate(leaves):
            if not torch.equal(leaf.detach(), held[f"w.{k}"].to(dtype)):
                raise UncapturableError(f"moves otherwise than its capture in step {step + 1}")


@differentiating()
def check_surface(block: Block, surface: Surface, dtype: torch.dtype, points: int = 64) -> None:
    """Refuse a captured surface whose loss or gradient differs from torch's by more than rounding.

    Sums of many terms may be added up in another order; all else is the same, bit for bit.

    Raises:
        UncapturableError: Telling where.
    """
    generator = torch.Generator().manual_seed(0)
    near = 64 * torch.finfo(dtype).eps
    for _ in range(points):
        share = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
        at = [low + part * (high - low) for part, (low, high) in zip(share, surface.domain, strict=True)]
        leaves = [torch.tensor(w, dtype=dtype, requires_grad=True) for w in at]
        loss = surface(*leaves)
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            found = run_block(block, {f"w.{k}": leaf.detach() for k, leaf in enumerate(leaves)})
        wanted = {"loss": loss.detach(), **{f"g.{k}": torch.zeros(()) if leaf.grad is None else leaf.grad
                                            for k, leaf in enumerate(leaves)}}  # fmt: skip
        size = max(1.0, *(abs(float(each)) for each in wanted.values()))
        for name, value in wanted.items():
            if not math.isclose(float(value), float(found[name]), rel_tol=near, abs_tol=near * size) and not (
                math.isnan(float(value)) and math.isnan(float(found[name]))
            ):
                raise UncapturableError(f"gives another {name} than its capture at {tuple(at)}")
