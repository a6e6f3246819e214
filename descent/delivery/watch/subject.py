"""What is watched: a scene of a file, or anything that can be made into one."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from descent.delivery.orders import SceneRef


@dataclass(frozen=True, slots=True)
class Found:
    """Where the film is now.

    Attributes:
        scene: The scene.
        guessed: Whether some of its lines were not spoken yet, so that their times are guesses: once they are spoken,
            it is another film.
    """

    scene: SceneRef
    guessed: bool = False


class Subject(Protocol):
    """Something to watch; it goes from the command to the processes that construct the film."""

    @property
    def name(self) -> str:
        """What the page calls it."""

    @property
    def files(self) -> tuple[Path, ...]:
        """What it is certainly made of; a change there is looked at even while the film is broken."""

    def found(self) -> AbstractContextManager[Found]:
        """Find the film, in a process that has Manim loaded; it is constructed inside this context.

        Raises:
            DescentError: If it cannot be made.
        """


@dataclass(frozen=True, slots=True)
class SceneSubject:
    """A scene of a Python file."""

    scene: SceneRef

    @property
    def name(self) -> str:
        """The scene's class."""
        return self.scene.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Its file."""
        return (self.scene.file.resolve(),)

    @contextmanager
    def found(self) -> Iterator[Found]:
        """The scene as it is."""
        yield Found(self.scene)
