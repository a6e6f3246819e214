"""From a problem to its file: the story timed, a scene file for the workers, the film rendered and put in place."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from descent.animate import fields
from descent.animate.problem import Problem, to_text
from descent.animate.read import MUTE, font_of, voice_of
from descent.animate.view import settle
from descent.base.document import Document
from descent.base.errors import DescentError, nearest
from descent.base.files import replacing, write
from descent.base.progress import Progress
from descent.base.project import project
from descent.delivery.orders import RenderRequest, RenderResult, SceneRef
from descent.delivery.profiles import Profile, find_profile
from descent.film.loops import LOOPS
from descent.film.narration import asked_voice, unmarked
from descent.film.player import player
from descent.film.sidecar import read_sidecar
from descent.look.fonts import using
from descent.look.palette import find_theme
from descent.record.regression import STANDARDIZE, best_line, condition

if TYPE_CHECKING:
    from descent.film.narration import ClipCache
    from descent.film.narration.clips import Clip
    from descent.film.narration.voices import Voice
    from descent.stage.scene.lecture import LectureScene

SCENE = "Animated"
"""The name of the class in a scene file that is made from a problem."""

_PROFILE: Mapping[str, str] = MappingProxyType(
    {
        ".mp4": "slides",
        **dict.fromkeys(LOOPS, "docs"),
        ".webm": "web",
        ".mov": "overlay",
        ".png": "lecture",
        ".pptx": "slides",
        ".html": "slides",
        ".pdf": "slides",
    }
)
"""The profile of each kind of file, if none is asked for."""

_ARRIVES = 0.5  # of the way from the loss at the start to the least: a run that gets farther learns
_STEEP = 1000.0  # times steeper one way than the other: the loss is a narrow valley

DECKS = (".pptx", ".html", ".pdf")


@dataclass(frozen=True, slots=True)
class Look:
    """What the file is to be like.

    Attributes:
        output: The file; its suffix says what is made.
        profile: Size, rate and encoding.
        theme: "dark" or "light".
        voice: Who speaks, by name, or a folder of recordings; empty for whoever is installed.
        font: A font file for the characters that Inter lacks.
    """

    output: Path
    profile: Profile
    theme: str = "dark"
    voice: str = ""
    font: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was made.

    Attributes:
        file: The file that was asked for.
        title: The film's title.
        film: The rendered film it was made from; None for a single picture.
        remarks: Sentences the user should read.
    """

    file: Path
    title: str
    film: RenderResult | None = None
    remarks: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """The film as a player, for notebooks."""
        captions = self.film.order.file(".vtt") if self.film else None
        return player(self.file, captions, self.title, self.remarks)


def look_of(document: Document) -> Look:
    """The file and its looks that a document asks for.

    Raises:
        DescentError: If one of them is unknown, or they do not go together.
    """
    values = document.values
    given: dict[str, str] = {}
    for name, longest in (("output", 1000), ("theme", 40), ("profile", 40)):
        with document.at(name):
            given[name] = fields.text(values[name], name, longest) if name in values else ""
    with document.at("output"):
        default = f"{Path(document.name).stem}.mp4" if document.name else "race.mp4"
        output = Path(given["output"] or default)
        if not output.suffix or document.given("output", str(output)).is_dir():  # as everywhere, a folder
            output /= default
        suffix = output.suffix.lower()
        if suffix not in _PROFILE:
            raise DescentError(f"{output.name!r} is no kind of file that is made here: {nearest(suffix, _PROFILE)}")
        output = document.given("output", str(output))
        if "output" not in document.typed and not output.resolve().is_relative_to(document.folder.resolve()):
            raise DescentError(
                f"{given['output']!r} is not in the folder of {document.name or 'the problem'}; a file there is only "
                "written if it is asked for on the command line, with -o."
            )
    with document.at("theme"):
        theme = find_theme(given["theme"] or "dark").name
    with document.at("profile"):
        profile = find_profile(given["profile"] or _PROFILE[suffix])
        made = suffix if suffix in (".mp4", *LOOPS, ".webm", ".mov") else ".mp4"
        if made not in profile.suffixes and not (made in LOOPS and profile.looping):
            kinds = " and ".join(profile.suffixes)
            raise DescentError(
                f"the profile {profile.name!r} makes {kinds}, not {suffix}; leave it out, or take another."
            )
        held = profile.held and suffix not in DECKS  # PowerPoint wants every frame encoded
        profile = replace(profile, suffixes=(made,), held=held)
    with document.at("width"):
        if "width" in values:
            width = fields.whole(values["width"], "width", 320, 3840)
            profile = replace(profile, width=2 * (width // 2), height=2 * round(width * 9 / 32))
    voice = voice_of(document)
    if voice:
        from descent.film.narration import find_voice

        with document.at("voice"):
            find_voice(voice)
    return Look(output, profile, theme, voice, font_of(document))


def timed(problem: Problem, voice: str | None, voiced: bool = True) -> Problem:
    """The settled problem with how long each of its lines takes: spoken if there is a voice, guessed if not.

    Args:
        problem: The problem.
        voice: Who speaks.
        voiced: Whether the lines will be heard; else one that cannot be said is guessed too.
    """
    seconds, words, _ = times(lines_of(problem), voice, speaking(voiced))
    return replace(problem, seconds=seconds, words=words)


def speaking(voiced: bool) -> "Callable[[ClipCache, Voice, str], Clip | None]":
    """Speaks a line to know its times; where it will not be heard, one that cannot be said is none."""

    def spoken(clips: "ClipCache", speaker: "Voice", line: str) -> "Clip | None":
        with nullcontext() if voiced else suppress(DescentError):
            return clips.speak(speaker, line)
        return None

    return spoken


def timed_so_far(problem: Problem, voice: str | None) -> tuple[Problem, bool]:
    """The settled problem with how long each of its lines takes, guessed where it was not spoken before.

    Args:
        problem: The problem.
        voice: Who speaks.

    Returns:
        The problem, and whether anything is a guess.
    """

    def kept(clips: "ClipCache", speaker: "Voice", line: str) -> "Clip | None":
        with suppress(DescentError):  # what cannot be said is told where it is spoken
            return clips.kept(speaker, line)
        return None

    seconds, words, guessed = times(lines_of(problem), voice, kept)
    return replace(problem, seconds=seconds, words=words), guessed


def times(
    lines: Iterable[str], voice: str | None, clip_of: "Callable[[ClipCache, Voice, str], Clip | None]"
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, tuple[float, ...]]], bool]:
    """How long lines take and when their words begin, by voice; and whether one that a voice would speak is a guess."""
    from descent.film.narration import DEFAULT_VOICE, SILENCE, ClipCache, find_voice, paced
    from descent.film.narration.timing import estimate
    from descent.film.narration.voices import WordsKnown

    speaker, clips = find_voice(voice), ClipCache(project().clips)
    silent = speaker.key == SILENCE
    seconds, words, guessed = {}, {}, False
    for line in lines:
        clip = None if silent else clip_of(clips, speaker, line)
        guessed = guessed or (clip is None and not silent)
        seconds[paced(line)] = clip.noted_seconds if clip is not None and clip.samples.size else estimate(paced(line))
        if clip is not None and isinstance(speaker, WordsKnown) and (starts := speaker.words(paced(line))):
            words[paced(line)] = starts
    key = DEFAULT_VOICE if silent else speaker.key
    return {key: seconds}, {key: words} if words else {}, guessed


def lines_of(problem: Problem) -> list[str]:
    """What is said in the film of a settled problem."""
    from descent.animate.scene import scene_of

    scene = scene_of(to_text(problem), SCENE, __name__)
    return [unmarked(beat.say)[0] for beat in scene.beats]  # type: ignore[attr-defined]


def scene_file(problem: Problem, voice: str = "") -> SceneRef:
    """A module that makes the problem's scene, in a folder of its own: the same problem gives the same file."""
    text = to_text(problem)
    folder = project().races / hashlib.sha256(text.encode()).hexdigest()[:16]
    source = (
        '"""Made by `descent animate`; it holds a problem as text, and is made anew when the problem changes."""\n\n'
        "from descent.animate.scene import scene_of\n\n"
        f"{SCENE} = scene_of(\n    {text!r},\n    {SCENE!r},\n    __name__,\n)\n"
    )
    file = folder / "scene.py"
    if not file.is_file() or file.read_text(encoding="utf-8") != source:
        write(file, source.encode())
    return SceneRef(file, SCENE, voice)


def make(problem: Problem, look: Look, jobs: int, progress: Progress = lambda *_: None) -> Made:
    """Make the file of a problem: a film, a still of its last picture, or a deck of slides.

    Args:
        problem: What was asked for.
        look: The file and its looks.
        jobs: How many processes draw.
        progress: Told (frames done, frames in all, what is going on).

    Returns:
        What was made; a film that is there already is not rendered again.

    Raises:
        DescentError: If anything that was asked for does not fit, or the file cannot be written.
    """
    suffix = look.output.suffix.lower()
    voice = look.voice or asked_voice()
    if suffix in DECKS:
        from descent.publish.slides import check_replaceable

        check_replaceable(look.output)
    with using(look.font):
        settled = settle(problem)
        advice = advised(settled)
        if suffix == ".png":
            return _still(settled, look, advice)
        progress(0, 0, "timing the narration")
        settled = timed(settled, voice or None, suffix not in MUTE)
        film, title = film_of(scene_file(settled, voice), look, jobs, progress)
    return delivered(film, title, look, advice, progress)


def delivered(film: RenderResult, title: str, look: Look, advice: tuple[str, ...], progress: Progress) -> Made:
    """Put a film that is rendered where it was asked for, as a film or as a deck of it."""
    suffix = look.output.suffix.lower()
    if suffix in DECKS:
        from descent.publish.slides import read_deck, write_deck

        deck = read_deck([film.order.file(".json")])
        named = replace(deck.lessons[0], name=look.output.stem)  # all films of problems are scenes of one name
        write_deck(replace(deck, lessons=(named,)), look.output, progress=progress)
        return Made(look.output, title, film, (*film.remarks, *advice))
    _put(film.order.file(suffix), look.output)
    if suffix == ".webm":  # unlike MP4, it carries no captions of its own
        _put(film.order.file(".vtt"), look.output.with_suffix(".vtt"))
    return Made(look.output, title, film, (*film.remarks, *advice))


def film_of(scene: SceneRef, look: Look, jobs: int, progress: Progress) -> tuple[RenderResult, str]:
    """Render a scene as a look wants it, unless that is done; the film and its title."""
    from descent.delivery.freshness import unchanged

    profile = look.profile
    folder = scene.file.parent / f"{profile.name}-{profile.width}-{look.theme}"
    order = RenderRequest(scene, profile, look.theme, folder)
    film = RenderResult(order)
    if not unchanged(order):
        from descent.delivery.render import render

        (film,) = render([order], project().segments, jobs, progress)
        if film.error:
            raise film.error
    return film, read_sidecar(order.file(".json")).title


def advised(problem: Problem) -> tuple[str, ...]:
    """What would help a settled problem: data to be standardized, where their size keeps runs from the best line."""
    if not problem.points or problem.standardized:
        return ()
    best = problem.landscape().at(*best_line(problem.points))
    ways = [(t.loss[0] - t.loss[-1]) / (t.loss[0] - best) for t in problem.trajectories() if t.loss[0] > best]
    arrives = any(way > _ARRIVES for way in ways) or not ways
    if arrives and condition(problem.points) < _STEEP:
        return ()
    return (
        f"The columns of the data are far from 0 and 1, so that one rate hardly suits weight and bias: {STANDARDIZE}.",
    )


def _still(problem: Problem, look: Look, remarks: tuple[str, ...]) -> Made:
    """The film's last picture, drawn alone."""
    from descent.animate.scene import scene_of

    scene_class = scene_of(to_text(timed(problem, "silence")), SCENE, __name__)
    draw_last(scene_class, look)
    return Made(look.output, scene_class.title, remarks=remarks)


def draw_last(scene_class: "type[LectureScene]", look: Look) -> None:
    """Write the last picture of a scene into the look's file."""
    from manim import tempconfig
    from PIL import Image

    from descent.stage.drawing.writer import FilmRenderer
    from descent.stage.scene.rehearsal import rehearse

    with tempconfig(look.profile.manim(look.theme)):
        scene = rehearse(scene_class, FilmRenderer(skip_animations=True))
        scene.renderer.update_frame(scene)
        picture = scene.renderer.get_frame()
    with replacing(look.output) as beside:
        Image.fromarray(picture[..., :3]).save(beside)


def _put(made: Path, output: Path) -> None:
    with replacing(output) as beside:
        shutil.copyfile(made, beside)
