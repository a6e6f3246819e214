"""`descent explore`: how soon a page has its picture, follows a hand, and says where each start would end."""

import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from torch.optim import SGD, Adam, RMSprop

from benchmarks import Row
from benchmarks.measure import call
from descent import BIRD, DescentError, Run, basins, trace
from descent.publish.explore import explore

START = (-12.0, 10.0)
OPTIMIZERS = (
    partial(SGD, lr=0.01),
    partial(SGD, lr=0.01, momentum=0.6),
    partial(RMSprop, lr=0.3),
    partial(Adam, lr=0.4),
)

# Of a page that is opened: seconds from asking for it until its map with all runs is drawn.
_OPENED = """new MutationObserver((_, seen) => {
  if (document.documentElement.dataset.ready !== "yes") return;
  seen.disconnect();
  const noted = () => { window.pictured = performance.now() / 1000; };
  look.picture.decode().then(() => requestAnimationFrame(() => requestAnimationFrame(noted)));
}).observe(document, { subtree: true, attributes: true });"""

# Seconds for all paths from one start after another, and their picture if it is asked for.
_DRAGGED = """([count, draws]) => {
  const first = runs[0].start.slice(), begun = performance.now();
  for (let k = 0; k < count; k++) {
    for (const run of runs) {
      run.start = [first[0] + 0.01 * k, first[1] - 0.01 * k];
      follow(run);
    }
    if (draws) drawAll();
  }
  return (performance.now() - begun) / 1000 / count;
}"""

# Seconds for the ground of one momentum after another; none where the browser did not take the shader's word.
_GROUNDS = """([count, side]) => {
  const run = runs[0], place = run.settings.findIndex(([name]) => name === "momentum");
  const whole = (k) => ((run.p[place] = 0.6 + 0.001 * k), basinClasses(run, side).side === side);
  if (!whole(0)) return null;
  const begun = performance.now();
  for (let k = 1; k <= count; k++) if (!whole(k)) return null;
  return (performance.now() - begun) / 1000 / count;
}"""
_RENDERER = """() => {
  const gl = document.createElement("canvas").getContext("webgl2");
  const told = gl && gl.getExtension("WEBGL_debug_renderer_info");
  return told ? gl.getParameter(told.UNMASKED_RENDERER_WEBGL) : "";
}"""


def run(quick: bool) -> list[Row]:
    """Measure in Chromium, as a reader would have it; what torch needs for the same runs stands below."""
    steps, side, count = (40, 64, 2) if quick else (200, 256, 4)
    runs = [Run(BIRD, optimizer, START, steps) for optimizer in OPTIMIZERS[:count]]
    with tempfile.TemporaryDirectory(prefix="bench") as folder, _browser() as browser:
        page = explore(runs, Path(folder) / "page.html")
        one = explore([replace(runs[1], steps=100)], Path(folder) / "one.html")
        return [
            *_opening(browser, page, len(runs), steps, 1 if quick else 9),
            *_paths(browser, page, runs, 3 if quick else 30),
            *_grounds(browser, one, replace(runs[1], steps=100), side, 2 if quick else 10),
        ]


def _opening(browser: Any, file: Path, count: int, steps: int, times: int) -> list[Row]:
    seconds = []
    for _ in range(times):
        with _tab(browser, file) as tab:
            seconds.append(float(tab.evaluate("window.pictured")))
    what = f"opening a page of {count} runs × {steps} steps, to its first picture"
    return [Row(what, "the page, compared with torch's record", statistics.median(seconds), size=file.stat().st_size)]


def _paths(browser: Any, file: Path, runs: list[Run], times: int) -> list[Row]:
    what = f"{len(runs)} runs × {runs[0].steps} steps from a start that is dragged"
    rows = []
    with _tab(browser, file) as tab:
        for way, draws in (("the page computes them", False), ("the page computes and draws them", True)):
            tab.evaluate(_DRAGGED, [20, draws])  # a browser compiles what it has seen often
            found = [float(tab.evaluate(_DRAGGED, [20, draws])) for _ in range(times)]
            rows.append(Row(what, way, statistics.median(found), shown=draws))
    for each in runs:
        trace(each)  # torch loads its optimizers with the first
    _, cost = call(lambda: [trace(each) for each in runs])
    return [*rows, Row(what, "torch in Python, by descent.trace", cost.wall, cost.cpu, shown=True)]


def _grounds(browser: Any, file: Path, job: Run, side: int, times: int) -> list[Row]:
    what = f"where each of {side} × {side} starts ends, {job.steps} steps of {' '.join(job.label.split())}"
    with _tab(browser, file) as tab:
        seconds = tab.evaluate(_GROUNDS, [times, side])
        told = tab.evaluate(_RENDERER) or "an unknown renderer"
    renderer = "SwiftShader, without a GPU" if "SwiftShader" in told else told
    if seconds is None:
        raise DescentError("the browser found here computes no grounds by WebGL.")
    _, cost = call(lambda: basins(job, (side, side)))
    return [
        Row(what, f"the page by WebGL, a slider moved ({renderer})", float(seconds), shown=True),
        Row(what, "descent.basins", cost.wall, cost.cpu, shown=True),
    ]


@contextmanager
def _browser() -> Iterator[Any]:
    """Chromium without a window.

    Raises:
        DescentError: If there is none.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise DescentError("pages are measured in Chromium by playwright, which is not installed.") from None
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        names = (*map(shutil.which, ("google-chrome", "chromium", "chromium-browser")), own)
        found = next((name for name in names if name and Path(name).is_file()), None)
        if found is None:
            raise DescentError("there is no Chromium or Chrome to measure pages in; run `make setup`.")
        with playwright.chromium.launch(executable_path=found, args=["--no-sandbox"]) as browser:
            yield browser


@contextmanager
def _tab(browser: Any, file: Path) -> Iterator[Any]:
    """A page, opened in a fresh profile."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        tab = context.new_page()
        tab.add_init_script(_OPENED)
        tab.goto(file.as_uri())
        tab.wait_for_function("window.pictured")
        yield tab
