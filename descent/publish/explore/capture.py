"""Capture: a surface with its gradient, and an optimizer's own `step()`, as graphs of what torch computes.

The step is taken for real, on the two scalars that `trace` would hand it, with symbols for its settings. What a run
does differently in its first steps (buffers that do not exist yet) becomes programs of their own; what depends on
numbers of its state becomes forks, each way of which is gone; what depends on its settings (`if momentum != 0`) becomes
regimes, each captured with settings of its own. Nothing is believed: see `descent.publish.explore.replay`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from descent.publish.explore.graph import Block, Fork, Leaf, Path, pruned
from descent.publish.explore.recorder import Recorder, dtype_name
from descent.publish.explore.symbols import SETTING, STATE, Number, Tape, UncapturableError
from descent.record.matrices import MatrixLoss
from descent.record.surfaces import Surface, differentiating
from descent.record.torch_specs import build_optimizer

_MOST_PHASES = 8
_MOST_WAYS = 64
_SETTLING = 3

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Regime:
    """The programs of an optimizer's steps, for settings that take the same branches.

    Attributes:
        settings: Settings of this kind.
        questions: Graphs of the settings alone, whose output ``answer`` is a condition, and what it is here.
        steps: The program of the first step, of the second, …; the last is that of all others. Inputs are the
            parameters ``w.0`` and ``w.1``, the gradient ``g.0`` and ``g.1``, the ``loss``, the settings by their names
            and the state; outputs the parameters and the state.
        state: What the state is before the first step, where there is one: the numbers that steps change.
    """

    settings: tuple[tuple[str, float], ...]
    questions: tuple[tuple[Block, bool], ...]
    steps: tuple[Block, ...]
    state: tuple[tuple[str, float], ...]


@differentiating()
def capture_surface(surface: Surface, dtype: torch.dtype) -> Block:
    """Loss and gradient as a graph of ``w.0`` and ``w.1``, with the outputs ``loss``, ``g.0`` and ``g.1``.

    Raises:
        UncapturableError: If torch computes it otherwise than element by element.
    """
    if isinstance(surface.loss, MatrixLoss):
        raise UncapturableError("is of a matrix, of which it shows two coordinates")
    tape, name = Tape(), dtype_name(dtype)
    recorder = Recorder(tape, closed=False)
    (left, right), (bottom, top) = surface.domain
    leaves = [torch.tensor((low + high) / 2, dtype=dtype, requires_grad=True)
              for low, high in ((left, right), (bottom, top))]  # fmt: skip
    for k, leaf in enumerate(leaves):
        recorder.know(leaf, tape.input(f"w.{k}", name, STATE))
    with recorder.recording():
        loss = surface(*leaves)
        loss.backward()  # type: ignore[no-untyped-call]
    slopes = [tape.const(0.0, name) if leaf.grad is None else recorder.ref(leaf.grad) for leaf in leaves]
    path = tape.path([("loss", recorder.ref(loss)), ("g.0", slopes[0]), ("g.1", slopes[1])])
    if path.forks:
        raise UncapturableError("decides in Python by the value of a tensor; torch.where does it as an operation")
    return Block(path.nodes, Leaf(path.outputs))


def capture_step(spec: partial[Any], dtype: torch.dtype) -> Regime:
    """The programs of an optimizer's steps, for the settings given.

    Raises:
        UncapturableError: Why they cannot be had.
    """
    carried = _carried(spec, dtype)
    phases: list[Block] = []
    questions: dict[Block, bool] = {}
    state: tuple[tuple[str, float], ...] = ()
    while len(phases) < 2 or phases[-1] != phases[-2]:
        if len(phases) == _MOST_PHASES:
            raise UncapturableError(f"takes other steps each of the first {_MOST_PHASES} times")
        session = _Session(spec, dtype, carried, len(phases))
        if not phases:
            state = session.initial
        phases.append(_explored(session))
        questions |= session.questions
    return Regime(session.settings, tuple(questions.items()), tuple(phases[:-1]), state)


def _explored(session: "_Session") -> Block:
    """A step's program with every way that its state may take."""
    ways = 0

    def explore(forced: tuple[bool, ...]) -> Block:
        nonlocal ways
        ways += 1
        if ways > _MOST_WAYS:
            raise UncapturableError(f"has more than {_MOST_WAYS} ways to take a step")
        return build(session.path(forced), len(forced))

    def build(path: Path, depth: int) -> Block:
        nodes = path.between(depth)
        if depth == len(path.forks):
            return Block(nodes, Leaf(path.outputs))
        _, condition, answer = path.forks[depth]
        mine = build(path, depth + 1)
        try:
            other = explore((*path.answers[:depth], not answer))
        except UncapturableError:
            raise
        except Exception:  # whatever an optimizer does where its numbers do not lead
            other = None
        yes, no = (mine, other) if answer else (other, mine)
        return Block(nodes, Fork(condition, yes, no))

    block = explore(())
    if len({tuple(name for name, _ in leaf.outputs) for leaf in block.leaves()}) > 1:
        raise UncapturableError("keeps other things depending on the way that a step takes")
    return block


class _Session:
    """Captures step number ``phase`` of an optimizer, as often as there are ways to take it."""

    def __init__(self, spec: partial[Any], dtype: torch.dtype, carried: frozenset[str], phase: int) -> None:
        self._spec, self._dtype, self._carried, self._phase = spec, dtype, carried, phase
        optimizer, leaves = built(spec, dtype)
        numbers = group_numbers(optimizer)
        self.settings = tuple((name, value) for name, value in numbers.items() if name not in carried)
        held = state_numbers(optimizer, leaves)
        self.initial = (*((name, value) for name, value in numbers.items() if name in carried), *held.items())
        self.questions: dict[Block, bool] = {}

    def path(self, forced: tuple[bool, ...]) -> Path:
        """One way through the step."""
        optimizer, leaves = built(self._spec, self._dtype)
        for step in range(self._phase):
            _eager_step(optimizer, leaves, step)
        tape = Tape(forced)
        recorder = Recorder(tape, closed=True)
        name = dtype_name(self._dtype)
        for k, leaf in enumerate(leaves):
            leaf.grad = _slope(self._phase, k, self._dtype)
            recorder.know(leaf, tape.input(f"w.{k}", name, STATE))
            recorder.know(leaf.grad, tape.input(f"g.{k}", name, STATE))
        loss = torch.tensor(1.25, dtype=self._dtype)
        recorder.know(loss, tape.input("loss", name, STATE))
        _symbols_into_groups(optimizer, tape, self._carried)
        _symbols_into_state(optimizer, leaves, tape, recorder)
        calls = 0

        def closure() -> Tensor:
            nonlocal calls
            calls += 1
            if calls > 1:
                raise UncapturableError("computes the loss more than once a step")
            return loss

        with recorder.recording(), torch.no_grad():
            optimizer.step(closure)  # type: ignore[arg-type]
        grown = {**_outputs_of_groups(optimizer, tape, self._carried), **_outputs_of_state(optimizer, leaves, tape,
                                                                                             recorder)}  # fmt: skip
        moved = [(f"w.{k}", recorder.ref(leaf)) for k, leaf in enumerate(leaves)]
        self.questions |= {pruned(tape.nodes, [("answer", ref)]): answer for ref, answer in tape.conditions.items()}
        return tape.path([*moved, *sorted(grown.items())])


def built(spec: partial[Any], dtype: torch.dtype) -> tuple[Optimizer, list[Tensor]]:
    """A fresh optimizer of two scalars, whose values do not matter."""
    leaves = [torch.tensor(value, dtype=dtype, requires_grad=True) for value in (0.6875, -1.40625)]
    optimizer = build_optimizer(spec, leaves)
    if len(optimizer.param_groups) != 1:
        raise UncapturableError("has groups of its own")
    return optimizer, leaves


def group_numbers(optimizer: Optimizer) -> dict[str, float]:
    """The numbers in an optimizer's group by name, those of a tuple as ``betas.0``, ``betas.1``."""
    found: dict[str, float] = {}
    for key, value in optimizer.param_groups[0].items():
        if key == "params":
            continue
        if _is_number(value):
            found[key] = float(value)
        elif isinstance(value, tuple | list) and value and all(map(_is_number, value)):
            found |= {f"{key}.{k}": float(each) for k, each in enumerate(value)}
    return found


def state_numbers(optimizer: Optimizer, leaves: Sequence[Tensor]) -> dict[str, float]:
    """The numbers in an optimizer's state by name, such as ``exp_avg.0`` for the first parameter's."""
    return {
        f"{key}.{k}": float(value)
        for k, leaf in enumerate(leaves)
        for key, value in optimizer.state.get(leaf, {}).items()
        if _is_number(value) or (isinstance(value, Tensor) and value.numel() == 1)
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _carried(spec: partial[Any], dtype: torch.dtype) -> frozenset[str]:
    """Numbers in the group that steps change."""
    optimizer, leaves = built(spec, dtype)
    before, changed = group_numbers(optimizer), set()
    for step in range(_SETTLING):
        _eager_step(optimizer, leaves, step)
        after = group_numbers(optimizer)
        changed |= {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return frozenset(changed)


def _slope(step: int, k: int, dtype: torch.dtype) -> Tensor:
    """Some gradient, of both signs and never the same."""
    return torch.tensor((1.0 + 0.37 * step) * (-0.83 if (step + k) % 3 else 1.31), dtype=dtype)


def _eager_step(optimizer: Optimizer, leaves: Sequence[Tensor], step: int) -> None:
    for k, leaf in enumerate(leaves):
        leaf.grad = _slope(step, k, leaf.dtype)
    loss = torch.tensor(1.25, dtype=leaves[0].dtype)
    with torch.no_grad():
        optimizer.step(lambda: loss)  # type: ignore[arg-type, return-value]


def _symbols_into_groups(optimizer: Optimizer, tape: Tape, carried: frozenset[str]) -> None:
    group = optimizer.param_groups[0]

    def symbol(name: str, value: float) -> Number:
        return Number(value, tape, tape.input(name, "double", STATE if name in carried else SETTING))

    for key, value in list(group.items()):
        if key != "params" and _is_number(value):
            group[key] = symbol(key, value)
        elif key != "params" and isinstance(value, tuple | list) and value and all(map(_is_number, value)):
            group[key] = type(value)(symbol(f"{key}.{k}", each) for k, each in enumerate(value))


def _symbols_into_state(optimizer: Optimizer, leaves: Sequence[Tensor], tape: Tape, recorder: Recorder) -> None:
    for k, leaf in enumerate(leaves):
        state = optimizer.state.get(leaf, {})
        for key in sorted(state, key=str):
            value, name = state[key], f"{key}.{k}"
            if isinstance(value, Tensor):
                _single(value, key)
                recorder.know(value, tape.input(name, dtype_name(value.dtype), STATE))
            elif _is_number(value):
                state[key] = Number(value, tape, tape.input(name, "double", STATE))


def _outputs_of_groups(optimizer: Optimizer, tape: Tape, carried: frozenset[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    group = optimizer.param_groups[0]
    for name, value in group_numbers(optimizer).items():
        key, _, index = name.partition(".")
        held = group[key][int(index)] if index else group[key]
        known = isinstance(held, Number)
        ref = held.ref if known else tape.const(value)
        if name in carried:
            found[name] = ref
        elif not known or tape.nodes[ref].text != name:
            raise UncapturableError(f"changes its setting {name} in a way that was not foreseen")
    return found


def _outputs_of_state(optimizer: Optimizer, leaves: Sequence[Tensor], tape: Tape, recorder: Recorder) -> dict[str, int]:
    found: dict[str, int] = {}
    for k, leaf in enumerate(leaves):
        for key, value in optimizer.state.get(leaf, {}).items():
            if isinstance(value, Tensor):
                _single(value, key)
                found[f"{key}.{k}"] = recorder.ref(value)
            elif _is_number(value):
                found[f"{key}.{k}"] = value.ref if isinstance(value, Number) else tape.const(float(value))
    return found


def _single(value: Tensor, key: object) -> None:
    if value.numel() != 1:
        raise UncapturableError(f"keeps {key} as a tensor of shape {tuple(value.shape)}")
