"""Planning a film: constructing it without drawing, and naming every play by what it will show."""

import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import cairo
import manim
import manimpango  # type: ignore[import-untyped]
import torch
from manim import Scene, config, tempconfig

from descent.base.errors import DescentError, nearest
from descent.base.failures import failure
from descent.base.files import PACKAGE
from descent.base.project import project
from descent.delivery.fingerprint import SamplingRenderer
from descent.delivery.freshness import digest, project_modules, text_of
from descent.delivery.orders import SceneRef
from descent.delivery.own_modules import OwnModules
from descent.delivery.plan import Plan
from descent.delivery.reads import Watched, watching
from descent.film.narration import SilentFilmWarning, StaleTimingWarning, lacking
from descent.film.timeline import TICKS_PER_SECOND, Timeline
from descent.stage.scene.catalogue import load_scenes
from descent.stage.scene.lecture import LectureScene
from descent.stage.scene.rehearsal import rehearse
from descent.stage.scene.runs import RunScene

_GROUND = 17  # points a side at which a surface is looked at

_PAINTERS = sorted(path for folder in ("stage/drawing", "look/opengl") for path in (PACKAGE / folder).glob("*.py"))

TOOLS = {
    "manim": manim.__version__,
    "cairo": cairo.cairo_version_string(),
    "pango": str(manimpango.pango_version()),
    "painters": sha256(b"".join(map(text_of, _PAINTERS))).hexdigest()[:12],
    "encoders": ".".join(map(str, av.library_versions["libavcodec"])),
}
"""Versions of what turns geometry into encoded pictures; ours are its texts."""


def plan_film(
    ref: SceneRef, settings: dict[str, Any], work: Path, beats: tuple[int, int] | None = None, held: bool = False
) -> Plan:
    """Construct a film without drawing it.

    Args:
        ref: Where the scene is.
        settings: Manim settings it will be drawn with.
        work: A folder for what processes keep while a rendering lasts.
        beats: The first and the last beat that its GIF shows, if not those that the scene names.
        held: Whether a picture will be encoded once and held, rather than once a frame.

    Returns:
        Its plan.

    Raises:
        DescentError: Whatever the scene raises, in a sentence.
    """
    with telling_errors():
        return _planned(ref, settings, work, beats, held)


@contextmanager
def scene_class(ref: SceneRef) -> Iterator[type[LectureScene]]:
    """A film's class, while what its file imports is loaded; construct and draw it in this context.

    The file is executed once as it is, so that what it traces is traced once a process.
    """
    with executed(ref) as (film, _):
        yield film


@contextmanager
def executed(ref: SceneRef) -> Iterator[tuple[type[LectureScene], "SceneFile"]]:
    """The same as :func:`scene_class`, with what is known of its file."""
    file = _scene_file(ref.file, digest(ref.file) if ref.file.is_file() else "")
    with file.modules.turn():
        if not file.films:
            file.loaded = time.time()
            with watching(file.watched):
                file.films = load_scenes(ref.file)
        if ref.name not in file.films:
            raise DescentError(f"{ref.file} defines no scene {ref.name!r}: {nearest(ref.name, file.films)}")
        film = file.films[ref.name]
        film.voice, film.asked = ref.voice, ref.asked
        yield film, file


@dataclass(slots=True)
class SceneFile:
    """The films of a scene file once it is executed, what it imports, what was read meanwhile, and when."""

    films: dict[str, type[LectureScene]] = field(default_factory=dict)
    modules: OwnModules = field(default_factory=OwnModules)
    watched: Watched = field(default_factory=Watched)
    loaded: float = 0.0


@lru_cache(maxsize=8)
def _scene_file(file: Path, sha: str) -> SceneFile:
    return SceneFile()


def forget_scene_files() -> None:
    """Have every scene file executed anew, with what it imports of its project: something may have changed there."""
    _scene_file.cache_clear()


def own_caches(work: Path) -> dict[str, str]:
    """Manim settings that keep texts apart: Manim and Typst write them in place, so every process needs its own."""
    folder = work / str(os.getpid())
    return {"media_dir": str(folder), "text_dir": str(folder / "text"), "tex_dir": str(folder / "tex")}


@contextmanager
def telling_errors() -> Iterator[None]:
    """Turn whatever is raised into a sentence: what caused it does not travel from one process to another."""
    try:
        yield
    except DescentError:
        raise
    except Exception as error:
        raise DescentError(failure(error)) from error


def _planned(ref: SceneRef, settings: dict[str, Any], work: Path, beats: tuple[int, int] | None, held: bool) -> Plan:
    remarks: list[str] = []
    renderer = SamplingRenderer()
    with executed(ref) as (film, file):
        with _heard(remarks), tempconfig({**settings, **own_caches(work)}):
            watched = Watched()
            with watching(watched):
                scene = rehearse(film, renderer)
            encoder = config.video_codec, config.pixel_format, sorted(config.video_encoder_options.items())
            ground = str(config.background_color), config.background_opacity
        modules = project_modules()
    size = [settings[name] for name in ("pixel_width", "pixel_height", "frame_rate")]
    look = repr((size, ground, encoder, held, sorted(TOOLS.items())))
    plays = tuple(
        (
            sha256(f"{shown}{look}".encode()).hexdigest()[:40],
            -(-played.ticks * settings["frame_rate"] // TICKS_PER_SECOND),
        )
        for shown, played in zip(renderer.keys, scene.timeline.plays, strict=True)
    )
    if missing := lacking(scene.script.voice, (line.text for line in scene.timeline.lines)):
        remarks.append(missing)
    trajectories = scene.recorded if isinstance(scene, RunScene) else ()
    return Plan(
        ref,
        settings,
        plays,
        shown=tuple(renderer.keys),
        script=scene.script,
        claims=tuple(claim.text for claim in getattr(scene, "claims", ())),
        runs=tuple((trajectory.run.label, trajectory.digest) for trajectory in trajectories),
        excerpt=_excerpt(scene, beats),
        modules=modules,
        tools={**TOOLS, "torch": str(torch.__version__), "processor": torch.backends.cpu.get_cpu_capability()},
        remarks=tuple(remarks),
        origin=origin_of(scene),
        seen=tuple(renderer.seen),
        read=watched.read((work.parent, project().clips), file.watched),
        begun=file.loaded,
        held=held,
        poster=_poster(scene.timeline),
    )


def origin_of(scene: Scene) -> str:
    """A digest of a scene's runs and of the surfaces that they are on; empty for one that shows none."""
    if not isinstance(scene, RunScene):
        return ""
    sha = sha256()
    for trajectory in scene.recorded:
        sha.update(f"{trajectory.run.label}{trajectory.digest}".encode())
    for surface in {id(surface): surface for surface in (t.run.surface for t in scene.recorded)}.values():
        sha.update(surface.grid(_GROUND).loss.tobytes())
    return sha.hexdigest()


@contextmanager
def _heard(remarks: list[str]) -> Iterator[None]:
    """Turn warnings that are meant for the user into remarks; others stay warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", StaleTimingWarning)
        warnings.simplefilter("always", SilentFilmWarning)
        yield
    for warning in caught:
        if issubclass(warning.category, StaleTimingWarning | SilentFilmWarning):
            remarks.append(str(warning.message))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _excerpt(scene: LectureScene, beats: tuple[int, int] | None) -> tuple[int, ...]:
    """The plays of some beats, by number: without pauses to predict, and without the card that answers."""
    chosen = beats or scene.gif_beats
    timeline, name = scene.timeline, type(scene).__name__
    begins = [*(tick for tick, _ in timeline.chapters[: len(timeline.lines)]), timeline.now]
    first, last = chosen or (1, len(begins) - 1)
    if chosen is not None and not 1 <= first <= last < len(begins):
        asked = f"{name}.gif_beats is {chosen}" if beats is None else f"beats {first}-{last} of {name} were asked for"
        raise DescentError(f"{asked}, but it has {len(begins) - 1} beats.")
    low, high = (begins[first - 1], begins[last]) if chosen else (0, timeline.now)
    return tuple(k for k, play in enumerate(timeline.plays) if low <= play.start < high and not play.aside)


def _poster(timeline: Timeline) -> int:
    """The number of the last play before the card that answers; none if there is none."""
    return max((k for k, play in enumerate(timeline.plays) if not play.aside), default=-1)
