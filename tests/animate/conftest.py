"""A folder of one's own, with a loss and some data in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from descent.animate.problem import Problem
from descent.animate.read import read
from descent.animate.view import settle
from descent.base.document import Document

LOSSES = """
import torch
from descent import Surface

def bowl(w1, w2): return (w1 - 1) ** 2 + 3 * (w2 + 2) ** 2
def waves(w1, w2): return torch.sin(3 * w1) * torch.cos(3 * w2) + 0.1 * (w1**2 + w2**2)
def falls(w1, w2): return -(w1**3) + w2
def noisy(w1, w2): return w1**2 + w2**2 + torch.rand(())
def one(w1): return w1
def total(w1, w2): return w1.sum()
def fails(w1, w2): raise RuntimeError("no, no")
def leaves(w1, w2): raise SystemExit
def number(w1, w2): return 3.0
def flat(w1, w2): return torch.ones_like(w1)
text = "no function"
HILL = Surface("hill", lambda w1, w2: -torch.exp(-(w1**2) - w2**2), ((-2, 2), (-2, 2)), ((0.0, 0.0),))
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a test: ``losses.py`` and ``points.csv``, y about 2x + 1."""
    (tmp_path / "losses.py").write_text(LOSSES, encoding="utf-8")
    rows = [f"{x / 2},{x + 1 + (-1) ** x * 0.1}" for x in range(12)]
    (tmp_path / "points.csv").write_text("\n".join(["x,y", *rows]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def described() -> Callable[..., Problem]:
    """A settled problem of runs and options."""
    return lambda *runs, **options: settle(read(Document({"runs": list(runs), **options}, typed=frozenset(options))))
