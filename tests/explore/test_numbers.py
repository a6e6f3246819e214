"""The browser takes torch's steps: every optimizer, every surface, settings drawn by hypothesis."""

from functools import partial
from typing import Any

import pytest
import torch
from chromium_steps import ELEVEN, apart
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from descent import OPTIMIZERS, SURFACES, Run
from descent.publish.explore import operations
from descent.publish.explore.operations import Operation

ON = list(SURFACES)


def run_on(optimizer: str, surface: str, share: tuple[float, float], dtype: torch.dtype, **keywords: Any) -> Run:
    (left, right), (bottom, top) = SURFACES[surface].domain
    start = left + share[0] * (right - left), bottom + share[1] * (top - bottom)
    return Run(SURFACES[surface], partial(OPTIMIZERS[optimizer], **keywords), start, 50, dtype=dtype)


def test_every_optimizer_and_every_surface_in_double_precision(page: Page) -> None:
    runs = [run_on(name, ON[k % len(ON)], (0.3, 0.81), torch.float64) for k, name in enumerate(ELEVEN)]
    assert apart(page, runs, 1e-9) == []


def test_every_optimizer_and_every_surface_in_single_precision(page: Page) -> None:
    runs = [run_on(name, ON[(k + 4) % len(ON)], (0.7, 0.21), torch.float32) for k, name in enumerate(ELEVEN)]
    assert apart(page, runs, 1e-4) == []


@pytest.mark.matrix
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("surface", ON)
def test_every_optimizer_on_every_surface(page: Page, surface: str, dtype: torch.dtype) -> None:
    runs = [run_on(name, surface, share, dtype) for name in ELEVEN for share in ((0.12, 0.9), (0.55, 0.35))]
    assert apart(page, runs, 1e-9 if dtype is torch.float64 else 1e-4) == []


SHARE = st.floats(0.0, 0.98)
DRAWN: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "SGD": st.fixed_dictionaries({"momentum": SHARE, "dampening": SHARE, "weight_decay": st.floats(0, 0.5)}),
    "RMSprop": st.fixed_dictionaries({"alpha": SHARE, "momentum": SHARE, "centered": st.booleans()}),
    "Adagrad": st.fixed_dictionaries({"lr_decay": st.floats(0, 1), "initial_accumulator_value": st.floats(0, 1)}),
    "Adadelta": st.fixed_dictionaries({"rho": SHARE, "weight_decay": st.floats(0, 0.5)}),
    **{
        name: st.fixed_dictionaries({"betas": st.tuples(SHARE, SHARE), "weight_decay": st.floats(0, 0.5)})
        for name in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")
    },
    "Rprop": st.fixed_dictionaries({"etas": st.tuples(st.floats(0.1, 0.9), st.floats(1.05, 3))}),
    "ASGD": st.fixed_dictionaries({"t0": st.floats(0, 60), "lambd": st.floats(0, 0.1), "alpha": st.floats(0.1, 1)}),
}


@pytest.mark.matrix
@pytest.mark.parametrize("name", ELEVEN)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_settings_of_all_kinds(page: Page, name: str, data: st.DataObject) -> None:
    keywords = {"lr": data.draw(st.floats(1e-4, 1.0)), **data.draw(DRAWN[name])}
    share = data.draw(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)))
    surface = data.draw(st.sampled_from(ON))
    assert apart(page, [run_on(name, surface, share, torch.float64, **keywords)], 1e-9) == []
    assert apart(page, [run_on(name, surface, share, torch.float32, **keywords)], 1e-4) == []


def test_a_broken_operation_is_seen(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**operations.TENSOR, "addcdiv": Operation("{self} + {value} * {tensor1} * {tensor2}")}
    monkeypatch.setattr("descent.publish.explore.emit.TENSOR", broken)
    assert len(apart(page, [run_on("Adam", "bird", (0.3, 0.81), torch.float64)], 1e-9)) == 1
