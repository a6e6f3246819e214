"""Runs are added, copied and removed on the page, and are torch's from their first moment."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from live_pages import is_torchs, move_start, opened, page_of, path, set_to
from playwright.sync_api import Page, expect
from torch.optim import LBFGS, SGD, Adagrad, Adam, AdamW, NAdam, Optimizer, RAdam, RMSprop
from torch.optim.lr_scheduler import ExponentialLR

from descent import BIRD, Run
from descent.publish.explore import programs
from descent.publish.explore.capture import capture_step
from descent.publish.explore.live import live

START = (-12.0, 10.0)
RUNS = (
    Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), START, 25, name="heavy <b>&"),
    Run(BIRD, partial(RAdam, lr=0.4), (-3.0, 2.0), 30, partial(ExponentialLR, gamma=0.9)),
    Run(BIRD, partial(LBFGS, lr=0.1), (-6.0, 4.0), 12),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(RUNS, tmp_path_factory.mktemp("added"))


@pytest.fixture
def shown(page: Page, file: Path) -> Page:
    return opened(page, file)


def add(page: Page, name: str) -> None:
    page.get_by_label("Optimizer", exact=True).select_option(name)
    page.get_by_role("button", name="Add a run").click()


def test_an_optimizer_is_added_where_the_selected_run_starts_with_its_rate(shown: Page) -> None:
    shown.get_by_role("button", name="Remove LBFGS").click()
    shown.get_by_label("Choose heavy").check()
    set_to(shown, "heavy <b>&", "lr", "0.02")
    move_start(shown, 0, -9.5, 3.25)
    for kind in (SGD, Adam, AdamW, RMSprop, Adagrad, NAdam):
        add(shown, kind.__name__)
        number = shown.evaluate("runs.length - 1")
        is_torchs(path(shown, number), Run(BIRD, partial(kind, lr=0.02), (-9.5, 3.25), 25), 1e-5)
        assert shown.evaluate("document.activeElement.id === `chosen-${selected}` && runs.at(-1).index === selected")
        set_to(shown, kind.__name__, "lr", "0.005")
        is_torchs(path(shown, number), Run(BIRD, partial(kind, lr=0.005), (-9.5, 3.25), 25), 1e-5)
        set_to(shown, kind.__name__, "lr", "0.02")


@pytest.mark.matrix
def test_a_name_of_ones_own_is_shown_with_its_class(shown: Page) -> None:
    card = shown.get_by_label("heavy <b>&", exact=True)
    expect(card.locator("h2")).to_have_text("heavy <b>&")
    expect(card).to_contain_text("SGD")
    expect(shown.locator("h1")).to_have_text("heavy <b>&, RAdam and LBFGS on bird")


@pytest.mark.matrix
def test_copies_go_their_own_way_and_keep_their_scheduler(shown: Page) -> None:
    shown.get_by_role("button", name="Duplicate RAdam").click()
    assert shown.evaluate("runs.map(run => run.title)") == ["heavy <b>&", "RAdam 1", "LBFGS", "RAdam 2"]
    set_to(shown, "RAdam 2", "lr", "0.1")
    other = Run(BIRD, partial(RAdam, lr=0.1), (-3.0, 2.0), 30, partial(ExponentialLR, gamma=0.9))
    is_torchs(path(shown, 3), other, 1e-5)
    is_torchs(path(shown, 1), RUNS[1], 1e-5)


@pytest.mark.matrix
def test_colours_that_are_free_are_taken_and_eight_are_all(shown: Page) -> None:
    add(shown, "Adam")
    shown.get_by_role("button", name="Remove RAdam").click()
    assert shown.evaluate("runs.map(run => run.index)") == [0, 2, 3]
    for name in ("SGD", "AdamW", "NAdam", "RAdam", "Adagrad"):
        add(shown, name)
    assert shown.evaluate("runs.map(run => run.index)") == [0, 2, 3, 1, 4, 5, 6, 7]
    expect(shown.get_by_role("button", name="8 runs are all that fit")).to_be_disabled()
    expect(shown.get_by_role("button", name="Duplicate Adam", exact=True)).to_be_disabled()
    for _ in range(7):
        shown.get_by_role("button", name="Remove").first.click()
    expect(shown.get_by_role("button", name="Remove")).to_be_disabled()
    assert shown.evaluate("runs.length") == 1


def test_all_of_it_can_be_undone_and_the_address_holds_it(shown: Page, tab: Callable[..., Page]) -> None:
    add(shown, "Adam")
    set_to(shown, "Adam", "betas[0]", "0.5")
    shown.get_by_role("button", name="Remove heavy").click()
    shown.get_by_role("button", name="Duplicate Adam", exact=True).click()
    move_start(shown, 3, -2, 3)
    shown.wait_for_function("location.hash.includes('0-') && location.hash.includes('@-2,3')")
    other = tab()
    other.goto(shown.url)
    other.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    assert other.evaluate("runs.map(stateOf)") == shown.evaluate("runs.map(stateOf)")
    for k in range(4):
        np.testing.assert_array_equal(path(other, k), path(shown, k))
    for count, titles in ((3, ["RAdam", "LBFGS", "Adam"]), (4, ["heavy <b>&", "RAdam", "LBFGS", "Adam"])):
        shown.get_by_role("button", name="Undo").click()
        assert shown.evaluate("runs.map(run => run.title)") == titles
        assert shown.evaluate("runs.length") == count
    shown.get_by_role("button", name="Reset").click()
    assert shown.evaluate("JSON.stringify(taken()) === JSON.stringify(FIRST)")
    assert other.evaluate("runs.length") == 4


def test_an_address_that_makes_no_sense_changes_nothing(shown: Page) -> None:
    for address in (
        "#3+Nothing@1,1,5", "#3+LBFGS@-6,4,5", "#3+2@-6,4,5", "#0+Adam@-6,4,5", "#3+Adam@-6,4", "#3+Adam@99,4,5",
        "#9+Adam@1,1,5", "#3+%E0%A4%A@-6,4,5", "#0-~1-~2-", "#inside=9~predict=2", "#0@;lr=1e999;of.1=0.5;of.0=1",
    ):  # fmt: skip
        found = shown.evaluate("address => readAddress(address)", address)
        assert found == {"states": shown.evaluate("FIRST"), "inside": None, "predict": False}, address
    steps = (
        "readAddress('#3+Adam@-6,4,60~4+Adam@-6,4,999999~5+Adam@-6,4,0.5').states.slice(3).map(({ steps }) => steps)"
    )
    assert shown.evaluate(steps) == [60, 12, 12]


@pytest.mark.matrix
def test_another_address_is_drawn_once(shown: Page) -> None:
    shown.evaluate("""async () => {
      await document.fonts.ready; // what is drawn when font and relief are there is not counted
      await look.picture.decode().catch(() => {});
      for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
      window.drawn = 0;
      const before = drawMap;
      drawMap = (...all) => { window.drawn++; before(...all); };
    }""")
    shown.evaluate("location.hash = '#0@-2,3;lr=0.02'")
    shown.wait_for_function("runs[0].start[0] === -2")
    shown.wait_for_timeout(400)
    assert shown.evaluate("window.drawn") == 1


def test_an_offer_that_is_not_torchs_here_is_none(page: Page, file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    data = json.loads(text.partition('<script type="application/json" id="page">')[2].partition("</script>")[0])
    record = next(offer["record"]["w"] for offer in data["offers"] if offer["key"] == "NAdam")
    tampered = tmp_path / "page.html"
    tampered.write_text(text.replace(record, record[:40] + "AAAA" + record[44:]), "utf-8")
    opened(page, tampered)
    names = page.evaluate("[...byId('offered').options].map(option => option.value)")
    assert names == ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "RAdam"]


def test_each_optimizer_is_captured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []

    class Plain(SGD):
        pass

    def counting(spec: partial[Optimizer], dtype: torch.dtype) -> object:
        counted.append(spec.func)
        return capture_step(spec, dtype)

    monkeypatch.setattr(programs, "capture_step", counting)
    specs = [partial(Plain, lr=lr, momentum=momentum) for lr in (0.01, 0.02) for momentum in (0.0, 0.6)]
    runs = [Run(BIRD, spec, start, 9) for spec in specs for start in ((-12.0, 10.0), (-6.0, 4.0))]
    page, code = live(runs, "")
    assert counted.count(Plain) == 4  # with momentum or without, with weight decay or without
    assert len({run.code for run in page.runs}) == 1
    assert len(code.optimizers[page.runs[0].code]) == 4


def test_optimizers_are_offered_in_the_precision_of_the_first_run() -> None:
    both = [replace(RUNS[0], dtype=torch.float64), RUNS[1]]
    offered = live(both, "")[0].offers
    assert [(offer.key, offer.single) for offer in offered][-2:] == [("NAdam", False), ("RAdam", False)]
    assert live([RUNS[2]], "")[0].offers == ()
