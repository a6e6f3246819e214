"""The picture that the page saves: twice as sharp as a screen, everything on it, and no text cut."""

import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from live_pages import opened, page_of
from PIL import Image
from playwright.sync_api import Page
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import OneCycleLR

from descent import BIRD, Run, Surface

START = (-12.0, 10.0)
LONG = "A name of one's own that goes on and on until it is as long as no legend has ever been " * 2
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
STRIP = Surface("strip", lambda w1, w2: (w1 / 1000) ** 2 + 1e-9 * w2**2, ((-3e3, 3e3), (-1e-3, 2e-3)))
RUNS = (
    Run(BIRD, partial(SGD, lr=0.01, momentum=0.6), START, 25, name=LONG.strip()),
    Run(BIRD, partial(Adam, lr=0.4), START, 25, partial(OneCycleLR, max_lr=0.5, total_steps=30), name=WORD),
)

TEXTS = """() => {
  const found = [], before = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const size = this.measureText(text), at = this.getTransform();
    const corner = (dx, dy) => [at.a * (x + dx) + at.e, at.d * (y + dy) + at.f];
    found.push([text, ...corner(-size.actualBoundingBoxLeft, -size.actualBoundingBoxAscent),
                ...corner(size.actualBoundingBoxRight, size.actualBoundingBoxDescent)]);
    before.call(this, text, x, y);
  };
  const canvas = drawPicture();
  CanvasRenderingContext2D.prototype.fillText = before;
  return [canvas.width, canvas.height, found];
}"""


def save(page: Page, folder: Path) -> Image.Image:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Picture").click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return Image.open(io.BytesIO(target.read_bytes()))


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(RUNS, id="long names"),
        pytest.param([Run(STRIP, partial(SGD, lr=0.1), (2500.0, 1.9e-3), 300)], id="a strip"),
        pytest.param(
            [Run(BIRD, partial(SGD, lr=9.0), START, 40)] * 8, id="eight that are gone", marks=pytest.mark.matrix
        ),
    ],
)
@pytest.mark.few(1)
def test_no_text_is_cut_or_covers_another(page: Page, tmp_path: Path, runs: list[Run]) -> None:
    opened(page, page_of(runs, tmp_path, f"{LONG} <b>{WORD}"))
    page.evaluate("setInside(true)")
    width, height, texts = page.evaluate(TEXTS)
    assert width == 2560
    assert len(texts) > 12
    for text, left, top, right, bottom in texts:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= width, text
        assert bottom <= height, text
    for k, (text, *box) in enumerate(texts):
        for other, left, top, right, bottom in texts[:k]:
            apart = box[0] >= right or left >= box[2] or box[1] >= bottom or top >= box[3]
            assert apart, (text, other)


def test_it_is_saved_with_everything_on_it(page: Page, tmp_path: Path) -> None:
    opened(page, page_of(RUNS, tmp_path, 'Is <b>"SGD"</b>: 1/2?'))
    picture = save(page, tmp_path)
    assert [each.name for each in tmp_path.glob("*.png")] == ["Is-b-SGD-b-1-2.png"]
    assert picture.width == 2560
    pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)[::7].astype(int)
    for k in (0, 1):
        ink = page.evaluate(f"look.runs[{k}]").lstrip("#")
        assert (np.abs(pixels - list(bytes.fromhex(ink))).max(axis=1) < 3).sum() > 60


@pytest.mark.matrix
def test_it_is_of_the_clocks_step(page: Page, tmp_path: Path) -> None:
    opened(page, page_of(RUNS[:1], tmp_path))
    _, _, texts = page.evaluate(f"() => {{ go(3); return ({TEXTS})(); }}")
    assert "step 3 of 25" in [text for text, *_ in texts]
    assert any(text.startswith("loss ") and "at (" in text for text, *_ in texts)
