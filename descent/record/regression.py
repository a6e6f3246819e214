"""A line fitted to points: its mean squared error as a loss of (weight, bias), and points read from a CSV file."""

import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from descent.base.errors import DescentError, reason, shown
from descent.record.surfaces import Point

MOST_POINTS = 1000
"""More would be one blot on screen."""

_LARGEST = 1e6  # a squared error of more leaves little of float32


def mean_squared_error(points: Sequence[Point]) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss ``mean((w1 x + w2 − y)²)`` of a line over points (x, y), elementwise in w1 and w2."""
    x, y = torch.tensor(points, dtype=torch.float64).unbind(1)

    def loss(w1: Tensor, w2: Tensor) -> Tensor:
        residuals = w1[..., None] * x.to(w1) + w2[..., None] - y.to(w1)
        return (residuals**2).mean(-1)

    return loss


def best_line(points: Sequence[Point]) -> Point:
    """Weight and bias of the least-squares line.

    >>> [round(w, 9) for w in best_line([(0, 1), (1, 3), (2, 5)])]
    [2.0, 1.0]
    """
    x, y = np.array(points, dtype=float).T
    spread = x - x.mean()
    weight = float(spread @ y / (spread @ spread))
    return weight, float(y.mean() - weight * x.mean())


def read_points(file: Path) -> tuple[Point, ...]:
    """The points of a CSV file with the columns x and y.

    Two columns need no header; of more, the header says which are x and y.

    Args:
        file: UTF-8, fields separated by commas or semicolons.

    Returns:
        The points, in the file's order.

    Raises:
        DescentError: If the file cannot be read, a line is not two numbers, or no line can be fitted to them.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        rows = list(csv.reader(text.splitlines(), delimiter=";" if ";" in first else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DescentError(f"cannot read the data {str(file)!r}: {reason(error)}.") from error
    numbered = [(line, [cell.strip() for cell in row]) for line, row in enumerate(rows, 1) if any(map(str.strip, row))]
    columns = (0, 1)
    if numbered and not all(map(_is_number, numbered[0][1])):
        columns = _columns(file, *numbered.pop(0))
    elif numbered and len(numbered[0][1]) != 2:
        raise DescentError(f"{file.name}, line {numbered[0][0]}: without a header there must be two columns, x and y.")
    points = tuple(_point(file, line, cells, columns) for line, cells in numbered[: MOST_POINTS + 1])
    _check(file, points)
    return points


def _columns(file: Path, line: int, header: Sequence[str]) -> tuple[int, int]:
    names = [name.lower() for name in header]
    if "x" in names and "y" in names:
        return names.index("x"), names.index("y")
    if len(names) == 2:
        return 0, 1
    raise DescentError(f"{file.name}, line {line}: of {len(names)} columns, the header must call one x and one y.")


def _point(file: Path, line: int, cells: Sequence[str], columns: tuple[int, int]) -> Point:
    picked = [cells[column] if column < len(cells) else "" for column in columns]
    for cell in picked:
        if not _is_number(cell):
            raise DescentError(f"{file.name}, line {line}: there must be two numbers x and y, not {shown(cell)}.")
        if abs(float(cell)) > _LARGEST:
            raise DescentError(f"{file.name}, line {line}: {shown(cell)} is too large; scale it to at most a million.")
    return float(picked[0]), float(picked[1])


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _check(file: Path, points: Sequence[Point]) -> None:
    if len(points) > MOST_POINTS:
        raise DescentError(f"{file.name} has more than {MOST_POINTS} points; give a sample of them.")
    for name, values in zip("xy", np.array(points, dtype=float).reshape(-1, 2).T, strict=True):
        if not len(values) or np.ptp(values) <= 1e-4 * np.abs(values).max():
            raise DescentError(f"{file.name} needs at least two points whose {name} differ, to fit a line to.")
