"""Live pages in Chromium, without the relief, which takes seconds and is not looked at."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from descent import Run, trace
from descent.publish.explore import explore

NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


@contextmanager
def without_relief() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("descent.publish.explore.page._map", lambda *_: NO_PICTURE)
        yield


def page_of(runs: Sequence[Run], folder: Path, title: str = "", question: str = "") -> Path:
    with without_relief():
        return explore(runs, folder / "page.html", title, question=question)


def opened(page: Page, file: Path, address: str = "") -> Page:
    page.goto(file.as_uri() + address)
    page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
    return page


def unpacked(text: str) -> np.ndarray:
    """The numbers of a record, as the page reads them."""
    count, alike, same = text.partition("*")
    if alike:
        return np.full(int(count), np.frombuffer(base64.b64decode(same), "<f8")[0])
    width, _, coded = text.partition(":")
    return np.frombuffer(base64.b64decode(coded), f"<f{width}").astype(float)


def path(page: Page, run: int) -> np.ndarray:
    return np.array(page.evaluate(f"Array.from(runs[{run}].path.w)")).reshape(-1, 2)


def is_torchs(found: np.ndarray, run: Run, near: float = 1e-6) -> None:
    np.testing.assert_allclose(found, trace(run).params, rtol=near, atol=near)


def set_to(page: Page, card: str, name: str, text: str) -> None:
    box = page.get_by_label(f"{name} of {card}, typed")
    box.fill(text)
    box.press("Enter")


def move_start(page: Page, run: int, w1: float, w2: float) -> None:
    page.evaluate(f"moveStart([runs[{run}]], {w1}, {w2})")
