"""The page judges a film's claims as `descent.record.predicates` does, of whatever is on screen."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_pages import opened, set_to, without_relief
from playwright.sync_api import Browser, Page, expect
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR

from descent import (
    BIRD,
    HIMMELBLAU,
    Claim,
    Predicate,
    Run,
    diverges,
    each,
    escapes,
    lasting,
    none,
    oscillates,
    reaches,
    same,
    settles,
    stalls,
    trace,
)
from descent.publish.explore import explore

PLAIN, HEAVY = (Run(BIRD, partial(SGD, lr=0.01, momentum=momentum), (-12.0, 10.0), 25) for momentum in (0.0, 0.6))
GLOBAL = BIRD.minima[0]
CLAIMS = (
    Claim("Plain descent <b>stalls</b>.", (PLAIN,), stalls(within=0.3)),
    Claim("Momentum reaches the global minimum.", (HEAVY,), reaches(GLOBAL, within=0.3), control=(PLAIN,)),
    Claim(
        "Both start at one place.", (PLAIN, HEAVY), same("start", "lr", "optimizer", "scheduler", "steps", "surface")
    ),
    Claim("A function says so.", (PLAIN,), lambda t: t.loss[-1] < 0),
    Claim("A longer run arrives.", (replace(HEAVY, steps=80),), settles(GLOBAL, within=0.1)),
    Claim("A function inside.", (PLAIN,), each(lambda t: True)),
)

POINTS = st.sampled_from([*HIMMELBLAU.minima, (0.0, 0.0), (1.0, 2.0)])
PLAIN_JUDGES = st.one_of(
    st.builds(reaches, POINTS, st.floats(0.01, 4), by=st.none() | st.integers(0, 30)),
    st.builds(lambda p, w, n: settles(p, within=w, last=n), st.none() | POINTS, st.floats(0.01, 3), st.integers(1, 20)),
    st.builds(lambda p, w, n: stalls(p, within=w, last=n), st.none() | POINTS, st.floats(0.01, 3), st.integers(1, 20)),
    st.builds(escapes, POINTS, st.floats(0.1, 4)),
    st.builds(lambda a, n, s, u: oscillates(a, last=n, swings=s, until=u), st.floats(0.01, 2), st.integers(2, 12),
              st.integers(1, 5), st.none() | st.integers(2, 20)),
    st.just(diverges()),
)  # fmt: skip
JUDGES = st.one_of(
    PLAIN_JUDGES, st.builds(each, PLAIN_JUDGES), st.builds(none, PLAIN_JUDGES), st.builds(lasting, PLAIN_JUDGES)
)
KINDS = st.sampled_from([{"momentum": 0.0}, {"momentum": 0.9}, {"momentum": 0.5, "nesterov": True}])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with without_relief():
        return explore([PLAIN, HEAVY], tmp_path_factory.mktemp("lamps") / "page.html", claims=CLAIMS)


@pytest.fixture(scope="module")
def judging(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Page:
    run = Run(HIMMELBLAU, partial(SGD, lr=0.01), (1.0, 2.0), 20, dtype=torch.float64)
    with without_relief():
        file = explore([run], tmp_path_factory.mktemp("judging") / "page.html")
    return opened(browser.new_page(), file)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    holds=JUDGES, lr=st.floats(1e-4, 0.05), momentum=st.sampled_from([0.0, 0.5, 0.9]), steps=st.integers(1, 40),
    start=st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
)  # fmt: skip
def test_verdicts_are_those_of_the_predicates(
    judging: Page, holds: Predicate, lr: float, momentum: float, steps: int, start: tuple[float, float]
) -> None:
    found = judging.evaluate(
        """([check, lr, momentum, start, steps]) => {
          const state = { ...firstState("SGD", 1), start, steps };
          state.p[state.p.findIndex((_, k) => models.get("SGD").settings[k][0] === "lr")] = lr;
          state.p[models.get("SGD").settings.findIndex(([name]) => name === "momentum")] = momentum;
          const run = makeRun(state);
          follow(run);
          return judge(check, [run]);
        }""",
        [holds.data(), lr, momentum, list(start), steps],
    )
    run = Run(HIMMELBLAU, partial(SGD, lr=lr, momentum=momentum), start, steps, dtype=torch.float64)
    record = trace(run)
    if found is None:  # only where a loss is no number, and the surface would have to be asked
        assert not np.isfinite(record.loss[-1])
        return
    assert found == holds(record), (str(holds), run.label, start)


def lamps(page: Page) -> list[str]:
    page.evaluate("drawLamps()")
    return [text.rsplit(". ", 1)[1] for text in page.locator("#claims li").all_inner_texts()]


def test_lamps_tell_of_what_is_on_screen(page: Page, file: Path) -> None:
    opened(page, file)
    page.wait_for_selector("#claims li")
    assert page.locator("#claims li").all_inner_texts() == [
        "Plain descent <b>stalls</b>. holds",
        "Momentum reaches the global minimum. holds",
        "Both start at one place. holds",
    ]
    set_to(page, "SGD 1", "momentum", "0.6")
    assert lamps(page) == ["does not hold", "holds", "holds"]
    set_to(page, "SGD 2", "lr", "0.0001")
    assert lamps(page) == ["does not hold", "does not hold", "does not hold"]
    page.get_by_role("button", name="Remove SGD 1").click()
    assert lamps(page) == ["not about these runs", "does not hold", "not about these runs"]
    page.get_by_role("button", name="Undo").click()
    assert lamps(page)[2] == "does not hold"
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#lamps")).to_be_hidden()


@pytest.mark.matrix
def test_a_run_whose_scheduler_decides_is_not_judged_beyond_its_record(page: Page, tmp_path: Path) -> None:
    run = Run(BIRD, partial(Adam, lr=0.2), (-12.0, 10.0), 40, partial(ExponentialLR, gamma=0.9))
    claims = (
        Claim("It settles.", (run,), settles(within=1.0)),
        Claim("It goes.", (run,), none(settles(GLOBAL, within=9.0))),
    )
    with without_relief():
        opened(page, explore([run], tmp_path / "page.html", claims=claims))
    assert lamps(page)[0] == "cannot be told here"


def test_a_page_without_claims_has_no_lamps(judging: Page) -> None:
    expect(judging.locator("#lamps")).to_be_hidden()
