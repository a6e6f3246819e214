"""The ground of where runs end, by WebGL and by the page's own steps, is that of `descent.basins`."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch.optim import SGD, Adam, AdamW, NAdam, RAdam, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, OneCycleLR

from descent import BIRD, HIMMELBLAU, Run, basins
from descent.publish.explore import explore

MINE = Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), (-12, 10), 60)


@pytest.fixture(autouse=True)
def without_relief(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds, and is not looked at here."""
    monkeypatch.setattr(
        "descent.publish.explore.page._map", lambda *_: "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    )


def classes(page: Page, runs: Sequence[Run], k: int, side: int, by: str = "basinClasses(run, side)") -> np.ndarray:
    found = page.evaluate(f"(() => {{ const run = runs[{k}], side = {side}; return Array.from({by}.classes); }})()")
    return np.array(found).reshape(side, side)


def wanted(run: Run, side: int) -> np.ndarray:
    """The endings, without the minima that only runs can find."""
    found = basins(run, (side, side)).minimum
    return np.where(found >= len(run.surface.minima), -1, found)


def agree(page: Page, runs: Sequence[Run], side: int) -> list[str]:
    """Grounds by WebGL that differ by more than float32 ones differ from float64 ones, and half a percent."""
    faults = []
    for k, run in enumerate(runs):
        page.evaluate(f"basinClasses(runs[{k}], 4)")
        if not page.evaluate(f"[...painter.believed].find(([key]) => key.startsWith('{k} '))[1]"):
            continue  # the page's own steps are taken instead
        single = wanted(run, side)
        double = wanted(replace(run, dtype=torch.float64), side)
        share = float((classes(page, runs, k, side) == single).mean())
        if share < float((single == double).mean()) - 0.005:
            faults.append(f"{run.label}: {share:.4f}")
    assert page.evaluate("[...painter.believed.values()].filter(Boolean).length") >= len(runs) - 2
    return faults


def opened(page: Page, runs: Sequence[Run], folder: Path) -> Page:
    page.goto(explore(runs, folder / "page.html").as_uri())
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    return page


def test_it_is_that_of_basins_with_webgl_and_without(page: Page, tmp_path: Path) -> None:
    opened(page, [MINE], tmp_path)
    page.get_by_label("momentum of SGD, typed").fill("0.8")
    page.get_by_label("momentum of SGD, typed").press("Enter")
    truth = wanted(replace(MINE, optimizer=partial(SGD, lr=0.01, momentum=0.8)), 24)
    assert (classes(page, [MINE], 0, 24) == truth).mean() > 0.99
    assert page.evaluate("[...painter.programs.values()].map(program => program !== null)") == [True]
    page.evaluate("painter.gl = null")
    assert (classes(page, [MINE], 0, 24) == truth).mean() > 0.998
    page.get_by_label("Ground", exact=True).select_option("where SGD ends, from each start")
    expect(page.locator("#key")).to_contain_text("ends at a loss of")
    expect(page.locator("#key")).to_contain_text("−106.8")


@pytest.mark.matrix
def test_a_shader_that_single_precision_misleads_is_not_believed(page: Page, tmp_path: Path) -> None:
    """RAdam subtracts numbers that are nearly the same; its scalars want doubles."""
    runs = (replace(MINE, optimizer=partial(RAdam, lr=0.1), steps=100),)
    opened(page, runs, tmp_path)
    assert (classes(page, runs, 0, 24) == wanted(runs[0], 24)).mean() > 0.999


@pytest.mark.matrix
@pytest.mark.parametrize("surface", [BIRD, HIMMELBLAU], ids=lambda surface: surface.name)
def test_it_is_that_of_basins_for_many(page: Page, tmp_path: Path, surface: object) -> None:
    cycle = partial(OneCycleLR, max_lr=0.02, total_steps=100)
    start = (-4.0, 4.0)
    made = [Run(surface, partial(kind, **keywords), start, 100) for kind, keywords in (  # type: ignore[arg-type]
        (SGD, {"lr": 0.01}), (SGD, {"lr": 0.005, "momentum": 0.8}), (RMSprop, {"lr": 0.1}), (Adam, {"lr": 0.3}),
        (AdamW, {"lr": 0.3}), (NAdam, {"lr": 0.2}))]  # fmt: skip
    slowed = replace(made[3], scheduler=partial(ExponentialLR, gamma=0.97))
    runs = [*made[:6], replace(made[1], scheduler=cycle), slowed]
    assert agree(opened(page, runs, tmp_path), runs, 128) == []
