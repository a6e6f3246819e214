"""The committed table of timings holds exactly the lines that the films speak."""

from pathlib import Path

from descent.narration import stale
from descent.stage.catalogue import all_scenes
from descent.stage.rehearsal import spoken_lines

ROOT = Path(__file__).parents[2]


def test_the_timing_table_is_neither_short_nor_stale() -> None:
    """`make narration` renews it."""
    assert stale(spoken_lines(all_scenes(ROOT / "scenes").values()), ROOT / "assets" / "narration.json") == []
