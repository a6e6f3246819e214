"""The room predicts: nothing gives the end away, votes are counted, and the end is told as it is."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from live_pages import opened, page_of
from playwright.sync_api import Page, expect
from torch.optim import SGD

from descent import HIMMELBLAU, Run, trace

RUNS = (
    Run(HIMMELBLAU, partial(SGD, lr=0.01), (-1.0, -2.0), 40),
    Run(HIMMELBLAU, partial(SGD, lr=0.01), (1.0, 2.0), 2),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(RUNS, tmp_path_factory.mktemp("predict"), "It ends at <b>minimum 2</b>")


@pytest.mark.matrix
def test_a_title_that_tells_gives_way_to_what_is_asked(page: Page, file: Path, tmp_path: Path) -> None:
    opened(page, file, "#predict=1")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"SGD on {HIMMELBLAU.name}")
    assert page.title() == f"SGD on {HIMMELBLAU.name}"
    page.get_by_role("button", name="Roll").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It ends at <b>minimum 2</b>")
    opened(page, page_of(RUNS, tmp_path, "It stays.", "Where to, <i>you</i>?"), "#predict=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where to, <i>you</i>?")


def test_nothing_gives_it_away_until_it_is_rolled(page: Page, file: Path) -> None:
    opened(page, file, "#predict=1")
    seen = page.evaluate("""() => document.body.innerText + [...document.querySelectorAll("*")].map((each) =>
      [each.getAttribute("aria-label"), each.getAttribute("aria-valuetext")].join(" ")).join(" ")""")
    ends = page.evaluate("""() => runs.flatMap((run, k) => [run.path.loss[run.path.steps],
      ...(k ? placeOf(run, run.path.steps) : [])].map((value) => quantity(value)))""")
    assert len(ends) == 4  # where the first one ends, there is a minimum, which has its place for a name
    for text in ends:
        assert text not in seen or text == "0"
    for hidden in ("Loss against step", "Step"):
        expect(page.get_by_label(hidden, exact=True)).to_be_hidden()
    assert (
        page.evaluate("""() => {
      window.paths = 0; const before = drawPath; drawPath = (...all) => { window.paths++; before(...all); };
      drawAll(); return window.paths; }""")
        == 0
    )
    expect(page.get_by_role("button", name="Picture")).to_be_disabled()
    for key in ("ArrowRight", "End", "Home"):
        page.keyboard.press(key)
    assert page.evaluate("clock") == 0


def test_votes_by_click_and_key_are_counted_and_the_end_is_told(page: Page, file: Path) -> None:
    opened(page, file)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    end = int(np.argmin([np.linalg.norm(trace(RUNS[0]).params[-1] - m) for m in HIMMELBLAU.minima])) + 1
    other = end % 4 + 1
    page.get_by_role("button", name=f"minimum {end} at").click()  # and has the focus now
    page.keyboard.press(str(other))
    page.keyboard.press(str(other))
    page.keyboard.press("0")
    page.keyboard.press("7")  # there are four
    expect(page.locator("#question")).to_have_text("Where will SGD 1 be after 40 steps? 4 votes.")
    expect(page.get_by_role("button", name=f"minimum {other} at")).to_contain_text("2")
    expect(page.get_by_role("button", name="none of them: 1 vote")).to_be_visible()
    page.get_by_label("Choose SGD 2").check()
    expect(page.locator("#question")).to_contain_text("Where will SGD 2 be after 2 steps? Click a minimum")
    page.get_by_role("button", name="none of them: 0 votes").click()
    page.get_by_label("Choose SGD 1").check()
    page.wait_for_function("location.hash.includes('predict=1')")
    page.get_by_role("button", name="Roll").click()
    expect(page.locator("#question")).to_have_text("SGD 1 rolls.")
    page.evaluate("pause(); go(last)")
    expect(page.locator("#question")).to_have_text(
        f"SGD 1 ends at minimum {end}, as 1 of 4 said. SGD 2 is at none of them after 2 steps, as 1 of 1 said."
    )
    expect(page.get_by_role("button", name=f"minimum {end} at")).to_be_disabled()
    page.get_by_role("button", name="Ask again").click()
    assert page.evaluate("[hidden(), clock]") == [True, 0]
    page.get_by_role("button", name="Clear votes").click()
    expect(page.locator("#question")).to_contain_text("Click a minimum")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator("#step")).to_have_text("step 40 of 40")


@pytest.mark.matrix
def test_minima_are_numbered_where_they_are(page: Page, file: Path) -> None:
    opened(page, file, "#predict=1")
    box = page.locator("#map").bounding_box()
    assert box is not None
    (left, right), (bottom, top) = HIMMELBLAU.domain
    for k, (w1, w2) in enumerate(HIMMELBLAU.minima, 1):
        button = page.get_by_role("button", name=f"minimum {k} at").bounding_box()
        assert button is not None
        assert button["x"] + button["width"] / 2 == pytest.approx(
            box["x"] + (w1 - left) / (right - left) * box["width"], abs=2
        )
        assert button["y"] + button["height"] / 2 == pytest.approx(
            box["y"] + (top - w2) / (top - bottom) * box["height"], abs=2
        )
