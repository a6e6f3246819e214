"""Numbers travel to the page as they are, to the last bit, in as little room as holds them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from playwright.sync_api import Page

from descent.publish.explore.records import packed

RECORD = Path(__file__).parents[2] / "descent/publish/explore/templates/record.js"
ODD = [0.0, -0.0, np.inf, -np.inf, 5e-324, 1e-46, 3.4e38, 3.5e38, 0.1, 16777217.0, -1.5]


def bits(values: np.ndarray) -> list[str]:
    return [f"{word:016x}" for word in values.astype("<f8").view("<u8")]


@pytest.mark.parametrize("values", [ODD, ODD[:1] * 7, ODD[1:2] * 7, [0.0, -0.0], [0.1] * 3, [0.1], [0.5, 0.25], []])
def test_the_page_reads_what_was_written(page: Page, values: list[float]) -> None:
    page.evaluate(RECORD.read_text("utf-8") + ";window.numbersIn = numbersIn; null")
    found = page.evaluate(
        """(text) => { const bits = new BigUint64Array(numbersIn(text).buffer);
        return Array.from(bits, (word) => word.toString(16).padStart(16, "0")); }""",
        packed(np.array(values)),
    )
    assert found == bits(np.array(values))


@given(arrays(np.float64, st.integers(0, 12), elements=st.floats(allow_nan=False, width=64)))
def test_half_of_the_room_where_single_precision_holds_every_number(values: np.ndarray) -> None:
    with np.errstate(over="ignore"):
        single = bool((values.astype(np.float32) == values).all())
    alike = len(values) > 1 and len(set(bits(values))) == 1
    kind, _, rest = packed(values).partition("*" if alike else ":")
    assert int(kind) == (len(values) if alike else 4 if single else 8)
    assert len(rest) == 4 * -(-(8 if alike else int(kind) * len(values)) // 3)
