"""Lines fitted to points: the closed form, the loss, and data as people have them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from descent import DescentError
from descent.record.lecture_runs import POINTS, REGRESSION
from descent.record.regression import best_line, mean_squared_error, read_points

COORDINATES = st.floats(-100, 100)


@given(
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=20).filter(lambda p: np.ptp(p, axis=0)[0] > 1)
)
def test_the_best_line_is_that_of_least_squares(points: list[tuple[float, float]]) -> None:
    assert best_line(points) == pytest.approx(np.polyfit(*np.transpose(points), 1), abs=1e-6, rel=1e-6)


def test_the_loss_is_the_mean_square_of_the_gaps() -> None:
    w = torch.tensor([2.0, 0.5])
    by_hand = [np.mean([(a * x + b - y) ** 2 for x, y in POINTS]) for a, b in zip((2.0, 0.5), (1.0, -3.0), strict=True)]
    assert mean_squared_error(POINTS)(w, torch.tensor([1.0, -3.0])).tolist() == pytest.approx(by_hand, rel=1e-6)
    assert REGRESSION.at(2, 1) == pytest.approx(by_hand[0])


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n3,4.5\n",
        "1,2\n3,4.5",
        "1;2\r\n3;4.5\r\n\r\n",
        "\ufeffX, Y\n 1 , 2\n3,4.5",
        "hours,mark\n1,2\n3,4.5",
        "id,y,note,x\na,2,ü,1\nb,4.5,,3",
        "1;2\n3;4,5",
        "\ufeffx;y\r\n1,0;2,0\r\n3,0;4,5\r\n",
        "x\ty\n1\t2\n3\t4,5",
        "1\t2\n3\t4.5\t",
        "mark,x\n2,1\n4.5,3",
        "y;hours\n2;1\n4,5;3",
        '"x","y"\r"1","2"\r"3","4.5"\r',
    ],
)
def test_the_ways_of_writing_points(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    assert read_points(tmp_path / "p.csv") == ((1, 2), (3, 4.5))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"p.csv needs at least two points whose x differ"),
        ("1,2\n1,3", r"whose x differ"),
        ("1,2\n2,2", r"whose y differ"),
        ("1,2,3\n4,5,6", r"p.csv, line 1: without a header there must be two columns"),
        ("a,b,c\n1,2,3", r"p.csv, line 1: of 3 columns, the header must call one x and one y"),
        ("1,abc\n2,3\n4,5", r"p.csv, line 1: 'abc' is not a number; if this is the header, it must hold names only"),
        ("1;2,O\n2;3", r"p.csv, line 1: '2,O' is not a number"),
        ("x,x,y\n1,2,3\n4,5,6", r"p.csv, line 1: 2 columns are called 'x'"),
        ("X,x\n1,2\n4,5", r"p.csv, line 1: 2 columns are called 'x'"),
        ("x,y\n1,5,2,0\n3,0,4,0", r"p.csv, line 2: there are 4 cells for 2 columns; with decimal commas, separate"),
        ("x;y\n1.000,5;2", r"p.csv, line 2: there must be two numbers x and y, not '1.000,5'"),
        ("x,y\n" + "1" * 300_000, r"p.csv, line 2: it is too long to be a row of a table"),
        ("x,y\n1,2\n3", r"p.csv, line 3: there must be two numbers x and y, not ''"),
        ("x,y\n1,2\n3,nan", r"p.csv, line 3: .* not 'nan'"),
        ("1,1000000.1\n3,1000000.2", r"the y of p.csv differ by less than a ten-thousandth .*: --standardize"),
        ("\n".join(f"{k},{k}" for k in range(1001)), r"more than 1000 points"),
    ],
)
def test_data_that_cannot_be_fitted(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(DescentError, match=told):
        read_points(tmp_path / "p.csv")


def test_a_file_that_is_not_there_or_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(b"\xff\xfe1")
    for name in ("p.csv", "none.csv"):
        with pytest.raises(DescentError, match="cannot read the data"):
            read_points(tmp_path / name)


def test_no_more_is_read_than_tells_that_it_is_too_much(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    rows = (f"{k},{k}\n".encode() for k in range(1001))
    file.write_bytes(b"x,y\n" + b"".join(rows) + 100_000 * b" \n" + b"\xff")  # what is no text is never reached
    with pytest.raises(DescentError, match=r"p.csv has more than 1000 points"):
        read_points(file)


def test_a_line_without_end_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    with file.open("wb") as sparse:
        sparse.truncate(3_000_000_000)
    with pytest.raises(DescentError, match=r"p.csv, line 1: it is too long to be a row"):
        read_points(file)
