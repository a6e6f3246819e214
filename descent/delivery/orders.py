"""What was asked for, and what came of it."""

import html
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from descent.delivery.profiles import Profile
from descent.film.asked import NOTHING_ASKED, Asked
from descent.film.player import player


@dataclass(frozen=True, slots=True)
class SceneRef:
    """Where a worker finds a film, who speaks in it (by name, or who is installed), and what a course says of it."""

    file: Path
    name: str
    voice: str = ""
    asked: Asked = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What to render.

    Attributes:
        scene: The scene.
        profile: Size and rate.
        theme: "dark" or "light".
        folder: Where the film and what belongs to it go.
        stem: The files' name before the suffix; the scene's if empty.
        silent: Whether nothing is spoken; captions stay.
        bare: Whether the film goes alone, without captions, poster, transcript and note beside it.
        beats: The first and the last beat, counted from 1, that a GIF shows; None for those that the scene names.
    """

    scene: SceneRef
    profile: Profile
    theme: str
    folder: Path
    stem: str = ""
    silent: bool = False
    bare: bool = False
    beats: tuple[int, int] | None = None

    def file(self, suffix: str) -> Path:
        """A file of the film, such as ``.mp4`` or ``.vtt``."""
        return self.folder / f"{self.stem or self.scene.name}{suffix}"

    @property
    def voice(self) -> str:
        """Who speaks, by name; empty for whoever is installed."""
        return self.scene.voice

    @property
    def films(self) -> tuple[Path, ...]:
        """What the profile asks for: one file, or one in each of several formats."""
        return tuple(map(self.file, self.profile.suffixes))

    def at_other_rate(self) -> Self:
        """The same at a variable frame rate instead of a constant one, or the other way round."""
        return replace(self, profile=replace(self.profile, held=not self.profile.held))

    def settings(self) -> dict[str, Any]:
        """Manim settings."""
        return self.profile.manim(self.theme)


@dataclass(frozen=True, slots=True)
class RenderResult:
    """The outcome of an order: ``drawn`` frames of ``frames`` (0 of 0 if nothing changed), or what stopped it.

    ``remarks`` are sentences the user should read, such as what a GIF gave up to fit its budget.
    """

    order: RenderRequest
    frames: int = 0
    drawn: int = 0
    error: Exception | None = None
    remarks: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """The film as a player, for notebooks."""
        return film_html(self)


def film_html(film: RenderResult) -> str:
    """A film as a player with its captions; one that failed says why."""
    if film.error:
        return f"<p>{html.escape(film.order.scene.name)}: {html.escape(str(film.error))}</p>"
    return player(film.order.films[0], film.order.file(".vtt"), film.order.scene.name, film.remarks)
