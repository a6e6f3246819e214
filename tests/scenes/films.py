"""The films, and which of them every run of the tests renders."""

from pathlib import Path

from descent.base.project import BUILT_IN
from descent.delivery.outline import read_course
from descent.stage.scene.catalogue import load_scenes

FILMS = {name: scene for file in sorted(Path("scenes").glob("*.py")) for name, scene in load_scenes(file).items()}
"""Every film by its name, in the order of the files, with what the course says of it."""

for name, asked in read_course(BUILT_IN.course, BUILT_IN).asked.items():
    FILMS[name].asked = asked

MAP, MAP_FILE = "MomentumEscapes", Path("scenes/momentum.py")
"""The film that is rendered whole, for all that look at a rendering."""

RENDERED: dict[str, int | None] = {
    MAP: None,
    "SettlesInThePit": 2,  # a landscape
    "AdamWForgivesTheRate": 2,  # side by side
    "BasinsByOptimizer": 2,
    "DecayStopsTheFit": 2,
}
"""The films that are rendered in every run of the tests, a way of drawing each, and how many beats of them."""
