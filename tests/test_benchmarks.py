"""What `make bench` measures with: films of others that are films, and measures that measure."""

import sys
from dataclasses import asdict
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import MODULES, Row, by_matplotlib, explore, gifs, report
from benchmarks.measure import command
from descent import DescentError


def test_a_film_by_matplotlib_moves(tmp_path: Path) -> None:
    by_matplotlib.main(str(tmp_path / "film.mp4"), 320, 180, 15, 0.4)
    with av.open(str(tmp_path / "film.mp4")) as film:
        first, *_, last = frames = [frame.to_ndarray(format="gray").astype(int) for frame in film.decode(video=0)]
    assert len(frames) == 6
    assert (np.abs(last - first) > 50).sum() > 20


def test_likeness_is_one_for_the_same_picture_and_falls_with_noise() -> None:
    picture = np.add.outer(np.arange(60.0), np.arange(80.0))
    noise = np.random.default_rng(0).normal(size=picture.shape)
    assert gifs.ssim(picture, picture) == 1
    assert gifs.ssim(picture, picture + 20 * noise) < gifs.ssim(picture, picture + 2 * noise) < 1


def test_a_command_is_measured_with_the_processes_it_starts() -> None:
    child = "x = bytearray(150_000_000); sum(range(10**7))"
    work = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = command([sys.executable, "-c", work])
    assert cost.wall > 0
    assert cost.cpu > 0.05
    assert cost.memory is not None
    assert cost.memory > 150


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(DescentError, match="ended badly"):
        command([sys.executable, "-c", "raise SystemExit('ended badly')"])


def test_the_readme_has_a_place_for_what_was_measured_and_keeps_the_rest() -> None:
    text = report.README.read_text(encoding="utf-8")
    rows = [Row("a film", "ours", 2.0, shown=True), Row("a film", "theirs", 6.0, shown=True), Row("more", "x", 1.0)]
    made = report.readme(text, {"machine": "a machine", "rows": {"films": [asdict(row) for row in rows]}})
    before, after = text[: text.index(report.BEGIN)], text[text.index(report.END) :]
    assert made.startswith(f"{before}{report.BEGIN}| work | descent | instead | ratio |\n")
    assert made.endswith(f"Measured on a machine.\n{after}")
    assert "| a film | 2.00 s: ours | 6.00 s: theirs | 3.0 |\n\nMeasured" in made
    with pytest.raises(DescentError, match="no one place"):
        report.readme(text.replace(report.END, ""), {"machine": "", "rows": {}})


@pytest.mark.matrix
def test_pages_are_measured_beside_torch_for_the_same_work() -> None:
    rows = explore.run(quick=True)
    assert "explore" in MODULES
    assert all(np.isfinite(row.wall) and row.wall > 0 for row in rows)
    works = {what: [row.way for row in rows if row.what == what] for what in dict.fromkeys(row.what for row in rows)}
    opening, path, ground = works.values()
    assert (len(opening), path[-1], ground[-1]) == (1, "torch in Python, by descent.trace", "descent.basins")
    assert [row.size for row in rows if row.size] == [rows[0].size]
    assert 100_000 < (rows[0].size or 0) < 400_000
    assert len(report.summary(rows).splitlines()) == 4, "two of them are compared in the README"
