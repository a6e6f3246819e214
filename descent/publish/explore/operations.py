"""Operations: what each of torch's elementwise operations is in JavaScript and in GLSL.

A form is written once for both, over the operation's arguments by their names in torch: ``M.sin`` is a function of the
language's mathematics, ``R(…)`` rounds as the tensor's precision does between two steps of one kernel. Where the two
languages differ, the second form is GLSL's. The order of steps is that of torch's kernels for single numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Form = str | Callable[..., str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        form: In JavaScript, and in GLSL but for what `M.` stands for: a pattern of its arguments, or a function.
        glsl: In GLSL where that is another.
        defaults: Arguments that need not be given.
    """

    form: Form
    glsl: Form | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)

    def written(self, args: Mapping[str, str], glsl: bool) -> str:
        """The operation on arguments, as an expression of a language."""
        form = self.glsl if glsl and self.glsl is not None else self.form
        given = {**self.defaults, **args}
        return form.format(**given) if isinstance(form, str) else form(**given)


def _scaled(value: str, factor: str) -> str:
    return value if factor == "1.0" else f"{factor} * {value}"


def _add(self: str, other: str, alpha: str) -> str:
    return f"{self} + {_scaled(other, alpha)}"


def _sub(self: str, other: str, alpha: str) -> str:
    return f"{self} - {_scaled(other, alpha)}"


def _rsub(self: str, other: str, alpha: str) -> str:
    return f"{other} - {_scaled(self, alpha)}"


def _addcmul(self: str, tensor1: str, tensor2: str, value: str) -> str:
    return f"{self} + R({_scaled(tensor1, value)}) * {tensor2}"


def _addcdiv(self: str, tensor1: str, tensor2: str, value: str) -> str:
    return f"{self} + R(R({_scaled(tensor1, value)}) / {tensor2})"


def _clamp(self: str, min: str, max: str) -> str:
    low = f"M.max({self}, {min})" if min else self
    return f"M.min({low}, {max})" if max else low


_POWERS = {
    "0.0": "1.0", "1.0": "{x}", "2.0": "{x} * {x}", "3.0": "R({x} * {x}) * {x}", "0.5": "M.sqrt({x})",
    "-1.0": "1.0 / {x}", "-2.0": "1.0 / R({x} * {x})", "-0.5": "1.0 / R(M.sqrt({x}))",
}  # fmt: skip


def _power(self: str, exponent: str) -> str:
    return _POWERS.get(exponent, f"M.pow({self}, {exponent})").format(x=self)


def _power_glsl(self: str, exponent: str) -> str:
    return _POWERS.get(exponent, f"power({self}, {exponent})").format(x=self)


def _of(*names: str) -> dict[str, Operation]:
    """Functions of one number that both languages and torch call alike."""
    return {name: Operation(f"M.{name}({{self}})") for name in names}


def _compared(**signs: str) -> dict[str, Operation]:
    return {name: Operation(f"{{self}} {sign} {{other}}") for name, sign in signs.items()}


_SIGN = "{self} > 0.0 ? 1.0 : {self} < 0.0 ? -1.0 : 0.0"  # 0 for NaN, as in torch
_ONE = {"alpha": "1.0"}
_VALUE = {"value": "1.0"}

TENSOR: Mapping[str, Operation] = MappingProxyType(
    {
        **_of("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        **_of("exp", "log", "log2", "sqrt", "abs", "floor", "ceil", "trunc"),
        **_compared(eq="==", ne="!=", lt="<", le="<=", gt=">", ge=">="),
        "sign": Operation(_SIGN),
        "sgn": Operation(_SIGN),
        "neg": Operation("-{self}"),
        "positive": Operation("{self}"),
        "reciprocal": Operation("1.0 / {self}"),
        "rsqrt": Operation("1.0 / R(M.sqrt({self}))"),
        "exp2": Operation("M.pow(2.0, {self})"),
        "expm1": Operation("M.expm1({self})", "exp({self}) - 1.0"),
        "log1p": Operation("M.log1p({self})", "log(1.0 + {self})"),
        "log10": Operation("M.log10({self})", "log({self}) / log(10.0)"),
        "round": Operation("roundEven({self})"),
        "frac": Operation("{self} - M.trunc({self})"),
        "add": Operation(_add, defaults=_ONE),
        "sub": Operation(_sub, defaults=_ONE),
        "rsub": Operation(_rsub, defaults=_ONE),
        "mul": Operation("{self} * {other}"),
        "div": Operation("{self} / {other}"),
        "div:floor": Operation("floorDivide({self}, {other})"),
        "div:trunc": Operation("M.trunc({self} / {other})"),
        "floor_divide": Operation("floorDivide({self}, {other})"),
        "fmod": Operation("{self} % {other}", "{self} - {other} * trunc({self} / {other})"),
        "remainder": Operation("(({self} % {other}) + {other}) % {other}", "mod({self}, {other})"),
        "pow": Operation(_power, _power_glsl),
        "square": Operation("{self} * {self}"),
        "addcmul": Operation(_addcmul, defaults=_VALUE),
        "addcdiv": Operation(_addcdiv, defaults=_VALUE),
        "lerp": Operation(
            "M.abs({weight}) < 0.5 ? {self} + {weight} * R({end} - {self}) : "
            "{end} - R({end} - {self}) * R(1.0 - {weight})"
        ),
        "maximum": Operation("M.max({self}, {other})"),
        "minimum": Operation("M.min({self}, {other})"),
        "fmax": Operation("isnan({self}) ? {other} : isnan({other}) ? {self} : M.max({self}, {other})"),
        "fmin": Operation("isnan({self}) ? {other} : isnan({other}) ? {self} : M.min({self}, {other})"),
        "clamp": Operation(_clamp, defaults={"min": "", "max": ""}),
        "clamp_min": Operation("M.max({self}, {min})"),
        "clamp_max": Operation("M.min({self}, {max})"),
        "hardtanh": Operation("M.min(M.max({self}, {min_val}), {max_val})", defaults={"min_val": "-1.0",
                                                                                      "max_val": "1.0"}),
        "where": Operation("{condition} ? {self} : {other}"),
        "masked_fill": Operation("{mask} ? {value} : {self}"),
        "atan2": Operation("M.atan2({self}, {other})", "atan({self}, {other})"),
        "hypot": Operation("M.hypot({self}, {other})", "length(vec2({self}, {other}))"),
        "copysign": Operation("M.abs({self}) * ({other} < 0.0 ? -1.0 : 1.0)"),
        "logical_not": Operation("!{self}"),
        "bitwise_not": Operation("!{self}"),
        "logical_and": Operation("{self} && {other}"),
        "logical_or": Operation("{self} || {other}"),
        "bitwise_and": Operation("{self} && {other}"),
        "bitwise_or": Operation("{self} || {other}"),
        "isnan": Operation("isnan({self})"),
        "isinf": Operation("M.abs({self}) == infinity", "isinf({self})"),
        "relu": Operation("M.max({self}, 0.0)"),
        "threshold_backward": Operation("{self} <= {threshold} ? 0.0 : {grad_output}"),
        "sigmoid": Operation("1.0 / (1.0 + R(M.exp(-{self})))"),
        "sigmoid_backward": Operation("{grad_output} * R(R(1.0 - {output}) * {output})"),
        "tanh_backward": Operation("{grad_output} * R(1.0 - {output} * {output})"),
        "silu": Operation("{self} / (1.0 + R(M.exp(-{self})))"),
        "softplus": Operation(
            "{self} * {beta} > {threshold} ? {self} : M.log1p(R(M.exp({self} * {beta}))) / {beta}",
            "{self} * {beta} > {threshold} ? {self} : log(1.0 + exp({self} * {beta})) / {beta}",
            defaults={"beta": "1.0", "threshold": "20.0"},
        ),
        "softplus_backward": Operation(
            "{self} * {beta} > {threshold} ? {grad_output} : "
            "{grad_output} * R(M.exp({self} * {beta})) / (1.0 + R(M.exp({self} * {beta})))",
            defaults={"beta": "1.0", "threshold": "20.0"},
        ),
        "leaky_relu": Operation("{self} > 0.0 ? {self} : {self} * {negative_slope}",
                                defaults={"negative_slope": "0.01"}),
    }
)  # fmt: skip
"""By torch's name of the operation; with a colon, its mode."""

_PAIRS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/"}
_ASKED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

PYTHON: Mapping[str, Operation] = MappingProxyType(
    {
        **{f"py.{name}": Operation(f"{{a}} {sign} {{b}}") for name, sign in {**_PAIRS, **_ASKED}.items()},
        **{f"py.{name}": Operation(f"M.{name}({{a}})")
           for name in ("abs", "sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "atan")},
        "py.neg": Operation("-{a}"),
        "py.pow": Operation("M.pow({a}, {b})", "power({a}, {b})"),
        "py.mod": Operation("(({a} % {b}) + {b}) % {b}", "mod({a}, {b})"),
        "py.floordiv": Operation("floorDivide({a}, {b})"),
        "py.log1p": Operation("M.log1p({a})", "log(1.0 + {a})"),
        "py.expm1": Operation("M.expm1({a})", "exp({a}) - 1.0"),
    }
)  # fmt: skip
"""Operations on Python's own numbers."""

BOOLEAN = frozenset({"condition", "mask"})
"""Arguments that are true or false; all others are numbers, but for those of logical operations."""

LOGICAL = frozenset({"logical_not", "bitwise_not", "logical_and", "logical_or", "bitwise_and", "bitwise_or"})

JAVASCRIPT_PRELUDE = """\
const M = Math, f32 = Math.fround, isnan = Number.isNaN, infinity = Infinity;
const roundEven = x => { const r = M.round(x); return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r; };
const floorDivide = (a, b) => {
  if (b === 0) return a / b;
  const rest = a % b, whole = (a - rest) / b - (rest !== 0 && b < 0 !== rest < 0 ? 1 : 0), down = M.floor(whole);
  return whole - down > 0.5 ? down + 1 : down;
};
"""

GLSL_PRELUDE = """\
float floorDivide(float a, float b) { return floor(a / b); }
float power(float x, float y) {
  float size = pow(abs(x), y);
  return x >= 0.0 ? size : y != floor(y) ? uintBitsToFloat(0x7fc00000u) : mod(y, 2.0) == 0.0 ? size : -size;
}
"""
"""Its own `pow` is undefined for a negative base."""
