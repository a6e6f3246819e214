"""Figures as files: the same bytes for the same data, fonts and words inside, nothing changed elsewhere."""

import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import pytest
from figure_subjects import SCHEDULES
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image

from descent import DescentError
from descent.figures import Picture, experiment, schedule_curves

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def picture():
    return experiment("E03", "E04")


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.few(1)
def test_the_same_data_gives_the_same_file_whatever_the_users_style(tmp_path, picture, ending):
    first = picture.save(tmp_path / f"one.{ending}").read_bytes()
    with plt.style.context(
        ["ggplot", {"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "none", "pdf.fonttype": 3}]
    ):
        second = experiment("E03", "E04").save(str(tmp_path / f"two.{ending}")).read_bytes()
    assert first == second


def test_a_png_has_its_size_and_carries_its_alt_text(tmp_path, picture):
    with Image.open(picture.save(tmp_path / "figure.png", dpi=100)) as image:
        assert image.size == tuple((picture.figure.get_size_inches() * 100).astype(int))
        assert image.info["Description"] == picture.alt


def test_an_svg_draws_its_text_as_outlines_and_carries_its_alt_text(tmp_path, picture):
    root = ElementTree.parse(picture.save(tmp_path / "figure.svg")).getroot()
    assert not list(root.iter(f"{SVG}text"))
    assert root.find(f"{SVG}title").text == "E03, E04"
    assert any(element.text == picture.alt for element in root.iter())
    assert not any("DejaVu" in element.get("id", "") for element in root.iter())


def test_a_pdf_embeds_inter_and_nothing_else(tmp_path, picture):
    data = picture.save(tmp_path / "figure.pdf").read_bytes()
    assert b"/FontFile2" in data
    assert b"+Inter" in data
    assert b"DejaVu" not in data
    assert b"/Type3" not in data
    assert b"CreationDate" not in data


def test_a_notebook_shows_a_picture(picture):
    assert picture.png().startswith(b"\x89PNG")


def test_an_unknown_ending_is_refused(tmp_path, picture):
    with pytest.raises(DescentError, match=r"'figure.jgp' by its ending: "):
        picture.save(tmp_path / "figure.jgp")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told(tmp_path, picture):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(DescentError, match="cannot write"):
        picture.save(tmp_path / "taken" / "figure.png")


def test_a_drawing_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "figure.png"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(MemoryError):
        Picture(Figure(), "nothing").save(path)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("figure.png", b"old")]


def test_nothing_global_changes(tmp_path):
    before = dict(matplotlib.rcParams)
    fonts = [entry.fname for entry in font_manager.fontManager.ttflist]
    figures = plt.get_fignums()
    experiment("E04", theme="dark").save(tmp_path / "figure.pdf")
    schedule_curves(SCHEDULES)
    assert dict(matplotlib.rcParams) == before
    assert [entry.fname for entry in font_manager.fontManager.ttflist] == fonts
    assert plt.get_fignums() == figures


def test_figures_need_neither_manim_nor_pyplot():
    code = "import descent.figures, sys; print([m for m in ('manim', 'matplotlib.pyplot') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
