"""How written lecture text is said: names, symbols and numbers respelled as words a speech engine knows."""

import re
from collections.abc import Callable
from typing import Final

from descent.base.errors import DescentError

_Replacement = str | Callable[[re.Match[str]], str]

# Names that the general rules below would not get right; each was checked against both engines' phonemes.
_NAMES: Final = {
    "ASGD": "averaged SGD",
    "Adadelta": "Adda delta",
    "Adafactor": "Adda factor",
    "AdamW": "Adam W",
    "Adamax": "Adda max",
    "L-BFGS": "L B F G S",
    "LBFGS": "L B F G S",
    "LR": "L R",
    "LRs": "L Rs",
    "LRScheduler": "L R scheduler",
    "McCormick": "Mac Cormick",
    "NAdam": "N Adam",
    "NumPy": "num pie",
    "PyTorch": "pie torch",
    "RAdam": "R Adam",
    "RMSProp": "R M S prop",
    "RMSprop": "R M S prop",
    "Rprop": "R prop",
    "cos": "cosine",
    "lr": "learning rate",
    "lrs": "learning rates",
}

_GREEK: Final = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ϵ": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "µ": "mu",  # the micro sign, which keyboards type for mu
    "ν": "nu",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "phi",
    "ϕ": "phi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "gamma",
    "Δ": "delta",
    "Θ": "theta",
    "Λ": "lambda",
    "Σ": "sigma",
    "Φ": "phi",
    "Ω": "omega",
}

_OPERATORS: Final = {
    "=": "equals",
    "≠": "does not equal",
    "≈": "about",
    "<": "less than",
    ">": "greater than",
    "≤": "at most",
    "≥": "at least",
    "+": "plus",
    "−": "minus",
    "±": "plus or minus",
    "×": "times",
    "·": "times",
    "→": "to",
    "∈": "in",
    "√": "the square root of",
    "∂": "partial",
    "∇": "nabla",
    "∞": "infinity",
    "%": "percent",
    "°": "degrees",
    "&": "and",
}

_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₚₜₓ", "0123456789+−aeijkmnptx")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁱᵏⁿᵗ", "0123456789+−iknt")
_PLAIN: Final = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "‐": "-", "‑": "-"})

_COUNT: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_POWERS: Final = {"2": " squared", "3": " cubed"}

_GREEK_LETTERS: Final = "".join(_GREEK)
_NUMBER: Final = r"[-−]?\d[\d.]*(?:e[-−]?\d+)?"


def _exponent(sign: str, digits: str) -> str:
    said = _COUNT[int(digits)] if digits.isdecimal() and int(digits) < len(_COUNT) else digits
    return ("minus " if sign in {"-", "−"} else "") + said


def _scientific(match: re.Match[str]) -> str:
    mantissa, sign, digits = match.groups()
    power = f"ten to the {_exponent(sign, digits)}"
    return power if mantissa == "1" else f"{mantissa} times {power}"


def _power(match: re.Match[str]) -> str:
    raised = match.group().translate(_SUPERSCRIPTS).strip("^()")
    sign, digits = (raised[0], raised[1:]) if raised[0] in "+-−" else ("", raised)
    return f"{_POWERS.get(raised) or ' to the ' + _exponent(sign, digits)} "


def _hump_by_hump(match: re.Match[str]) -> str:
    humps = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", match.group())
    return " ".join(" ".join(hump) if hump.isupper() else hump.lower() for hump in humps)


# Applied from the top: what needs its neighbours (a minus sign before a digit, a call's brackets) comes
# before what replaces single characters.
_RULES: Final[tuple[tuple[re.Pattern[str], _Replacement], ...]] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"->", "→"),
        (r"(?<=\w)_(?=\w)", " "),  # weight_decay, T_max, w_1
        (r"(?<=\d)–(?=[\w−])", " to "),  # 25–45 steps
        (r"(?<=\w)–(?=\w)", "-"),  # Styblinski–Tang
        (r"\s*(?:[—–]|\s-(?=\s\D))\s*", ", "),
        (r"(?<![\w.])\.(?=\d)", "0."),  # hibari reads ".5" as "five"
        (rf"(?<![\w)])-(?=[\d.{_GREEK_LETTERS}∇])|(?<=\d\s)-(?=\s)", "−"),
        (r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([-−+]?)0*(\d+)(?!\w)", _scientific),
        (r"(?<=[\w)])\^\(?[-−]?\w+\)?|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹ⁱᵏⁿᵗ]+", _power),
        (r"[₀-₋ₐₑᵢⱼₖₘₙₚₜₓ]+", lambda match: f" {match.group().translate(_SUBSCRIPTS)} "),
        (rf"\(({_NUMBER}(?:,\s*{_NUMBER})+)\)", r"\1"),  # a point is said without its brackets
        (r"\bsin(?=\()", "sine"),
        (r"(?<=\w)\((?=[^()]*=)([^()]*)\)", r", \1"),  # SGD(lr=0.01)
        (rf"(?:(?<=\b[A-Za-z])|(?<=[{_GREEK_LETTERS}]))\(([^()]*)\)", r" of \1"),  # f(x)
        (rf"(?<=[\d{_GREEK_LETTERS})])\s*/\s*(?=\w)|(?<=\w)/(?=[\d{_GREEK_LETTERS}])", " over "),
        (r"∇(?=\s?[\w(])", " the gradient of "),
        (f"[{_GREEK_LETTERS}]", lambda match: f" {_GREEK[match.group()]} "),
        ("[" + re.escape("".join(_OPERATORS)) + "]", lambda match: f" {_OPERATORS[match.group()]} "),
        (r"\bE(\d\d)\b", lambda match: f"experiment {int(match.group(1))}"),
        (r"\b([A-Za-z])(\d+)\b", r"\1 \2"),  # w1
        (
            r"\b(?:" + "|".join(map(re.escape, sorted(_NAMES, key=len, reverse=True))) + r")\b",
            lambda match: _NAMES[match.group()],
        ),
        (r"\b[A-Z][a-z]+(?:[A-Z][a-z]+|[A-Z]+(?![a-z]))+\b", _hump_by_hump),  # CosineAnnealingLR
        (r"\s+", " "),
        (r" (?=[,.;:!?)\]](?!\d)|-[a-z])|(?<=[(\[]) ", ""),
    )
)


def respell(text: str) -> str:
    """The words to say for a written line; captions keep the written form.

    Args:
        text: A line as it is written, with symbols, torch names and numbers.

    Returns:
        The same line in ASCII with single spaces. Respelling it again changes nothing.

    Raises:
        DescentError: If a character is left that has no reading, or nothing is left to say.

    >>> respell("RMSprop with lr = 1e-3")
    'R M S prop with learning rate equals ten to the minus three'
    >>> respell("from (−12, 10), loss x²")
    'from minus 12, 10, loss x squared'
    """
    spoken = text.translate(_PLAIN)
    for pattern, replacement in _RULES:
        spoken = pattern.sub(replacement, spoken)
    spoken = spoken.strip()
    if not re.search(r"\w", spoken):
        raise DescentError(f"there is nothing to say in {text!r}: a narrated line needs words.")
    for character in spoken:
        if not (character.isascii() and character.isprintable()):
            raise DescentError(
                f"no voice can say {character!r} (U+{ord(character):04X}) in {text!r}: write it in words."
            )
    return spoken


def paced(text: str) -> str:
    """The words whose length gives a line its time: those to say, or the line itself where no voice could say it.

    Only a voice that speaks may refuse a line; captions show any.

    >>> paced("lr = 1"), paced("déjà  vu")
    ('learning rate equals 1', 'déjà vu')
    """
    try:
        return respell(text)
    except DescentError:
        return " ".join(text.split())
