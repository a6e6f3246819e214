"""The one error a user's mistake raises: a sentence that says what was wrong, where, and what to do."""

import difflib
from collections.abc import Iterable
from functools import partial

_LONG = 60  # characters of a thing that is shown as it is written


class DescentError(ValueError):
    """A mistake in what the user asked for, told in one clear sentence."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it: the sentence; where in descent it was found out is nothing to the user."""
        return [f"{DescentError.__name__}: {self}"]


def reason(error: Exception) -> str:
    """The first line of another library's error, without its full stop, to end a sentence with.

    >>> reason(ValueError("Invalid learning rate: -1."))
    'Invalid learning rate: -1'
    """
    # A KeyError's own text is quoted and escaped.
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    first_line = (text.strip().splitlines() or [""])[0]
    return first_line.rstrip(". ") or type(error).__name__


def shown(text: str, longest: int = _LONG) -> str:
    """What a user typed, quoted for a sentence, and cut where it is long.

    >>> shown("SGD"), shown("x" * 99, 5)
    ("'SGD'", "'xxxx…'")
    """
    return repr(text if len(text) <= longest else text[: longest - 1] + "…")


def described(thing: object) -> str:
    """A thing of the user's for a sentence.

    >>> from functools import partial
    >>> described(len), described(partial(int, base=2)), described([1, 2]), described(object())
    ('the function len', 'partial(int, …)', '[1, 2]', 'a thing of type object')
    """
    own = getattr(thing, "label", getattr(thing, "name", getattr(getattr(thing, "run", None), "label", None)))
    if isinstance(thing, partial):
        return f"partial({getattr(thing.func, '__name__', '…')}, …)"
    if isinstance(shape := getattr(thing, "shape", None), tuple):
        return f"an array of shape {tuple(shape)}"
    if callable(thing) and isinstance(name := getattr(thing, "__name__", None), str):
        kind = "class" if isinstance(thing, type) else "function"
        return f"the {kind} {name}".replace("function <lambda>", "lambda function")
    if isinstance(own, str) and own:
        return f"the {type(thing).__name__} {shown(own)}"
    text = repr(thing)
    return f"a thing of type {type(thing).__name__}" if text.startswith("<") or len(text) > _LONG else text


def nearest(name: str, known: Iterable[str]) -> str:
    """Advice for a misspelt name: the closest known one, or all of them if none is close.

    Args:
        name: What was typed.
        known: The names that would have been right.

    Returns:
        A clause to append to an error, such as ``did you mean 'momentum'?``.

    >>> nearest("momentun", ["lr", "momentum"])
    "did you mean 'momentum'?"
    >>> nearest("zzz", [])
    'there is none to choose from.'
    >>> nearest("zzz", ["lr", "momentum"])
    'it must be one of lr, momentum.'
    """
    names = sorted(known)
    if not names:
        return "there is none to choose from."
    folded = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    return f"it must be one of {', '.join(names)}."
