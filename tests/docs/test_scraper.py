"""What the scraper takes of an example's names, without a gallery around it."""

import itertools
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

import descent
from descent.animate.make import Made
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.profiles import find_profile
from descent.figures import Picture


@pytest.fixture
def gallery(tmp_path: Path):
    """``gallery(**names)`` is what the scraper writes for a block that leaves these names, in one example."""
    variables = {
        "example_globals": {},
        "image_path_iterator": (str(tmp_path / f"images/it_{k}.png") for k in itertools.count(1)),
    }
    (tmp_path / "images").mkdir()

    def scrape(**names: object) -> str:
        variables["example_globals"] |= names
        return descent._get_sg_image_scraper()(None, variables, {"src_dir": str(tmp_path)})

    return scrape


def film(folder: Path, suffix: str, **changes: object) -> RenderResult:
    """A film that is there, but for its pictures."""
    folder.mkdir()
    for name in (suffix, ".png"):
        Image.new("RGB", (4, 2)).save(folder / f"Toy{name}", "GIF" if name == ".gif" else "PNG")
    order = RenderRequest(SceneRef(Path("toy.py"), "Toy"), find_profile("docs"), "light", folder)
    return RenderResult(order, **changes)


def test_figures_are_taken_once_alone_or_in_a_list(gallery, tmp_path: Path) -> None:
    one, two = (Picture(Figure(figsize=(1, 1)), f"Figure {k}.\nIt is empty.") for k in (1, 2))
    first = gallery(one=one, same=one, number=3)
    assert first == "\n.. image:: /images/it_1.png\n   :alt: Figure 1. It is empty.\n   :class: sphx-glr-single-img\n"
    assert gallery(many=[one, two]).count(".. image::") == 1
    assert gallery() == ""
    assert [path.name for path in sorted((tmp_path / "images").iterdir())] == ["it_1.png", "it_2.png"]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".avif", ".webm"])
def test_what_animate_made_is_shown_under_its_title(gallery, tmp_path: Path, suffix: str) -> None:
    made = film(tmp_path / "made", suffix)
    (tmp_path / f"race{suffix}").write_bytes((tmp_path / f"made/Toy{suffix}").read_bytes())
    Image.new("RGB", (4, 2)).save(tmp_path / "race.png")
    moving = gallery(race=Made(tmp_path / f"race{suffix}", "It moves", made))
    assert moving == f"\n.. descent-file:: /images/it_1{suffix}\n   :alt: It moves\n"
    still = gallery(still=Made(tmp_path / "race.png", "It stands"))
    assert still.startswith("\n.. image:: /images/it_2.png\n   :alt: It stands\n")
    names = sorted(path.name for path in (tmp_path / "images").iterdir())
    assert names == sorted([f"it_1{suffix}", "it_1.png", "it_2.png"])


def test_a_film_that_failed_is_not_shown(gallery, tmp_path: Path) -> None:
    assert gallery(film=film(tmp_path / "made", ".gif", error=ValueError("no"))) == ""


def test_a_deck_is_not_shown(gallery, tmp_path: Path) -> None:
    (tmp_path / "race.pptx").touch()
    assert gallery(deck=Made(tmp_path / "race.pptx", "A deck", film(tmp_path / "made", ".gif"))) == ""
