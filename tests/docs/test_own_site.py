"""descent's own documentation: it builds without a warning, and every public name is told of."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.matrix
FACES = ("descent", *(f"descent.{room}" for room in ("stage", "figures", "networks", "animate", "testing")))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages without the films in them: that none was made is told by warnings of the type descent alone."""
    out = tmp_path_factory.mktemp("own") / "site"
    without = {"descent_render": 0, "descent_media_dir": out.parent / "none", "suppress_warnings": "descent"}
    settings = [text for name, value in without.items() for text in ("-D", f"{name}={value}")]
    command = [sys.executable, "-W", "ignore", "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", *settings]
    ended = subprocess.run([*command, ROOT / "docs", out], capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return out


def test_every_public_name_is_told_of(site: Path) -> None:
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    told = {name for kind in inventory.data.values() for name in kind}
    public = [f"{face}.{name}" for face in FACES for name in importlib.import_module(face).__all__]
    assert len(public) > 180
    assert [name for name in public if name not in told] == []
    assert "descent.optimizers.train" in told


def test_every_page_of_the_folder_is_led_to(site: Path) -> None:
    shown = (site / "index.html").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").with_suffix(".html") for path in ROOT.glob("docs/**/*.md")]
    assert [str(page) for page in pages if page.stem != "index" and f'href="{page}"' not in shown] == []
