"""A film before it is drawn: every play named by what it will show."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import av
import cairo
import manim
import manimpango  # type: ignore[import-untyped]
from manim import config, tempconfig

from descent.delivery.fingerprint import SamplingRenderer
from descent.delivery.orders import SceneRef
from descent.delivery.profiles import Profile
from descent.errors import DescentError
from descent.stage.clock import TICKS_PER_SECOND
from descent.stage.lecture import LectureScene
from descent.stage.rehearsal import rehearse
from descent.stage.run_scene import RunScene
from descent.stage.telling import Telling

TOOLS = {
    "manim": manim.__version__,
    "cairo": cairo.cairo_version_string(),
    "pango": str(manimpango.pango_version()),
    "encoders": ".".join(map(str, av.library_versions["libavcodec"])),
}
"""Versions of what turns geometry into encoded pictures."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A film before it is drawn.

    Attributes:
        ref: Where workers find the scene.
        settings: Manim settings it is drawn with.
        plays: (key, frames) per play.
        shown: What each play shows, as a digest that knows neither frame size nor encoder nor tools.
        telling: Its words and times.
        claims: What it claims, which holds: its scene would not construct otherwise.
        runs: (label, digest) of every run it shows.
        excerpt: The plays that its GIF shows.
    """

    ref: SceneRef
    settings: dict[str, Any]
    plays: tuple[tuple[str, int], ...]
    shown: tuple[str, ...]
    telling: Telling
    claims: tuple[str, ...]
    runs: tuple[tuple[str, str], ...]
    excerpt: slice

    def part(self, profile: Profile) -> slice:
        """The plays that a profile shows."""
        return self.excerpt if ".gif" in profile.suffixes else slice(None)


def plan(ref: SceneRef, scene_class: type[LectureScene], settings: dict[str, Any]) -> Plan:
    """Construct a film without drawing it.

    Args:
        ref: Where workers find the scene.
        scene_class: The scene.
        settings: Manim settings it will be drawn with.

    Returns:
        The plan. Two plays of any films have one key if and only if they show the same, encoded the same way.
    """
    renderer = SamplingRenderer()
    with tempconfig(settings):
        scene = rehearse(scene_class, renderer)
        encoder = config.video_codec, config.pixel_format, sorted(config.video_encoder_options.items())
        ground = str(config.background_color), config.background_opacity
    size = [settings[name] for name in ("pixel_width", "pixel_height", "frame_rate")]
    look = repr((size, ground, encoder, sorted(TOOLS.items())))
    plays = tuple(
        (
            sha256(f"{shown}{look}".encode()).hexdigest()[:40],
            -(-played.ticks * settings["frame_rate"] // TICKS_PER_SECOND),
        )
        for shown, played in zip(renderer.keys, scene.timeline.plays, strict=True)
    )
    claims = tuple(claim.text for claim in getattr(scene, "claims", ()))
    trajectories = scene.trajectories if isinstance(scene, RunScene) else ()
    runs = tuple((trajectory.run.label, trajectory.digest) for trajectory in trajectories)
    return Plan(ref, settings, plays, tuple(renderer.keys), scene.telling, claims, runs, _excerpt(scene))


def _excerpt(scene: LectureScene) -> slice:
    if scene.gif_beats is None:
        return slice(None)
    first, last = scene.gif_beats
    timeline = scene.timeline
    begins = [*(tick for tick, _ in timeline.chapters), timeline.now]
    if not 1 <= first <= last < len(begins):
        raise DescentError(
            f"{type(scene).__name__}.gif_beats is {scene.gif_beats}, but it has {len(begins) - 1} beats."
        )
    shown = [k for k, play in enumerate(timeline.plays) if begins[first - 1] <= play.start < begins[last]]
    return slice(shown[0], shown[-1] + 1)
