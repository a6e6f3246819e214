"""The page in Chromium: it is torch's, it can be taken hold of, and everyone can."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from live_pages import is_torchs, opened, page_of, path, set_to
from playwright.sync_api import Page, expect
from torch.optim import LBFGS, SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR

from descent import BIRD, RASTRIGIN, DescentError, Run, Surface, trace
from descent.publish.explore import explore

START = (-12.0, 10.0)
TITLE = "<img src=x onerror=alert(1)> & </script> “momentum”"
RUNS = (
    Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), START, 25),
    Run(BIRD, partial(Adam, lr=0.4), START, 25, partial(ExponentialLR, gamma=0.9), dtype=torch.float64),
    Run(BIRD, partial(LBFGS, lr=0.1), (-6.0, 4.0), 12),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explore(RUNS, tmp_path_factory.mktemp("a folder, ä") / "page 1.html", TITLE)


@pytest.fixture
def shown(page: Page, file: Path) -> Page:
    return opened(page, file)


def test_it_shows_torchs_runs_and_says_how_near(shown: Page) -> None:
    for k, run in enumerate(RUNS):
        is_torchs(path(shown, k), run)
    expect(shown.locator("#verdict")).to_contain_text("Live: torch's own steps.")
    expect(shown.locator("#verdict")).to_contain_text("One run is recorded")
    expect(shown.locator(".badge")).to_have_text(["live", "live", "recorded"])
    expect(shown.get_by_label("LBFGS", exact=True)).to_contain_text("which is not elementwise")
    expect(shown.locator("h1")).to_have_text(TITLE)
    assert shown.title() == TITLE


def test_it_is_one_small_file(file: Path) -> None:
    assert file.stat().st_size < 400_000
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_setting_typed_or_slid_is_the_run_that_torch_takes(shown: Page) -> None:
    set_to(shown, "SGD", "momentum", "0.8")
    is_torchs(path(shown, 0), Run(BIRD, partial(SGD, lr=0.01, momentum=0.8), START, 25))
    set_to(shown, "SGD", "momentum", "0")
    set_to(shown, "SGD", "weight_decay", "0,05")
    is_torchs(path(shown, 0), Run(BIRD, partial(SGD, lr=0.01, momentum=0, weight_decay=0.05), START, 25))
    slide = shown.get_by_label("Adam", exact=True).get_by_label("lr", exact=True)
    slide.focus()
    for _ in range(30):
        slide.press("ArrowLeft")
    rate = float(shown.get_by_label("lr of Adam, typed").input_value())
    assert 0.004 < rate < 0.4
    lower = Run(BIRD, partial(Adam, lr=rate), START, 25, partial(ExponentialLR, gamma=0.9), dtype=torch.float64)
    is_torchs(path(shown, 1), lower, 1e-9)
    set_to(shown, "Adam", "gamma", "0.95123")
    expect(shown.get_by_label("Adam", exact=True)).to_contain_text("Its rates are known for ")
    is_torchs(path(shown, 1), lower, 1e-9)
    gamma = shown.evaluate("runs[1].rates[1].values.find((value) => value > 0.9)")
    set_to(shown, "Adam", "gamma", str(gamma))
    other = Run(BIRD, partial(Adam, lr=rate), START, 25, partial(ExponentialLR, gamma=gamma), dtype=torch.float64)
    is_torchs(path(shown, 1), other, 1e-9)


def test_what_torch_refuses_is_refused(shown: Page) -> None:
    before = path(shown, 0)
    for text, told in (("-1", "Nothing below 0 is taken here."), ("much", "A number belongs here."), ("", "A number")):
        set_to(shown, "SGD", "lr", text)
        expect(shown.get_by_label("SGD", exact=True)).to_contain_text(told)
    np.testing.assert_array_equal(path(shown, 0), before)
    set_to(shown, "Adam", "betas[0]", "1")
    expect(shown.get_by_label("Adam", exact=True)).to_contain_text("Nothing above 0.9999 is taken here.")


@pytest.mark.matrix
def test_where_the_last_digit_decides_it_says_so_and_refused_settings_leave_the_last_path(
    page: Page, tmp_path: Path
) -> None:
    runs = [
        Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), START, 25),
        Run(BIRD, partial(SGD, lr=0.005, momentum=0.9, nesterov=True), START, 25),
    ]
    opened(page, page_of(runs, tmp_path))
    expect(page.get_by_label("SGD 2", exact=True)).to_contain_text("nesterov = True")
    card = page.get_by_label("SGD 1", exact=True)
    expect(card).not_to_contain_text("nesterov")
    expect(card).not_to_contain_text("the last digit of a number decides")
    set_to(page, "SGD 1", "lr", "0.08")
    expect(card).to_contain_text("the last digit of a number decides: torch may go another way.")
    sure = page.evaluate("sureOf(runs[0])")
    wild = Run(BIRD, partial(SGD, lr=0.08, momentum=0.6), START, 25)
    is_torchs(path(page, 0)[: sure + 1], replace(wild, steps=sure), 0.02)
    set_to(page, "SGD 1", "lr", "0.01")
    expect(card).not_to_contain_text("the last digit of a number decides")
    before = path(page, 1)
    set_to(page, "SGD 2", "momentum", "0")
    expect(page.get_by_label("SGD 2", exact=True)).to_contain_text("torch refuses this")
    np.testing.assert_array_equal(path(page, 1), before)
    assert page.evaluate("runs[1].p.includes(0.9)")


def test_a_start_is_dragged_and_runs_follow_and_all_can_be_undone(shown: Page) -> None:
    box = shown.locator("#map").bounding_box()
    assert box is not None
    (left, right), (bottom, top) = BIRD.domain
    place = lambda w: (box["x"] + (w[0] - left) / (right - left) * box["width"],  # noqa: E731
                       box["y"] + (top - w[1]) / (top - bottom) * box["height"])  # fmt: skip
    shown.mouse.move(*place(START))
    shown.mouse.down()
    shown.mouse.move(*place((-9, 2)))
    shown.mouse.move(*place((-3, 8)))
    shown.mouse.up()
    for k in (0, 1):  # both began there
        to = tuple(path(shown, k)[0])
        assert to == pytest.approx((-3, 8), abs=0.05)
    start = tuple(float(w) for w in shown.evaluate("runs[0].start"))
    is_torchs(path(shown, 0), Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), start, 25))  # type: ignore[arg-type]
    is_torchs(path(shown, 2), RUNS[2])
    shown.get_by_role("button", name="Start of").first.press("ArrowUp")
    assert shown.evaluate("runs[0].start[1]") == pytest.approx(start[1] + 0.18, abs=1e-3)
    for _ in range(2):
        shown.get_by_role("button", name="Undo").click()
    is_torchs(path(shown, 0), RUNS[0])
    expect(shown.get_by_role("button", name="Undo")).to_be_disabled()
    set_to(shown, "SGD", "lr", "0.02")
    shown.get_by_role("button", name="Reset").click()
    is_torchs(path(shown, 0), RUNS[0])


@pytest.mark.matrix
def test_the_clock_goes_by_keys_and_plays(shown: Page) -> None:
    step = shown.locator("#step")
    expect(step).to_have_text("step 25 of 25")
    shown.keyboard.press("Home")
    for _ in range(3):
        shown.keyboard.press("ArrowRight")
    shown.keyboard.press("ArrowLeft")
    expect(step).to_have_text("step 2 of 25")
    row = trace(RUNS[0]).loss[2]
    expect(shown.get_by_label("SGD", exact=True)).to_contain_text(f"loss {row:.4g}")
    assert "at step 2" in (shown.locator("#ground").get_attribute("aria-label") or "")
    shown.keyboard.press(" ")
    expect(shown.get_by_role("button", name="Pause")).to_be_visible()
    shown.wait_for_function("clock > 3")
    shown.keyboard.press(" ")
    expect(shown.get_by_role("button", name="Play")).to_be_visible()


def test_the_address_holds_what_was_changed(shown: Page, tab: Callable[..., Page]) -> None:
    set_to(shown, "SGD", "momentum", "0.8")
    set_to(shown, "Adam", "gamma", str(shown.evaluate("runs[1].rates[1].values.find((value) => value > 0.9)")))
    shown.get_by_role("button", name="Start of").first.press("ArrowRight")
    shown.wait_for_function("location.hash === addressOf(runs)")
    assert shown.evaluate("['momentum=0.8', 'of.1='].every((word) => location.hash.includes(word))")
    other = tab()
    other.goto(shown.url)
    other.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    for k in range(3):
        np.testing.assert_array_equal(path(other, k), path(shown, k))
    expect(other.get_by_label("momentum of SGD, typed")).to_have_value("0.8")
    other.get_by_role("button", name="Reset").click()
    is_torchs(path(other, 0), RUNS[0])
    other.wait_for_function("location.hash === ''")
    for nonsense in (
        "#",
        "#0",
        "#0@1,2,3;lr=-1;lr=x;momentum=1e999;of.9=2",
        "#9@1,1",
        "#2@0,0;lr=3",
        "#%3Cb%3E@~;;=",
        "#0@nan,1",
        "#%E0%A4%A",
    ):
        other.goto(f"{shown.url.partition('#')[0]}{nonsense}")
        other.wait_for_timeout(20)
        is_torchs(path(other, 0), RUNS[0])
        np.testing.assert_array_equal(path(other, 2), trace(RUNS[2]).params)


def test_a_run_that_is_not_torchs_is_shown_as_recorded(page: Page, file: Path, tmp_path: Path) -> None:
    """Torch's record is changed by a thousandth of the view in one place."""
    text = file.read_text("utf-8")
    data = json.loads(text.partition('<script type="application/json" id="page">')[2].partition("</script>")[0])
    record = data["runs"][0]["record"]["w"]
    width, _, coded = record.partition(":")
    w = np.frombuffer(base64.b64decode(coded), f"<f{width}").astype("<f8")
    w[21] += 0.018
    tampered = tmp_path / "page.html"
    tampered.write_text(text.replace(record, f"8:{base64.b64encode(w.tobytes()).decode()}"), "utf-8")
    opened(page, tampered)
    expect(page.locator(".badge")).to_have_text(["recorded", "live", "recorded"])
    expect(page.get_by_label("SGD", exact=True)).to_contain_text("this browser's numbers leave torch's at step 10.")
    assert path(page, 0)[10, 1] == w[21]
    expect(page.get_by_label("lr of SGD, typed")).to_have_count(0)


@pytest.mark.matrix
def test_a_chaotic_run_is_compared_as_far_as_that_makes_sense(page: Page, tmp_path: Path) -> None:
    run = Run(RASTRIGIN, partial(SGD, lr=0.01), (-2.0, 3.2), 60)
    opened(page, page_of([run], tmp_path))
    until = page.evaluate("runs[0].verdict.step")
    assert 5 < until < 59
    expect(page.locator("#verdict")).to_contain_text(f"SGD is compared until step {until}")
    expect(page.locator(".badge")).to_have_text(["live"])
    expect(page.locator("h1")).to_have_text("SGD on rastrigin")


@pytest.mark.matrix
def test_a_strip_has_a_scale_for_each_axis_and_says_so(page: Page, tmp_path: Path) -> None:
    strip = Surface("strip", lambda w1, w2: (w1 / 1000) ** 2 + w2**2, ((-3e3, 3e3), (-1.0, 2.0)), ((0.0, 0.0),))
    gone = Run(strip, partial(SGD, lr=3.0), (2500.0, 1.9), 300)
    opened(page, page_of([gone, Run(strip, partial(Adam, lr=0.1), (-2500.0, 1.0), 300)], tmp_path))
    expect(page.locator("#scales")).to_have_text("Each axis has its own scale.")
    box = page.locator("#map").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(1.25, rel=0.02)
    assert page.locator("#w1").inner_text().split() == ["−2000", "0", "2000", "w₁"]
    expect(page.get_by_label("SGD", exact=True)).to_contain_text("outside the view")


@pytest.mark.matrix
def test_it_works_in_a_sandboxed_frame(page: Page, file: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer.html"
    outer.write_text(
        f'<iframe sandbox="allow-scripts" style="width: 900px; height: 700px" src="{file.as_uri()}"></iframe>'
    )
    page.goto(outer.as_uri())
    frame = page.frame_locator("iframe")
    expect(frame.locator("#verdict")).to_contain_text("Live")
    frame.get_by_role("button", name="Copy…").click()
    frame.get_by_label("Python", exact=True).check()
    frame.get_by_role("dialog").get_by_role("button", name="Copy").click()
    expect(frame.locator("#copied")).to_have_text(re.compile(r"Copied\.|This browser lets no page copy"))


def test_long_names_make_nothing_scroll_sideways(tab: Callable[..., Page], tmp_path: Path) -> None:
    name = " ".join(["Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"] * 3)
    file = page_of([Run(BIRD, partial(SGD, lr=0.01), START, 9, name=name)], tmp_path)
    page = opened(tab(viewport={"width": 390, "height": 844}), file)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("scheme", "width"), [("dark", 390), pytest.param("light", 1440, marks=pytest.mark.matrix)])
def test_everyone_can_use_it(tab: Callable[..., Page], file: Path, scheme: str, width: int) -> None:
    page = opened(tab(color_scheme=scheme, viewport={"width": width, "height": 900}), file)
    page.get_by_text("More settings").first.click()
    page.get_by_role("button", name="Inside a step").click()
    for name in ("", "Predict", "Copy…"):  # as it is; with hidden paths; with a dialog before it
        if name:
            page.get_by_role("button", name=name).click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Predict").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(14, 17, 22)" if scheme == "dark" else "rgb(255, 255, 255)")
    page.get_by_role("button", name="Switch to the").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground


def test_what_makes_no_page_is_said(tmp_path: Path) -> None:
    with pytest.raises(DescentError, match=r"ends in \.html"):
        explore(RUNS, tmp_path / "page.png")
    with pytest.raises(DescentError, match="a page is made of runs"):
        explore([partial(SGD, lr=0.1)], tmp_path / "page.html")  # type: ignore[list-item]
    with pytest.raises(DescentError, match="1 to 8 runs, not 0"):
        explore([], tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
