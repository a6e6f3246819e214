"""The films, and which of them every run of the tests renders."""

from pathlib import Path

from descent.stage.scene.catalogue import load_scenes

FILMS = {name: scene for file in sorted(Path("scenes").glob("*.py")) for name, scene in load_scenes(file).items()}
"""Every film by its name, in the order of the files."""

MAP, MAP_FILE = "MomentumEscapes", Path("scenes/momentum.py")
"""The film that is rendered whole, for all that look at a rendering."""

LANDSCAPE = "MomentumEscapes3D"

RENDERED: dict[str, int | None] = {
    MAP: None,
    LANDSCAPE: 2,
    "AdamWForgivesTheRate": 2,  # side by side
    "BasinsByOptimizer": 2,
    "DecayStopsTheFit": 2,
}
"""The films that are rendered in every run of the tests, a way of drawing each, and how many beats of them."""
