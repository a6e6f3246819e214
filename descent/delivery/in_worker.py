"""What workers do, a function each: in their processes Manim is loaded, where these are named it need not be."""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from descent.base.project import READ, project
from descent.delivery.committed_gifs import GifKey
from descent.delivery.freshness import modified_since, order_key
from descent.delivery.jobs import Job
from descent.delivery.orders import RenderRequest, SceneRef
from descent.delivery.plan import Plan
from descent.film.script import Script


def declared(file: Path) -> dict[str, dict[str, Any]]:
    """What a file declares, found by executing it in a worker, which has Manim loaded."""
    from descent.stage.scene.catalogue import load_scenes

    return {
        name: {"title": scene.title, "claims": [claim.data() for claim in getattr(scene, "claims", ())]}
        for name, scene in load_scenes(file).items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class PlanRequest:
    """A film to plan, and a folder for what processes keep while a rendering lasts."""

    order: RenderRequest
    work: Path


def plan(request: PlanRequest) -> Plan:
    """Plan a film in a worker, which has Manim loaded."""
    from descent.delivery.planning import plan_film

    order = request.order
    planned = plan_film(order.scene, order.settings(), request.work, order.beats, order.profile.held)
    modules = sorted(planned.modules.values())
    if modified_since(planned.begun, [order.scene.file, *modules, *map(Path, planned.read.files)]):
        return planned  # it was edited meanwhile: its note will vouch for nothing
    return replace(planned, inputs=order_key(order, modules, planned.read.digest()))


def draw(job: Job) -> list[str]:
    """Draw a job's plays into the store; returns the keys of what was drawn here."""
    from descent.delivery.drawing import draw_plays

    return draw_plays(job)


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A film's words, and the folder of lines that were spoken before."""

    script: Script
    clips: Path


def speak(speech: Speech) -> None:
    """Speak what is heard in a film and was not spoken before, beside the drawing."""
    speech.script.speak(speech.clips)


def gif_content_key(order: RenderRequest) -> GifKey:
    """Plan a film to see what it would show; nothing is drawn."""
    from descent.delivery.planning import plan_film

    with TemporaryDirectory(prefix="descent-look-") as work:
        planned = plan_film(order.scene, order.settings(), Path(work), order.beats)
    plays = tuple(planned.shown[number] for number in planned.part(order.profile))
    shown = hashlib.sha256(repr(plays).encode()).hexdigest()
    here = project().root.resolve()
    files = {*planned.modules.values(), *map(Path, planned.read.files)}
    others = files - {order.scene.file.resolve(), *(here / name for name in READ)}
    return GifKey(
        shown, tuple(sorted(path.relative_to(here).as_posix() for path in others if path.is_relative_to(here)))
    )


@dataclass(frozen=True, slots=True)
class Still:
    """A picture to draw.

    Attributes:
        scene: The film.
        target: A PNG or a WebP.
        width: Of the picture in pixels; it is 16:9.
        seconds: The moment; None for the film's last picture.
        theme: "dark" or "light".
    """

    scene: SceneRef
    target: Path
    width: int
    seconds: float | None
    theme: str


def draw_still(still: Still) -> Path:
    """Draw a picture, in a worker; returns its file.

    Raises:
        DescentError: Whatever stops it, in a sentence.
    """
    from manim import tempconfig

    from descent.delivery.planning import own_caches, scene_class, telling_errors
    from descent.delivery.still import render_still
    from descent.film.narration import StaleTimingWarning

    folder = TemporaryDirectory(prefix="descent-still-")
    with (
        telling_errors(),
        scene_class(still.scene) as film,
        folder as work,
        tempconfig(own_caches(Path(work))),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", StaleTimingWarning)  # what is said is nothing to a picture
        return render_still(film, still.target, still.width, still.seconds, still.theme)


def spoken_lines(ref: SceneRef) -> list[str]:
    """Every line that a film narrates, as it is written, each once."""
    from manim import tempconfig

    from descent.delivery.planning import own_caches, scene_class, telling_errors
    from descent.film.narration import StaleTimingWarning
    from descent.stage.scene.rehearsal import rehearse

    folder = TemporaryDirectory(prefix="descent-lines-")
    with (
        telling_errors(),
        scene_class(ref) as film,
        folder as work,
        tempconfig({**own_caches(Path(work)), "verbosity": "ERROR"}),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", StaleTimingWarning)  # they are about to be measured
        return list(dict.fromkeys(line.text for line in rehearse(film).timeline.lines))


@dataclass(frozen=True, slots=True)
class Check:
    """A film to look over, in some themes; strictly, its sentences too."""

    scene: SceneRef
    themes: Sequence[str]
    strict: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What was found: a sentence for each claim that does not hold, else for each fault of the pictures; and advice."""

    faults: Sequence[str]
    advice: Sequence[str] = ()


def checked(check: Check) -> Checked:
    """Look a film over.

    Raises:
        DescentError: Whatever keeps it from being constructed, in a sentence.
    """
    from manim import tempconfig

    from descent.delivery.planning import own_caches, scene_class, telling_errors
    from descent.delivery.profiles import find_profile
    from descent.film.narration import StaleTimingWarning
    from descent.stage.checks.lint import follows, looked_over
    from descent.stage.checks.sentences import rules

    folder = TemporaryDirectory(prefix="descent-check-")
    with telling_errors(), scene_class(check.scene) as film, folder as work, warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleTimingWarning)  # how long a line is spoken is nothing to a picture
        claims = [fault for claim in getattr(film, "claims", ()) if (fault := claim.fault()) is not None]
        if claims:
            return Checked([f"{fault}." for fault in claims])
        found: dict[str, list[str]] = {}
        for theme in check.themes:
            with tempconfig({**find_profile("preview").manim(theme), **own_caches(Path(work))}):
                scene = looked_over(film)
            if check.strict and theme == check.themes[0]:
                found |= {fault: [*check.themes] for fault in (*rules(scene.timeline, film), *follows(scene))}
            for fault in scene.faults:
                found.setdefault(fault.removeprefix(f"{check.scene.name}, "), []).append(theme)
    every = len(check.themes)
    told = [fault if len(seen) == every else f"in the {seen[0]} theme, {fault}" for fault, seen in found.items()]
    return Checked(told, () if check.strict else follows(scene))
