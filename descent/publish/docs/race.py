"""A race that a page describes, and what becomes of it; whoever knows of races turns one into the other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from descent.delivery.orders import SceneRef


@dataclass(frozen=True, slots=True)
class Race:
    """A race.

    Attributes:
        options: What the page says, by name, as text.
        file: A TOML file that says it, instead or besides; None without.
        base: The folder that paths are seen from.
        heard: Whether somebody speaks in its film.
    """

    options: tuple[tuple[str, str], ...]
    file: Path | None
    base: Path
    heard: bool


@dataclass(frozen=True, slots=True)
class RaceScene:
    """A race as a film.

    Attributes:
        scene: Where workers find it.
        files: Files of the user's own that it is made from.
    """

    scene: "SceneRef"
    files: tuple[Path, ...]


SceneMaker: TypeAlias = Callable[[Race], RaceScene]
"""Makes a race's film in a worker: a function that can be imported by its name."""
