"""Emit: from a captured graph to code, in JavaScript over doubles or in GLSL over floats.

One emitter for both: a node is a constant of the language, its expression comes from the table of operations.
JavaScript rounds to float32 wherever torch does, by `Math.fround`, `f32` for short; sums and products of two float32 in
doubles, rounded once, are what float32 arithmetic gives.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from descent.publish.explore.capture import Regime
from descent.publish.explore.graph import DOUBLE, Block, Leaf, Node
from descent.publish.explore.operations import BOOLEAN, LOGICAL, PYTHON, TENSOR
from descent.publish.explore.symbols import UncapturableError

FIXED = ("w.0", "w.1", "g.0", "g.1", "loss")
"""What the first places of a program's numbers are; its state follows."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A language.

    Attributes:
        glsl: Whether it is GLSL.
        end: How a way ends, for its outputs by name; for None, a way that was never captured.
        place: The expression of an input.
    """

    glsl: bool
    place: Callable[[str], str]
    end: Callable[[Mapping[str, str] | None], str]


def emit(block: Block, dialect: Dialect) -> str:
    """The statements of a program.

    Raises:
        UncapturableError: Naming an operation that is not in the table.
    """
    lines, _ = _emitted(block, (), dialect, "  ")
    return "\n".join(lines)


def _emitted(block: Block, before: tuple[Node, ...], dialect: Dialect, indent: str) -> tuple[list[str], set[int]]:
    """The lines of a block and all that follow, and which nodes before it they need."""
    nodes = (*before, *block.nodes)
    if isinstance(block.end, Leaf):
        outputs = block.end.outputs
        needed = {ref for _, ref in outputs}
        tail = [indent + dialect.end({name: _named(nodes, ref, dialect) for name, ref in outputs})]
    else:
        needed, tail = {block.end.condition}, []
        for way, opening in ((block.end.yes, f"if ({_truth(nodes, block.end.condition, dialect)}) {{"),
                             (block.end.no, "} else {")):  # fmt: skip
            lines, theirs = ([f"{indent}  {dialect.end(None)}"], set()) if way is None else _emitted(
                way, nodes, dialect, indent + "  ")  # fmt: skip
            tail += [indent + opening, *lines]
            needed |= theirs
        tail.append(indent + "}")
    lines = []
    for k in reversed(range(len(before), len(nodes))):
        if k in needed:
            needed.discard(k)
            needed |= {ref for _, ref in nodes[k].args}
            if nodes[k].op not in ("input", "const"):
                kind = ("bool" if nodes[k].dtype == "bool" else "float") if dialect.glsl else "const"
                lines.append(f"{indent}{kind} v{k} = {_expression(nodes, k, dialect)};")
    return [*reversed(lines), *tail], needed


def _named(nodes: Sequence[Node], ref: int, dialect: Dialect) -> str:
    node = nodes[ref]
    if node.op == "input":
        return dialect.place(node.text)
    return literal(node, dialect.glsl) if node.op == "const" else f"v{ref}"


def literal(node: Node, glsl: bool) -> str:
    """A constant as both languages write it."""
    if node.dtype == "bool":
        return node.text.lower()
    value = float(node.text)
    if math.isfinite(value):
        return f"({value!r})" if value < 0 or (value == 0 and math.copysign(1, value) < 0) else repr(value)
    if glsl:
        return (
            f"uintBitsToFloat({'0x7fc00000u' if math.isnan(value) else '0x7f800000u' if value > 0 else '0xff800000u'})"
        )
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "(-Infinity)"


def _truth(nodes: Sequence[Node], ref: int, dialect: Dialect) -> str:
    name = _named(nodes, ref, dialect)
    return name if nodes[ref].dtype == "bool" else f"({name} != 0.0)"


def _number(nodes: Sequence[Node], ref: int, dialect: Dialect) -> str:
    name = _named(nodes, ref, dialect)
    return f"({name} ? 1.0 : 0.0)" if nodes[ref].dtype == "bool" else name


def _rounded(text: str, dialect: Dialect) -> str:
    return f"f32({text})" if not dialect.glsl else f"({text})"


def _expression(nodes: Sequence[Node], k: int, dialect: Dialect) -> str:
    node = nodes[k]
    single = _computed_in(nodes, node) == "float32"
    args: dict[str, str] = {}
    for name, ref in node.args:
        if name in BOOLEAN or node.op in LOGICAL:
            args[name] = _truth(nodes, ref, dialect)
            continue
        text = _number(nodes, ref, dialect)
        if single and not dialect.glsl and nodes[ref].dtype == DOUBLE and not node.op.startswith("py."):
            text = _single(nodes[ref], text)
        args[name] = text
    if node.op == "cast":
        return _cast(node, args["self"], dialect)
    operation = PYTHON.get(node.op) or TENSOR.get(node.op)
    if operation is None:
        raise UncapturableError(f"uses torch's {node.op}, which the page cannot compute")
    text = operation.written(args, dialect.glsl)
    if dialect.glsl:
        return re.sub(r"\bM\.|\bR(?=\()", "", text)
    text = re.sub(r"\bR(?=\()", "f32" if single else "", text)
    return f"f32({text})" if node.dtype == "float32" else text


def _single(node: Node, text: str) -> str:
    """A number of Python's as a float32 kernel takes it in."""
    if node.op != "const":
        return f"f32({text})"
    value = float(np.float32(float(node.text)))
    return literal(Node("const", (), DOUBLE, repr(value)), glsl=False)


def _computed_in(nodes: Sequence[Node], node: Node) -> str:
    """The precision that a kernel computes in: its result's, or its operands' where it answers a question."""
    if node.dtype in ("float32", "float64"):
        return node.dtype
    kinds = {nodes[ref].dtype for _, ref in node.args}
    return "float64" if "float64" in kinds else "float32" if "float32" in kinds else DOUBLE


def _cast(node: Node, text: str, dialect: Dialect) -> str:
    if node.dtype == "bool":
        return f"{text} != 0.0"
    if node.dtype == "int64":
        return f"trunc({text})" if dialect.glsl else f"Math.trunc({text})"
    return _rounded(text, dialect) if node.dtype == "float32" else text


def javascript_surface(block: Block) -> str:
    """Loss and gradient as a function of w1 and w2, which gives ``[loss, g1, g2]``."""
    dialect = Dialect(False, {"w.0": "w0", "w.1": "w1"}.__getitem__, lambda y: f"return [{_listed(y, SURFACE)}];")
    return f"(w0, w1) => {{\n{emit(block, dialect)}\n}}"


SURFACE = ("loss", "g.0", "g.1")


def _listed(outputs: Mapping[str, str] | None, names: Sequence[str]) -> str:
    return ", ".join((outputs or {}).get(name, "NaN") for name in names)


def slots(regime: Regime) -> tuple[str, ...]:
    """The names of a program's numbers by place: parameters, gradient, loss, and all that the state ever holds."""
    leaves = [leaf for step in regime.steps for leaf in step.leaves()]
    held = {name for leaf in leaves for name, _ in leaf.outputs} | {name for name, _ in regime.state}
    return (*FIXED, *sorted(held - set(FIXED)))


def javascript_regime(regime: Regime) -> str:
    """A regime as an object: when it is right, the first numbers, a function a step for the next ones; and in GLSL."""
    names, settings = slots(regime), [name for name, _ in regime.settings]
    initial = dict(regime.state)

    def place(name: str) -> str:
        return f"x[{names.index(name)}]" if name in names else f"p[{settings.index(name)}]"

    stepping = Dialect(False, place, lambda y: "return null;" if y is None else f"return [{_listed(y, names)}];")
    steps = [f"(x, p) => {{\n{emit(step, stepping)}\n}}" for step in regime.steps]
    asking = Dialect(False, place, lambda y: f"return {_listed(y, ['answer'])};")
    asked = [f"((p) => {{\n{emit(question, asking)}\n}})(p) === {str(answer).lower()}"
             for question, answer in regime.questions]  # fmt: skip
    first = ", ".join(literal(Node("const", (), DOUBLE, repr(initial.get(name, math.nan))), False) for name in names)
    return (
        f"{{\nfits: (p) => {' && '.join(asked) or 'true'},\nfirst: [{first}],\nnames: {list(names)!r},\n"
        f"steps: [{', '.join(steps)}],\nglsl: {json.dumps(glsl_steps(regime))}\n}}"
    )


def glsl_surface(block: Block) -> str:
    """Loss and gradient as a function `surface` of w1 and w2 in GLSL, which gives ``vec3(loss, g1, g2)``."""
    dialect = Dialect(True, {"w.0": "w0", "w.1": "w1"}.__getitem__, lambda y: f"return vec3({_floats(y, SURFACE)});")
    return f"vec3 surface(float w0, float w1) {{\n{emit(block, dialect)}\n}}"


def glsl_steps(regime: Regime) -> str:
    """A regime's programs in GLSL: functions `step0`, `step1`, … that move the numbers ``x``, by the settings ``p``.

    They answer whether they were captured as far as that.
    """
    names, settings = slots(regime), [name for name, _ in regime.settings]
    count = len(names)

    def place(name: str) -> str:
        return f"x[{names.index(name)}]" if name in names else f"p[{settings.index(name)}]"

    def end(outputs: Mapping[str, str] | None) -> str:
        if outputs is None:
            return "return false;"
        return f"x = float[{count}]({_floats(outputs, names)}); return true;"

    return "\n".join(
        f"bool step{k}(inout float x[{count}]) {{\n{emit(step, Dialect(True, place, end))}\n}}"
        for k, step in enumerate(regime.steps)
    )


def _floats(outputs: Mapping[str, str] | None, names: Sequence[str]) -> str:
    return ", ".join((outputs or {}).get(name, "0.0") for name in names)
