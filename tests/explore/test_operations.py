"""Every operation of the table is torch's in JavaScript, and compiles in GLSL."""

import inspect
import math
from functools import partial
from string import Formatter
from typing import Any

import numpy as np
import torch
from chromium_steps import ELEVEN
from playwright.sync_api import Page

from descent import OPTIMIZERS, SURFACES
from descent.publish.explore.capture import capture_step, capture_surface
from descent.publish.explore.emit import Dialect, emit, glsl_steps, glsl_surface
from descent.publish.explore.graph import Block, Leaf, Node
from descent.publish.explore.operations import BOOLEAN, GLSL_PRELUDE, JAVASCRIPT_PRELUDE, LOGICAL, TENSOR

VALUES = (-2.5, -1.0, -0.75, -0.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 7.25, math.inf, math.nan)
OTHERS = (-1.5, 0.25, 2.0, 3.0)
SCALARS = (
    "alpha",
    "value",
    "exponent",
    "weight",
    "min",
    "max",
    "threshold",
    "beta",
    "negative_slope",
    "min_val",
    "max_val",
)
FIXED = {"clamp": {"min": -0.8, "max": 1.25}, "hardtanh": {"min_val": -0.8, "max_val": 1.25},
         "softplus": {"beta": 1.5, "threshold": 3.0}, "softplus_backward": {"beta": 1.5, "threshold": 3.0}}  # fmt: skip


def words(name: str) -> list[str]:
    """What an operation takes."""
    form = TENSOR[name].form
    found = (
        [field for _, field, _, _ in Formatter().parse(form) if field]
        if isinstance(form, str)
        else inspect.signature(form).parameters
    )
    return sorted(set(found), key=lambda word: (word != "self", word))


def is_true_or_false(name: str, word: str) -> bool:
    return name in LOGICAL or word in BOOLEAN


def cases(name: str) -> list[dict[str, Any]]:
    drawn, found = np.random.default_rng(0), []
    for value in (False, True) if name in LOGICAL else VALUES:
        for _ in range(1 if len(words(name)) == 1 else 4):
            case = {
                word: bool(drawn.integers(2)) if is_true_or_false(name, word) else float(drawn.choice(OTHERS))
                for word in words(name)
            }
            found.append({**case, **({"self": value} if "self" in case else {}), **FIXED.get(name, {})})
    return found


def by_torch(name: str, case: dict[str, Any]) -> Any:
    packet, _, mode = name.partition(":")
    kinds = {True: torch.bool, False: torch.float64}
    args = {
        word: value if word in SCALARS else torch.tensor(value, dtype=kinds[isinstance(value, bool)])
        for word, value in case.items()
    }
    return getattr(torch.ops.aten, packet)(**args, **({"rounding_mode": mode} if mode else {})).item()


def test_every_operation_is_torchs(page: Page) -> None:
    tried = [(name, case, by_torch(name, case)) for name in TENSOR for case in cases(name)]
    scripts = []
    for name, case, value in tried:
        nodes = [
            Node("const", (), "bool" if isinstance(each, bool) else "float64", repr(each)) for each in case.values()
        ]
        args = tuple((word, k) for k, word in enumerate(case))
        nodes.append(Node(name, args, "bool" if isinstance(value, bool) else "float64"))
        returned = Dialect(False, str, lambda outputs: f"return Number({(outputs or {})['y']});")
        scripts.append(f"(() => {{ {emit(Block(tuple(nodes), Leaf((('y', len(nodes) - 1),))), returned)} }})()")
    found = page.evaluate(f"() => {{ {JAVASCRIPT_PRELUDE} return [{','.join(scripts)}].map(String); }}")
    wrong = [
        f"{name} of {case} is {text}, torch has {float(value)}"
        for (name, case, value), text in zip(tried, found, strict=True)
        if not (math.isnan(value) and text == "NaN")
        and not math.isclose(float(text), value, rel_tol=1e-14, abs_tol=1e-15)
    ]
    assert wrong == []
    assert len(tried) > 1500


COMPILED = """source => {
  const gl = document.createElement("canvas").getContext("webgl2");
  const shader = gl.createShader(gl.FRAGMENT_SHADER);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return gl.getShaderParameter(shader, gl.COMPILE_STATUS) ? "" : gl.getShaderInfoLog(shader);
}"""


def shader(body: str, colour: str) -> str:
    head = "#version 300 es\nprecision highp float;\nout vec4 colour;\nuniform float p[16];\n"
    return f"{head}{GLSL_PRELUDE}{body}\nvoid main() {{ colour = {colour}; }}"


def test_every_operation_is_glsl(page: Page) -> None:
    lines = []
    for name in TENSOR:
        taken = words(name)
        nodes = [Node("input", (), "bool" if is_true_or_false(name, word) else "float64", word) for word in taken]
        answer = isinstance(by_torch(name, cases(name)[0]), bool)
        nodes.append(Node(name, tuple((word, k) for k, word in enumerate(taken)), "bool" if answer else "float64"))
        places = {word: "t" if is_true_or_false(name, word) else f"a[{k}]" for k, word in enumerate(taken)}
        added = Dialect(True, places.__getitem__, lambda outputs: f"sum += float({(outputs or {})['y']});")
        lines.append(f"{{ {emit(Block(tuple(nodes), Leaf((('y', len(nodes) - 1),))), added)} }}")
    start = "float every() { float a[5] = float[5](p[0], p[1], p[2], p[3], p[4]); bool t = p[5] > 0.0; float sum = 0.0;"
    whole = "\n".join([start, *lines, "return sum; }"])
    assert page.evaluate(COMPILED, shader(whole, "vec4(every())")) == ""


def test_optimizers_and_surfaces_are_glsl(page: Page) -> None:
    for k, name in enumerate(ELEVEN):
        regime = capture_step(partial(OPTIMIZERS[name]), torch.float32)
        surface = capture_surface(list(SURFACES.values())[k % len(SURFACES)], torch.float32)
        body = f"{glsl_surface(surface)}\n{glsl_steps(regime)}"
        assert page.evaluate(COMPILED, shader(body, "vec4(surface(p[0], p[1]), 1.0)")) == "", name
    assert page.evaluate(COMPILED, shader(body.replace("float", "flaot", 1), "vec4(1.0)")) != ""
