"""The films, and which of them every run of the tests renders."""

from pathlib import Path

from descent.stage.scene.catalogue import load_scenes

FILMS = {name: scene for file in sorted(Path("scenes").glob("*.py")) for name, scene in load_scenes(file).items()}
"""Every film by its name, in the order of the files."""

MAP, MAP_FILE = "PlateauSettles", Path("scenes/schedulers.py")
"""The film that is rendered whole, for all that look at a rendering: of those on a map, one that is soon drawn."""

LANDSCAPE = "MomentumEscapes3D"

RENDERED: dict[str, int | None] = {
    MAP: None,
    LANDSCAPE: 1,
}
"""The films that every run of the tests renders, a way of drawing each, and how many of their beats.

`make matrix` renders all films whole.
"""
