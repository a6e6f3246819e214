"""Rates on the page are those of torch's schedulers, for every rate that the optimizer may begin with."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from torch.optim import SGD, Adam, Optimizer, lr_scheduler

from descent import BIRD, SCHEDULER_PAGES, Run, Schedule, trace_lr
from descent.publish.explore.live import live
from descent.publish.explore.rates import rates_of
from descent.publish.explore.symbols import UncapturableError

FREE = [name for name in SCHEDULER_PAGES if name not in ("ReduceLROnPlateau", "SWALR")]


@pytest.mark.parametrize("name", FREE)
@pytest.mark.few(4)
def test_rates_are_a_line_of_the_optimizers_own(name: str) -> None:
    run = SCHEDULER_PAGES[name].run
    rates, _ = rates_of(run)
    assert run.scheduler is not None
    for rate in (0.0007, 1.3):
        wanted = trace_lr(Schedule(run.scheduler, rate, run.steps)).lr
        np.testing.assert_allclose(rates.fixed + rates.share * rate, wanted, rtol=1e-9, atol=1e-13)
    np.testing.assert_array_equal(rates.lr, trace_lr(Schedule(run.scheduler, run.lr, run.steps)).lr)


def scheduled(scheduler: partial[Any], optimizer: type[Optimizer] = SGD) -> Run:
    return Run(BIRD, partial(optimizer, lr=0.02), (-12, 10), 30, scheduler)


def test_a_schedulers_settings_have_a_table_for_each_of_their_values() -> None:
    run = scheduled(partial(lr_scheduler.ExponentialLR, gamma=0.95))
    _, (gamma,) = rates_of(run)
    assert (gamma.name, gamma.values[gamma.at]) == ("gamma", 0.95)
    assert list(gamma.values) == sorted(gamma.values)
    for value, rates in zip(gamma.values, gamma.rates, strict=True):
        np.testing.assert_allclose(rates.lr, 0.02 * value ** np.arange(30), rtol=1e-12)
    _, (size, by) = rates_of(scheduled(partial(lr_scheduler.StepLR, step_size=10, gamma=0.5)))
    assert all(float(value).is_integer() for value in size.values)
    assert by.name == "gamma"


def test_what_a_scheduler_does_to_the_momentum_travels_too() -> None:
    cycle = partial(lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=30)
    rates, _ = rates_of(scheduled(cycle, Adam))
    assert rates.momentum is not None
    assert rates.momentum.min() == pytest.approx(0.85)
    page, _ = live([scheduled(cycle, Adam)], "")
    assert page.runs[0].settings[page.runs[0].momentum][0] == "betas.0"


def test_a_scheduler_that_looks_at_the_loss_is_recorded() -> None:
    run = scheduled(partial(lr_scheduler.ReduceLROnPlateau, patience=0))
    with pytest.raises(UncapturableError, match="has a scheduler that looks at the loss"):
        rates_of(run)
    page, code = live([run], "")
    assert (page.runs[0].why, page.runs[0].code) == ("SGD has a scheduler that looks at the loss.", -1)
    assert code.optimizers == ()


def test_a_rate_of_nought_has_rates_too() -> None:
    run = replace(scheduled(partial(lr_scheduler.ExponentialLR, gamma=0.5)), optimizer=partial(SGD, lr=0.0))
    rates, _ = rates_of(run)
    assert rates.share.tolist() == [0.5**k for k in range(30)]
    assert not rates.fixed.any()
    assert live([run], "")[0].runs[0].code == 0


def test_rates_that_are_no_line_are_refused() -> None:
    class Squares(lr_scheduler.LRScheduler):
        def get_lr(self) -> list[float]:
            return [rate**2 for rate in self.base_lrs]

    with pytest.raises(UncapturableError, match="not in proportion"):
        rates_of(scheduled(partial(Squares)))


def test_a_longer_run_has_fewer_values_and_no_larger_tables() -> None:
    counts = []
    for steps in (30, 500, 2000):
        run = replace(scheduled(partial(lr_scheduler.ExponentialLR, gamma=0.95)), steps=steps)
        _, (gamma,) = rates_of(run)
        counts.append(len(gamma.values))
        assert gamma.values[gamma.at] == 0.95
        assert counts[-1] == 3 or counts[-1] * steps * 8 * 4 / 3 <= 45_000
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] >= 3
