"""A line fitted to points: its mean squared error as a loss of (weight, bias), and points read from a CSV file."""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np
import torch
from torch import Tensor

from descent.base.errors import DescentError, reason, shown
from descent.record.surfaces import Point
from descent.record.training import MeanLoss

MOST_POINTS = 1000
"""More would be one blot on screen."""

STANDARDIZE = "--standardize (in a file, standardize = true) brings both columns to mean 0 and deviation 1"
"""What helps with data of any size."""

_LONGEST = 100_000  # characters of a line
_DIFFER = 1e-4  # of its size: what a column's numbers differ by at least, in single precision


def mean_squared_error(points: Sequence[Point]) -> MeanLoss:
    """The loss ``mean((w1 x + w2 − y)²)`` of a line over points (x, y), elementwise in w1 and w2.

    Equal points give the same function, so that runs on them are equal.
    """
    return _mean_squared_error(tuple((float(x), float(y)) for x, y in points))


@lru_cache(maxsize=64)
def _mean_squared_error(points: tuple[Point, ...]) -> MeanLoss:
    x, y = torch.tensor(points, dtype=torch.float64).unbind(1)

    def squares(w1: Tensor, w2: Tensor) -> Tensor:
        residuals = w1[..., None] * x.to(w1) + w2[..., None] - y.to(w1)
        return residuals**2

    return MeanLoss(squares)


def best_line(points: Sequence[Point]) -> Point:
    """Weight and bias of the least-squares line.

    >>> [round(w, 9) for w in best_line([(0, 1), (1, 3), (2, 5)])]
    [2.0, 1.0]
    """
    x, y = np.array(points, dtype=float).T
    spread = x - x.mean()
    weight = float(spread @ y / (spread @ spread))
    return weight, float(y.mean() - weight * x.mean())


def standardized(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points with both columns at mean 0 and standard deviation 1: ``(x − mean(x)) / std(x)``.

    Args:
        points: At least two, whose x differ and whose y differ.

    >>> [(round(x, 9), round(y, 9)) for x, y in standardized([(0, 1e12), (2, 3e12)])]
    [(-1.0, -1.0), (1.0, 1.0)]
    """
    columns = []
    for values in np.array(points, dtype=float).T:
        away = values / np.abs(values).max()  # no square of it leaves the computer's numbers
        away = away - away.mean()
        columns.append((away / away.std()).tolist())
    return tuple(zip(*columns, strict=True))


def condition(points: Sequence[Point]) -> float:
    """How many times steeper than along its flattest direction the loss over weight and bias is along its steepest."""
    x, _ = np.array(points, dtype=float).T
    low, high = np.linalg.eigvalsh([[np.mean(x * x), x.mean()], [x.mean(), 1.0]])
    return float(high / max(low, np.finfo(float).tiny))


def read_points(file: Path, standardize: bool = False) -> tuple[Point, ...]:
    """The points of a CSV file with the columns x and y.

    Two columns need no header; of more, the header says which are x and y.

    Args:
        file: UTF-8, fields separated by commas, or by semicolons or tabs, and then numbers may have decimal commas.
        standardize: Whether both columns are brought to mean 0 and standard deviation 1.

    Returns:
        The points, in the file's order.

    Raises:
        DescentError: If the file cannot be read, a line is not two numbers, there are too many, or no line can be
            fitted to them. No more of the file is read than it takes to tell.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            points = tuple(islice(_points(file, _rows(file, text)), MOST_POINTS + 1))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DescentError(f"cannot read the data {str(file)!r}: {reason(error)}.") from error
    _check(file, points, 0.0 if standardize else _DIFFER)
    return standardized(points) if standardize else points


def _rows(file: Path, text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every line that is not blank, numbers with decimal points."""
    lines, head = _lines(file, text), []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    delimiter = next((mark for mark in ";\t" if head and mark in head[-1]), ",")
    reader = csv.reader(chain(head, lines), delimiter=delimiter)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, [_pointed(cell) for cell in cells] if delimiter != "," else cells


def _lines(file: Path, text: TextIO) -> Iterator[str]:
    number = 0
    while line := text.readline(_LONGEST):
        number += 1
        if len(line) == _LONGEST:
            raise DescentError(f"{file.name}, line {number}: it is too long to be a row of a table.")
        yield line


def _points(file: Path, rows: Iterable[tuple[int, list[str]]]) -> Iterator[Point]:
    columns, count = (0, 1), 0
    for line, cells in rows:
        if not count:
            count = len(cells)
            header = _header(file, line, cells)
            columns = header or columns
            if header:
                continue
        if any(cells[count:]):
            raise DescentError(
                f"{file.name}, line {line}: there are {len(cells)} cells for {count} columns; with decimal commas, "
                "separate the columns by semicolons."
            )
        yield _point(file, line, cells, columns)


def _header(file: Path, line: int, cells: Sequence[str]) -> tuple[int, int] | None:
    """Which columns are x and y, by the first row; None if it is a point itself."""
    numbers = sum(map(_is_number, cells))
    if numbers == len(cells) == 2:
        return None
    if numbers == len(cells):
        raise DescentError(f"{file.name}, line {line}: without a header there must be two columns, x and y.")
    if numbers:
        odd = next(cell for cell in cells if not _is_number(cell))
        raise DescentError(
            f"{file.name}, line {line}: {shown(odd)} is not a number; if this is the header, it must hold names only."
        )
    return _columns(file, line, [name.lower() for name in cells])


def _columns(file: Path, line: int, names: Sequence[str]) -> tuple[int, int]:
    for name in names if len(names) == 2 else ("x", "y"):
        if names.count(name) > 1:
            raise DescentError(f"{file.name}, line {line}: {names.count(name)} columns are called {shown(name)}.")
    if "x" in names and "y" in names:
        return names.index("x"), names.index("y")
    if len(names) == 2:
        return (1, 0) if names[0] == "y" or names[1] == "x" else (0, 1)
    raise DescentError(f"{file.name}, line {line}: of {len(names)} columns, the header must call one x and one y.")


def _point(file: Path, line: int, cells: Sequence[str], columns: tuple[int, int]) -> Point:
    picked = [cells[column] if column < len(cells) else "" for column in columns]
    for cell in picked:
        if not _is_number(cell):
            raise DescentError(f"{file.name}, line {line}: there must be two numbers x and y, not {shown(cell)}.")
    return float(picked[0]), float(picked[1])


def _pointed(cell: str) -> str:
    """A number with a decimal comma as one with a point; anything else as it is."""
    return cell.replace(",", ".") if re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", cell) else cell


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _check(file: Path, points: Sequence[Point], least: float) -> None:
    if len(points) > MOST_POINTS:
        raise DescentError(f"{file.name} has more than {MOST_POINTS} points; give a sample of them.")
    for name, values in zip("xy", np.array(points, dtype=float).reshape(-1, 2).T, strict=True):
        differ = np.ptp(values / (np.abs(values).max() or 1.0)) if len(values) else 0.0
        if not differ > 0:
            raise DescentError(f"{file.name} needs at least two points whose {name} differ, to fit a line to.")
        if differ <= least:
            raise DescentError(
                f"the {name} of {file.name} differ by less than a ten-thousandth of their size, which single precision "
                f"hardly tells apart: {STANDARDIZE}."
            )
