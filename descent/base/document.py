"""What the user typed, as plain values, and where each of them stands, so that a mistake can be pointed at."""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from descent.base.errors import DescentError, nearest, reason, shown

_LARGEST = 64_000  # bytes of a TOML file: more is a mistake
_LONG = ('"""', "'''")
_PAIRS = {"[": "]", "{": "}"}
_TOKEN = re.compile(
    r"""\#[^\n]* | \"{3}(?:[^\\]|\\.)*?\"{3,5} | '{3}.*?'{3,5} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | [][{}\n]""",
    re.DOTALL | re.VERBOSE,
)

Path_ = tuple[str | int, ...]


class InFile(str):
    """``file.py:name`` that descent wrote, and nobody typed: it is taken as it is."""

    __slots__ = ()


class _PlacedError(DescentError):
    """A mistake whose sentence says where it stands."""


@dataclass(frozen=True, slots=True)
class Document:
    """Values by key, of a TOML file, of options, or of both.

    Attributes:
        values: What was given; options hide what the file says under the same key.
        folder: What relative paths in the file start from.
        name: The file's name; empty without one.
        source: The file's text.
        typed: Keys that come from options, and so stand in no line.
    """

    values: Mapping[str, Any]
    folder: Path = Path()
    name: str = ""
    source: str = ""
    typed: frozenset[str] = field(default_factory=frozenset)

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Begin the sentence of a mistake in the block with the file and the line where a value stands.

        Of blocks inside each other, the innermost tells the place.
        """
        try:
            yield
        except _PlacedError:
            raise
        except DescentError as error:
            if not self.name or (path and path[0] in self.typed):
                raise _PlacedError(str(error)) from error
            line = line_of(self.source, path)
            raise _PlacedError(f"{self.name}, line {line}: {error}" if line else f"{self.name}: {error}") from error

    def given(self, key: str, path: str) -> Path:
        """A path under a key: as it was typed where it comes from an option, else from the document's folder."""
        return Path(path) if key in self.typed else self.beside(path)

    def beside(self, path: str) -> Path:
        """A path that stands in the document, as one from here."""
        return self.folder / path


def read_toml(file: Path, options: Mapping[str, Any]) -> Document:
    """A TOML file, with options that go before what it says.

    Raises:
        DescentError: If it cannot be read or is not TOML; its line is told.
    """
    try:
        data = file.read_bytes()
        if len(data) > _LARGEST:
            raise DescentError(f"{file.name} has {len(data):,} bytes, more than the {_LARGEST:,} that it may have.")
        source = data.decode("utf-8")
        values = tomllib.loads(source)
    except OSError as error:
        raise DescentError(f"cannot read {str(file)!r}: {error.strerror or error}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DescentError(f"{file.name} is not TOML: {reason(error)}.") from error
    return Document({**values, **options}, file.parent, file.name, source, frozenset(options))


def line_of(source: str, path: Path_) -> int | None:
    r"""The line in which a value of a TOML file begins; that of what holds it, if it is not there itself.

    A beginning of the file is TOML once what is open in it is closed, and holds the value or not yet: so the line is
    found by halving.

    >>> line_of('steps = 3\n\n[[runs]]\noptimizer = "SGD"', ("runs", 0, "optimizer"))
    4
    """
    lines, closing = source.split("\n"), _closing(source)

    def held(line: int) -> bool:
        return _holds(_parsed("\n".join(lines[:line]) + closing[line - 1]), path)

    while path:
        if held(len(lines)):
            return bisect_left(range(1, len(lines)), True, key=held) + 1
        path = path[:-1]
    return None


def _closing(source: str) -> list[str]:
    """For each line, what closes the strings and brackets that are open at its end."""
    closing: list[str] = []
    brackets: list[str] = []
    for token in _TOKEN.finditer(f"{source}\n"):
        text = token[0]
        if text in _PAIRS:
            brackets.append(_PAIRS[text])
        elif text in _PAIRS.values():
            del brackets[-1:]
        quote = f"\n{text[:3]}" if text.startswith(_LONG) else ""
        # Behind the brackets' own line end, for a comment may stand before it.
        closing += text.count("\n") * ["".join([quote, "\n" * bool(brackets), *reversed(brackets)])]
    return closing


def _parsed(text: str) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _holds(value: Any, path: Path_) -> bool:
    try:
        for key in path:
            value = value[key]
    except (LookupError, TypeError):
        return False
    return True


def quoted(value: object) -> str:
    """A value of the user's for a sentence, not too long.

    >>> quoted("SGD"), quoted([1, 2])
    ("'SGD'", '[1, 2]')
    """
    return shown(value) if isinstance(value, str) else shown(repr(value))[1:-1]


def text(value: object, name: str, longest: int) -> str:
    """Words on one line.

    Raises:
        DescentError: If the value is anything else, or longer.
    """
    if isinstance(value, InFile):
        return value
    if not isinstance(value, str):
        raise DescentError(f"{name} must be text, not {quoted(value)}.")
    words = " ".join(value.split())
    if len(words) > longest:
        raise DescentError(f"{name} has {len(words)} characters; there is room for {longest}.")
    if not words.isprintable():
        raise DescentError(f"{name} has characters that cannot be shown: {quoted(words)}.")
    return words


def whole(value: object, name: str, low: int, high: int) -> int:
    """A whole number within bounds.

    Raises:
        DescentError: If the value is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise DescentError(f"{name} must be a whole number from {low} to {high:,}, not {quoted(value)}.")
    return value


def known(key: str, names: Collection[str], what: str) -> None:
    """Refuse a key that is not one of the names.

    Raises:
        DescentError: With the nearest one.
    """
    if key not in names:
        raise DescentError(f"{what} has no {quoted(key)}: {nearest(key, names)}")
