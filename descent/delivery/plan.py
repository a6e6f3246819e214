"""A film before it is drawn, as plain data: any process can hold it, Manim loaded or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from descent.delivery.freshness import Read
from descent.delivery.orders import SceneRef
from descent.delivery.profiles import Profile
from descent.film.script import Script


@dataclass(frozen=True, slots=True)
class Plan:
    """A film before it is drawn.

    Attributes:
        ref: Where workers find the scene.
        settings: Manim settings it is drawn with.
        plays: (key, frames) per play. Two plays of any films have one key if and only if they show the same, encoded
            the same way.
        shown: What each play shows, as a digest that knows neither frame size nor encoder nor tools.
        script: Its words and times.
        claims: What it claims, which holds: its scene would not construct otherwise.
        runs: (label, digest) of every run it shows.
        excerpt: The plays that its moving picture in a page shows, by number.
        poster: The number of the play whose last picture stands for the film.
        modules: The project's modules that its file may import: file by path below Python's path.
        tools: Versions of what computes runs and turns geometry into encoded pictures, and torch's processor level.
        remarks: Sentences the user should read.
        origin: A digest of its runs and of the surfaces they are on; every worker checks that its own are the same.
        seen: What each play looks like, as a digest that forgives rounding; workers check what they draw by it.
        read: What its file and what it imports read.
        begun: When its file was executed, in seconds of the system's clock.
        inputs: The key of all that it was made from, as it was then.
        held: Whether a picture is encoded once and held, rather than once a frame.
    """

    ref: SceneRef
    settings: dict[str, Any]
    plays: tuple[tuple[str, int], ...]
    shown: tuple[str, ...]
    script: Script
    claims: tuple[str, ...]
    runs: tuple[tuple[str, str], ...]
    excerpt: tuple[int, ...]
    modules: Mapping[str, Path]
    tools: Mapping[str, str]
    remarks: tuple[str, ...]
    origin: str = ""
    seen: tuple[str, ...] = ()
    read: Read = field(default_factory=Read)
    begun: float = 0.0
    inputs: str = ""
    held: bool = False
    poster: int = -1

    def part(self, profile: Profile) -> Sequence[int]:
        """The plays that a profile shows, by number."""
        return self.excerpt if profile.looping else range(len(self.plays))
