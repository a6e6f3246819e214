"""What the page shows inside a step is what torch's optimizer holds there, and what its step is made of."""

import copy
import itertools
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from live_pages import opened, page_of, set_to
from playwright.sync_api import Page, expect
from torch.optim import SGD, Adam, AdamW, RMSprop, Rprop

from descent import BIRD, Run, trace
from descent.publish.explore.buffers import buffers_of
from descent.record.torch_specs import build_optimizer

START = (-12.0, 10.0)
RUNS = (
    Run(BIRD, partial(Adam, lr=0.4, weight_decay=0.3), START, 25, dtype=torch.float64),
    Run(BIRD, partial(AdamW, lr=0.4, weight_decay=0.05), START, 25, dtype=torch.float64),
    Run(BIRD, partial(SGD, lr=0.01, momentum=0.6, weight_decay=0.2, nesterov=True), START, 25, dtype=torch.float64),
    Run(BIRD, partial(RMSprop, lr=0.2, momentum=0.3, centered=True), START, 25, dtype=torch.float64),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(RUNS, tmp_path_factory.mktemp("inside"))


@pytest.fixture
def shown(page: Page, file: Path) -> Page:
    return opened(page, file)


def stepped(run: Run, step: int) -> dict[str, Any]:
    """A step of torch's own optimizer, and the same without weight decay."""
    leaves = [torch.tensor(w, dtype=run.dtype, requires_grad=True) for w in run.start]
    optimizer = build_optimizer(run.optimizer, leaves)
    ends: dict[str, Any] = {}
    for _ in range(step + 1):
        optimizer.zero_grad()
        run.surface(*leaves).backward()
        ends["before"] = [leaf.item() for leaf in leaves]
        free = copy.deepcopy(optimizer)
        optimizer.step()
    for group in free.param_groups:
        group["weight_decay"] = 0.0
        free.step()
        ends["free"] = [leaf.item() for leaf in group["params"]]
    ends["after"] = [leaf.item() for leaf in leaves]
    ends["state"] = [optimizer.state[leaf] for leaf in leaves]
    return ends


def test_its_numbers_are_torchs(shown: Page) -> None:
    rows = shown.evaluate("runs.map(stepParts)")
    for (k, run), step in itertools.product(enumerate(RUNS), (0, 1, 17)):
        row, wanted = rows[k][step], stepped(run, step)
        np.testing.assert_allclose(row["gradient"], trace(run).grad[step], rtol=1e-9)
        np.testing.assert_allclose(row["step"], np.subtract(wanted["after"], wanted["before"]), rtol=1e-9, atol=1e-12)
        for name in wanted["state"][0]:
            np.testing.assert_allclose(row["held"][name], [float(state[name]) for state in wanted["state"]], rtol=1e-9)
        if "weight_decay" not in run.optimizer.keywords:
            assert row["decay"] is None
            continue
        part = np.subtract(wanted["after"], wanted["free"])
        assert np.abs(part).max() > 1e-6 or (k, step) == (0, 0)  # Adam's first step is as long whatever the gradient
        np.testing.assert_allclose(row["decay"], part, rtol=1e-7, atol=1e-13)


@pytest.mark.matrix
def test_adamws_decay_is_its_rate_times_the_decay_times_the_weights(shown: Page) -> None:
    row = shown.evaluate("stepParts(runs[1])[9]")
    np.testing.assert_allclose(row["decay"], -0.4 * 0.05 * np.array(row["at"]), rtol=1e-9)


@pytest.mark.parametrize(
    ("spec", "kinds"),
    [
        (partial(Adam, lr=0.1, amsgrad=True, weight_decay=0.1),
         {"exp_avg": "direction", "exp_avg_sq": "size", "max_exp_avg_sq": "size"}),
        (partial(SGD, lr=0.1, momentum=0.9), {"momentum_buffer": "direction"}),
        (partial(SGD, lr=0.1), {}),
        (partial(RMSprop, centered=True, momentum=0.9),
         {"square_avg": "size", "momentum_buffer": "direction", "grad_avg": "direction"}),
        (partial(Rprop), {"prev": "direction", "step_size": "size"}),
    ],
)  # fmt: skip
def test_buffers_are_told_apart_by_what_they_do(spec: partial[Any], kinds: dict[str, str]) -> None:
    assert dict(buffers_of(spec, torch.float32)) == kinds


def test_a_schedule_free_optimizer_holds_a_place() -> None:
    import schedulefree

    assert dict(buffers_of(partial(schedulefree.SGDScheduleFree, lr=0.3), torch.float32)) == {"z": "place"}


def test_it_is_shown_for_the_selected_run_at_the_clocks_step(shown: Page) -> None:
    shown.get_by_role("button", name="Inside a step").click()
    table = shown.locator("#inside-table")
    expect(table.locator("caption")).to_contain_text("Step 25 of Adam")
    shown.keyboard.press("Tab")
    shown.evaluate("document.activeElement.blur()")
    shown.keyboard.press("Home")
    expect(table.locator("caption")).to_have_text("Step 1 of Adam, from (−12, 10)")
    rows = table.locator("tbody th").all_text_contents()
    assert (rows[0], *sorted(rows[1:4]), *rows[4:]) == (
        "gradient ∇L", "exp_avg", "exp_avg_sq", "step", "weight decay’s part", "step taken")  # fmt: skip
    expect(table.get_by_role("row", name="step 1 1", exact=True)).to_have_count(1)  # the count of steps is no arrow
    gradient = trace(RUNS[0]).grad[0]
    expect(table.locator("tbody tr").first).to_contain_text(f"{gradient[0]:.4g}".replace("-", "−"))
    shown.get_by_label("Choose SGD").check()
    expect(table.locator("caption")).to_contain_text("of SGD")
    expect(table).to_contain_text("momentum_buffer")
    shown.wait_for_function("location.hash.includes('inside=2')")
    set_to(shown, "SGD", "momentum", "0.3")
    parts = shown.evaluate("inside.rows[1].held.momentum_buffer")
    moved = Run(
        BIRD, partial(SGD, lr=0.01, momentum=0.3, weight_decay=0.2, nesterov=True), START, 25, dtype=torch.float64
    )
    np.testing.assert_allclose(parts, trace(moved).state["momentum_buffer"][1], rtol=1e-9)
    shown.keyboard.press("Escape")
    shown.evaluate("document.activeElement.blur()")
    shown.keyboard.press("i")
    expect(table).to_be_hidden()


@pytest.mark.matrix
def test_arrows_lie_where_their_numbers_say(shown: Page) -> None:
    """Ends of arrows, from what is drawn: the step ends where the next iterate is drawn, if it is drawn as it is."""
    shown.evaluate("""() => {
      window.tips = [];
      const before = drawArrow;
      drawArrow = (pen, from, to, ...rest) => { window.tips.push([from, to]); before(pen, from, to, ...rest); };
    }""")
    shown.get_by_label("Choose RMSprop").check()
    shown.get_by_role("button", name="Inside a step").click()
    names, factors, tips = shown.evaluate("""() => {
      go(3);
      window.tips = [];
      drawAll();
      const arrows = arrowsOf(runs[3], inside.rows[3]);
      return [arrows.map(({ name }) => name), arrows.map(inside.scales), window.tips];
    }""")
    assert names == ["−∇L", "−momentum_buffer", "−grad_avg", "step"]
    box = shown.locator("#ground").bounding_box()
    assert box is not None
    (left, right), (bottom, top) = BIRD.domain
    row = shown.evaluate("stepParts(runs[3])[3]")
    drawn = [1, 2, 0, 3]  # what an optimizer holds is drawn below the others, which may lie on it
    for k, (start, end) in zip(drawn, tips, strict=True):
        name, factor = names[k], factors[k]
        way = {"−∇L": -np.array(row["gradient"]), "step": np.array(row["step"])}.get(name)
        if way is None:
            way = -np.array(row["held"][name[1:]])
        moved = (np.subtract(end, start) / [box["width"], -box["height"]]) * [right - left, top - bottom]
        np.testing.assert_allclose(moved, factor * way, rtol=0.02, atol=1e-6)
        assert str(factor).strip("0.")[:1] in "125"
