"""Every scheduler has a page, and what the pages say and publish is right."""

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from torch.optim import lr_scheduler

from descent.base.errors import DescentError
from descent.commands.cli import descent
from descent.record.schedules import trace_lr
from descent.record.torch_schedulers import (
    SCHEDULER_FAMILIES,
    SCHEDULER_LR,
    SCHEDULER_PAGES,
    SCHEDULER_STEPS,
    covered,
    find_page,
    shipped_schedulers,
    to_csv,
)


def test_every_scheduler_that_torch_ships_has_a_page():
    assert shipped_schedulers() <= covered(), (
        "torch has a new scheduler: write its page in descent/record/torch_schedulers.py"
    )


def test_a_new_scheduler_would_be_noticed(monkeypatch):
    class BrandNewLR(lr_scheduler.LRScheduler):
        pass

    monkeypatch.setattr(lr_scheduler, "BrandNewLR", BrandNewLR, raising=False)
    assert shipped_schedulers() - covered() == {"BrandNewLR"}


@pytest.mark.parametrize("page", SCHEDULER_PAGES.values(), ids=SCHEDULER_PAGES)
def test_the_claim_holds(page):
    assert page.claim.check()
    assert page.family in SCHEDULER_FAMILIES


def test_a_claim_holds_under_no_other_pages_scheduler():
    traced = {page.name: page.trace()[0] for page in SCHEDULER_PAGES.values()}
    holds = {
        (page.name, name) for page in SCHEDULER_PAGES.values() for name in traced if page.claim.holds_for(traced[name])
    }
    assert holds == {(name, name) for name in traced}


@pytest.mark.parametrize("page", SCHEDULER_PAGES.values(), ids=SCHEDULER_PAGES)
def test_rates_are_those_of_the_run(page):
    trajectory, curve = page.trace()
    np.testing.assert_array_equal(curve.lr, trajectory.lr)
    assert trajectory.steps == SCHEDULER_STEPS


def cosine(fraction):
    return (1 + math.cos(math.pi * fraction)) / 2


def one_cycle(k):
    """Peak and end where torch puts them: at step 0.3·60 − 1 = 17 and at the last step, 59."""
    top, start = 0.012, 0.0012
    if k <= 17:
        return start + (top - start) * (1 - cosine(k / 17))
    return (top - start / 1e4) * cosine((k - 17) / 42) + start / 1e4


CLOSED = {
    "StepLR": lambda k: SCHEDULER_LR * 0.5 ** (k // 10),
    "MultiStepLR": lambda k: SCHEDULER_LR * 0.4 ** sum(k >= m for m in (10, 25, 45)),
    "ExponentialLR": lambda k: SCHEDULER_LR * 0.93**k,
    "LambdaLR": lambda k: SCHEDULER_LR * 5 / (5 + k),
    "MultiplicativeLR": lambda k: SCHEDULER_LR * math.prod(1 - 0.1 / math.sqrt(j) for j in range(1, k + 1)),
    "ConstantLR": lambda k: SCHEDULER_LR * (0.3 if k < 15 else 1),
    "LinearLR": lambda k: SCHEDULER_LR * (1 - 0.95 * min(k, 40) / 40),
    "PolynomialLR": lambda k: SCHEDULER_LR * (1 - min(k, 50) / 50) ** 2,
    "CosineAnnealingLR": lambda k: SCHEDULER_LR * cosine(k / 60),
    "SWALR": lambda k: 0.01 + (SCHEDULER_LR - 0.01) * cosine(min(k, 30) / 30),
    "CosineAnnealingWarmRestarts": lambda k: SCHEDULER_LR * cosine(k % 20 / 20),
    "CyclicLR": lambda k: 0.002 + 0.001 * (k % 20 if k % 20 <= 10 else 20 - k % 20),
    "OneCycleLR": one_cycle,
    "SequentialLR": lambda k: SCHEDULER_LR * (0.1 + 0.09 * k) if k < 10 else SCHEDULER_LR * cosine((k - 10) / 50),
    "ChainedScheduler": lambda k: SCHEDULER_LR * (0.5 if k < 10 else 1) * 0.95**k,
}


@pytest.mark.parametrize("name", CLOSED)
def test_rates_follow_their_closed_form(name):
    _, curve = SCHEDULER_PAGES[name].trace()
    np.testing.assert_allclose(curve.lr, [CLOSED[name](k) for k in range(SCHEDULER_STEPS)], rtol=1e-9, atol=1e-12)


def test_only_the_plateau_has_no_closed_form():
    assert set(SCHEDULER_PAGES) - set(CLOSED) == {"ReduceLROnPlateau"}


def test_the_plateau_is_driven_by_the_loss():
    page = SCHEDULER_PAGES["ReduceLROnPlateau"]
    trajectory, curve = page.trace()
    falling = replace(curve.schedule, losses=[-float(k) for k in range(SCHEDULER_STEPS)])
    assert len(set(trajectory.lr)) > 1
    assert set(trace_lr(falling).lr) == {SCHEDULER_LR}


@pytest.mark.parametrize("name", ["CyclicLR", "OneCycleLR"])
def test_momentum_falls_where_the_rate_climbs(name):
    _, curve = SCHEDULER_PAGES[name].trace()
    assert curve.momentum is not None
    assert (np.sign(np.diff(curve.momentum)) == -np.sign(np.diff(curve.lr))).all()


def test_csv_holds_every_digit():
    trajectory, curve = SCHEDULER_PAGES["OneCycleLR"].trace()
    rows = list(csv.DictReader(io.StringIO(to_csv(trajectory, curve))))
    for column, values in (("lr", curve.lr), ("momentum", curve.momentum), ("loss", trajectory.loss[:-1])):
        assert [float(row[column]) for row in rows] == values.tolist()
    assert [float(row["w2"]) for row in rows] == trajectory.params[:-1, 1].tolist()


def test_the_command_writes_a_page(tmp_path):
    folder = tmp_path / "a b"
    done = CliRunner().invoke(descent, ["schedulers", "StepLR", "-o", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0
    assert {path.name for path in folder.iterdir()} == {"index.html", "StepLR.png", "StepLR.svg", "StepLR.csv"}
    html = (folder / "index.html").read_text()
    assert SCHEDULER_PAGES["StepLR"].claim.text in html
    assert "http" not in html


def test_an_unknown_scheduler_is_one_sentence():
    with pytest.raises(DescentError, match="did you mean 'StepLR'"):
        find_page("SteppLR")
