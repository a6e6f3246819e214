"""Numbers as they are written: one minus sign, one way to raise a power, and no negative zero."""

import itertools
import math
import re
from collections.abc import Sequence

_UP = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED = str.maketrans("-0123456789", _UP)
_LOWERED = str.maketrans(_UP, "-0123456789")
_HUGE = 1e7  # losses that would take more room than that
_LONGEST = 6  # decimals of a loss at most
_FIGURES = 16  # of a number in double precision
_SHORT = 7  # characters of an axis number that is never written as a power


def minus(text: str) -> str:
    """Text with real minus signs for its hyphens."""
    return text.replace("-", "−")


def superscript(power: int) -> str:
    """An exponent in raised digits.

    >>> superscript(-12)
    '⁻¹²'
    """
    return str(power).translate(_RAISED)


def number(value: float, decimals: int = 2) -> str:
    """A number with so many decimals.

    >>> number(-9.2484), number(-0.001, 1), number(float("inf"))
    ('−9.25', '0.0', '∞')
    """
    if not math.isfinite(value):
        return "∞"
    text = f"{value:.{decimals}f}"
    return minus(text.lstrip("-") if float(text) == 0 else text)


def plain(value: float) -> str:
    """A tick's number with no more decimals than it needs.

    >>> plain(-4.0), plain(2.5), plain(0.0005), plain(5e-7), plain(1e-17)
    ('−4', '2.5', '0.0005', '0.0000005', '0')
    """
    tiny = abs(value) < 1e-9  # a zero that was computed
    fits = (d for d in range(8) if abs(value * 10**d - round(value * 10**d)) < 1e-6 and (tiny or round(value * 10**d)))
    return number(value, next(fits, 8))


def ticks(values: Sequence[float]) -> list[str]:
    """The numbers of an axis, no two alike: plain ones, or powers of ten where plain ones would be longer.

    >>> ticks([0, 2.5, 5]), ticks([0, 5e7, 1e8]), ticks([-2e-9, -1e-9])
    (['0', '2.5', '5'], ['0', '5 × 10⁷', '10⁸'], ['−2 × 10⁻⁹', '−10⁻⁹'])
    """
    gaps = [abs(a - b) for a, b in itertools.combinations(values, 2)]
    near = 1e-3 * min((gap for gap in gaps if gap), default=max(map(abs, values), default=1.0))

    def tells(texts: Sequence[str]) -> bool:
        return all(abs((read_number(text) or 0.0) - value) <= near for text, value in zip(texts, values, strict=True))

    simple = [plain(value) for value in values]
    if tells(simple) and max(map(len, simple), default=0) <= _SHORT:
        return simple
    powers = ([_power(value, figures, near) for value in values] for figures in range(_FIGURES))
    short = next(filter(tells, powers), simple)
    return simple if tells(simple) and max(map(len, simple)) < max(map(len, short)) else short


def _power(value: float, figures: int, nothing: float) -> str:
    """A multiple of a power of ten with so many decimals, or zero."""
    if abs(value) <= nothing:
        return "0"
    factor, exponent = f"{value:.{figures}e}".split("e")
    factor = factor.rstrip("0").rstrip(".") if "." in factor else factor
    sign = "−" if factor.startswith("-") else ""
    times = "" if factor.lstrip("-") == "1" else f"{factor.lstrip('-')} × "
    return f"{sign}{times}10{superscript(int(exponent))}"


def rounded(value: float) -> str:
    """A number of about four significant digits, as figures write it.

    >>> rounded(-9.248435), rounded(3414.555), rounded(0.0), rounded(9.0812e-05)
    ('−9.248', '3415', '0', '9.08 × 10⁻⁵')
    """
    if 1e3 <= abs(value) < 1e6:
        return minus(f"{value:.0f}")
    if value == 0 or 1e-4 <= abs(value) < 1e3:
        return minus(f"{value:.4g}")
    return power_of_ten(value)


def quantity(value: float) -> str:
    """A loss in three figures, as it is written and can be said.

    >>> quantity(-106.78), quantity(55261.49), quantity(0.00113), quantity(9.4e-12), quantity(3.4e30), quantity(0.0)
    ('−107', '55,261', '0.00113', '9.4 × 10⁻¹²', '3.4 × 10³⁰', '0')
    >>> quantity(-math.inf), quantity(math.nan)
    ('−∞', 'undefined')
    """
    size = abs(float(value))
    if not math.isfinite(size):
        return "undefined" if math.isnan(size) else "∞" if value > 0 else "−∞"
    if size == 0:
        return "0"
    if 1e-3 <= size < 1e6:
        decimals = max(0, 2 - math.floor(math.log10(size)))
        text = f"{float(value):,.{decimals}f}"
        return minus(text.rstrip("0").rstrip(".") if "." in text else text)
    factor, exponent = f"{float(value):.1e}".split("e")
    return f"{minus(factor)} × 10{superscript(int(exponent))}"


def power_of_ten(value: float) -> str:
    """A number as a multiple of a power of ten.

    >>> power_of_ten(-1.25e-9), power_of_ten(1e6)
    ('−1.25 × 10⁻⁹', '10⁶')
    """
    return _power(value, 2, 0.0)


def scientific(value: float) -> str:
    """A number of two digits with its power behind an e, where there is no room for more.

    >>> scientific(-2e13), scientific(2.6e-18)
    ('−2.0e13', '2.6e−18')
    """
    mantissa, _, power = f"{value:.1e}".partition("e")
    return minus(f"{mantissa}e{int(power)}")


def loss_text(loss: float, decimals: int) -> str:
    """A loss with so many decimals, with more where a small one needs them for two figures; beyond that as 2.0e13.

    >>> loss_text(85.79, 1), loss_text(0.00113, 2), loss_text(0.0, 2), loss_text(-2e13, 1), loss_text(2.6e-18, 3)
    ('85.8', '0.0011', '0.00', '−2.0e13', '2.6e−18')
    """
    needed = 1 - math.floor(math.log10(abs(loss))) if loss and math.isfinite(loss) else 0
    if math.isfinite(loss) and (abs(loss) >= _HUGE or needed > _LONGEST):
        return scientific(loss)
    return number(loss, max(decimals, needed))


def point(w: Sequence[float], decimals: int = 2) -> str:
    """A point of the map, to so many decimals.

    >>> point((-9.2484, 4.536)), point((-0.001, 3), 1)
    ('(−9.25, 4.54)', '(0.0, 3.0)')
    """
    return f"({', '.join(number(float(value), decimals) for value in w)})"


def short_point(w: Sequence[float]) -> str:
    """A point as a user gives it, without decimals that it does not need.

    >>> short_point((-6.5, 4.0))
    '(−6.5, 4)'
    """
    return minus(f"({w[0]:g}, {w[1]:g})")


def read_number(text: str) -> float | None:
    """The number that a label shows, None for words.

    >>> read_number("−9.25"), read_number("−2.5 × 10⁻³"), read_number("10⁸"), read_number("2.0e13"), read_number("loss")
    (-9.25, -0.0025, 100000000.0, 20000000000000.0, None)
    """
    found = re.fullmatch(f"(-?)(?:([0-9.]+) × )?10([{_UP}]+)", ascii_text := text.replace("−", "-"))
    try:
        if found:
            return float(f"{found[1]}{found[2] or 1}e{found[3].translate(_LOWERED)}")
        return float(ascii_text)
    except ValueError:
        return None
